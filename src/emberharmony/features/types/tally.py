"""One array looked at: Arrow's memory goes to the Rust core as it lies, and counts come back."""

from __future__ import annotations

from dataclasses import dataclass, field
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

_NO_KINDS = (0,) * len(_core.text_kinds())


@dataclass
class Tally:
    """Counts of one array; what each is, says `Evidence`."""

    rows: int = 0
    nulls: int = 0
    numbers: int = 0
    nans: int = 0
    infinities: int = 0
    wholes: int = 0
    zeros: int = 0
    negatives: int = 0
    compact_dates: int = 0
    low: int | float | None = None
    high: int | float | None = None
    kinds: tuple[int, ...] = _NO_KINDS
    length: int = 0
    words: int = 0
    shortest: int | None = None
    longest: int | None = None
    values: dict[Any, int] | None = field(default_factory=dict[Any, int])
    registers: bytes = NO_REGISTERS


def tally(array: pa.Array, family: Family, most: int) -> Tally:
    """Look at an array of a column of `family`, keeping at most `most` distinct values."""
    array = _plain(array)
    found = Tally(rows=len(array), nulls=array.null_count)
    if found.nulls == found.rows:
        return found
    match family:
        case "boolean":
            _booleans(array, found)
        case "integer" | "float" | "moment" | "time" | "duration":
            _numbers(array, found, most)
        case "decimal":
            _decimals(array, found, most)
        case "text":
            _texts(array, found, most, look=True)
        case "binary":
            _texts(_as_binary(array), found, most, look=False)
        case "list":
            _lists(array, found)
        case "geo" if _is_binary(array.type):
            _texts(_as_binary(array), found, most=0, look=False)
        case _:
            pass
    return found


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


def _booleans(array: pa.Array, found: Tally) -> None:
    trues = pc.sum(array).as_py()
    found.values = {
        value: count for value, count in ((False, len(array) - found.nulls - trues), (True, trues)) if count
    }


def _numbers(array: pa.Array, found: Tally, most: int) -> None:
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
    _set_numbers(found, counts, ends)
    found.registers = bytes(registers)
    found.values = _values(array, values)


def _decimals(array: pa.Array, found: Tally, most: int) -> None:
    """By their digits what differs, by the nearest float how large it is."""
    _numbers(array.cast(pa.float64()), found, most=0)
    found.wholes = pc.sum(pc.equal(pc.trunc(array), array)).as_py()
    digits = Tally()
    _texts(array.cast(pa.string()), digits, most, look=False)
    found.values, found.registers = digits.values, digits.registers


def _texts(array: pa.Array, found: Tally, most: int, *, look: bool) -> None:
    if t.is_string_view(array.type):
        array = array.cast(pa.large_string())
    wide = t.is_large_string(array.type) or t.is_large_binary(array.type)
    registers = bytearray(NO_REGISTERS)
    validity, offsets, data = array.buffers()
    kinds, counts, ends, (found.length, found.words), lengths, values = _core.tally_texts(
        _memory(offsets), wide, _memory(data), _bits(array, validity), (array.offset, len(array)),
        (most, LONGEST_VALUE), look, registers,
    )  # fmt: skip
    _set_numbers(found, counts, ends)
    found.kinds = tuple(kinds)
    found.shortest, found.longest = lengths or (None, None)
    found.registers = bytes(registers)
    found.values = _values(array, values)


def _lists(array: pa.Array, found: Tally) -> None:
    if t.is_map(array.type):
        array = array.cast(pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)])))
    lengths = pc.list_value_length(array)
    found.length = pc.sum(lengths).as_py()
    found.shortest, found.longest = pc.min_max(lengths).as_py().values()


def _set_numbers(found: Tally, counts: list[int], ends: tuple[Any, Any] | None) -> None:
    (
        found.numbers, found.nans, found.infinities, found.wholes, found.zeros, found.negatives, found.compact_dates,
    ) = counts  # fmt: skip
    found.low, found.high = (None, None) if ends is None else (ends[0] + 0, ends[1] + 0)  # -0.0 becomes 0.0


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
