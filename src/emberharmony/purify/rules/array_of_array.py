"""CONV02: NumPy makes an array of what is one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CONV02",
    name="array-of-array",
    severity="warning",
    what="np.asarray or np.array of an array.",
    why="An array of any other library becomes NumPy's, off its device and without its gradient.",
    bad="import numpy as np\n\n\ndef total(x):\n    y = np.cumsum(x)\n    return np.asarray(y)[-1]\n",
    mend="take the call out, or write xp.asarray(x) with xp = ops.array_namespace(x): it leaves an array where it is",
)
NODES = (ast.Call,)
_MAKERS = frozenset(
    f"{library}.{name}"
    for library in ("numpy", "cupy")
    for name in ("asarray", "array", "asanyarray", "ascontiguousarray", "asfortranarray", "asfarray", "require")
) | {
    "numpy.asarray_chkfinite",
    "torch.tensor",
    "torch.as_tensor",
    "mlx.core.array",
    "jax.numpy.asarray",
    "jax.numpy.array",
}
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp)


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """A literal is made, not converted. A name that is not known may be an array: a finding that is not sure."""
    if not node.args or isinstance(node.args[0], _LITERALS) or flow.resolve(node.func) not in _MAKERS:
        return
    value = flow.value(node.args[0])
    if value.array:
        yield Finding(RULE, node, note=f"{flow.resolve(node.func)} of an array", sure=value.sure)
    elif value.unknown and isinstance(node.args[0], ast.Name | ast.Attribute) and not _gathers(node):
        yield Finding(RULE, node, note=f"{flow.resolve(node.func)} of what may be an array", sure=False)


def _gathers(node: ast.Call) -> bool:
    """Whether the call asks for axes that numbers and lists lack."""
    return any(word.arg == "ndmin" for word in node.keywords)
