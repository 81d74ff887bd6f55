"""Time contenders in turn in one process, print ratios beside the goals, and write JSON.

Every round times each contender once, so that a slow moment of the machine hits all of them; the figure of a
contender is its least time, which is what the code costs when nothing disturbs it, and the spread (median over least)
says how calm the machine was.
"""

from __future__ import annotations

import gc
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

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


def measure(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int = 41, target: float = 2e-3
) -> dict[str, Time]:
    """The time of one call of each contender; a round repeats a call until `target` seconds have passed."""
    numbers: dict[str, int] = {}
    for name, call in contenders.items():
        call()
        start = time.perf_counter()
        call()
        numbers[name] = max(1, int(target / max(time.perf_counter() - start, 1e-8)))
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in contenders.items():
                repeat = range(numbers[name])
                start = time.perf_counter()
                for _ in repeat:
                    call()
                samples[name].append((time.perf_counter() - start) / numbers[name])
    finally:
        gc.enable()
    return {name: Time(min(s), statistics.median(s) / min(s)) for name, s in samples.items()}


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
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{Path(script).stem}.json").write_text(json.dumps(record, indent=2) + "\n")
    return int(missed > 0)


def _time(seconds: float) -> str:
    for unit, scale in (("s ", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:8.2f} {unit}"
    return f"{seconds / 1e-9:8.0f} ns"
