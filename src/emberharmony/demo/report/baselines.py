"""How simpler methods compare: a table by average precision, and both curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import Column, bar, chart, key, lacking, stroke, table
from emberharmony.viz.charts import OURS, PEERS, Line, draw_lines
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import UNKNOWN, duration, known, quantity, share

HEADS = (
    Column("Method", wide=True),
    Column("AUC-PR", right=True),
    Column("AUC-ROC", right=True),
    Column("Recall", right=True),
    Column("False alarms", right=True, unit="for 1 promised"),
    Column("Time", right=True),
)
CURVES = (("pr", "Precision and recall", "recall", "precision"), ("roc", "ROC", "false positives", "true positives"))


def section(methods: Sequence[Mapping[str, Any]]) -> Markup:
    """The table, best first, and the curves."""
    ranked = sorted(methods, key=lambda each: -(known(each.get("auc_pr")) or 0.0))
    ours = [bool(each.get("ours")) for each in ranked]
    peers = iter(PEERS * len(ranked))
    styles = [(OURS, None) if mine else next(peers) for mine in ours]
    charts = [made for curve in CURVES if (made := _curve(ranked, styles, *curve))]
    if charts:
        names = [
            (str(each.get("name", UNKNOWN)), stroke(colour, dash))
            for each, (colour, dash) in zip(ranked, styles, strict=True)
        ]
        below = joined(key(names), element("div", *charts, class_="two"))
    else:
        below = lacking("There are no curves: they take data whose faults are known.")
    return joined(table(HEADS, [_row(each) for each in ranked], name="Methods by AUC-PR", ours=ours), below)


def _row(method: Mapping[str, Any]) -> list[str]:
    ours = bool(method.get("ours"))
    areas = [
        UNKNOWN if known(method.get(name)) is None else bar(method[name], 1, quantity(method[name]), ours=ours)
        for name in ("auc_pr", "auc_roc")
    ]
    return [
        str(method.get("name", UNKNOWN)),
        *areas,
        share(method.get("recall")),
        quantity(method.get("false_alarms")),
        duration(method.get("seconds")),
    ]


def _curve(
    methods: Sequence[Mapping[str, Any]],
    styles: Sequence[tuple[str, str | None]],
    name: str,
    caption: str,
    x: str,
    y: str,
) -> Markup | None:
    lines: list[Line] = []
    for method, (colour, dash) in zip(methods, styles, strict=True):
        points = sorted((a, b) for a, b in method.get(name) or () if known(a) is not None and known(b) is not None)
        if points:
            width = 2.4 if method.get("ours") else 1.5
            across, up = zip(*points, strict=True)
            lines.append(Line(str(method.get("name", UNKNOWN)), across, up, colour, dash, width))
    if not lines:
        return None
    lines.sort(key=lambda line: line.width)  # ours is drawn last, above the others
    svg = draw_lines(lines, title=f"{caption} of {len(lines)} methods", x=x, y=y, height=330, unit_square=True).svg
    return chart(svg, caption)
