"""Products of matrices and tensors on PyTorch: promoted first, integers of every width exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from emberharmony.backend.torch.kinds import FLOATING, pair
from emberharmony.errors import ShapeError

SAME = ()


def _product(native: Callable[..., Tensor], x1: Tensor, x2: Tensor, *arguments: Any) -> Tensor:
    x1, x2 = pair(x1, x2)
    if x1.dtype in FLOATING:
        return native(x1, x2, *arguments)
    # integers in int64: the low bits of a sum of products do not depend on the width
    return native(x1.to(torch.int64), x2.to(torch.int64), *arguments).to(x1.dtype)


def matmul(x1: Tensor, x2: Tensor, /) -> Tensor:
    try:
        return torch.matmul(x1, x2)
    except RuntimeError:  # two dtypes, or integers; what does not fit raises again below
        return _product(torch.matmul, x1, x2)


def matrix_transpose(x: Tensor, /) -> Tensor:
    if x.ndim < 2:
        raise ShapeError(f"ops.matrix_transpose got {x.ndim} axes", expected="at least two")
    return x.mT


def tensordot(x1: Tensor, x2: Tensor, /, *, axes: Any = 2) -> Tensor:
    return _product(torch.tensordot, x1, x2, axes)


def vecdot(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    x1, x2 = pair(x1, x2)
    if x1.shape[axis] != x2.shape[axis]:  # the standard broadcasts the other axes alone
        raise ShapeError(
            f"ops.vecdot got {x1.shape[axis]} and {x2.shape[axis]} along axis {axis}", expected="one length"
        )
    if x1.dtype in FLOATING:
        return torch.linalg.vecdot(x1, x2, dim=axis)
    wide = torch.mul(x1.to(torch.int64), x2.to(torch.int64))
    return torch.sum(wide, axis).to(x1.dtype)
