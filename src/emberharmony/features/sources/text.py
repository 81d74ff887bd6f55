"""Text to values: which type a column of text has, by the evidence of all its rows, and the rows that do not parse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.types as t

from .shapes import shape_of

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker

TIMES = (
    pa.date32(),
    pa.time64("us"),
    pa.timestamp("us"),
    pa.timestamp("ns"),
    pa.timestamp("us", "UTC"),
    pa.timestamp("ns", "UTC"),
)
KINDS = (pa.bool_(), pa.int64(), pa.float64(), *TIMES)
ABSENT = ("", "NA", "N/A", "null", "NULL", "None")  # for numbers, times and booleans; in a column of text only "" is

FEW = 32  # values that are tried first: Arrow makes an error for each value that fails, and throws all but one away


@dataclass
class Evidence:
    """What the values of a column can be. A row can only take a possibility away, so neither the order of rows nor the
    cuts between batches change the answer.

    An integer with a leading zero is a code, one that an int64 cannot hold is an identifier, and so is one that a
    float64 would round: such columns stay text.

    >>> evidence = Evidence()
    >>> evidence.add(pa.array(["7", "12"])), evidence.add(pa.array(["1.5", None]))
    (None, None)
    >>> evidence.type()
    DataType(double)
    >>> evidence.add(pa.array(["007"]))
    >>> evidence.type()
    DataType(string)
    """

    kinds: Sequence[pa.DataType] = KINDS
    absent: Sequence[str] = ABSENT
    decimal: str = "."
    seen: bool = field(default=False, init=False)

    def add(self, values: pa.Array) -> None:
        """Take in some more values of the column, an array of strings."""
        if self.seen and not self.kinds:
            return
        tidy = _tidy(values, self.absent)
        if tidy.null_count < len(tidy):
            self.seen = True
            self.kinds = tuple(kind for kind in self.kinds if _all_are(tidy, kind, self.decimal))

    def type(self) -> pa.DataType:
        """The narrowest kind that all values are; text if none is left, null if there was no value."""
        if not self.seen:
            return pa.null()
        return self.kinds[0] if self.kinds else pa.string()


def _tidy(values: pa.Array, absent: Sequence[str]) -> pa.Array:
    """Without spaces around the values, and null where they are one of the words for a missing one."""
    values = pc.utf8_trim_whitespace(values)
    found = pc.is_in(values, pa.array(absent, pa.string()))
    return pc.if_else(found, pa.scalar(None, pa.string()), values) if pc.any(found).as_py() else values


@dataclass(frozen=True)
class Parser:
    """From strings, or their bytes, to values of `kind`; calling it raises ArrowInvalid if one does not parse.

    Spaces around a number or a time are no part of it; around text they are.
    """

    kind: pa.DataType
    absent: Sequence[str] = ABSENT
    decimal: str = "."

    def __call__(self, values: pa.Array) -> pa.Array:
        """The values."""
        if _is_text(self.kind):
            return values.cast(pa.string()).cast(self.kind)
        if isinstance(self.kind, pa.DictionaryType):
            return replace(self, kind=self.kind.value_type)(values).dictionary_encode().cast(self.kind)
        return _cast(_tidy(values.cast(pa.string()), self.absent), self.kind, self.decimal)

    def hopeless(self, values: pa.Array) -> list[int]:
        """The places of values that cannot parse, by their looks: most of those that do not, and none that does."""
        kind = self.kind.value_type if isinstance(self.kind, pa.DictionaryType) else self.kind
        if _is_text(kind):
            return [place for place, value in enumerate(values.to_pylist()) if not _is_utf8(value)]
        shape = shape_of(kind, self.absent)
        if shape is None:
            return []
        fits = pc.match_substring_regex(values, shape).fill_null(True)
        return pc.indices_nonzero(pc.invert(fits)).to_pylist()


def can_parse(kind: pa.DataType) -> bool:
    """Whether text can become `kind` at all."""
    try:
        Parser(kind)(pa.array([], pa.string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def parsed(values: pa.Array, parse: Parser) -> tuple[pa.Array, list[int]]:
    """The parsed values, and the places of those that do not parse, where the array is null."""
    try:
        return parse(values), []
    except pa.ArrowInvalid:
        bad = parse.hopeless(values)
    rest = _without(values, bad)
    try:
        return parse(rest), bad
    except pa.ArrowInvalid:
        bad = sorted([*bad, *_failing(rest, parse, 0)])
    return parse(_without(values, bad)), bad


def _without(values: pa.Array, bad: Sequence[int]) -> pa.Array:
    """The values, null at some places."""
    places = {*bad}
    keep = pa.array([place not in places for place in range(len(values))], pa.bool_())
    return pc.if_else(keep, values, pa.scalar(None, values.type))


def _is_utf8(value: bytes | str | None) -> bool:
    try:
        if isinstance(value, bytes):
            value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _failing(values: pa.Array, parse: Parser, offset: int) -> list[int]:
    if len(values) == 1:
        return [offset]
    bad: list[int] = []
    half = len(values) // 2
    for at, part in ((0, values.slice(0, half)), (half, values.slice(half))):
        try:
            parse(part)
        except pa.ArrowInvalid:
            bad += _failing(part, parse, offset + at)
    return bad


def _cast(values: pa.Array, kind: pa.DataType, decimal: str) -> pa.Array:
    if t.is_null(kind):
        return _nothing(values)
    if t.is_duration(kind):
        return values.cast(pa.int64()).cast(kind)
    if t.is_time(kind):  # Arrow parses a time after a day only
        moments = pc.binary_join_element_wise(pa.scalar("1970-01-01"), values, "T")
        return moments.cast(pa.timestamp(kind.unit)).cast(kind)
    if decimal != "." and (t.is_floating(kind) or t.is_decimal(kind)):
        if pc.any(pc.match_substring(values, ".")).as_py():
            raise pa.ArrowInvalid(f"a point in a number whose decimals follow {decimal!r}")
        values = pc.replace_substring(values, decimal, ".")
    numbers = values.cast(kind)
    if t.is_floating(kind) and pc.any(infinite := pc.is_inf(numbers)).as_py():
        written = pc.match_substring(values.filter(infinite), "inf", ignore_case=True)
        if not pc.all(written).as_py():
            raise pa.ArrowInvalid(f"a number that is too large for {kind}")
    return numbers


def _all_are(values: pa.Array, kind: pa.DataType, decimal: str) -> bool:
    """Whether all values are of the kind beyond doubt: what parses may still be a code."""
    if t.is_boolean(kind):
        return bool(pc.all(pc.is_in(pc.utf8_lower(values.drop_null()), _booleans())).as_py())
    try:
        _cast(values.slice(0, FEW), kind, decimal)
        _cast(values, kind, decimal)
    except pa.ArrowInvalid:
        return False
    if t.is_integer(kind) or t.is_floating(kind):
        return not _has_codes(values, 16 if t.is_floating(kind) else 0)
    # Arrow takes "01" for an hour: a time has its minutes
    return not t.is_time(kind) or bool(pc.all(pc.match_substring(values.drop_null(), ":")).as_py())


def _has_codes(values: pa.Array, digits: int) -> bool:
    """Whether a number begins with a plus or a needless zero, or is an integer of too many digits."""
    if pc.any(pc.starts_with(values, "+")).as_py():
        return True
    zero = values.filter(pc.or_(pc.starts_with(values, "0"), pc.starts_with(values, "-0")))
    if len(zero) and pc.any(pc.match_substring_regex(zero, "^-?0[0-9xX]")).as_py():
        return True
    if not digits:
        return False
    long = values.filter(pc.greater_equal(pc.binary_length(values), digits))
    return bool(len(long) and pc.any(pc.match_substring_regex(long, f"^-?[0-9]{{{digits},}}$")).as_py())


def _nothing(values: pa.Array) -> pa.Array:
    if values.null_count < len(values):
        raise pa.ArrowInvalid("a value in a column that has none")
    return pa.nulls(len(values))


@cache
def _booleans() -> pa.Array:
    return pa.array(["true", "false"])


def _is_text(kind: pa.DataType) -> bool:
    text = t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind)
    return text or t.is_binary(kind) or t.is_large_binary(kind)
