"""What single readings cost a model, averaged over a span of time that ends at each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emberharmony.backend.host import empty
from emberharmony.backend.registry import use_backend
from emberharmony.models.running import STEPS, Span, blocks, over, series_of, until, whole

__all__ = ["Means"]


@dataclass(frozen=True)
class Means:
    """The mean over `span` of numbers that are clipped and cut to 1/65536.

    >>> t = ops.arange(4, dtype="float64")
    >>> Means(2.0).of(t, ops.asarray([1.0, 3.0, 5.0, 5.0], dtype="float64")).tolist()
    [1.0, 2.0, 4.0, 5.0]
    """

    span: float
    clip: float = 64.0

    def of(self, times: Any, values: Any) -> Any:
        """The mean at each of n readings (n,), in order of time: float64 of NumPy."""
        t, x = series_of(times, values)
        with use_backend("numpy"):
            totals, found = [until(whole(x, self.clip))], empty((len(t),), "float64")
            for start, stop in blocks(len(t)):
                count, total = over(t, totals, self.span, start, stop)
                found[start:stop] = total / (count * STEPS)
            return found

    def follower(self) -> Callable[[float, float], float]:
        """For a series that goes on: time and value of one more reading give what `of` has there."""
        span = Span(self.span)

        def follow(time: float, value: float) -> float:
            span.leave(time)
            span.add(time, round(min(max(value, -self.clip), self.clip) * STEPS), 0)
            return span.sum / (span.count * STEPS)

        return follow
