"""Products of matrices and tensors."""

from __future__ import annotations

import math

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.ops.dispatch import derived, op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.types import A

__all__ = [
    "matmul",
    "matrix_transpose",
    "tensordot",
    "vecdot",
]


@op
def matmul(x1: A, x2: A, /) -> A:
    """The matrix product (..., M, K) (..., K, N) -> (..., M, N); a vector is a row on the left, a column on the right.

    >>> ops.matmul(ops.asarray([[1, 2], [3, 4]]), ops.asarray([1, 1])).tolist()
    [3, 7]
    """
    ...


@op
def matrix_transpose(x: A, /) -> A:
    """The last two axes swapped.

    >>> ops.matrix_transpose(ops.asarray([[1, 2], [3, 4]])).tolist()
    [[1, 3], [2, 4]]
    """
    ...


@derived
def tensordot(x1: A, x2: A, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> A:
    """Sums of products over `axes`: the last of `x1` with the first of `x2`, or the two lists given.

    >>> ops.tensordot(ops.asarray([[1, 2], [3, 4]]), ops.asarray([[1, 0], [0, 1]]), axes=1).tolist()
    [[1, 2], [3, 4]]
    """
    if isinstance(axes, int):
        left, right = [*range(x1.ndim - axes, x1.ndim)], [*range(axes)]
    else:
        left, right = ([axis % x.ndim for axis in part] for x, part in zip((x1, x2), axes, strict=True))
    rows = [axis for axis in range(x1.ndim) if axis not in left]
    columns = [axis for axis in range(x2.ndim) if axis not in right]
    count = math.prod(x1.shape[axis] for axis in left)
    first = ops.reshape(ops.permute_dims(x1, (*rows, *left)), (math.prod(x1.shape[i] for i in rows), count))
    second = ops.reshape(ops.permute_dims(x2, (*right, *columns)), (count, math.prod(x2.shape[i] for i in columns)))
    return ops.reshape(matmul(first, second), (*(x1.shape[i] for i in rows), *(x2.shape[i] for i in columns)))


@derived
def vecdot(x1: A, x2: A, /, *, axis: int = -1) -> A:
    """`sum(conj(x1) * x2)` along `axis`.

    >>> ops.vecdot(ops.asarray([1, 2]), ops.asarray([3, 4])).tolist()
    11
    """
    x1 = ops.conj(x1) if name_of(x1.dtype) in COMPLEX else x1
    product = ops.multiply(x1, x2)
    return ops.sum(product, axis=axis, dtype=product.dtype)
