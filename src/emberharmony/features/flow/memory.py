"""How much memory there is, how much is used, and how near that is to the end."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import pyarrow as pa

from emberharmony.backend.memory import host_memory
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import MemoryBudgetExceeded

__all__ = ["Level", "MemoryMonitor", "Reading", "memory_limit", "parse_bytes"]

UNITS = {"": 1, "B": 1} | {
    prefix + unit: base**power
    for power, prefix in enumerate("KMGT", 1)
    for unit, base in (("", 1000), ("B", 1000), ("IB", 1024))
}


def parse_bytes(size: str | int, *, total: int | None = None) -> int:
    """Bytes of a number, of "512 MB" (millions), "2GiB" (2^30s), or of "70%" of `total`: else of `memory_limit()`.

    >>> parse_bytes("2GB"), parse_bytes("1.5 KiB"), parse_bytes("70%", total=1000), parse_bytes(64)
    (2000000000, 1536, 700, 64)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%|[A-Za-z]*)\s*", str(size))
    unit = match[2].upper() if match else ""
    if match is None or isinstance(size, bool) or (unit != "%" and unit not in UNITS):
        raise _not_a_size(size)
    if unit == "%":
        whole = memory_limit() if total is None else total
        found = int(whole * float(match[1]) / 100)
        if not 0 < found <= whole:
            raise _not_a_size(size)
        return found
    found = int(match[1]) * UNITS[unit] if match[1].isdecimal() else int(float(match[1]) * UNITS[unit])
    if found == 0:
        raise _not_a_size(size)
    return found


def memory_limit(cap: str | int | None = None) -> int:
    """The bytes this process may use: the least of the machine's, its control groups', its rlimits' and `cap`.

    `RLIMIT_AS` counts addresses, of which a process has more than memory: under one the true room is smaller still.

    >>> memory_limit("1MB")
    1000000
    """
    found = host_memory()["total"]
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            found = min(found, soft)
    return found if cap is None else min(found, parse_bytes(cap, total=found))


class Level(IntEnum):
    """How near the limit is; they compare, `level >= Level.HIGH`."""

    CALM = 0
    SOFT = 1  # smaller chunks
    HIGH = 2  # take nothing new, hand on what is there
    HARD = 3  # commit, and stop before the system does it


class Reading(NamedTuple):
    """Bytes used at one moment, the limit, the share of it, and what that means."""

    used: int
    limit: int
    share: float
    level: Level


class MemoryMonitor:
    """Samples how much memory is used and says how near that is to `limit`; the marks are shares of it.

    `meter` returns bytes; without one it is the resident memory of this process. Nothing runs in the background: a
    sample costs some microseconds and is taken between two chunks, where something can be done about it.

    >>> monitor = MemoryMonitor("1GB", meter=lambda: 750_000_000)
    >>> monitor.sample()
    Reading(used=750000000, limit=1000000000, share=0.75, level=<Level.SOFT: 1>)
    """

    def __init__(
        self,
        limit: str | int = "70%",
        *,
        soft: float = 0.7,
        high: float = 0.85,
        hard: float = 0.92,
        meter: Callable[[], int] | None = None,
    ) -> None:
        if not 0 < soft < high < hard <= 1:
            raise ArgumentError(
                f"MemoryMonitor got soft={soft}, high={high}, hard={hard}", expected="0 < soft < high < hard <= 1"
            )
        self.limit = parse_bytes(limit)
        self.marks = (soft, high, hard)
        self.peak = 0
        self._meter = _resident_meter() if meter is None else meter

    def sample(self) -> Reading:
        """Look now; `peak` remembers the most that was ever seen."""
        used = self._meter()
        self.peak = max(self.peak, used)
        share = used / self.limit
        return Reading(used, self.limit, share, Level(sum(share >= mark for mark in self.marks)))

    def check(self) -> Reading:
        """`sample()`, or `MemoryBudgetExceeded` at the hard mark, with the breakdown in it."""
        reading = self.sample()
        if reading.level is Level.HARD:
            parts = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in self.breakdown().items())
            raise MemoryBudgetExceeded(
                f"{reading.used / 1e6:.0f} MB are used, {reading.share:.0%} of {self.limit / 1e6:.0f} MB ({parts})",
                expected=f"less than {self.marks[2]:.0%}: the system ends a process that goes on from there",
                mend="a larger limit, fewer workers or smaller chunks; what was committed is kept",
            )
        return reading

    def breakdown(self) -> dict[str, int]:
        """Bytes `used` by the meter, and of these `arrow`: what pyarrow has handed out and not got back."""
        return {"used": self._meter(), "arrow": pa.total_allocated_bytes()}


def _resident_meter() -> Callable[[], int]:
    import psutil

    process, owner = psutil.Process(), os.getpid()

    def resident() -> int:
        nonlocal process, owner
        if os.getpid() != owner:  # forked: the parent's memory says nothing here
            process, owner = psutil.Process(), os.getpid()
        return process.memory_info().rss

    return resident


def _not_a_size(size: object) -> ArgumentError:
    return ArgumentError(
        f"{size!r} is not an amount of memory",
        expected='a positive number of bytes, "512MB", "2 GiB", or "70%" of what there is',
    )
