"""STORE04: a result is written into an argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="STORE04",
    name="out-argument",
    severity="warning",
    what="A call that writes into its argument: out=, np.copyto, x.sort(), x.fill(v).",
    why="Arrays of some backends never change.",
    bad="import numpy as np\n\n\ndef scaled(x):\n    y = np.empty(4)\n    np.multiply(x, 2.0, out=y)\n    return y\n",
    mend="take the result: y = ops.multiply(x, 2.0)",
)
NODES = (ast.Call,)
_WRITERS = frozenset(
    f"numpy.{name}"
    for name in ("copyto", "put", "place", "putmask", "fill_diagonal", "put_along_axis", "random.shuffle")
) | {"numpy.add.at", "numpy.subtract.at", "numpy.multiply.at", "numpy.maximum.at", "numpy.minimum.at"}
_METHODS = frozenset({"sort", "fill", "partition", "resize", "put", "itemset", "setfield", "byteswap"})


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """A method counts where its receiver is an array."""
    dotted = flow.resolve(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else None
    if dotted is not None:
        if dotted in _WRITERS:
            yield Finding(RULE, node, note=f"{dotted} writes into its first argument")
        elif library(dotted) in ARRAY_LIBRARIES and _out(node):
            yield Finding(RULE, node, note=f"out= of {dotted}")
    elif isinstance(node.func, ast.Attribute):
        out = _out(node)
        if (out or node.func.attr in _METHODS) and flow.kind(node.func.value) is Kind.ARRAY:
            yield Finding(RULE, node, note=f"out= of .{node.func.attr}" if out else f".{node.func.attr}() in place")


def _out(node: ast.Call) -> bool:
    return any(
        word.arg == "out" and not (isinstance(word.value, ast.Constant) and word.value.value is None)
        for word in node.keywords
    )
