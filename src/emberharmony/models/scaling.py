"""What is learnt of numbers before anything is learnt from them: where they lie, how they spread, what is missing."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.nn.modules import buffer, module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.sequences import Sequences

__all__ = ["Scaling", "blank", "centre_and_spread", "fitted"]

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
    rows = ops.concat(sequences.values)
    gaps = ops.any(ops.isnan(rows), axis=0)
    centre, spread = centre_and_spread(rows) if scale else (ops.zeros_like(rows[0]), ops.ones_like(rows[0]))
    return Scaling(centre, spread, gaps, _usual(sequences.spans if scale else None, rows))


def blank(features: int) -> Scaling:
    """A scaling that changes nothing, for values to be loaded into."""
    zeros = ops.zeros(features, dtype="float64")
    return Scaling(zeros, ops.ones_like(zeros), zeros > 0, ops.ones((), dtype="float64"))


def centre_and_spread(rows: Any) -> tuple[Any, Any]:
    """Mean and standard deviation of each column (N, F), NaN left out; 1 for a column that does not spread."""
    seen = ~ops.isnan(rows)
    count = ops.maximum(ops.sum(ops.astype(seen, "float64"), axis=0), 1.0)
    centre = ops.sum(ops.where(seen, rows, 0.0), axis=0) / count
    d = ops.where(seen, rows - centre, 0.0)
    spread = ops.sqrt(ops.sum(d * d, axis=0) / count)
    return centre, ops.where(spread > ROUNDING * ops.abs(centre), spread, 1.0)


def _usual(spans: list[Any] | None, like: Any) -> Any:
    given = ops.zeros_like(like[:1, 0]) if spans is None else ops.concat(spans)
    positive = given[given > 0]
    return ops.mean(positive) if positive.shape[0] else ops.ones_like(like[0, 0])
