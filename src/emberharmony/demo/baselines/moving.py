"""The moving z-score: how far a reading lies from those of the last half hour, in units of their spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.baselines.series import Series, checked, held
from emberharmony.errors import ArgumentError

__all__ = ["MovingZScore"]

STEPS = 1 << 14  # of one unit: sums of whole numbers have no rounding, so what was constant has no spread at all
LARGEST = 64.0  # units, in what later readings are compared with: 8 million squares of that, summed, fit 63 bits


@dataclass(frozen=True)
class MovingZScore:
    """`|x - mean| / std` of the readings of the last `seconds`, the reading itself left out; the worst feature counts.

    What an analyst writes in an hour. A reading with fewer than `fewest` before it in that time says nothing, 0;
    between two readings the score of the last one stays. `least` is the smallest spread, in units of the values: after
    a constant stretch the next reading would be infinitely far off.

    >>> x = ops.random.normal(ops.random.key(0), (100, 1), "float32")
    >>> x = ops.to_numpy(ops.concat([x, x[:1] * 0 + 9]))
    >>> one = Series(x, x[:, 0] * 0 + 10, x[:, :0])
    >>> fitted = MovingZScore().fit([one])
    >>> scores = fitted.rows(fitted.sensors(one))
    >>> bool(scores[-1] > 5), scores[:2].tolist()
    (True, [0.0, 0.0])
    """

    seconds: float = 1800.0
    fewest: int = 10
    least: float = 1e-3

    name: ClassVar[str] = "moving z-score"

    def __post_init__(self) -> None:
        if not (0 < self.seconds < float("inf") and self.fewest >= 1 and 0 < self.least < float("inf")):
            raise ArgumentError(f"got {self!r}", expected="seconds and least above 0, and fewest from 1 on")

    def fit(self, series: list[Series]) -> MovingZScore:
        """Nothing is learnt: what is normal moves along."""
        checked(self.name, series)
        return self

    def sensors(self, one: Series) -> Any:
        """The distance of each feature's last reading: (T, F)."""
        with use_backend("numpy"):
            times = ops.cumulative_sum(ops.astype(one.spans, "float64"))
            columns: list[Any] = []
            for f in range(one.values.shape[1]):
                seen = ~ops.isnan(one.values[:, f])
                z = self._distances(times[seen], ops.astype(one.values[seen, f], "float64"))
                columns.append(held(seen, z))
            return ops.stack(columns, axis=1)

    def rows(self, sensors: Any) -> Any:
        """The largest of the features: (T,)."""
        return ops.max(sensors, axis=1)

    def _distances(self, times: Any, x: Any) -> Any:
        """Of n readings (n,) in order of time."""
        q = ops.astype(ops.round(ops.clip(x, -LARGEST, LARGEST) * STEPS), "int64")
        here = ops.arange(x.shape[0], dtype="int64")
        first = ops.searchsorted(times, times - self.seconds, side="left")
        count = here - first
        sums, squares = (_until(y) for y in (q, q * q))
        n = ops.astype(ops.maximum(count, 1), "float64")
        mean, square = (ops.astype(y[here] - y[first], "float64") / n for y in (sums, squares))
        spread = ops.sqrt(ops.maximum(square - mean * mean, 0.0)) / STEPS
        z = ops.abs(x - mean / STEPS) / ops.maximum(spread, self.least)
        return ops.where(count >= self.fewest, z, 0.0)


def _until(q: Any) -> Any:
    """Sums of what lies before each place, and of all; a difference of two is right even where these wrapped."""
    return ops.cumulative_sum(q, include_initial=True)
