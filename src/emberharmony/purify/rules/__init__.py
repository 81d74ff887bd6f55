"""The rules, one per file, found by folder. A file has RULE, NODES (the kinds of node it looks at) and check.

def check(node: ast.Call, flow: Flow) -> Iterator[Finding]: ...

Of the names in a module, which are every second node, a rule is shown those alone that may lead to an array library.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emberharmony.purify.findings import Finding, Rule
    from emberharmony.purify.flow import Flow

__all__ = ["Check", "every"]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule, the nodes that it looks at, and the function that looks."""

    rule: Rule
    nodes: tuple[type[ast.AST], ...]
    check: Callable[[Any, Flow], Iterator[Finding]]


@cache
def every() -> dict[str, Check]:
    """All rules by code, in the order of their codes."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    checks = [Check(module.RULE, module.NODES, module.check) for module in modules]
    return {found.rule.code: found for found in sorted(checks, key=lambda found: found.rule.code)}
