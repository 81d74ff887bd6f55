"""The network of an estimator: liquid layers over a sequence, and a linear map of what they end with."""

from __future__ import annotations

from typing import Any

from emberharmony import nn, ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.modules import module, static
from emberharmony.ops import random
from emberharmony.ops.like import one_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random import Key

__all__ = ["CELLS", "Network", "network"]

CELLS: dict[str, Any] = {"ltc": nn.LTC, "cfc": nn.CfC}


@module
class Network:
    """`head(pooled(body(x)))`, for a batch x (B, T, F): one output for each sequence, or with "each" for each step."""

    body: Any
    head: nn.Linear
    pool: str = static(default="last")
    pace: float = static(default=1.0)  # time spans are multiplied by it

    def __call__(self, batch: dict[str, Any]) -> Any:
        """The outputs (B, O), or (B, T, O), of a batch with "x" and, where there are any, "timespans" and "mask"."""
        mask, spans = batch.get("mask"), batch.get("timespans")
        y, _ = self.body(batch["x"], timespans=self.pace if spans is None else spans * self.pace, mask=mask)
        if self.pool == "mean":
            y = ops.mean(y, axis=1) if mask is None else _masked_mean(y, mask)
        return self.head(y)


def _masked_mean(y: Any, mask: Any) -> Any:
    kept = ops.astype(mask, y.dtype)
    return ops.sum(y * kept[..., None], axis=1) / ops.sum(kept, axis=1, keepdims=True)


def network(
    inputs: int,
    outputs: int,
    *,
    cell: str,
    units: Any,
    layers: int,
    bidirectional: bool,
    mixed_memory: bool,
    pool: str,
    pace: float = 1.0,
    key: Key,
    dtype: str,
) -> Network:
    """A network with new weights; `units` is a number of neurons or a wiring."""
    one_of("a liquid estimator", "cell", cell, tuple(CELLS))
    one_of("a liquid estimator", "pool", pool, ("last", "mean", "each"))
    if layers < 1:
        raise ArgumentError(f"a liquid estimator got layers={layers!r}", expected="at least 1")
    made: list[Any] = []
    keys = random.split(key, 2 * layers + 1)
    width = inputs
    for i in range(layers):
        named = {"return_sequences": i + 1 < layers or pool != "last", "dtype": dtype, "mixed_memory": mixed_memory}
        ways = [CELLS[cell](width, units, key=keys[2 * i + j], **named) for j in range(2 if bidirectional else 1)]
        made.append(nn.Bidirectional(*ways) if bidirectional else ways[0])
        width = made[-1].output_size
    body = made[0] if layers == 1 else nn.Stacked(tuple(made))
    return Network(body, nn.Linear(width, outputs, key=keys[2 * layers], dtype=dtype), pool, pace)
