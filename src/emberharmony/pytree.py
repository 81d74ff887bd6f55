"""Trees of arrays: dict, list, tuple, named tuple, dataclass, module, None, what `register` adds; the rest is a leaf.

    leaves, structure = tree_flatten(tree)          tree_unflatten(structure, leaves) gives the tree back
    tree_map(f, tree, *others)                      a tree of f(leaf, ...)
    tree_paths(tree)                                "layers.0.weight" for each leaf, in the same order

None is a tree without leaves, so a tree with holes combines with the tree that fills them. The keys of a dict are
sorted: two dicts with the same keys have the same structure. Subclasses of the containers are leaves until registered.
A field of a dataclass whose metadata say `{ROLE: "static"}` belongs to the structure, `{ROLE: "buffer"}` to the leaves
without gradient: this is all that makes a module.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from emberharmony.errors import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "Structure",
    "register",
    "register_dataclass",
    "tree_flatten",
    "tree_leaves",
    "tree_map",
    "tree_paths",
    "tree_unflatten",
]

ROLE = "emberharmony"


class Kind:
    """How one type of node comes apart and together again; `static` names the values in `aux`."""

    __slots__ = ("flatten", "frozen", "names", "static", "unflatten")

    def __init__(
        self,
        flatten: Callable[[Any], tuple[Sequence[Any], Hashable]],
        unflatten: Callable[[Any, Sequence[Any]], Any],
        names: Callable[[Any], Sequence[str]] | None,
        frozen: frozenset[int],
        static: tuple[str, ...],
    ) -> None:
        self.flatten = flatten
        self.unflatten = unflatten
        self.names = names
        self.frozen = frozen
        self.static = static


class Structure:
    """What remains of a tree when its leaves are taken out. Two trees of one shape have equal structures."""

    __slots__ = ("_trainable", "aux", "children", "cls", "size")

    def __init__(self, cls: type | None, aux: Hashable, children: tuple[Structure, ...], size: int) -> None:
        self.cls = cls
        self.aux = aux
        self.children = children
        self.size = size
        self._trainable: tuple[bool, ...] | None = None

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Structure)
            and self.cls is other.cls
            and self.aux == other.aux
            and self.children == other.children
        )

    def __hash__(self) -> int:
        return hash((self.cls, self.aux, self.children))

    def __repr__(self) -> str:
        if self.cls is None:
            return "*"
        parts = [*zip(_names(self), self.children, strict=True), *self.static()]
        return f"{self.cls.__name__}({', '.join(f'{name}={part!r}' for name, part in parts)})"

    def paths(self) -> list[str]:
        """Where each leaf is: "layers.0.weight"; the empty text for a tree that is one leaf."""
        if self.cls is None:
            return [""]
        return [
            f"{name}.{path}" if path else name
            for name, child in zip(_names(self), self.children, strict=True)
            for path in child.paths()
        ]

    def static(self) -> Iterator[tuple[str, Any]]:
        """The names and values of the static fields of this node."""
        names = KINDS[self.cls].static if self.cls else ()
        aux: Any = self.aux if names else ()
        return zip(names, aux, strict=True)

    def nodes(self, path: str = "") -> Iterator[tuple[str, Structure]]:
        """Every node with its path, the outermost first."""
        if self.cls is not None:
            yield path, self
            for name, child in zip(_names(self), self.children, strict=True):
                yield from child.nodes(f"{path}.{name}" if path else name)

    @property
    def trainable(self) -> tuple[bool, ...]:
        """For each leaf, whether no field above it is a buffer."""
        if self._trainable is None:
            self._trainable = (True,) if self.cls is None else tuple(self._flags(KINDS[self.cls].frozen))
        return self._trainable

    def _flags(self, frozen: frozenset[int]) -> list[bool]:
        children = enumerate(self.children)
        return [flag and i not in frozen for i, child in children for flag in child.trainable]


LEAF = Structure(None, None, (), 1)
KINDS: dict[type, Kind] = {}
_leaves: set[type] = set()  # types that were looked up and are leaves
_BUILT_IN: set[type] = set()


def register(
    cls: type,
    flatten: Callable[[Any], tuple[Sequence[Any], Hashable]],
    unflatten: Callable[[Any, Sequence[Any]], Any],
    *,
    names: Callable[[Any], Sequence[str]] | None = None,
    frozen: Iterable[int] = (),
    static: Sequence[str] = (),
) -> None:
    """Make `cls` a node: `flatten(x)` gives `(children, aux)`, and `unflatten(aux, children)` the object again.

    `aux` is hashable and decides equality of structure. `names(aux)` names the children in paths. `frozen` are the
    positions of children that carry no gradient. `static` names the values in `aux`, where it is a tuple of fields.
    A node made here may be made anew, but what tuple, list, dict and None are cannot change.
    """
    if cls in _BUILT_IN:
        raise ArgumentError(f"register got {cls.__name__}, which is a node already", expected="a class of your own")
    KINDS[cls] = Kind(flatten, unflatten, names, frozenset(frozen), tuple(static))
    _leaves.discard(cls)


def tree_flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves from left to right, and the structure around them.

    >>> tree_flatten({"b": 2, "a": [1, None]})
    ([1, 2], dict(a=list(0=*, 1=NoneType()), b=*))
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Any, leaves: list[Any]) -> Structure:
    cls: type = tree.__class__
    kind = KINDS.get(cls)
    if kind is None and (cls in _leaves or (kind := _find(cls)) is None):
        leaves.append(tree)
        return LEAF
    before = len(leaves)
    found, aux = kind.flatten(tree)
    children = tuple([_flatten(child, leaves) for child in found])
    return Structure(cls, aux, children, len(leaves) - before)


def tree_unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """The tree with these leaves."""
    if len(leaves) != structure.size:
        raise ArgumentError(f"tree_unflatten got {len(leaves)} leaves", expected=f"{structure.size} for {structure!r}")
    return _unflatten(structure, iter(leaves).__next__)


def _unflatten(structure: Structure, following: Callable[[], Any]) -> Any:
    if structure.cls is None:
        return following()
    children = [following() if child is LEAF else _unflatten(child, following) for child in structure.children]
    return KINDS[structure.cls].unflatten(structure.aux, children)


def tree_leaves(tree: Any) -> list[Any]:
    """The leaves from left to right.

    >>> tree_leaves([1, (2, {"x": 3})])
    [1, 2, 3]
    """
    return tree_flatten(tree)[0]


def tree_map(f: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The tree of `f(leaf, ...)`; the other trees have the same structure.

    >>> tree_map(lambda x, y: x + y, {"a": 1, "b": (2,)}, {"a": 10, "b": (20,)})
    {'a': 11, 'b': (22,)}
    """
    leaves, structure = tree_flatten(tree)
    columns = [leaves]
    for number, other in enumerate(others, 2):
        more, found = tree_flatten(other)
        if found != structure:
            raise ArgumentError(
                f"tree_map got trees of different structure: tree {number} is {found!r}",
                expected=repr(structure),
                mend="a gradient has None where its model has a buffer: map over nn.partition(model)[0]",
            )
        columns.append(more)
    return tree_unflatten(structure, [f(*row) for row in zip(*columns, strict=True)])


def tree_paths(tree: Any) -> list[str]:
    """Where each leaf is.

    >>> tree_paths({"layers": [{"w": 1.0, "b": 2.0}]})
    ['layers.0.b', 'layers.0.w']
    """
    return tree_flatten(tree)[1].paths()


# -- the kinds of node --


def kind_of(cls: type) -> Kind | None:
    """How objects of this type come apart; None for a leaf."""
    return KINDS.get(cls) or (None if cls in _leaves else _find(cls))


def names_of(kind: Kind, aux: Any, count: int) -> Sequence[str]:
    """The names of the children of a node in paths."""
    return [str(i) for i in range(count)] if kind.names is None else kind.names(aux)


def _names(structure: Structure) -> Sequence[str]:
    return names_of(KINDS[structure.cls], structure.aux, len(structure.children)) if structure.cls else ()


def _find(node: type) -> Kind | None:
    """The kind of a named tuple or a dataclass met for the first time."""
    cls: Any = node
    if tuple in cls.__mro__ and hasattr(cls, "_fields"):
        register(cls, lambda x: (x, None), lambda _, children: cls(*children), names=lambda _: cls._fields)
    elif dataclasses.is_dataclass(cls):
        register_dataclass(cls)
    else:
        _leaves.add(node)
    return KINDS.get(node)


def register_dataclass(cls: Any) -> None:
    """Make a dataclass a node before it is met: inside `torch.compile` it is too late to look at its fields."""
    roles = {field.name: field.metadata.get(ROLE) for field in dataclasses.fields(cls)}
    static = tuple(name for name, role in roles.items() if role == "static")
    names = tuple(name for name in roles if name not in static)

    children, aux = _taker(names), _taker(static)

    def flatten(x: Any) -> tuple[Sequence[Any], Hashable]:
        return children(x), aux(x)

    def unflatten(aux: Any, children: Sequence[Any]) -> Any:
        return rebuilt(cls, zip((*names, *static), (*children, *aux), strict=True))

    frozen = [i for i, name in enumerate(names) if roles[name] == "buffer"]
    register(cls, flatten, unflatten, names=lambda _: names, frozen=frozen, static=static)


def _taker(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """`lambda x: (x.weight, x.bias)`, compiled: four times a loop; torch.compile cannot read `attrgetter`."""
    return eval(f"lambda x: ({''.join(f'x.{name}, ' for name in names)})")


def rebuilt(cls: Any, fields: Iterable[tuple[str, Any]]) -> Any:
    """An instance with these fields, without a second run of `__init__` and its checks: leaves may be anything."""
    new: Any = object.__new__(cls)
    for name, value in fields:
        object.__setattr__(new, name, value)
    return new


def _keys(tree: dict[Any, Any]) -> tuple[Any, ...]:
    try:
        return tuple(sorted(tree))
    except TypeError:  # keys of several types
        return tuple(sorted(tree, key=lambda key: (type(key).__qualname__, repr(key))))


def _take_dict(tree: dict[Any, Any]) -> tuple[list[Any], tuple[Any, ...]]:
    keys = _keys(tree)
    return [tree[key] for key in keys], keys


def _texts(keys: Sequence[Any]) -> list[str]:
    return [str(key) for key in keys]


register(tuple, lambda x: (x, None), lambda _, children: tuple(children))
register(list, lambda x: (x, None), lambda _, children: children)
register(type(None), lambda _: ((), None), lambda _, __: None)
register(dict, _take_dict, lambda keys, children: dict(zip(keys, children, strict=True)), names=_texts)
register(
    OrderedDict,
    lambda x: ([*x.values()], tuple(x)),  # its order is part of what it says
    lambda keys, children: OrderedDict(zip(keys, children, strict=True)),
    names=_texts,
)
_BUILT_IN.update(KINDS)
