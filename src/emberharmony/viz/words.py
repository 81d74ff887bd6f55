"""Numbers, shares, durations, sizes and moments as people write them. What is not known is a dash."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

UNKNOWN = "\N{EN DASH}"
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LARGEST = 1e300  # what is beyond is not a measurement
PREFIXES = ((" T", 1e12), (" G", 1e9), (" M", 1e6), (" k", 1e5))  # 20,000 still fits beside an axis
YEARS = (-62135596800.0, 253402300799.0)  # of the calendar: 1 to 9999
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def known(value: Any) -> float | None:
    """The number, or None for what is none: absent, nan, infinite, a text.

    >>> known(3), known(float("nan")), known(None)
    (3.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST < value < LARGEST:
        return None
    return float(value)


def quantity(value: Any, digits: int = 3) -> str:
    """A number with so many significant digits.

    >>> quantity(0.012345), quantity(-1234.5), quantity(2.5e-7), quantity(None)
    ('0.0123', '−1,234', '2.5 × 10⁻⁷', '–')
    """
    number = known(value)
    if number is None:
        return UNKNOWN
    mantissa, power = f"{number:.{digits - 1}e}".split("e")  # rounded first: 999.9 has four digits before its point
    exponent = int(power)
    if number and not -5 < exponent < 9:
        return f"{_signed(_bare(mantissa))} {TIMES} 10{str(exponent).translate(SUPERSCRIPT)}"
    return _signed(_bare(f"{number:,.{max(0, digits - 1 - exponent)}f}"))


def count(value: Any) -> str:
    """How many.

    >>> count(12345), count(5_040_000)
    ('12,345', '5.04 million')
    """
    number = known(value)
    if number is None:
        return UNKNOWN
    for name, size in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        if abs(number) >= 0.9995 * size:
            return f"{quantity(number / size)} {name}"
    return _signed(f"{round(number):,}")


def share(value: Any) -> str:
    """A part of one, in percent.

    >>> share(0.125), share(0.00002), share(1.0)
    ('12.5 %', '0.002 %', '100 %')
    """
    number = known(value)
    return UNKNOWN if number is None else f"{quantity(100 * number)} %"


def duration(value: Any) -> str:
    """Seconds.

    >>> duration(0.0034), duration(75), duration(3 * 3600), duration(250_000)
    ('3.4 ms', '1 min 15 s', '3 h', '2.89 days')
    """
    number = known(value)
    if number is None:
        return UNKNOWN
    if number == 0:
        return "0 s"
    for unit, size, most in (("µs", 1e-6, 999.5e-6), ("ms", 1e-3, 0.9995), ("s", 1.0, 59.95)):
        if abs(number) < most:
            return f"{quantity(number / size)} {unit}"
    whole = round(abs(number))
    sign = MINUS if number < 0 else ""
    for name, size, part, below in (("min", 60, "s", 3600), ("h", 3600, "min", 172_800)):
        if whole < below:
            rest = whole % size * 60 // size
            return f"{sign}{whole // size} {name}" + (f" {rest:02d} {part}" if rest else "")
    return f"{quantity(number / 86_400)} days"


def size(value: Any) -> str:
    """Bytes, a thousand to a kilobyte.

    >>> size(214_900_000), size(999_999), size(12)
    ('215 MB', '1 MB', '12 B')
    """
    number = known(value)
    if number is None:
        return UNKNOWN
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(number) < 999.5 or unit == "TB":
            return f"{quantity(number)} {unit}"
        number /= 1000
    raise AssertionError("the last unit takes all")


def moment(value: Any, *, zone: bool = True) -> str:
    """A time in UTC, from unix seconds; a text is left as it is.

    >>> moment(1_700_000_000), moment(0.25, zone=False)
    ('2023-11-14 22:13:20 UTC', '1970-01-01 00:00:00.250')
    """
    if isinstance(value, str):
        return value
    number = known(value)
    if number is None:
        return UNKNOWN
    if not YEARS[0] <= number <= YEARS[1]:
        return f"{quantity(number)} s"
    at = datetime.fromtimestamp(number, UTC)
    unit = "milliseconds" if at.microsecond else "seconds" if at.second else "minutes"
    return at.replace(tzinfo=None).isoformat(" ", unit) + (" UTC" if zone else "")


def labels(ticks: Sequence[float]) -> list[str]:
    """Equally spaced numbers with equally many decimals, and short: there is little room beside an axis.

    >>> labels([0.0, 0.5, 1.0]), labels([0.0, 500_000.0, 1e6])
    (['0.0', '0.5', '1.0'], ['0.0 M', '0.5 M', '1.0 M'])
    """
    largest = max(map(abs, ticks))
    step = min((b - a for a, b in pairwise(ticks)), default=largest)
    if not step or largest >= 1e15 or step < 1e-4:
        digits = max(1, math.ceil(math.log10(largest / step)) + 1) if step else 1
        return [quantity(tick, min(12, digits)) for tick in ticks]
    unit, size = next(((unit, size) for unit, size in PREFIXES if largest >= size), ("", 1.0))
    decimals = max(0, -math.floor(math.log10(step / size) + 1e-9))
    return [_signed(f"{tick / size:,.{decimals}f}{unit}") for tick in ticks]


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
