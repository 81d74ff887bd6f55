"""Points of a plane with fivefold symmetry, as pairs of golden numbers.

    (u, v) stands for u + v z,   z = exp(2 pi i / 5),   z^2 = (phi - 1) z - 1

The fifth roots of unity are pairs of integers of Z[phi]: Z[z] is Z[phi] + Z[phi] z. Their usual coordinates
x = u + v (phi - 1) / 2 and y = v sin(72 degrees) are not all golden; only `to_xy` takes them, at the end.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.layout import stack
from emberharmony.syntonic.numbers import phi

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane

COS72 = Golden(-1, 1, 2)
SIN72 = sqrt(Golden(2, 1, 4))


def rotated(points: GoldenArray) -> GoldenArray:
    """Points (..., 2) turned by 72 degrees: z (u + v z) = -v + (u + (phi - 1) v) z.

    >>> rotated(GoldenArray.from_ints([1, 0])).tolist()
    [Golden(0, 0), Golden(1, 0)]
    """
    u, v = points[..., 0], points[..., 1]
    return stack([-v, u + (phi - 1) * v], axis=-1)


def decagon() -> GoldenArray:
    """The ten units +-z^k, counter-clockwise from 1: the corners of the regular decagon. Shape (10, 2).

    >>> decagon()[1].tolist()  # -z^3, at 36 degrees
    [Golden(-1, 1), Golden(-1, 1)]
    """
    corners = [GoldenArray.from_ints([1, 0])]
    for _ in range(9):  # by 36 degrees: three times 72, and to the other side
        corners.append(-rotated(rotated(rotated(corners[-1]))))
    return stack(corners)


def squared_length(points: GoldenArray) -> GoldenArray:
    """|u + v z|^2 = u^2 + (phi - 1) u v + v^2 of points (..., 2) -> (...).

    >>> squared_length(decagon()[3]).item()
    Golden(1, 0)
    """
    u, v = points[..., 0], points[..., 1]
    return u * u + v * v + (phi - 1) * (u * v)


def cross(x: GoldenArray, y: GoldenArray) -> GoldenArray:
    """The signed area between points (..., 2), in units of sin(72 degrees); positive where y lies to the left.

    >>> cross(decagon()[0], decagon()[2]).item()
    Golden(1, 0)
    """
    return x[..., 0] * y[..., 1] - x[..., 1] * y[..., 0]


def to_xy(points: GoldenArray) -> Plane:
    """Usual coordinates (..., 2) of points (..., 2), as floats: x is the nearest one, y is rounded three times.

    >>> to_xy(decagon()[5]).tolist()
    [-1.0, 0.0]
    """
    x, y = points[..., 0] + points[..., 1] * COS72, points[..., 1]
    floats = x.to_floats(), SIN72 * y.to_floats()
    return planes.joined(floats, -1, new_axis=True)
