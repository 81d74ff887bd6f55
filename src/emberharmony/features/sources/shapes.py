"""What a text must look like to be a value of a type: a text of another shape is none, without asking Arrow."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.types as t

_WHOLE = r"[+-]?(?:[0-9]+|0x[0-9a-f]+)"
_DAY = r"[+-]?[0-9]{4,}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01])"
_NUMBER = r"[+-]?[0-9]*[.,]?[0-9]*(?:e[+-]?[0-9]+)?"
_FLOAT = rf"(?:{_NUMBER}|[+-]?(?:inf|infinity|nan))"


def shape_of(kind: pa.DataType, absent: Sequence[str]) -> str | None:
    """A regular expression that every text matches which parses as `kind`, or is one of the words for a missing value.

    Others may match it, too: 2023-02-31, or a number that is too large. None where there is no such expression.

    >>> shape = shape_of(pa.int64(), ("NA",))
    >>> shape is not None and re.search(shape, " 12 ") is not None, re.search(shape or "", "12.5")
    (True, None)
    """
    body = _body(kind)
    if body is None or not all(word.isascii() for word in absent):
        return None
    words = "".join(f"|{re.escape(word)}" for word in absent)
    return f"(?is)^[^!-~]*(?:{body}{words})[^!-~]*$"  # around it, spaces of any alphabet


def _body(kind: pa.DataType) -> str | None:
    if t.is_boolean(kind):
        return "true|false|0|1"
    if t.is_integer(kind) or t.is_duration(kind):
        return _WHOLE
    if t.is_floating(kind):
        return _FLOAT
    if t.is_decimal(kind):
        return _NUMBER
    if t.is_date(kind):
        return _DAY
    if t.is_timestamp(kind):
        return f"{_DAY}(?:[ t].*)?"
    if t.is_time(kind):
        return "[0-9].*"
    return None
