"""A picture tells the whole graph: what is read back from its marks is the wiring."""

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony.errors import ArgumentError
from emberharmony.nn.wirings import NCP, AutoNCP, FullyConnected, Layered, Random, Wiring
from emberharmony.viz import draw_wiring
from emberharmony.viz import wiring as drawing

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+\.?\d*")


def recipes():
    return {
        "ncp": NCP(4, 3, 1, 2, 2, 3, 2),
        "auto": AutoNCP(64, 8),
        "large": AutoNCP(256, 16),
        "deep": Layered([12, 10, 8, 4], [3, 3, 3], 3, [5, 6, 8, 16]),
        "random": Random(40, 5, 0.9),
        "full": FullyConnected(12),
        "one": FullyConnected(1),
    }


def marks(svg):
    """Nodes by name as (x, y, radius), edges as (points, colour), and the size of the paper."""
    root = ET.fromstring(svg)
    group = next(child for child in root if child.get("transform"))
    nodes = {}
    for mark in group:
        if mark.tag == SVG + "circle":
            nodes[mark[0].text.split(",")[0]] = tuple(float(mark.get(name)) for name in ("cx", "cy", "r"))
        if mark.tag == SVG + "rect":
            x, y, width = (float(mark.get(name)) for name in ("x", "y", "width"))
            nodes[mark[0].text.split(":")[0]] = (x + width / 2, y + width / 2, width / 2)
    edges = []
    for path in group.findall(f"{SVG}g/{SVG}g/{SVG}path"):
        numbers = [float(number) for number in NUMBER.findall(path.get("d"))]
        edges.append([*zip(numbers[::2], numbers[1::2], strict=True)])
    colours = [g.get("stroke") for g in group.findall(f"{SVG}g/{SVG}g") for _ in g]
    return nodes, [*zip(edges, colours, strict=True)], (float(root.get("width")), float(root.get("height")))


def touched(nodes, point, bend):
    """The node whose rim a point lies on, where the synapse comes from outside; numbers have one decimal."""
    name, (x, y, radius) = min(nodes.items(), key=lambda item: abs(math.dist(point, item[1][:2]) - item[1][2]))
    assert abs(math.dist(point, (x, y)) - radius) < 0.3  # 0.05 in each of five numbers
    assert (bend[0] - point[0]) * (x - point[0]) + (bend[1] - point[1]) * (y - point[1]) < 0
    return name


def read_back(svg):
    nodes, edges, _ = marks(svg)
    signs = {colour: sign for sign, (_, colour) in drawing.SIGNS.items()}
    return sorted((touched(nodes, *p[:2]), touched(nodes, p[-1], p[-2]), signs[colour]) for p, colour in edges)


def told(w):
    edges = [(f"input {s}", f"neuron {t}", sign) for s, t, sign in w.sensory]
    return sorted([*edges, *((f"neuron {s}", f"neuron {t}", sign) for s, t, sign in w.synapses)])


@pytest.mark.parametrize("name", [name for name in recipes() if name != "large"])
def test_every_synapse_runs_between_its_neurons_in_the_colour_of_its_sign(name):
    w = recipes()[name].build(5)
    assert read_back(draw_wiring(w).svg) == told(w)


@given(units=integers(4, 40), size=integers(1, 12), seed=integers(0, 99))
def test_whatever_its_size_a_picture_can_be_read_back(units, size, seed):
    w = AutoNCP(units, 1, seed=seed).build(size)
    assert read_back(draw_wiring(w).svg) == told(w)


def test_a_synapse_to_an_earlier_layer_and_one_over_a_layer_are_drawn_too():
    w = Wiring(
        3, 1, 1, [[2], [1], [0]], [(2, 1, 1), (1, 0, -1), (0, 2, -1), (2, 0, 1), (1, 1, -1)], [(0, 2, 1), (0, 0, 1)]
    )
    assert read_back(draw_wiring(w).svg) == told(w)


@pytest.mark.parametrize("name", recipes())
def test_nothing_lies_outside_of_the_paper(name):
    nodes, edges, (width, height) = marks(draw_wiring(recipes()[name].build(9)).svg)
    for points, _ in edges:
        n = len(points) - 1  # of a Bezier curve
        for t in (0, 0.25, 0.5, 0.75, 1):
            weights = [math.comb(n, k) * t**k * (1 - t) ** (n - k) for k in range(n + 1)]
            x, y = (sum(weight * point[axis] for weight, point in zip(weights, points, strict=True)) for axis in (0, 1))
            assert 0 <= x <= width
            assert -20 <= y <= height - 64  # headings above, the legend below
    for x, y, radius in nodes.values():
        assert radius <= x <= width - radius
        assert 10 <= y <= height - 64 - radius


def test_neurons_do_not_overlap_however_many_there_are():
    for w in (AutoNCP(256, 16).build(32), Random(256, 8, 0.9).build(16)):
        nodes = [*marks(draw_wiring(w).svg)[0].values()]
        for i, (x, y, radius) in enumerate(nodes):
            assert all(math.dist((x, y), other[:2]) > radius + other[2] for other in nodes[:i])


def test_names_counts_and_title_stand_in_the_text():
    w = AutoNCP(16, 2).build(3)
    figure = draw_wiring(w, title="a < b", inputs=["x & y", "speed", "yaw"], outputs=["left", "right"])
    text = [mark.text for mark in ET.fromstring(figure.svg).iter(SVG + "text")]
    plus = sum(sign > 0 for _, _, sign in (*w.synapses, *w.sensory))
    wanted = ["a < b", "x & y", "speed", "yaw", "left", "right", "3 inputs", "9 inter", "5 command", "2 motors"]
    wanted += [f"excitatory {plus}", f"inhibitory {len(w.synapses) + len(w.sensory) - plus}"]
    assert {*wanted} <= {*text}
    assert any(f"{w.synapse_count} synapses between neurons, density {w.density:.1%}" in line for line in text)


def test_a_picture_needs_nothing_from_outside_and_a_notebook_shows_it():
    figure = draw_wiring(AutoNCP(16, 2).build(3))
    assert figure._repr_svg_() == figure.svg
    assert "http" not in figure.svg.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"<(script|image|style|foreignObject)", figure.svg)
    assert draw_wiring(AutoNCP(16, 2).build(3)) == figure


def test_names_that_are_not_as_many_are_refused():
    w = AutoNCP(16, 2).build(3)
    with pytest.raises(ArgumentError, match="2 names of inputs"):
        draw_wiring(w, inputs=["a", "b"])
    with pytest.raises(ArgumentError, match="3 names of outputs"):
        draw_wiring(w, outputs=["a", "b", "c"])


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#111418"])
def test_every_colour_can_be_told_from_the_background(background):
    """WCAG 2.2, 1.4.11 asks 3:1 of marks. No grey has more than 4.2:1 on both, so text has 4."""
    for colour in (*drawing.KINDS.values(), *(colour for _, colour in drawing.SIGNS.values())):
        assert contrast(colour, background) >= 3
    assert contrast(drawing.TEXT, background) >= 4
