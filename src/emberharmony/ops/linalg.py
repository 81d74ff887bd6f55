"""linalg."""

from __future__ import annotations

from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from emberharmony.types import A, Axis, Device, DType, Nested, Scalar, Shape
    from emberharmony.backend.results import EighResult, EigResult, QRResult, SlogdetResult, SVDResult, UniqueAllResult, UniqueCountsResult, UniqueInverseResult

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
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "trace",
    "vector_norm",
]


@op
def cholesky(x: A, /, *, upper: bool = False) -> A:
    """cholesky."""
    ...


@op
def cross(x1: A, x2: A, /, *, axis: int = -1) -> A:
    """cross."""
    ...


@op
def det(x: A, /) -> A:
    """det."""
    ...


@op
def diagonal(x: A, /, *, offset: int = 0) -> A:
    """diagonal."""
    ...


@op
def eigh(x: A, /) -> EighResult[A]:
    """eigh."""
    ...


@op
def eigvalsh(x: A, /) -> A:
    """eigvalsh."""
    ...


@op
def eig(x: A, /) -> EigResult[A]:
    """eig."""
    ...


@op
def eigvals(x: A, /) -> A:
    """eigvals."""
    ...


@op
def inv(x: A, /) -> A:
    """inv."""
    ...


@op
def matrix_norm(x: A, /, *, keepdims: bool = False, ord: int | float | Literal['fro', 'nuc'] | None = 'fro') -> A:
    """matrix_norm."""
    ...


@op
def matrix_power(x: A, n: int, /) -> A:
    """matrix_power."""
    ...


@op
def matrix_rank(x: A, /, *, rtol: A | float | None = None) -> A:
    """matrix_rank."""
    ...


@op
def outer(x1: A, x2: A, /) -> A:
    """outer."""
    ...


@op
def pinv(x: A, /, *, rtol: A | float | None = None) -> A:
    """pinv."""
    ...


@op
def qr(x: A, /, *, mode: Literal['reduced', 'complete'] = 'reduced') -> QRResult[A]:
    """qr."""
    ...


@op
def slogdet(x: A, /) -> SlogdetResult[A]:
    """slogdet."""
    ...


@op
def solve(x1: A, x2: A, /) -> A:
    """solve."""
    ...


@op
def svd(x: A, /, *, full_matrices: bool = True) -> SVDResult[A]:
    """svd."""
    ...


@op
def svdvals(x: A, /) -> A:
    """svdvals."""
    ...


@op
def trace(x: A, /, *, offset: int = 0, dtype: DType | None = None) -> A:
    """trace."""
    ...


@op
def vector_norm(x: A, /, *, axis: Axis = None, keepdims: bool = False, ord: int | float = 2) -> A:
    """vector_norm."""
    ...

from emberharmony.ops.products import matmul, matrix_transpose, tensordot, vecdot

__all__ += ["matmul", "matrix_transpose", "tensordot", "vecdot"]
