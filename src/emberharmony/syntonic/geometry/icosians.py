"""Icosians: quaternions over Q(phi), the 120 units among them, and E8, H4 and H3 made of these."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, permutations, product
from typing import TYPE_CHECKING

from emberharmony.backend.numpy import planes
from emberharmony.errors import ShapeError
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.layout import concat, stack
from emberharmony.syntonic.numbers import phi

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane

GOLDEN = (0, 0), (1, 0), (-1, 1), (0, 1)  # 0, 1, 1 / phi and phi


def icosians() -> GoldenArray:
    """The 120 unit icosians, parts 1, i, j, k over the denominator 2: the corners of the 600-cell. Shape (120, 4).

    8 are +-1 in one part, 16 are (+-1 +-i +-j +-k) / 2, and 96 the even permutations of (0, +-1, +-1/phi, +-phi) / 2.
    They are a group under `multiply`, and the roots of H4 at length 1.

    >>> units = icosians()
    >>> units.shape, bool(((units * units).sum(axis=-1) == 1).all())
    ((120, 4), True)
    """
    axes = [[(sign * 2, 0) if i == j else (0, 0) for j in range(4)] for i in range(4) for sign in (1, -1)]
    halves = [[(sign, 0) for sign in signs] for signs in product((1, -1), repeat=4)]
    golden: list[list[tuple[int, int]]] = []
    for signs in product((1, -1), repeat=3):
        parts = [(sign * a, sign * b) for sign, (a, b) in zip((1, *signs), GOLDEN, strict=True)]
        golden += [[parts[place] for place in places] for places in permutations(range(4)) if _even(places)]
    rows = axes + halves + golden
    return GoldenArray.from_ints([[a for a, _ in row] for row in rows], [[b for _, b in row] for row in rows], den=2)


def _even(places: tuple[int, ...]) -> bool:
    return sum(first > second for first, second in combinations(places, 2)) % 2 == 0


def multiply(p: GoldenArray, q: GoldenArray) -> GoldenArray:
    """The product of quaternions (..., 4), part by part in the order 1, i, j, k: i j = k, j i = -k. Shapes broadcast.

    >>> i, j = GoldenArray.from_ints([[0, 1, 0, 0], [0, 0, 1, 0]])
    >>> multiply(i, j).a.tolist()
    [0, 0, 0, 1]
    """
    (a, b, c, d), (e, f, g, h) = _parts(p), _parts(q)
    return stack(
        [
            a * e - b * f - c * g - d * h,
            a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f,
            a * h + b * g - c * f + d * e,
        ],
        axis=-1,
    ).reduced()


def conjugate(q: GoldenArray) -> GoldenArray:
    """1 stays, i, j and k change sign: the inverse of a unit. (..., 4) -> (..., 4).

    >>> conjugate(GoldenArray.from_ints([1, 2, 3, 4])).a.tolist()
    [1, -2, -3, -4]
    """
    return q * GoldenArray.from_ints([1, -1, -1, -1])


def _parts(q: GoldenArray) -> list[GoldenArray]:
    if q.shape[-1:] != (4,):
        raise ShapeError(f"quaternions of shape {q.shape}", expected="(..., 4): the parts 1, i, j, k")
    return [q[..., part] for part in range(4)]


def h4_roots() -> GoldenArray:
    """The 120 roots of H4, of length 1: the unit icosians. Shape (120, 4).

    >>> h4_roots().shape
    (120, 4)
    """
    return icosians()


def h3_roots() -> GoldenArray:
    """The 30 roots of H3, of length 1: the unit icosians without a real part. Shape (30, 3).

    They point along the twofold axes of the icosahedron, to the middles of its edges.

    >>> h3_roots().shape
    (30, 3)
    """
    units = icosians()
    return units[units[:, 0] == 0][:, 1:]


def icosahedron() -> GoldenArray:
    """The 12 corners of an icosahedron with edges of length 2: even permutations of (0, +-1, +-phi). Shape (12, 3).

    >>> icosahedron()[0].tolist()
    [Golden(0, 0), Golden(1, 0), Golden(0, 1)]
    """
    return _cyclic(product([(0, 0)], [(1, 0), (-1, 0)], [(0, 1), (0, -1)]))


def dodecahedron() -> GoldenArray:
    """The 20 corners of a dodecahedron on the threefold axes of `icosahedron`, with edges of length 2 / phi. (20, 3).

    (+-1, +-1, +-1) and the even permutations of (0, +-phi, +-1/phi).

    >>> dodecahedron().shape
    (20, 3)
    """
    cube = GoldenArray.from_ints(list(product((1, -1), repeat=3)))
    return concat([cube, _cyclic(product([(0, 0)], [(0, 1), (0, -1)], [(-1, 1), (1, -1)]))])


def _cyclic(points: Iterable[tuple[tuple[int, int], ...]]) -> GoldenArray:
    rows = [point[-k:] + point[:-k] for point in points for k in range(3)]
    return GoldenArray.from_ints([[a for a, _ in row] for row in rows], [[b for _, b in row] for row in rows])


def edges(points: GoldenArray) -> Plane:
    """The pairs of points (N, d) at the least distance that two of them have: indices (E, 2), the smaller first.

    >>> edges(icosahedron()).shape, edges(dodecahedron()).shape, edges(icosians()).shape
    ((30, 2), (30, 2), (720, 2))
    """
    inner = points @ points.T
    own = (points * points).sum(axis=-1)
    distance = own.reshape(-1, 1) + own - 2 * inner
    least = distance.where(distance > 0, distance.max()).min()
    first, second = (distance == least).nonzero()
    each_once = first < second
    return planes.joined([first[each_once], second[each_once]], 1, new_axis=True)


def icosian_e8_roots() -> GoldenArray:
    """The 240 roots of E8 as icosians: the 120 units, and (1 - phi) times them. Shape (240, 4); see `icosian_form`.

    >>> icosian_e8_roots().shape
    (240, 4)
    """
    units = icosians()
    return concat([units, units * (1 - phi)])


def icosian_form(x: GoldenArray, y: GoldenArray) -> GoldenArray:
    """2 (a + b) where sum x_i y_i = a + b phi: the form that makes icosians the lattice E8. (n, 4), (m, 4) -> (n, m).

    The results are rational; the roots have 2, and with others 1, 0, -1 or -2.

    >>> roots = icosian_e8_roots()
    >>> form = icosian_form(roots, roots)
    >>> [form[0].tolist().count(k) for k in (2, 1, 0, -1, -2)]
    [1, 56, 126, 56, 1]
    """
    inner = x @ y.T
    return GoldenArray.from_ints(inner.a, den=inner.den) * 2 + GoldenArray.from_ints(inner.b, den=inner.den) * 2
