"""Columns of text cast to the types of a schema, row by row where they do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, cast

import pyarrow as pa

from emberharmony.features.errors import SchemaError

from .badrows import BadRow, Report
from .text import Parser, can_parse, parsed

Types = pa.Schema | Mapping[str, pa.DataType | str]


class Numbered(Protocol):
    """Rows of a file, as text or as its bytes, and what stood between them and is no row."""

    @property
    def file(self) -> str:
        """Which file."""
        ...

    @property
    def data(self) -> pa.RecordBatch:
        """The rows."""
        ...

    @property
    def aside(self) -> Sequence[BadRow]:
        """What is no row."""
        ...

    def number(self, place: int, /) -> int:
        """The number in the file of a row."""
        ...

    def texts(self, places: Sequence[int], /) -> Sequence[str]:
        """Rows as they were written."""
        ...


def known_types(
    schema: Types | None, where: str, possible: Callable[[pa.DataType], bool] = can_parse
) -> dict[str, pa.DataType]:
    """The types that were given, by column; each must be one that such values can become."""
    if schema is None:
        return {}
    if isinstance(schema, pa.Schema):
        types = {field.name: field.type for field in cast("Iterable[pa.Field]", schema)}
    else:
        types = {name: _named(kind, name) if isinstance(kind, str) else kind for name, kind in schema.items()}
    for name, kind in types.items():
        if not possible(kind):
            raise SchemaError(
                f"{where}: the column {name!r} cannot be read as {kind}",
                expected="a type that such values can become: numbers, booleans, times, decimals, text",
                mend=f"schema={{{name!r}: 'string'}}",
            )
    return types


def cast_columns(rows: Numbered, schema: pa.Schema, parsers: Mapping[str, Parser], report: Report) -> pa.RecordBatch:
    """The columns of `schema`; a row with a value that does not parse is reported and left out.

    A column without a parser has its type already.
    """
    arrays: list[pa.Array] = []
    reasons: dict[int, str] = {}
    for field in schema:
        column = rows.data.column(field.name)
        parse = parsers.get(field.name)
        array, places = (column, []) if parse is None else parsed(column, parse)
        arrays.append(array)
        if places:
            for place, value in zip(places, column.take(pa.array(places, pa.int64())).to_pylist(), strict=True):
                reasons.setdefault(place, _reason(value, field))
    texts = rows.texts(list(reasons)) if reasons else ()
    bad = [
        BadRow(rows.file, rows.number(place), reason, text)
        for (place, reason), text in zip(reasons.items(), texts, strict=True)
    ]
    for row in sorted([*rows.aside, *bad], key=lambda row: row.row):
        report(row)
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    if not reasons:
        return batch
    return batch.filter(pa.array([place not in reasons for place in range(batch.num_rows)], pa.bool_()))


def _reason(value: bytes | str, field: pa.Field) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return f"bytes in the column {field.name!r} that are not of the encoding"
    shown = text if len(text) <= 60 else text[:60] + "..."
    return f"{shown!r} in the column {field.name!r} is no {field.type}"


def _named(kind: str, name: str) -> pa.DataType:
    try:
        return pa.type_for_alias(kind)
    except ValueError as error:
        raise SchemaError(
            f"the column {name!r} has the unknown type {kind!r}",
            expected="a type of Arrow, or its name: 'int64', 'float64', 'string', 'date32', 'timestamp[us]'",
            mend=f"schema={{{name!r}: pa.decimal128(10, 2)}} gives a type that has no name",
        ) from error
