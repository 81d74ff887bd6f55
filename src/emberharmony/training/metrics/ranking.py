"""How well scores order two classes. They look at every pair of scores, so each score that was seen is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from emberharmony import ops
from emberharmony.training.metrics.metric import check_binary, columns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["AUC", "AveragePrecision"]


@dataclass(frozen=True, eq=False)
class AUC:
    """The area under the ROC curve: how often a positive has the larger score than a negative; a tie counts half.

    Keeps 24 bytes for each score. nan while one of the classes is missing, as in scikit-learn.

    >>> AUC().update(ops.asarray([0, 0, 1, 1]), ops.asarray([0.1, 0.4, 0.35, 0.8])).value
    0.75
    """

    larger_is_better: ClassVar[bool] = True
    seen: tuple[tuple[Any, Any, Any], ...] = ()  # vectors of targets, scores and weights

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        return replace(self, seen=(*self.seen, _seen("AUC", target, prediction, mask, weight)))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        return replace(self, seen=self.seen + other.seen)

    @property
    def value(self) -> float:
        """The share of pairs, from 0 to 1."""
        if not self.seen:
            return math.nan
        positives, negatives = _by_score(self.seen)
        pairs = float(ops.sum(positives)) * float(ops.sum(negatives))
        if not pairs:
            return math.nan
        above = ops.cumulative_sum(positives) - 0.5 * positives  # of each score, with half of its ties
        return float(ops.sum(negatives * above)) / pairs


@dataclass(frozen=True, eq=False)
class AveragePrecision:
    """The mean of the precision at each score, weighted by the recall that it adds; no straight lines in between.

    Keeps 24 bytes for each score. Without a positive it is 0, as in scikit-learn; nan before anything was seen.

    >>> round(AveragePrecision().update(ops.asarray([0, 0, 1, 1]), ops.asarray([0.1, 0.4, 0.35, 0.8])).value, 4)
    0.8333
    """

    larger_is_better: ClassVar[bool] = True
    seen: tuple[tuple[Any, Any, Any], ...] = ()  # vectors of targets, scores and weights

    def update(
        self, target: AnyArray, prediction: AnyArray, *, mask: AnyArray | None = None, weight: AnyArray | None = None
    ) -> Self:
        """With these seen, too."""
        return replace(self, seen=(*self.seen, _seen("AveragePrecision", target, prediction, mask, weight)))

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        return replace(self, seen=self.seen + other.seen)

    @property
    def value(self) -> float:
        """The mean, from 0 to 1."""
        if not self.seen:
            return math.nan
        positives, negatives = _by_score(self.seen)
        total = float(ops.sum(positives))
        if not total:
            return 0.0 if math.prod(negatives.shape) else math.nan
        found = ops.cumulative_sum(positives)
        named = found + ops.cumulative_sum(negatives)
        return float(ops.sum(positives * (found / ops.where(named > 0, named, 1.0)))) / total


def _seen(metric: str, target: Any, prediction: Any, mask: Any, weight: Any) -> tuple[Any, Any, Any]:
    y, p, w = columns(metric, target, prediction, mask, weight)
    check_binary(metric, y)
    return y, p, w


def _by_score(seen: tuple[tuple[Any, Any, Any], ...]) -> tuple[Any, Any]:
    """The weight of positives and of negatives at each score that there is, from the largest score down."""
    y, p, w = (ops.concat([*parts]) for parts in zip(*seen, strict=True))
    if not math.prod(p.shape):
        return y, y
    order = ops.argsort(-p, stable=True)
    p, y, w = p[order], y[order], w[order]
    last = ops.nonzero(ops.not_equal(p[1:], p[:-1]))[0]  # the last place of each score but the lowest
    ends = [*ops.tolist(last), math.prod(p.shape) - 1]
    return tuple(ops.diff(ops.cumulative_sum(x)[ends], prepend=0.0) for x in (y * w, (1.0 - y) * w))
