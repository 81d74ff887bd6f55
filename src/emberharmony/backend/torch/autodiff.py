"""Derivatives on PyTorch: its tape for gradients, `torch.func` for what only that has.

Functions take arrays one by one and return a list of arrays. Inside a transform of `torch.func` or `torch.compile` the
tape cannot be used; `torch.func` takes over there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from emberharmony.backend import refusals
from emberharmony.backend.torch import compiled

# torch.func has no public way to ask whether one of its transforms is at work
_FUNCTORCH: Any = vars(vars(torch)["_C"])["_functorch"]
_FORWARD: Any = forward_ad
Flat = Callable[..., Sequence[Any]]
_depth: ContextVar[int] = ContextVar("emberharmony.torch.depth", default=0)


def is_traced() -> bool:
    # inside a transform of torch.func or torch.compile numbers are not there to be read
    return torch.compiler.is_compiling() or _transformed()


def _transformed() -> bool:
    return _FUNCTORCH.peek_interpreter_stack() is not None


# torch.compile reads this mark: ask while tracing, when the transforms are at work
setattr(_transformed, "_dynamo_marked_constant", True)  # noqa: B010


@contextmanager
def _differentiating() -> Generator[bool]:
    """Count derivatives inside of derivatives: an inner one keeps its graph for the outer."""
    token = _depth.set(_depth.get() + 1)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield _depth.get() > 1
    finally:
        _depth.reset(token)


def _leaves(primals: Sequence[Tensor]) -> list[Tensor]:
    # a tensor that is part of an outer graph stays part of it, and is still told apart from itself in a closure; views,
    # so that none of ours is a leaf: an inner derivative knows them by that, in another thread too
    starts = [x if _inner(x) else _fresh(x).requires_grad_() for x in primals]
    return [x.view_as(x) for x in starts]


def _fresh(x: Tensor) -> Tensor:
    return x.clone() if x.is_inference() else x.detach()  # a tensor of inference mode can have no gradient


def _inner(x: Tensor) -> bool:
    return x.requires_grad and (not x.is_leaf or _depth.get() > 1)


def _free(values: Sequence[Any]) -> list[Any]:
    return [x.detach() if isinstance(x, Tensor) else x for x in values]


def _pulled(outs: Sequence[Tensor], leaves: Sequence[Tensor], cotangents: Any, **how: bool) -> list[Tensor]:
    found: Any = torch.autograd.grad(outs, leaves, cotangents, allow_unused=True, **how)
    known = {id(x) for x in cotangents or ()}
    own: list[Tensor] = []
    for x, g in zip(leaves, found, strict=True):
        if g is None or g._is_zerotensor():  # torch's zeros without memory can be read by nobody else
            g = torch.zeros_like(x)
        elif id(g) in known or (g.numel() > 1 and 0 in g.stride()):  # each an array of its own, to be written into
            g = g.clone()
        known.add(id(g))
        own.append(g)
    return own


def value_and_grad(f: Callable[..., tuple[Any, Any]], primals: Sequence[Tensor]) -> tuple[Any, list[Any], list[Tensor]]:
    if is_traced():
        argnums = tuple(range(len(primals)))
        grads, (value, rest) = torch.func.grad(_value_twice(f), argnums=argnums, has_aux=True)(*primals)
        return value, rest, [*grads]
    with _differentiating() as nested:
        leaves = _leaves(primals)
        nested = nested or any(map(_inner, primals))
        value, rest = f(*leaves)
        grads = [torch.zeros_like(x) for x in primals]
        if value.requires_grad:
            grads = _pulled([value], leaves, None, create_graph=nested)
    return (value, rest, grads) if nested else (value.detach(), _free(rest), grads)


def _value_twice(f: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    def both(*leaves: Tensor) -> Any:
        value, rest = f(*leaves)
        return value, (value, rest)

    return both


def vjp(f: Flat, primals: Sequence[Tensor]) -> tuple[list[Tensor], Callable[[Sequence[Tensor]], list[Tensor]]]:
    if is_traced():
        given: Any = torch.func.vjp(lambda *leaves: [*f(*leaves)], *primals)
        return given[0], lambda cotangents: [*given[1]([*cotangents])]
    with _differentiating() as nested:
        leaves = _leaves(primals)
        nested = nested or any(map(_inner, primals))
        outs = [*f(*leaves)]
    carrying = [i for i, y in enumerate(outs) if y.requires_grad]

    def back(cotangents: Sequence[Tensor]) -> list[Tensor]:
        if not carrying:
            return [torch.zeros_like(x) for x in primals]
        given = [cotangents[i] for i in carrying]
        again = nested or _depth.get() > 0 or any(g.requires_grad for g in given)
        return _pulled([outs[i] for i in carrying], leaves, given, create_graph=again, retain_graph=True)

    return (outs if nested else _free(outs)), back


def jvp(f: Flat, primals: Sequence[Tensor], tangents: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    answer: Any = torch.func.jvp(lambda *leaves: [*f(*leaves)], tuple(primals), tuple(tangents))
    return answer[0], answer[1]


def vmap(f: Flat, primals: Sequence[Tensor], in_axes: Sequence[int], out_axis: int) -> list[Tensor]:
    return [*torch.func.vmap(lambda *rows: (*f(*rows),), tuple(in_axes), out_axis)(*primals)]


def _elsewhere(primals: Sequence[Tensor]) -> bool:
    """Whether something other than torch's own tape is at work, or another device: a kernel cannot follow there."""
    return is_traced() or _FORWARD._current_level >= 0 or any(x.device.type != "cpu" for x in primals)


def wanted(primals: Sequence[Tensor]) -> bool:
    return (torch.is_grad_enabled() and any(x.requires_grad for x in primals)) or _elsewhere(primals)


def carries(x: Tensor) -> bool:
    return x.requires_grad


def loses(x: Tensor) -> bool:
    return False


def is_known(x: Tensor) -> bool:
    return not is_traced()


def checkpoint(f: Flat, primals: Sequence[Tensor]) -> list[Tensor]:
    if is_traced():  # torch.func keeps what it keeps
        return [*f(*primals)]
    from torch.utils.checkpoint import checkpoint as recompute

    return [*recompute(lambda *leaves: (*f(*leaves),), *primals, use_reentrant=False)]


# -- a function with a gradient of its own --


class _Custom(torch.autograd.Function):
    """Its results, and after them the residuals that are neither arguments nor results, so that torch can save them."""

    generate_vmap_rule = True

    @staticmethod
    def forward(call: Any, *xs: Tensor) -> tuple[Tensor, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        outs, residuals = call.forward(*xs)
        more = call.keep(residuals, [*xs, *outs])
        known = {id(x) for x in xs}
        for i, y in enumerate(outs):  # torch takes a result that is an argument, or comes twice, for something else
            outs[i] = y.view_as(y) if id(y) in known else y
            known.add(id(y))
        return (*outs, *more)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        call, *xs = inputs
        ctx.call, ctx.count = call, len(xs)
        ctx.outs = call.result.size
        ctx.save_for_backward(*xs, *output)
        ctx.mark_non_differentiable(*output[ctx.outs :])

    @staticmethod
    def backward(ctx: Any, *gs: Tensor) -> tuple[Any, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        call, saved = ctx.call, ctx.saved_tensors  # read once: a checkpoint unpacks them once
        xs = saved[: ctx.count]
        g = gs[: ctx.outs]
        if not torch.is_grad_enabled():
            return (None, *call.backward(call.kept(saved), g, xs))
        # the gradient will be differentiated in its turn: residuals that were only saved would be constants
        if not call.native:
            return (None, *call.backward(call.forward(*xs)[1], g, xs))
        fresh = [x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in xs]
        outs = call.plain(*fresh)
        return (None, *_pulled(outs, fresh, g, create_graph=True))


class _Eager(_Custom):
    """As it is called outside of `torch.compile`, which refuses a function that says anything about forward mode."""

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise refusals.forward_mode(ctx.call.given.__name__)


def custom(call: Any, primals: Sequence[Tensor]) -> list[Tensor]:
    elsewhere = _elsewhere(primals)
    if call.native and elsewhere:
        plain = call.is_flat and not _transformed() and all(x.device.type == "cpu" for x in primals)
        if torch.compiler.is_compiling() and plain:
            return compiled.native(call, primals)
        return call.plain(*primals)
    if not torch.is_grad_enabled() and not elsewhere:
        return call.forward(*primals)[0]
    function = _Custom if torch.compiler.is_compiling() else _Eager
    results = function.apply(call, *primals)
    return [*results][: call.result.size]  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues]
