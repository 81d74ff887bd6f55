"""Metrics that count classes.

A prediction is a class itself, an integer; scores with one more axis than the target, of which the largest names the
class; or numbers of the target's shape, which mean the class 1 above `threshold` (0.0 for logits).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.training.metrics.metric import check_binary, columns, labels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["Accuracy", "FBeta"]

Counts = tuple[float, float, float]  # weight of: right, predicted, there


@dataclass(frozen=True)
class Accuracy:
    """The part of the predictions that name the right class; nan before anything was seen.

    >>> Accuracy().update(ops.asarray([0, 1, 2]), ops.asarray([0, 1, 1])).value
    0.6666666666666666
    """

    larger_is_better: ClassVar[bool] = True
    threshold: float = 0.5
    right: float = 0.0
    weight: float = 0.0

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        named = labels("Accuracy", target, prediction, self.threshold)
        y, p, w = columns("Accuracy", target, named, mask, weight)
        right = ops.sum(w * ops.astype(y == p, w.dtype))
        return self.merge(replace(self, right=float(right), weight=float(ops.sum(w))))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        return replace(self, right=self.right + other.right, weight=self.weight + other.weight)

    @property
    def value(self) -> float:
        """The part, from 0 to 1."""
        return self.right / self.weight if self.weight else math.nan


@dataclass(frozen=True)
class FBeta:
    """`(1 + beta^2) precision recall / (beta^2 precision + recall)`, in which recall counts `beta` times.

    Of the class 1 where `average` is "binary"; the mean over all classes that were predicted or there with "macro";
    over the sums of all classes with "micro". As in scikit-learn, a class that was neither has 0; nan before
    anything was seen.

    >>> FBeta().update(ops.asarray([0, 1, 1, 1]), ops.asarray([1, 1, 1, 0])).value
    0.6666666666666666
    """

    larger_is_better: ClassVar[bool] = True
    beta: float = 1.0
    average: Literal["binary", "macro", "micro"] = "binary"
    threshold: float = 0.5
    counts: tuple[tuple[int, Counts], ...] = ()  # by class, in order

    def __post_init__(self) -> None:
        if not self.beta > 0:
            raise ArgumentError(f"FBeta got beta={self.beta!r}", expected="a number above 0")
        if self.average not in ("binary", "macro", "micro"):
            raise ArgumentError(f"FBeta got average={self.average!r}", expected='"binary", "macro" or "micro"')

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        named = labels("FBeta", target, prediction, self.threshold)
        y, p, w = columns("FBeta", target, named, mask, weight)
        if self.average == "binary":
            check_binary("FBeta", y)
            check_binary("FBeta", p)
        found: list[tuple[int, Counts]] = []
        for label in ops.tolist(ops.unique_values(ops.concat([y, p]))):
            there, predicted = y == label, p == label
            right, named_so, all_there = (
                float(ops.sum(w * ops.astype(hit, w.dtype))) for hit in (there & predicted, predicted, there)
            )
            found.append((int(label), (right, named_so, all_there)))
        return self.merge(replace(self, counts=(*found,)))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        sums = dict(self.counts)
        for label, (right, predicted, there) in other.counts:
            before = sums.get(label, (0.0, 0.0, 0.0))
            sums[label] = (before[0] + right, before[1] + predicted, before[2] + there)
        return replace(self, counts=(*sorted(sums.items()),))

    @property
    def value(self) -> float:
        """The score, from 0 to 1."""
        counts = dict(self.counts)
        if not counts:
            return math.nan
        if self.average == "binary":
            return self._score(*counts.get(1, (0.0, 0.0, 0.0)))
        if self.average == "macro":
            return math.fsum(self._score(*sums) for sums in counts.values()) / len(counts)
        right, predicted, there = (math.fsum(column) for column in zip(*counts.values(), strict=True))
        return self._score(right, predicted, there)

    def _score(self, right: float, predicted: float, there: float) -> float:
        squared = self.beta * self.beta
        below = squared * there + predicted
        return (1.0 + squared) * right / below if below else 0.0
