"""Sums of products by their indices."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = ["dot", "einsum", "kron"]


@derived
def einsum(subscripts: str, /, *operands: A) -> A:
    """einsum."""
    raise NotImplementedError


@derived
def dot(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """dot."""
    raise NotImplementedError


@derived
def kron(x1: A, x2: A, /) -> A:
    """kron."""
    raise NotImplementedError
