"""COPOD: copula-based outlier detection (Li et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emberharmony import ops
from emberharmony.demo.baselines.series import Series, checked, filled, sample
from emberharmony.demo.baselines.tails import Tails
from emberharmony.errors import ArgumentError

__all__ = ["COPOD"]


@dataclass(frozen=True)
class COPOD:
    """Adds up over the features the mean of both tails, or the side of the longer tail where that is rarer.

    What stands in `ECOD` about PyOD, the context and the rows that count holds here, too.

    >>> x = ops.to_numpy(ops.random.normal(ops.random.key(0), (200, 2), "float32"))
    >>> fitted = COPOD().fit([Series(x, x[:, 0] * 0 + 10, x[:, :0])])
    >>> scores = fitted.rows(fitted.sensors(Series(x[:2] * 0 + [[0], [9]], x[:2, 0] * 0 + 10, x[:2, :0])))
    >>> bool(scores[1] > scores[0])
    True
    """

    rows: int = 100_000  # at most, to learn from

    name: ClassVar[str] = "COPOD"

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise ArgumentError(f"got {self!r}", expected="rows from 1 on")

    def fit(self, series: list[Series]) -> FittedCOPOD:
        """Learn the tails of each feature."""
        return FittedCOPOD(Tails.of(sample(checked(self.name, series), self.rows)[0]))


@dataclass(frozen=True, eq=False)
class FittedCOPOD:
    """The tails of each feature of healthy rows."""

    tails: Tails

    def sensors(self, one: Series) -> Any:
        """How rare each reading is: (T, F)."""
        sides = self.tails(filled(one.values))
        return ops.stack([ops.maximum((left + right) / 2, skewed) for left, right, skewed in sides], axis=1)

    def rows(self, sensors: Any) -> Any:
        """The sum over the features: (T,)."""
        return ops.sum(sensors, axis=1)
