"""What is learnt of numbers before anything is learnt from them: where they lie, how they spread, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.nn.modules import buffer, module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.sequences import Sequences

__all__ = ["Scaling", "blank", "centre_and_spread", "fitted"]

BLOCK = 1 << 16  # rows that are looked at together, where there are so many
ROUNDING = 2.0**-48  # of float64, with room for a sum: a spread below this part of the mean is no spread


@module
class Scaling:
    """`(x - centre) / spread` for each feature, time spans in units of the usual one, and a value for what is missing.

    A NaN becomes 0, the centre. A feature with a NaN in the training data gets an indicator beside it, 1 where it was
    not observed: without it nobody could tell an unobserved value from an ordinary one. A feature that was always there
    in training gets none; a NaN in it later is an ordinary value.
    """

    centre: Any = buffer()  # (F,)
    spread: Any = buffer()  # (F,)
    gaps: Any = buffer()  # (F,), true for a feature with an indicator
    span: Any = buffer()  # (), the mean of the time spans that are not 0

    @property
    def inputs(self) -> int:
        """How many numbers a step has for the network."""
        return self.centre.shape[0] + int(ops.sum(ops.astype(self.gaps, "int64")))

    def __call__(self, x: Any) -> Any:
        """One sequence, (T, F) -> (T, inputs)."""
        missing = ops.isnan(x)
        y = ops.where(missing, 0.0, (x - self.centre) / self.spread)
        return ops.concat([y, ops.astype(missing[:, self.gaps], "float64")], axis=-1)


def fitted(sequences: Sequences, scale: bool) -> Scaling:
    """The scaling of training data; without `scale` numbers and spans stay what they are."""
    with use_backend("numpy"):
        gaps: Any = False
        for rows in _blocks(sequences.values):
            gaps = ops.any(ops.isnan(rows), axis=0) | gaps
        zeros = ops.zeros(sequences.features, dtype="float64")
        centre, spread = centre_and_spread(sequences.values) if scale else (zeros, ops.ones_like(zeros))
        return Scaling(centre, spread, gaps, _usual(sequences.spans if scale else None))


def blank(features: int) -> Scaling:
    """A scaling that changes nothing, for values to be loaded into."""
    zeros = ops.zeros(features, dtype="float64")
    return Scaling(zeros, ops.ones_like(zeros), zeros > 0, ops.ones((), dtype="float64"))


def centre_and_spread(parts: list[Any]) -> tuple[Any, Any]:
    """Mean and standard deviation of each column of arrays (N_i, F), NaN left out; 1 for what does not spread."""
    count: Any = 0.0
    total: Any = 0.0
    for rows in _blocks(parts):
        seen = ~ops.isnan(rows)
        count = ops.sum(ops.astype(seen, "float64"), axis=0) + count
        total = ops.sum(ops.where(seen, rows, 0.0), axis=0) + total
    count = ops.maximum(count, 1.0)
    centre, squares = total / count, ops.zeros_like(total)
    for rows in _blocks(parts):
        d = ops.where(ops.isnan(rows), 0.0, rows - centre)
        squares = ops.sum(d * d, axis=0) + squares
    spread = ops.sqrt(squares / count)
    return centre, ops.where(spread > ROUNDING * ops.abs(centre), spread, 1.0)


def _usual(spans: list[Any] | None) -> Any:
    total, count = ops.zeros((), dtype="float64"), 0
    for given in _blocks(spans or []):
        positive = given[given > 0]
        total, count = ops.sum(positive) + total, count + positive.shape[0]
    return ops.asarray(total / count if count else 1.0, dtype="float64")


def _blocks(parts: list[Any]) -> Iterator[Any]:
    """The rows of arrays, some of them at a time, in float64: all of them would be twice as large as float32."""
    waiting: list[Any] = []
    rows = 0
    for part in parts:
        for start in range(0, part.shape[0], BLOCK):
            waiting.append(part[start : start + BLOCK])
            rows += waiting[-1].shape[0]
            if rows >= BLOCK:
                yield ops.astype(ops.concat(waiting), "float64", copy=False)
                waiting, rows = [], 0
    if waiting:
        yield ops.astype(ops.concat(waiting), "float64", copy=False)
