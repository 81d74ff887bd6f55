"""What a count of alarms says about their rate: levels that are surely not exceeded too often, and intervals.

Alarms come in clusters: some machines drift, some days are odd. The error of a rate is that of a ratio over clusters,
by Student's t; and never less than that of as many independent alarms, by Poisson, which counts where clusters are few.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend

__all__ = ["Rate", "interval", "level"]

SURE = 0.95
NEEDED = 3.0  # periods without an alarm from which on a rate of one in a period is excluded: -log(1 - SURE)


class Rate(NamedTuple):
    """False alarms of a sensor in a period, and the interval that holds the true rate with 95 %."""

    measured: float
    low: float
    high: float


def level(tops: Any, clusters: Any, period: int) -> float:
    """Of scores (n,), of which those of one cluster have the same number in `clusters` (n,), the level of a sensor.

    It is the lowest above which, we are sure, at most one in `period` lies. With k above it a share of k / n was seen;
    levels are tried from the highest score down, until one is not sure any more.
    """
    with use_backend("numpy"):
        n, count = tops.shape[0], int(ops.max(clusters)) + 1
        order = ops.argsort(tops, descending=True, stable=True)
        most = n // period
        ones = ops.astype(clusters[order[:most], None] == ops.arange(count), "float64")
        alarms = ops.cumulative_sum(ones, axis=0, include_initial=True)  # (k, clusters)
        sizes = ops.astype(ops.bincount(clusters), "float64")
        k = ops.arange(most + 1, dtype="float64")
        high = _poisson(k + 1, SURE) / n
        if count > 1:
            off = alarms - (k / n)[:, None] * sizes
            high = ops.maximum(high, k / n + _student(SURE, count - 1) * _error(off, n, count))
        unsure = ops.nonzero(high > 1 / period)[0].tolist()
        chosen = max((unsure[0] if unsure else most + 1) - 1, 0)
        return float(tops[order[min(chosen, n - 1)]])


def interval(false: Any, clusters: Any, period: int) -> Rate:
    """The rate of alarms of sensors (n, F), which are true or not, in a period of slots."""
    with use_backend("numpy"):
        n, count, features = false.shape[0], int(ops.max(clusters)) + 1, false.shape[1]
        own = ops.sum(ops.astype(false, "float64"), axis=1) / features
        alarms, sizes = ops.bincount(clusters, own), ops.astype(ops.bincount(clusters), "float64")
        total = ops.sum(alarms)
        rate = float(total) / n
        beyond = (1 + SURE) / 2
        seen = ops.asarray([0.0, 1.0], dtype="float64") + total * features
        low, high = (
            float(x) / features / n for x in _poisson(seen, ops.asarray([1 - beyond, beyond], dtype="float64"))
        )
        if count > 1:
            width = _student(beyond, count - 1) * float(_error((alarms - rate * sizes)[None], n, count)[0])
            low, high = min(low, rate - width), max(high, rate + width)
        return Rate(rate * period, max(low, 0.0) * period, high * period)


def _error(off: Any, n: int, count: int) -> Any:
    return ops.sqrt(ops.sum(off * off, axis=1) * (count / (count - 1))) / n


def _poisson(shape: Any, share: Any) -> Any:
    """Half a quantile of chi-squared with 2 `shape` degrees of freedom, by Wilson and Hilferty: within 1 %; 0 of 0."""
    z = _normal(share)
    part = 1 / (9 * ops.maximum(shape, 1e-300))
    return ops.where(shape > 0, shape * ops.maximum(1 - part + z * ops.sqrt(part), 0.0) ** 3, 0.0)


def _normal(share: Any) -> Any:
    if isinstance(share, float):
        return NormalDist().inv_cdf(share)
    return ops.asarray([NormalDist().inv_cdf(x) for x in share.tolist()], dtype="float64")


def _student(share: float, freedom: int) -> float:
    """A quantile of Student's t above the middle, by bisection."""
    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _below(middle, freedom) < share else (low, middle)
    return high


def _below(t: float, freedom: int) -> float:
    """How much of Student's t lies below t >= 0: a finite sum (Abramowitz and Stegun 26.7)."""
    angle, odd = math.atan(t / math.sqrt(freedom)), freedom % 2
    square = math.cos(angle) ** 2
    term = math.cos(angle) if odd else 1.0
    total = term if freedom > 1 else 0.0
    for j in range(1, (freedom - 2 - odd) // 2 + 1):
        term *= square * (2 * j / (2 * j + 1) if odd else (2 * j - 1) / (2 * j))
        total += term
    inside = math.sin(angle) * total
    return 0.5 + ((angle + inside) / math.pi if odd else inside / 2)
