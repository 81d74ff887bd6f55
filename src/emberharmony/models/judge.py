"""Who says how far one feature is from normal, by what the network said of its readings.

"mahalanobis"   mean, spread and roughness of the errors over windows, as far as normal ones lie about their centre
"nll"           how surprised the network was: its own Gaussian negative log likelihood, averaged over a window
"mse"           squared errors in units of the usual one, averaged over a window; the network's doubt is not asked
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.models.means import Means
from emberharmony.models.normal import Normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.deviations import Deviations

__all__ = ["SCORES", "Judge", "above", "signal"]

SCORES = ("mahalanobis", "nll", "mse")
LARGE, SMALL = 8.0, 1e-12  # of errors that count for their usual size, and of what is divided by


def signal(score: str, values: Any, mean: Any, spread: Any, trust: float = 1.0) -> Any:
    """What a judge is told of readings: an error, or how surprising it is; float64.

    `spread` is the logarithm of the variance that the network expects. An error for "mahalanobis" is divided by the
    `trust`-th power of the deviation that this is: 1 believes it, 0 leaves errors in units of the feature.
    """
    error = ops.astype(values - mean, "float64")
    if score == "mse":
        return error
    spread = ops.astype(spread, "float64")
    if score == "mahalanobis":
        return error * ops.exp(-0.5 * trust * spread)
    error = error * ops.exp(-0.5 * spread)
    return 0.5 * (math.log(2 * math.pi) + spread + ops.square(ops.clip(error, -LARGE, LARGE)))


def above(score: Any, limit: float) -> Any:
    """A score that may have any sign, such as a logarithm, moved to where 1 is its threshold."""
    return 1.0 + (score - limit)


@dataclass(frozen=True, eq=False)
class Judge:
    """One feature's scores: 1 where they reach its threshold.

    `size` is that of a usual error; `normal` is there for "mahalanobis" alone.
    """

    score: str
    deviations: Deviations
    size: float
    normal: Normal | None
    limit: float

    @staticmethod
    def of(
        score: str,
        deviations: Deviations,
        held: list[tuple[Any, Any, int]],
        limit: Callable[[Any], float],
        kept: float = 1.0,
    ) -> Judge:
        """Learn from series: the times of a feature's readings, their signals, and from which one on they are held out.

        Of what is held out, a share `kept` is normal; see `Normal.of`. Windows of the held-out readings reach back into
        what came before.
        """
        size = 1.0
        if score != "nll":
            late = ops.concat([signal[first:] for _, signal, first in held])
            size = max(float(ops.sqrt(ops.mean(ops.square(ops.clip(late, -LARGE, LARGE))))), SMALL)
        judge = Judge(score, deviations, size, None, 1.0)
        rows = ops.concat([judge._rows(times, signal)[first:] for times, signal, first in held])
        normal = Normal.of(rows, kept) if score == "mahalanobis" else None
        found = limit(rows if normal is None else normal.distance(rows))
        return Judge(score, deviations, size, normal, found if score == "nll" else max(found, SMALL))

    def scores(self, times: Any, signal: Any) -> Any:
        """The score at each reading, (n,)."""
        rows = self._rows(times, signal)
        return self._scaled(rows if self.normal is None else self.normal.distance(rows))

    def follower(self) -> Callable[[float, float], float]:
        """For a series that goes on: the score at one more reading, from its time and its signal."""
        if self.normal is None:
            following = self._means.follower()
            return lambda time, signal: self._scaled(following(time, self._own(signal)))
        normal, tracker = self.normal, self.deviations.tracker()

        def follow(time: float, signal: float) -> float:
            row = tracker.next(time, self._own(signal))
            return self._scaled(float(normal.distance(ops.asarray([row], dtype="float64"))[0]))

        return follow

    @property
    def _means(self) -> Means:
        return Means(min(self.deviations.spans))

    def _rows(self, times: Any, signal: Any) -> Any:
        own = self._own(signal)
        return self.deviations.of(times, own) if self.score == "mahalanobis" else self._means.of(times, own)

    def _own(self, signal: Any) -> Any:
        if self.score == "nll":
            return signal
        error = signal / self.size
        return error if self.score == "mahalanobis" else error * error

    def _scaled(self, found: Any) -> Any:
        return above(found, self.limit) if self.score == "nll" else found / self.limit
