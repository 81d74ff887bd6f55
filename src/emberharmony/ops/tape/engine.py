"""Derivatives by the tape, with the functions that every backend's `autodiff` file has.

Functions take a list of arrays one by one and return a list of arrays; pytrees are the business of `ops.gradients`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError
from emberharmony.ops.gradients import is_trainable
from emberharmony.ops.tape.elementwise import conjugated
from emberharmony.ops.tape.pull import pull
from emberharmony.ops.tape.table import traced_type
from emberharmony.ops.tape.traced import Joint, Tape, Traced, innermost, inside, record
from emberharmony.pytree import tree_leaves

Flat = Callable[..., Sequence[Any]]


def _begin(primals: Sequence[Any]) -> tuple[Tape, list[Traced]]:
    traced = next((x for x in primals if isinstance(x, Traced)), None)
    cls = traced_type(registry.backend_of(primals[0])) if traced is None else type(traced)
    tape = Tape()
    tape.notes = [None] * len(primals)
    return tape, [cls(x, tape, slot) for slot, x in enumerate(primals)]


def _outwards(flow: list[Any], primals: Sequence[Any], taken: Sequence[Any] = ()) -> list[Any]:
    """Cotangents as their receiver may keep them: each an array of its own, that can be written into."""
    known = {id(x) for x in taken}
    found: list[Any] = []
    for g, x in zip(flow, primals, strict=True):
        if g is None:
            g = ops.zeros_like(x)
        elif id(g) in known or not getattr(getattr(g, "flags", None), "writeable", True):
            g = ops.astype(g, g.dtype)
        known.add(id(g))
        found.append(conjugated(g))
    return found


def value_and_grad(f: Callable[..., tuple[Any, Any]], primals: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
    """Value, the leaves of the rest, and the gradient of `f(*primals) -> (value, leaves)`."""
    tape, leaves = _begin(primals)
    value, rest = f(*leaves)
    seeds = [(value.slot, ops.ones_like(value.value))] if isinstance(value, Traced) and value.tape is tape else []
    flow = pull(tape.notes, len(leaves), seeds)
    return inside(tape, value), [inside(tape, x) for x in rest], _outwards(flow, primals)


def vjp(f: Flat, primals: Sequence[Any]) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    """The results of `f`, and what takes cotangents of them back to cotangents of `primals`."""
    tape, leaves = _begin(primals)
    outs = f(*leaves)
    slots = [x.slot if isinstance(x, Traced) and x.tape is tape else None for x in outs]

    def back(cotangents: Sequence[Any]) -> list[Any]:
        seeds = [(slot, conjugated(g)) for slot, g in zip(slots, cotangents, strict=True) if slot is not None]
        return _outwards(pull(tape.notes, len(leaves), seeds), primals, cotangents)

    return [inside(tape, x) for x in outs], back


def jvp(f: Flat, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """The results of `f` and their change along `tangents`: the derivative of the pull-back, which is linear."""
    outs, back = vjp(f, primals)
    _, forth = vjp(lambda *cotangents: back(cotangents), [ops.zeros_like(x) for x in outs])
    return outs, forth(tangents)


def custom(call: Any, primals: Sequence[Any]) -> list[Any]:
    """A function with a gradient of its own; a native one sees arrays that nothing traces, else its twin runs."""
    if not any(isinstance(x, Traced) for x in primals):
        return call.forward(*primals)[0]
    tape = innermost(primals)
    values = [inside(tape, x) for x in primals]
    if call.native and any(isinstance(x, Traced) for x in values):
        return call.plain(*primals)
    outs, residuals = call.forward(*values)
    _nothing_captured(call.given.__name__, tape, (outs, residuals))

    def back(g: Sequence[Any]) -> list[Any]:
        g = [*map(conjugated, g)]
        return vjp(call.plain, values)[1](g) if call.native and wanted(g) else call.backward(residuals, g, values)

    return _joint(tape, primals, outs, lambda g: [*map(conjugated, back(g))])


def checkpoint(f: Flat, primals: Sequence[Any]) -> list[Any]:
    """`f(*primals)`, of which the tape remembers only the arguments."""
    if not any(isinstance(x, Traced) for x in primals):
        return [*f(*primals)]
    tape = innermost(primals)
    values = [inside(tape, x) for x in primals]
    outs = [*f(*values)]
    _nothing_captured(getattr(f, "__name__", "the function"), tape, outs)
    return _joint(tape, primals, outs, lambda g: [*map(conjugated, vjp(f, values)[1]([*map(conjugated, g)]))])


def _nothing_captured(name: str, tape: Tape, tree: Any) -> None:
    if any(isinstance(x, Traced) and x.tape.id >= tape.id for x in tree_leaves(tree)):
        raise ArgumentError(
            f"{name} uses an array that is being differentiated and is not one of its arguments",
            expected="all of them as arguments: what comes in by another way would get no gradient",
        )


def _joint(tape: Tape, primals: Sequence[Any], outs: Sequence[Any], back: Callable[..., list[Any]]) -> list[Any]:
    """Note results whose cotangents go back together."""
    traced = [(i, x) for i, x in enumerate(primals) if isinstance(x, Traced) and x.tape is tape]
    parents = [(x.slot, Joint(back, i), x.value) for i, x in traced]
    parts = record(type(traced[0][1]), tape, tuple(outs), parents, (), {})
    return [part if is_trainable(y) else y for part, y in zip(parts, outs, strict=True)]  # an integer has no slope


def vmap(f: Flat, primals: Sequence[Any], in_axes: Sequence[int], out_axis: int) -> list[Any]:
    """Row by row."""
    rows = [f(*row) for row in zip(*map(lambda x, axis: ops.unstack(x, axis=axis), primals, in_axes), strict=True)]
    if not rows:
        raise ArgumentError("vmap got no rows", expected="at least one: nothing else tells the shape of a result")
    return [ops.stack(column, axis=out_axis) for column in zip(*rows, strict=True)]


def wanted(primals: Sequence[Any]) -> bool:
    """Whether a derivative may be asked for."""
    return any(map(carries, primals))


def carries(x: Any) -> bool:
    """Whether a derivative may flow to `x`."""
    return isinstance(x, Traced)


loses = carries  # so would a checkpoint that captures `x`


def is_known(x: Any) -> bool:
    """Whether a number can be read now: on a tape always."""
    return True
