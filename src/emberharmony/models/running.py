"""Sums over a span of time that ends at a reading, of whole numbers: the same bits however a series is cut."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from emberharmony import ops
from emberharmony.backend.host import contiguous
from emberharmony.errors import ArgumentError, ShapeError

__all__ = ["STEPS", "Span", "blocks", "over", "series_of", "until", "whole"]

STEPS = 1 << 16  # of one unit
BLOCK = 1 << 16  # readings


def whole(x: Any, clip: float) -> Any:
    """Numbers as whole ones, in steps of 1/65536."""
    return ops.astype(ops.round(ops.clip(x, -clip, clip) * STEPS), "int64")


def until(q: Any) -> Any:
    """Sums of what lies before each place, and of all."""
    return ops.cumulative_sum(q, include_initial=True)


def over(t: Any, totals: list[Any], span: float, start: int, stop: int, between: Any = None) -> list[Any]:
    """How many readings the span that ends at each reading has, and their sums, from sums `until` each place.

    `between` are such sums of what lies between a reading and the one before it; of that counts what is inside.
    """
    here = ops.arange(start + 1, stop + 1, dtype="int64")
    first = ops.searchsorted(t, t[start:stop] - span, side="right")
    parts = [here - first, *(total[here] - total[first] for total in totals)]
    if between is not None:
        parts.append(between[here] - between[first + 1])
    return [ops.astype(y, "float64") for y in parts]


def blocks(count: int) -> Iterator[tuple[int, int]]:
    """Where to cut what is too long to be held more than once."""
    return ((start, min(start + BLOCK, count)) for start in range(0, count, BLOCK))


def series_of(times: Any, errors: Any) -> tuple[Any, Any]:
    """Times in order and finite numbers beside them, in NumPy."""
    shapes = [tuple(getattr(x, "shape", ())) for x in (times, errors)]
    if len(shapes[0]) != 1 or shapes[0] != shapes[1]:
        raise ShapeError(f"got times of shape {shapes[0]} and errors of shape {shapes[1]}", expected="(n,) for both")
    t, x = (contiguous(ops.to_numpy(a), "float64") for a in (times, errors))
    if not bool(ops.all(ops.isfinite(x))) or not bool(ops.all(ops.isfinite(t))):
        raise ArgumentError("times or errors have nan or inf", expected="readings alone", mend="x[isfinite(x)]")
    if bool(ops.any(t[1:] < t[:-1])):
        raise ArgumentError("times go back", expected="times in order", mend="sort by time first")
    return t, x


class Span:
    """Sums over what is not older than `width`."""

    def __init__(self, width: float) -> None:
        self._width = width
        self._inside = deque[tuple[float, int, int]]()
        self.sum = self.squares = self.changes = 0

    @property
    def count(self) -> int:
        """How many readings are inside."""
        return len(self._inside)

    def add(self, time: float, q: int, change: int) -> None:
        """Take in the latest."""
        self._put(q, change if self._inside else 0, 1)
        self._inside.append((time, q, change))

    def leave(self, time: float) -> None:
        """Let go of what is as old as the width, or older."""
        while self._inside and self._inside[0][0] <= time - self._width:
            _, q, _ = self._inside.popleft()
            self._put(q, self._inside[0][2] if self._inside else 0, -1)

    def _put(self, q: int, change: int, sign: int) -> None:
        self.sum += sign * q
        self.squares += sign * q * q
        self.changes += sign * change * change
