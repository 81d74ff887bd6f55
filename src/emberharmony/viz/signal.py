"""The picture of one watched signal: what was measured and expected, what was wrong, what was said, and how sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from emberharmony.errors import ArgumentError
from emberharmony.viz.charts import (
    MEASURED,
    OURS,
    TEXT,
    TRUTH,
    Line,
    Mark,
    Panel,
    draw_panel,
    figure,
    outline_path,
    text,
)
from emberharmony.viz.markup import Markup, element
from emberharmony.viz.outline import Values, envelope
from emberharmony.viz.scales import Axis, log_axis, number_axis, time_axis
from emberharmony.viz.words import known, moment, quantity

if TYPE_CHECKING:
    from emberharmony.viz.figure import Figure

VALUES, ROW, SCORES = 210, 13, 90
MANY = 12  # thresholds: a score that goes so high is drawn by ratios


def draw_signal(
    time: Sequence[float],
    value: Values,
    *,
    title: str,
    unit: str = "",
    expected: Values | None = None,
    band: Values | None = None,
    score: Values | None = None,
    threshold: float | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    alarms: Sequence[Mapping[str, Any]] | None = None,
    height: int = VALUES,
) -> Figure:
    """A signal over unix seconds, with what a detector expected (give or take `band`), its score and its alarms.

    `faults` and `alarms` have a `begin` and an `end`; faults may have a `kind` and an `amplitude`. However long the
    signal, the lowest and the highest sample of every thousandth of it are drawn; `height` is that of the values.

    >>> alarm = {"begin": 60, "end": 60}
    >>> figure = draw_signal([0, 60, 120], [1.0, 9.0, 1.0], title="press", unit="bar", alarms=[alarm])
    >>> "measured" in figure.svg, "alarms" in figure.svg, "score" in figure.svg
    (True, True, False)
    """
    for name, series in {"value": value, "expected": expected, "band": band, "score": score}.items():
        if series is not None and len(series) != len(time):
            raise ArgumentError(f"draw_signal of {title!r} got {len(time)} times and {len(series)} of {name}")
    if not time or any(b < a for a, b in pairwise(time)):
        raise ArgumentError(f"draw_signal of {title!r} got times that do not ascend, or none at all")
    x = time_axis(time[0], time[-1], most=8 if height >= VALUES else 4)
    seen = [number for series in (value, expected or ()) for each in series if (number := known(each)) is not None]
    y = number_axis(seen, f"value, {unit}" if unit else "value", most=7 if height >= VALUES else 5)
    lines = [Line("measured", time, value, MEASURED, width=1, unit=unit)]
    below = [_stretch(fault, x, height, TRUTH, 0.13) for fault in faults]
    if expected is not None:
        lines.append(Line("expected", time, expected, OURS, width=1.2, unit=unit))
        if band is not None:
            below.append(_band(time, expected, band, x, y, height))
    top = 22.0
    parts = [Panel(top, height, x, y, lines, below=below, numbered=False)]
    top += height + 8
    rows: list[Markup] = []
    for name, stretches, colour in (("faults", faults, TRUTH), ("alarms", alarms, OURS)):
        if stretches:
            rows.append(_row(name, stretches, x, top, colour))
            top += ROW + 4
    if score is not None and any(known(each) is not None for each in score):
        top += 24
        below = [_stretch(alarm, x, SCORES, OURS, 0.16) for alarm in alarms or ()]
        marks = [] if threshold is None else [Mark(threshold, f"threshold {quantity(threshold)}")]
        axis = _score_axis(score, threshold)
        line = Line("score", time, score, MEASURED, width=1, peaks=True)
        parts.append(Panel(top, SCORES, x, axis, [line], marks, below=below))
        top += SCORES
    else:
        parts.append(Panel(top, 0, x, Axis(0, 1, []), numbered=True))
    return figure(title, top + 26, *map(draw_panel, parts), *rows)


def _band(time: Sequence[float], expected: Values, band: Values, x: Axis, y: Axis, height: float) -> Markup:
    pairs = [(known(middle), known(half)) for middle, half in zip(expected, band, strict=True)]
    lower = [None if m is None or h is None else m - h for m, h in pairs]
    upper = [None if m is None or h is None else m + h for m, h in pairs]
    areas = envelope(time, lower, upper, x.low, x.high)
    return element("path", d=outline_path(areas, x, y, height, closed=True), style=f"fill:{OURS}", fill_opacity=0.2)


def _score_axis(score: Values, threshold: float | None) -> Axis:
    given = [number for each in score if (number := known(each)) is not None]
    ends = [*given, *([] if threshold is None else [threshold])]
    if threshold and max(ends) > MANY * threshold > 0 and min(ends) >= 0:
        # below a tenth of the threshold nothing is of interest, and zero has no place among ratios
        return log_axis([max(number, threshold / 10) for number in ends], "anomaly score", most=5)
    return number_axis([0.0, *ends], "anomaly score", most=4)


def _stretch(stretch: Mapping[str, Any], x: Axis, height: float, colour: str, opacity: float) -> Markup:
    """A part of the time, behind the curves."""
    begin, end = (min(1.0, max(0.0, x.place(stretch[name]))) for name in ("begin", "end"))
    return element(
        "path",
        d=f"M{1000 * begin:.1f} 0H{1000 * end:.1f}V{height:g}H{1000 * begin:.1f}z",
        style=f"fill:{colour};stroke:{colour}",  # the stroke keeps a moment visible
        opacity=opacity,
        vector_effect="non-scaling-stroke",
    )


def _row(name: str, stretches: Sequence[Mapping[str, Any]], x: Axis, top: float, colour: str) -> Markup:
    """Stretches beside each other on one line, each telling about itself."""
    blocks: list[Markup] = []
    for stretch in stretches:
        begin, end = (min(1.0, max(0.0, x.place(stretch[side]))) for side in ("begin", "end"))
        about = element("title", _about(name.removesuffix("s"), stretch))
        blocks.append(
            element(
                "rect",
                about,
                x=f"{100 * begin:.3f}%",
                width=f"{100 * (end - begin):.3f}%",
                height=ROW - 3,
                y=1.5,
                rx=1.5,
                style=f"fill:{colour};stroke:{colour}",
                stroke_width=2,
            )
        )
    rail = element("line", x1=0, x2="100%", y1=ROW / 2, y2=ROW / 2, style="stroke:var(--rule,#838b9640)")
    return element(
        "svg",
        rail,
        *blocks,
        text("-8", ROW - 3, name, "end", colour=TEXT),
        y=top,
        width="100%",
        height=ROW,
        overflow="visible",
    )


def _about(name: str, stretch: Mapping[str, Any]) -> str:
    words = [str(stretch["kind"]) if stretch.get("kind") else name]
    if stretch.get("amplitude") is not None:
        words.append(f"amplitude {quantity(stretch['amplitude'])}")
    return f"{', '.join(words)}: {moment(stretch['begin'], zone=False)} to {moment(stretch['end'])}"
