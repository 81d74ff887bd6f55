"""Numbers: measures, counts, scales, codes, identifiers, or moments in disguise."""

from __future__ import annotations

from dataclasses import dataclass

from .evidence import Evidence
from .hints import Hint
from .semantic import Decision, amount, is_unique, values_in_rows
from .tally import MOST_VALUES

# seconds from 1990 to 2100; other units are powers of a thousand apart, and their ranges do not meet
FIRST, LAST = 631_152_000, 4_102_444_800
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
DAY = 86_400
EXACT = 2**53  # whole numbers beyond it are rounded by a float


@dataclass(frozen=True)
class Numbers:
    """The numbers of a column, however they are written."""

    count: int
    wholes: int
    zeros: int
    negatives: int
    infinities: int
    compact_dates: int
    low: int | float
    high: int | float
    distinct: int
    values: dict[float, int] | None
    share: float
    prefix: str = ""  # how a reason begins: what the numbers were before they were numbers

    @staticmethod
    def of(evidence: Evidence, share: float, prefix: str = "") -> Numbers:
        """Of a column of numbers, or of texts that can be read as numbers."""
        values = None if evidence.values is None else _as_numbers(evidence.values)
        return Numbers(
            count=evidence.numbers - evidence.nans,
            wholes=evidence.wholes,
            zeros=evidence.zeros,
            negatives=evidence.negatives,
            infinities=evidence.infinities,
            compact_dates=evidence.compact_dates,
            low=0 if evidence.low is None else evidence.low,
            high=0 if evidence.high is None else evidence.high,
            distinct=evidence.distinct if values is None else len(values),
            values=values,
            share=share,
            prefix=prefix,
        )

    @property
    def finite(self) -> int:
        """How many are finite."""
        return self.count - self.infinities

    @property
    def unique(self) -> bool:
        """Whether nearly each row has a number of its own."""
        return is_unique(self.distinct, self.count)

    @property
    def range(self) -> str:
        """`from 1 to 5`."""
        return f"from {_number(self.low)} to {_number(self.high)}"

    @property
    def counted(self) -> str:
        """`5 distinct values among 100 rows`."""
        return values_in_rows(self.distinct, self.count, exact=self.values is not None)

    def decision(self, kind: str, sure: float, why: str) -> Decision:
        """A decision whose reason begins with what the numbers were."""
        return Decision(kind, sure, self.prefix + why)  # pyright: ignore[reportArgumentType]


def decide_numbers(x: Numbers, hints: frozenset[Hint]) -> Decision:
    """The type of a column of numbers that are not all the same."""
    if x.wholes < x.finite or x.infinities:
        return _fractions(x, hints)
    return (
        _two_states(x, hints)
        or _named(x, hints)
        or _moments(x, hints)
        or _serial(x, hints)
        or _codes(x, hints)
        or _scale(x, hints)
        or _two_values(x)
        or _quantity(x, hints)
    )


def _fractions(x: Numbers, hints: frozenset[Hint]) -> Decision:
    unit = _epoch(x)
    if unit and "time" in hints:
        return x.decision("datetime", 0.85, f"numbers {x.range}: {unit} since 1970, and the name speaks of time")
    halves = x.values is not None and all((2 * value).is_integer() for value in x.values)
    if "scale" in hints and halves and x.low >= 0 and x.high <= 10:
        return x.decision("ordinal", 0.8, f"steps of a half {x.range}, and the name speaks of a scale")
    parts = amount(x.finite - x.wholes, "number") + " with a fraction"
    infinite = f", {amount(x.infinities, 'infinity')}" if x.infinities else ""
    return x.decision("continuous", 0.97, f"{parts} among {x.count:,}, {x.range}{infinite}")


def _two_states(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if (x.low, x.high, x.distinct) not in {(0, 1, 2), (-1, 1, 2)}:
        return None
    sure = 0.7 if x.low < 0 or "count" in hints else 0.95
    return x.decision("boolean", sure, f"{x.counted}: {_number(x.low)} and {_number(x.high)}")


def _named(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if "identifier" not in hints or "count" in hints:
        return None
    if x.unique:
        return x.decision("identifier", 0.95, f"{x.counted}, and the name speaks of an identifier")
    if x.values is None:
        return x.decision("identifier", 0.85, f"more than {MOST_VALUES:,} numbers that the name calls identifiers")
    return x.decision("categorical", 0.75, f"{x.counted}: numbers that name a few things")


def _moments(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if x.compact_dates >= 0.99 * x.count:
        return x.decision(
            "datetime", 0.9 if "time" in hints else 0.8, f"days written as one number, {x.range}: year, month, day"
        )
    unit = _epoch(x)
    if unit and "time" in hints:
        return x.decision("datetime", 0.9, f"numbers {x.range}: {unit} since 1970, and the name speaks of time")
    if unit and x.unique and x.high - x.low >= DAY * UNITS[unit]:
        return x.decision("datetime", 0.6, f"{x.counted}, {x.range}: probably {unit} since 1970")
    return None


def _serial(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if not x.unique or hints or x.low < 0 or x.count < 100:
        return None
    if x.high > EXACT:
        return x.decision("identifier", 0.7, f"{x.counted}, too large to be measures: {x.range}")
    dense = x.distinct >= 0.5 * x.share * (x.high - x.low + 1)
    return x.decision("identifier", 0.75, f"{x.counted}, which fill the range {x.range}") if dense else None


def _codes(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if "code" not in hints or "count" in hints or x.negatives:
        return None
    return x.decision("categorical", 0.75 if x.values else 0.6, f"{x.counted}, which the name calls codes")


def _scale(x: Numbers, hints: frozenset[Hint]) -> Decision | None:
    if x.values is None or x.low not in {0, 1} or x.high > 10 or "count" in hints:
        return None
    if "scale" in hints:
        return x.decision("ordinal", 0.9, f"whole numbers {x.range}, and the name speaks of a scale")
    steps = int(x.high - x.low) + 1
    ends = {(1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (1, 10), (0, 4), (0, 5), (0, 10)}
    even = len(x.values) == steps and min(x.values.values()) * 4 * steps >= x.count  # a count has a thin tail
    if (x.low, x.high) not in ends or not even or x.count < 10 * steps:
        return None
    return x.decision("ordinal", 0.7, f"the {steps} whole numbers {x.range}, none of them rare: a scale")


def _two_values(x: Numbers) -> Decision | None:
    if x.values is None or len(x.values) != 2 or min(x.values.values()) < 10:
        return None
    return x.decision("categorical", 0.6, f"{x.counted}: {_number(x.low)} and {_number(x.high)}")


def _quantity(x: Numbers, hints: frozenset[Hint]) -> Decision:
    large = "; a float would round them" if max(abs(x.low), abs(x.high)) > EXACT else ""
    if not x.negatives and "count" in hints:
        return x.decision(
            "count", 0.95, f"whole numbers {x.range}, none negative, and the name speaks of a count{large}"
        )
    if not x.negatives and x.zeros >= 0.02 * x.count and not large:
        return x.decision("count", 0.7, f"whole numbers {x.range}, none negative, {x.zeros / x.count:.0%} of them zero")
    return x.decision("integer", 0.9, f"whole numbers {x.range}{large}")


def _epoch(x: Numbers) -> str | None:
    fits = (unit for unit, ticks in UNITS.items() if FIRST * ticks <= x.low and x.high <= LAST * ticks)
    return next(fits, None)


def _as_numbers(values: dict[str | int | float | bool, int]) -> dict[float, int]:
    """Values and counts; whole ones exactly, texts that are no numbers left out, and `1` and `1.0` are one."""
    numbers: dict[float, int] = {}
    for value, count in values.items():
        number = _read(value)
        if number is not None:
            numbers[number] = numbers.get(number, 0) + count
    return numbers


def _read(value: str | float) -> float | None:
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return None


def _number(x: float) -> str:
    return f"{x:,.0f}" if float(x).is_integer() and abs(x) < 1e15 else f"{x:g}" if isinstance(x, float) else f"{x:,}"
