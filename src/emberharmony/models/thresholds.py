"""Where normal ends: a threshold that a stated share of the scores of normal data exceeds.

    quantile     counts: nothing is assumed, and no share below 1 / n can be promised
    pot          peaks over a high quantile follow a generalised Pareto law: reaches beyond what was seen
    mad          median and median absolute deviation of a bell: holds where a part of the scores is not normal

All take scores of data that the model was not trained on; larger is more anomalous.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError

__all__ = ["THRESHOLDS", "Tail", "mad", "pot", "quantile", "tail"]

PEAKS_ABOVE = 0.98  # the share of scores below which a tail begins, unless that leaves too few
FEWEST_PEAKS = 30
ROUNDING = 1e-12  # of a mean of logarithms


def quantile(scores: Any, share: float) -> float:
    """The smallest score that at most `share` of the next scores exceeds, on average, if they are like these.

    Of n scores the next is above the k-th smallest with probability 1 - k / (n + 1), whatever their law.

    >>> quantile(ops.arange(1, 100, dtype="float64"), 0.05)
    95.0
    """
    x = _sorted("quantile", scores, share)
    place = math.ceil((1 - share) * (len(x) + 1))
    if place > len(x):
        raise ArgumentError(
            f"quantile got {len(x)} scores for a share of {share}",
            expected=f"at least {math.ceil(1 / share) - 1} of them: a rarer one was hardly ever seen",
            mend="threshold='pot', a larger share, or more normal data",
        )
    return x[place - 1]


def mad(scores: Any, share: float) -> float:
    """`median + z 1.4826 MAD`, where a bell has the share beyond z; half of the scores may be of any size.

    >>> round(mad(ops.asarray([-1.0, 0.0, 1.0, 2.0, 900.0]), 0.05), 3)
    3.439
    """
    x = _sorted("mad", scores, share)
    middle = _median(x)
    spread = _median(sorted(abs(value - middle) for value in x))
    return middle + NormalDist().inv_cdf(1 - share) * spread / NormalDist().inv_cdf(0.75)


class Tail(NamedTuple):
    """Of `scores` scores `peaks` lie above `start`; their excess is above y with (1 + shape y / scale)^(-1 / shape).

    A shape of 0 stands for the exponential law exp(-y / scale).
    """

    start: float
    peaks: int
    scores: int
    shape: float
    scale: float

    def exceeded_by(self, share: float) -> float:
        """The score that this share of all scores exceeds; the share is at most that of the peaks."""
        rarity = share * self.scores / self.peaks
        if self.shape == 0.0:
            return self.start - self.scale * math.log(rarity)
        return self.start + self.scale / self.shape * (rarity**-self.shape - 1)


def pot(scores: Any, share: float) -> float:
    """The score that `share` exceeds, by the law of the peaks (Siffer et al. 2017); see `tail`.

    >>> x = ops.random.exponential(ops.random.key(0), (20_000,), "float64")
    >>> 8.0 < pot(x, 1e-4) < 10.5                                          # log(1e4) = 9.21
    True
    """
    x = _sorted("pot", scores, share)
    found = tail(x)
    if share > found.peaks / found.scores:
        return quantile(scores, share)  # inside of what was seen often
    return found.exceeded_by(share)


def tail(scores: Any) -> Tail:
    """The generalised Pareto law of the highest scores, by maximum likelihood (Grimshaw 1993)."""
    x = sorted(float(value) for value in scores)
    count = len(x)
    first = min(math.floor(PEAKS_ABOVE * count), count - FEWEST_PEAKS)
    if first < 1:
        raise ArgumentError(
            f"a tail of {count} scores",
            expected=f"more than {FEWEST_PEAKS}",
            mend="threshold='mad', or more normal data",
        )
    start = x[first - 1]
    excess = [value - start for value in x[first:] if value > start]
    if len(excess) < FEWEST_PEAKS // 2:
        raise ArgumentError(
            f"{len(excess)} of {count} scores lie above {start:.6g}: the highest ones are all the same",
            expected="scores that differ",
            mend="threshold='quantile'",
        )
    shape, scale = _pareto(excess)
    return Tail(start, len(excess), count, shape, scale)


def _pareto(excess: list[float]) -> tuple[float, float]:
    """Shape and scale with the largest likelihood.

    With c = shape / scale the best shape is the mean of log(1 + c y), which leaves one unknown; the likelihood has no
    upper end where the shape falls below -1, hence it is looked for above that.
    """
    mean, most = math.fsum(excess) / len(excess), max(excess)
    y = ops.asarray([value / mean for value in excess], dtype="float64")

    def loss(c: float) -> float:  # -log likelihood / n, of excesses whose mean is 1
        if abs(c) < 1e-9:
            return 1.0
        shape = _shape(y, c)
        return math.log(shape / c) + shape + 1 if shape > -1 else math.inf

    low, high = -mean / most * (1 - 1e-9), 10.0
    # denser near the lower end, where the law has an end just beyond the highest score
    grid = [low * (1 - (i / 40) ** 3) for i in range(40)] + [0.0] + [high * (i / 40) ** 3 for i in range(1, 41)]
    best = min(range(len(grid)), key=lambda i: loss(grid[i]))
    c = _lowest(loss, grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    if loss(c) > 1.0 - ROUNDING:  # no better than the exponential law
        return 0.0, mean
    shape = _shape(y, c)
    return shape, shape / c * mean


def _shape(y: Any, c: float) -> float:
    return float(ops.mean(ops.log1p(c * y)))


def _lowest(f: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is lowest, by golden sections."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    fa, fb = f(a), f(b)
    for _ in range(80):
        if fa < fb:
            high, b, fb = b, a, fa
            a = high - ratio * (high - low)
            fa = f(a)
        else:
            low, a, fa = a, b, fb
            b = low + ratio * (high - low)
            fb = f(b)
    return (low + high) / 2


THRESHOLDS: dict[str, Callable[[Any, float], float]] = {"quantile": quantile, "pot": pot, "mad": mad}


def _sorted(owner: str, scores: Any, share: float) -> list[float]:
    if not 0 < share < 1:
        raise ArgumentError(f"{owner} got share={share!r}", expected="a number between 0 and 1")
    if getattr(scores, "ndim", 1) != 1:
        raise ShapeError(f"{owner} got scores of shape {tuple(scores.shape)}", expected="(n,)")
    x = sorted(float(value) for value in scores)
    if not x or not math.isfinite(x[0]) or not math.isfinite(x[-1]) or any(value != value for value in x):
        bad = next((value for value in x if not math.isfinite(value)), None)
        raise ArgumentError(
            f"{owner} got {'no scores' if bad is None else f'a score of {bad}'}", expected="finite scores, at least one"
        )
    return x


def _median(x: list[float]) -> float:
    """Of sorted numbers."""
    half = len(x) // 2
    return x[half] if len(x) % 2 else (x[half - 1] + x[half]) / 2
