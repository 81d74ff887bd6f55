"""Coxeter groups as matrices over Z[phi]: mirrors acting on coordinates in simple roots."""

from __future__ import annotations

import re
from functools import reduce

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.layout import concat, stack
from emberharmony.syntonic.numbers import phi


def coxeter_matrix(kind: str) -> GoldenArray:
    """2 <a_i, a_j> of simple roots of length 1: 2 on the diagonal, -1 at 60 degrees, -phi at 36, else 0. (n, n).

    Kinds: A1, A2, ...; D4, D5, ...; E6, E7, E8; H2 (also I2(5)), H3, H4. The nodes of A, D and H are numbered along the
    line, the angle of 36 degrees first and the branch of D last; the branch of E is its node 2, at node 4.

    >>> coxeter_matrix("H3").tolist()[0]
    [Golden(2, 0), Golden(0, -1), Golden(0, 0)]
    """
    found = re.fullmatch(r"([ADEH])(\d+)", "H2" if kind == "I2(5)" else kind)
    family, n = (found[1], int(found[2])) if found else ("", 0)
    if n not in {"A": range(1, 1000), "D": range(4, 1000), "E": range(6, 9), "H": range(2, 5)}.get(family, ()):
        raise ArgumentError(
            f"coxeter_matrix of {kind!r}", expected="A1, A2, ..., D4, D5, ..., E6 to E8, H2 to H4 or I2(5)"
        )
    edges = {(i, i + 1): Golden(-1) for i in range(n - 1)}
    if family == "H":
        edges[0, 1] = -phi
    if family == "D":
        edges[n - 3, n - 1] = edges.pop((n - 2, n - 1))
    if family == "E":
        edges = {edge: Golden(-1) for edge in [(0, 2), (1, 3), *((i, i + 1) for i in range(2, n - 1))]}
    entries = [[2 if i == j else edges.get((min(i, j), max(i, j)), 0) for j in range(n)] for i in range(n)]
    return GoldenArray.from_numbers(entries)


def simple_reflections(matrix: GoldenArray) -> GoldenArray:
    """The mirrors of the simple roots of a Coxeter matrix, each a_j -> a_j - m_ij a_i, in columns. (n, n) -> (n, n, n).

    >>> mirrors = simple_reflections(coxeter_matrix("H4"))
    >>> all(order(mirror) == 2 for mirror in mirrors)
    True
    """
    n = len(matrix)
    unit = GoldenArray.eye(n)
    return stack([unit - unit[:, [i]] * matrix[[i]] for i in range(n)])


def coxeter_element(matrix: GoldenArray) -> GoldenArray:
    """The product of all simple mirrors, in order. (n, n) -> (n, n); its order is the Coxeter number.

    >>> [order(coxeter_element(coxeter_matrix(kind))) for kind in ("H2", "H3", "H4", "E6", "E8")]
    [5, 10, 30, 12, 30]
    """
    return reduce(lambda x, y: x @ y, simple_reflections(matrix))


def order(matrix: GoldenArray, limit: int = 10_000) -> int:
    """The least k >= 1 for which the k-th power of a matrix is the unit matrix; raises beyond the limit.

    >>> order(GoldenArray.from_ints([[0, -1], [1, 0]]))
    4
    """
    unit, power = GoldenArray.eye(len(matrix)), matrix
    for k in range(1, limit + 1):
        if (power == unit).all():
            return k
        power = power @ matrix
    raise ArgumentError(f"no power up to {limit} of the matrix is 1", expected="a matrix of finite order")


def generated_group(generators: GoldenArray, limit: int = 100_000) -> GoldenArray:
    """All products of some matrices (k, n, n) over Z[phi], the unit matrix first, shorter products first: (N, n, n).

    Raises beyond the limit: the group may be infinite.

    >>> [len(generated_group(simple_reflections(coxeter_matrix(kind)))) for kind in ("A3", "H2", "H3")]
    [24, 10, 120]
    """
    n = generators.shape[-1]
    newest = GoldenArray.eye(n).reshape(1, n, n)
    levels, seen = [newest], set(_keys(newest))
    while len(newest):
        products = concat([newest @ generator for generator in generators])
        fresh: list[int] = []
        for i, key in enumerate(_keys(products)):
            if key not in seen:
                seen.add(key)
                fresh.append(i)
        if len(seen) > limit:
            raise ArgumentError(f"{len(generators)} matrices gave more than {limit}", expected="a finite group")
        newest = products[fresh]
        levels.append(newest)
    return concat(levels)


def _keys(matrices: GoldenArray) -> list[bytes]:
    """One text for each matrix, equal where the matrices are."""
    if matrices.den != 1 or matrices.width == "big":
        raise ArgumentError(f"a group of {matrices}", expected="matrices over Z[phi] of at most 64 bits")
    count = len(matrices)
    rows = [planes.contiguous(p.reshape(count, -1), planes.NATIVE[3]) for p in (matrices.a, matrices.b)]
    return [a.tobytes() + b.tobytes() for a, b in zip(*rows, strict=True)]
