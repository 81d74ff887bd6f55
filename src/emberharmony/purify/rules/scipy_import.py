"""IMP02: SciPy is imported for what ops has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import library
from emberharmony.purify.rules.array_import import imported

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="IMP02",
    name="scipy-import",
    severity="warning",
    what="An import of SciPy.",
    why="Most of SciPy takes NumPy arrays alone; its linear algebra, transforms and special functions are in ops.",
    bad="from scipy.special import logsumexp\n\n\ndef normalised(x):\n    return x - logsumexp(x)\n",
    good="from emberharmony import ops\n\n\ndef normalised(x):\n    return x - ops.logsumexp(x)\n",
    mend="take it from ops.linalg, ops.fft or ops, or say why SciPy is needed",
)
NODES = (ast.Import, ast.ImportFrom)


def check(node: ast.Import | ast.ImportFrom, flow: Flow) -> Iterator[Finding]:
    """One finding for a statement."""
    found = [name for name in imported(node) if library(name) == "scipy"]
    if found:
        yield Finding(RULE, node, note=", ".join(dict.fromkeys(found)))
