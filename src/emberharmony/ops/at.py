"""`at(x)[i].set(y)`: a new array with some places changed. Nothing is written into `x`."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.ops.dispatch import derived

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = ["at", "mask_select"]


@derived
def mask_select(x: A, mask: A, /) -> A:
    """The elements (or, for a mask of fewer dimensions, the rows) of `x` where `mask` is true, in order: `x[mask]`."""
    places = ops.nonzero(ops.reshape(mask, (-1,)))[0]
    return ops.take(ops.reshape(x, (-1, *x.shape[mask.ndim :])), places, axis=0)


# What `at` is made of. `index` is a tuple of ints, slices, None, Ellipsis and integer arrays; `value` broadcasts.


@derived
def index_get(x: A, index: Any, /) -> A:
    """`x[index]`."""
    return x[index]


@derived
def index_set(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with `value` at `index`."""
    raise NotImplementedError


@derived
def index_add(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with `value` added at `index`, once for every time that a place is named."""
    raise NotImplementedError


@derived
def index_multiply(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` multiplied at `index` by `value`, once for every time that a place is named."""
    raise NotImplementedError


@derived
def index_min(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with the smaller of itself and every `value` at `index`."""
    raise NotImplementedError


@derived
def index_max(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with the larger of itself and every `value` at `index`."""
    raise NotImplementedError


class at:  # noqa: N801
    """at."""

    def __init__(self, x: Any) -> None:
        self.x = x
