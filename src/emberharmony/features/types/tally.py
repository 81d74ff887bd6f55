"""One array looked at: Arrow's memory goes to the Rust core as it lies, and counts come back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.types as t

from emberharmony import _core

from .cardinality import NO_REGISTERS
from .family import Family

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker

MOST_VALUES = 1000  # distinct values that are kept with their counts
LONGEST_VALUE = 256  # bytes of a text that is kept

COUNTED = ("numbers", "nans", "infinities", "wholes", "zeros", "negatives", "compact_dates")  # in the core's order


def tally(array: pa.Array, family: Family, most: int) -> dict[str, Any]:
    """Fields of `Evidence` for an array of a column of `family`, keeping at most `most` distinct values.

    A field that is not told has its default.
    """
    array = _plain(array)
    counted = {"rows": len(array), "nulls": array.null_count}
    return counted if array.null_count == len(array) else counted | _looked_at(array, family, most)


def _looked_at(array: pa.Array, family: Family, most: int) -> dict[str, Any]:
    match family:
        case "boolean":
            return _booleans(array)
        case "integer" | "float" | "moment" | "time" | "duration":
            return _numbers(array, most)
        case "decimal":
            return _decimals(array, most)
        case "text":
            return _texts(array, most, look=True)
        case "binary":
            return _texts(_as_binary(array), most, look=False)
        case "list":
            return _lists(array)
        case "geo" if _is_binary(array.type):
            return _texts(_as_binary(array), most=0, look=False)
        case _:
            return {}


def _plain(array: pa.Array) -> pa.Array:
    """Without a dictionary, runs or an extension around the values."""
    while True:
        if isinstance(array, pa.ExtensionArray):
            array = array.storage
        elif t.is_dictionary(array.type):
            array = array.dictionary_decode()
        elif t.is_run_end_encoded(array.type):
            array = pc.run_end_decode(array)
        else:
            return array


def _booleans(array: pa.Array) -> dict[str, Any]:
    trues = pc.sum(array).as_py()
    counts = ((False, len(array) - array.null_count - trues), (True, trues))
    return {"values": {value: count for value, count in counts if count}}


def _numbers(array: pa.Array, most: int) -> dict[str, Any]:
    kind = array.type
    if t.is_floating(kind):
        array, look = array.cast(pa.float64()), _core.tally_float64
    elif t.is_unsigned_integer(kind):
        array, look = array.cast(pa.uint64()), _core.tally_uint64
    else:
        if not t.is_integer(kind):
            array = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
        array, look = array.cast(pa.int64()), _core.tally_int64
    registers = bytearray(NO_REGISTERS)
    validity, data = array.buffers()
    counts, ends, values = look(_memory(data), _bits(array, validity), (array.offset, len(array)), most, registers)
    return _counts(counts, ends) | {"registers": bytes(registers), "values": _values(array, values)}


def _decimals(array: pa.Array, most: int) -> dict[str, Any]:
    """By their digits what differs, by the nearest float how large it is."""
    wholes = pc.sum(pc.equal(pc.trunc(array), array)).as_py()
    digits = _texts(array.cast(pa.string()), most, look=False)
    differing = {name: digits[name] for name in ("values", "registers")}
    return _numbers(array.cast(pa.float64()), most=0) | {"wholes": wholes} | differing


def _texts(array: pa.Array, most: int, *, look: bool) -> dict[str, Any]:
    if t.is_string_view(array.type):
        array = array.cast(pa.large_string())
    wide = t.is_large_string(array.type) or t.is_large_binary(array.type)
    registers = bytearray(NO_REGISTERS)
    validity, offsets, data = array.buffers()
    kinds, counts, ends, (length, words), lengths, values = _core.tally_texts(
        _memory(offsets), wide, _memory(data), _bits(array, validity), (array.offset, len(array)),
        (most, LONGEST_VALUE), look, registers,
    )  # fmt: skip
    shortest, longest = lengths or (None, None)
    return _counts(counts, ends) | {
        "kinds": tuple(kinds),
        "length": length,
        "words": words,
        "shortest": shortest,
        "longest": longest,
        "registers": bytes(registers),
        "values": _values(array, values),
    }


def _lists(array: pa.Array) -> dict[str, Any]:
    if t.is_map(array.type):
        array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    lengths = pc.list_value_length(array)
    ends = pc.min_max(lengths).as_py()
    return {"length": pc.sum(lengths).as_py(), "shortest": ends["min"], "longest": ends["max"]}


def _counts(counts: list[int], ends: tuple[Any, Any] | None) -> dict[str, Any]:
    low, high = (None, None) if ends is None else (ends[0] + 0, ends[1] + 0)  # -0.0 becomes 0.0
    return dict(zip(COUNTED, counts, strict=True)) | {"low": low, "high": high}


def _values(array: pa.Array, values: list[tuple[int, int]] | None) -> dict[Any, int] | None:
    if values is None:
        return None
    rows = [row - array.offset for row, _ in values]
    items = array.take(pa.array(rows, pa.int64())).to_pylist()
    items = [
        item.hex() if isinstance(item, bytes) else item + 0.0 if isinstance(item, float) else item for item in items
    ]
    return {item: count for item, (_, count) in zip(items, values, strict=True)}


def _is_binary(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (t.is_binary, t.is_large_binary, t.is_binary_view, t.is_fixed_size_binary))


def _as_binary(array: pa.Array) -> pa.Array:
    fixed = t.is_fixed_size_binary(array.type) or t.is_binary_view(array.type)
    return array.cast(pa.large_binary()) if fixed else array


def _memory(buffer: pa.Buffer | None) -> memoryview:
    return memoryview(b"" if buffer is None else buffer).cast("B")


def _bits(array: pa.Array, validity: pa.Buffer | None) -> memoryview | None:
    return None if validity is None or not array.null_count else _memory(validity)
