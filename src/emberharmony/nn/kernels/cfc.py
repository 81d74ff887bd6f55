"""The bridge to the native CfC kernel, with and without a memory beside it."""

from __future__ import annotations

from typing import Any, NamedTuple

from emberharmony import _core, ops
from emberharmony.backend import registry
from emberharmony.backend.threads import threads
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.kernels.place import empty, host, native
from emberharmony.nn.kernels.saved import Saved
from emberharmony.nn.kernels.spans import memory, reduced
from emberharmony.nn.kernels.steps import steps
from emberharmony.pytree import Structure, tree_flatten, tree_unflatten

__all__ = ["parts", "run"]

Cell = CfCCell | MixedMemoryCell


class Plan(NamedTuple):
    """What a call is, but for its arrays."""

    structure: Structure
    sequences: bool
    memory: bool


def run(bare: Cell, x: Any, state: tuple[Any, ...], dt: Any, mask: Any, sequences: bool) -> tuple[Any, tuple[Any, ...]]:
    """`steps` of a bare cell."""
    leaves, structure = tree_flatten(bare)
    plan = Plan(structure, sequences, len(state) > 1)
    y, *last = cfc_sequence(plan, x, dt, mask, *state, *leaves)
    return y, (tuple(last) if sequences else (y, *last))


@ops.custom_vjp
def cfc_sequence(plan: Plan, x: Any, dt: Any, mask: Any, *arrays: Any) -> tuple[Any, ...]:
    """(y, last h) or (last h,), and the last c where there is a memory."""
    count = 1 + plan.memory
    cell: Cell = tree_unflatten(plan.structure, arrays[count:])
    y, last = steps(cell, x, arrays[:count], dt, mask, plan.sequences)
    return (y, *last) if plan.sequences else last


def _computed(keep: bool, plan: Plan, x: Any, dt: Any, mask: Any, arrays: Any) -> tuple[Any, Saved]:
    count = 1 + plan.memory
    read = [*map(host, arrays)]
    state, leaves = read[:count], read[count:]
    given: list[Any] = [
        host(x),
        _one_or_pair(state),
        memory(dt, x),
        None if mask is None else host(mask),
        parts(tree_unflatten(plan.structure, leaves)),
    ]
    y = empty((*x.shape[:2], state[0].shape[1]), x) if plan.sequences else None
    last = [empty(s.shape, x) for s in state]
    rest: list[Any] = [y, _one_or_pair(last), keep, threads()]
    trail = _core.cfc_forward(*given, *rest)
    made = last if y is None else [y, *last]
    return tuple(native(a, x) for a in made), Saved(trail, given, read, plan, dt, x)


def _value(plan: Plan, x: Any, dt: Any, mask: Any, *arrays: Any) -> tuple[Any, ...]:
    return _computed(False, plan, x, dt, mask, arrays)[0]


def _forward(plan: Plan, x: Any, dt: Any, mask: Any, *arrays: Any) -> tuple[Any, Any]:
    return _computed(True, plan, x, dt, mask, arrays)


def _backward(saved: Saved, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
    plan, x = saved.plan, saved.given[0]
    count = 1 + plan.memory
    grads = [empty(a.shape, x) for a in saved.leaves]
    dx = empty(x.shape, x)
    ddt = empty(x.shape[:2], x) if registry.is_array(saved.dt) else None
    given = [host(g) for g in cotangents]
    dy = given[0] if plan.sequences else None
    dstate, dcell = _one_or_pair(grads[:count]), parts(tree_unflatten(plan.structure, grads[count:]))
    rest: list[Any] = [dy, _one_or_pair(given[plan.sequences :]), dx, dstate, ddt, dcell, threads()]
    _core.cfc_backward(saved.trail, *saved.given, *rest)
    made = (dx, None if ddt is None else reduced(ddt, saved.dt), None, *grads)
    return (None, *[None if a is None else native(a, saved.like) for a in made])


cfc_sequence.defvjp(_forward, _backward, native=True, value=_value)


def _one_or_pair(arrays: list[Any]) -> Any:
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def parts(cell: Any) -> Any:
    """A cell as the kernel takes it: (mode, activation, backbone, heads, vectors, lstm)."""
    memory: tuple[Any, ...] = ()
    if isinstance(cell, MixedMemoryCell):
        lstm = cell.lstm
        memory, cell = (lstm.input_weight, lstm.recurrent_weight, lstm.bias), cell.cell
    linears = [head for head in (cell.ff1, cell.ff2, cell.time_a, cell.time_b) if head is not None]
    return (
        cell.mode,
        cell.activation,
        tuple((layer.weight, layer.bias) for layer in cell.backbone),
        tuple((head.weight, head.bias) for head in linears),
        () if cell.w_tau is None else (cell.w_tau, cell.a),
        memory,
    )
