"""The picture of a wiring: layers in columns, a wiring without layers as a ring; colour is the sign of a synapse."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any
from xml.sax.saxutils import escape

from emberharmony.errors import ArgumentError
from emberharmony.nn.wirings import Wiring
from emberharmony.viz.figure import Figure

# of a middle lightness, so that they can be told from white and from black; blue and orange differ to every eye
SIGNS = {1: ("excitatory", "#2f86d1"), -1: ("inhibitory", "#df7000")}
KINDS = {"sensory": "#838b96", "inter": "#1f8a66", "command": "#9657b8", "motor": "#967400"}
TEXT = "#767e88"
FONT = "system-ui, -apple-system, Segoe UI, Helvetica, sans-serif"
FEW = 160  # so many synapses still get a head each: a point excites, a bar inhibits


@dataclass(frozen=True)
class Node:
    """An input or a neuron on the paper; `radius` is half of its width."""

    x: float
    y: float
    radius: float
    kind: str
    text: str
    side: float  # where its label stands: -1 left, 1 right, 0 inside


Place = tuple[float, float, float]  # x, y, radius
Edge = tuple[Node, Node, int]


@dataclass(frozen=True)
class Layout:
    """Everything that has a place."""

    width: float
    height: float
    inputs: Sequence[Node]
    neurons: Sequence[Node]
    headings: Sequence[tuple[float, str]]
    ring: tuple[float, float] | None  # the middle


def draw_wiring(wiring: Wiring, *, title: str = "", inputs: Sequence[str] = (), outputs: Sequence[str] = ()) -> Figure:
    """An SVG of the graph, with the names of `inputs` and `outputs` (motors) where they are given.

    Excitatory synapses are blue, inhibitory ones orange; up to 160 of them have heads, a point or a bar. Between the
    layers they run from left to right; within a layer those that lead down bend right, those that lead up bend left.
    There is no background, and the colours can be read on white and on black. A neuron tells about itself when pointed
    at.

    >>> from emberharmony.nn.wirings import AutoNCP
    >>> figure = draw_wiring(AutoNCP(16, 3).build(4), title="a small policy", outputs=["left", "right", "stop"])
    >>> figure.svg[:4], figure.svg.count("<circle")
    ('<svg', 16)
    """
    given: Any = wiring
    if not isinstance(given, Wiring):
        raise ArgumentError(
            f"draw_wiring got {given!r:.100}",
            expected="a Wiring",
            mend="recipe.build(input_size) of a recipe; layer.wiring of a layer",
        )
    for name, given, count in (("inputs", inputs, wiring.inputs), ("outputs", outputs, wiring.outputs)):
        if given and len(given) != count:
            raise ArgumentError(f"draw_wiring got {len(given)} names of {name}", expected=f"{count}, or none")
    names = [*inputs] or [str(i) for i in range(wiring.inputs)], [*outputs]
    layout = _columns(wiring, *names) if wiring.num_layers > 1 else _ring(wiring, *names)
    top, bottom = 54 if title else 26, 64
    width, height = layout.width, layout.height + top + bottom
    described = escape(title or f"A wiring of {_count(wiring.units, 'neuron')}")
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
        f' height="{height:.0f}" role="img" font-family="{FONT}" style="max-width:100%;height:auto">'
    )
    lines = [head, f"<title>{described}</title>"]
    if title:
        lines.append(_text(width / 2, 24, described, size=16, weight=600))
    lines += [f'<g transform="translate(0 {top})">', *_synapses(wiring, layout), *_nodes(wiring, layout)]
    lines += [_text(x, 4, text, size=12, weight=600) for x, text in layout.headings]
    lines += ["</g>", *_legend(wiring, width / 2, layout.height + top + 30), "</svg>"]
    return Figure("\n".join(lines))


# -- places --


def _columns(wiring: Wiring, inputs: Sequence[str], outputs: Sequence[str]) -> Layout:
    sizes = [wiring.inputs, *map(len, wiring.layers)]
    longest = max(sizes)
    height = max(6.2 * longest, min(44.0 * longest, 640.0))
    gap = max(190.0, 0.36 * height)
    motors = {*wiring.layers[-1]}
    bend = _bend(height * len(motors) / longest) if any(source in motors for source, _, _ in wiring.synapses) else 0.0
    left, right = 50.0 + _room(inputs), 50.0 + max(_room(outputs), bend)
    columns = [[(left + i * gap, y, radius) for y, radius in _spread(size, height)] for i, size in enumerate(sizes)]
    layers = zip(wiring.layers, columns[1:], strict=True)
    places = {i: place for layer, column in layers for i, place in zip(layer, column, strict=True)}
    kinds = [(len(layer), wiring.type_of_neuron(layer[0])) for layer in wiring.layers]
    heads = [_count(wiring.inputs, "input")]
    heads += [_count(size, kind) if kind == "motor" else f"{size} {kind}" for size, kind in kinds]
    return Layout(
        width=left + gap * len(wiring.layers) + right,
        height=height + 20,
        inputs=_inputs(columns[0], inputs),
        neurons=_neurons(wiring, [places[i] for i in range(wiring.units)], outputs),
        headings=[(left + i * gap, text) for i, text in enumerate(heads)],
        ring=None,
    )


def _ring(wiring: Wiring, inputs: Sequence[str], outputs: Sequence[str]) -> Layout:
    n = wiring.units
    pitch = max(9.0, min(44.0, 1500 / n))
    radius = max(80.0, n * pitch / math.tau)
    height = max(2 * radius + 44, 11.0 * wiring.inputs)
    left = 50.0 + _room(inputs)
    x, y = left + max(150.0, 0.4 * radius) + radius, 20 + height / 2
    turns = [math.tau * (i - (wiring.outputs - 1) / 2) / n for i in range(n)]  # the motors are in the east
    dot = _radius(pitch)
    places = [(x + radius * math.cos(turn), y + radius * math.sin(turn), dot) for turn in turns]
    return Layout(
        width=x + radius + 70 + _room(outputs),
        height=height + 20,
        inputs=_inputs([(left, y, r) for y, r in _spread(wiring.inputs, height)], inputs),
        neurons=_neurons(wiring, places, outputs),
        headings=[
            (left, _count(wiring.inputs, "input")),
            (x, f"{_count(n, 'neuron')}, {_count(wiring.outputs, 'motor')} among them"),
        ],
        ring=(x, y),
    )


def _inputs(places: Sequence[Place], names: Sequence[str]) -> list[Node]:
    return [Node(x, y, 0.85 * r, "sensory", name, -1) for (x, y, r), name in zip(places, names, strict=True)]


def _neurons(wiring: Wiring, places: Sequence[Place], outputs: Sequence[str]) -> list[Node]:
    """The number of a neuron stands inside if there is room; the name of a motor stands beside it."""
    made: list[Node] = []
    for i, (x, y, radius) in enumerate(places):
        named = i < len(outputs)
        text = outputs[i] if named else str(i) if radius >= 8 else ""
        made.append(Node(x, y, radius, wiring.type_of_neuron(i), text, 1 if named else 0))
    return made


def _spread(count: int, height: float) -> list[tuple[float, float]]:
    """Heights and the radius of `count` nodes in the middle of a column."""
    pitch = min(48.0, height / count)
    return [(20 + height / 2 + (i - (count - 1) / 2) * pitch, _radius(pitch)) for i in range(count)]


def _radius(pitch: float) -> float:
    return max(2.2, min(10.0, 0.36 * pitch))


def _room(names: Sequence[str]) -> float:
    return 6.2 * max((len(name) for name in names), default=0)


# -- marks --


def _synapses(wiring: Wiring, layout: Layout) -> Iterator[str]:
    edges: list[Edge] = [(layout.inputs[s], layout.neurons[t], sign) for s, t, sign in wiring.sensory]
    edges += [(layout.neurons[s], layout.neurons[t], sign) for s, t, sign in wiring.synapses]
    many = max(1, len(edges))
    width, opacity = min(1.7, 3.4 / many**0.2), max(0.12, min(0.85, 3.2 / many**0.33))
    heads = {sign: f' marker-end="url(#{name})"' if many <= FEW else "" for sign, (name, _) in SIGNS.items()}
    if many <= FEW:
        yield f"<defs>{_head(1, 'M0 0L8 4L0 8z')}{_head(-1, 'M5 0H8V8H5z')}</defs>"
    yield f'<g fill="none" stroke-width="{width:.2f}" stroke-opacity="{opacity:.2f}">'
    # the signs take turns, target by target: else the second one would cover the first
    for (*_, sign), group in groupby(sorted(edges, key=_turn), key=_turn):
        paths = [f'<path d="{_path(source, target, layout.ring)}"{heads[sign]}/>' for source, target, _ in group]
        yield f'<g stroke="{SIGNS[sign][1]}">{"".join(paths)}</g>'
    yield "</g>"


def _turn(edge: Edge) -> tuple[float, float, int]:
    return edge[1].x, edge[1].y, edge[2]


def _head(sign: int, shape: str) -> str:
    name, colour = SIGNS[sign]
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path d="{shape}" fill="{colour}"/></marker>'
    )


def _path(a: Node, b: Node, ring: tuple[float, float] | None) -> str:
    """From the rim of one node to the rim of the other."""
    if a is b:
        return _loop(a, ring)
    if ring and a.kind != "sensory":  # a chord, bent towards the middle
        bend = (a.x + b.x) / 4 + ring[0] / 2, (a.y + b.y) / 4 + ring[1] / 2
        return f"M{_rim(a, bend)}Q{_point(*bend)} {_rim(b, bend)}"
    if a.x == b.x:  # within a layer
        leave = arrive = 1 if b.y > a.y else -1
        out = into = leave * _bend(b.y - a.y)
    else:
        leave = 1 if b.x > a.x else -1
        arrive = -leave
        out, into = (b.x - a.x) / 2, (a.x - b.x) / 2
    bends = f"{_point(a.x + out, a.y)} {_point(b.x + into, b.y)}"
    return f"M{_point(a.x + leave * a.radius, a.y)}C{bends} {_point(b.x + arrive * b.radius, b.y)}"


def _bend(rise: float) -> float:
    """How far a synapse within a layer leaves its column, or a little more: long ones stay outside of short ones."""
    return 12 + 4.2 * math.sqrt(abs(rise))


def _loop(a: Node, ring: tuple[float, float] | None) -> str:
    """Upwards in a column, outwards on a ring."""
    angle = math.atan2(a.y - ring[1], a.x - ring[0]) if ring else -math.pi / 2
    reach = 2.6 * a.radius + 5
    corners = ((a.radius, -0.6), (reach, -0.7), (reach, 0.7), (a.radius, 0.6))
    start, *rest = [_point(a.x + r * math.cos(angle + turn), a.y + r * math.sin(angle + turn)) for r, turn in corners]
    return f"M{start}C{' '.join(rest)}"


def _rim(node: Node, towards: tuple[float, float]) -> str:
    dx, dy = towards[0] - node.x, towards[1] - node.y
    part = node.radius / (math.hypot(dx, dy) or 1)
    return _point(node.x + part * dx, node.y + part * dy)


def _point(x: float, y: float) -> str:
    return f"{x:.1f} {y:.1f}"


def _nodes(wiring: Wiring, layout: Layout) -> Iterator[str]:
    heard = Counter(target for _, target, _ in (*wiring.sensory, *wiring.synapses))
    said, fed = Counter(source for source, _, _ in wiring.synapses), Counter(source for source, _, _ in wiring.sensory)
    bare = _crowded(layout.inputs)
    for i, node in enumerate(layout.inputs):
        yield _mark(node, f"input {i}: {_count(fed[i], 'synapse')} out", bare=bare)
    bare = _crowded(layout.neurons[: wiring.outputs])
    for i, node in enumerate(layout.neurons):
        about = f"neuron {i}, {node.kind}: {_count(heard[i], 'synapse')} in, {said[i]} out"
        yield _mark(node, about, bare=bare and node.side == 1)


def _crowded(nodes: Sequence[Node]) -> bool:
    """No room for a line of text at each node."""
    return any(abs(a.y - b.y) < 10 and abs(a.x - b.x) < 60 for a, b in pairwise(nodes))


def _mark(node: Node, about: str, *, bare: bool) -> str:
    x, y, r = node.x, node.y, node.radius
    if node.kind == "sensory":
        shape = "rect"
        place = f'x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" rx="{r / 3:.1f}"'
    else:
        shape, place = "circle", f'cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}"'
    mark = f'<{shape} {place} fill="{KINDS[node.kind]}"><title>{about}</title></{shape}>'
    if bare or not node.text:
        return mark
    if not node.side:
        return mark + _text(x, y + 3.3, node.text, size=9, colour="#ffffff", weight=600)
    x += node.side * (r + 7)
    return mark + _text(x, y + 3.8, escape(node.text), size=11, anchor="end" if node.side < 0 else "start")


def _legend(wiring: Wiring, middle: float, y: float) -> Iterator[str]:
    counts = Counter(sign for _, _, sign in (*wiring.sensory, *wiring.synapses))
    for sign, (name, colour) in SIGNS.items():
        x = middle - 75 * sign - 75
        yield f'<path d="M{x:.1f} {y - 4:.1f}h26" stroke="{colour}" stroke-width="3"/>'
        yield _text(x + 34, y, f"{name} {counts[sign]}", size=12, anchor="start")
    facts = f"{_count(wiring.synapse_count, 'synapse')} between neurons, density {wiring.density:.1%}"
    facts += f"; {wiring.sensory_synapse_count} from inputs"
    yield _text(middle, y + 22, facts, size=12)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _text(
    x: float, y: float, text: str, *, size: int, colour: str = TEXT, anchor: str = "middle", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
        f' fill="{colour}">{text}</text>'
    )
