"""CONV01: an array is handed from one library to another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CONV01",
    name="library-conversion",
    severity="warning",
    what="An array is handed from one library to another: .numpy(), .cpu(), from_numpy.",
    why="It copies off the device, cuts the gradient, and names both libraries.",
    bad="import torch\n\n\ndef host(x: torch.Tensor):\n    return x.detach().cpu().numpy()\n",
    mend="stay in the array's own library; at a real boundary use ops.to_numpy, and say which",
)
NODES = (ast.Call,)
_METHODS = frozenset({"numpy", "cpu", "__array__", "to_dlpack", "__dlpack__"})
_FUNCTIONS = frozenset({"from_numpy", "from_dlpack"})
_PASSED = frozenset({"detach", "cpu", "numpy", "clone", "contiguous"})


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """One finding for a chain: `x.detach().cpu().numpy()` is one conversion."""
    func = node.func
    if not isinstance(func, ast.Attribute):
        if isinstance(func, ast.Name) and (flow.resolve(func) or "").rpartition(".")[2] in _FUNCTIONS:
            yield Finding(RULE, node, note=flow.resolve(func) or func.id)
        return
    if func.attr in _FUNCTIONS and flow.resolve(func) is not None:
        yield Finding(RULE, node, note=flow.resolve(func) or func.attr)
    elif func.attr in _METHODS and not node.args and flow.resolve(func) is None:
        outer = flow.parent(node)
        if isinstance(outer, ast.Attribute) and outer.attr in _PASSED and outer.attr != "clone":
            around = flow.parent(outer)
            if isinstance(around, ast.Call) and around.func is outer and _goes_on(around, flow):
                return
        kind = flow.kind(func.value)
        if kind is not Kind.OTHER:
            yield Finding(RULE, node, note=f".{func.attr}()", sure=kind is Kind.ARRAY)


def _goes_on(call: ast.Call, flow: Flow) -> bool:
    """Whether a later call of the chain is the conversion to tell."""
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in _METHODS:
        return True
    outer = flow.parent(call)
    around = flow.parent(outer) if isinstance(outer, ast.Attribute) and outer.attr in _PASSED else None
    return isinstance(around, ast.Call) and _goes_on(around, flow)
