"""What a module is: a frozen dataclass and a tree of arrays, with three kinds of field.

    @module
    class Linear:
        weight: Array                            an array, or any tree of them: trained
        bias: Array | None = None
        mask: Array = buffer()                   saved, and without gradient
        activation: Callable = static(ops.tanh)  part of the structure: hashable, never an array

        def __call__(self, x): ...

Nothing is inherited and nothing is hidden: every function of trees (`tree_map`, `ops.grad`, `ops.vmap`) takes modules.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType, FunctionType
from typing import Any, TypeVar, dataclass_transform, overload

from emberharmony.backend import registry
from emberharmony.backend.dtypes import name_of
from emberharmony.errors import ArgumentError, FrozenError
from emberharmony.pytree import (
    ROLE,
    kind_of,
    names_of,
    rebuilt,
    register_dataclass,
    tree_flatten,
    tree_leaves,
    tree_unflatten,
)

__all__ = ["buffer", "combine", "module", "parameters", "partition", "replace", "static"]

T = TypeVar("T")
WIDTH = 88  # of a line of `repr`
PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes, FunctionType, BuiltinFunctionType})


# -- fields --


@overload
def buffer() -> Any: ...
@overload
def buffer(*, default: T) -> T: ...
@overload
def buffer(*, default_factory: Callable[[], T]) -> T: ...
def buffer(default: Any = dataclasses.MISSING, *, default_factory: Any = dataclasses.MISSING) -> Any:
    """A field whose arrays are saved and moved with the others but have no gradient: masks, polarities, statistics.

    Type checkers see a default only by its name: `buffer(default=None)`.

    >>> @module
    ... class Scale:
    ...     weight: object
    ...     shift: object = buffer()
    >>> [*parameters(Scale(ops.ones(2), ops.zeros(2)))]
    ['weight']
    """
    return dataclasses.field(default=default, default_factory=default_factory, metadata={ROLE: "buffer"})


@overload
def static() -> Any: ...
@overload
def static(*, default: T) -> T: ...
def static(default: Any = dataclasses.MISSING) -> Any:
    """A field that belongs to the structure: a size, a name, a function. Hashable, for structures are compared by it.

    Type checkers see a default only by its name: `static(default=6)`.

    >>> @module
    ... class Power:
    ...     exponent: int = static(default=2)
    >>> Power(3)
    Power(exponent=3)
    """
    return dataclasses.field(default=default, metadata={ROLE: "static"})


# -- the class --


# not frozen for type checkers, which would refuse the assignments in a constructor of one's own
@dataclass_transform(eq_default=False, field_specifiers=(buffer, static))
def module(cls: type[T]) -> type[T]:
    """Make a class with annotated fields a module: a frozen dataclass that is equal only to itself, and a pytree.

    The constructor takes the fields. A class may write its own `__init__`, which assigns each field once, or a
    `__post_init__`, which checks them; functions of trees build modules without either, since a leaf may be anything
    there: a gradient, an axis, a hole. Modules inherit like dataclasses.

    >>> @module
    ... class Linear:
    ...     weight: object
    ...     bias: object = None
    ...     def __call__(self, x):
    ...         return x @ self.weight + self.bias
    >>> m = Linear(ops.ones((2, 3), dtype="float32"), ops.zeros(3, dtype="float32"))
    >>> m
    Linear(weight=float32[2, 3], bias=float32[3])
    >>> m(ops.asarray([1.0, 2.0], dtype="float32")).tolist()
    [3.0, 3.0, 3.0]
    """
    made: Any = dataclasses.dataclass(frozen=True, eq=False, repr=False)(cls)
    made.__init__ = _checking(made.__init__)
    made.__setattr__, made.__delattr__ = _assign, _delete
    if made.__repr__ is object.__repr__:
        made.__repr__ = shown
    register_dataclass(made)  # now, because torch.compile cannot look at the fields of a class
    return made


def _checking(init: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(init)
    def checked(self: Any, *args: Any, **named: Any) -> None:
        init(self, *args, **named)
        if type(self).__init__ is checked:  # the outermost: what a base class has not set, its heir has
            _check(self)

    return checked


def _check(x: Any) -> None:
    cls = type(x).__name__
    for field in dataclasses.fields(x):
        if not hasattr(x, field.name):
            raise ArgumentError(
                f"{cls} has no {field.name}", expected=f"self.{field.name} = ... in {cls}.__init__ or a default"
            )
        if field.metadata.get(ROLE) == "static":
            _check_static(f"{cls}.{field.name}", getattr(x, field.name))


def _check_static(name: str, value: Any) -> None:
    if type(value) in PLAIN:  # known to be right, also while torch.compile reads this
        return
    if any(registry.is_array(leaf) for leaf in tree_leaves(value)):
        raise ArgumentError(
            f"{name} is static and got {shown(value)}",
            expected="no array: structures are compared and hashed, and an array in them would be trained by nobody",
            mend="a plain field for an array that is trained, `= buffer()` for one that is not",
        )
    try:
        hash(value)
    except TypeError:
        raise ArgumentError(
            f"{name} is static and got {type(value).__name__} {value!r:.60}, which is not hashable",
            expected="a value that never changes",
            mend="tuple(x) for a list, tuple(x.items()) for a dict, frozenset(x) for a set",
        ) from None


def _assign(self: Any, name: str, value: Any) -> None:
    names = _field_names(self)
    if name in names and name not in vars(self):  # a constructor at work: each field once
        object.__setattr__(self, name, value)
        return
    cls = type(self).__name__
    if name not in names:
        raise FrozenError(f"{cls} has no field {name!r}", expected=_listed(names), mend=f"annotate it in class {cls}")
    raise FrozenError(
        f"{cls}.{name} was assigned; a module never changes",
        expected="a new module with the new value",
        mend=f"m = replace(m, {name}=...)",
    )


def _delete(self: Any, name: str) -> None:
    raise FrozenError(f"{type(self).__name__}.{name} was deleted; a module never changes", mend="replace(m, ...)")


def _field_names(x: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(x)]


def _listed(names: Sequence[str]) -> str:
    return f"one of {', '.join(names)}" if names else "no field at all"


def replace(m: T, /, **changes: Any) -> T:
    """`m` with other values in some fields. What is not named is shared with `m`; the checks run again.

    >>> @module
    ... class Point:
    ...     x: object
    ...     y: object
    >>> replace(Point(1.0, 2.0), y=5.0)
    Point(x=1.0, y=5.0)
    """
    made: Any = m
    if not dataclasses.is_dataclass(made) or isinstance(made, type):
        raise ArgumentError(f"replace got {type(m).__name__}", expected="a module")
    names = _field_names(made)
    for name in changes:
        if name not in names:
            near = difflib.get_close_matches(name, names)
            raise ArgumentError(
                f"{type(m).__name__} has no field {name!r}",
                expected=_listed(names),
                mend=f"did you mean {' or '.join(near)}?" if near else "",
            )
    new = rebuilt(type(m), [(name, changes.get(name, getattr(made, name))) for name in names])
    _check(new)
    if hasattr(new, "__post_init__"):
        new.__post_init__()
    return new


# -- trees with holes --


def partition(tree: T, predicate: Callable[[Any], bool] | None = None) -> tuple[T, T]:
    """The tree twice: with the leaves that `predicate` takes, and with the rest; None elsewhere. `combine` undoes it.

    Without a predicate, the trainable leaves: arrays of real or complex floating-point numbers that are not below a
    buffer. Their tree is what an optimizer maps over.

    >>> trained, rest = partition({"w": ops.ones(2), "n": 3})
    >>> trained["n"], rest
    (None, {'n': 3, 'w': None})
    """
    leaves, structure = tree_flatten(tree)
    chosen = trainable(tree) if predicate is None else [bool(predicate(leaf)) for leaf in leaves]
    pairs = [*zip(leaves, chosen, strict=True)]
    return (
        tree_unflatten(structure, [leaf if yes else None for leaf, yes in pairs]),
        tree_unflatten(structure, [None if yes else leaf for leaf, yes in pairs]),
    )


def combine(*trees: Any) -> Any:
    """One tree of several with holes: at each place the first that is not None.

    >>> combine({"a": 1, "b": None}, {"a": None, "b": [2, None]}, {"a": 3, "b": [4, 5]})
    {'a': 1, 'b': [2, 5]}
    """
    return _combined(trees, "")


def _combined(given: Sequence[Any], path: str) -> Any:
    trees = [tree for tree in given if tree is not None]
    if len(trees) < 2:
        return trees[0] if trees else None
    cls: type[Any] = trees[0].__class__
    kind = kind_of(cls)
    if kind is None and not any(kind_of(tree.__class__) for tree in trees):
        return trees[0]
    opened = [kind.flatten(tree) for tree in trees if kind and tree.__class__ is cls]
    if kind is None or len(opened) < len(trees) or len({(aux, len(children)) for children, aux in opened}) > 1:
        raise ArgumentError(
            f"combine got {' and '.join(shown(tree) for tree in trees)}{f' at {path}' if path else ''}",
            expected="trees of one structure, with None where another one has the leaf",
        )
    children, aux = opened[0]
    names = names_of(kind, aux, len(children))
    rows = zip(names, *[children for children, _ in opened], strict=True)
    return kind.unflatten(aux, [_combined(row, f"{path}.{name}" if path else name) for name, *row in rows])


def parameters(tree: Any) -> dict[str, Any]:
    """The trainable arrays by path: floating-point, and not below a buffer. An array in two places has two names.

    >>> weights = parameters({"layers": [{"w": ops.ones((2, 3), dtype="float32")}], "epochs": 7})
    >>> [*weights], sum(math.prod(w.shape) for w in weights.values())
    (['layers.0.w'], 6)
    """
    named = named_leaves(tree).items()
    return {path: leaf for (path, leaf), yes in zip(named, trainable(tree), strict=True) if yes}


def named_leaves(tree: Any) -> dict[str, Any]:
    """Every leaf by its path, in the order of the tree. Two leaves of one name are an error, for one would be lost."""
    leaves, structure = tree_flatten(tree)
    paths = structure.paths()
    found = dict(zip(paths, leaves, strict=True))
    if len(found) < len(paths):
        twice = next(path for path in paths if paths.count(path) > 1)
        raise ArgumentError(
            f"two leaves have the path {twice!r}",
            expected="different paths",
            mend="keys of dicts that differ as text and have no dots",
        )
    return found


def trainable(tree: Any) -> list[bool]:
    """For each leaf, whether it is an array of floating-point numbers that is not below a buffer."""
    from emberharmony.ops.gradients import is_trainable

    leaves, structure = tree_flatten(tree)
    pairs = zip(structure.trainable, leaves, strict=True)
    return [yes and type(leaf) not in registry.SCALARS and is_trainable(leaf) for yes, leaf in pairs]


# -- what a module looks like --

_BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}")}


def shown(x: Any, indent: int = 0) -> str:
    """A tree as text: arrays by dtype and shape, on one line if it fits, else a line for each child."""
    cls: type[Any] = x.__class__
    if registry.is_array(x):
        return f"{name_of(x.dtype)}{[*x.shape]}"
    if x is None or (kind := kind_of(cls)) is None:
        return x.__qualname__ if callable(x) and hasattr(x, "__qualname__") else repr(x)  # a function has no address
    children, aux = kind.flatten(x)
    keys: Any = aux
    if cls in (list, tuple):
        labels = [""] * len(children)
    elif cls is dict:
        labels = [f"{key!r}: " for key in keys]
    else:
        labels = [f"{name}=" for name in (*names_of(kind, aux, len(children)), *kind.static)]
        children = [*children, *keys] if kind.static else children
    texts = [label + shown(child, indent + 4) for label, child in zip(labels, children, strict=True)]
    left, right = _BRACKETS.get(cls, (f"{cls.__name__}(", ")"))
    line = left + ", ".join(texts) + ("," if cls is tuple and len(texts) == 1 else "") + right
    if indent + len(line) <= WIDTH and "\n" not in line:
        return line
    pad = " " * indent
    return "\n".join([left, *(f"{pad}    {text}," for text in texts), pad + right])
