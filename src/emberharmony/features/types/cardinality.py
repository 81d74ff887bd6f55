"""How many values are distinct, from the registers of a HyperLogLog.

Registers: Flajolet, Fusy, Gandouet, Meunier (2007). The estimate without tables: Ertl, "New cardinality estimation
algorithms for HyperLogLog sketches" (2017), Algorithm 6. Its standard error is 1.04 / sqrt(m), from 0 values on.
"""

from __future__ import annotations

import math

BITS = 14
REGISTERS = 1 << BITS
NO_REGISTERS = bytes(REGISTERS)
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)


def estimate(registers: bytes) -> float:
    """About how many distinct hashes of 64 bits the registers have seen.

    >>> estimate(bytes(16384))
    0.0
    """
    count, places = len(registers), 64 - (len(registers).bit_length() - 1)
    zeros = registers.count(0)
    if zeros == count:
        return 0.0
    total = count * _tau(1 - registers.count(places + 1) / count)
    for place in range(places, 0, -1):
        total = 0.5 * (total + registers.count(place))
    total += count * _sigma(zeros / count)
    return count * count / (2 * math.log(2) * total) if total else math.inf


def _sigma(x: float) -> float:
    total, power, before = x, 1.0, -1.0
    while total != before:
        x *= x
        before, total = total, total + x * power
        power += power
    return total


def _tau(x: float) -> float:
    if x in {0.0, 1.0}:
        return 0.0
    total, power, before = 1 - x, 1.0, -1.0
    while total != before:
        x = math.sqrt(x)
        power *= 0.5
        before, total = total, total - (1 - x) ** 2 * power
    return total / 3
