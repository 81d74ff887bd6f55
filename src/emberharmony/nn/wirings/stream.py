"""Where recipes draw from: a stream of their own, or NumPy's, to build the graphs of another library."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeVar

from emberharmony.errors import ArgumentError

T = TypeVar("T")
Rng = Literal["ember", "ncps"]

EVEN = (-1, 1)  # as many inhibitory as excitatory synapses
MOSTLY_EXCITATORY = (-1, 1, 1)


class Stream(Protocol):
    """Numbers that follow from a seed."""

    def below(self, n: int, /) -> int:
        """One of 0, ..., n - 1."""
        ...

    def distinct(self, items: Sequence[T], count: int, /) -> list[T]:
        """`count` different items, in the order in which they were drawn."""
        ...


class OwnStream:
    """Python promises that `random()` of a seed stays as it is, and promises nothing of `sample` and `choice`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def below(self, n: int, /) -> int:
        """One of 0, ..., n - 1."""
        # never n: random() <= 1 - 2^-53, and n (1 - 2^-53) rounds to the number before n
        return int(self._random() * n)

    def distinct(self, items: Sequence[T], count: int, /) -> list[T]:
        """The first `count` places of a shuffle."""
        left = list(items)
        for i in range(count):
            j = i + self.below(len(left) - i)
            left[i], left[j] = left[j], left[i]
        return left[:count]


class NumpyStream:
    """The stream of one of NumPy's generators, drawn from by `choice`."""

    def __init__(self, kind: Literal["RandomState", "Generator"], seed: int) -> None:
        from emberharmony.backend.numpy.legacy_stream import legacy_stream

        self._choice: Any = legacy_stream(kind, seed).choice

    def below(self, n: int, /) -> int:
        """One of 0, ..., n - 1."""
        return int(self._choice(n))

    def distinct(self, items: Sequence[T], count: int, /) -> list[T]:
        """What `choice(items, size=count, replace=False)` gives."""
        return [items[i] for i in self._choice(len(items), size=count, replace=False).tolist()]


def sign(stream: Stream, signs: tuple[int, ...]) -> int:
    """One of `signs`."""
    return signs[stream.below(len(signs))]


def check_seed(recipe: str, seed: int, rng: str) -> None:
    """Seeds are numbers that both streams tell apart."""
    if seed < 0 or rng not in ("ember", "ncps"):
        raise ArgumentError(
            f"{recipe} got seed={seed!r}, rng={rng!r}",
            expected='seed >= 0, and rng="ember" or rng="ncps" for the graphs of the package ncps',
        )
