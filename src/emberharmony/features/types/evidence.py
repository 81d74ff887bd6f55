"""What the values of a column tell about its type, gathered batch by batch and merged in any order.

Everything is a count, a minimum, a maximum or a set. So the evidence of a table has the same bits however its rows are
cut into batches, whichever batch comes first, and whoever merges them with whom.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from emberharmony import _core
from emberharmony.errors import ArgumentError

from .cardinality import NO_REGISTERS, REGISTERS, estimate
from .family import Family, family_of
from .tally import COUNTED, MOST_VALUES, tally

Value = str | int | float | bool
KINDS = tuple(_core.text_kinds())
"""What a text can be, each text one kind: "integer", "date", "uuid", "word", ..."""

__all__ = ["KINDS", "MOST_VALUES", "Evidence", "Value"]


@dataclass(frozen=True)
class Evidence:
    """What is known of one column; `Evidence.of` looks at an array, `merge` adds what another batch showed.

    `wholes`, `zeros`, `negatives`, `compact_dates` (20240131), `low` and `high` are of the finite numbers: in a column
    of texts of those that can be read as such, of a moment or a duration of its count of ticks. `values` are all
    distinct values with their counts, or None from the 1,001st on, or from the first text above 256 bytes on.

    >>> a, b = (Evidence.of(pa.array(x)) for x in ([1, 2], [2, None]))
    >>> both = a.merge(b)
    >>> both == b.merge(a), both.rows, both.nulls, both.values, both.distinct
    (True, 4, 1, {1: 1, 2: 2}, 2)
    """

    family: Family
    arrow: str  # the Arrow type
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
    kinds: tuple[int, ...] = (0,) * len(KINDS)  # of texts, by KINDS
    length: int = 0  # of all texts in characters, of all bytes, or of all lists in elements
    words: int = 0
    shortest: int | None = None
    longest: int | None = None
    values: dict[Value, int] | None = field(default_factory=dict[Value, int])
    registers: bytes = field(default=NO_REGISTERS, repr=False)

    @staticmethod
    def nothing(column: pa.Field) -> Evidence:
        """The evidence of no rows, which changes nothing that it is merged with."""
        return Evidence(family_of(column), str(column.type))

    @staticmethod
    def of(array: pa.Array, column: pa.Field | None = None, *, most: int = MOST_VALUES) -> Evidence:
        """The evidence of one array; `most=0` saves time where the values are known to be too many."""
        nothing = Evidence.nothing(column or pa.field("", array.type))
        return replace(nothing, **tally(array, nothing.family, most))

    @property
    def present(self) -> int:
        """Rows with a value: neither null nor NaN."""
        return self.rows - self.nulls - self.nans

    @property
    def distinct(self) -> int:
        """How many values differ: exact while `values` are known, else with a standard error of 0.8 %.

        For lists and structs it is not counted, and 0.
        """
        return len(self.values) if self.values is not None else round(min(estimate(self.registers), self.present))

    def kind(self, *names: str) -> int:
        """How many texts are of these kinds."""
        return sum(self.kinds[KINDS.index(name)] for name in names)

    def top(self, count: int = 5) -> list[tuple[Value, int]]:
        """The most frequent values, ties in the order of their text; none if they were too many to be counted."""
        items = (self.values or {}).items()
        return sorted(items, key=lambda item: (-item[1], str(item[0])))[:count]

    def merge(self, other: Evidence) -> Evidence:
        """The evidence of both: the same for any order and any grouping."""
        if (self.family, self.arrow) != (other.family, other.arrow):
            raise ArgumentError(
                f"evidence of a column of {self.arrow} and of one of {other.arrow}", expected="evidence of one column"
            )
        merged: dict[str, Any] = {key: getattr(self, key) + getattr(other, key) for key in _SUMS}
        for key, choose in _ENDS.items():
            ends = [end for end in (getattr(self, key), getattr(other, key)) if end is not None]
            merged[key] = choose(ends, default=None)
        kinds = tuple(a + b for a, b in zip(self.kinds, other.kinds, strict=True))
        return Evidence(
            self.family,
            self.arrow,
            kinds=kinds,
            values=_both_values(self.values, other.values),
            registers=_both_registers(self.registers, other.registers),
            **merged,
        )

    def to_json(self) -> str:
        """One line of JSON with sorted keys: the same evidence gives the same text."""
        data = {key: getattr(self, key) for key in (*_SUMS, "family", "arrow")}
        data["kinds"] = {name: count for name, count in zip(KINDS, self.kinds, strict=True) if count}
        data |= {key: _written(getattr(self, key)) for key in _ENDS}
        if self.values is not None:
            data["values"] = sorted([_written(value), count] for value, count in self.values.items())
        data["registers"] = base64.b64encode(zlib.compress(self.registers)).decode()
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Evidence:
        """The evidence that `to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        kinds: dict[str, int] = data.pop("kinds")
        values = data.pop("values", None)
        registers = zlib.decompress(base64.b64decode(data.pop("registers")))
        if len(registers) != REGISTERS or not {*kinds} <= {*KINDS}:
            raise ArgumentError(
                f"evidence with {len(registers)} registers and the kinds {', '.join(kinds)}",
                expected=f"{REGISTERS} registers and kinds of {', '.join(KINDS)}",
                mend="gather the evidence again with this version",
            )
        data |= {key: _read(data[key]) for key in _ENDS}
        return Evidence(
            kinds=tuple(kinds.get(name, 0) for name in KINDS),
            values=None if values is None else {_read(value): count for value, count in values},
            registers=registers,
            **data,
        )


_SUMS = ("rows", "nulls", *COUNTED, "length", "words")
_ENDS = {"low": min, "high": max, "shortest": min, "longest": max}


def _both_values(a: dict[Value, int] | None, b: dict[Value, int] | None) -> dict[Value, int] | None:
    if a is None or b is None:
        return None
    if not a or not b:
        return a or b
    both = dict(a)
    for value, count in b.items():
        both[value] = both.get(value, 0) + count
    return both if len(both) <= MOST_VALUES else None


def _both_registers(a: bytes, b: bytes) -> bytes:
    if a is NO_REGISTERS or b is NO_REGISTERS:
        return b if a is NO_REGISTERS else a
    into = bytearray(a)
    _core.merge_registers(into, b)
    return bytes(into)


def _written(value: Value | None) -> Any:
    """A value and its type: a float by its hexadecimal digits, which are exact and hold infinities."""
    if value is None:
        return None
    return [type(value).__name__, value.hex() if isinstance(value, float) else value]


def _read(written: Any) -> Any:
    return None if written is None else float.fromhex(written[1]) if written[0] == "float" else written[1]
