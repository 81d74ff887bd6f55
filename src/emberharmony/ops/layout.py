"""Shapes beyond the standard: padding, stacking, splitting, diagonals."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived
from emberharmony.ops.linalg import diagonal, outer, trace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from emberharmony.types import A, Scalar

__all__ = [
    "apply_along_axis",
    "atleast_1d",
    "atleast_2d",
    "diag",
    "diagonal",
    "hstack",
    "outer",
    "pad",
    "ravel",
    "split",
    "swapaxes",
    "trace",
    "tril_indices",
    "triu_indices",
    "vstack",
]


@derived
def pad(x: A, /, pad_width: Any, mode: str = "constant", *, constant_values: Scalar = 0) -> A:
    """pad."""
    raise NotImplementedError


@derived
def diag(x: A, /, k: int = 0) -> A:
    """diag."""
    raise NotImplementedError


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """tril_indices."""
    raise NotImplementedError


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Any, Any]:
    """triu_indices."""
    raise NotImplementedError


def apply_along_axis(function: Callable[..., Any], axis: int, x: A, /, *arguments: Any, **named: Any) -> A:
    """apply_along_axis."""
    raise NotImplementedError


@derived
def ravel(x: A, /) -> A:
    """ravel."""
    raise NotImplementedError


@derived
def swapaxes(x: A, axis1: int, axis2: int, /) -> A:
    """swapaxes."""
    raise NotImplementedError


@derived
def split(x: A, /, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[A]:
    """split."""
    raise NotImplementedError


@derived
def vstack(arrays: Sequence[A], /) -> A:
    """vstack."""
    raise NotImplementedError


@derived
def hstack(arrays: Sequence[A], /) -> A:
    """hstack."""
    raise NotImplementedError


def atleast_1d(*arrays: A) -> A | tuple[A, ...]:
    """atleast_1d."""
    raise NotImplementedError


def atleast_2d(*arrays: A) -> A | tuple[A, ...]:
    """atleast_2d."""
    raise NotImplementedError
