"""From evidence to a type, how sure that is, and why.

A type must not flip between a sample and the whole table. So numbers are never told from categories by comparing the
number of distinct values with the number of rows: what is asked are shares of rows, ranges, and whether a fixed number
of distinct values was passed. Two questions are about repetition: does every row have a value of its own (an
identifier)? And will the next row have a value that was seen before (a category)? Good and Turing answer the second:
probably so, if few rows have a value that no other row has. Both answers change only where a sample is not larger than
the set that it is drawn from. A few rules ask for some rows before they speak; few rows lower every confidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .evidence import Evidence
from .hints import hints_of
from .numeric import Numbers, decide_numbers
from .semantic import Decision, Type, amount, examples
from .textual import decide_texts

if TYPE_CHECKING:
    from .family import Family

__all__ = ["Decision", "Type", "decide"]

_DECLARED: dict[Family, tuple[Type, float, str]] = {
    "boolean": ("boolean", 1.0, "the column holds booleans"),
    "moment": ("datetime", 1.0, "the column holds dates or moments"),
    "time": ("duration", 0.9, "the column holds times of day: the time since midnight"),
    "duration": ("duration", 1.0, "the column holds durations"),
    "list": ("list", 1.0, "the column holds lists"),
    "struct": ("struct", 1.0, "the column holds records of several fields"),
    "geo": ("geo", 1.0, "the column holds geometry"),
    "other": ("struct", 0.5, "the column holds cells that are no single value"),
}


def decide(name: str, evidence: Evidence, *, share: float = 1.0) -> Decision:
    """The type of the column `name`; `share` is that of the rows that were looked at, if a sample was.

    >>> import pyarrow as pa
    >>> decide("paid", Evidence.of(pa.array(["yes", "no"] * 50))).reason
    "2 distinct values among 100 rows: 'no', 'yes'"
    """
    count = evidence.present - evidence.kind("blank", "mark")
    if not evidence.rows:
        return Decision("empty", 0.0, "there are no rows to tell the type from")
    if not count:
        return Decision("empty", 1.0, f"none of {amount(evidence.rows, 'row')} has a value")
    found = _decide(name, evidence, share, count)
    declared = evidence.family in _DECLARED and found.type != "constant"
    sure = found.confidence * (1.0 if declared else count / (count + 4))
    return Decision(found.type, round(sure, 3), found.reason)


def _decide(name: str, evidence: Evidence, share: float, count: int) -> Decision:
    family = evidence.family
    if evidence.distinct == 1 and family not in {"list", "struct", "geo", "other"}:
        value = examples(evidence) or "one that is too long to be shown"
        ticks = f", as {evidence.arrow}" if family in {"moment", "time", "duration"} else ""
        return Decision("constant", 1.0, f"one value in {amount(evidence.present, 'row')}: {value}{ticks}")
    if family in _DECLARED:
        kind, sure, why = _DECLARED[family]
        return Decision(kind, sure, f"{why} ({evidence.arrow})")
    if family == "binary":
        if evidence.kind("geometry") >= 0.95 * count:
            return Decision("geo", 0.95, "bytes that are geometry in well-known binary form")
        return Decision("binary", 1.0, f"the column holds bytes ({evidence.arrow})")
    hints = hints_of(name)
    if family == "text":
        return decide_texts(evidence, hints, share, count)
    return decide_numbers(Numbers.of(evidence, share), hints)
