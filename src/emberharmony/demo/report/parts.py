"""What the sections are built of: tables that become cards on a narrow screen, bars, facts, chips, keys of charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import UNKNOWN, count, known, quantity

MANY = 12  # rows: the rest is folded


@dataclass(frozen=True)
class Column:
    """The head of a column; numbers are `right`-aligned, and `wide` ones get what room is left."""

    name: str
    right: bool = False
    wide: bool = False
    unit: str = ""


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, name: str, ours: Sequence[bool] = ()) -> Markup:
    """A table; rows beyond the twelfth are folded away, under a line that tells how many there are."""
    if len(rows) > MANY + 3:
        first, rest = rows[:MANY], rows[MANY:]
        folded = element("summary", f"{count(len(rest))} more")
        return joined(
            table(columns, first, name=name, ours=ours[:MANY]),
            element("details", folded, _table(columns, rest, f"{name}, continued", ours[MANY:])),
        )
    return _table(columns, rows, name, ours)


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], name: str, ours: Sequence[bool]) -> Markup:
    heads = [
        element("th", each.name, _unit(each), scope="col", class_=_classes(each), role="columnheader")
        for each in columns
    ]
    lines: list[Markup] = []
    for i, row in enumerate(rows):
        cells = [
            element(
                "td" if j else "th",
                cell,
                data_label=f"{column.name} {column.unit}".strip(),
                class_=_classes(column, "unknown" if cell == UNKNOWN else ""),
                role="cell" if j else "rowheader",
                scope=None if j else "row",
            )
            for j, (column, cell) in enumerate(zip(columns, row, strict=True))
        ]
        lines.append(element("tr", *cells, role="row", class_="ours" if i < len(ours) and ours[i] else None))
    body = element(
        "table",
        element("caption", name),
        element("thead", element("tr", *heads, role="row"), role="rowgroup"),
        element("tbody", *lines, role="rowgroup"),
        role="table",  # as cards it would no longer be one to a screen reader
    )
    return element("div", body, class_="scroll")


def bar(value: Any, most: float, words: str, *, ours: bool = False) -> Markup:
    """A number with its length beside it."""
    number = known(value)
    part = 0.0 if number is None or most <= 0 else max(0.0, min(1.0, number / most))
    length = element("i", style=f"width:{100 * part:.1f}%")
    track = element("span", length, class_="track ours" if ours else "track", aria_hidden="true")
    return element("span", element("span", words, class_="number"), track, class_="bar")


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Names with what is known of them."""
    rows = [element("div", element("dt", name), element("dd", value)) for name, value in pairs]
    return element("dl", *rows, class_="facts")


def chips(words: Iterable[Any], kind: str = "chip") -> Markup:
    """Short words, each in a frame of its own."""
    return element("span", *(element("code", str(word), class_=kind) for word in words), class_="chips")


def key(entries: Iterable[tuple[str, Markup]]) -> Markup:
    """What the marks of a chart mean: names with samples."""
    return element("p", *(element("span", sample, name) for name, sample in entries), class_="key")


def stroke(colour: str, dash: str | None = None, width: float = 2) -> Markup:
    """The sample of a curve."""
    line = element("line", x1=0, x2=26, y1=4, y2=4, style=f"stroke:{colour}", stroke_width=width, stroke_dasharray=dash)
    return element("svg", line, width=26, height=8, aria_hidden="true")


def patch(colour: str, opacity: float = 1.0) -> Markup:
    """The sample of an area."""
    area = element("rect", width=26, height=10, rx=2, style=f"fill:{colour}", opacity=opacity)
    return element("svg", area, width=26, height=10, aria_hidden="true")


def chart(svg: str, caption: str = "", *, class_: str = "chart", legend: Markup | None = None) -> Markup:
    """A figure that can be reached and read by keyboard."""
    words = element("figcaption", caption) if caption else None
    plot = element("div", Markup(svg), tabindex=0, role="group", aria_label=caption or None, class_="plot")
    return element("figure", words, legend, plot, class_=class_)


def lacking(why: str) -> Markup:
    """The sentence in place of what is not there."""
    return element("p", why, class_="lacking")


def brief(value: Any) -> str:
    """Any plain value in few words."""
    if isinstance(value, bool | None):
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return quantity(value, 4)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {brief(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        shown = ", ".join(brief(each) for each in value[:MANY])
        return f"{shown}, and {len(value) - MANY} more" if len(value) > MANY else shown
    return str(value)


def _unit(column: Column) -> Markup | None:
    return element("small", f" {column.unit}") if column.unit else None


def _classes(column: Column, more: str = "") -> str | None:
    return " ".join(filter(None, ("right" * column.right, "wide" * column.wide, more))) or None
