"""Comparing whole arrays, and NumPy's floating-point warnings."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import INEXACT, name_of
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import common, made_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emberharmony.types import A, Scalar

__all__ = ["allclose", "array_equal", "errstate", "isclose"]


@derived
def isclose(x1: A | Scalar, x2: A | Scalar, /, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> A:
    """`abs(x1 - x2) <= atol + rtol * abs(x2)`, elementwise: not symmetric. Equal infinities are close.

    >>> ops.isclose(ops.asarray([1.0, 2.0]), ops.asarray([1.000001, 2.1])).tolist()
    [True, False]
    """
    a, b = common(x1, x2, inexact=True)
    finite = ops.isfinite(b)
    safe = ops.where(finite, b, ops.zeros_like(b))
    near = ops.less_equal(ops.abs(a - safe), atol + rtol * ops.abs(safe)) & finite
    same = ops.equal(a, b)
    return near | same | (ops.isnan(a) & ops.isnan(b)) if equal_nan else near | same


@derived
def allclose(x1: A | Scalar, x2: A | Scalar, /, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> A:
    """Whether all elements of the two arrays are close, as `isclose` says; an array without axes.

    >>> bool(ops.allclose(ops.asarray([1.0]), ops.asarray([1.000001])))
    True
    """
    return ops.all(isclose(x1, x2, rtol, atol, equal_nan))


@derived
def array_equal(x1: A, x2: A, /, equal_nan: bool = False) -> A:
    """Whether two arrays have the same shape and the same elements; an array without axes.

    >>> bool(ops.array_equal(ops.asarray([1, 2]), ops.asarray([1, 3])))
    False
    """
    if tuple(x1.shape) != tuple(x2.shape):
        return made_like(x1, "asarray", False)
    a, b = common(x1, x2)
    same = ops.equal(a, b)
    return ops.all(same | (ops.isnan(a) & ops.isnan(b)) if equal_nan and name_of(a.dtype) in INEXACT else same)


def errstate(**kinds: Any) -> AbstractContextManager[None]:
    """What NumPy does in the block about `divide`, `over`, `under`, `invalid` or `all`: "ignore", "warn" or "raise".

    The other backends never look, and neither does this.

    >>> with ops.errstate(divide="ignore"):
    ...     ops.divide(ops.asarray([1.0]), ops.asarray([0.0])).tolist()
    [inf]
    """
    return registry.load("numpy").functions["errstate"](**kinds)
