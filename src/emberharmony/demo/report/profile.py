"""What is in the data: each column with its type, why it was taken for that, and how its values lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import Column, bar, brief, facts, lacking, table
from emberharmony.viz.charts import draw_histogram
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import UNKNOWN, count, duration, known, moment, quantity, share

HEADS = (
    Column("Column"),
    Column("Type"),
    Column("Confidence", right=True),
    Column("Distribution"),
    Column("Missing", right=True),
    Column("Low", right=True),
    Column("Mean", right=True),
    Column("High", right=True),
    Column("Why this type", wide=True),
)


def section(profile: Mapping[str, Any]) -> Markup:
    """Rows, entities and span, and a table of the columns."""
    columns: Sequence[Mapping[str, Any]] = profile.get("columns") or ()
    about = [
        ("rows", count(profile["rows"])) if profile.get("rows") is not None else None,
        ("entities", count(profile["entities"])) if profile.get("entities") is not None else None,
        ("columns", count(len(columns))) if columns else None,
        ("from", moment(profile["start"])) if profile.get("start") is not None else None,
        ("to", moment(profile["end"])) if profile.get("end") is not None else None,
    ]
    begin, end = known(profile.get("start")), known(profile.get("end"))
    if begin is not None and end is not None:
        about.append(("span", duration(end - begin)))
    if not columns:
        return joined(facts(filter(None, about)), lacking("No column was described."))
    return joined(facts(filter(None, about)), table(HEADS, [_row(each) for each in columns], name="Columns"))


def _row(column: Mapping[str, Any]) -> list[str]:
    name = str(column.get("name", UNKNOWN))
    confidence, missing = known(column.get("confidence")), known(column.get("missing"))
    return [
        element("code", name),
        str(column.get("type") or UNKNOWN),
        UNKNOWN if confidence is None else bar(confidence, 1, share(confidence)),
        _histogram(name, column.get("histogram")),
        UNKNOWN if missing is None else share(missing),
        *(_end(column.get(end)) for end in ("low", "mean", "high")),
        str(column.get("reason") or UNKNOWN),
    ]


def _end(value: Any) -> str:
    return brief(value) if isinstance(value, str) else quantity(value)


def _histogram(name: str, counts: Sequence[float] | None) -> str:
    if not counts or not sum(counts) > 0:
        return UNKNOWN
    drawing = draw_histogram(counts, title=f"Distribution of {name} in {len(counts)} bins")
    return element("span", Markup(drawing.svg), class_="spark")
