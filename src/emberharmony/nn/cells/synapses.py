"""Chemical synapses as a list: what a network has, and nothing for what it does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emberharmony import ops
from emberharmony.nn.modules import buffer, module, static
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["Synapses"]


@module
class Synapses:
    """E synapses from sources i to neurons j. Each opens with the signal u of its source and drives its target:

        g = w sigmoid(sigma (u_i - mu)),   drive_j = sum g E,   load_j = sum g

    The sums go over the synapses of j, in the order of the list, which is sorted by target.
    """

    w: AnyArray  # (E,) conductance when open, positive
    sigma: AnyArray  # (E,) slope
    mu: AnyArray  # (E,) the signal at which it is half open
    erev: AnyArray  # (E,) reversal potential: where it drives its target to
    source: AnyArray = buffer()  # (E,) int32
    target: AnyArray = buffer()  # (E,) int32
    targets: int = static()

    def __init__(
        self, edges: Sequence[tuple[int, int, int]], targets: int, *, key: Key, dtype: DType = "float32"
    ) -> None:
        """`edges` are (source, target, sign), sorted by target; ranges as in Hasani et al., AAAI 2021."""
        keys = random.split(key, 3)
        n = len(edges)
        self.w = random.uniform(keys[0], (n,), dtype, 0.001, 1.0)
        self.sigma = random.uniform(keys[1], (n,), dtype, 3.0, 8.0)
        self.mu = random.uniform(keys[2], (n,), dtype, 0.3, 0.8)
        self.erev = ops.asarray([float(sign) for _, _, sign in edges], dtype=dtype)
        self.source = ops.asarray([source for source, _, _ in edges], dtype="int32")
        self.target = ops.asarray([target for _, target, _ in edges], dtype="int32")
        self.targets = targets

    def __call__(self, u: AnyArray) -> tuple[Any, Any]:
        """u (..., sources) -> (drive, load), (..., targets) each."""
        g = self.w * ops.sigmoid(self.sigma * (ops.take(u, self.source, axis=-1) - self.mu))
        return self._summed(g * self.erev), self._summed(g)

    def _summed(self, g: Any) -> Any:
        zeros = ops.made_like(g, "zeros", (*g.shape[:-1], self.targets), dtype=g.dtype)
        return ops.at(zeros)[..., self.target].add(g) if g.shape[-1] else zeros
