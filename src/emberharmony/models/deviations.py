"""What the errors of a prediction look like over windows of time: how far off, how wide, how rough.

One error says little: a sensor that is off by its own noise is not told from noise by a single reading, and by a
hundred readings with certainty. Over each span that ends at a reading, with n errors y in units of their usual size,

    mean        sum(y) / sqrt(n)                                  an offset of a grows as a sqrt(n)
    spread      (sqrt(sum(y^2) / n) - 1) sqrt(2 n)                noise, oscillation, a needle that sticks
    roughness   (sqrt(sum((y - y before)^2) / (2 m)) - 1) sqrt(m) what changes too fast, or not at all

The m = n - 1 changes are those inside of the span: what went before it has no part in it, and a single reading has no
roughness. Each is about a standard normal number while nothing is wrong. Errors are clipped, and their own mean over a
much longer span is taken out first: a sensor that has drifted for days is not broken today.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.host import empty
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError
from emberharmony.models.running import STEPS, Span, blocks, over, series_of, until, whole

__all__ = ["Deviations", "Tracker"]


@dataclass(frozen=True)
class Deviations:
    """Deviations of a series of errors over `spans` of its time, against their mean over the span `baseline`.

    >>> deviations = Deviations(spans=(10.0,), baseline=None)
    >>> deviations.names
    ['mean over 10', 'spread over 10', 'roughness over 10']
    >>> t = ops.arange(4, dtype="float64")
    >>> deviations.of(t, ops.asarray([1.0, 1.0, 1.0, 1.0], dtype="float64"))[:, 0].tolist()
    [1.0, 1.414213562373095, 1.7320508075688774, 2.0]
    """

    spans: tuple[float, ...] = (300.0, 1200.0, 3600.0)
    baseline: float | None = 21_600.0
    clip: float = 8.0

    def __post_init__(self) -> None:
        sizes = (*self.spans, self.clip, *([] if self.baseline is None else [self.baseline]))
        if not self.spans or not all(0 < size < math.inf for size in sizes) or self.clip > STEPS:
            raise ArgumentError(
                f"got {self!r}", expected=f"spans, baseline and clip above 0 and finite, and a clip up to {STEPS}"
            )
        if self.baseline is not None and self.baseline <= max(self.spans):
            raise ArgumentError(
                f"got baseline={self.baseline} and a span of {max(self.spans)}",
                expected="a baseline longer than the spans: it would take out what they look for",
            )

    @property
    def names(self) -> list[str]:
        """What each column of `of` is."""
        return [f"{what} over {span:g}" for span in self.spans for what in ("mean", "spread", "roughness")]

    def of(self, times: Any, errors: Any) -> Any:
        """The deviations at each of n readings (n,), in order of time: (n, 3 spans), float64 of NumPy."""
        t, x = series_of(times, errors)
        with use_backend("numpy"):
            q = whole(x, self.clip)
            if self.baseline is not None:
                q = q - _usual(t, q, self.baseline)
            change = ops.concat([ops.zeros(min(1, len(t)), dtype="int64"), q[1:] - q[:-1]])
            sums, squares, changes = (until(y) for y in (q, q * q, change * change))
            rows = empty((len(t), len(self.names)), "float64")
            for i, span in enumerate(self.spans):
                for start, stop in blocks(len(t)):
                    parts = over(t, [sums, squares], span, start, stop, changes)
                    rows[start:stop, 3 * i : 3 * i + 3] = ops.stack(_deviations(parts, ops.sqrt), axis=1)
            return rows

    def tracker(self) -> Tracker:
        """For one reading after the other."""
        return Tracker(self)


class Tracker:
    """The deviations of one series that goes on: `next(time, error)` gives what `Deviations.of` has in that row.

    >>> tracker = Deviations(spans=(10.0,), baseline=None).tracker()
    >>> [round(tracker.next(float(i), 1.0)[0], 3) for i in range(3)]
    [1.0, 1.414, 1.732]
    """

    def __init__(self, deviations: Deviations) -> None:
        self._deviations = deviations
        self._spans = [Span(span) for span in deviations.spans]
        self._base = None if deviations.baseline is None else Span(deviations.baseline)
        self._time = -math.inf
        self._last: int | None = None

    def next(self, time: float, error: float) -> list[float]:
        """The deviations at one more reading, which is later than all before it or as late as the last."""
        if not (math.isfinite(time) and math.isfinite(error)) or time < self._time:
            raise ArgumentError(
                f"a reading of {error} at {time}, after one at {self._time}", expected="finite, and in order of time"
            )
        clip = self._deviations.clip
        raw = q = round(min(max(error, -clip), clip) * STEPS)
        if self._base is not None:
            self._base.leave(time)
            q -= self._base.sum // self._base.count if self._base.count else 0
            self._base.add(time, raw, 0)
        change = 0 if self._last is None else q - self._last
        self._time, self._last = time, q
        found: list[float] = []
        for span in self._spans:
            span.leave(time)
            span.add(time, q, change)
            found += _deviations([float(y) for y in (span.count, span.sum, span.squares, span.changes)], math.sqrt)
        return found


def _deviations(parts: list[Any], root: Any) -> list[Any]:
    """Mean, spread and roughness from a count and three sums, by operations that every machine rounds alike."""
    n, total, squares, changes = parts
    mean = total / (root(n) * STEPS)
    spread = (root(squares / n) / STEPS - 1.0) * root(2.0 * n)
    inside = n - 1.0
    roughness = (root(changes / (2.0 * inside + (inside == 0.0))) / STEPS - 1.0) * root(inside)  # 0 of one reading
    return [mean, spread, roughness]


def _usual(t: Any, q: Any, baseline: float) -> Any:
    """The mean of what came before each reading, no longer ago than the baseline."""
    first = ops.searchsorted(t, t - baseline, side="right")
    before = ops.arange(len(t), dtype="int64") - first
    total = until(q)
    return ops.where(before > 0, (total[:-1] - total[first]) // ops.maximum(before, 1), 0)
