"""Products of matrices and tensors on MLX. Those of integers are exact: MLX itself multiplies floats only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import mlx.core as mx

from emberharmony.backend.mlx.kinds import EXACT
from emberharmony.errors import ShapeError

SAME = ("matrix_transpose",)
_SMALL = 2**16  # products of that many terms in one go: fewer steps than limbs, little memory
_BLOCK = 2**18  # that many products of two 16-bit limbs, times four such sums, stay below 2**53


def matmul(x1: mx.array, x2: mx.array, /) -> mx.array:
    try:
        return mx.matmul(x1, x2)
    except ValueError:
        if x1.dtype in EXACT and x2.dtype in EXACT:
            return _integer_matmul(x1, x2)
        raise


def tensordot(x1: mx.array, x2: mx.array, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> mx.array:
    if isinstance(axes, int):
        first, second = list(range(x1.ndim - axes, x1.ndim)), list(range(axes))
    else:
        first, second = [a % x1.ndim for a in axes[0]], [a % x2.ndim for a in axes[1]]
    if [x1.shape[a] for a in first] != [x2.shape[a] for a in second]:
        raise ShapeError(f"tensordot got shapes {x1.shape} and {x2.shape} for axes {axes}", expected="equal lengths")
    left = [a for a in range(x1.ndim) if a not in first]
    right = [a for a in range(x2.ndim) if a not in second]
    rows, columns = [x1.shape[a] for a in left], [x2.shape[a] for a in right]
    inner = math.prod(x1.shape[a] for a in first)
    matrix1 = x1.transpose(left + first).reshape(math.prod(rows), inner)
    matrix2 = x2.transpose(second + right).reshape(inner, math.prod(columns))
    return matmul(matrix1, matrix2).reshape(rows + columns)


def vecdot(x1: mx.array, x2: mx.array, /, *, axis: int = -1) -> mx.array:
    if x1.shape[axis] != x2.shape[axis]:
        raise ShapeError(f"vecdot got shapes {x1.shape} and {x2.shape} for axis {axis}", expected="equal lengths")
    product = (mx.conj(x1) if x1.dtype == mx.complex64 else x1) * x2
    total = mx.sum(product, axis)
    return total if total.dtype == product.dtype else total.astype(product.dtype)


def _integer_matmul(x1: mx.array, x2: mx.array) -> mx.array:
    dtype = mx.result_type(x1, x2)
    if dtype not in EXACT:
        return mx.matmul(x1.astype(dtype), x2.astype(dtype))
    a = x1[None, :] if x1.ndim == 1 else x1
    b = x2[:, None] if x2.ndim == 1 else x2
    if a.ndim == 0 or b.ndim == 0 or a.shape[-1] != b.shape[-2]:
        raise ShapeError(f"matmul got shapes {x1.shape} and {x2.shape}", expected="(..., M, K) and (..., K, N)")
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    if rows * inner * columns <= _SMALL:
        product = mx.sum(a[..., :, :, None].astype(mx.int64) * b[..., None, :, :].astype(mx.int64), -2)
    else:
        size = max(x1.itemsize, x2.itemsize)
        product = mx.zeros((), mx.uint64)
        for start in range(0, inner, _BLOCK):
            stop = min(start + _BLOCK, inner)
            product = product + _limb_matmul(a[..., start:stop], b[..., start:stop, :], size)
    if x1.ndim == 1:
        product = product.squeeze(-2)
    if x2.ndim == 1:
        product = product.squeeze(-1)
    return product.astype(dtype)


def _limb_matmul(a: mx.array, b: mx.array, size: int) -> mx.array:
    """a @ b modulo 2**64, through float64 products of 16-bit limbs, each exact. float64 exists on the CPU only."""
    with mx.stream(mx.cpu):
        if size <= 2:
            return mx.matmul(a.astype(mx.float64), b.astype(mx.float64)).astype(mx.int64).astype(mx.uint64)
        count = size // 2
        left, right = _limbs(a, count), _limbs(b, count)
        total = mx.zeros((), mx.uint64)
        for place in range(count):
            level = mx.matmul(left[0], right[place])
            for i in range(1, place + 1):
                level = level + mx.matmul(left[i], right[place - i])
            total = total + mx.left_shift(level.astype(mx.uint64), 16 * place)
        return total


def _limbs(x: mx.array, count: int) -> list[mx.array]:
    bits = x.astype(mx.uint64)
    return [mx.bitwise_and(mx.right_shift(bits, 16 * i), 0xFFFF).astype(mx.float64) for i in range(count)]
