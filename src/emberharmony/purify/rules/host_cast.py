"""CAST01: float(), int(), complex() or bool() of an array."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CAST01",
    name="host-cast",
    severity="warning",
    what="float(), int(), complex() or bool() of an array value.",
    why="It waits for the device, copies to the host, drops the dtype and cuts the gradient.",
    bad="import numpy as np\n\n\ndef scale(x):\n    return float(np.std(x))\n",
    good="from emberharmony import ops\n\n\ndef scale(x):\n    return ops.std(x)\n",
    mend="leave the value an array; where a Python number must be had, say why",
)
NODES = (ast.Call,)
_CASTS = frozenset({"float", "int", "complex", "bool"})


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """A value that is not known, but a number or an array, is a finding that is not sure."""
    func = node.func
    if not isinstance(func, ast.Name) or func.id not in _CASTS or len(node.args) != 1 or node.keywords:
        return
    if isinstance(node.args[0], ast.Constant | ast.Starred) or flow.resolve(func) != f"builtins.{func.id}":
        return
    value = flow.value(node.args[0])
    if value.array:
        yield Finding(RULE, node, note=f"{func.id}() of an array")
    elif value.kind is Kind.UNKNOWN and value.numeric and not (func.id == "int" and _counts(node.args[0])):
        yield Finding(RULE, node, note=f"{func.id}() of what may be an array: annotate it, or record types", sure=False)


def _counts(node: ast.expr) -> bool:
    """Arithmetic that ends in int(), as of lengths and strides; where arrays are in it, the flow knows it."""
    return isinstance(node, ast.BinOp)
