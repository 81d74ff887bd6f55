"""Scores of a detector as numbers between 0 and 1, as PyOD makes them of the scores of the training data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.ops.like import one_of

__all__ = ["METHODS", "Spread"]

METHODS = ("linear", "unify")


@dataclass(frozen=True)
class Spread:
    """Where the scores of the training data lie.

    >>> spread = Spread.of([ops.asarray([0.0, 1.0, 2.0], dtype="float64")])
    >>> spread.probabilities(ops.asarray([1.0, 3.0], dtype="float64"), "linear").tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """

    low: float
    high: float
    mean: float
    deviation: float

    @staticmethod
    def of(scores: list[Any]) -> Spread:
        """Of the scores (T_i,) of each series."""
        count = sum(len(one) for one in scores)
        mean = sum(float(ops.sum(one)) for one in scores) / count
        square = sum(float(ops.sum(ops.square(one - mean))) for one in scores) / count
        lows, highs = ([float(extreme(one)) for one in scores] for extreme in (ops.min, ops.max))
        return Spread(min(lows), max(highs), mean, math.sqrt(square))

    def probabilities(self, scores: Any, method: str) -> Any:
        """Of being normal and of being an anomaly, (T, 2), for scores (T,).

        "linear" is the place between the lowest and the highest score of training; "unify" the share of a bell of their
        mean and deviation that lies as near to the mean, 0 below it (Kriegel et al. 2011). Neither is a frequency.
        """
        one_of("predict_proba", "method", method, METHODS)
        with use_backend("numpy"):
            if method == "linear":
                found = (scores - self.low) / (self.high - self.low or 1.0)
            else:
                found = ops.erf((scores - self.mean) / ((self.deviation or 1.0) * math.sqrt(2.0)))
            anomalous = ops.clip(found, 0.0, 1.0)
            return ops.stack([1.0 - anomalous, anomalous], axis=1)
