"""Questions about nodes that need nothing but the nodes."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from emberharmony.purify.flow.values import Value


def is_none(node: ast.expr) -> bool:
    """Whether it is written `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def is_false(node: ast.expr) -> bool:
    """Whether it is written `False`."""
    return isinstance(node, ast.Constant) and node.value is False


def is_docstring(node: ast.stmt) -> bool:
    """Whether a first statement is the documentation."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def leaves(node: ast.expr) -> list[ast.expr]:
    """The elements of nested lists and tuples that are written out."""
    if isinstance(node, ast.List | ast.Tuple):
        return [leaf for part in node.elts for leaf in leaves(part)]
    return [node]


def innermost(value: Value) -> Value:
    """What nested containers hold in the end."""
    while value.other and value.item is not None:
        value = value.item
    return value


def leaf(value: Value) -> str:
    """The kind of number that nested containers hold; "" where it is not known."""
    value = innermost(value)
    return value.dtype if value.number else ""


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes in a node, without operators and contexts, of which Python has one each for a whole tree."""
    found: list[ast.AST] = []
    for name in _fields(type(node)):
        part = getattr(node, name, None)
        if isinstance(part, list):
            found += [child for child in cast("list[object]", part) if isinstance(child, ast.AST)]
        elif isinstance(part, ast.AST):
            found.append(part)
    return found


def inside(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes in it, the outer ones first."""
    found = [node]
    for one in found:  # grows as it goes
        found += children(one)
    return found


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    return tuple(name for name in kind._fields if name not in _NO_NODES)


_NO_NODES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "asname", "level", "module", "conversion", "kind", "is_async", "simple",
     "type_comment", "type_ignores"}
)  # fmt: skip
