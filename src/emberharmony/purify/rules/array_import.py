"""IMP01: an array library is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="IMP01",
    name="array-library-import",
    severity="error",
    what="An import of NumPy, PyTorch, MLX or another array library.",
    why="What calls one library runs on that one alone; what calls emberharmony.ops runs on all of them.",
    bad="import numpy as np\n\n\ndef length(x: np.ndarray):\n    return np.sqrt(np.sum(x * x))\n",
    good="from emberharmony import ops\n\n\ndef length(x):\n    return ops.sqrt(ops.sum(x * x))\n",
    mend="port what uses it, and take the import out: emberharmony purify fix",
)
NODES = (ast.Import, ast.ImportFrom)


def check(node: ast.Import | ast.ImportFrom, flow: Flow) -> Iterator[Finding]:
    """One finding for a statement, however many names it binds."""
    found = [name for name in imported(node) if library(name) in ARRAY_LIBRARIES]
    if found:
        yield Finding(RULE, node, note=", ".join(dict.fromkeys(found)))


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that a statement imports from elsewhere; none for a relative import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [] if node.level else [node.module or ""]
