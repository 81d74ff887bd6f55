"""How far numbers are from what they should be. All numbers of an array are of one kind: columns are not told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from emberharmony import ops
from emberharmony.training.metrics.metric import columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["MAE", "R2", "RMSE"]


@dataclass(frozen=True)
class MAE:
    """The mean of `|target - prediction|`; nan before anything was seen.

    >>> MAE().update(ops.asarray([1.0, 2.0]), ops.asarray([1.0, 5.0])).value
    1.5
    """

    larger_is_better: ClassVar[bool] = False
    total: float = 0.0
    weight: float = 0.0

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        y, p, w = columns("MAE", target, prediction, mask, weight)
        return self.merge(replace(self, total=_sum(w * ops.abs(y - p)), weight=_sum(w)))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        return replace(self, total=self.total + other.total, weight=self.weight + other.weight)

    @property
    def value(self) -> float:
        """The mean."""
        return self.total / self.weight if self.weight else math.nan


@dataclass(frozen=True)
class RMSE:
    """The root of the mean of `(target - prediction)^2`; nan before anything was seen.

    >>> RMSE().update(ops.asarray([1.0, 2.0]), ops.asarray([1.0, 4.0]), weight=ops.asarray([3.0, 1.0])).value
    1.0
    """

    larger_is_better: ClassVar[bool] = False
    total: float = 0.0
    weight: float = 0.0

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        y, p, w = columns("RMSE", target, prediction, mask, weight)
        return self.merge(replace(self, total=_sum(w * (y - p) ** 2), weight=_sum(w)))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        return replace(self, total=self.total + other.total, weight=self.weight + other.weight)

    @property
    def value(self) -> float:
        """The root of the mean."""
        return math.sqrt(self.total / self.weight) if self.weight else math.nan


@dataclass(frozen=True)
class R2:
    """`1 - sum (target - prediction)^2 / sum (target - mean)^2`: the part of the variance that is explained.

    As in scikit-learn: nan for fewer than two numbers; of targets that are all the same, 1 where they are met and 0
    elsewhere. Moments are taken about the mean of the first targets seen, so that a large mean costs no digits.

    >>> R2().update(ops.asarray([1.0, 2.0, 3.0]), ops.asarray([1.0, 2.0, 4.0])).value
    0.5
    """

    larger_is_better: ClassVar[bool] = True
    count: int = 0
    weight: float = 0.0
    pivot: float = 0.0
    first: float = 0.0  # sum of weight (target - pivot)
    second: float = 0.0  # sum of weight (target - pivot)^2
    residual: float = 0.0

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        y, p, w = columns("R2", target, prediction, mask, weight)
        total = _sum(w)
        pivot = self.pivot if self.weight else _sum(w * y) / total if total else 0.0
        d = y - pivot
        count = math.prod(y.shape)
        seen = replace(
            self,
            count=count,
            weight=total,
            pivot=pivot,
            first=_sum(w * d),
            second=_sum(w * d * d),
            residual=_sum(w * (y - p) ** 2),
        )
        return self.merge(seen)

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        if not self.weight or not other.weight:
            kept = self if self.weight else other
            return replace(kept, count=self.count + other.count)
        shift = other.pivot - self.pivot
        return replace(
            self,
            count=self.count + other.count,
            weight=self.weight + other.weight,
            first=self.first + other.first + other.weight * shift,
            second=self.second + other.second + shift * (2.0 * other.first + other.weight * shift),
            residual=self.residual + other.residual,
        )

    @property
    def value(self) -> float:
        """The share; it has no lower end."""
        if self.count < 2 or not self.weight:
            return math.nan
        spread = self.second - self.first * self.first / self.weight
        if spread <= 0.0:
            return 1.0 if self.residual == 0.0 else 0.0
        return 1.0 - self.residual / spread


def _sum(x: Any) -> float:
    return float(ops.sum(x))
