"""Numbers written out: sums of Fibonacci numbers, sums of powers of phi, continued fractions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor
from typing import NamedTuple

from emberharmony._core import Golden
from emberharmony.errors import ArgumentError
from emberharmony.syntonic.numbers import fib, phi, phi_exponent, phi_power


def zeckendorf(n: int) -> list[int]:
    """The indices, largest first, of the only Fibonacci numbers F(k), k >= 2, no two neighbours, whose sum is n >= 0.

    >>> zeckendorf(100)  # 89 + 8 + 3
    [11, 6, 4]
    """
    if not hasattr(n, "__index__") or n < 0:
        raise ArgumentError(f"zeckendorf of {n!r}", expected="an integer that is not negative")
    if n == 0:
        return []
    indices: list[int] = []
    k = phi_exponent(Golden(n)) + 2  # F(k + 1) > phi^(k - 1) > n
    power = phi_power(k)
    small, large = power.a, power.b  # F(k - 1), F(k)
    while n:
        if large <= n:
            indices.append(k)
            n -= large
        k, small, large = k - 1, large - small, small
    return indices


def from_zeckendorf(indices: Sequence[int]) -> int:
    """The sum of the Fibonacci numbers with these indices, which are as `zeckendorf` gives them.

    >>> from_zeckendorf([11, 6, 4])
    100
    """
    _descending(indices, "from_zeckendorf")
    if indices and indices[-1] < 2:
        raise ArgumentError(f"from_zeckendorf got the index {indices[-1]}", expected="indices from 2 on")
    return sum(map(fib, indices))


def beta_expand(x: Golden | int) -> list[int]:
    """The exponents, largest first, of the only powers of phi, no two neighbours, whose sum is x >= 0: its base phi.

    Finite for every x >= 0 in Z[phi], and for no other: 1/2 = 0.010010010... goes on for ever, and raises.

    >>> beta_expand(2)  # phi + phi^-2
    [1, -2]
    """
    rest = x if isinstance(x, Golden) else Golden(x)
    if not rest.is_integral():
        raise ArgumentError(
            f"{rest} has no finite expansion in base phi",
            expected="a number of Z[phi]: sums of powers of phi have no denominator",
            mend=f"beta_expand({rest * rest.den}) and the denominator {rest.den} apart",
        )
    if rest < 0:
        raise ArgumentError(f"beta_expand of {rest}", expected="a number that is not negative", mend="beta_expand(-x)")
    exponents: list[int] = []
    if rest:
        k = phi_exponent(rest)
        power = phi_power(k)
        while rest:
            if power <= rest:
                exponents.append(k)
                rest = rest - power
            k, power = k - 1, power * (phi - 1)
    return exponents


def from_beta(exponents: Sequence[int]) -> Golden:
    """The sum of phi^k over these exponents, which are as `beta_expand` gives them.

    >>> from_beta([1, -2])
    Golden(2, 0)
    """
    _descending(exponents, "from_beta")
    return sum(map(phi_power, exponents), Golden(0))


def _descending(places: Sequence[int], function: str) -> None:
    for above, below in pairwise(places):
        if above - below < 2:
            raise ArgumentError(
                f"{function} got {above} before {below}", expected="falling integers, no two neighbours"
            )


class ContinuedFraction(NamedTuple):
    """a0 + 1 / (a1 + 1 / (a2 + ...)): what comes once, and what repeats; no period where the number is rational."""

    head: tuple[int, ...]
    period: tuple[int, ...]


def continued_fraction(x: Golden | int) -> ContinuedFraction:
    """The partial quotients of x: finitely many for a rational x, else periodic from some place on.

    The period of (a + b phi) / den can be as long as b den is large: it is found by meeting a quotient again.

    >>> continued_fraction(phi), continued_fraction(Golden(43, 0, 30))
    (ContinuedFraction(head=(), period=(1,)), ContinuedFraction(head=(1, 2, 3, 4), period=()))
    """
    rest = x if isinstance(x, Golden) else Golden(x)
    seen: dict[Golden, int] = {}
    quotients: list[int] = []
    while rest not in seen:
        seen[rest] = len(quotients)
        whole = floor(rest)
        quotients.append(whole)
        beyond = rest - whole
        if not beyond:
            return ContinuedFraction(tuple(quotients), ())
        rest = 1 / beyond
    start = seen[rest]
    return ContinuedFraction(tuple(quotients[:start]), tuple(quotients[start:]))
