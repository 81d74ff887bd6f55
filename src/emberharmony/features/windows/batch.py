"""One batch of a stream, as the windows read it: numbers, which series each row belongs to, and when it was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import pyarrow as pa

from emberharmony import _core, ops
from emberharmony.backend import registry
from emberharmony.backend.host import empty
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.features.errors import BadRowError, SchemaError
from emberharmony.features.windows.memory import host

__all__ = ["Batch", "Reader", "Table"]

Table: TypeAlias = pa.RecordBatch | pa.Table
NARROW = (pa.float32(), pa.float16(), pa.int8(), pa.int16(), pa.uint8(), pa.uint16(), pa.bool_())  # exact in float32
LONGEST = 2**63 - 1  # ticks


@dataclass
class Batch:
    """Numbers of `rows` rows: a matrix of NumPy, or a list of its columns; and what says where they belong."""

    rows: int
    data: Any
    dtype: str
    like: Any  # the array that came in; None for a table
    codes: Any = None  # a small number for each series
    times: Any = None
    gap: Any = None
    keys: pa.Array | None = None
    stamps: pa.Array | None = None

    @property
    def matrix(self) -> Any:
        """The numbers, one row after the other."""
        if isinstance(self.data, list):
            out = empty((self.rows, len(self.data)), self.dtype)
            _core.rows_of_columns(self.data, out)
            self.data = out
        return self.data


class Reader:
    """Reads the batches of one stream, which all have the same columns."""

    def __init__(
        self,
        key: str | None = None,
        time: str | None = None,
        max_gap: float | timedelta | None = None,
        dtype: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        self.key, self.time, self.max_gap, self.dtype = key, time, max_gap, dtype
        self.columns: list[str] | None = None if columns is None else list(columns)
        self.features: int | None = None if columns is None else len(self.columns or ())
        self.codes: dict[Any, int] = {}

    def read(self, data: Any) -> Batch:
        """A batch of a table or of an array (n, f); an array of one axis is one feature."""
        batch = self._table(data) if isinstance(data, Table) else self._array(data)
        width = len(batch.data) if isinstance(batch.data, list) else batch.data.shape[1]
        if self.features not in (None, width):
            raise ShapeError(
                f"the stream had {self.features} features, and now came rows of {width}",
                expected="the same columns in every batch",
            )
        if width == 0:
            raise ShapeError("the stream has rows without a feature", expected="at least one numeric column")
        self.features = width
        return batch

    def _array(self, data: Any) -> Batch:
        for name, column in (("key", self.key), ("time", self.time)):
            if column is not None:
                raise ArgumentError(
                    f"{name}={column!r} names a column, and an array of {registry.backend_of(data).name} has no names",
                    expected="a pyarrow RecordBatch or Table",
                    mend=f"pa.table({{{column!r}: ..., ...}})",
                )
        x = ops.reshape(data, (-1, 1)) if data.ndim == 1 else data
        if x.ndim != 2:
            raise ShapeError(f"windows got an array of shape {tuple(data.shape)}", expected="rows (n, f)")
        kind = ops.dtype_name(x)
        self.dtype = self.dtype or ("float32" if kind in ("float32", "float16", "bfloat16") else "float64")
        return Batch(x.shape[0], host(x, self.dtype), self.dtype, data)

    def _table(self, table: Table) -> Batch:
        for column in (self.key, self.time, *(self.columns or ())):
            if column is not None and column not in table.schema.names:
                raise SchemaError(
                    f"there is no column {column!r} in this batch", expected=f"one of {', '.join(table.schema.names)}"
                )
        if self.columns is None:
            self.columns = [name for name in table.schema.names if name not in (self.key, self.time)]
        types = [table.schema.field(name).type for name in self.columns]
        self.dtype = self.dtype or ("float32" if all(kind in NARROW for kind in types) else "float64")
        data = [_numbers(_whole(table, name), name, self.dtype) for name in self.columns]
        batch = Batch(table.num_rows, data, self.dtype, None)
        if self.key is not None:
            batch.keys = _whole(table, self.key)
            batch.codes = self._coded(batch.keys)
        if self.time is not None:
            batch.stamps = _whole(table, self.time)
            batch.times, batch.gap = _ticks(batch.stamps, self.time, self.max_gap)
        return batch

    def _coded(self, keys: pa.Array) -> Any:
        """Numbers for the series, in the order in which they first came."""
        plain = keys.dictionary_decode() if pa.types.is_dictionary(keys.type) else keys
        if plain.null_count:
            row = plain.is_null().index(True).as_py()
            raise BadRowError(f"row {row} has no {self.key!r}", expected="every row to say which series it belongs to")
        encoded = plain.dictionary_encode()
        codes = [self.codes.setdefault(value, len(self.codes)) for value in encoded.dictionary.to_pylist()]
        return pa.array(codes, pa.uint32()).take(encoded.indices).to_numpy()


def _whole(table: Table, name: str) -> pa.Array:
    """A column in one piece."""
    column = table.column(name)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _numbers(column: pa.Array, name: str, dtype: str) -> Any:
    """A column as floats; what is null becomes nan."""
    kind = column.type
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    if not any(is_kind(kind) for is_kind in kinds):
        raise SchemaError(
            f"column {name!r} is of type {kind}",
            expected="numbers",
            mend="name the columns to use: columns=[...], and key= and time= for those that say whose and when",
        )
    wanted = pa.float32() if dtype == "float32" else pa.float64()
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    if column.type != wanted:
        column = column.cast(wanted, safe=False)  # to the nearest float
    return (column.fill_null(float("nan")) if column.null_count else column).to_numpy()


def _ticks(stamps: pa.Array, name: str, gap: float | timedelta | None) -> tuple[Any, Any]:
    """Times and the longest step, in the same unit; a step that no two times have where any is allowed."""
    if stamps.null_count:
        row = stamps.is_null().index(True).as_py()
        raise BadRowError(f"row {row} has no {name!r}", expected="every row to say when it was")
    kind = stamps.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        if isinstance(gap, timedelta):
            raise ArgumentError(f"max_gap={gap!r} for the numbers of column {name!r}", expected="a number")
        if pa.types.is_floating(kind) or (gap is not None and int(gap) != gap):
            return stamps.cast(pa.float64()).to_numpy(), math.inf if gap is None else float(gap)
        return stamps.cast(pa.int64()).to_numpy(), LONGEST if gap is None else int(gap)
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        raise SchemaError(f"column {name!r} is of type {kind}", expected="timestamps, dates or numbers")
    if gap is not None and not isinstance(gap, timedelta):
        raise ArgumentError(
            f"max_gap={gap!r} for column {name!r} of type {kind}", expected="a timedelta", mend="timedelta(seconds=...)"
        )
    unit = kind.unit if pa.types.is_timestamp(kind) else "ms"
    ticks = stamps.cast(pa.timestamp(unit)) if pa.types.is_date(kind) else stamps
    # a gap is compared with whole ticks: rounded down, a step of one tick more is longer still
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    longest = LONGEST if gap is None else (gap // timedelta(microseconds=1)) * per_second // 10**6
    return ticks.cast(pa.int64()).to_numpy(), longest
