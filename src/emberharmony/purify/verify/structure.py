"""Walk through what a function takes and returns: containers of the host with arrays in them."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import islice
from typing import Any

from emberharmony.purify.verify.libraries import is_array, is_numpy_scalar, numpy

MOST = 2000  # values taken from an iterator
DEEPEST = 12


def one_of(x: object, *types: type) -> bool:
    """`isinstance` for values of which nothing is known: a type checker learns nothing from it, and asks nothing."""
    return isinstance(x, types)


def mapped(x: Any, change: Callable[[Any], Any]) -> Any:
    """`x` with `change` applied to every array and NumPy scalar in lists, tuples and dicts."""
    if is_array(x) or is_numpy_scalar(x):
        return change(x)
    if one_of(x, tuple):
        items = [mapped(item, change) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if _is(x, list):
        return [mapped(item, change) for item in x]
    if _is(x, dict):
        return {key: mapped(item, change) for key, item in x.items()}
    return x


def arrays(x: Any, depth: int = 0) -> Iterator[Any]:
    """Every array and NumPy scalar in `x`, also in the attributes of objects."""
    if is_array(x) or is_numpy_scalar(x):
        yield x
    elif depth < DEEPEST:
        inner: Any
        if one_of(x, Mapping):
            inner = _any(x).values()
        elif one_of(x, list, tuple, set, frozenset):
            inner = x
        elif hasattr(x, "__dict__") and not isinstance(x, (type, types.ModuleType, types.FunctionType)):
            inner = attributes(x).values()
        else:
            return
        for item in inner:
            yield from arrays(item, depth + 1)


def attributes(x: Any) -> dict[str, Any]:
    """What an object holds in its `__dict__`."""
    return x.__dict__


def elements(x: Any) -> int:
    """How many numbers the largest array (or list of numbers) in `x` has."""
    largest = 1 if one_of(x, int, float, complex) else 0
    for array in arrays(x):
        size = 1
        for length in array.shape:
            size *= int(length)
        largest = max(largest, size)
    if one_of(x, list, tuple):
        lengths = [elements(item) for item in x]
        flat = all(one_of(item, int, float, complex) for item in x)
        largest = max(largest, len(lengths) if flat else max(lengths, default=0))
    elif one_of(x, dict):
        largest = max([largest, *(elements(item) for item in x.values())])
    return largest


def settled(x: Any) -> Any:
    """`x` with iterators drawn into lists, so that what they give can be compared."""
    if one_of(x, types.GeneratorType, map, filter, zip, enumerate):
        return [settled(item) for item in islice(x, MOST)]
    return x


def copied(x: Any) -> Any:
    """A copy that shares no memory with `x`. What cannot be copied (an open file, a module) is shared."""
    if is_array(x):
        return numpy().array(x, copy=True, subok=True) if type(x).__module__.startswith("numpy") else deepcopy(x)
    if is_numpy_scalar(x) or callable(x):
        return x
    if _is(x, list) or _is(x, tuple):
        return type(x)(copied(item) for item in x)
    if _is(x, dict):
        return {key: copied(item) for key, item in x.items()}
    return deepcopy(x)


def described(x: Any) -> str:
    """A few words that say what a value is."""
    if is_array(x):
        return f"{str(x.dtype).rpartition('.')[2]} {tuple(int(length) for length in x.shape)}"
    if one_of(x, list, tuple) and len(x) > 4:
        return f"{type(x).__name__} of {len(x)}"
    if one_of(x, list, tuple):
        inner = ", ".join(described(item) for item in x)
        return f"[{inner}]" if one_of(x, list) else f"({inner})"
    if one_of(x, dict):
        return "{" + ", ".join(f"{key!r}: {described(item)}" for key, item in islice(x.items(), 5)) + "}"
    text = getattr(x, "__name__", "") if callable(x) else repr(x)
    return text if len(text) <= 60 else text[:57] + "..."


def _any(x: Any) -> Any:
    return x


def _is(x: object, kind: type) -> bool:
    """Exactly this type: a subclass of the user's may not be made from its items."""
    return type(x) is kind
