"""What each feature was made from: columns, the steps between, and the constants that were learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import Column, brief, chips, facts, table
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import UNKNOWN, count

HEADS = (Column("Feature"), Column("Type"), Column("Made from"), Column("Steps", wide=True), Column("Constants"))


def section(features: Sequence[Mapping[str, Any]]) -> Markup:
    """A row for each feature."""
    sources = {str(column) for each in features for column in each.get("columns") or ()}
    steps = {str(step) for each in features for step in each.get("transforms") or ()}
    about = [
        ("features", count(len(features))),
        ("from columns", count(len(sources))),
        ("kinds of step", count(len(steps))),
    ]
    return joined(facts(about), table(HEADS, [_row(each) for each in features], name="Features"))


def _row(feature: Mapping[str, Any]) -> list[str]:
    columns, steps = feature.get("columns") or (), feature.get("transforms") or ()
    return [
        element("code", str(feature.get("feature", UNKNOWN))),
        str(feature.get("type") or UNKNOWN),
        chips(columns) if columns else UNKNOWN,
        chips(steps, "chip step") if steps else "as it is",
        _constants(feature.get("constants") or ()),
    ]


def _constants(constants: Sequence[Mapping[str, Any]]) -> str:
    if not constants:
        return "none"
    items: list[Markup] = []
    for each in constants:
        values = {name: value for name, value in each.items() if name != "transform"}
        items.append(element("li", element("code", str(each.get("transform", ""))), f" {brief(values)}"))
    words = "1 set" if len(constants) == 1 else f"{len(constants)} sets"
    return element("details", element("summary", words), element("ul", *items))
