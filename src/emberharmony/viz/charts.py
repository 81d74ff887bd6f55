"""Charts of lines, and small ones: axes that stay sharp at any width, because only the curves are stretched.

A chart is as wide as what it stands in. What is written beside the axes stands in the padding of the paper, texts and
marks are placed by percentages of the rest, and the curves lie in an inner drawing of 1000 units that is stretched,
with strokes that are not. A chart belongs in a page or a notebook: alone in a file its padding would be cut off.
Colours are CSS variables with a default, so that a page may set its own: --ours, --measured, --truth, --text, --rule,
and --paper, which keeps a text that stands on a curve readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emberharmony.errors import ArgumentError
from emberharmony.viz.figure import Figure
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.outline import COLUMNS, Points, Values, extremes
from emberharmony.viz.scales import Axis, log_axis, number_axis, ticks
from emberharmony.viz.words import known, labels, quantity

OURS, MEASURED, TRUTH = "var(--ours,#d9580d)", "var(--measured,#6f7782)", "var(--truth,#2f86d1)"
TEXT, RULE = "var(--text,#767e88)", "var(--rule,#838b9640)"
# each told by its dashes too, where colours cannot be
PEERS = (
    ("#2f86d1", "7 3"),
    ("#1f8a66", "2 2.5"),
    ("#9657b8", "9 3 2 3"),
    ("#967400", "4 2"),
    ("#838b96", "12 3"),
    ("#c0477f", "5 2 1 2"),
)
HALO = "stroke:var(--paper,none);stroke-width:3px;paint-order:stroke"
FONT = "system-ui, -apple-system, Segoe UI, Helvetica, sans-serif"
LEFT, RIGHT = 56, 14
DOT = 5  # the stroke of a point that stands alone


@dataclass(frozen=True)
class Line:
    """A curve by name, with how it is drawn; `unit` is said when its values are read.

    >>> Line("loss", [1, 2], [0.9, None]).width
    1.5
    """

    name: str
    x: Sequence[float]
    y: Values
    colour: str = OURS
    dash: str | None = None
    width: float = 1.5
    unit: str = ""
    peaks: bool = False  # of samples that share a column of pixels only the highest is drawn


@dataclass(frozen=True)
class Mark:
    """A value worth a line through the chart, with a text at its end."""

    value: float
    text: str
    colour: str = OURS


@dataclass(frozen=True)
class Panel:
    """One plotting area: `top` and `height` in pixels, an axis each way, and what is drawn on them."""

    top: float
    height: float
    x: Axis
    y: Axis
    lines: Sequence[Line] = ()
    across: Sequence[Mark] = ()  # at a height
    upright: Sequence[Mark] = ()  # at a place
    below: Sequence[Markup] = ()  # drawn first, in units of the inner drawing
    numbered: bool = True  # the x axis is written under it


def draw_lines(
    lines: Sequence[Line],
    *,
    title: str,
    x: str,
    y: str,
    height: int = 240,
    log: bool = False,
    unit_square: bool = False,
    upright: Sequence[Mark] = (),
) -> Figure:
    """Curves on common axes, labelled `x` and `y`; `unit_square` has both go from 0 to 1.

    With `log` heights are ratios, and values that are not positive are holes.

    >>> figure = draw_lines([Line("loss", [1, 2, 3], [0.9, 0.5, 0.4])], title="Loss", x="epoch", y="loss")
    >>> figure.svg.count("<path"), "epoch" in figure.svg
    (1, True)
    """
    for line in lines:
        if len(line.x) != len(line.y):
            raise ArgumentError(f"the line {line.name!r} has {len(line.x)} places and {len(line.y)} values")
    if log:
        lines = [_positive(line) for line in lines]
    heights = [value for line in lines for value in line.y if value is not None]
    if unit_square:
        across, up = number_axis([0, 1], x), number_axis([0, 1], y)
    else:
        across = _exact([at for line in lines for at in line.x], x)
        up = log_axis(heights, y) if log else number_axis(heights, y)
    panel = Panel(22, height - 60, across, up, lines, upright=upright)
    return figure(title, height, draw_panel(panel))


def draw_histogram(counts: Sequence[float], *, title: str, height: int = 28) -> Figure:
    """Bars beside each other, without axes: as large as a word in a table.

    >>> draw_histogram([1, 4, 2], title="three bins").svg.count("M")
    3
    """
    most = max(counts, default=0)
    if any(number < 0 for number in counts) or not most > 0:
        raise ArgumentError(f"a histogram of {[*counts]!r:.100}", expected="counts, at least one above zero")
    pitch, floor = 1000 / len(counts), height - 1
    rises = [_short(-max(1.2, (floor - 1) * n / most)) if n else "" for n in counts]
    bars = "".join(
        f"M{_short((i + 0.06) * pitch)} {floor}v{rise}h{_short(0.88 * pitch)}V{floor}z"
        for i, rise in enumerate(rises)
        if rise
    )
    body = element("path", d=bars, style=f"fill:{MEASURED}")
    line = element("line", x1=0, x2="100%", y1=height - 0.5, y2=height - 0.5, style=f"stroke:{RULE}")
    return figure(title, height, line, _inner(height, body), left=0, right=0)


def draw_interval(low: float, value: float, high: float, *, promised: float, title: str, x: str) -> Figure:
    """A measured value with its interval, beside the value that was promised.

    >>> "promised" in draw_interval(0.05, 0.08, 0.12, promised=0.1, title="False alarms", x="per day").svg
    True
    """
    axis = number_axis([0.0, low, value, high, promised], x)
    at = [f"{100 * axis.place(number):.2f}%" for number in (low, value, high, promised)]
    marks = joined(
        element("line", x1=0, x2="100%", y1=34, y2=34, style=f"stroke:{RULE}"),
        element(
            "line", x1=at[3], x2=at[3], y1=16, y2=52, stroke_dasharray="4 3", style=f"stroke:{TRUTH};stroke-width:2"
        ),
        text(at[3], 11, f"promised {quantity(promised)}", anchor=_anchor(axis.place(promised), 0.2), colour=TRUTH),
        element(
            "line", x1=at[0], x2=at[2], y1=34, y2=34, style=f"stroke:{OURS};stroke-width:3", stroke_linecap="round"
        ),
        element("circle", cx=at[1], cy=34, r=6, style=f"fill:{OURS}"),
        *(text(f"{100 * axis.place(tick):.2f}%", 68, word, "middle") for tick, word in axis.marks),
    )
    return figure(title, 92, marks, text("50%", 87, x, "middle"), left=24, right=24)


def figure(title: str, height: float, *body: Markup, left: int = LEFT, right: int = RIGHT) -> Figure:
    """The paper around parts that have their places; 0 is where the axes begin, 100% where they end."""
    return Figure(
        element(
            "svg",
            element("title", title),
            *body,
            xmlns="http://www.w3.org/2000/svg",
            width="100%",
            height=f"{height:.0f}",
            role="img",
            font_family=FONT,
            font_size=11,
            style=f"display:block;box-sizing:border-box;padding:0 {right}px 0 {left}px;overflow:visible",
        )
    )


def draw_panel(panel: Panel) -> Markup:
    """Grid, texts and curves of a panel, where it stands on the paper."""
    x, y, height = panel.x, panel.y, panel.height
    heights = [(height * (1 - y.place(value)), word) for value, word in y.marks]
    places = [(f"{100 * x.place(value):.2f}%", word) for value, word in x.marks]
    grid = [element("line", x1=0, x2="100%", y1=at, y2=at) for at, _ in heights]
    grid += [element("line", x1=at, x2=at, y1=height, y2=height + 4) for at, _ in places if panel.numbered]
    words = [text("-8", at + 3.8, word, "end") for at, word in heights]
    if panel.numbered:
        edge = 0.015 if x.kind == "time" else -1.0  # its words are long, and UTC stands beside them
        words += [
            text(at, height + 17, word, _anchor(x.place(value), edge), odd=i % 2 == 1 and len(x.marks) > 4)
            for i, ((at, word), (value, _)) in enumerate(zip(places, x.marks, strict=True))
        ]
        if x.kind == "time":  # beside the marks there is room for no more than UTC
            words.append(text("-8", height + 17, x.label, "end"))
        else:
            words.append(text("50%", height + 33, x.label, "middle"))
    if y.label:
        words.append(text(str(8 - LEFT), -10, y.label + (" (ratio scale)" if y.kind == "log" else ""), weight=600))
    curves = [_curve(line, x, y, height) for line in panel.lines]
    marks: list[Markup] = []
    for mark in panel.across:
        at = min(height, max(0.0, height * (1 - y.place(mark.value))))
        marks.append(_dashed(mark.colour, x1=0, x2="100%", y1=at, y2=at))
        marks.append(text("100%", at - 4, mark.text, "end", colour=mark.colour))
    for mark in panel.upright:
        part = x.place(mark.value)
        at = f"{100 * part:.2f}%"
        marks.append(_dashed(mark.colour, x1=at, x2=at, y1=0, y2=height))
        marks.append(text(at, 8, mark.text, "end" if part > 0.5 else "start", colour=mark.colour, shift=part))
    inner = _inner(height, *panel.below, *curves, across=x, up=y)
    grid_group = element("g", *grid, style=f"stroke:{RULE}", shape_rendering="crispEdges")
    return element(
        "svg",
        grid_group,
        inner,
        *marks,
        *words,
        y=panel.top,
        width="100%",
        height=height,
        overflow="visible",
    )


def outline_path(runs: Sequence[Points], x: Axis, y: Axis, height: float, *, closed: bool = False) -> str:
    """Runs of points as the text of a path, on 1000 units by `height` pixels."""
    parts: list[str] = []
    for run in runs:
        points = [
            f"{_short(COLUMNS * x.place(at))} {_short(height * (1 - _inside(y.place(value))))}" for at, value in run
        ]
        if len(points) == 1:
            points *= 2  # a stroke of no length has round ends: a dot
        parts.append("M" + "L".join(points) + ("z" if closed else ""))
    return "".join(parts)


def text(
    x: str,
    y: float,
    words: str,
    anchor: str = "start",
    *,
    colour: str = TEXT,
    weight: int | None = None,
    odd: bool = False,
    shift: float | None = None,
) -> Markup:
    """A text on the paper. `odd` ones may be left out where there is little room."""
    return element(
        "text",
        words,
        x=x,
        y=y,
        dx=None if shift is None else -5 if shift > 0.5 else 5,
        text_anchor=anchor,
        font_weight=weight,
        class_="odd" if odd else None,
        style=f"fill:{colour}" if colour == TEXT else f"fill:{colour};{HALO}",
    )


def _curve(line: Line, x: Axis, y: Axis, height: float) -> Markup:
    runs = extremes(line.x, line.y, x.low, x.high, peaks=line.peaks)
    dots = all(len(run) == 1 for run in runs)
    return element(
        "path",
        d=outline_path(runs, x, y, height),
        data_name=line.name,
        data_unit=line.unit or None,
        fill="none",
        style=f"stroke:{line.colour}",
        stroke_width=DOT if dots else line.width,
        stroke_dasharray=None if dots else line.dash,
        stroke_linecap="round",
        stroke_linejoin="round",
        vector_effect="non-scaling-stroke",
    )


def _inner(height: float, *children: Markup, across: Axis | None = None, up: Axis | None = None) -> Markup:
    """The stretched drawing; the ends of its axes are there for whoever reads values back from it."""
    return element(
        "svg",
        *children,
        width="100%",
        height=height,
        viewBox=f"0 0 {COLUMNS} {height:g}",
        preserveAspectRatio="none",
        data_x=across and f"{across.low!r} {across.high!r} {across.kind} {across.label}",
        data_y=up and f"{up.low!r} {up.high!r} {up.kind}",
    )


def _dashed(colour: str, **place: str | float) -> Markup:
    return element("line", **place, stroke_dasharray="5 4", style=f"stroke:{colour}")


def _exact(values: Sequence[float], label: str) -> Axis:
    """An axis that ends where the values end, with the round ticks within; whole ones where all values are whole."""
    if not values:
        return number_axis([], label)
    low, high = min(values), max(values)
    if low == high:
        return Axis(low - 1, high + 1, [(low, quantity(low))], label)
    marks = [at for at in ticks(low, high, 12) if low <= at <= high]
    if all(float(value).is_integer() for value in values):
        marks = [at for at in marks if at.is_integer()]
    return Axis(low, high, list(zip(marks, labels(marks), strict=True)), label)


def _positive(line: Line) -> Line:
    values = [value if (known(value) or 0) > 0 else None for value in line.y]
    return replace(line, y=values)


def _anchor(part: float, edge: float) -> str:
    """Texts near an edge stand beside their place, towards the middle."""
    return "start" if part < edge else "end" if part > 1 - edge else "middle"


def _inside(part: float) -> float:
    return min(2.0, max(-1.0, part))


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
