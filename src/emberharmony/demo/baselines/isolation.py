"""Isolation Forest (Liu et al. 2008), that of scikit-learn."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, ClassVar

from emberharmony import ops
from emberharmony.backend.host import contiguous
from emberharmony.backend.registry import use_backend
from emberharmony.demo.baselines.series import Series, checked, filled, sample
from emberharmony.errors import ArgumentError, MissingPackageError

__all__ = ["IsolationForest"]

AT_ONCE = 20_000  # rows, whose depths in all trees lie in memory


@dataclass(frozen=True)
class IsolationForest:
    """How few random cuts part a row from the others, over filled readings and context.

    Theirs, not ours: it is what people use, its trees are walked in compiled code, and a forest of our own would prove
    nothing about the detector that is compared with it. scikit-learn is imported by `fit`; where it is not installed,
    that is a `MissingPackageError`, and nothing else runs in its place.

    >>> x = ops.to_numpy(ops.random.normal(ops.random.key(0), (300, 2), "float32"))
    >>> fitted = IsolationForest(trees=20).fit([Series(x, x[:, 0] * 0 + 10, x[:, :0])])
    >>> scores = fitted.rows(fitted.sensors(Series(x[:2] * 0 + [[0], [9]], x[:2, 0] * 0 + 10, x[:2, :0])))
    >>> bool(scores[1] > scores[0])
    True
    """

    trees: int = 100
    subsample: int = 256  # rows of each tree
    rows: int = 100_000  # at most, from which those are drawn
    seed: int = 0

    name: ClassVar[str] = "Isolation Forest"

    def __post_init__(self) -> None:
        if self.trees < 1 or self.subsample < 2 or self.rows < 1:
            raise ArgumentError(f"got {self!r}", expected="trees and rows from 1 on, and a subsample of 2 rows or more")

    def fit(self, series: list[Series]) -> FittedIsolationForest:
        """Grow the trees."""
        try:
            ensemble: Any = importlib.import_module("sklearn.ensemble")
        except ModuleNotFoundError as error:
            raise MissingPackageError(
                "the Isolation Forest needs scikit-learn, which is not installed", mend="pip install scikit-learn"
            ) from error
        values, context = sample(checked(self.name, series), self.rows)
        forest = ensemble.IsolationForest(
            n_estimators=self.trees, max_samples=min(self.subsample, values.shape[0]), random_state=self.seed
        )
        return FittedIsolationForest(forest.fit(_rows(values, context)))


@dataclass(frozen=True, eq=False)
class FittedIsolationForest:
    """A forest of scikit-learn."""

    forest: Any

    def sensors(self, one: Series) -> Any:
        """The score of the row, for each feature the same: a forest cannot tell which it is (T, F)."""
        x = _rows(filled(one.values), one.context)
        parts = [self.forest.score_samples(x[at : at + AT_ONCE]) for at in range(0, x.shape[0], AT_ONCE)]
        with use_backend("numpy"):
            scores = -ops.concat(parts) if parts else ops.zeros(0, dtype="float64")
            return ops.broadcast_to(scores[:, None], one.values.shape)

    def rows(self, sensors: Any) -> Any:
        """2^-(mean depth / expected depth), from 0 to 1: (T,)."""
        return sensors[:, 0]


def _rows(values: Any, context: Any) -> Any:
    return contiguous(ops.concat([values, context], axis=1), "float32")
