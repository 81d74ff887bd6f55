"""The values of a tree by name.

    state_dict(tree)  ->  {"layers.0.weight": array, ...}  ->  load_state_dict(tree, state)

The tree that is loaded into says what each value is to be: its shape, dtype, backend and device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS, NAMES, kind_of, name_of
from emberharmony.errors import DTypeError, NotAnArrayError, ShapeError, WeightsError
from emberharmony.log import logger
from emberharmony.nn.modules import named_leaves
from emberharmony.pytree import tree_flatten, tree_unflatten

__all__ = ["load_state_dict", "state_dict"]

T = TypeVar("T")
NUMBERS = (bool, int, float, complex)
LADDER = ("bool", "integral", "real floating", "complex floating")  # a cast goes up, or stays


class Value:
    """A value on its way into a leaf: what it is, and how to get it when its turn comes."""

    __slots__ = ("dtype", "read", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...], read: Callable[[], Any]) -> None:
        self.dtype = dtype
        self.shape = shape
        self.read = read


# -- by name --


def state_dict(tree: Any) -> dict[str, Any]:
    """Every value of the tree by its path: arrays, also those below buffers, and Python numbers as they are.

    Nothing is left out in silence: a leaf that is neither is an error, and belongs in a `static` field.

    >>> state = state_dict({"w": ops.ones(2, dtype="float32"), "steps": 7})
    >>> state["steps"], state["w"].tolist()
    (7, [1.0, 1.0])
    """
    found = named_leaves(tree)
    for path, leaf in found.items():
        if not _is_value(leaf):
            raise NotAnArrayError(
                f"the leaf {path!r} is {type(leaf).__name__} {leaf!r:.60}",
                expected="an array or a Python number: nothing else has a place among the weights",
                mend="declare its field `= static()`",
            )
    return found


def load_state_dict(tree: T, state: Mapping[str, Any], *, strict: bool = True, cast: bool = False) -> T:
    """The tree with the values of `state`, copied: each as its leaf is, in backend, device, dtype and kind of number.

    A value of another backend is converted. Another shape is an error, and so is another dtype without `cast=True`,
    which narrows or widens but never drops a fraction or an imaginary part. With `strict=False` the leaves that `state`
    does not name stay as they are and the names that the tree does not have are left; both are logged as a warning,
    and known beforehand: `state_dict(tree).keys() ^ state.keys()`.

    >>> tree = load_state_dict({"w": ops.zeros(2, dtype="float32")}, {"w": ops.ones(2, dtype="float32")})
    >>> tree["w"].tolist()
    [1.0, 1.0]
    """
    return filled(tree, {name: value_of(name, x) for name, x in state.items()}, "the state", strict=strict, cast=cast)


def _is_value(x: object) -> bool:
    return type(x) in NUMBERS or registry.is_array(x)


def value_of(name: str, x: Any) -> Value:
    """An array or a Python number as a value."""
    if not _is_value(x):
        raise NotAnArrayError(f"{name!r} is {type(x).__name__} {x!r:.60}", expected="an array or a Python number")
    return Value(dtype_of(x), () if type(x) in NUMBERS else tuple(x.shape), lambda: x)


def dtype_of(x: Any) -> str:
    """The name of the dtype of an array, or of the one that holds a Python number."""
    cls: type[Any] = x.__class__
    return name_of(cls if cls in NUMBERS else x.dtype)


def filled(tree: T, state: Mapping[str, Value], what: str, *, strict: bool, cast: bool) -> T:
    """The tree with these values; `what` is their name in messages."""
    leaves = state_dict(tree)
    missing, unexpected = [n for n in leaves if n not in state], [n for n in state if n not in leaves]
    if missing or unexpected:
        names = [", ".join(map(repr, found)) or "nothing" for found in (missing, unexpected)]
        said = f"{what} does not fit: missing {names[0]}; unexpected {names[1]}"
        if strict:
            raise WeightsError(said, expected="the names of state_dict(tree)", mend="strict=False takes what fits")
        logger(__name__).warning(said)
    values = [_fitted(n, leaf, state[n], cast) if n in state else leaf for n, leaf in leaves.items()]
    return tree_unflatten(tree_flatten(tree)[1], values)


def _fitted(path: str, leaf: Any, value: Value, cast: bool) -> Any:
    number = type(leaf) in NUMBERS
    dtype, shape = dtype_of(leaf), () if number else tuple(leaf.shape)
    if value.shape != shape:
        raise ShapeError(f"{path} has shape {shape} and was given {value.shape}", expected="the same shape")
    same = value.dtype in KINDS[_rung(dtype)] if number else value.dtype == dtype
    if not same and not (cast and value.dtype in NAMES and _height(value.dtype) <= _height(dtype)):
        raise DTypeError(
            f"{path} is {dtype} and was given {value.dtype}",
            expected="the same dtype" if value.dtype not in NAMES or not cast else f"at most the kind of {dtype}",
            mend="cast=True converts" if not cast else "a tree of that dtype to load into",
        )
    x = value.read()
    if number:
        return type(leaf)(x if type(x) in NUMBERS else ops.item(x))
    if type(x) in NUMBERS:
        return ops.made_like(leaf, "asarray", x, dtype=dtype)
    return ops.convert(x, like=leaf, dtype=dtype, copy=True)


def _rung(dtype: str) -> str:
    return "integral" if kind_of(dtype).endswith("integer") else kind_of(dtype)


def _height(dtype: str) -> int:
    return LADDER.index(_rung(dtype))
