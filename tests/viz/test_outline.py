"""A long line in few points loses neither its lowest nor its highest sample, nor its holes."""

import math

from hypothesis import given
from hypothesis.strategies import floats, integers, lists, none, one_of

from emberharmony.viz.outline import envelope, extremes

LONG = 20_000
values = one_of(none(), floats(-1e6, 1e6), floats(allow_nan=True))


def wave():
    return [math.sin(i / 700) + 0.1 * math.sin(i * i) for i in range(LONG)]


def drawn(runs):
    return [point for run in runs for point in run]


@given(y=lists(values, min_size=1, max_size=300), columns=integers(1, 50))
def test_every_column_keeps_its_lowest_and_its_highest_sample(y, columns):
    x = [*range(len(y))]
    kept = drawn(extremes(x, y, 0, len(y), columns=columns))
    assert len(kept) <= 2 * columns
    assert kept == sorted(kept, key=lambda point: point[0])
    width = len(y) / columns
    for column in range(columns):
        # the same product as a place has; a sample on an edge may fall to either side by a rounding
        inside = [(i, v) for i, v in enumerate(y) if v is not None and abs(v) < 1e300 and int(i / width) == column]
        if inside:
            here = [v for i, v in kept if int(i / width) == column]
            assert min(v for _, v in inside) == min(here)
            assert max(v for _, v in inside) == max(here)


@given(at=integers(0, LONG - 1))
def test_one_wrong_sample_among_twenty_thousand_stays_visible(at):
    y = wave()
    y[at] = 9.0
    kept = drawn(extremes(range(LONG), y, 0, LONG - 1))
    assert (at, 9.0) in kept
    assert len(kept) <= 2000
    assert (at, 9.0) in drawn(extremes(range(LONG), y, 0, LONG - 1, peaks=True))


def test_peaks_are_the_highest_samples_alone():
    y = wave()
    kept = drawn(extremes(range(LONG), y, 0, LONG, peaks=True))
    assert kept == [(i, y[i]) for i in (max(range(c, c + 20), key=y.__getitem__) for c in range(0, LONG, 20))]


def test_few_samples_are_drawn_as_they_are():
    y = [3.0, 1.0, 2.0]
    assert extremes([0.0, 5.0, 10.0], y, 0.0, 10.0) == [[(0.0, 3.0), (5.0, 1.0), (10.0, 2.0)]]


def test_missing_samples_break_the_line_where_a_column_is_empty():
    y = wave()
    y[5000:5100] = [None] * 100
    y[9001] = None  # one in a column of twenty: no hole that could be seen
    runs = extremes(range(LONG), y, 0, LONG)
    assert len(runs) == 2
    assert runs[0][-1][0] < 5000 <= 5100 <= runs[1][0][0]
    assert extremes([0, 1, 2], [1.0, None, 1.0], 0, 2) == [[(0, 1.0)], [(2, 1.0)]]


def test_a_long_time_without_samples_breaks_the_line():
    x = [*range(100), *range(200, 300)]
    assert [len(run) for run in extremes(x, [float(i) for i in x], 0, 299)] == [100, 100]


def test_nothing_is_drawn_outside_of_the_ends():
    assert extremes([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0], 1, 2) == [[(1, 1.0), (2, 2.0)]]
    assert extremes([0, 1], [None, math.nan], 0, 1) == []
    assert extremes([], [], 0, 1) == []


def test_an_envelope_holds_every_sample_of_both_lines():
    y = wave()
    upper = [v + 1 + i / LONG for i, v in enumerate(y)]
    (area,) = envelope(range(LONG), y, upper, 0, LONG)
    half = len(area) // 2
    top, bottom = area[:half], area[half:][::-1]
    assert [at for at, _ in top] == [at for at, _ in bottom] == [*range(0, LONG, 20)]
    assert [v for _, v in top] == [max(upper[c : c + 20]) for c in range(0, LONG, 20)]
    assert [v for _, v in bottom] == [min(y[c : c + 20]) for c in range(0, LONG, 20)]


def test_an_envelope_breaks_where_either_line_is_missing():
    areas = envelope([0, 1, 2, 3, 4], [0, 0, None, 0, 0], [1, 1, 1, 1, 1], 0, 4)
    assert [len(area) for area in areas] == [4, 4]
    assert envelope([0, 1, 2], [0, 0, 0], [1, None, 1], 0, 2) == envelope([0, 1, 2], [0, None, 0], [1, 1, 1], 0, 2)
