"""Penrose tilings of rhombs, by inflation, with exact corners.

Each rhomb is two triangles that share a side: the thin one (36 and 144 degrees) two acute triangles, the thick one (72
and 108) two obtuse ones. One step makes a triangle phi times larger and cuts it into triangles of the first size:

    acute -> acute + obtuse,   obtuse -> acute + 2 obtuse,   and so   thin -> thin + thick,   thick -> thin + 2 thick

Corners are pairs of numbers of Z[phi] (see `plane`); sides of rhombs have length 1 in every tiling.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emberharmony._core import Golden
from emberharmony.errors import ArgumentError
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.geometry.plane import decagon
from emberharmony.syntonic.layout import concat, stack
from emberharmony.syntonic.numbers import fib

Corner = tuple[Golden, Golden]


def inflation_matrix() -> GoldenArray:
    """How many thick and thin rhombs (rows) one thick and one thin rhomb (columns) become in one step. Shape (2, 2).

    Its powers are [[F(2k + 1), F(2k)], [F(2k), F(2k - 1)]]; its largest eigenvalue is phi^2, by which areas grow.

    >>> inflation_matrix().a.tolist()
    [[2, 1], [1, 1]]
    """
    return GoldenArray.from_ints([[2, 1], [1, 1]])


def tile_counts(thick: int, thin: int, steps: int) -> tuple[int, int]:
    """The thick and thin rhombs, or obtuse and acute triangles, that so many become; negative steps go back.

    >>> tile_counts(0, 10, 4)
    (210, 130)
    """
    above, middle, below = fib(2 * steps + 1), fib(2 * steps), fib(2 * steps - 1)
    return above * thick + middle * thin, middle * thick + below * thin


@dataclass(frozen=True, eq=False)
class Tiling:
    """Triangles (N, 3, 2): apex and both ends of the base, as pairs of golden numbers. Legs are sides of rhombs."""

    acute: GoldenArray
    obtuse: GoldenArray

    def inflated(self) -> Tiling:
        """One step: all phi times larger, and cut."""
        a, b, c = _corners(self.acute)
        cut, a_new, b_new, c_new = _cut(a, b), a.mul_phi(), b.mul_phi(), c.mul_phi()
        acute = [(c_new, cut, b_new)]
        obtuse = [(cut, c_new, a_new)]
        a, b, c = _corners(self.obtuse)
        leg, base, a_new, b_new, c_new = _cut(b, a), _cut(b, c), a.mul_phi(), b.mul_phi(), c.mul_phi()
        acute.append((base, leg, a_new))
        obtuse += [(base, c_new, a_new), (leg, base, b_new)]
        return Tiling(*(concat([stack(corners, 1) for corners in kind]) for kind in (acute, obtuse)))

    def rhombs(self) -> tuple[GoldenArray, GoldenArray]:
        """The thick and the thin rhombs, each (N, 4, 2), corners in order. Halves at the border are left out.

        >>> tiling = penrose(3)
        >>> [rhombs.shape for rhombs in tiling.rhombs()]
        [(35, 4, 2), (25, 4, 2)]
        """
        return _joined(self.obtuse), _joined(self.acute)

    def vertices(self) -> GoldenArray:
        """Each corner once, in the order of the first triangle that has it, acute ones first. Shape (N, 2)."""
        corners = concat([self.acute, self.obtuse]).reshape(-1, 2)
        first: dict[Corner, int] = {}
        for index, corner in enumerate(_keys(corners)):
            first.setdefault(corner, index)
        return corners[list(first.values())]


def penrose(steps: int) -> Tiling:
    """The tiling that ten acute triangles around the origin become in some steps: fivefold, and phi^steps wide.

    >>> tiling = penrose(4)
    >>> tiling.obtuse.shape, tiling.acute.shape
    ((210, 3, 2), (130, 3, 2))
    """
    if not hasattr(steps, "__index__") or steps < 0:
        raise ArgumentError(f"penrose of {steps!r} steps", expected="an integer from 0 on")
    corners = decagon()
    turned = corners[[*range(1, 10), 0]]
    even = GoldenArray.from_ints([[i % 2] for i in range(10)]).a == 0
    apex = GoldenArray.zeros((10, 2))
    # neighbours are mirror images: two triangles that share a leg must be cut at the same place
    tiling = Tiling(
        stack([apex, corners.where(even, turned), turned.where(even, corners)], 1), GoldenArray.zeros((0, 3, 2))
    )
    for _ in range(steps):
        tiling = tiling.inflated()
    return tiling


def _corners(triangles: GoldenArray) -> tuple[GoldenArray, GoldenArray, GoldenArray]:
    return triangles[:, 0], triangles[:, 1], triangles[:, 2]


def _cut(start: GoldenArray, end: GoldenArray) -> GoldenArray:
    """The point at 1 / phi of the way, in the larger picture: phi start + (end - start)."""
    return start.mul_phi() + end - start


def _keys(points: GoldenArray) -> Iterator[Corner]:
    return map(tuple, points.tolist())


def _joined(triangles: GoldenArray) -> GoldenArray:
    """Rhombs from two triangles with one base, whose ends have one sum."""
    apex, left, right = _corners(triangles)
    halves: dict[Corner, list[int]] = {}
    for index, key in enumerate(_keys(left + right)):
        halves.setdefault(key, []).append(index)
    pairs = [pair for pair in halves.values() if len(pair) == 2]
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return stack([apex[one], left[one], apex[other], right[one]], 1)
