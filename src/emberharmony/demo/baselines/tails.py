"""How rare a reading is on either side of what was seen: minus the logarithm of both empirical tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend

__all__ = ["Tails"]

EPS = 2.0**-52


@dataclass(frozen=True, eq=False)
class Tails:
    """Of each column the sorted rows it was learnt from, and the sign of its skewness.

    With n rows, `left = -log(#{rows <= x} / n)` and `right = -log(#{rows >= x} / n)`. A reading beyond all of them
    counts as rare as the rarest, 1 / n: nothing was seen that could tell more.
    """

    columns: list[Any]  # F of (n,)
    skews: list[float]  # -1, 0 or 1

    @staticmethod
    def of(x: Any) -> Tails:
        """Learn from rows (n, F)."""
        with use_backend("numpy"):
            columns = [ops.sort(x[:, f]) for f in range(x.shape[1])]
            return Tails(columns, [_skew(column) for column in columns])

    def __call__(self, x: Any) -> list[tuple[Any, Any, Any]]:
        """For each column of x (T, F) left, right, and `skewed`: the side of the longer tail, both where none is."""
        with use_backend("numpy"):
            found: list[tuple[Any, Any, Any]] = []
            for f, (column, skew) in enumerate(zip(self.columns, self.skews, strict=True)):
                n = column.shape[0]
                below = ops.searchsorted(column, x[:, f], side="right")
                above = n - ops.searchsorted(column, x[:, f], side="left")
                left, right = (-ops.log(ops.astype(ops.maximum(k, 1), "float64") / n) for k in (below, above))
                found.append((left, right, left if skew < 0 else right if skew > 0 else left + right))
            return found


def _skew(column: Any) -> float:
    if float(column[0]) == float(column[-1]):
        return 0.0  # a mean that is rounded would make a sign of nothing
    x = ops.astype(column, "float64")
    cubes = (x - ops.mean(x)) ** 3
    total, size = float(ops.sum(cubes)), float(ops.sum(ops.abs(cubes)))
    # a sum of n terms is right to n eps of their sizes: below that a symmetric column would have the sign of rounding
    return 0.0 if abs(total) <= len(x) * EPS * size else float((total > 0) - (total < 0))
