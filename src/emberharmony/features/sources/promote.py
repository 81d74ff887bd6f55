"""The narrowest type that holds the values of two types without loss, and arrays brought to it."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.types as t

UNITS = ("s", "ms", "us", "ns")
SIGNED = (pa.int8(), pa.int16(), pa.int32(), pa.int64())
FLOATS = (pa.float16(), pa.float32(), pa.float64())
INTEGER_BITS_OF_FLOAT = {16: 11, 32: 24, 64: 53}  # integers of so many bits are exact


def common_type(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    """The narrowest type that holds every value of `a` and of `b`, or None if there is none.

    An int64 and a float64 have none: integers above 2**53 would be rounded.

    >>> common_type(pa.int16(), pa.uint16())
    DataType(int32)
    >>> common_type(pa.int32(), pa.float32())
    DataType(double)
    >>> common_type(pa.int64(), pa.float64()) is None
    True
    """
    if a == b or t.is_null(b):
        return a
    if t.is_null(a):
        return b
    if t.is_dictionary(a) or t.is_dictionary(b):
        return common_type(_value_type(a), _value_type(b))
    for rule in (_numbers, _times, _texts, _nested):
        found = rule(a, b)
        if found is not None:
            return found
    return None


def conform(array: pa.Array, to: pa.DataType) -> pa.Array:
    """`array` as the type that `common_type` chose; a field that a struct lacks is null. What does not fit raises."""
    if array.type == to:
        return array
    if t.is_null(array.type):
        return pa.nulls(len(array), to)
    if t.is_dictionary(array.type) and not t.is_dictionary(to):
        array = array.dictionary_decode()
    return array if array.type == to else array.cast(to)


def conform_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The columns of `schema`, of its types and in its order; one that the batch lacks is null."""
    names = {name: i for i, name in enumerate(batch.schema.names)}
    arrays: list[pa.Array] = []
    for field in schema:
        at = names.get(field.name)
        arrays.append(pa.nulls(batch.num_rows, field.type) if at is None else conform(batch.column(at), field.type))
    if not arrays:  # rows without columns: a count of them is left
        return batch.select([])
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _value_type(a: pa.DataType) -> pa.DataType:
    return a.value_type if isinstance(a, pa.DictionaryType) else a


def _numbers(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    if t.is_integer(a) and t.is_integer(b):
        if t.is_signed_integer(a) == t.is_signed_integer(b):
            return max(a, b, key=lambda x: x.bit_width)
        unsigned, signed = (a, b) if t.is_unsigned_integer(a) else (b, a)
        bits = max(2 * unsigned.bit_width, signed.bit_width)
        return next((x for x in SIGNED if x.bit_width == bits), None)
    if t.is_floating(a) and t.is_floating(b):
        return max(a, b, key=lambda x: x.bit_width)
    if t.is_floating(a) and t.is_integer(b):
        a, b = b, a
    if t.is_integer(a) and t.is_floating(b):
        bits = a.bit_width - t.is_signed_integer(a)
        wide = (x for x in FLOATS if x.bit_width >= b.bit_width and bits <= INTEGER_BITS_OF_FLOAT[x.bit_width])
        return next(wide, None)
    if t.is_decimal(a) and t.is_integer(b):
        a, b = b, a
    if t.is_integer(a) and t.is_decimal(b):
        digits = len(str(2 ** (a.bit_width - t.is_signed_integer(a))))
        return _decimal(digits, 0, b.precision - b.scale, b.scale, (128,))
    if t.is_decimal(a) and t.is_decimal(b):
        widths = (a.bit_width, b.bit_width)
        return _decimal(a.precision - a.scale, a.scale, b.precision - b.scale, b.scale, widths)
    return None


def _decimal(whole: int, scale: int, whole_2: int, scale_2: int, widths: Sequence[int]) -> pa.DataType | None:
    scale = max(scale, scale_2)
    precision = max(whole, whole_2) + scale
    if precision <= 38 and max(widths) <= 128:
        return pa.decimal128(precision, scale)
    return pa.decimal256(precision, scale) if precision <= 76 else None


def _times(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    if isinstance(a, pa.TimestampType) and isinstance(b, pa.TimestampType):
        if (a.tz is None) != (b.tz is None):
            return None  # a moment and a wall clock: no rule can tell which moment the clock shows
        return pa.timestamp(_finer(a.unit, b.unit), a.tz if a.tz == b.tz else "UTC")
    if isinstance(a, pa.DurationType) and isinstance(b, pa.DurationType):
        return pa.duration(_finer(a.unit, b.unit))
    if t.is_time(a) and t.is_time(b):
        unit = _finer(a.unit, b.unit)
        return pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    if t.is_date(a) and t.is_date(b):
        return pa.date64()
    return None


def _finer(a: str, b: str) -> str:
    return max(a, b, key=UNITS.index)


def _texts(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    if _is_text(a) and _is_text(b):
        return pa.large_string()
    if _is_bytes(a) and _is_bytes(b):
        small = t.is_fixed_size_binary(a) or t.is_binary(a), t.is_fixed_size_binary(b) or t.is_binary(b)
        return pa.binary() if all(small) else pa.large_binary()
    return None


def _is_text(a: pa.DataType) -> bool:
    return t.is_string(a) or t.is_large_string(a) or t.is_string_view(a)


def _is_bytes(a: pa.DataType) -> bool:
    return t.is_binary(a) or t.is_large_binary(a) or t.is_binary_view(a) or t.is_fixed_size_binary(a)


def _nested(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    if isinstance(a, pa.StructType) and isinstance(b, pa.StructType):
        fields = {field.name: field.type for field in a}
        for field in b:
            found = common_type(fields.get(field.name, pa.null()), field.type)
            if found is None:
                return None
            fields[field.name] = found
        return pa.struct([pa.field(name, kind) for name, kind in fields.items()])
    if _is_list(a) and _is_list(b):
        value = common_type(a.value_type, b.value_type)
        if value is None:
            return None
        large = t.is_large_list(a) or t.is_large_list(b)
        return pa.large_list(value) if large else pa.list_(value)
    return None


def _is_list(a: pa.DataType) -> bool:
    return t.is_list(a) or t.is_large_list(a) or t.is_fixed_size_list(a)
