"""Arrow's types as Ibis's: what a column of a source is inside an expression."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from emberharmony.features.errors import SchemaError

_SAME = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double")
_UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}


def ibis_type(kind: pa.DataType, name: str) -> Any:
    """The Ibis type of an Arrow type; `name` is the column's, for the error."""
    import ibis.expr.datatypes as datatypes

    dt: Any = datatypes
    if str(kind) in _SAME:
        return dt.dtype({"bool": "boolean", "float": "float32", "double": "float64"}.get(str(kind), str(kind)))
    if pa.types.is_dictionary(kind):
        return ibis_type(kind.value_type, name)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return dt.string
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return dt.binary
    if pa.types.is_decimal(kind) and kind.precision <= 38:
        return dt.Decimal(kind.precision, kind.scale)
    if pa.types.is_date(kind):
        return dt.date
    if pa.types.is_time(kind):
        return dt.time
    if pa.types.is_timestamp(kind):
        return dt.Timestamp(timezone=kind.tz, scale=_UNITS[kind.unit])
    if pa.types.is_null(kind):
        return dt.null
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return dt.Array(ibis_type(kind.value_type, name))
    if pa.types.is_struct(kind):
        return dt.Struct({field.name: ibis_type(field.type, f"{name}.{field.name}") for field in kind})
    if pa.types.is_map(kind):
        return dt.Map(ibis_type(kind.key_type, name), ibis_type(kind.item_type, name))
    raise SchemaError(
        f"column {name!r} has type {kind}, which no engine here can hold",
        expected="numbers, booleans, text, bytes, dates, times, decimals, lists, structs or maps",
        mend=f"leave {name!r} out of the source, or cast it there: a duration to its microseconds, for example",
    )


def ibis_schema(schema: pa.Schema) -> Any:
    """The Ibis schema of an Arrow schema."""
    import ibis

    return ibis.schema({field.name: ibis_type(field.type, field.name) for field in schema})
