"""From an Arrow batch to one array of any backend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.backend.host import empty
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError

__all__ = ["Layout", "Missing", "to_tensor"]

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker
Layout = Literal["columns", "rows"]
Missing = Literal["error", "nan"]


def to_tensor(
    batch: pa.RecordBatch | pa.Table,
    *,
    dtype: Any = "float32",
    backend: str | None = None,
    device: Any = None,
    layout: Layout = "columns",
    missing: Missing = "error",
) -> Any:
    """All columns of a batch, or a table, as one array, on the current backend and device unless others are named.

    Shapes: C columns of N rows -> (C, N) with `layout="columns"`, each column in one piece as Arrow holds it; (N, C)
    with "rows", transposed after the numbers have reached the device. The memory is new: Arrow's never changes, a
    tensor's may. Numbers are rounded to a floating `dtype`; to an integer `dtype` they go exactly or not at all. Nulls
    are an error, or nan with `missing="nan"`; texts, times and whatever else is no number are refused by name.

    >>> batch = pa.record_batch({"age": [30, 41], "height": [1.75, 1.82]})
    >>> ops.tolist(to_tensor(batch))
    [[30.0, 41.0], [1.75, 1.8200000524520874]]
    >>> ops.tolist(to_tensor(batch.select(["age"]), dtype="int64", layout="rows"))
    [[30], [41]]
    """
    if layout not in ("columns", "rows"):
        raise ArgumentError(f"to_tensor got layout={layout!r}", expected='"columns" or "rows"')
    home = registry.current() if backend is None else registry.load(backend)
    target = home.dtype(dtype)
    pieces = [batch] if isinstance(batch, pa.RecordBatch) else batch.to_batches()
    host = pack(batch.schema, pieces, name_of(dtype), missing)
    chosen = nullcontext() if backend is None else registry.use_backend(backend)
    with chosen:
        tensor = ops.asarray(host, dtype=target, device=device)
    return tensor if layout == "columns" else turned(tensor)


def pack(schema: pa.Schema, batches: Sequence[pa.RecordBatch], dtype: str, missing: Missing) -> Any:
    """The columns of all batches as the rows of one NumPy array, (C, N), in memory of its own."""
    if missing not in ("error", "nan"):
        raise ArgumentError(f"got missing={missing!r}", expected='"error" or "nan"')
    if dtype in KINDS["complex floating"]:
        raise ArgumentError(f"got dtype {dtype}", expected="a real dtype", mend='dtype="float32"')
    floating = dtype in KINDS["real floating"]
    if missing == "nan" and not floating:
        raise ArgumentError(
            f'got missing="nan" with dtype {dtype}, which has no nan',
            expected="a floating dtype",
            mend='dtype="float32"',
        )
    _refuse_types(schema)
    view = registry.load("numpy").functions["from_dlpack"]
    # what NumPy lacks is rounded once more on the way: float32 holds all of bfloat16
    held = "float32" if dtype == "bfloat16" else dtype
    host = empty((len(schema), sum(batch.num_rows for batch in batches)), held)
    start = 0
    for batch in batches:
        if missing == "error" and (not floating or any(column.null_count for column in batch.columns)):
            _refuse_missing(batch)
        stop = start + batch.num_rows
        for i, (field, column) in enumerate(zip(schema, batch.columns, strict=True)):
            host[i, start:stop] = view(_plain(field, column, None if floating else dtype))
            # one NaN makes the minimum NaN, which takes an eighth of the time of counting them
            if missing == "error" and floating and stop > start and math.isnan(ops.min(host[i, start:stop])):
                _refuse_missing(batch)
        start = stop
    return host


def turned(tensor: Any) -> Any:
    """(C, N) -> (N, C), each row in one piece."""
    columns, rows = tensor.shape
    return ops.reshape(ops.reshape(ops.permute_dims(tensor, (1, 0)), (-1,)), (rows, columns))


def _plain(field: pa.Field, column: pa.Array, exact: str | None) -> pa.Array:
    """The column as numbers without nulls, of its own type, or exactly as `exact`."""
    if exact == "bool" and not pa.types.is_boolean(field.type):
        raise _inexact(field, exact, "it is not boolean")
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())  # Arrow packs eight to a byte
    if column.null_count:
        wide = column.type if pa.types.is_floating(column.type) else pa.float64()
        column = column.cast(wide, safe=False).fill_null(math.nan)
    if exact is None:
        return column
    try:
        return column.cast(pa.type_for_alias("uint8" if exact == "bool" else exact))
    except pa.ArrowInvalid as error:
        raise _inexact(field, exact, str(error)) from error


def _refuse_types(schema: pa.Schema) -> None:
    wrong = [f"{field.name!r} is {field.type}" for field in schema if not _is_number(field.type)]
    if wrong:
        raise SchemaError(
            f"a tensor got columns that are no numbers: {', '.join(wrong)}",
            expected="integers, floats and booleans",
            mend="encode them in the pipeline (one-hot, ordinal, parts of a time), or choose the columns without them",
        )


def _refuse_missing(batch: pa.RecordBatch) -> None:
    """A null and a NaN say the same: there is no value."""
    counts = {
        name: column.null_count + (_nans(column) if pa.types.is_floating(column.type) else 0)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    found = [f"{name!r} has {count}" for name, count in counts.items() if count]
    if found:
        raise SchemaError(
            f"a tensor got missing values in a batch of {batch.num_rows} rows: {', '.join(found)}",
            expected="a number in every row",
            mend='an imputing step in the pipeline, or missing="nan"',
        )


def _nans(column: pa.Array) -> int:
    return pc.sum(pc.is_nan(column)).as_py() or 0


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _inexact(field: pa.Field, dtype: str, why: str) -> SchemaError:
    return SchemaError(
        f"column {field.name!r} of {field.type} does not go into {dtype}: {why}",
        expected="values that the dtype holds exactly",
        mend='dtype="float32" or "float64", or a step in the pipeline that rounds the column',
    )
