"""The plain recurrent cell (Elman, 1990), on any wiring."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells.cfc import ACTIVATIONS
from emberharmony.nn.linear import glorot
from emberharmony.nn.modules import buffer, module, replace, static
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.wirings import Wiring
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["RNNCell"]


@module
class RNNCell:
    """``h' = activation(x (W * S) + h (U * A) + b)`` with the masks S and A of the wiring; the output is its motors.

    The state is h; time does not enter, so `dt` is ignored.
    """

    input_weight: AnyArray  # (I, N)
    recurrent_weight: AnyArray  # (N, N)
    bias: AnyArray  # (N,)
    input_mask: AnyArray | None = buffer()
    recurrent_mask: AnyArray | None = buffer()
    wiring: Wiring = static()
    activation: str = static()

    def __init__(self, wiring: Wiring, *, key: Key, activation: str = "tanh", dtype: DType = "float32") -> None:
        if activation not in ACTIVATIONS:
            raise ArgumentError(f"RNN got activation={activation!r}", expected=f"one of {', '.join(ACTIVATIONS)}")
        keys = random.split(key)
        self.input_weight = glorot(keys[0], wiring.inputs, wiring.units, dtype)
        self.recurrent_weight = glorot(keys[1], wiring.units, wiring.units, dtype)
        self.bias = ops.zeros(wiring.units, dtype=dtype)
        self.input_mask = ops.abs(ops.asarray(wiring.sensory_adjacency_matrix, dtype=dtype))
        self.recurrent_mask = ops.abs(ops.asarray(wiring.adjacency_matrix, dtype=dtype))
        self.wiring, self.activation = wiring, activation

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.wiring.inputs

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.wiring.units,)

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.wiring.outputs

    def bare(self) -> RNNCell:
        """The same cell with its masks in its weights."""
        return replace(
            self,
            input_weight=self.input_weight * self.input_mask,
            recurrent_weight=self.recurrent_weight * self.recurrent_mask,
            input_mask=None,
            recurrent_mask=None,
        )

    def output(self, state: AnyArray) -> Any:
        """What is given of a state: the motor neurons."""
        return state[..., : self.output_size]

    def __call__(self, x: AnyArray, h: AnyArray, dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """x (..., I), h (..., N)  ->  output (..., O), new h (..., N)."""
        bare = self if self.input_mask is None else self.bare()
        h = ACTIVATIONS[self.activation](x @ bare.input_weight + h @ bare.recurrent_weight + self.bias)
        return self.output(h), h
