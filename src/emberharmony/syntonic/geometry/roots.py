"""Root systems: E8 and the E6 inside it, and what holds for any finite set of roots."""

from __future__ import annotations

from itertools import combinations, product

from emberharmony._core import Golden
from emberharmony.errors import ArgumentError
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.layout import concat
from emberharmony.syntonic.numbers import phi


def e8_roots() -> GoldenArray:
    """The 240 roots of E8, of squared length 2, in half integers. Shape (240, 8); `.a` has the doubled coordinates.

    First the 112 sums +-e_i +- e_j, then the 128 vectors (+-1, ..., +-1) / 2 with an even number of minus signs.

    >>> roots = e8_roots()
    >>> roots.shape, (roots @ roots[0]).tolist().count(1)  # neighbours at 60 degrees
    ((240, 8), 56)
    """
    pairs = [_pair(8, i, j, s, t) for i, j in combinations(range(8), 2) for s, t in product((2, -2), repeat=2)]
    halves = [list(signs) for signs in product((1, -1), repeat=8) if signs.count(-1) % 2 == 0]
    return GoldenArray.from_ints(pairs + halves, den=2)


def e6_positive_roots() -> GoldenArray:
    """The 36 positive roots of an E6 in E8, of squared length 2. Shape (36, 8); `.a` has the doubled coordinates.

    20 are e_j +- e_i with i < j <= 5, and 16 are (e8 - e7 - e6 + (+-e1 +- ... +- e5)) / 2 with an even number of minus
    signs in all. They span 6 dimensions, not 8: the roots of E8 at right angles to two that are at 120 degrees.

    >>> roots = e6_positive_roots()
    >>> rho = roots.sum(axis=0) / 2
    >>> roots.shape, (rho @ rho).item()
    ((36, 8), Golden(78, 0))
    """
    pairs = [_pair(8, i, j, s, 2) for i, j in combinations(range(5), 2) for s in (2, -2)]
    halves = [[*signs, -1, -1, 1] for signs in product((1, -1), repeat=5) if signs.count(-1) % 2 == 0]
    return GoldenArray.from_ints(pairs + halves, den=2)


def _pair(length: int, i: int, j: int, first: int, second: int) -> list[int]:
    vector = [0] * length
    vector[i], vector[j] = first, second
    return vector


def simple_roots(positive: GoldenArray) -> GoldenArray:
    """The roots that are no sum of two others, of the positive roots of E6 or any other whose lengths are all equal and
    whose products are integers, one a row. Shape (N, d) -> (rank, d).

    >>> simple_roots(e6_positive_roots()).shape
    (6, 8)
    """
    rows = [tuple(row) for row in positive.tolist()]
    sums = {tuple(x + y for x, y in zip(r, s, strict=True)) for r, s in combinations(rows, 2)}
    return positive[[i for i, row in enumerate(rows) if row not in sums]]


def positive_roots(roots: GoldenArray) -> GoldenArray:
    """Of each root and its opposite the one whose last coordinate that is not zero is positive. (2N, d) -> (N, d).

    >>> positive_roots(e8_roots()).shape
    (120, 8)
    """
    signs = roots.sign()
    return roots[[i for i, row in enumerate(signs.tolist()) if next((s for s in reversed(row) if s), 0) > 0]]


def reflect(x: GoldenArray, root: GoldenArray) -> GoldenArray:
    """The mirror image x - 2 <x, r> / <r, r> r of vectors (..., d), r a vector (d,) of any length but zero.

    >>> reflect(GoldenArray.from_ints([1, 2]), GoldenArray.from_ints([1, 1])).tolist()
    [Golden(-2, 0), Golden(-1, 0)]
    """
    length = _squared_length(root)
    return (x - (2 * (x @ root).reshape(*x.shape[:-1], 1)) * (root / length)).reduced()


def reflection(root: GoldenArray) -> GoldenArray:
    """The matrix I - 2 r r^T / <r, r> of the mirror of a vector. (d,) -> (d, d).

    >>> reflection(GoldenArray.from_ints([1, 1])).a.tolist()
    [[0, -1], [-1, 0]]
    """
    return reflect(GoldenArray.eye(len(root)), root)


def _squared_length(root: GoldenArray) -> Golden:
    length = (root @ root).item()
    if not length:
        raise ArgumentError("a mirror at right angles to the zero vector", expected="a vector that is not zero")
    return length


def closure(roots: GoldenArray, limit: int = 10_000) -> GoldenArray:
    """All vectors that the mirrors of some make of them, those first. Shape (n, d) -> (N, d).

    Of simple roots it is the whole root system. Raises beyond the limit: the group may be infinite.

    >>> closure(simple_roots(e6_positive_roots())).shape
    (72, 8)
    """
    found = dict.fromkeys(tuple(row) for row in roots.tolist())
    newest = list(found)
    while newest:
        images = concat([reflect(GoldenArray.from_numbers(newest), root) for root in roots])
        newest = [row for row in dict.fromkeys(tuple(row) for row in images.tolist()) if row not in found]
        found.update(dict.fromkeys(newest))
        if len(found) > limit:
            raise ArgumentError(
                f"the mirrors of {len(roots)} vectors gave more than {limit}", expected="roots of a finite group"
            )
    return GoldenArray.from_numbers(list(found))


def golden_projection(x: GoldenArray) -> tuple[GoldenArray, GoldenArray]:
    """v_i + phi v_(i + 4) and phi v_i - v_(i + 4), i = 1 to 4: (..., 8) -> (..., 4) twice, at right angles.

    Squared lengths come out 2 + phi = 1 + phi^2 times too large, whose root is not golden.

    >>> par, perp = golden_projection(e8_roots())
    >>> par.shape, perp.shape
    ((240, 4), (240, 4))
    """
    first, second = x[..., :4], x[..., 4:]
    return first + second.mul_phi(), first.mul_phi() - second


def golden_form(x: GoldenArray) -> GoldenArray:
    """Q = |par|^2 - |perp|^2 of the golden projection, at true length: (..., 8) -> (...).

    With v = (p, q), Q = (|q|^2 - |p|^2 + 4 p.q) / sqrt 5.

    >>> sorted(set(map(str, golden_form(e8_roots()).tolist())))
    ['(-2 + 4*phi)/5', '(-4 + 8*phi)/5', '(2 - 4*phi)/5', '(4 - 8*phi)/5', '0']
    """
    par, perp = golden_projection(x)
    difference = (par * par).sum(axis=-1) - (perp * perp).sum(axis=-1)
    return (difference / (2 + phi)).reduced()


def frame(vectors: GoldenArray) -> GoldenArray:
    """The sum of r r^T over vectors (N, d) -> (d, d).

    >>> frame(e8_roots()).reduced().a.diagonal().tolist()
    [60, 60, 60, 60, 60, 60, 60, 60]
    """
    return vectors.T @ vectors


def frame_constant(vectors: GoldenArray) -> Golden:
    """The c of a tight frame: the sum of <x, r>^2 over vectors (N, d) is c <x, x> for every x that they span.

    Raises where there is none. 60 for E8, 12 for the positive roots of E6.

    >>> frame_constant(e6_positive_roots())
    Golden(12, 0)
    """
    sums = frame(vectors)
    squared = sums @ sums
    if not _trace(sums):
        raise ArgumentError("the frame constant of vectors that are all zero", expected="one that is not")
    constant = _trace(squared) / _trace(sums)
    if not (squared == sums * constant).all():
        raise ArgumentError(
            f"{len(vectors)} vectors that are no tight frame", expected="one constant in all directions"
        )
    return constant


def _trace(matrix: GoldenArray) -> Golden:
    return sum((matrix[i, i].item() for i in range(len(matrix))), Golden(0))
