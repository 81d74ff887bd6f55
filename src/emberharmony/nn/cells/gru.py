"""The gated recurrent unit (Cho et al., 2014)."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.nn.linear import Linear, glorot
from emberharmony.nn.modules import module
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["GRUCell"]


@module
class GRUCell:
    """``r, z = sigmoid(x W + h U + b)``,  ``n = tanh(x Wn + bn + r (h Un))``,  ``h' = (1 - z) n + z h``

    The state is h; time does not enter, so `dt` is ignored.
    """

    inputs: Linear  # (I, 3U): r, z, n
    recurrent_weight: AnyArray  # (U, 3U)

    def __init__(self, input_size: int, hidden_size: int, *, key: Key, dtype: DType = "float32") -> None:
        keys = random.split(key)
        self.inputs = Linear(input_size, 3 * hidden_size, key=keys[0], dtype=dtype)
        self.recurrent_weight = glorot(keys[1], hidden_size, 3 * hidden_size, dtype)

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.inputs.weight.shape[0]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.output_size,)

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.recurrent_weight.shape[0]

    def bare(self) -> GRUCell:
        """The same cell, which has nothing to prepare."""
        return self

    def output(self, state: AnyArray) -> Any:
        """What is given of a state: all of it."""
        return state

    def __call__(self, x: AnyArray, h: AnyArray, dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """x (..., I), h (..., U)  ->  new h, twice."""
        n = self.output_size
        from_x, from_h = self.inputs(x), h @ self.recurrent_weight
        gates = ops.sigmoid(from_x[..., : 2 * n] + from_h[..., : 2 * n])
        r, z = gates[..., :n], gates[..., n:]
        fresh = ops.tanh(from_x[..., 2 * n :] + r * from_h[..., 2 * n :])
        h = fresh + z * (h - fresh)
        return h, h
