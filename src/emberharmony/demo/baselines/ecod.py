"""ECOD: outliers by empirical cumulative distributions (Li et al. 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emberharmony import ops
from emberharmony.demo.baselines.series import Series, checked, filled, sample
from emberharmony.demo.baselines.tails import Tails
from emberharmony.errors import ArgumentError

__all__ = ["ECOD"]


@dataclass(frozen=True)
class ECOD:
    """Adds up over the features how rare a reading is on its rarer side.

    The skewness says which side counts; as in the authors' own PyOD each feature takes the largest of left, right and
    that. The context is no part of it: a rare mode of operation is no fault. There `decision_function` lets the rows
    that it judges count in the distributions; here only healthy rows do.

    >>> x = ops.to_numpy(ops.random.normal(ops.random.key(0), (200, 2), "float32"))
    >>> fitted = ECOD().fit([Series(x, x[:, 0] * 0 + 10, x[:, :0])])
    >>> scores = fitted.rows(fitted.sensors(Series(x[:2] * 0 + [[0], [9]], x[:2, 0] * 0 + 10, x[:2, :0])))
    >>> bool(scores[1] > 2 * scores[0])
    True
    """

    rows: int = 100_000  # at most, to learn from

    name: ClassVar[str] = "ECOD"

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise ArgumentError(f"got {self!r}", expected="rows from 1 on")

    def fit(self, series: list[Series]) -> FittedECOD:
        """Learn the tails of each feature."""
        return FittedECOD(Tails.of(sample(checked(self.name, series), self.rows)[0]))


@dataclass(frozen=True, eq=False)
class FittedECOD:
    """The tails of each feature of healthy rows."""

    tails: Tails

    def sensors(self, one: Series) -> Any:
        """How rare each reading is on its rarer side: (T, F)."""
        sides = self.tails(filled(one.values))
        return ops.stack([ops.maximum(ops.maximum(left, right), skewed) for left, right, skewed in sides], axis=1)

    def rows(self, sensors: Any) -> Any:
        """The sum over the features: (T,)."""
        return ops.sum(sensors, axis=1)
