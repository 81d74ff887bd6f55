"""IMP03: an array library is imported by a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="IMP03",
    name="lazy-import",
    severity="error",
    what="An array library that is imported by a call.",
    why="It ties the code to that library as an import statement does, where nobody looks for it.",
    bad='import importlib\n\nnp = importlib.import_module("numpy")\n',
    mend="call emberharmony.ops, which imports the library of the current backend when it is first used",
)
NODES = (ast.Call,)
_LIBRARIES = ARRAY_LIBRARIES | {"scipy"}
_CALLS = frozenset({"importlib.import_module", "builtins.__import__"})


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """Only a name that stands there as a text can be told."""
    if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
        return
    if library(node.args[0].value) in _LIBRARIES and flow.resolve(node.func) in _CALLS:
        yield Finding(RULE, node, note=node.args[0].value)
