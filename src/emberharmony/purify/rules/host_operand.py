"""OP01: an operand that is no array of the backend."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow
    from emberharmony.purify.flow.values import Value

RULE = Rule(
    code="OP01",
    name="host-operand",
    severity="warning",
    what="An operator between an array and a list, a tuple or a NumPy scalar.",
    why="NumPy makes an array of the other operand; PyTorch and MLX do not.",
    bad="import numpy as np\n\n\ndef weighted(x: np.ndarray):\n    y = np.exp(x)\n    return y * [0.25, 0.5, 0.25]\n",
    mend="make the operand an array: ops.asarray(values)",
)
NODES = (ast.BinOp, ast.Compare, ast.AugAssign)
_HOSTS = frozenset({"list", "tuple"})


def check(node: ast.BinOp | ast.Compare | ast.AugAssign, flow: Flow) -> Iterator[Finding]:
    """Only where both operands are known."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if not isinstance(op, _TESTS):
            pass
        case ast.BinOp(left=left, right=right) | ast.AugAssign(target=left, value=right):
            pass
        case _:
            return
    if _plain(left) or _plain(right):
        return
    a, b = flow.value(left), flow.value(right)
    if (a.array and a.sure and _host(right, b, flow)) or (b.array and b.sure and _host(left, a, flow)):
        yield Finding(
            RULE, node, note=f"an array and {b.host if a.array and not b.array else a.host or 'a NumPy scalar'}"
        )


_TESTS = (ast.In, ast.NotIn, ast.Is, ast.IsNot)


def _plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _host(node: ast.expr, value: Value, flow: Flow) -> bool:
    if value.other and value.host in _HOSTS:
        return True
    return isinstance(node, ast.Call) and flow.resolve(node.func) in _SCALARS


_SCALARS = frozenset(f"numpy.{name}" for name in ("float64", "float32", "int64", "int32", "complex128", "bool_"))
