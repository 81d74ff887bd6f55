"""`at(x)[i].set(y)`: a new array with some places changed. Nothing is written into `x`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Generic

from emberharmony import ops
from emberharmony.backend.dtypes import KINDS, kind_of, name_of
from emberharmony.backend.registry import SCALARS
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import array_like, fits, made_like
from emberharmony.types import A

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import Array, Scalar

__all__ = ["at", "mask_select"]


def at(x: A, /, *, copy: bool = True) -> Places[A]:
    """Changes to `x` as a new array: `at(x)[index].set(y)`, and `add`, `multiply`, `min`, `max` and `get` likewise.

    The index may hold ints, slices, `...`, None, integer arrays and boolean masks; `y` broadcasts to `x[index]`. A
    place that is named twice is added to twice; which of two values `set` keeps is not defined. A mask costs no look at
    the data where `y` is one number. The dtype is that of `x`: a `y` that it cannot hold is refused.

    With `copy=False` the result may be `x` itself, written into: for an array that nobody else holds, such as one that
    a loop fills. Then `set` converts `y` as an assignment does.

    >>> x = ops.asarray([1.0, 2.0, 3.0])
    >>> ops.at(x)[1:].set(0.0).tolist(), x.tolist()
    ([1.0, 0.0, 0.0], [1.0, 2.0, 3.0])
    >>> ops.at(x)[ops.asarray([0, 0])].add(10.0).tolist()
    [21.0, 2.0, 3.0]
    """
    return Places(x) if copy else Own(x)


class Places(Generic[A]):
    """`at(x)`, which takes an index, and `at(x)[index]`, which takes a value."""

    __slots__ = ("_backwards", "_index", "_mask", "_x")

    def __init__(
        self, x: A, index: tuple[Any, ...] = (...,), mask: Any = None, backwards: tuple[int, ...] = ()
    ) -> None:
        # PyTorch has no slices that run backwards: such an axis is turned around first, and back at the end
        self._x = ops.flip(x, axis=backwards) if backwards else x
        self._index = index
        self._mask = mask
        self._backwards = backwards

    def __getitem__(self, index: Any) -> Places[A]:
        return Places(self._x, *_checked(self._x, index))

    def get(self) -> A:
        """`x[index]`."""
        return index_get(self._x, self._places()) if self._mask is None else mask_select(self._x, self._mask)

    def set(self, value: A | Scalar, /) -> A:
        """`x` with `value` at these places."""
        return self._changed("set", value, index_set, lambda x, value: value)

    def add(self, value: A | Scalar, /) -> A:
        """`x` with `value` added, once for every time that a place is named."""
        return self._changed("add", value, index_add, ops.add)

    def multiply(self, value: A | Scalar, /) -> A:
        """`x` multiplied by `value`, once for every time that a place is named."""
        return self._changed("multiply", value, index_multiply, ops.multiply)

    def min(self, value: A | Scalar, /) -> A:
        """`x` with the smaller of itself and `value`."""
        return self._changed("min", value, index_min, ops.minimum)

    def max(self, value: A | Scalar, /) -> A:
        """`x` with the larger of itself and `value`."""
        return self._changed("max", value, index_max, ops.maximum)

    def _changed(self, method: str, value: Any, scatter: Callable[..., A], whole: Callable[[Any, Any], Any]) -> A:
        x, value = self._x, self._fit(method, value)
        mask: Any = self._mask
        rest = tuple(x.shape[mask.ndim :]) if mask is not None else ()
        if mask is None or (type(value) not in SCALARS and value.ndim > len(rest)):
            y = scatter(x, self._places(), value)
            return ops.flip(y, axis=self._backwards) if self._backwards else y
        # every place under the mask takes the same value, so nobody need know how many there are
        if type(value) not in SCALARS and tuple(value.shape) != rest:
            value = ops.broadcast_to(value, rest)
        mask = ops.reshape(mask, (*mask.shape, *(1,) * len(rest)))
        return ops.where(mask, whole(x, value), x)

    def _fit(self, method: str, value: Any) -> Any:
        name = name_of(self._x.dtype)
        if type(value) not in SCALARS and not hasattr(value, "dtype"):
            raise NotAnArrayError(
                f"ops.at(x)[...].{method} got {type(value).__name__}",
                expected="an array or a number",
                mend="ops.asarray(value)",
            )
        if method != "set" and name == "bool":
            raise DTypeError(
                f"ops.at(x)[...].{method} got an array of bool", expected="numbers", mend="set takes a bool"
            )
        fits(f"ops.at(x)[...].{method}", self._x, value)
        if type(value) in SCALARS:
            return int(value) if name in KINDS["integral"] else value
        return value if name_of(value.dtype) == name else ops.astype(value, self._x.dtype)

    def _places(self) -> tuple[Any, ...]:
        return self._index if self._mask is None else ops.nonzero(self._mask)


class Own(Places[A]):
    """`at(x, copy=False)`: ints and slices are written into `x` where its backend can."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Places[A]:
        return _Written(self._x, index) if _plain(index) else Own(self._x, *_checked(self._x, index))

    def set(self, value: A | Scalar, /) -> A:
        """`x` with `value` at these places, converted to the dtype of `x`."""
        return super().set(_converted(self._x, value))


class _Written(Own[A]):
    """`at(x, copy=False)[i]` with ints and slices."""

    __slots__ = ()

    def set(self, value: A | Scalar, /) -> A:
        """`x`, or a copy of it, with `value` at these places."""
        listed = isinstance(value, list | tuple)
        return index_write(self._x, self._index, _converted(self._x, value) if listed else value)

    def _changed(self, method: str, value: Any, scatter: Callable[..., A], whole: Callable[[Any, Any], Any]) -> A:
        places: Any = Places(self._x, *_checked(self._x, self._index))
        return places._changed(method, value, scatter, whole)


def _converted(x: Any, value: Any) -> Any:
    """A value in the dtype of `x`, as an assignment makes it; lists become arrays beside `x`."""
    if hasattr(value, "dtype"):
        return value if name_of(value.dtype) == name_of(x.dtype) else ops.astype(value, x.dtype)
    if isinstance(value, list | tuple):
        return array_like(x, value, dtype=x.dtype)
    return made_like(x, "asarray", value, dtype=x.dtype)


def _plain(index: Any) -> bool:
    """Whether an index is made of ints and forward slices alone, which every library can assign to."""
    if index.__class__ is int:
        return True
    if index.__class__ is tuple:
        return all(map(_plain, index))
    return index is None or index is ... or (index.__class__ is slice and (index.step is None or index.step > 0))


@derived
def mask_select(x: A, mask: Array, /) -> A:
    """The elements of `x` where `mask` is true, in order; for a mask of fewer dimensions the rows. `x[mask]` elsewhere.

    The result's shape depends on the data: a lazy or remote backend must look at the mask here.

    >>> ops.mask_select(ops.asarray([1, 2, 3]), ops.asarray([True, False, True])).tolist()
    [1, 3]
    """
    _check_mask("ops.mask_select", tuple(x.shape), 0, mask)
    places: Any = ops.nonzero(ops.reshape(mask, (-1,)))[0]
    return ops.take(ops.reshape(x, (-1, *x.shape[mask.ndim :])), places, axis=0)


# What `at` is made of. `index` is a tuple of ints, slices, None, Ellipsis and integer arrays; `value` broadcasts to
# `x[index]` and is a Python number or an array of the dtype of `x`. The bodies serve a backend without a scatter of its
# own: they compare every place with every element, which takes memory of the order of the product.


@derived
def index_get(x: A, index: Any, /) -> A:
    """`x[index]`."""
    return x[index]


@derived
def index_set(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with `value` at `index`."""
    flat, values, hit = _hits(x, index, value)
    if not all(hit.shape):
        return x
    order = made_like(x, "arange", 1, hit.shape[1] + 1, dtype="int64")
    last = ops.max(ops.where(hit, order, ops.zeros_like(order)), axis=1)
    chosen = ops.take(values, ops.maximum(last - 1, ops.zeros_like(last)), axis=0)
    return ops.reshape(ops.where(last > 0, chosen, flat), x.shape)


@derived
def index_write(x: A, index: Any, value: A | Scalar, /) -> A:
    """`x` with `value` at an index of ints and slices; written into `x` where that can be done."""
    y: Any = value
    return at(x)[index].set(y if type(y) in SCALARS else ops.astype(y, x.dtype))


@derived
def index_add(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with `value` added at `index`, once for every time that a place is named."""
    flat, values, hit = _hits(x, index, value)
    change = ops.sum(ops.where(hit, values, ops.zeros_like(values)), axis=1, dtype=x.dtype)
    return ops.reshape(ops.add(flat, change), x.shape)


@derived
def index_multiply(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` multiplied at `index` by `value`, once for every time that a place is named."""
    flat, values, hit = _hits(x, index, value)
    change = ops.prod(ops.where(hit, values, ops.ones_like(values)), axis=1, dtype=x.dtype)
    return ops.reshape(ops.multiply(flat, change), x.shape)


@derived
def index_min(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with the smaller of itself and every `value` at `index`."""
    flat, values, hit = _hits(x, index, value)
    if not all(hit.shape):
        return x
    return ops.reshape(ops.min(ops.where(hit, ops.minimum(values, flat[:, None]), flat[:, None]), axis=1), x.shape)


@derived
def index_max(x: A, index: Any, value: A | Scalar, /) -> A:
    """A copy of `x` with the larger of itself and every `value` at `index`."""
    flat, values, hit = _hits(x, index, value)
    if not all(hit.shape):
        return x
    return ops.reshape(ops.max(ops.where(hit, ops.maximum(values, flat[:, None]), flat[:, None]), axis=1), x.shape)


def _hits(x: Any, index: Any, value: Any) -> tuple[Any, Any, Any]:
    """The elements of `x`, the values, and which element (row) each value (column) is meant for."""
    flat = ops.reshape(x, (-1,))
    number = made_like(x, "arange", flat.shape[0], dtype="int64")
    places = _taken(ops.reshape(number, x.shape), index)
    if type(value) in SCALARS:
        value = made_like(x, "asarray", value, dtype=x.dtype)
    values = ops.reshape(ops.broadcast_to(value, tuple(places.shape)), (-1,))
    return flat, values, ops.equal(number[:, None], ops.reshape(places, (1, -1)))


def _taken(x: Any, index: tuple[Any, ...]) -> Any:
    """`x[index]`; one array among slices by `take`, because the standard allows arrays only for all axes at once."""
    arrays = [i for i, item in enumerate(index) if hasattr(item, "shape")]
    if len(arrays) != 1 or any(isinstance(item, int) for item in index) or len(index) == 1 == x.ndim:
        return x[index]
    (k,) = arrays
    x = x[(*index[:k], slice(None), *index[k + 1 :])]
    before, after = (sum(item is not ... for item in part) for part in (index[:k], index[k + 1 :]))
    axis = x.ndim - 1 - after if any(item is ... for item in index[:k]) else before
    shape = (*x.shape[:axis], *index[k].shape, *x.shape[axis + 1 :])
    return ops.reshape(ops.take(x, ops.reshape(index[k], (-1,)), axis=axis), shape)


def _checked(x: Any, index: Any) -> tuple[tuple[Any, ...], Any, tuple[int, ...]]:
    """The index without masks, or the one mask that is all of it; and the axes whose slices run backwards."""
    items: list[Any] = [*index] if index.__class__ is tuple else [index]
    shape = tuple(x.shape)
    consumed = [_consumes(item) for item in items]
    if sum(item is ... for item in items) > 1:
        raise ArgumentError("ops.at(x)[...] got two ellipses", expected="at most one")
    if sum(consumed) > len(shape):
        raise ShapeError(
            f"ops.at(x)[...] got an index for {sum(consumed)} axes",
            expected=f"at most {len(shape)}, x has shape {shape}",
        )
    full: list[Any] = []
    backwards: list[int] = []
    axis = 0
    for item, width in zip(items, consumed, strict=True):
        if item is ...:
            axis += len(shape) - sum(consumed)
        elif _is_mask(item):
            _check_mask("ops.at(x)[mask]", shape, axis, item)
            if all(other is item or other is ... for other in items) and axis == 0:
                return (...,), item, ()
            item = ops.nonzero(item)
        elif item.__class__ is slice:
            if (item.step or 1) < 0:
                start, stop, step = item.indices(shape[axis])
                item = slice(shape[axis] - 1 - start, shape[axis] - 1 - stop, -step)
                backwards.append(axis)
        elif width and not hasattr(item, "shape"):
            item = operator.index(item)
            if not -shape[axis] <= item < shape[axis]:
                raise ArgumentError(
                    f"ops.at(x)[...] got index {item} for axis {axis}", expected=f"{-shape[axis]} to {shape[axis] - 1}"
                )
        full += item if isinstance(item, tuple) else [item]
        axis += width
    if axis < len(shape):
        full.append(...)
    return tuple(full), None, tuple(backwards)


def _consumes(item: Any) -> int:
    """How many axes of the array one part of an index speaks for."""
    if item is None or item is ...:
        return 0
    if isinstance(item, slice):
        return 1
    if hasattr(item, "dtype") and hasattr(item, "shape"):
        kind = kind_of(name_of(item.dtype))
        if kind == "bool":
            return len(item.shape)
        if kind in ("signed integer", "unsigned integer"):
            return 1
    elif not isinstance(item, bool) and hasattr(item, "__index__"):
        return 1
    raise ArgumentError(
        f"ops.at(x)[...] got {item!r:.60}",
        expected="ints, slices, ..., None, integer arrays or boolean masks",
        mend="ops.asarray(index) where it is a list",
    )


def _is_mask(item: Any) -> bool:
    return hasattr(item, "dtype") and hasattr(item, "shape") and name_of(item.dtype) == "bool"


def _check_mask(op: str, shape: tuple[int, ...], axis: int, mask: Any) -> None:
    if name_of(mask.dtype) != "bool":
        raise DTypeError(f"{op} got a mask of {name_of(mask.dtype)}", expected="bool", mend="compare first: x > 0")
    if tuple(mask.shape) != shape[axis : axis + len(mask.shape)]:
        raise ShapeError(
            f"{op} got a mask of shape {tuple(mask.shape)}", expected=f"the leading axes of {shape[axis:]}"
        )
