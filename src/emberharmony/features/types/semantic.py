"""The types that columns have for whoever learns from them, and what is said about them."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from .evidence import Evidence

Type = Literal[
    "boolean", "integer", "continuous", "count", "categorical", "ordinal", "identifier", "datetime", "duration", "text",
    "list", "struct", "binary", "geo", "constant", "empty",
]  # fmt: skip
TYPES: tuple[Type, ...] = get_args(Type)


class Decision(NamedTuple):
    """A type, how sure it is from 0 to 1, and why."""

    type: Type
    confidence: float
    reason: str


def amount(count: int, what: str) -> str:
    """`1 row`, `1,000 rows`."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def values_in_rows(distinct: int, rows: int, *, exact: bool) -> str:
    """`2 distinct values among 1,000,000 rows`."""
    about = "" if exact else "about "
    return f"{about}{amount(distinct, 'distinct value')} among {amount(rows, 'row')}"


def examples(evidence: Evidence, count: int = 3) -> str:
    """The most frequent values, as Python writes them; nothing if they were too many to be kept."""
    shown = [repr(value) if len(repr(value)) <= 30 else repr(value)[:27] + "..." for value, _ in evidence.top(count)]
    more = ", ..." if evidence.values is not None and len(evidence.values) > count else ""
    return ", ".join(shown) + more


def described(evidence: Evidence) -> str:
    """How many values there are, and which."""
    exact = evidence.values is not None
    text = values_in_rows(evidence.distinct, evidence.present, exact=exact)
    return f"{text}: {examples(evidence)}" if exact else text


def is_unique(distinct: int, count: int) -> bool:
    """Whether nearly each row has a value of its own; 3 % are five standard errors of the estimate, and some noise."""
    return distinct >= 0.97 * count


def seen_before(evidence: Evidence, count: int) -> float:
    """The chance that the next row has a value that was seen before, by Good and Turing; 1.0 with too many values."""
    if evidence.values is None:
        return 1.0
    return 1 - sum(times == 1 for times in evidence.values.values()) / count
