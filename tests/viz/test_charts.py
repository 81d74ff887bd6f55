"""What a chart shows can be read back from it; its texts are escaped; it is one well-formed drawing."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists

from emberharmony.errors import ArgumentError
from emberharmony.viz import Line, draw_histogram, draw_interval, draw_lines, draw_signal
from emberharmony.viz.words import known

SVG = "{http://www.w3.org/2000/svg}"
POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")
BAD = "<script>alert('1')</script>&\""
LONG = 20_000


def axis(text):
    low, high, kind, *_ = text.split(" ")
    return float(low), float(high), kind


def at(ends, part):
    low, high, kind = ends
    return low * (high / low) ** part if kind == "log" else low + (high - low) * part


def curves(svg):
    """Points of each named curve, in the units of the axes, and half a step of what a pixel's tenth means there."""
    found = {}
    for area in ET.fromstring(svg).iter(SVG + "svg"):
        if "data-x" not in area.attrib:
            continue
        x, y, height = axis(area.get("data-x")), axis(area.get("data-y")), float(area.get("height"))
        for path in area.findall(f"{SVG}path[@data-name]"):
            points = [(float(a), float(b)) for a, b in POINT.findall(path.get("d"))]
            found[path.get("data-name")] = [(at(x, a / 1000), at(y, 1 - b / height)) for a, b in points]
    return found


def texts(svg):
    return [mark.text for mark in ET.fromstring(svg).iter(SVG + "text")]


def signal(n=LONG, **more):
    time = [1_700_000_000 + 60 * i for i in range(n)]
    value = [math.sin(i / 300) + 0.1 * math.sin(i * i) for i in range(n)]
    full = {"expected": [math.sin(i / 300) for i in range(n)], "band": [0.3] * n, "score": [abs(v) for v in value]}
    return draw_signal(time, value, **{"title": "a pump", "unit": "bar", "threshold": 1.05, **full, **more}).svg


@given(y=lists(floats(-1e3, 1e3), min_size=2, max_size=50))
def test_a_curve_can_be_read_back(y):
    x = [float(i) for i in range(len(y))]
    svg = draw_lines([Line("one", x, y)], title="t", x="x", y="y", height=260).svg
    area = next(each for each in ET.fromstring(svg).iter(SVG + "svg") if "data-y" in each.attrib)
    low, high, _ = axis(area.get("data-y"))
    # places are written with one decimal, of 1000 across and 200 up
    for (a, b), c, d in zip(curves(svg)["one"], x, y, strict=True):
        assert a == pytest.approx(c, abs=0.0501 * (len(y) - 1) / 1000)
        assert b == pytest.approx(d, abs=0.0501 * (high - low) / 200)


@given(y=lists(floats(1e-6, 1e6), min_size=2, max_size=20))
def test_ratios_can_be_read_back_and_what_has_none_is_a_hole(y):
    x = [float(i) for i in range(len(y) + 2)]
    svg = draw_lines([Line("one", x, [*y, 0.0, -1.0])], title="t", x="x", y="y", height=260, log=True).svg
    # an axis of at most eleven decades more than the twelve of the values, in two thousand tenths of a pixel
    values = [b for _, b in curves(svg)["one"]]
    assert values[: len(y)] == pytest.approx(y, rel=0.0501 * 23 * math.log(10) / 200 * 1.2)
    assert len(values) == len(y)


def test_a_value_that_stands_alone_is_a_dot():
    svg = draw_lines([Line("one", [1], [5.0])], title="t", x="epoch", y="loss").svg
    (start, end) = curves(svg)["one"]
    assert start == end == pytest.approx((1, 5.0), abs=0.01)
    assert 'stroke-linecap="round"' in svg


def test_a_line_with_more_places_than_values_is_refused_by_name():
    with pytest.raises(ArgumentError, match="'one' has 2 places and 1 values"):
        draw_lines([Line("one", [1, 2], [5.0])], title="t", x="x", y="y")


@pytest.mark.parametrize("n", [1, 2, 500, LONG, 50_000])
def test_a_signal_shows_its_extremes_in_less_than_200_kilobytes(n):
    svg = signal(n)
    assert len(svg.encode()) < 200_000
    found = curves(svg)
    assert {*found} == {"measured", "expected", "score"}
    value = [math.sin(i / 300) + 0.1 * math.sin(i * i) for i in range(n)]
    shown = [v for _, v in found["measured"]]
    # an axis of less than 4 over 210 pixels, written to a tenth of one
    assert (min(shown), max(shown)) == pytest.approx((min(value), max(value)), abs=0.0501 * 4 / 210)


@given(where=integers(0, LONG - 1))
def test_a_fault_of_one_sample_stays_visible(where):
    value = [0.0] * LONG
    value[where] = 50.0
    time = [*range(LONG)]
    fault = {"begin": where, "end": where, "kind": "spike", "amplitude": 4}
    svg = draw_signal(time, value, title="t", faults=[fault]).svg
    moments = [x for x, y in curves(svg)["measured"] if y > 49]
    assert moments == pytest.approx([where], abs=LONG / 1000)
    (block,) = ET.fromstring(svg).iter(SVG + "rect")
    assert float(block.get("x").rstrip("%")) == pytest.approx(100 * where / (LONG - 1), abs=0.001)
    assert block.get("stroke-width") == "2"  # seen, though it has no width
    assert "spike, amplitude 4" in block[0].text


def test_each_part_of_a_signal_may_be_absent():
    n = 100
    assert {*curves(signal(n, expected=None))} == {"measured", "score"}
    assert {*curves(signal(n, score=None))} == {"measured", "expected"}
    assert {*curves(signal(n, score=[None] * n, threshold=None))} == {"measured", "expected"}
    assert "faults" not in texts(signal(n, alarms=[]))
    assert "alarms" in texts(signal(n, alarms=[{"begin": 1_700_000_000, "end": 1_700_009_000}]))
    nothing = draw_signal([0, 1], [None, math.nan], title="t").svg
    assert curves(nothing) == {"measured": []}


def test_a_score_far_above_its_threshold_is_drawn_by_ratios():
    assert "anomaly score (ratio scale)" in texts(signal(100, score=[0.0] * 99 + [500.0]))
    assert "anomaly score" in texts(signal(100, score=[0.0] * 99 + [5.0]))


def test_what_does_not_fit_together_is_refused_by_its_numbers():
    with pytest.raises(ArgumentError, match="3 times and 2 of value"):
        draw_signal([1, 2, 3], [1.0, 2.0], title="t")
    with pytest.raises(ArgumentError, match="3 times and 1 of band"):
        draw_signal([1, 2, 3], [1.0, 2.0, 3.0], title="t", expected=[1.0, 1.0, 1.0], band=[1.0])
    with pytest.raises(ArgumentError, match="do not ascend"):
        draw_signal([2, 1], [1.0, 2.0], title="t")
    with pytest.raises(ArgumentError, match="none at all"):
        draw_signal([], [], title="t")
    with pytest.raises(ArgumentError, match="at least one above zero"):
        draw_histogram([0, 0], title="t")


@given(counts=lists(integers(0, 10**9), min_size=1, max_size=60).filter(any))
def test_bars_are_as_high_as_their_counts(counts):
    (path,) = ET.fromstring(draw_histogram(counts, title="t", height=28).svg).iter(SVG + "path")
    bars = [-float(rise) for rise in re.findall(r"v(-[\d.]+)", path.get("d"))]
    # the highest is 26 pixels; none is below 1.2, so that one among millions is seen
    wanted = [max(1.2, 26 * count / max(counts)) for count in counts if count]
    assert bars == pytest.approx(wanted, abs=0.0501)


def test_an_interval_and_its_promise_stand_where_their_numbers_are():
    root = ET.fromstring(draw_interval(0.05, 0.08, 0.12, promised=0.1, title="t", x="per day").svg)
    place = {text: float(mark.get("x").rstrip("%")) for mark in root.iter(SVG + "text") if (text := mark.text)}
    unit = place["0.05"] / 0.05
    # two decimals in both places, and the first one is multiplied by 2.4 at most: 0.005 + 0.012
    assert place["promised 0.1"] == pytest.approx(0.1 * unit, abs=0.018)
    assert float(next(root.iter(SVG + "circle")).get("cx").rstrip("%")) == pytest.approx(0.08 * unit, abs=0.018)
    bar = next(line for line in root.iter(SVG + "line") if line.get("stroke-linecap"))
    ends = [float(bar.get(side).rstrip("%")) for side in ("x1", "x2")]
    assert ends == pytest.approx([0.05 * unit, 0.12 * unit], abs=0.018)


def drawings():
    fault = {"begin": 0, "end": 1, "kind": BAD, "amplitude": 1}
    return {
        "lines": draw_lines([Line(BAD, [1, 2], [1.0, 2.0], unit=BAD)], title=BAD, x=BAD, y=BAD).svg,
        "histogram": draw_histogram([1, 2], title=BAD).svg,
        "interval": draw_interval(1, 2, 3, promised=2, title=BAD, x=BAD).svg,
        "signal": draw_signal([0, 1], [0.0, 1.0], title=BAD, unit=BAD, faults=[fault], alarms=[fault]).svg,
    }


@pytest.mark.parametrize("name", drawings())
def test_texts_are_escaped_and_nothing_comes_from_outside(name):
    svg = drawings()[name]
    root = ET.fromstring(svg)
    assert not [*root.iter(SVG + "script")]
    assert "<script" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert root.find(SVG + "title").text == BAD
    assert root.get("role") == "img"


def test_what_is_known_is_a_finite_number():
    assert [known(value) for value in (True, "3", None, math.nan, 1e301)] == [None] * 5
