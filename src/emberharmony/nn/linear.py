"""A linear map and how its weights begin."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.nn.modules import module
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["Linear", "glorot"]


def glorot(key: Key, inputs: int, outputs: int, dtype: DType = "float32") -> Any:
    """Uniform weights (inputs, outputs) of variance ``2 / (inputs + outputs)`` (Glorot and Bengio, 2010)."""
    bound = (6.0 / max(inputs + outputs, 1)) ** 0.5
    return random.uniform(key, (inputs, outputs), dtype, -bound, bound)


@module
class Linear:
    """``y = x weight + bias``; note that the weight is (inputs, outputs), the transpose of PyTorch's.

    Shapes: (..., inputs) -> (..., outputs).

    >>> from emberharmony.ops import random
    >>> Linear(2, 3, key=random.key(0))
    Linear(weight=float32[2, 3], bias=float32[3])
    """

    weight: AnyArray
    bias: AnyArray

    def __init__(self, inputs: int, outputs: int, *, key: Key, dtype: DType = "float32") -> None:
        self.weight = glorot(key, inputs, outputs, dtype)
        self.bias = ops.zeros(outputs, dtype=dtype)

    def __call__(self, x: AnyArray) -> Any:
        """``x weight + bias``."""
        return x @ self.weight + self.bias
