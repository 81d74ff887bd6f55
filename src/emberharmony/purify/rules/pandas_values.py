"""CONV03: the values of a pandas object."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.values import Kind

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CONV03",
    name="pandas-values",
    severity="warning",
    what=".values or .to_numpy() of a pandas object.",
    why="It makes NumPy arrays of whatever dtype the table happens to have, all at once in memory.",
    bad='import pandas as pd\n\n\ndef column(path):\n    return pd.read_csv(path)["x"].values\n',
    mend="read it with emberharmony.features, which gives tensors in pieces, or convert it once with ops.asarray",
)
NODES = (ast.Attribute,)


def check(node: ast.Attribute, flow: Flow) -> Iterator[Finding]:
    """`.values` without a call, in a module that knows pandas; `.to_numpy()` everywhere."""
    parent = flow.parent(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    if node.attr == "to_numpy" and called and flow.resolve(node) is None:
        yield Finding(RULE, node, note=".to_numpy()", sure=False)
    elif (
        node.attr == "values"
        and not called
        and isinstance(node.ctx, ast.Load)
        and not _own(node)
        and _knows_pandas(flow)
        and flow.kind(node.value) is Kind.UNKNOWN
    ):
        yield Finding(RULE, node, note=".values", sure=False)


def _knows_pandas(flow: Flow) -> bool:
    bound = flow.names.root.bound.values()
    return any((each.target or "").partition(".")[0] == "pandas" for bindings in bound for each in bindings)


def _own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
