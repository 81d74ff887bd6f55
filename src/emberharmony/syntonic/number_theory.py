"""Counting with integers: Moebius and Mertens, Pisano periods, winding states and their generations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import reduce
from math import isqrt, lcm
from typing import TYPE_CHECKING, Any

from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.syntonic.numbers import lucas

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane


def factors(n: int) -> Iterator[tuple[int, int]]:
    """The primes of n >= 1 and their exponents, by trial division: the time grows with the root of n.

    >>> list(factors(360))
    [(2, 3), (3, 2), (5, 1)]
    """
    _at_least(n, 1, "factors")
    p = 2
    while p * p <= n:
        count = 0
        while n % p == 0:
            n, count = n // p, count + 1
        if count:
            yield p, count
        p += 1 + p % 2
    if n > 1:
        yield n, 1


def mobius(n: int) -> int:
    """0 where a square divides n >= 1, else (-1)^(number of its primes).

    >>> [mobius(n) for n in range(1, 11)]
    [1, -1, -1, 0, -1, 1, -1, 0, 0, 1]
    """
    exponents = [count for _, count in factors(_at_least(n, 1, "mobius"))]
    return 0 if any(count > 1 for count in exponents) else (-1) ** len(exponents)


def mobius_upto(limit: int) -> Plane:
    """mobius(n) at every index n up to the limit, as int8; 0 at index 0. Shape (limit + 1,).

    >>> mobius_upto(10).tolist()
    [0, 1, -1, -1, 0, -1, 1, -1, 0, 0, 1]
    """
    count = _at_least(limit, 0, "mobius_upto") + 1
    ones = planes.zeros((count,))
    ones[1:] = 1
    rest = ones.cumsum(dtype=planes.NATIVE[3])  # each n, of which the small primes are taken out below
    mu = ones
    for p in _primes(isqrt(limit)):
        mu[p::p] *= -1
        mu[p * p :: p * p] = 0
        rest[p::p] //= p
    mu[rest > 1] *= -1  # one prime above the root is left, where no square divides n
    return mu


def _primes(limit: int) -> Iterator[int]:
    candidates = bytearray([1]) * (limit + 1)
    for p in range(2, limit + 1):
        if candidates[p]:
            yield p
            candidates[p * p :: p] = bytes(len(range(p * p, limit + 1, p)))


def squarefree_mask(d: int) -> Plane:
    """Whether no square divides n, for n = 1 to d: at index n - 1. Shape (d,); about 6 / pi^2 of them hold.

    >>> int(squarefree_mask(20).sum())
    13
    """
    return mobius_upto(_at_least(d, 0, "squarefree_mask"))[1:] != 0


def mertens(n: int) -> int:
    """M(n) = mobius(1) + ... + mobius(n), in about n^(2/3) steps: the sum of M(n // k) over all k is 1.

    >>> mertens(10**6)
    212
    """
    known = max(1000, round(_at_least(n, 0, "mertens") ** (2 / 3)))  # a choice of speed: any number gives the same
    small: list[int] = mobius_upto(min(n, known)).cumsum(dtype=planes.NATIVE[3]).tolist()
    large: dict[int, int] = {}

    def of(m: int) -> int:
        return small[m] if m < len(small) else large[m]

    for k in range(n // len(small), 0, -1):
        m, total, first = n // k, 1, 2
        while first <= m:
            last = m // (m // first)
            total -= (last - first + 1) * of(m // first)
            first = last + 1
        large[m] = total
    return of(n)


def pisano(m: int) -> int:
    """The period of the Fibonacci numbers modulo m >= 1: the order of phi among the units of Z[phi] / m.

    A multiple is known for each prime power, and its primes are tried out; the time is that of `factors(m)`.

    >>> [pisano(m) for m in (1, 2, 3, 10, 1000)]
    [1, 3, 8, 60, 1500]
    """
    return lcm(*(_pisano_of_power(p, count) for p, count in factors(_at_least(m, 1, "pisano"))))


def _pisano_of_power(p: int, count: int) -> int:
    modulus = p**count
    match p % 5:  # whether 5 is a square modulo p: phi lies in the field of p, or of p^2 elements
        case _ if p == 2:
            period = 3
        case 0:
            period = 20
        case 1 | 4:
            period = p - 1
        case _:
            period = 2 * (p + 1)
    period *= p ** (count - 1)
    for q in {q for q, _ in factors(period)}:
        while period % q == 0 and _phi_power_modulo(period // q, modulus) == (1 % modulus, 0):
            period //= q
    return period


def _phi_power_modulo(n: int, m: int) -> tuple[int, int]:
    """a and b of phi^n = a + b phi, modulo m."""

    def next_bit(power: tuple[int, int], bit: str) -> tuple[int, int]:
        a, b = power
        a, b = (a * a + b * b) % m, (2 * a * b + b * b) % m
        return (b, (a + b) % m) if bit == "1" else (a, b)

    return reduce(next_bit, f"{n:b}", (1 % m, 0))


def winding_states(norm2: int | None = None, *, max: int | None = None) -> Plane:
    """The integer vectors of four parts with |n|^2 <= norm2, or with |n_i| <= max, in lexicographic order: (N, 4).

    With norm2 there are 1 + 8 s of them, s the sum of all divisors, those of 4 left out, of 1 to norm2 (Jacobi); with
    max, (2 max + 1)^4.

    >>> winding_states(25).shape, winding_states(max=1).shape
    ((3121, 4), (81, 4))
    """
    if (norm2 is None) == (max is None):
        raise ArgumentError(f"winding_states(norm2={norm2}, max={max})", expected="one of the two")
    reach = isqrt(_at_least(norm2, 0, "winding_states")) if norm2 is not None else _at_least(max or 0, 0, "max")
    side = planes.from_integers(range(-reach, reach + 1)).astype(planes.NATIVE[2])
    shape = (len(side),) * 4
    parts = [planes.spread(side.reshape([-1 if i == axis else 1 for i in range(4)]), shape) for axis in range(4)]
    states = planes.joined(parts, 4, new_axis=True).reshape(-1, 4)
    return states if norm2 is None else states[(states * states).sum(axis=1) <= norm2]


def generation(n: Any) -> Any:
    """1 + floor(log_phi(max |n_i|)) of integer vectors (..., parts) -> (...), by comparing integers alone; 0 of zeros.

    phi^k <= m holds for an integer m where L(k) <= m for even k, where L(k) < m for odd k: logarithms of floats fail
    there. An integer, or a vector, gives an int.

    >>> [generation(n) for n in (0, 1, 2, 3, 4, 5)], generation([3, -5, 0, 1])
    ([0, 1, 2, 3, 3, 4], 4)
    """
    vectors = planes.from_integers(n, what="n")
    if vectors.ndim == 0:
        vectors = vectors.reshape(1)
    if vectors.shape[-1] == 0:
        raise ShapeError(f"generation of vectors of shape {vectors.shape}", expected="vectors of one part or more")
    largest = abs(vectors).max(axis=-1)
    bound = planes.bound_of(vectors)
    least = [1]  # of each generation: phi^k rounded up
    while least[-1] <= bound:
        k = len(least)
        least.append(lucas(k) + k % 2)
    if vectors.ndim == 1:
        return bisect_right(least, int(largest))
    starts: Any = planes.from_integers(least)
    return starts.searchsorted(largest, side="right")


def _at_least(n: int, least: int, function: str) -> int:
    if n < least:
        raise ArgumentError(f"{function} got {n}", expected=f"an integer from {least} on")
    return n
