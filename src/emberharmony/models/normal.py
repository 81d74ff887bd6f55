"""What normal is: a mean and a covariance of several numbers, and how far from them others lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.host import contiguous, empty
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError, ShapeError

__all__ = ["Normal"]

BLOCK = 1 << 16  # rows
SMALLEST = 1e-6  # of a unit: what never varied is as sure as this
CONCENTRATIONS = 5  # the first two move most
LEAST = 1e-9  # of the identity: two rows alone have a covariance without an inverse


@dataclass(frozen=True, eq=False)
class Normal:
    """`distance(x) = (x - mean)^T C^-1 (x - mean)`, squared Mahalanobis; C is shrunk (Ledoit and Wolf 2004).

    Shrinking mixes the covariance of the columns in their own units with the identity, by the share that the data
    themselves say is best: C is sound with fewer rows than columns, too. The distance of the next normal row is about
    the number of columns, whatever their units and correlations. All arrays are NumPy's, float64.

    >>> x = ops.random.normal(ops.random.key(0), (500, 2), "float64")
    >>> normal = Normal.of(x)
    >>> bool(normal.distance(ops.asarray([[0.0, 9.0]], dtype="float64"))[0] > 60)
    True
    """

    mean: Any  # (P,)
    unit: Any  # (P,)
    precision: Any  # (P, P), of columns in their units
    shrinkage: float

    @staticmethod
    def of(x: Any, kept: float = 1.0) -> Normal:
        """Learn from rows (N, P) that are normal; below 1, only a share `kept` of them is, and nobody knows which.

        Then the nearest share says what is normal, and thereby what is nearest, a few times: the concentration steps of
        a covariance of least determinant (Rousseeuw and Van Driessen 1999), from all rows on.
        """
        x = _rows(x, None)
        if not 0.5 <= kept <= 1:
            raise ArgumentError(f"Normal got kept={kept!r}", expected="a share from 0.5 to 1: normal is what most are")
        found = first = Normal._of_all(x)
        if kept == 1:
            return found
        count = max(2, math.ceil(kept * x.shape[0]))
        with use_backend("numpy"):
            for _ in range(CONCENTRATIONS):
                found = Normal._of_all(x[ops.argsort(found.distance(x))[:count]], first.unit)
            # the nearest spread less than all that are normal: their median distance is told by a chi-squared law
            p = x.shape[1]
            usual = p * (1 - 2 / (9 * p)) ** 3  # Wilson and Hilferty 1931
            size = float(ops.sort(found.distance(x))[x.shape[0] // 2]) / usual
        return Normal(found.mean, found.unit, found.precision / (size if size > 0 else 1.0), found.shrinkage)

    @staticmethod
    def _of_all(x: Any, usual: Any = None) -> Normal:
        n, p = x.shape
        if n < 2:
            raise ArgumentError(f"Normal got {n} rows", expected="at least two: one alone has no spread")
        with use_backend("numpy"):
            mean = ops.mean(x, axis=0)
            spread = ops.std(x, axis=0)
            usual = ops.maximum(ops.abs(mean), 1.0) * SMALLEST if usual is None else usual
            unit = ops.where(spread > 0, spread, usual)  # of a column that does not vary
            z = (x - mean) / unit
            covariance = z.T @ z / n
            shrinkage = _shrinkage(z, covariance)
            size = ops.sum(ops.linalg.diagonal(covariance)) / p
            shrunk = (1 - shrinkage) * covariance + shrinkage * size * ops.eye(p, dtype="float64")
            # a column that never varied has no covariance: it is told apart by its unit
            steady = ops.astype(spread == 0, "float64")
            return Normal(mean, unit, ops.linalg.inv(shrunk + steady * ops.eye(p, dtype="float64")), shrinkage)

    def distance(self, x: Any) -> Any:
        """The squared distance of each row (N, P): (N,)."""
        x = _rows(x, self.mean.shape[0])
        found = empty((x.shape[0],), "float64")
        for start in range(0, x.shape[0], BLOCK):
            found[start : start + BLOCK] = ops.sum(self.contributions(x[start : start + BLOCK]), axis=1)
        return found

    def contributions(self, x: Any) -> Any:
        """What each column adds to the distance (N, P); one that makes up for another may take away."""
        z = (_rows(x, self.mean.shape[0]) - self.mean) / self.unit
        return z * (z @ self.precision)


def _rows(x: Any, columns: int | None) -> Any:
    if getattr(x, "ndim", 0) != 2 or (columns is not None and x.shape[1] != columns):
        raise ShapeError(
            f"Normal got rows of shape {tuple(getattr(x, 'shape', ()))}",
            expected="(N, P)" if columns is None else f"(N, {columns}), the columns that it learnt from",
        )
    x = contiguous(ops.to_numpy(x), "float64")
    if not bool(ops.all(ops.isfinite(x))):
        raise ArgumentError("Normal got nan or inf", expected="finite numbers", mend="rows without them: x[finite]")
    return x


def _shrinkage(z: Any, covariance: Any) -> float:
    """The share of the identity that makes the expected squared error smallest; z is centred."""
    n, p = z.shape
    size = float(ops.sum(ops.linalg.diagonal(covariance))) / p
    squares = float(ops.sum(covariance * covariance))
    spread = (squares - p * size * size) / p
    noise = (float(ops.sum(ops.square(ops.sum(z * z, axis=1)))) / n - squares) / (p * n)
    return LEAST if noise <= 0 or spread <= 0 else min(max(noise / spread, LEAST), 1.0)
