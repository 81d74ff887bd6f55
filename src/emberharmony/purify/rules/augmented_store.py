"""STORE02: an array is changed by an augmented assignment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="STORE02",
    name="augmented-store",
    severity="note",
    what="An augmented assignment to an array: x += v.",
    why="In NumPy and PyTorch it changes the array that others hold, too; in MLX it makes a new one.",
    bad="import numpy as np\n\n\ndef shifted(x: np.ndarray):\n    y = np.exp(x)\n    y += 1.0\n    return y\n",
    good="from emberharmony import ops\n\n\ndef shifted(x):\n    y = ops.exp(x)\n    y = y + 1.0\n    return y\n",
    mend="write y = y + v",
)
NODES = (ast.AugAssign,)


def check(node: ast.AugAssign, flow: Flow) -> Iterator[Finding]:
    """Stores into items are STORE01."""
    if isinstance(node.target, ast.Subscript):
        return
    value = flow.value(node.target)
    if value.array:
        yield Finding(RULE, node, note=f"{ast.unparse(node.target)} is an array", sure=value.sure)
