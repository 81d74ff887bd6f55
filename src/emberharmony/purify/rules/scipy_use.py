"""USE02: a name of SciPy is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify import uses
from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="USE02",
    name="scipy-use",
    severity="warning",
    what="A name of SciPy.",
    why="Most of SciPy takes and gives NumPy arrays alone.",
    bad="from scipy import special\n\n\ndef bell(x):\n    return special.erf(x)\n",
    good="from emberharmony import ops\n\n\ndef bell(x):\n    return ops.erf(x)\n",
    mend="call the function of ops, ops.linalg or ops.fft, or say why SciPy is needed",
)
NODES = (ast.Name,)


def check(node: ast.Name, flow: Flow) -> Iterator[Finding]:
    """One finding for the longest chain, at its start."""
    found = uses.read(flow, node)
    if found is not None and library(found[1]) == "scipy":
        yield Finding(RULE, found[0], note=found[1])
