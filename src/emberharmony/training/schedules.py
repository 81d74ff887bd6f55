"""How large a step is, as a function of the number of steps taken before; and what learns that from scores.

`Adam(rate=Cosine(1e-3, steps=10_000, warmup=500))`: a schedule is called with 0, 1, 2, ... and gives the rate of that
step. A plain number is a schedule, too; so is any function.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from emberharmony.errors import ArgumentError

__all__ = ["Cosine", "OneCycle", "Plateau"]


@dataclass(frozen=True)
class Cosine:
    """Half a wave from `peak` down to `floor` in `steps` steps, `warmup` of which first lead up to the peak in a line.

    Warming up, step i has (i + 1) / warmup of the peak: no step has a rate of zero. After the last step it stays.

    >>> rate = Cosine(1.0, steps=6, warmup=2)
    >>> [round(rate(i), 3) for i in range(8)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """

    peak: float
    steps: int
    warmup: int = 0
    floor: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.warmup < self.steps or not 0.0 <= self.floor <= self.peak < math.inf:
            raise ArgumentError(f"a schedule is {self!r}", expected="0 <= warmup < steps and 0 <= floor <= peak")

    def __call__(self, count: int) -> float:
        """The rate of the step before which `count` were taken."""
        if count < self.warmup:
            return self.peak * (count + 1) / self.warmup
        return _wave(self.peak, self.floor, (count - self.warmup) / (self.steps - self.warmup))


@dataclass(frozen=True)
class OneCycle:
    """Up from `peak / start` to `peak` during the first `rise` of `steps` steps, then down to `peak / end`, in waves.

    The last of the steps has the lowest rate, and what comes after it stays there.

    >>> rate = OneCycle(1.0, steps=7, rise=3 / 7, start=10.0, end=100.0)
    >>> [round(rate(i), 3) for i in range(8)]
    [0.1, 0.55, 1.0, 0.855, 0.505, 0.155, 0.01, 0.01]
    """

    peak: float
    steps: int
    rise: float = 0.3
    start: float = 25.0
    end: float = 250_000.0

    def __post_init__(self) -> None:
        if self.rise * self.steps <= 1.0 or self.rise >= 1.0:
            raise ArgumentError(f"a schedule is {self!r}", expected="a rise below 1 that takes more than one step")
        if not 0.0 <= self.peak < math.inf or self.start < 1.0 or self.end < 1.0:
            raise ArgumentError(f"a schedule is {self!r}", expected="a finite peak, start and end of at least 1")

    def __call__(self, count: int) -> float:
        """The rate of the step before which `count` were taken."""
        top, last = self.rise * self.steps - 1.0, self.steps - 1.0
        if count <= top:
            return _wave(self.peak / self.start, self.peak, count / top)
        return _wave(self.peak, self.peak / self.end, (count - top) / (last - top))


def _wave(first: float, last: float, share: float) -> float:
    """From `first` at 0 to `last` at 1 along half a cosine."""
    return last + (first - last) * 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))


@dataclass(frozen=True)
class Plateau:
    """Multiplies the scale of a rate by `factor` when a score has not become better for more than `patience` looks.

    Better is a change by more than `threshold` of the best score's size. The scale never falls below `minimum`. Its
    memory is a dict of numbers beside it:

    >>> plateau = Plateau(factor=0.5, patience=1)
    >>> state = plateau.init()
    >>> for score in (1.0, 0.9, 0.9, 0.95):
    ...     state = plateau.observe(state, score)
    >>> plateau.scale(state)
    0.5
    """

    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    minimum: float = 0.0
    mode: Literal["min", "max"] = "min"

    def __post_init__(self) -> None:
        if not 0.0 < self.factor < 1.0 or self.patience < 0 or not 0.0 <= self.minimum <= 1.0 or self.threshold < 0:
            raise ArgumentError(
                f"a plateau is {self!r}",
                expected="0 < factor < 1, patience and threshold from 0 on, and a minimum from 0 to 1",
            )
        if self.mode not in ("min", "max"):
            raise ArgumentError(f"Plateau got mode={self.mode!r}", expected='"min" or "max": which score is better')

    def init(self) -> dict[str, float]:
        """No score seen: any that is a number is better than that."""
        return {"best": math.inf if self.mode == "min" else -math.inf, "waited": 0, "scale": 1.0}

    def observe(self, state: dict[str, float], score: float) -> dict[str, float]:
        """The memory after one more score; a nan is never better."""
        best, sign = state["best"], 1.0 if self.mode == "min" else -1.0
        margin = self.threshold * abs(best) if math.isfinite(best) else 0.0
        if sign * score < sign * best - margin:
            return {"best": score, "waited": 0, "scale": state["scale"]}
        if state["waited"] < self.patience:
            return {"best": best, "waited": state["waited"] + 1, "scale": state["scale"]}
        return {"best": best, "waited": 0, "scale": max(state["scale"] * self.factor, self.minimum)}

    def scale(self, state: dict[str, float]) -> float:
        """What the rate is multiplied by now."""
        return state["scale"]
