"""CAST02: .item() or .tolist() of an array."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CAST02",
    name="host-value",
    severity="warning",
    what=".item() or .tolist() of an array.",
    why="It copies to the host, drops the dtype and cuts the gradient.",
    bad="import numpy as np\n\n\ndef peak(x: np.ndarray):\n    return x.max().item()\n",
    good="from emberharmony import ops\n\n\ndef peak(x):\n    return ops.max(x)\n",
    mend="leave the value an array, or say at which boundary it leaves",
)
NODES = (ast.Call,)


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """Hardly anything but arrays has these methods, so a receiver that is not known counts."""
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr not in ("item", "tolist") or node.keywords:
        return
    if len(node.args) > (func.attr == "item"):
        return
    kind = flow.kind(func.value)
    if kind is not Kind.OTHER:
        yield Finding(RULE, node, note=f".{func.attr}() of {_WHAT[kind]}", sure=kind is Kind.ARRAY)


_WHAT = {Kind.ARRAY: "an array", Kind.UNKNOWN: "what may be an array"}
