"""Which kernel runs a cell."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import name_of
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.ltc import LTCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.cells.wired_cfc import WiredCfCCell
from emberharmony.nn.kernels import cfc, ltc
from emberharmony.nn.kernels.place import is_on_host
from emberharmony.nn.kernels.steps import steps
from emberharmony.pytree import tree_leaves

__all__ = ["run"]


def run(cell: Any, x: Any, state: tuple[Any, ...], dt: Any, mask: Any, sequences: bool) -> tuple[Any, tuple[Any, ...]]:
    """`steps`, by a native kernel where there is one for the cell, its numbers and the place where they are."""
    if isinstance(cell, WiredCfCCell):
        return _layers(cell, x, state, dt, mask, sequences)
    kernel = _kernel(cell)
    if kernel is None or not _fits(cell, x):
        return steps(cell, x, state, dt, mask, sequences)
    return kernel(cell.bare(), x, state, dt, mask, sequences)


def _kernel(cell: Any) -> Any:
    if isinstance(cell, LTCCell):
        return ltc.run if cell.solver == "fused" else None
    if isinstance(cell, CfCCell) or (isinstance(cell, MixedMemoryCell) and isinstance(cell.cell, CfCCell)):
        return cfc.run
    return None


def _fits(cell: Any, x: Any) -> bool:
    """The kernels compute in one type, float32 or float64, in the memory of the CPU."""
    dtype = name_of(x.dtype)
    if dtype not in ("float32", "float64") or not is_on_host(x):
        return False
    floats = {name_of(leaf.dtype) for leaf in tree_leaves(cell)} - {"int32"}
    return floats == {dtype}


def _layers(
    cell: WiredCfCCell, x: Any, state: tuple[Any, ...], dt: Any, mask: Any, sequences: bool
) -> tuple[Any, tuple[Any, ...]]:
    # a layer needs no more of the one before than its outputs: each runs over the whole sequence in its turn
    signal: Any = x
    last: list[Any] = []
    for i, (layer, h) in enumerate(zip(cell.layers, cell.parts(state[0]), strict=True)):
        through = sequences or i + 1 < len(cell.layers)
        signal, (h,) = run(layer, signal, (h,), dt, mask, through)
        last.append(h)
    return signal[..., : cell.output_size], (ops.concat(last, axis=-1),)
