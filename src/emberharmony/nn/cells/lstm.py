"""Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate by Gers et al., 2000)."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.nn.linear import glorot
from emberharmony.nn.modules import module
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["LSTMCell"]


@module
class LSTMCell:
    """``[a, i, f, o] = x Wi + h Wh + b``, ``c' = c sigmoid(f + 1) + tanh(a) sigmoid(i)``, ``h' = tanh(c') sigmoid(o)``

    The gates open wide for the past at first, by the 1 that is added to f. The state is the pair (h, c); time does not
    enter, so `dt` is ignored.
    """

    input_weight: AnyArray  # (I, 4U)
    recurrent_weight: AnyArray  # (U, 4U)
    bias: AnyArray  # (4U,)

    def __init__(self, input_size: int, hidden_size: int, *, key: Key, dtype: DType = "float32") -> None:
        keys = random.split(key)
        self.input_weight = glorot(keys[0], input_size, 4 * hidden_size, dtype)
        self.recurrent_weight = glorot(keys[1], hidden_size, 4 * hidden_size, dtype)
        self.bias = ops.zeros(4 * hidden_size, dtype=dtype)

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.input_weight.shape[0]

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.output_size, self.output_size)

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.recurrent_weight.shape[0]

    def bare(self) -> LSTMCell:
        """The same cell, which has nothing to prepare."""
        return self

    def output(self, state: tuple[AnyArray, AnyArray]) -> Any:
        """What is given of a state: h."""
        return state[0]

    def __call__(self, x: AnyArray, state: tuple[AnyArray, AnyArray], dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """x (..., I), (h, c) (..., U) each  ->  new h, (new h, new c)."""
        h, c = state
        n = self.output_size
        z = x @ self.input_weight + h @ self.recurrent_weight + self.bias
        a, i, f, o = z[..., :n], z[..., n : 2 * n], z[..., 2 * n : 3 * n], z[..., 3 * n :]
        c = c * ops.sigmoid(f + 1.0) + ops.tanh(a) * ops.sigmoid(i)
        h = ops.tanh(c) * ops.sigmoid(o)
        return h, (h, c)
