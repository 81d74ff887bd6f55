"""A native function inside `torch.compile`: an operator of torch, which keeps it in the graph as one opaque call.

An operator takes tensors and numbers. The rest of a call (which function, its other arguments) is remembered under a
number, which is a constant of the graph. Residuals are not kept: their shapes are known to nobody while the graph is
made, so the backward operator runs the forward pass again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from emberharmony.backend import calls
from emberharmony.backend.torch.kinds import DTYPES

_DTYPES: list[torch.dtype] = [*DTYPES.values()]
_numbers: dict[Any, int] = {}
_calls: list[Any] = []  # functions of a list of tensors that give the call


def native(call: Any, primals: Sequence[Tensor]) -> list[Tensor]:
    """The results of the kernel of `call`, as they will be when the graph runs."""
    outs = call.plain(*primals)  # tells the shapes; what it computes is used by nobody, and leaves the graph
    number = _remember(call.given.number, tuple(call.static))
    sizes = [n for y in outs for n in y.shape]
    operator: Any = torch.ops.emberharmony.native
    return [*operator([*primals], number, sizes, [y.ndim for y in outs], [_DTYPES.index(y.dtype) for y in outs])]


def _remember(given: int, static: tuple[Any, ...]) -> int:
    key = given, static
    if key not in _numbers:
        _numbers[key] = len(_calls)
        _calls.append(calls.given(given).rebound(static))
    return _numbers[key]


# torch.compile reads this mark: run the function while tracing
setattr(_remember, "_dynamo_marked_constant", True)  # noqa: B010


@torch.library.custom_op("emberharmony::native", mutates_args=())
def _forward(
    xs: Sequence[Tensor], number: int, sizes: Sequence[int], ndims: Sequence[int], dtypes: Sequence[int]
) -> list[Tensor]:
    with torch.no_grad():
        return _own(_calls[number](xs).forward(*xs)[0], xs)


@_forward.register_fake
def _shapes(xs: Any, number: int, sizes: Any, ndims: Any, dtypes: Any) -> list[Tensor]:
    following = iter(sizes)
    shapes = [[next(following) for _ in range(ndim)] for ndim in ndims]
    return [torch.empty(shape, dtype=_DTYPES[dtype]) for shape, dtype in zip(shapes, dtypes, strict=True)]


@torch.library.custom_op("emberharmony::native_backward", mutates_args=())
def _backward(xs: Sequence[Tensor], gs: Sequence[Tensor], number: int) -> list[Tensor]:
    with torch.no_grad():
        call = _calls[number](xs)
        return _own(call.backward(call.forward(*xs)[1], gs, xs), [*xs, *gs])


@_backward.register_fake
def _like(xs: Any, gs: Any, number: int) -> list[Tensor]:
    return [torch.empty_like(x) for x in xs]


def _own(ys: Sequence[Tensor], others: Sequence[Tensor]) -> list[Tensor]:
    """An operator may not hand back what it was given."""
    taken = {x.untyped_storage().data_ptr() for x in others}
    return [y.clone() if y.untyped_storage().data_ptr() in taken else y.contiguous() for y in ys]


def _setup(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
    xs, ctx.number = inputs[:2]
    ctx.save_for_backward(*xs)


def _pull(ctx: Any, gs: Sequence[Tensor]) -> tuple[Any, ...]:
    operator: Any = torch.ops.emberharmony.native_backward
    return operator([*ctx.saved_tensors], [*gs], ctx.number), None, None, None, None


torch.library.register_autograd("emberharmony::native", _pull, setup_context=_setup)
