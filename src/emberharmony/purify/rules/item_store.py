"""STORE01: an item of an array is stored."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind, Value

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="STORE01",
    name="item-store",
    severity="warning",
    what="A store into items of an array: x[i] = v, x[i] += v.",
    why="Arrays of some backends never change, and a store cuts or breaks the gradient on others.",
    bad="import numpy as np\n\n\ndef padded(x: np.ndarray):\n    y = np.zeros(4)\n    y[1:] = x[:-1]\n    return y\n",
    mend="write y = ops.at(y)[i].set(v), or build the array from its parts",
)
NODES = (ast.Subscript,)


def check(node: ast.Subscript, flow: Flow) -> Iterator[Finding]:
    """A store into what is not known is a finding where the index is one that only arrays take."""
    if not isinstance(node.ctx, ast.Store) or is_mask(node.slice, flow):
        return
    value = flow.value(node.value)
    if value.array:
        yield Finding(RULE, node, note="an item of an array", sure=value.sure)
    elif value.kind is Kind.UNKNOWN and _of_axes(node.slice):
        yield Finding(RULE, node, note="an item of what may be an array", sure=False)


def is_mask(index: ast.expr, flow: Flow) -> bool:
    """Whether an index is a boolean array."""
    value: Value = flow.value(index)
    return value.array and value.dtype == "bool"


def _of_axes(index: ast.expr) -> bool:
    """An index of several axes, or with an ellipsis."""
    if isinstance(index, ast.Tuple):
        return any(isinstance(part, ast.Slice) or _is_ellipsis(part) for part in index.elts)
    return _is_ellipsis(index)


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis
