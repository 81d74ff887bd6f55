"""What was found about each column, to read, to change and to hand on."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError

from .evidence import Evidence
from .semantic import TYPES, Type

__all__ = ["ColumnType", "TypeReport", "check_overrides"]

_SHAPE: dict[str, tuple[Type, ...]] = {
    "numeric": ("integer", "continuous", "count", "duration"),
    "categorical": ("categorical", "ordinal"),
    "datetime": ("datetime",),
    "boolean": ("boolean",),
    "text": ("text",),
}
_WIDTH = 120


@dataclass(frozen=True)
class ColumnType:
    """One column: its type, how sure that is from 0 to 1, why, and what it was told from."""

    name: str
    type: Type
    confidence: float
    reason: str
    evidence: Evidence

    def summary(self) -> dict[str, Any]:
        """The evidence in a few numbers; `distinct_exact` says whether `distinct` was counted or estimated."""
        seen = self.evidence
        facts: dict[str, Any] = {"arrow": seen.arrow, "rows": seen.rows, "nulls": seen.nulls}
        facts |= {key: value for key in ("nans", "infinities") if (value := getattr(seen, key))}
        if seen.family not in {"null", "list", "struct", "geo", "other"}:
            facts |= {"distinct": seen.distinct, "distinct_exact": seen.values is not None}
        if seen.low is not None:
            facts |= {"low": seen.low, "high": seen.high}
        if seen.shortest is not None:
            facts |= {"shortest": seen.shortest, "longest": seen.longest, "mean_length": seen.length / seen.present}
        if seen.values:
            facts["top"] = [[value, count] for value, count in seen.top()]
        return facts


@dataclass(frozen=True)
class TypeReport(Mapping[str, ColumnType]):
    """The columns by name, in the order of the table; `detect_types` makes one.

    >>> import pyarrow as pa
    >>> from emberharmony.features.types import detect_types
    >>> report = detect_types(pa.table({"age": [31, 45, 27], "paid": ["yes", "no", "yes"]}))
    >>> report["paid"].type, report.column_types["numeric"]
    ('boolean', ['age'])
    >>> report.override({"age": "categorical"}).overrides
    {'age': 'categorical'}
    """

    source: str
    rows: int  # that were looked at
    of_rows: int  # that the table has
    sample: str  # which rows were looked at, in words; empty where all were
    columns: tuple[ColumnType, ...]
    overrides: Mapping[str, Type]

    def __getitem__(self, name: str) -> ColumnType:
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (column.name for column in self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def column_types(self) -> dict[str, list[str]]:
        """The names by what is done with them: numeric, categorical, datetime, boolean, text.

        Durations are numeric, scales are categorical. Identifiers, constants, empty columns, lists, records, bytes and
        geometry are in none of them: as they are, nothing can be learned from them.
        """
        return {
            shape: [column.name for column in self.columns if column.type in types] for shape, types in _SHAPE.items()
        }

    def override(self, types: Mapping[str, str]) -> TypeReport:
        """The report with these columns of these types, whatever was found."""
        chosen = check_overrides(types, [*self])
        columns = tuple(
            replace(column, type=chosen[column.name], confidence=1.0, reason=f"as you said; {_found(column)}")
            if column.name in chosen and column.name not in self.overrides
            else replace(column, type=chosen.get(column.name, column.type))
            for column in self.columns
        )
        return replace(self, columns=columns, overrides={**self.overrides, **chosen})

    def to_json(self) -> str:
        """The report as one JSON object; the same table gives the same text."""
        columns = [
            {
                "name": column.name,
                "type": column.type,
                "confidence": column.confidence,
                "reason": column.reason,
                "evidence": column.summary(),
            }
            for column in self.columns
        ]
        head = {"source": self.source, "rows": self.rows, "of_rows": self.of_rows, "sample": self.sample}
        return json.dumps(
            {**head, "overrides": dict(self.overrides), "columns": columns}, ensure_ascii=False, default=str
        )

    def __str__(self) -> str:
        """A table, a column of the source in each line."""
        names = [_short(column.name, 32) for column in self.columns]
        width, kinds = max(map(len, ["column", *names])), max(map(len, ["type", *(x.type for x in self.columns)]))
        head = f"{'column':<{width}}  {'type':<{kinds}}  sure  why"
        room = max(20, _WIDTH - head.index("why"))
        lines = [
            f"{name:<{width}}  {column.type:<{kinds}}  {column.confidence:4.0%}  {_short(column.reason, room)}"
            for name, column in zip(names, self.columns, strict=True)
        ]
        looked = f"{self.source}: {self.rows:,} of {self.of_rows:,} rows" + (f" ({self.sample})" if self.sample else "")
        return "\n".join([*textwrap.wrap(looked, _WIDTH), head, *lines])


def check_overrides(types: Mapping[str, str], names: list[str]) -> dict[str, Type]:
    """Refuse columns that are not there, and types that do not exist."""
    chosen: dict[str, Type] = {}
    for name, wanted in types.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1) or names[:1]
            raise SchemaError(
                f"overrides names the column {name!r}, which is not there",
                expected=f"some of {', '.join(map(repr, names[:20]))}" + (", ..." if len(names) > 20 else ""),
                mend=f"overrides={{{near[0]!r}: {wanted!r}}}" if near else "leave overrides out",
            )
        kind: Type | None = next((kind for kind in TYPES if kind == wanted), None)
        if kind is None:
            near = difflib.get_close_matches(str(wanted), TYPES, n=1) or ["categorical"]
            raise ArgumentError(
                f"overrides gives the column {name!r} the type {wanted!r}",
                expected=f"one of {', '.join(TYPES)}",
                mend=f"overrides={{{name!r}: {near[0]!r}}}",
            )
        chosen[name] = kind
    return chosen


def _found(column: ColumnType) -> str:
    return f"found was {column.type}, {column.confidence:.0%} sure: {column.reason}"


def _short(text: str, room: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= room else text[: room - 3] + "..."
