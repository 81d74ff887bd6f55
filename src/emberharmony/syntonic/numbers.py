"""Numbers of the golden field: phi, its powers, and the sequences that come from them."""

from __future__ import annotations

from numbers import Real

from emberharmony._core import Golden

Real.register(Golden)

phi = Golden(0, 1)
sqrt5 = Golden(-1, 2)


def fib(n: int) -> int:
    """The Fibonacci number F(n), for any whole n: F(-n) = (-1)^(n + 1) F(n)."""
    return phi_power(n).b


def lucas(n: int) -> int:
    """The Lucas number L(n) = phi^n + (1 - phi)^n, for any whole n."""
    return int(phi_power(n).trace())


def phi_power(n: int) -> Golden:
    """phi^n = F(n - 1) + F(n) phi, for any whole n."""
    return phi**n
