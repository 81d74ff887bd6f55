"""Indices: masks, backward slices, lists."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def as_index(unit: Unit, part: ast.expr) -> Pieces:
    """A list of places as an array: of integers, also where it is empty."""
    item = unit.value(part).item
    whole = "" if item is not None and item.dtype == "bool" else f", dtype={unit.ns('int64')}"
    return [unit.ns("asarray"), "(", part, whole, ")"]


def mask_in(unit: Unit, index: ast.expr) -> ast.expr | None:
    """The part of an index that is a mask."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        value = unit.value(part).some
        if value.dtype == "bool" and (value.array or value.numeric):
            return part
    return None


def is_backward(part: ast.expr) -> bool:
    """Whether a slice runs backwards."""
    return (
        isinstance(part, ast.Slice)
        and part.step is not None
        and number(part.step) is not None
        and (number(part.step) or 0) < 0
    )


def number(node: ast.expr | None) -> int | None:
    """A whole number that is written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    return None
