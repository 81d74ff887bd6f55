"""Exact linear algebra over Q(phi): determinants, solutions, inverses, ranks and characteristic polynomials.

Matrices are reduced modulo primes, where elimination costs machine integers, and the results are put together from as
many primes as a bound of theirs asks for: Hadamard's, on both embeddings of the field. Nothing is guessed.
"""

from __future__ import annotations

from math import comb, isqrt
from typing import TYPE_CHECKING, Any

from emberharmony import _core
from emberharmony.backend.numpy import planes
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError, NotAnArrayError, ShapeError
from emberharmony.syntonic import residues
from emberharmony.syntonic.array import GoldenArray
from emberharmony.syntonic.operands import exact, policy, too_wide, written_over

if TYPE_CHECKING:
    from emberharmony._core import Golden
    from emberharmony.syntonic.operands import Policy

__all__ = ["SingularError", "charpoly", "det", "inv", "matrix_power", "rank", "solve"]


class SingularError(ArgumentError, ZeroDivisionError):
    """A matrix whose determinant is exactly zero."""


def det(x: GoldenArray) -> GoldenArray:
    """The determinant of square matrices (..., n, n) -> (...), exactly.

    >>> det(GoldenArray.from_ints([[2, 0], [0, 2]], [[0, -1], [-1, 0]])).item()  # 4 - phi^2
    Golden(3, -1)
    """
    n = _square("det", x)
    found = _each(x, lambda m: _solved(m, None)[0], ()) if n else GoldenArray.from_ints(1) + x.sum((-2, -1))
    return _answer("det", found, policy(x))


def solve(x: GoldenArray, y: GoldenArray) -> GoldenArray:
    """The exact solution z of x z = y: (n, n) and (n,) or (n, k). A SingularError where there is not one alone.

    Numerators by Cramer's rule over one denominator, the norm of the determinant.

    >>> x = GoldenArray.from_ints([[1, 0], [0, 1]], [[0, 1], [1, 0]])  # 1, phi; phi, 1
    >>> solve(x, GoldenArray.from_ints([1, 0])).tolist()
    [Golden(1, -1), Golden(1, 0)]
    """
    n, y = _square("solve", x), exact(x, y, "solve", "y")
    if x.ndim != 2 or y.ndim not in (1, 2) or y.shape[0] != n:
        raise ShapeError(f"solve of shapes {x.shape} and {y.shape}", expected="(n, n) and (n,) or (n, k)")
    if not n or not y.size:
        return y
    right = y.reshape(n, -1)
    determinant, adjugate = _solved(x, right)
    if not determinant:
        raise SingularError(
            "a singular matrix: its determinant is 0", expected="one solution", mend="rank(x) says more"
        )
    return _answer("solve", (adjugate * (1 / determinant.item())).reduced().reshape(y.shape), policy(x, y))


def inv(x: GoldenArray) -> GoldenArray:
    """The exact inverse of a square matrix (n, n). A SingularError where there is none."""
    return solve(x, GoldenArray.eye(_square("inv", x)))


def rank(x: GoldenArray) -> int:
    """The rank of a matrix (n, m), exactly: no tolerance.

    >>> rank(GoldenArray.from_ints([[1, 0], [0, 1]], [[0, 1], [1, 0]]))  # 1, phi; phi, 1 + phi would have rank 1
    2
    """
    if x.ndim != 2:
        raise ShapeError(f"rank of shape {x.shape}", expected="a matrix")
    if not x.size:
        return 0
    primes = residues.enough(_hadamard(x))
    found = planes.empty((len(primes), 2), planes.UINT32)
    _core.golden_rank(found, residues.of(x, primes), x.shape[1], primes, threads())
    # a minor that is not zero is zero modulo all of these primes only if it is larger than the bound
    return int(found.max())


def charpoly(x: GoldenArray) -> GoldenArray:
    """The coefficients of det(t I - x) for a matrix (n, n), the highest power first: (n + 1,), as in `numpy.poly`.

    >>> charpoly(GoldenArray.from_ints([[1, 1], [1, 0]])).tolist()
    [Golden(1, 0), Golden(-1, 0), Golden(-1, 0)]
    """
    n = _square("charpoly", x)
    if x.ndim != 2:
        raise ShapeError(f"charpoly of shape {x.shape}", expected="one matrix")
    whole = x if x.den == 1 else GoldenArray.from_ints(x.a, x.b)
    bound = comb(n, n // 2) * _hadamard(whole)
    primes = residues.enough(bound)
    found = planes.empty((len(primes), 2, n + 1), planes.UINT32)
    _core.golden_charpoly(found, residues.of(whole, primes), n, primes, threads())
    coefficients = residues.combined(GoldenArray, found, primes, bound, 1, "promote")[::-1]
    if x.den != 1:
        coefficients *= GoldenArray.from_numbers([_one_over(x.den**k) for k in range(n + 1)])
    return _answer("charpoly", coefficients.reduced(), policy(x))


def matrix_power(x: GoldenArray, n: int) -> GoldenArray:
    """x times itself n times; a negative n asks for the inverse."""
    size = _square("matrix_power", x)
    base, left = (inv(x), -n) if n < 0 else (x, n)
    power = _answer("matrix_power", GoldenArray.eye(size).broadcast_to(x.shape), policy(x))
    while left:
        if left & 1:
            power = power @ base
        left >>= 1
        if left:
            base = base @ base
    return power


def _square(name: str, x: Any) -> int:
    if not isinstance(x, GoldenArray):
        raise NotAnArrayError(
            f"linalg.{name} got {type(x).__name__}",
            expected="a GoldenArray",
            mend="GoldenArray.from_ints(x) takes integers, GoldenArray.from_dyadic(x) floats as they are",
        )
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{name} of shape {x.shape}", expected="square matrices (..., n, n)")
    return x.shape[-1]


def _answer(name: str, result: GoldenArray, overflow: Policy) -> GoldenArray:
    """The result in the narrowest width. What is on the way may be wider than 64 bits, whatever the policy is."""
    result = result.compact()
    if overflow == "raise" and result.width == "big":
        raise too_wide(name, max(result.bounds()))
    return written_over(result, result.a, result.b, result._bounds, overflow)


def _one_over(n: int) -> Golden:
    return 1 / _core.Golden(n)


def _each(x: GoldenArray, function: Any, shape: tuple[int, ...]) -> GoldenArray:
    if x.ndim == 2:
        return function(x)
    matrices = x.reshape(-1, *x.shape[-2:])
    results = [function(matrices[i]).item() for i in range(len(matrices))]
    return GoldenArray.from_numbers(results).reshape(*x.shape[:-2], *shape)


def _sizes(x: GoldenArray) -> list[int]:
    """A bound of the square of the length of each row of numerators, in both embeddings: |phi|, |phi'| <= 2."""
    rows = [[abs(int(a)) + 2 * abs(int(b)) for a, b in planes.pairs(p, q)] for p, q in zip(x.a, x.b, strict=True)]
    return [sum(size * size for size in row) for row in rows]


def _hadamard(x: GoldenArray) -> int:
    """A bound of every minor of the numerators, and of both integers of it: products of the rows' lengths.

    With v and v' the values of a + b phi in both embeddings, b = (v - v') / sqrt 5 and a = (v / phi + phi v') / sqrt 5
    are at most max(|v|, |v'|).
    """
    product = 1
    for size in _sizes(x):
        product *= max(1, size)
    return isqrt(product) + 1


def _solved(x: GoldenArray, y: GoldenArray | None) -> tuple[GoldenArray, GoldenArray]:
    """det(x) and, with y, det(x) x^-1 y, of exact matrices (n, n) and (n, k)."""
    n = x.shape[0]
    own = GoldenArray.from_ints(x.a, x.b)
    rows = own if y is None else _beside(own, GoldenArray.from_ints(y.a, y.b))
    bound = _hadamard(rows)
    primes, wanted = residues.enough(bound), 0
    found = residues.of(rows, primes)
    dets = planes.empty((len(primes), 2), planes.UINT32)
    _core.golden_solve(dets, found, n, primes, threads())
    determinant = residues.combined(GoldenArray, dets.copy(), primes, bound, x.den**n, "promote")
    if y is None or not determinant:
        return determinant, rows
    # where a prime divides the determinant, elimination said nothing of the solution: other primes take its place
    good = [p for p, pair in zip(primes, dets, strict=True) if pair.all()]
    parts = [found[dets.all(1)][..., n:]]
    while (wanted := residues.missing(good, bound)) > 0:
        more = residues.after(primes, wanted)
        primes = [*primes, *more]
        found, dets = residues.of(rows, more), planes.empty((len(more), 2), planes.UINT32)
        _core.golden_solve(dets, found, n, more, threads())
        good += [p for p, pair in zip(more, dets, strict=True) if pair.all()]
        parts.append(found[dets.all(1)][..., n:])
    # adj(X) Y of the numerators: over the denominators, det(x) x^-1 y has den(x)^(n - 1) den(y)
    solution = residues.combined(GoldenArray, planes.joined(parts, 0), good, bound, x.den ** (n - 1) * y.den, "promote")
    return determinant, solution


def _beside(x: GoldenArray, y: GoldenArray) -> GoldenArray:
    from emberharmony.syntonic.layout import concat

    return concat([x, y], 1)
