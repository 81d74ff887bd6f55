"""STORE03: a store where a mask holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.rules.item_store import is_mask

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="STORE03",
    name="mask-store",
    severity="warning",
    what="A store where a mask holds: x[x < 0] = 0.",
    why="Arrays of some backends never change, and few of them take a mask as an index.",
    bad="import numpy as np\n\n\ndef positive(x: np.ndarray):\n    y = np.copy(x)\n    y[y < 0] = 0.0\n    return y\n",
    mend="write y = ops.where(mask, v, y)",
)
NODES = (ast.Subscript,)


def check(node: ast.Subscript, flow: Flow) -> Iterator[Finding]:
    """Only where the index is known to be an array of booleans."""
    if isinstance(node.ctx, ast.Store) and not isinstance(node.slice, ast.Constant) and is_mask(node.slice, flow):
        yield Finding(RULE, node, note="a store by a mask")
