"""Time contenders in turn in one process, print ratios beside the goals, and write JSON.

Every round times each contender once, so that a slow moment of the machine hits all of them; the figure of a
contender is its least time, which is what the code costs when nothing disturbs it, and the spread (median over least)
says how calm the machine was.
"""

from __future__ import annotations

import ctypes
import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Goal:
    """A bound on `name`: as a ratio of its time to `over`'s, or as the nanoseconds it costs more than `minus`."""

    name: str
    over: str = ""
    minus: str = ""
    at_most: float = 1.0


@dataclass(frozen=True)
class Time:
    """Seconds for one call: the least, and the median over the least."""

    seconds: float
    spread: float

    @property
    def median(self) -> float:
        """The time of half of the rounds, or less."""
        return self.seconds * self.spread


@dataclass(frozen=True)
class Row:
    """One figure of a script with a table of its own. `ratio` is theirs over ours; with `at_most`, ours over theirs."""

    what: str
    ours: float
    theirs: float
    bar: float
    stretch: float | None = None
    at_most: bool = False
    floor: float | None = None
    spread: float = 1.0

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs if self.at_most else self.theirs / self.ours

    @property
    def met(self) -> bool:
        return self.ratio <= self.bar if self.at_most else self.ratio >= self.bar

    @property
    def limit(self) -> float | None:
        """The ratio that our floor would have."""
        return None if self.floor is None else self.theirs / self.floor

    def __str__(self) -> str:
        times = "".join(f"{_short(t):>10}" for t in (self.ours, self.theirs))
        bound = f"{'<=' if self.at_most else '>='} {self.bar:g}"
        extras = "" if self.stretch is None else f"{self.stretch:g}"
        floor = "" if self.floor is None else _short(self.floor)
        verdict = "met" if self.met else "MISSED"
        if self.limit is not None and self.limit < self.bar:
            verdict += f"; the floor of this core is at {self.limit:.1f}"
        return f"{self.what:<58}{times}{self.ratio:>8.2f}{bound:>9}{extras:>8}{floor:>10}{self.spread:>7.2f}  {verdict}"


HEADER = (
    f"{'':<58}{'ours':>10}{'theirs':>10}{'ratio':>8}{'bar':>9}{'stretch':>8}{'floor':>10}{'spread':>7}\n"
    "(ratio: how many times faster; under a bar with <=, how many times their time. spread: median over least, ours)"
)


def _short(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def measure(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 41,
    target: float = 2e-3,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Time]:
    """The time of one call of each contender; a round repeats a call until `target` seconds have passed.

    `clock=time.process_time` counts the CPU time of all threads, which other programs on the machine disturb less.
    """
    numbers: dict[str, int] = {}
    for name, call in contenders.items():
        call()
        start = clock()
        call()
        numbers[name] = max(1, int(target / max(clock() - start, 1e-8)))
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in contenders.items():
                repeat = range(numbers[name])
                start = clock()
                for _ in repeat:
                    call()
                samples[name].append((clock() - start) / numbers[name])
    finally:
        gc.enable()
    return {name: Time(min(s), statistics.median(s) / min(s)) for name, s in samples.items()}


def keep_memory() -> None:
    """Ask the allocator not to hand memory back to the system, where it can be asked."""
    if sys.platform == "linux":
        allocator = ctypes.CDLL(None)
        allocator.mallopt(TRIM_THRESHOLD, 2**31 - 1)
        allocator.mallopt(MMAP_THRESHOLD, 2**30)


def held(goal: Goal, times: Mapping[str, Time]) -> tuple[float, bool]:
    """What a goal measures, and whether it is met."""
    mine = times[goal.name].seconds
    value = (mine - times[goal.minus].seconds) * 1e9 if goal.minus else mine / times[goal.over].seconds
    return value, value <= goal.at_most


def show(claim: str, tables: Mapping[str, tuple[Mapping[str, Time], list[Goal]]], script: str) -> int:
    """Print every table with its goals, write them as JSON, and return 1 where a goal is missed."""
    out, missed = sys.stdout, 0
    out.write(f"{claim.strip()}\n\n")
    record: dict[str, object] = {
        "claim": claim.strip(),
        "machine": platform.processor() or platform.machine(),
        "tables": {},
    }
    for title, (times, goals) in tables.items():
        first = next(iter(times.values())).seconds
        out.write(f"{title}\n")
        for name, t in times.items():
            out.write(f"  {name:<28} {_time(t.seconds)}   {t.seconds / first:6.2f} x   spread {t.spread:.2f}\n")
        results = []
        for goal in goals:
            value, met = held(goal, times)
            missed += not met
            what = f"{goal.name} over {goal.over}" if goal.over else f"{goal.name} minus {goal.minus}"
            shown = [f"{v:.2f} x" if goal.over else _time(v * 1e-9).strip() for v in (value, goal.at_most)]
            out.write(f"  {'met   ' if met else 'MISSED'} {what}: {shown[0]}, goal at most {shown[1]}\n")
            results.append(asdict(goal) | {"value": value, "met": met})
        record["tables"][title] = {"times": {n: asdict(t) for n, t in times.items()}, "goals": results}  # type: ignore[index]
        out.write("\n")
    save(record, script)
    return int(missed > 0)


def save(record: Mapping[str, object], script: str) -> None:
    """Write what a script found as JSON under its name."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{Path(script).stem}.json").write_text(json.dumps(record, indent=2) + "\n")


def _time(seconds: float) -> str:
    for unit, scale in (("s ", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:8.2f} {unit}"
    return f"{seconds / 1e-9:8.0f} ns"
