"""OP02: operands of different kinds of number."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow
    from emberharmony.purify.flow.values import Value

RULE = Rule(
    code="OP02",
    name="mixed-kinds",
    severity="warning",
    what="An operator between kinds of number that backends promote differently, or a division of integers.",
    why="An integer array and a float give float64 in NumPy, float32 in PyTorch and MLX: half of the digits.",
    bad="import numpy as np\n\n\ndef ramp(n: int):\n    return np.arange(n) / n\n",
    mend="say the dtype: ops.astype(x, ops.float64) / n",
)
NODES = (ast.BinOp,)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_ORDER = ("bool", "int", "float", "complex")


def check(node: ast.BinOp, flow: Flow) -> Iterator[Finding]:
    """Only where both kinds are known and at least one operand is an array."""
    if not isinstance(node.op, _ARITHMETIC):
        return
    a, b = flow.value(node.left), flow.value(node.right)
    if not (_known(a) and _known(b)) or not (a.array or b.array):
        return
    if isinstance(node.op, ast.Div) and {a.dtype, b.dtype} <= {"bool", "int"}:
        yield Finding(RULE, node, note="a division of integers")
    elif a.array and b.array:
        if a.dtype != b.dtype:
            yield Finding(RULE, node, note=f"{a.dtype} and {b.dtype}")
    else:
        array, scalar = (a, b) if a.array else (b, a)
        if _ORDER.index(scalar.dtype) > _ORDER.index(array.dtype):
            yield Finding(RULE, node, note=f"an array of {array.dtype} and a {scalar.dtype}")


def _known(value: Value) -> bool:
    return value.dtype in _ORDER and (value.number or (value.array and value.sure))
