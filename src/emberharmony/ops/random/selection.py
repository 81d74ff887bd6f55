"""Orders and samples of what is there: `permutation` and `choice`."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.coefficients import only
from emberharmony.ops.like import axes_of
from emberharmony.ops.random import twin
from emberharmony.ops.random.draws import below
from emberharmony.ops.random.parameters import Parameter, check, numbers
from emberharmony.ops.random.place import Place, shape_of
from emberharmony.ops.random.questions import is_array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import Array, Device, Shape


def permutation(
    key: Key, x: Array | int, axis: int = 0, independent: bool = False, *, device: Device | None = None
) -> Any:
    """`x` in a random order along `axis`, or the numbers below an integer `x` in one.

    With `independent` every vector along the axis has an order of its own.

    >>> ops.random.permutation(ops.random.key(0), 5).tolist()
    [0, 4, 2, 1, 3]
    """
    place = Place("permutation", key, device, beside=x)
    whole: Any = x
    if not is_array(x):
        n = _count("permutation", "x", whole)
        return place.finished(_order(place, (n,)), (n,), "int64")
    (axis,) = axes_of("random.permutation", whole, axis)
    if independent:
        shape = tuple(whole.shape)
        order = place.finished(ops.reshape(_order(place, shape, axis), (-1,)), shape, "int64")
        return ops.take_along_axis(whole, order, axis=axis)
    n = whole.shape[axis]
    return ops.take(whole, place.finished(_order(place, (n,)), (n,), "int64"), axis=axis)


def choice(
    key: Key,
    a: Array | int,
    shape: Shape = (),
    replace: bool = True,
    p: Array | None = None,
    axis: int = 0,
    *,
    device: Device | None = None,
) -> Any:
    """Entries of `a` along `axis`, or numbers below an integer `a`: with the weights `p`, which need not sum to 1.

    Shapes: a (..., n, ...) -> (..., *shape, ...). Without replacement no entry comes twice, and the draw is that of one
    after the other from what is left.

    >>> ops.random.choice(ops.random.key(0), 100, (3,), replace=False).tolist()
    [93, 58, 97]
    """
    size = shape_of("choice", shape)
    place = Place("choice", key, device, p, beside=a)
    whole: Any = a
    axis = axes_of("random.choice", whole, axis)[0] if is_array(a) else 0
    n: int = whole.shape[axis] if is_array(a) else _count("choice", "a", whole)
    k = math.prod(size)
    if n == 0 and k:
        raise ArgumentError("random.choice got nothing to choose from", expected="at least one entry")
    if not replace and k > n:
        raise ArgumentError(
            f"random.choice got {k} draws of {n} entries without replacement",
            expected=f"at most {n}",
            mend="replace=True",
        )
    if p is not None:
        flat = _weighted(place, n, k, p, replace)
    elif replace:
        flat = below(place, size, n)
    else:
        flat = _order(place, (n,))[:k]
    if not is_array(a):
        return place.finished(flat, size, "int64")
    taken = ops.take(whole, place.finished(flat, (k,), "int64"), axis=axis)
    return ops.reshape(taken, (*whole.shape[:axis], *size, *whole.shape[axis + 1 :]))


def _order(place: Place, shape: tuple[int, ...], axis: int = -1) -> Any:
    """The stable order of 63-bit words."""
    low, high = place.source.words64(place.key, place, math.prod(shape))
    words = ops.reshape((high & 0x7FFFFFFF) << 32 | low, shape)
    return ops.astype(ops.argsort(words, axis=axis, stable=True), "int64")


def _weighted(place: Place, n: int, k: int, p: Any, replace: bool) -> Any:
    if not is_array(p):
        raise ArgumentError(
            f"random.choice got p of type {type(p).__name__}", expected="an array", mend="ops.asarray(p)"
        )
    if tuple(p.shape) != (n,):
        raise ShapeError(f"random.choice got p of shape {tuple(p.shape)}", expected=f"({n},), as there are entries")
    check(place, Parameter("p", p, lambda x: (x >= 0) & (x < math.inf), "a finite weight, not negative"))
    weights = numbers(p) if place.host else ops.astype(ops.stop_gradient(p), place.real)
    if place.known:
        left = int(ops.sum(ops.astype(weights > 0, "int64")))
        if left < (1 if replace else k):
            raise ArgumentError(
                f"random.choice got {left} weights above 0",
                expected=f"at least {1 if replace else k}, one for each draw",
            )
    if replace:
        sums = ops.cumulative_sum(weights, axis=0)
        u = twin.unit(place.source.words64(place.key, place, k), place.real)
        total = sums[-1:]
        target = ops.minimum(
            u * total, ops.nextafter(total, ops.zeros_like(total))
        )  # a product may round up to its end
        return ops.astype(ops.searchsorted(sums, target, side="right"), "int64")
    # the largest of log p + Gumbel, then the next: the same as one draw after the other (Yellott 1977)
    some = weights > 0
    scores = ops.where(some, ops.log(only(some, weights, 1.0)), -math.inf)
    scores = scores + place.source.gumbel(place.key, place, n, place.real)
    return ops.argsort(scores, axis=-1, descending=True, stable=True)[:k]


def _count(name: str, argument: str, x: Any) -> int:
    if x.__class__ is not int or x < 0:
        raise ArgumentError(f"random.{name} got {argument}={x!r:.40}", expected="an array, or an integer not below 0")
    return x
