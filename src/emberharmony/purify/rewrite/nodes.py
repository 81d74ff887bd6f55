"""Questions about nodes that need nothing but the nodes."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, cast

from emberharmony.purify.names import grammar

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
    found: list[ast.AST | None] = []
    for name, several in _fields(node.__class__):
        part = getattr(node, name)
        if several:
            found += part
        elif part is not None:
            found.append(part)
    if node.__class__ in _WITH_GAPS:
        return [child for child in found if child is not None]
    return cast("list[ast.AST]", found)


def inside(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes in it, the outer ones first."""
    found = [node]
    for one in found:  # grows as it goes
        found += children(one)
    return found


@cache
def _fields(kind: type[ast.AST]) -> tuple[tuple[str, bool], ...]:
    return tuple((name, how == "*") for name, how in grammar(kind) if name != "type_ignores")


_WITH_GAPS = (ast.Dict, ast.arguments)  # {**more}, and a keyword without a default
