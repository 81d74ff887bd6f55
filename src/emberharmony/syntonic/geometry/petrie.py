"""The plane of thirtyfold symmetry of the 600-cell and of E8: four golden numbers for each of its points.

    x0 + x1 z + x2 z^2 + x3 z^3,   z = exp(2 pi i / 30),   z^4 = (z^3 + z^2 + z) / phi - 1

cos(12 degrees) is not golden: z has degree 4 over Q(phi), so that a point of this plane takes as many golden numbers as
one of four dimensions. The projection to it therefore loses nothing: no two points with golden coordinates meet.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import TYPE_CHECKING, Any

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.geometry.icosians import multiply
from emberharmony.syntonic.layout import stack
from emberharmony.syntonic.numbers import phi

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane


def petrie_turn(x: GoldenArray) -> GoldenArray:
    """The Coxeter element p x q of H4, for quaternions (..., 4): it turns one plane by 12 degrees, the other by 132.

    p and q are icosians that turn by 72 and by 60 degrees.

    >>> x = GoldenArray.from_ints([1, 0, 0, 0])
    >>> for _ in range(15):
    ...     x = petrie_turn(x)
    >>> x.a.tolist()
    [-1, 0, 0, 0]
    """
    p = GoldenArray.from_numbers([phi - 1, 1, phi, 0]) / 2
    q = GoldenArray.from_ints([1, 1, 1, 1], den=2)
    return multiply(multiply(p, x), q)


def petrie(x: GoldenArray) -> GoldenArray:
    """The orthogonal projection to the plane that `petrie_turn` turns by 12 degrees: (..., 4) -> (..., 4).

    Up to a scale, it is the sum of <x, c^k w> z^k over k < 30, for c the turn and any w: turning x multiplies it by z.

    >>> corner = GoldenArray.from_ints([1, 0, 0, 0])
    >>> bool((petrie(petrie_turn(corner)) == petrie_turned(petrie(corner))).all())
    True
    """
    return (x @ _projection()).reduced()


@cache
def _projection() -> GoldenArray:
    orbit, powers = [GoldenArray.from_ints([1, 0, 0, 0])], [GoldenArray.from_ints([1, 0, 0, 0])]
    for _ in range(29):
        orbit.append(petrie_turn(orbit[-1]))
        powers.append(petrie_turned(powers[-1]))
    return stack(orbit).T @ stack(powers)


def petrie_turned(points: GoldenArray) -> GoldenArray:
    """Points (..., 4) turned by 12 degrees: z times each.

    >>> petrie_turned(GoldenArray.from_ints([0, 0, 0, 1])).tolist()
    [Golden(-1, 0), Golden(-1, 1), Golden(-1, 1), Golden(-1, 1)]
    """
    last = points[..., 3]
    small = last * (phi - 1)
    return stack([-last, points[..., 0] + small, points[..., 1] + small, points[..., 2] + small], axis=-1)


def petrie_xy(points: GoldenArray) -> Plane:
    """Usual coordinates (..., 2) of points (..., 4), as floats: the same bits everywhere, by roots and sums alone.

    >>> x, y = petrie_xy(GoldenArray.from_ints([0, 0, 0, 5])).tolist()
    >>> round(x, 6), round(y, 6)  # at 36 degrees
    (4.045085, 2.938926)
    """
    parts = [points[..., k] for k in range(4)]
    floats = [part.to_floats() for part in parts]
    turn = _turn()
    powers = [1 + 0j, turn, turn * turn, turn * turn * turn]
    x: Any = sum(part * power.real for part, power in zip(floats, powers, strict=True))
    y: Any = sum(part * power.imag for part, power in zip(floats, powers, strict=True))
    return planes.joined([x, y], -1, new_axis=True)


def _turn() -> complex:
    """z, whose angle is 72 degrees less 60."""
    fifth = complex(float(Golden(-1, 1, 2)), sqrt(Golden(2, 1, 4)))
    return fifth * complex(0.5, -sqrt(0.75))
