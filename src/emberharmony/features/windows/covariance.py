"""The exact covariance of windows, in one pass over batches of any size, in any order.

Numbers are rounded to a grid: ``q = round((x - shift) scale)``, at most 2**41 in size, with a shift and a power of two
for each feature that a first pass over least and largest values gives. Everything after that are sums of integers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from emberharmony import _core, ops
from emberharmony.backend.host import empty
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointMismatchError
from emberharmony.features.windows.frames import Cut, frames
from emberharmony.features.windows.memory import filled, host

__all__ = ["Grid", "WindowCovariance", "gram_twin"]

BITS = 41  # of an integer, without its sign: two halves of 21 and 20, whose products floats sum up exactly
HALF = 2.0**21


class Grid:
    """The least and the largest value of each feature, and the grid that they make.

    >>> grid = Grid(1).scan(ops.asarray([[1.0], [5.0]]))
    >>> grid.low.tolist(), grid.high.tolist(), grid.shift.tolist()
    ([1.0], [5.0], [3.0])
    """

    def __init__(self, features: int) -> None:
        self.low, self.high = filled(features, math.inf), filled(features, -math.inf)

    @classmethod
    def of_ranges(cls, low: Any, high: Any) -> Grid:
        """The grid of values that are known to lie from `low` to `high`."""
        grid = cls(0)
        grid.low, grid.high = (host(ops.asarray(a, dtype="float64"), "float64").reshape(-1) for a in (low, high))
        pairs = list(zip(grid.low.tolist(), grid.high.tolist(), strict=False))
        unseen = (math.inf, -math.inf)  # a feature of which no finite number came
        wrong = [pair for pair in pairs if not (-math.inf < pair[0] <= pair[1] < math.inf or pair == unseen)]
        if len(grid.low) != len(grid.high) or wrong:
            raise ArgumentError(
                f"ranges of {len(grid.low)} least and {len(grid.high)} largest values, with {wrong} among them",
                expected="a least and a largest finite value for each feature",
            )
        return grid

    def scan(self, x: Any) -> Grid:
        """Widen the grid to hold the finite numbers of the rows `x`; returns itself."""
        _core.windows_ranges(host(x), self.low, self.high)
        return self

    def merge(self, other: Grid) -> None:
        """Widen the grid to hold another."""
        self.low, self.high = ops.minimum(self.low, other.low), ops.maximum(self.high, other.high)

    @property
    def shift(self) -> Any:
        """The middle of each feature; 0 where no finite number came."""
        ranges = zip(self.low.tolist(), self.high.tolist(), strict=True)
        middles = [low if low == high else low / 2 + high / 2 if low < high else 0.0 for low, high in ranges]
        return host(ops.asarray(middles, dtype="float64"), "float64")

    @property
    def scale(self) -> Any:
        """Powers of two, as large as they can be."""
        half = ops.maximum(self.high - self.shift, self.shift - self.low)
        scales = [2.0 ** _exponent(h) for h in half.tolist()]
        return host(ops.asarray(scales, dtype="float64"), "float64")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and self.low.tolist() == other.low.tolist() and self._high == other._high

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def _high(self) -> list[float]:
        return self.high.tolist()


def _exponent(half: float) -> int:
    """The largest k with half 2**k <= 2**41; within what a float can hold."""
    if not (math.isfinite(half) and half > 0):
        return 0
    mantissa, exponent = math.frexp(half)
    return max(-1022, min(1000, BITS - exponent + (mantissa == 0.5)))


def gram_twin(x: Any, cut: Cut, shift: Any, scale: Any) -> tuple[Any, Any]:
    """What the native kernel means: the sums of the windows of `x`, and of their products, as Python integers.

    >>> gram_twin(ops.asarray([[1.0], [2.0], [4.0]]), Cut(2), ops.asarray([0.0]), ops.asarray([1.0]))
    ([3, 6], [[5, 10], [10, 20]])
    """
    x, shift, scale = (host(a, "float64") for a in (x, shift, scale))
    v = frames(ops.round((x - shift) * scale), *cut).reshape(-1, cut.window * x.shape[1])
    v = v[ops.all(ops.isfinite(v), axis=1)]
    high = ops.round(v / HALF)
    halves = (high, v - high * HALF)
    width = v.shape[1]
    sums, products = [0] * width, [[0] * width for _ in range(width)]
    for first in range(0, v.shape[0], 8192):  # 2**13 products of at most 2**40: no sum is rounded
        parts = [half[first : first + 8192] for half in halves]
        for a, left in zip((HALF, 1.0), parts, strict=True):
            for c, total in enumerate(ops.sum(left, axis=0).tolist()):
                sums[c] += int(a) * int(total)
            for b, right in zip((HALF, 1.0), parts, strict=True):
                for line, row in zip(products, ops.matmul(left.T, right).tolist(), strict=True):
                    for d, product in enumerate(row):
                        line[d] += int(a) * int(b) * int(product)
    return sums, products


class WindowCovariance:
    """Count, mean and covariance of the windows of any number of series, the same bits for any order of any pieces.

    Windows that hold a number that is not finite are left out, and counted in `left_out`. An entry differs from that
    of the numbers as they came by at most ``d_i s_j + d_j s_i + d_i d_j``: s are deviations, d 2**-42 of the ranges.

    >>> x = ops.asarray([[1.0], [2.0], [4.0], [8.0]])
    >>> c = WindowCovariance(Grid(1).scan(x), Cut(2)).add(x)
    >>> c.windows, [round(m, 6) for m in c.mean.tolist()], [round(v, 6) for v in c.covariance.diagonal().tolist()]
    (3, [2.333333, 4.666667], [2.333333, 9.333333])
    """

    def __init__(self, grid: Grid, cut: Cut) -> None:
        self.grid, self.cut = grid, cut
        self._shift, self._scale = grid.shift, grid.scale
        self._gram = _core.WindowGram(len(self._shift) * cut.window)

    @property
    def windows(self) -> int:
        """How many windows were summed."""
        return self._gram.windows

    @property
    def left_out(self) -> int:
        """How many windows held a number that is not finite."""
        return self._gram.left_out

    def add(self, rows: Any, cut: Cut | None = None) -> WindowCovariance:
        """Add the windows of a series; or, with `Cut(1)`, rows that are windows already. Returns itself."""
        x, cut = host(rows), cut or self.cut
        f, width = x.shape[1], len(self._shift)
        shift, scale = (a if f == width else ops.tile(a, (f // width,)) for a in (self._shift, self._scale))
        outside = self._gram.add(x, cut, shift, scale, threads())
        if outside is not None:
            row, j = outside[0], outside[1] % width
            raise ArgumentError(
                f"row {row} has {float(x[outside])} in feature {j}, whose range is "
                f"{float(self.grid.low[j])} to {float(self.grid.high[j])}; nothing of this batch was added",
                expected="values within the range of the first pass",
                mend="scan every batch before the first one is fitted, or name wider ranges",
            )
        return self

    def merge(self, other: WindowCovariance) -> None:
        """Add the windows of another, on the same grid; the order of merging changes no bit."""
        if self.grid != other.grid or self.cut != other.cut:
            raise ArgumentError(
                f"merge got sums of windows {other.cut} on another grid, or cut otherwise than {self.cut}",
                expected="sums on one grid: scan all parts, merge what was scanned, and fit each part with that",
            )
        self._gram.merge(other._gram)

    @property
    def mean(self) -> Any:
        """(p,) in float64: the mean window."""
        return self._moments()[0]

    @property
    def covariance(self) -> Any:
        """(p, p) in float64, over windows - 1; of fewer than two windows it is nan."""
        scatter = self._moments()[1]
        return scatter / (self.windows - 1) if self.windows > 1 else scatter + math.nan

    def _moments(self) -> tuple[Any, Any]:
        width = self._gram.width
        mean, scatter = empty((width,), "float64"), empty((width, width), "float64")
        self._gram.moments(mean, scatter)
        shift, scale = (ops.tile(a, (self.cut.window,)) for a in (self._shift, self._scale))
        scatter /= scale[:, None]  # by powers of two: exact
        scatter /= scale[None, :]
        return shift + mean / scale, scatter

    def state_dict(self) -> dict[str, Any]:
        """The sums as 16-byte integers, the upper triangle of the products row by row."""
        words = pa.py_buffer(self._gram.state())
        return {
            "windows": self.windows,
            "left_out": self.left_out,
            "sums": pa.Array.from_buffers(pa.binary(16), words.size // 16, [None, words]),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave."""
        sums = state["sums"]
        if not sums.type.equals(pa.binary(16)):
            raise CheckpointMismatchError(f"sums of type {sums.type}", expected=f"{pa.binary(16)}")
        words = sums.buffers()[1].slice(16 * sums.offset, 16 * len(sums)).to_pybytes()
        try:
            self._gram = _core.WindowGram.restored(self._gram.width, state["windows"], state["left_out"], words)
        except ValueError as error:
            raise CheckpointMismatchError(f"{error}", expected="the sums of windows of the same width") from error
