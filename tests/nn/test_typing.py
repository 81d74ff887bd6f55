"""Type checkers know the constructor of a module and what functions of trees return."""

import pytest
from tests.test_typing import check

__all__ = ["check"]

USER = """
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
from emberharmony import nn

Floats = npt.NDArray[np.float64]
T = TypeVar("T")


@nn.module
class Linear:
    weight: Floats
    bias: Floats | None = None
    mask: Floats = nn.buffer(default_factory=lambda: np.ones(3))
    units: int = nn.static(default=6)

    def __call__(self, x: Floats) -> Floats:
        return x @ self.weight


@nn.module
class Gated(Linear):
    gate: Floats | None = nn.buffer(default=None)


@nn.module
class Sized:
    weight: Floats
    size: int = nn.static()

    def __init__(self, size: int) -> None:
        self.weight, self.size = np.ones(size), size


@nn.module
class Wrap(Generic[T]):
    inside: T
    name: str = nn.static()


m = Linear(np.ones((2, 3)), units=3)
y: Floats = m(np.ones(2))
n: Linear = nn.replace(m, units=4)
g: Gated = Gated(np.ones((2, 3)), None, gate=np.ones(3))
s: int = Sized(3).size
w: Linear = Wrap(m, "w").inside
dynamic, rest = nn.partition(n)
again: Linear = dynamic
loaded: Linear = nn.load(m, "w.safetensors", cast=True)
state: dict[str, object] = nn.state_dict(m)
"""
WRONG = """
from emberharmony import nn


@nn.module
class Linear:
    weight: object
    mask: object = nn.buffer()
    units: int = nn.static(default="six")


m = Linear(1.0)
Linear(1.0, 2.0, units="many")
n: int = nn.replace(m, units=3)
"""


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_the_constructor_is_known_and_mistakes_are_found(check, tool):
    assert check(tool, USER) == 0
    assert check(tool, WRONG) == 4
