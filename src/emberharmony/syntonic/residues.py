"""Arrays as residues and back: how exact products and solutions of any size are computed with small numbers.

Modulo a prime p = 1 or 4 mod 5 a golden number is a pair of values, and products are taken value by value. A result
that is proven to be at most so large is known from enough primes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

from emberharmony import _core
from emberharmony.backend.numpy import planes
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray
    from emberharmony.syntonic.operands import Policy

Residues: TypeAlias = Any  # uint32, (primes, 2, ...)

LARGEST = 2**24


def enough(bound: int, limit: int = LARGEST) -> list[int]:
    """Primes below `limit` whose product is more than four times the bound, so that each integer up to it is known."""
    target, count = 4 * bound + 1, 1 + planes.bits(4 * bound) // (limit.bit_length() - 2)
    primes = _core.golden_primes(limit, count)
    while prod(primes) <= target:
        count *= 2
        more = _core.golden_primes(limit, count)
        if len(more) == len(primes):
            raise ArgumentError(
                f"a result of {planes.bits(bound)} bits",
                expected=f"at most what all primes below {limit} hold together",
            )
        primes = more
    while len(primes) > 1 and prod(primes[:-1]) > target:
        primes.pop()
    return primes


def of(x: GoldenArray, primes: list[int]) -> Residues:
    """Both values of each numerator modulo each prime: (primes, 2, *shape)."""
    words, first = planes.words_of(x.a, x.bounds()[0], x.bounds()[1])
    _, second = planes.words_of(x.b, x.bounds()[0], x.bounds()[1])
    out = planes.empty((len(primes), 2, x.size), planes.UINT32)
    _core.golden_reduce(out, (first, second), words, primes, threads())
    return out.reshape(len(primes), 2, *x.shape)


def combined(
    array: type[GoldenArray], residues: Residues, primes: list[int], bound: int, den: int, overflow: Policy
) -> GoldenArray:
    """The array whose integers, at most `bound`, have these residues."""
    shape = residues.shape[2:]
    residues = planes.contiguous(residues, planes.UINT32)
    out = planes.empty((2, prod(shape), _core.golden_words(primes)), planes.UINT64)
    _core.golden_combine(out, residues.reshape(len(primes), 2, prod(shape)), primes, threads())
    a, b = (planes.from_words(plane, bound).reshape(shape) for plane in out)
    return array._of(a, b, den, (bound, bound), overflow)


def missing(primes: list[int], bound: int) -> int:
    """How many more primes the bound may ask for."""
    target, known = 4 * bound + 1, prod(primes)
    return 0 if known > target else 1 + (target // known).bit_length() // 22


def after(primes: list[int], count: int) -> list[int]:
    """The next smaller primes."""
    return _core.golden_primes(min(primes), count)
