"""Numbers of the golden field: phi, its powers, the sequences that come from them, and divisibility in Z[phi]."""

from __future__ import annotations

from numbers import Real

from emberharmony._core import Golden
from emberharmony.errors import ArgumentError

Real.register(Golden)

phi = Golden(0, 1)
sqrt5 = Golden(-1, 2)


def fib(n: int) -> int:
    """The Fibonacci number F(n), for any whole n: F(-n) = (-1)^(n + 1) F(n).

    >>> [fib(n) for n in range(-3, 8)]
    [2, -1, 1, 0, 1, 1, 2, 3, 5, 8, 13]
    """
    return phi_power(n).b


def lucas(n: int) -> int:
    """The Lucas number L(n) = phi^n + (1 - phi)^n, for any whole n.

    >>> [lucas(n) for n in range(8)]
    [2, 1, 3, 4, 7, 11, 18, 29]
    """
    power = phi_power(n)
    return 2 * power.a + power.b


def phi_power(n: int) -> Golden:
    """phi^n = F(n - 1) + F(n) phi, for any whole n: every power is a number of the ring Z[phi].

    >>> phi_power(10), phi_power(-1)
    (Golden(34, 55), Golden(-1, 1))
    """
    if not hasattr(n, "__index__"):
        raise ArgumentError(f"a power, or a Fibonacci number, of index {n!r}", expected="an integer")
    return phi**n


def phi_exponent(x: Golden) -> int:
    """The largest k with phi^k <= x, for any x > 0, exactly.

    >>> phi_exponent(phi_power(300)), phi_exponent(phi_power(300) - phi_power(-300))
    (300, 299)
    """
    if x <= 0:
        raise ArgumentError(f"phi_exponent of {x}", expected="a number above 0")
    k = _near(x) if x >= 1 else -_near(1 / x)
    power = phi_power(k)
    while power > x:
        k, power = k - 1, power * (phi - 1)
    while (above := power * phi) <= x:
        k, power = k + 1, above
    return k


def _near(x: Golden) -> int:
    """A number within two of the largest k with phi^k <= x, for x >= 1 of less than 2^30 bits."""
    return (int(x).bit_length() * 14404200) // 10**7  # the logarithm of 2 to the base phi


def euclidean_divmod(x: Golden | int, y: Golden | int) -> tuple[Golden, Golden]:
    """x = q y + r in Z[phi], with |norm(r)| <= 5/16 |norm(y)|: the ring is Euclidean by its norm.

    Both parts of q are those of x / y, rounded; `divmod` of the real values, `x // y` and `x % y`, is another thing.

    >>> euclidean_divmod(Golden(7, 3), Golden(4, 1))
    (Golden(2, 0), Golden(-1, 1))
    """
    x, y = _integral(x, "euclidean_divmod"), _integral(y, "euclidean_divmod")
    quotient = x / y
    q = Golden(_rounded(quotient.a, quotient.den), _rounded(quotient.b, quotient.den))
    return q, x - q * y


def _rounded(a: int, den: int) -> int:
    return (2 * a + den) // (2 * den)


def gcd(x: Golden | int, y: Golden | int) -> Golden:
    """The greatest common divisor in Z[phi]: of all associates, which differ by units +-phi^n, the one of `canonical`.

    Of two integers it is their usual one; gcd(0, 0) is 0.

    >>> gcd(Golden(4, 2), 11), gcd(12, 18)
    (Golden(1, 0), Golden(6, 0))
    """
    x, y = _integral(x, "gcd"), _integral(y, "gcd")
    while y:
        x, y = y, euclidean_divmod(x, y)[1]
    return canonical(x)


def canonical(x: Golden | int) -> Golden:
    """The one associate +-phi^n x with 1 <= x / |conj(x)| < phi^2 and x > 0: the same for all associates.

    Positive integers are their own; 0 stays 0.

    >>> canonical(phi_power(-40) * 7), canonical(1 - 2 * phi)
    (Golden(7, 0), Golden(-1, 2))
    """
    x = _integral(x, "canonical")
    if not x:
        return x
    ratio = x * x / abs(x.norm())  # x / conj(x) in size: a factor phi makes it phi^2 times larger
    return abs(x * phi_power(-(phi_exponent(ratio) // 2)))


def _integral(x: Golden | int, function: str) -> Golden:
    number = x if isinstance(x, Golden) else Golden(x)
    if not number.is_integral():
        raise ArgumentError(
            f"{function} got {number}", expected="a number of the ring Z[phi]: a + b*phi with integers a and b"
        )
    return number
