"""What a case is: the place of a function, how hard it is, and the inputs it is tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from benchmarks.purify.corpus import Package

Tier = Literal["core", "hard"]
Array = Any  # of NumPy, whose own types say little of what arithmetic gives


@dataclass(frozen=True)
class Call:
    """One input set. NumPy arrays among the arguments, also inside of lists, become arrays of the backend."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(args, kwargs)


class Inputs:
    """Arrays from one seed; every letter is a kind of array, every argument an axis."""

    def __init__(self, seed: int = 20260) -> None:
        self._random = np.random.default_rng(seed)

    def x(self, *shape: int) -> Array:
        """Any real numbers."""
        return self._random.normal(size=shape)

    def p(self, *shape: int) -> Array:
        """Positive numbers, from 0.1 to 3."""
        return self._random.uniform(0.1, 3.0, size=shape)

    def u(self, *shape: int) -> Array:
        """Between 0 and 1."""
        return self._random.uniform(size=shape)

    def w(self, *shape: int) -> Array:
        """Weights that sum to 1 along the last axis."""
        raw = self._random.uniform(0.1, 1.0, size=shape)
        return raw / raw.sum(axis=-1, keepdims=True)

    def i(self, high: int, *shape: int) -> Array:
        """Integers below `high`."""
        return self._random.integers(0, high, size=shape)

    def c(self, *shape: int) -> Array:
        """Complex numbers."""
        return self._random.normal(size=shape) + 1j * self._random.normal(size=shape)

    def spd(self, n: int) -> Array:
        """A symmetric matrix with positive eigenvalues."""
        raw = self._random.normal(size=(n, n))
        return raw @ raw.T + n * np.eye(n)


@dataclass(frozen=True)
class Case:
    """A function of a release. What it needs of its module, and of private modules of its package, is cut out with it.

    `instead` holds source for helpers that only check their input and cannot be cut out, by name.
    """

    name: str
    package: Package
    path: str
    function: str
    inputs: Callable[[Inputs], list[Call]]
    tier: Tier = "core"
    instead: Mapping[str, str] = field(default_factory=dict[str, str])

    def calls(self) -> list[Call]:
        return self.inputs(Inputs())
