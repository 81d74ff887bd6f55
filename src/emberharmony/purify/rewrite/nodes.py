"""Questions about nodes that need nothing but the nodes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

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
