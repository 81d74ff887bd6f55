"""Axes: where values lie between two ends, and which round values are written beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import count as counting

from emberharmony.errors import ArgumentError
from emberharmony.viz.words import LARGEST, MONTHS, YEARS, labels, quantity

MINUTE, HOUR, DAY = 60, 3600, 86400
STEPS = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(MINUTE * n for n in (1, 2, 5, 10, 15, 30)),
    *(HOUR * n for n in (1, 2, 3, 6, 12)),
    *(DAY * n for n in (1, 2, 7, 14)),
)


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with marks (value, text); `kind` is number, log or time.

    >>> axis = number_axis([3.0, 17.0], "°C")
    >>> axis.low, axis.high, axis.place(5.0), [text for _, text in axis.marks]
    (0.0, 20.0, 0.25, ['0', '5', '10', '15', '20'])
    """

    low: float
    high: float
    marks: Sequence[tuple[float, str]]
    label: str = ""
    kind: str = "number"

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        if self.kind == "log":
            if value <= 0:
                return 0.0
            return (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        half = self.high / 2 - self.low / 2  # the whole may overflow
        return (value / 2 - self.low / 2) / half


def number_axis(values: Iterable[float], label: str = "", *, most: int = 6) -> Axis:
    """An axis that covers the values and ends at ticks; of no values, from 0 to 1."""
    low, high = _ends(values)
    at = ticks(low, high, most)
    return Axis(at[0], at[-1], list(zip(at, labels(at), strict=True)), label)


def log_axis(values: Iterable[float], label: str = "", *, most: int = 6) -> Axis:
    """An axis by ratios that covers the positive values."""
    low, high = _ends(value for value in values if value > 0)
    at = log_ticks(low or 0.1, high, most)
    return Axis(at[0], at[-1], [(tick, quantity(tick)) for tick in at], label, "log")


def time_axis(begin: float, end: float, label: str = "UTC", *, most: int = 8) -> Axis:
    """An axis of unix seconds from `begin` to `end`, with round moments of the calendar."""
    if begin == end:
        begin, end = begin - 1, end + 1
    return Axis(begin, end, time_ticks(begin, end, most), label, "time")


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many multiples of 1, 2 or 5 times a power of ten, that cover the range from `low` to `high`.

    They are the nearest floats to round decimals. A range that is empty, or too narrow for floats to count in, is
    widened. Three are the fewest: a range around zero has a tick on both sides of it.

    >>> ticks(0.13, 0.97), ticks(-3, 18, most=4)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [-10.0, 0.0, 10.0, 20.0])
    """
    if not (-LARGEST <= low <= high <= LARGEST and most >= 3):
        raise ArgumentError(
            f"ticks got {low} to {high}, at most {most}", expected=f"finite, ascending, within {LARGEST:g}; 3 or more"
        )
    middle = max(abs(low), abs(high))
    if high / 2 - low / 2 <= 1e-9 * middle or middle < 1e-290:
        wide = middle / 2 if middle >= 1e-290 else 0.5
        low, high = low - wide, high + wide
    guess = math.log10(high / 2 - low / 2) + math.log10(2 / (most - 1))
    for power in counting(math.floor(guess) - 1):
        for digit in (1, 2, 5):
            step = digit * Fraction(10) ** power
            first, last = math.floor(Fraction(low) / step), math.ceil(Fraction(high) / step)
            if last - first < most:
                return [float(i * step) for i in range(first, last + 1)]
    raise AssertionError("some power of ten is large enough")


def log_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """At most so many values 1, 2 or 5 times a power of ten, or powers of ten alone, that cover a positive range.

    >>> log_ticks(0.03, 0.4), log_ticks(1e-6, 80.0, most=5)
    ([0.02, 0.05, 0.1, 0.2, 0.5], [1e-06, 0.0001, 0.01, 1.0, 100.0])
    """
    if not (1 / LARGEST <= low <= high <= LARGEST and most >= 3):
        raise ArgumentError(
            f"log_ticks got {low} to {high}, at most {most}", expected="positive, finite, ascending; 3 or more"
        )
    first, last = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1
    fine = [float(f"{digit}e{power}") for power in range(first, last + 1) for digit in (1, 2, 5)]
    begin = max(i for i, tick in enumerate(fine) if tick <= low)
    end = min(i for i, tick in enumerate(fine) if tick >= high)
    if begin == end:
        begin, end = begin - 1, end + 1
    if end - begin < most:
        return fine[begin : end + 1]
    first = max(power for power in range(first, last + 1) if float(f"1e{power}") <= low)
    last = min(power for power in range(first, last + 1) if float(f"1e{power}") >= high)
    stride = next(n for n in counting(1) if -(-(last - first) // n) < most)
    return [float(f"1e{first + i * stride}") for i in range(-(-(last - first) // stride) + 1)]


def time_ticks(begin: float, end: float, most: int = 8) -> list[tuple[float, str]]:
    """At most so many round moments within unix seconds, with their labels: the day where one begins, else the time.

    >>> [text for _, text in time_ticks(1_700_000_000, 1_700_060_000, most=4)]
    ['15 Nov', '06:00', '12:00']
    """
    if not (YEARS[0] <= begin < end <= YEARS[1] and most >= 1):
        raise ArgumentError(f"time_ticks got {begin} to {end}, at most {most}", expected="unix seconds, ascending")
    for step in STEPS:
        first, last = math.ceil(begin / step), math.floor(end / step)
        if last - first < most:
            # weeks are counted from a Monday, and 1970 began on a Thursday
            shift = 4 * DAY if step % (7 * DAY) == 0 else 0
            first, last = math.ceil((begin - shift) / step), math.floor((end - shift) / step)
            if last - first < most:
                return [(at, _time_text(at, step)) for at in (i * step + shift for i in range(first, last + 1))]
    for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12000):
        at = [start for start in _months(begin, end, months) if begin <= start.timestamp() <= end]
        if len(at) <= most:
            return [
                (start.timestamp(), str(start.year) if months >= 12 else f"{MONTHS[start.month - 1]} {start.year}")
                for start in at
            ]
    return []


def _months(begin: float, end: float, stride: int) -> Iterator[datetime]:
    first, last = (datetime.fromtimestamp(at, UTC) for at in (begin, end))
    for i in range((first.year * 12) // stride * stride, last.year * 12 + 12, stride):
        if 1 <= i // 12 <= 9999:
            yield datetime(i // 12, i % 12 + 1, 1, tzinfo=UTC)


def _time_text(at: float, step: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    if step >= DAY or (step >= MINUTE and (moment.hour, moment.minute) == (0, 0)):
        return f"{moment.day} {MONTHS[moment.month - 1]}"
    if step >= MINUTE:
        return f"{moment:%H:%M}"
    return f"{moment:%H:%M:%S}" if step >= 1 else f"{moment:%H:%M:%S}.{round(moment.microsecond / 1000):03d}"


def _ends(values: Iterable[float]) -> tuple[float, float]:
    given = [value for value in values if -LARGEST < value < LARGEST]
    return (min(given), max(given)) if given else (0.0, 1.0)
