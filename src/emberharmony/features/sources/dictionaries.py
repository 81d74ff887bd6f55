"""Dictionaries, one a row, as record batches; a value that Arrow would cut to fit its column is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from itertools import chain, islice
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from emberharmony.features.errors import SchemaError

ROWS = 8192  # that become one batch


def batches_of(items: Iterator[Mapping[str, Any]], schema: pa.Schema | None, name: str) -> Iterator[pa.RecordBatch]:
    """The rows in batches of `schema`, or of the types that the first ones have."""
    done = 0
    while rows := list(islice(items, ROWS)):
        names = dict.fromkeys(chain.from_iterable(rows)) if schema is None else dict.fromkeys(schema.names)
        _check_keys(rows, names, name, done)
        arrays: list[pa.Array] = []
        for column in names:
            kind = None if schema is None else schema.field(column).type
            try:
                arrays.append(exact_array([row.get(column) for row in rows], kind))
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
                raise SchemaError(
                    f"{name}: the column {column!r} of the rows {done + 1} to {done + len(rows)} does not fit: {error}",
                    expected="one type of value" if kind is None else f"values of {kind}",
                    mend="from_arrow(rows, schema=...) with types that hold every value",
                ) from error
        batch = pa.RecordBatch.from_arrays(arrays, names=list(names))
        schema = batch.schema
        done += len(rows)
        yield batch


def exact_array(values: Sequence[Any], kind: pa.DataType | None) -> pa.Array:
    """Values as an array of `kind`, or of the type they have; what Arrow would cut or shift is an error of Arrow's."""
    array = pa.array(values, kind)
    if t.is_temporal(array.type):
        _check_moments(values, array.type)
    if kind is None or not (t.is_integer(kind) or t.is_temporal(kind)):
        return array
    if t.is_integer(kind) and all(type(value) is int for value in values):
        return array
    natural = pa.array(values)  # Arrow cuts 1.5 to 1 and a moment to its second
    if t.is_null(natural.type) or natural.type == kind:
        return array
    if t.is_integer(kind):
        natural.cast(kind)
        return array
    if t.is_date(kind) != t.is_date(natural.type):
        raise pa.ArrowInvalid(f"{natural.type} would be cut to {kind}")
    if not t.is_integer(natural.type):
        natural.cast(kind)
    return array


def _check_moments(values: Sequence[Any], kind: pa.DataType) -> None:
    """One by one: Arrow reads a moment as a day where days are asked for, and a zone as none, or none as UTC."""
    zoned = isinstance(kind, pa.TimestampType) and kind.tz is not None
    for value in values:
        if isinstance(value, datetime) and (not t.is_timestamp(kind) or (value.tzinfo is not None) != zoned):
            raise pa.ArrowInvalid(f"{value!r} would be another moment as {kind}")
        if isinstance(value, time) and value.tzinfo is not None:
            raise pa.ArrowInvalid(f"{value!r} would lose its zone as {kind}")


def _check_keys(rows: Sequence[Mapping[str, Any]], names: Mapping[str, None], name: str, done: int) -> None:
    for number, row in enumerate(rows, done + 1):
        if not names.keys() >= row.keys():
            raise SchemaError(
                f"{name}: row {number} has the column {next(key for key in row if key not in names)!r}",
                expected=f"the columns {', '.join(map(repr, list(names)[:20]))}",
                mend="from_arrow(rows, schema=...) with all columns",
            )
