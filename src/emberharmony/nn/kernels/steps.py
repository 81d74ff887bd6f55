"""The plain loop over time, in ops: what every kernel means, and what serves where no kernel can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key

__all__ = ["steps"]


def steps(
    cell: Any, x: Any, state: Sequence[Any], dt: Any, mask: Any, sequences: bool, key: Key | None = None
) -> tuple[Any, tuple[Any, ...]]:
    """x (B, T, I), the state's arrays (B, N), dt a number, (T,) or (B, T), mask (B, T) or None -> y, the last state.

    y is (B, T, O), or (B, O) without `sequences`. A step that the mask leaves out hands the state on as it is, and
    gives the output of that state. With a `key`, each step gets one of its own.
    """
    cell = cell.bare()
    rows: dict[str, Any] = {"x": ops.moveaxis(x, 1, 0)}
    if registry.is_array(dt) and dt.ndim:
        rows["dt"] = dt if dt.ndim == 1 else ops.permute_dims(dt, (1, 0))[..., None]
    if mask is not None:
        rows["mask"] = ops.permute_dims(mask, (1, 0))[..., None]
    keys = iter([] if key is None else random.split(key, max(x.shape[1], 1)))

    def body(carry: Any, row: Any) -> tuple[Any, Any]:
        before = carry if len(carry) > 1 else carry[0]
        with_key = () if key is None else (next(keys),)
        moved: Any = cell(row["x"], before, row.get("dt", dt), *with_key)[1]
        after: tuple[Any, ...] = moved if len(carry) > 1 else (moved,)
        if mask is not None:
            after = tuple(ops.where(row["mask"], new, old) for new, old in zip(after, carry, strict=True))
        return after, (_output(cell, after) if sequences else None)

    last, ys = ops.scan(body, tuple(state), rows)
    return (ops.moveaxis(ys, 0, 1) if sequences else _output(cell, last)), last


def _output(cell: Any, state: tuple[Any, ...]) -> Any:
    return cell.output(state[0] if len(state) == 1 else state)
