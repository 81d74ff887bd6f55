"""Products of matrices and tensors."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

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


@op
def tensordot(x1: A, x2: A, /, *, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> A:
    """Sums of products over `axes`: the last of `x1` with the first of `x2`, or the two lists given.

    >>> ops.tensordot(ops.asarray([[1, 2], [3, 4]]), ops.asarray([[1, 0], [0, 1]]), axes=1).tolist()
    [[1, 2], [3, 4]]
    """
    ...


@op
def vecdot(x1: A, x2: A, /, *, axis: int = -1) -> A:
    """`sum(conj(x1) * x2)` along `axis`.

    >>> ops.vecdot(ops.asarray([1, 2]), ops.asarray([3, 4])).tolist()
    11
    """
    ...
