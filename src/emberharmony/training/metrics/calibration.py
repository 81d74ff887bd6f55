"""Whether probabilities mean what they say."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.training.metrics.metric import check_binary, columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["Calibration"]


@dataclass(frozen=True)
class Calibration:
    """The expected calibration error, in `bins` of equal width, and the Brier score, of probabilities of the class 1.

    The error is `sum |mean probability - share of positives|` over the bins, weighted by what is in them: 0 where 30 %
    mean that it happens in three of ten cases. A probability on an edge is in the bin below it, as in scikit-learn.
    nan before anything was seen.

    >>> seen = Calibration(bins=2).update(ops.asarray([0, 1, 1, 1]), ops.asarray([0.25, 0.25, 0.75, 0.75]))
    >>> seen.value, seen.brier
    (0.25, 0.1875)
    """

    larger_is_better: ClassVar[bool] = False
    bins: int = 10
    sums: tuple[tuple[float, float, float], ...] = ()  # for each bin: weight, of probabilities, of positives
    squares: float = 0.0

    def __post_init__(self) -> None:
        if self.bins < 1:
            raise ArgumentError(f"Calibration got bins={self.bins!r}", expected="at least one")

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        y, p, w = columns("Calibration", target, prediction, mask, weight)
        check_binary("Calibration", y)
        outside = ops.mask_select(p, (p < 0) | (p > 1))
        if math.prod(outside.shape):
            raise ArgumentError(
                f"Calibration got a probability of {float(outside[0])}",
                expected="numbers from 0 to 1",
                mend="ops.sigmoid(logits)",
            )
        edges = ops.made_like(p, "linspace", 0.0, 1.0, self.bins + 1, dtype="float64")[1:-1]
        place = ops.searchsorted(edges, p)
        found: list[tuple[float, float, float]] = []
        for i in range(self.bins):
            inside = w * (place == i)
            found.append((float(ops.sum(inside)), float(ops.sum(inside * p)), float(ops.sum(inside * y))))
        return self.merge(replace(self, sums=(*found,), squares=float(ops.sum(w * (y - p) ** 2))))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen, in the same bins."""
        if self.bins != other.bins:
            raise ArgumentError(f"Calibration in {self.bins} and in {other.bins} bins", expected="the same bins")
        if not self.sums or not other.sums:
            return other if not self.sums else self
        sums = [(a + x, b + y, c + z) for (a, b, c), (x, y, z) in zip(self.sums, other.sums, strict=True)]
        return replace(self, sums=(*sums,), squares=self.squares + other.squares)

    @property
    def value(self) -> float:
        """The expected calibration error, from 0 to 1."""
        total = math.fsum(weight for weight, _, _ in self.sums)
        return math.fsum(abs(p - y) for _, p, y in self.sums) / total if total else math.nan

    @property
    def brier(self) -> float:
        """The mean of `(probability - target)^2`."""
        total = math.fsum(weight for weight, _, _ in self.sums)
        return self.squares / total if total else math.nan
