"""SHAPE01: a shape that depends on the values."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind
from emberharmony.purify.rules.item_store import is_mask

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="SHAPE01",
    name="data-dependent-shape",
    severity="note",
    what="A result whose shape depends on the values: nonzero, unique, x[mask].",
    why="It waits for the device, cannot be compiled, and some backends do not have it.",
    bad="import numpy as np\n\n\ndef kept(x: np.ndarray):\n    return x[x > 0]\n",
    mend="keep the shape and mask the values: ops.where(mask, x, 0)",
)
NODES = (ast.Call, ast.Subscript)
_NAMES = frozenset(
    {
        "nonzero", "flatnonzero", "argwhere", "unique", "extract", "compress", "union1d", "intersect1d",
        "setdiff1d", "setxor1d", "trim_zeros", "unique_all", "unique_counts", "unique_inverse", "unique_values",
    }
)  # fmt: skip
_METHODS = frozenset({"nonzero", "compress"})


def check(node: ast.Call | ast.Subscript, flow: Flow) -> Iterator[Finding]:
    """A mask as an index counts where it is known to be one."""
    if isinstance(node, ast.Subscript):
        read = isinstance(node.ctx, ast.Load) and not _is_place(node.value)
        if read and not isinstance(node.slice, _PLAIN) and is_mask(node.slice, flow):
            yield Finding(RULE, node, note="an index that is a mask")
        return
    func = node.func
    short = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    if short not in _NAMES and short != "where":
        return
    dotted = flow.resolve(func)
    if dotted is not None and dotted == f"numpy.{short}":
        if short != "where" or (len(node.args) == 1 and not node.keywords):
            yield Finding(RULE, node, note=dotted)
        return
    if dotted is None and isinstance(func, ast.Attribute) and short in _METHODS and flow.kind(func.value) is Kind.ARRAY:
        yield Finding(RULE, node, note=f".{short}()")


def _is_place(value: ast.expr) -> bool:
    """Whether this is `ops.at(x)`, or that of another namespace: what is set at a mask keeps the shape."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "at"


_PLAIN = (ast.Constant, ast.Slice, ast.Tuple, ast.UnaryOp)
