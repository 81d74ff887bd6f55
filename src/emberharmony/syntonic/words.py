"""Fibonacci words, and the sequences of whole parts that belong to them."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING

from emberharmony._core import Golden
from emberharmony.backend.numpy import planes
from emberharmony.errors import ArgumentError

if TYPE_CHECKING:
    from emberharmony.backend.numpy.planes import Plane


def fibonacci_word(n: int) -> str:
    """The first n letters of the word that 0 -> 01, 1 -> 0 leaves as it is.

    Letter k, counted from 1, is 2 + floor(k phi) - floor((k + 1) phi); each step of the rule puts the last two words
    together.

    >>> fibonacci_word(13)
    '0100101001001'
    """
    _count("fibonacci_word", n)
    before, word = "0", "01"
    while len(word) < n:
        before, word = word, word + before
    return word[:n]


def beatty(x: Golden | int, n: int) -> Plane:
    """floor(k x) for k = 1 to n, exactly. Shape (n,).

    >>> beatty(Golden(3, -1), 6).tolist()  # 3 - phi = 1.38...
    [1, 2, 4, 5, 6, 8]
    """
    _count("beatty", n)
    number = x if isinstance(x, Golden) else Golden(x)
    return planes.from_integers([number.floor_scaled(k, 1) for k in range(1, n + 1)])


def lower_wythoff(n: int) -> Plane:
    """floor(k phi) for k = 1 to n: (k + floor(k sqrt 5)) / 2, rounded down. Shape (n,).

    With `upper_wythoff` each positive integer comes once.

    >>> lower_wythoff(6).tolist()
    [1, 3, 4, 6, 8, 9]
    """
    _count("lower_wythoff", n)
    return planes.from_integers([(k + isqrt(5 * k * k)) // 2 for k in range(1, n + 1)])


def upper_wythoff(n: int) -> Plane:
    """floor(k phi^2) = floor(k phi) + k for k = 1 to n. Shape (n,).

    >>> upper_wythoff(6).tolist()
    [2, 5, 7, 10, 13, 15]
    """
    _count("upper_wythoff", n)
    return planes.from_integers([(3 * k + isqrt(5 * k * k)) // 2 for k in range(1, n + 1)])


def _count(function: str, n: int) -> None:
    if not hasattr(n, "__index__") or n < 0:
        raise ArgumentError(f"{function}(..., n={n!r})", expected="an integer from 0 on: how many to make")
