"""LAPACK's routines on MLX, for real matrices, with the derivatives that MLX lacks; to be called on its CPU stream.

Each rule is written with these same functions, so that it has a derivative itself. mx.vmap goes through those whose
routine MLX maps: all but `solve`, `slogdet` and QR, which take stacks of matrices instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx


def _with_rule(value: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    function: Any = mx.custom_function(value)

    def mapped(x: mx.array, axis: int) -> tuple[Any, Any]:
        y = function(mx.moveaxis(x, axis, 0))
        return y, (0,) * len(y) if isinstance(y, tuple) else 0

    function.vjp(rule)
    function.vmap(mapped)
    return function


def _inv_rule(x: mx.array, g: mx.array, y: mx.array) -> mx.array:
    return -mx.matmul(y.mT, mx.matmul(g, y.mT))


def _solve_rule(primals: tuple[mx.array, mx.array], g: mx.array, y: mx.array) -> tuple[mx.array, mx.array]:
    right = solve(primals[0].mT, g)
    return -mx.matmul(right, y.mT), right


def _cholesky(x: mx.array) -> mx.array:
    # LAPACK's complaint is not heard by MLX, which returns what was left undone
    lower = mx.linalg.cholesky(x)
    pivots = mx.diagonal(lower, 0, -2, -1)
    good = mx.all((pivots > 0) & mx.isfinite(pivots), -1, True)[..., None]
    return mx.where(good | (mx.tril(mx.ones_like(lower)) == 0), lower, mx.nan)


def _cholesky_rule(x: mx.array, g: mx.array, y: mx.array) -> mx.array:
    n = y.shape[-1]
    inner = mx.tril(mx.matmul(y.mT, g)) * (1 - 0.5 * mx.eye(n, dtype=y.dtype))
    inverse = inv(y)
    return _symmetric(mx.matmul(inverse.mT, mx.matmul(inner, inverse)))


def _slogdet_rule(x: mx.array, g: Any, y: Any) -> mx.array:
    return g[1][..., None, None] * inv(x).mT


def _eigh_rule(x: mx.array, g: Any, y: Any) -> mx.array:
    values, vectors = y
    diagonal = mx.eye(values.shape[-1]) > 0
    gaps = mx.where(diagonal, 1, values[..., None, :] - values[..., :, None])
    inner = mx.where(diagonal, g[0][..., None, :], mx.matmul(vectors.mT, g[1]) / gaps)
    return _symmetric(mx.matmul(vectors, mx.matmul(inner, vectors.mT)))


def _eigvalsh_rule(x: mx.array, g: mx.array, y: mx.array) -> mx.array:
    vectors = eigh(x)[1]
    return mx.matmul(vectors * g[..., None, :], vectors.mT)


def _symmetric(x: mx.array) -> mx.array:
    return 0.5 * (x + x.mT)


inv = _with_rule(mx.linalg.inv, _inv_rule)
solve = _with_rule(mx.linalg.solve, _solve_rule)
cholesky = _with_rule(_cholesky, _cholesky_rule)
slogdet = _with_rule(mx.linalg.slogdet, _slogdet_rule)
eigh = _with_rule(mx.linalg.eigh, _eigh_rule)
eigvalsh = _with_rule(mx.linalg.eigvalsh, _eigvalsh_rule)
