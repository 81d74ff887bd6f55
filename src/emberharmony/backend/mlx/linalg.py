"""Linear algebra on MLX: on its CPU stream, the only one with LAPACK. Complex solvers and factors are made here.

A singular matrix raises when the result is evaluated; a matrix that is not positive definite gives a factor of nan. To
raise at the call would need an evaluation, which mx.compile, mx.vmap and gradients do not allow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import mlx.core as mx

from emberharmony.backend.mlx import complex_linalg, double, lapack
from emberharmony.backend.mlx.kinds import inexact
from emberharmony.backend.mlx.products import matmul
from emberharmony.backend.mlx.reductions import sum_
from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult
from emberharmony.errors import ArgumentError, ShapeError

_EPS = {mx.float32: 2.0**-23, mx.float64: 2.0**-52, mx.complex64: 2.0**-23}


def _inexact(x: Any) -> Any:
    # LAPACK knows no integers; MLX would round the result back to them
    return inexact(x) if isinstance(x, mx.array) else x


def _on_cpu(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        with mx.stream(mx.cpu):
            return function(*map(_inexact, arguments), **named)

    return call


# -- solving --


@_on_cpu
def inv(x: mx.array, /) -> mx.array:
    if x.shape[-1] == 0:
        return x  # MLX dies on it
    return complex_linalg.inv(x) if x.dtype == mx.complex64 else lapack.inv(x)


@_on_cpu
def solve(x1: mx.array, x2: mx.array, /) -> mx.array:
    vector = x2.ndim == 1
    b = x2[:, None] if vector else x2
    dtype = mx.result_type(x1, b)
    batch = mx.broadcast_shapes(x1.shape[:-2], b.shape[:-2])
    a = mx.broadcast_to(x1, batch + x1.shape[-2:]).astype(dtype)
    b = mx.broadcast_to(b, batch + b.shape[-2:]).astype(dtype)
    if a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"solve got shapes {x1.shape} and {x2.shape}", expected="(..., N, N) and (N,) or (..., N, K)")
    if 0 in b.shape:
        y = b
    elif dtype == mx.complex64:
        y = complex_linalg.solve(a, b)
    elif dtype == mx.float32:
        # MLX multiplies by inverted triangles, which is a hundred times less accurate than substitution
        y = lapack.solve(a.astype(mx.float64), b.astype(mx.float64)).astype(dtype)
    else:
        y = lapack.solve(a, b)
    return y.squeeze(-1) if vector else y


@_on_cpu
def pinv(x: mx.array, /, *, rtol: Any = None) -> mx.array:
    if 0 in x.shape:
        return mx.zeros((*x.shape[:-2], x.shape[-1], x.shape[-2]), x.dtype)
    u, s, vh = svd(x, full_matrices=False)
    keep = s > _cutoff(x, s, rtol)
    weight = mx.where(keep, 1 / mx.where(keep, s, 1), 0)
    return mx.matmul(_adjoint(vh) * weight[..., None, :].astype(x.dtype), _adjoint(u))


@_on_cpu
def matrix_power(x: mx.array, n: int, /) -> mx.array:
    if n < 0:
        x, n = inv(x), -n
    power = mx.broadcast_to(mx.eye(x.shape[-1], dtype=x.dtype), x.shape)
    while n:
        power, x, n = matmul(power, x) if n & 1 else power, matmul(x, x) if n > 1 else x, n >> 1
    return power


# -- factors --


@_on_cpu
def cholesky(x: mx.array, /, *, upper: bool = False) -> mx.array:
    lower = complex_linalg.cholesky(x) if x.dtype == mx.complex64 else lapack.cholesky(x)
    return _adjoint(lower) if upper else lower


@_on_cpu
def qr(x: mx.array, /, *, mode: str = "reduced") -> QRResult[mx.array]:
    if mode not in ("reduced", "complete"):
        raise ArgumentError(f"qr got mode={mode!r}", expected='"reduced" or "complete"')
    m, n = x.shape[-2:]
    if mode == "complete" and m > n:
        # columns of zeros need no reflection of their own: the ones of x, applied to them, complete the basis
        q, r = qr(mx.concat([x, mx.zeros((*x.shape[:-1], m - n), x.dtype)], -1))
        return QRResult(q, r[..., :n])
    if 0 in x.shape:
        k = min(m, n)
        q = mx.broadcast_to(mx.eye(m, k, dtype=x.dtype), (*x.shape[:-2], m, k))
        return QRResult(q, mx.zeros((*x.shape[:-2], k, n), x.dtype))
    return QRResult(*(complex_linalg.qr(x) if x.dtype == mx.complex64 else mx.linalg.qr(x)))


@_on_cpu
def svd(x: mx.array, /, *, full_matrices: bool = True) -> SVDResult[mx.array]:
    m, n = x.shape[-2:]
    k = min(m, n)
    if full_matrices:
        return SVDResult(*mx.linalg.svd(x))
    # MLX always makes both square factors: of a long matrix, decompose the small triangle of its QR instead
    if m > n:
        q, r = qr(x)
        u, s, vh = mx.linalg.svd(r)
        return SVDResult(mx.matmul(q, u), s, vh)
    if m < n:
        u, s, vh = svd(_adjoint(x), full_matrices=False)
        return SVDResult(_adjoint(vh), s, _adjoint(u))
    u, s, vh = mx.linalg.svd(x)
    return SVDResult(u[..., :k], s, vh[..., :k, :])


@_on_cpu
def svdvals(x: mx.array, /) -> mx.array:
    if 0 in x.shape:
        return mx.zeros((*x.shape[:-2], min(x.shape[-2:])), mx.float32 if x.dtype == mx.complex64 else x.dtype)
    values: Any = mx.linalg.svd(x, compute_uv=False)
    return values


# -- eigenvalues: of a float64 matrix that is not symmetric they are complex64, the only complex dtype --


@_on_cpu
def eig(x: mx.array, /) -> EigResult[mx.array]:
    return EigResult(*mx.linalg.eig(x))


@_on_cpu
def eigvals(x: mx.array, /) -> mx.array:
    return mx.linalg.eigvals(x)


@_on_cpu
def eigh(x: mx.array, /) -> EighResult[mx.array]:
    return EighResult(*(mx.linalg.eigh(x) if x.dtype == mx.complex64 else lapack.eigh(x)))


@_on_cpu
def eigvalsh(x: mx.array, /) -> mx.array:
    return mx.linalg.eigvalsh(x) if x.dtype == mx.complex64 else lapack.eigvalsh(x)


# -- numbers of a matrix --


@_on_cpu
def det(x: mx.array, /) -> mx.array:
    if x.dtype == mx.complex64:
        sign, log = complex_linalg.slogdet(x)
        return sign * double.exp(log).astype(mx.complex64)
    # MLX does this too, but with an exp of single precision
    sign, log = lapack.slogdet(x.astype(mx.float64))
    return (sign * double.exp(log)).astype(x.dtype)


@_on_cpu
def slogdet(x: mx.array, /) -> SlogdetResult[mx.array]:
    if x.dtype == mx.complex64:
        sign, log = complex_linalg.slogdet(x)
        return SlogdetResult(sign, log.astype(mx.float32))
    return SlogdetResult(*lapack.slogdet(x))


@_on_cpu
def matrix_rank(x: mx.array, /, *, rtol: Any = None) -> mx.array:
    s = svdvals(x)
    if 0 in x.shape[-2:]:
        return mx.zeros(x.shape[:-2], mx.int64)
    return mx.sum((s > _cutoff(x, s, rtol)).astype(mx.int64), -1)


def diagonal(x: mx.array, /, *, offset: int = 0) -> mx.array:
    return mx.diagonal(x, offset, -2, -1)


def trace(x: mx.array, /, *, offset: int = 0, dtype: Any = None) -> mx.array:
    return sum_(mx.diagonal(x, offset, -2, -1), axis=-1, dtype=dtype)


# -- products --


def cross(x1: mx.array, x2: mx.array, /, *, axis: int = -1) -> mx.array:
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ShapeError(f"cross got shapes {x1.shape} and {x2.shape}", expected=f"length 3 along axis {axis}")
    a, b = mx.moveaxis(x1, axis, -1), mx.moveaxis(x2, axis, -1)
    (a0, a1, a2), (b0, b1, b2) = mx.unstack(a, axis=-1), mx.unstack(b, axis=-1)
    return mx.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis)


def outer(x1: mx.array, x2: mx.array, /) -> mx.array:
    if x1.ndim != 1 or x2.ndim != 1:
        raise ShapeError(f"outer got shapes {x1.shape} and {x2.shape}", expected="two vectors")
    return x1[:, None] * x2[None, :]


def _adjoint(x: mx.array) -> mx.array:
    return mx.conj(x.mT) if x.dtype == mx.complex64 else x.mT


def _cutoff(x: mx.array, s: mx.array, rtol: Any) -> mx.array:
    if rtol is None:
        rtol = max(x.shape[-2:]) * _EPS[x.dtype]
    elif isinstance(rtol, mx.array):
        rtol = rtol[..., None]
    return mx.max(s, -1, True) * rtol
