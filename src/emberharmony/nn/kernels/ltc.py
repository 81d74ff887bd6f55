"""The bridge to the native LTC kernel."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from emberharmony import _core, ops
from emberharmony.backend import registry
from emberharmony.backend.threads import threads
from emberharmony.nn.kernels.place import empty, host, native
from emberharmony.nn.kernels.saved import Saved
from emberharmony.nn.kernels.spans import memory, reduced
from emberharmony.nn.kernels.steps import steps
from emberharmony.nn.modules import replace
from emberharmony.pytree import Structure, tree_flatten, tree_unflatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.cells.ltc import LTCCell
    from emberharmony.nn.cells.synapses import Synapses

__all__ = ["parts", "run"]


class Plan(NamedTuple):
    """What a call is, but for its arrays."""

    structure: Structure
    sequences: bool


def run(
    bare: LTCCell, x: Any, state: tuple[Any, ...], dt: Any, mask: Any, sequences: bool
) -> tuple[Any, tuple[Any, ...]]:
    """`steps` of a bare cell: its linear maps here, what lies between them in the kernel."""
    core = replace(bare, input_weight=None, input_bias=None, output_weight=None, output_bias=None)
    leaves, structure = tree_flatten(core)
    plan = Plan(structure, sequences)
    *ys, last = ltc_sequence(plan, bare.mapped(x), state[0], dt, mask, *leaves)
    return (bare.readout(ys[0]) if sequences else bare.output(last)), (last,)


@ops.custom_vjp
def ltc_sequence(plan: Plan, u: Any, v: Any, dt: Any, mask: Any, *leaves: Any) -> tuple[Any, ...]:
    """(y, last) or (last,): the potentials of the motor neurons at every step, and all of them at the end."""
    cell: LTCCell = tree_unflatten(plan.structure, leaves)
    y, (last,) = steps(cell, u, (v,), dt, mask, plan.sequences)
    return (y, last) if plan.sequences else (last,)


def _computed(keep: bool, plan: Plan, u: Any, v: Any, dt: Any, mask: Any, leaves: Any) -> tuple[Any, Saved]:
    read = [*map(host, leaves)]
    cell: LTCCell = tree_unflatten(plan.structure, read)
    wiring = cell.wiring
    given: list[Any] = [host(u), host(v), memory(dt, v), None if mask is None else host(mask), *parts(cell)]
    rows, length, _ = u.shape
    y = empty((rows, length, wiring.outputs), u) if plan.sequences else None
    last = empty((rows, wiring.units), u)
    rest: list[Any] = [y, last, keep, threads()]
    trail = _core.ltc_forward(*given, *rest)
    made = (last,) if y is None else (y, last)
    return tuple(native(a, u) for a in made), Saved(trail, given, read, plan, dt, u)


def _value(plan: Plan, u: Any, v: Any, dt: Any, mask: Any, *leaves: Any) -> tuple[Any, ...]:
    return _computed(False, plan, u, v, dt, mask, leaves)[0]


def _forward(plan: Plan, u: Any, v: Any, dt: Any, mask: Any, *leaves: Any) -> tuple[Any, Any]:
    return _computed(True, plan, u, v, dt, mask, leaves)


def _backward(saved: Saved, cotangents: tuple[Any, ...]) -> tuple[Any, ...]:
    u, v, *_ = saved.given
    grads = [None if a.dtype.kind == "i" else empty(a.shape, u) for a in saved.leaves]
    cell: LTCCell = tree_unflatten(saved.plan.structure, grads)
    du, dv, ddt = empty(u.shape, u), empty(v.shape, u), empty(u.shape[:2], u)
    *dy, dlast = [host(g) for g in cotangents]
    wanted: list[Any] = [dy[0] if dy else None, dlast]
    outs: list[Any] = [du, dv, ddt, _neurons(cell), _synapses(cell.inputs), _synapses(cell.neurons), threads()]
    _core.ltc_backward(saved.trail, *saved.given, *wanted, *outs)
    made = (du, dv, reduced(ddt, saved.dt), None, *grads)
    return (None, *[None if a is None else native(a, saved.like) for a in made])


ltc_sequence.defvjp(_forward, _backward, native=True, value=_value)


def parts(cell: LTCCell) -> Any:
    """A bare cell of NumPy arrays as the kernel takes it: neurons, sensory and inner synapses, unfolds and epsilon."""
    lists = [_lists(synapses) + _synapses(synapses) for synapses in (cell.inputs, cell.neurons)]
    return (_neurons(cell), *lists, cell.ode_unfolds, cell.epsilon)


def _neurons(cell: LTCCell) -> tuple[Any, ...]:
    return cell.capacity, cell.leak, cell.rest


def _synapses(synapses: Synapses) -> tuple[Any, ...]:
    return synapses.w, synapses.sigma, synapses.mu, synapses.erev


def _lists(synapses: Synapses) -> tuple[Any, Any]:
    """(offsets, sources): those of target j are sources[offsets[j]:offsets[j + 1]]."""
    target: Any = synapses.target
    return target.searchsorted(_range(synapses.targets + 1)).astype(target.dtype), synapses.source


@functools.lru_cache(maxsize=16)
def _range(n: int) -> Any:
    return registry.load("numpy").functions["arange"](n)
