"""Linear algebra of complex64 matrices, which MLX's solvers and factors refuse: stacks of them, lazily, on the CPU."""

from __future__ import annotations

import mlx.core as mx

from emberharmony.backend.mlx import lapack


def inv(x: mx.array) -> mx.array:
    """[[X, -Y], [Y, X]] multiplies as X + iY does, so its inverse holds the parts of the inverse."""
    n = x.shape[-1]
    return _joined(lapack.inv(_real_form(x))[..., :n], n)


def solve(a: mx.array, b: mx.array) -> mx.array:
    """The solution of the real system of twice the size."""
    parts = mx.concat([mx.real(b), mx.imag(b)], -2).astype(mx.float64)
    return _joined(lapack.solve(_real_form(a), parts), a.shape[-1])


def cholesky(x: mx.array) -> mx.array:
    """Column by column; a pivot that is not positive has no square root and leaves nan."""
    rest, columns = x, []
    for j in range(x.shape[-1]):
        pivot = mx.sqrt(mx.real(rest[..., j : j + 1, j : j + 1]))
        pivot = mx.where(pivot > 0, pivot, mx.nan)
        column = rest[..., :, j : j + 1] / pivot
        columns.append(column)
        rest = rest - mx.matmul(column, mx.conj(column.mT))
    return mx.tril(mx.concat(columns, -1)) if columns else x


def qr(x: mx.array) -> tuple[mx.array, mx.array]:
    """Householder's reflections I - scale v v^H, collected on the way down and multiplied on the way back."""
    largest = _largest(x)
    r, vectors = _reflected(x / largest)
    m, n = x.shape[-2:]
    k = min(m, n)
    q = mx.broadcast_to(mx.eye(m, k, dtype=x.dtype), (*x.shape[:-2], m, k))
    for v, scale in reversed(vectors):
        q = q - scale * mx.matmul(v, mx.matmul(mx.conj(v.mT), q))
    return q, mx.triu(r[..., :k, :]) * largest


def slogdet(x: mx.array) -> tuple[mx.array, mx.array]:
    """The phases and the float64 logarithms of the diagonal of R; each reflection that is not the identity is a -1."""
    largest = _largest(x)
    r, vectors = _reflected(x / largest)
    pivots = mx.diagonal(r, 0, -2, -1)
    size = mx.abs(pivots)
    phases = mx.where(size == 0, 0.0, pivots / mx.where(size == 0, 1.0, size))
    signs = [mx.where(scale > 0, -1.0, 1.0)[..., 0] for _, scale in vectors]
    sign = mx.prod(mx.concat([phases, *signs], -1), -1)
    return sign, mx.sum(mx.log(size.astype(mx.float64) * largest[..., 0]), -1)


def _largest(x: mx.array) -> mx.array:
    """The largest absolute value of each matrix, or 1: its square would overflow for numbers above 1e19."""
    if 0 in x.shape:
        return mx.ones((*x.shape[:-2], 1, 1))
    size = mx.max(mx.abs(x), (-2, -1), True)
    return mx.where((size == 0) | ~mx.isfinite(size), 1.0, size)


def _reflected(x: mx.array) -> tuple[mx.array, list[tuple[mx.array, mx.array]]]:
    m, n = x.shape[-2:]
    rows = mx.arange(m)[:, None]
    vectors: list[tuple[mx.array, mx.array]] = []
    for j in range(min(m, n)):
        column = mx.where(rows >= j, x[..., :, j : j + 1], 0)
        norm = mx.sqrt(mx.sum(mx.square(mx.abs(column)), -2, True))
        head = column[..., j : j + 1, :]
        size = mx.abs(head)
        phase = mx.where(size == 0, 1, head / mx.where(size == 0, 1, size))
        v = column + mx.where(rows == j, phase * norm, 0)
        length = mx.sum(mx.square(mx.abs(v)), -2, True)
        scale = mx.where(length == 0, 0, 2 / mx.where(length == 0, 1, length))
        x = x - scale * mx.matmul(v, mx.matmul(mx.conj(v.mT), x))
        vectors.append((v, scale))
    return x, vectors


def _real_form(x: mx.array) -> mx.array:
    re, im = mx.real(x).astype(mx.float64), mx.imag(x).astype(mx.float64)
    return mx.concat([mx.concat([re, -im], -1), mx.concat([im, re], -1)], -2)


def _joined(x: mx.array, n: int) -> mx.array:
    return x[..., :n, :].astype(mx.complex64) + 1j * x[..., n:, :].astype(mx.complex64)
