"""Linear algebra on PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult
from emberharmony.backend.torch import reductions
from emberharmony.backend.torch.elementwise import multiply
from emberharmony.backend.torch.kinds import INTEGERS, floating, floats, pair
from emberharmony.errors import ArgumentError, ShapeError

SAME = ("matrix_power",)
# integers become floats first, here and where `floating` is called below
RENAMED = {
    name: floats(getattr(torch.linalg, name), real=False) for name in ("det", "eigvalsh", "eigvals", "inv", "svdvals")
}


def cholesky(x: Tensor, /, *, upper: bool = False) -> Tensor:
    x = floating(x)
    return torch.linalg.cholesky(x, upper=upper)


def cross(x1: Tensor, x2: Tensor, /, *, axis: int = -1) -> Tensor:
    x1, x2 = pair(x1, x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ShapeError(f"ops.linalg.cross got lengths {x1.shape[axis]} and {x2.shape[axis]}", expected="3 along axis")
    if not -min(x1.ndim, x2.ndim) <= axis < max(x1.ndim, x2.ndim):
        raise ShapeError(f"ops.linalg.cross got axis={axis}", expected="an axis of both arrays")
    y1, y2 = torch.broadcast_tensors(*(x.to(torch.int64) if x.dtype in INTEGERS else x for x in (x1, x2)))
    return torch.linalg.cross(y1, y2, dim=axis).to(x1.dtype)


def diagonal(x: Tensor, /, *, offset: int = 0) -> Tensor:
    return torch.diagonal(x, offset, -2, -1)


def eigh(x: Tensor, /) -> EighResult[Tensor]:
    x = floating(x)
    return EighResult(*torch.linalg.eigh(x))


def eig(x: Tensor, /) -> EigResult[Tensor]:
    x = floating(x)
    return EigResult(*torch.linalg.eig(x))


def matrix_norm(x: Tensor, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    x = floating(x)
    return torch.linalg.matrix_norm(x, ord, keepdim=keepdims)


def matrix_rank(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    if 0 in x.shape[-2:]:
        return torch.zeros(x.shape[:-2], dtype=torch.int64, device=x.device)
    if rtol is None:
        return torch.linalg.matrix_rank(x)
    s = torch.linalg.svdvals(x)
    bound = s.amax(-1) * (rtol.to(s.dtype) if isinstance(rtol, Tensor) else rtol)
    return torch.sum(s > bound[..., None], -1)


def outer(x1: Tensor, x2: Tensor, /) -> Tensor:
    if x1.ndim != 1 or x2.ndim != 1:
        raise ShapeError(f"ops.linalg.outer got {x1.ndim} and {x2.ndim} axes", expected="two vectors")
    return multiply(x1[:, None], x2[None, :])


def pinv(x: Tensor, /, *, rtol: Any = None) -> Tensor:
    x = floating(x)
    if rtol is None:  # torch's default is larger
        rtol = max(x.shape[-2:]) * torch.finfo(x.dtype).eps
    return torch.linalg.pinv(x, rtol=rtol)


def qr(x: Tensor, /, *, mode: str = "reduced") -> QRResult[Tensor]:
    x = floating(x)
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"ops.linalg.qr got mode={mode!r}", expected='"reduced" or "complete"')
    return QRResult(*torch.linalg.qr(x, mode))


def slogdet(x: Tensor, /) -> SlogdetResult[Tensor]:
    x = floating(x)
    return SlogdetResult(*torch.linalg.slogdet(x))


def solve(x1: Tensor, x2: Tensor, /) -> Tensor:
    x1, x2 = map(floating, pair(x1, x2))
    if x2.ndim == 1:
        return torch.linalg.solve(x1, x2[:, None])[..., 0]
    # torch takes a stack of vectors where the shapes allow it; the standard takes matrices
    batch = torch.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    return torch.linalg.solve(x1.expand(*batch, *x1.shape[-2:]), x2.expand(*batch, *x2.shape[-2:]))


def svd(x: Tensor, /, *, full_matrices: bool = True) -> SVDResult[Tensor]:
    x = floating(x)
    return SVDResult(*torch.linalg.svd(x, full_matrices=full_matrices))


def trace(x: Tensor, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    return reductions.sum(torch.diagonal(x, offset, -2, -1), axis=-1, dtype=dtype)


def vector_norm(x: Tensor, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    x = floating(x)
    if axis == ():
        return torch.abs(x) if ord != 0 else (x != 0).to(x.real.dtype)
    if axis is None:
        y = torch.linalg.vector_norm(x.reshape(-1), ord)
        return y.reshape((1,) * x.ndim) if keepdims else y
    return torch.linalg.vector_norm(x, ord, axis, keepdim=keepdims)
