"""PD01: pandas where features would do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.knowledge.libraries import library
from emberharmony.purify.rules.array_import import imported
from emberharmony.purify.uses import chain, origin

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="PD01",
    name="pandas-use",
    severity="note",
    what="pandas reads or shapes a table that emberharmony.features could stream.",
    why="The whole table is in memory at once, and what was learnt from it is in no file.",
    bad="import pandas as pd\n\n\ndef load(path):\n    return pd.get_dummies(pd.read_csv(path))\n",
    mend="describe the columns in a features pipeline, or say why the table is small",
)
NODES = (ast.Import, ast.ImportFrom, ast.Name)
_NAMES = (
    "read_csv", "read_parquet", "read_sql", "read_sql_query", "read_sql_table", "read_table", "read_json",
    "read_feather", "read_orc", "read_gbq", "get_dummies", "cut", "qcut", "merge", "merge_asof", "concat",
    "to_datetime", "to_numeric", "factorize",
)  # fmt: skip
_FUNCTIONS = frozenset(f"pandas.{name}" for name in _NAMES)


def check(node: ast.Import | ast.ImportFrom | ast.Name, flow: Flow) -> Iterator[Finding]:
    """The import, and each function that has its like in features."""
    if isinstance(node, ast.Name):
        dotted = origin(flow, node) if isinstance(node.ctx, ast.Load) else None
        if dotted is not None and library(dotted) == "pandas":
            whole, attributes = chain(flow, node)
            if dotted + attributes in _FUNCTIONS:
                yield Finding(RULE, whole, note=dotted + attributes)
    elif any(name.partition(".")[0] == "pandas" for name in imported(node)):
        yield Finding(RULE, node, note="pandas")
