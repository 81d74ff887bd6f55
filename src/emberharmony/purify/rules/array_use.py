"""USE01: a name of an array library is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify import uses
from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="USE01",
    name="array-library-use",
    severity="warning",
    what="A name of NumPy, PyTorch, MLX or another array library.",
    why="It takes and gives arrays of that library alone.",
    bad="import numpy as np\n\n\ndef energy(x):\n    return np.sum(np.abs(x) ** 2)\n",
    good="from emberharmony import ops\n\n\ndef energy(x):\n    return ops.sum(ops.abs(x) ** 2)\n",
    mend="call the function of emberharmony.ops: emberharmony purify fix",
)
NODES = (ast.Name,)


def check(node: ast.Name, flow: Flow) -> Iterator[Finding]:
    """One finding for the longest chain, at its start: `np.linalg.norm`, and not `np` or `np.linalg` as well."""
    found = uses.read(flow, node)
    if found is not None and library(found[1]) in ARRAY_LIBRARIES:
        yield Finding(RULE, found[0], note=found[1])
