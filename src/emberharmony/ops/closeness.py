"""Comparing whole arrays, and NumPy's floating-point warnings."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emberharmony.types import A, Scalar

__all__ = ["allclose", "array_equal", "errstate", "isclose"]


@derived
def isclose(x1: A | Scalar, x2: A | Scalar, /, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> A:
    """isclose."""
    raise NotImplementedError


@derived
def allclose(x1: A | Scalar, x2: A | Scalar, /, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> A:
    """allclose."""
    raise NotImplementedError


@derived
def array_equal(x1: A, x2: A, /, equal_nan: bool = False) -> A:
    """array_equal."""
    raise NotImplementedError


def errstate(**kinds: str) -> AbstractContextManager[None]:
    """errstate."""
    raise NotImplementedError
