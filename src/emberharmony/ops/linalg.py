"""Linear algebra on stacks of matrices: the last two axes are the matrix, the ones before are looped over."""

from __future__ import annotations

import math

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.dispatch import derived, op
from emberharmony.ops.like import made_like
from emberharmony.ops.manipulation import expand_dims, moveaxis
from emberharmony.ops.products import matmul, matrix_transpose, tensordot, vecdot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from emberharmony.backend.results import (
        EighResult,
        EigResult,
        QRResult,
        SlogdetResult,
        SVDResult,
    )
    from emberharmony.types import A, Axis, DType

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


@op
def cholesky(x: A, /, *, upper: bool = False) -> A:
    """The lower triangular `L` with positive diagonal and `L L^H = x`; `upper` gives `L^H`.

    `x` (..., N, N) must be Hermitian and positive definite: else an error, or on MLX, which is lazy, nan.

    >>> ops.linalg.cholesky(ops.asarray([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    """
    ...


@derived
def cross(x1: A, x2: A, /, *, axis: int = -1) -> A:
    """The cross product of vectors of length 3 along `axis`.

    >>> ops.linalg.cross(ops.asarray([1.0, 0.0, 0.0]), ops.asarray([0.0, 1.0, 0.0])).tolist()
    [0.0, 0.0, 1.0]
    """
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ShapeError(f"cross got shapes {x1.shape} and {x2.shape}", expected=f"length 3 along axis {axis}")
    (a, b), (c, d) = [(ops.roll(x, -1, axis=axis), ops.roll(x, -2, axis=axis)) for x in (x1, x2)]
    return ops.subtract(ops.multiply(a, d), ops.multiply(b, c))


@op
def det(x: A, /) -> A:
    """The determinant of square matrices (..., N, N) -> (...).

    >>> ops.linalg.det(ops.asarray([[1.0, 2.0], [3.0, 4.0]])).tolist()
    -2.0000000000000004
    """
    ...


@op
def diagonal(x: A, /, *, offset: int = 0) -> A:
    """The diagonal of matrices (..., M, N), `offset` above (below, where negative) the main one.

    >>> ops.linalg.diagonal(ops.asarray([[1, 2], [3, 4]])).tolist()
    [1, 4]
    """
    ...


@op
def eigh(x: A, /) -> EighResult[A]:
    """Real eigenvalues in ascending order and orthonormal eigenvectors (in columns) of Hermitian matrices.

    Only the lower triangle is read. Signs of eigenvectors are arbitrary.

    >>> ops.linalg.eigh(ops.asarray([[2.0, 0.0], [0.0, 1.0]])).eigenvalues.tolist()
    [1.0, 2.0]
    """
    ...


@op
def eigvalsh(x: A, /) -> A:
    """The real eigenvalues of Hermitian matrices, in ascending order.

    >>> ops.linalg.eigvalsh(ops.asarray([[2.0, 1.0], [1.0, 2.0]])).tolist()
    [1.0, 3.0]
    """
    ...


@op
def eig(x: A, /) -> EigResult[A]:
    """Complex eigenvalues and eigenvectors (in columns, of length 1) of square matrices, in no particular order.

    >>> ops.sort(ops.imag(ops.linalg.eig(ops.asarray([[0.0, -1.0], [1.0, 0.0]])).eigenvalues)).tolist()
    [-1.0, 1.0]
    """
    ...


@op
def eigvals(x: A, /) -> A:
    """The complex eigenvalues of square matrices, in no particular order.

    >>> ops.sort(ops.imag(ops.linalg.eigvals(ops.asarray([[0.0, -1.0], [1.0, 0.0]])))).tolist()
    [-1.0, 1.0]
    """
    ...


@op
def inv(x: A, /) -> A:
    """The inverse of square matrices; a singular one raises.

    >>> ops.linalg.inv(ops.asarray([[2.0, 0.0], [0.0, 4.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    ...


@derived
def matrix_norm(x: A, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro") -> A:
    """A norm of matrices (..., M, N): "fro", "nuc", or 1, 2, inf and their negatives.

    >>> ops.linalg.matrix_norm(ops.asarray([[3.0, 0.0], [0.0, 4.0]])).tolist()
    5.0
    """
    if ord not in ("fro", "nuc", None, 1, -1, 2, -2, math.inf, -math.inf):
        raise ArgumentError(f"matrix_norm got ord={ord!r}", expected='"fro", "nuc", 1, 2, inf, -1, -2 or -inf')
    if ord in ("fro", None):
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, math.inf, -math.inf):
        inner, outside = (-2, -1) if abs(ord) == 1 else (-1, -2)
        sums = ops.sum(ops.abs(x), axis=inner, keepdims=True)
        result = (ops.max if ord > 0 else ops.min)(sums, axis=outside, keepdims=True)
    else:
        s = svdvals(x)
        result = ops.sum(s, axis=-1) if ord == "nuc" else ops.max(s, axis=-1) if ord > 0 else ops.min(s, axis=-1)
        result = result[..., None, None]
    return result if keepdims else result[..., 0, 0]


@derived
def matrix_power(x: A, n: int, /) -> A:
    """`x` multiplied by itself `n` times; the inverse for negative `n`, the identity for 0.

    >>> ops.linalg.matrix_power(ops.asarray([[1.0, 1.0], [0.0, 1.0]]), 3).tolist()
    [[1.0, 3.0], [0.0, 1.0]]
    """
    if n < 0:
        x, n = inv(x), -n
    power = ops.broadcast_to(made_like(x, "eye", x.shape[-1], dtype=x.dtype), tuple(x.shape))
    while n:
        power, x, n = matmul(power, x) if n & 1 else power, matmul(x, x) if n > 1 else x, n >> 1
    return power


@op
def matrix_rank(x: A, /, *, rtol: A | float | None = None) -> A:
    """How many singular values exceed `rtol` times the largest; by default `rtol = max(M, N) * eps`.

    >>> ops.linalg.matrix_rank(ops.asarray([[1.0, 2.0], [2.0, 4.0]])).tolist()
    1
    """
    ...


@derived
def outer(x1: A, x2: A, /) -> A:
    """`x1[i] * x2[j]` of two vectors.

    >>> ops.linalg.outer(ops.asarray([1, 2]), ops.asarray([3, 4])).tolist()
    [[3, 4], [6, 8]]
    """
    if x1.ndim != 1 or x2.ndim != 1:
        raise ShapeError(f"outer got shapes {x1.shape} and {x2.shape}", expected="two vectors")
    return ops.multiply(x1[:, None], x2[None, :])


@op
def pinv(x: A, /, *, rtol: A | float | None = None) -> A:
    """The Moore-Penrose pseudo-inverse; singular values up to `rtol` times the largest count as zero.

    >>> ops.linalg.pinv(ops.asarray([[2.0, 0.0], [0.0, 0.0]])).tolist()
    [[0.5, 0.0], [0.0, 0.0]]
    """
    ...


@op
def qr(x: A, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult[A]:
    """`Q` with orthonormal columns and upper triangular `R` with `Q R = x`.

    "complete" makes `Q` square. Signs of columns are arbitrary.

    >>> ops.abs(ops.linalg.qr(ops.asarray([[3.0], [4.0]])).R).tolist()
    [[5.0]]
    """
    ...


@op
def slogdet(x: A, /) -> SlogdetResult[A]:
    """The sign and the logarithm of the magnitude of the determinant, which itself might overflow.

    >>> [float(a) for a in ops.linalg.slogdet(ops.asarray([[0.0, 1.0], [1.0, 0.0]]))]
    [-1.0, 0.0]
    """
    ...


@op
def solve(x1: A, x2: A, /) -> A:
    """The `x` with `x1 x = x2`: `x1` (..., N, N), `x2` (N,) or (..., N, K). A singular `x1` raises.

    >>> ops.linalg.solve(ops.asarray([[2.0, 0.0], [0.0, 4.0]]), ops.asarray([2.0, 8.0])).tolist()
    [1.0, 2.0]
    """
    ...


@op
def svd(x: A, /, *, full_matrices: bool = True) -> SVDResult[A]:
    """`U`, the singular values `S` in descending order, and `Vh` with `U diag(S) Vh = x`.

    `full_matrices=False` leaves out the columns that multiply zeros.

    >>> ops.linalg.svd(ops.asarray([[3.0, 0.0], [0.0, 4.0]])).S.tolist()
    [4.0, 3.0]
    """
    ...


@op
def svdvals(x: A, /) -> A:
    """The singular values, in descending order.

    >>> ops.linalg.svdvals(ops.asarray([[3.0, 0.0], [0.0, 4.0]])).tolist()
    [4.0, 3.0]
    """
    ...


@op
def trace(x: A, /, *, offset: int = 0, dtype: DType | None = None) -> A:
    """The sum of the diagonal of matrices (..., M, N) -> (...).

    >>> ops.linalg.trace(ops.asarray([[1, 2], [3, 4]])).tolist()
    5
    """
    ...


@derived
def vector_norm(x: A, /, *, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> A:
    """The norm `sum(abs(x)**ord)**(1/ord)` of all elements or along `axis`; `ord` inf and -inf take the extremes.

    >>> ops.linalg.vector_norm(ops.asarray([3.0, 4.0])).tolist()
    5.0
    """
    size = ops.abs(x)
    if ord in (math.inf, -math.inf):
        return (ops.max if ord > 0 else ops.min)(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        return ops.sum(ops.astype(ops.not_equal(size, 0), size.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return ops.sum(size, axis=axis, keepdims=keepdims)
    total = ops.sum(ops.square(size) if ord == 2 else ops.pow(size, ord), axis=axis, keepdims=keepdims)
    none = ops.equal(total, 0)  # at 0 the length has no slope: 0 is better than nan
    return ops.where(none, total, ops.pow(ops.where(none, ops.ones_like(total), total), 1 / ord))


@derived
def norm(x: A, /, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> A:
    """`vector_norm`, or `matrix_norm` where `axis` is a pair, or where `ord` is given for a matrix and `axis` is not.

    >>> float(ops.linalg.norm(ops.asarray([3.0, 4.0]))), float(ops.linalg.norm(ops.asarray([[3.0], [4.0]]), "fro"))
    (5.0, 5.0)
    """
    if isinstance(axis, tuple) and len(axis) == 2:
        moved = moveaxis(x, axis, (-2, -1))
        y = matrix_norm(moved, ord="fro" if ord is None else ord)
        return expand_dims(y, tuple(sorted(a % x.ndim for a in axis))) if keepdims else y
    if axis is None and ord is not None and x.ndim == 2:
        return matrix_norm(x, ord=ord, keepdims=keepdims)
    return vector_norm(x, axis=axis, ord=2 if ord is None else ord, keepdims=keepdims)


@derived
def lstsq(x1: A, x2: A, /) -> A:
    """The shortest `x` with the least `sum((x1 x - x2)**2)`: `x1` (..., M, N), `x2` (M,) or (..., M, K).

    >>> ops.linalg.lstsq(ops.asarray([[1.0], [1.0]]), ops.asarray([1.0, 3.0])).tolist()
    [2.0]
    """
    return matmul(pinv(x1), x2)
