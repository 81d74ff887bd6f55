"""Rewrite NumPy code for every backend: text in, text out; nothing is written and nothing is run.

A function is ported whole or left as it is, with the reason; outside of the edits every byte stays.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emberharmony.errors import EmberError
from emberharmony.purify.flow import Project
from emberharmony.purify.flow.project import Flow
from emberharmony.purify.knowledge.libraries import NUMPY, library
from emberharmony.purify.names import FUNCTIONS
from emberharmony.purify.rewrite.imports import with_imports
from emberharmony.purify.rewrite.splice import Text
from emberharmony.purify.rewrite.unit import Refused, Unit

__all__ = ["Left", "RewriteError", "Rewritten", "rewrite"]


class RewriteError(EmberError, RuntimeError):
    """A rewrite that would not be right; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Left:
    """A function that was not ported, and why."""

    function: str
    line: int
    column: int
    why: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new text, the functions that changed, and those that were left."""

    text: str
    ported: list[str] = field(default_factory=list[str])
    left: list[Left] = field(default_factory=list[Left])


def rewrite(
    text: str,
    path: Path | None = None,
    *,
    target: Literal["ops", "xp"] = "ops",
    operators: Literal["breaking", "all"] = "breaking",
    project: Project | None = None,
    only: frozenset[str] | None = None,
) -> Rewritten:
    """The text with every function that can be ported, ported; `only` names the functions that may change."""
    tree = ast.parse(text)
    project = Project(ported=True) if project is None else project
    flow = project.flow(tree, path)
    source = Text(text)
    namespace = _free(flow, "ops" if target == "ops" else "xp")
    ported: list[str] = []
    left: list[Left] = []
    imports: set[str] = set()
    for node in _units(tree):
        name = flow.names.qualified(node)
        if only is not None and name not in only and name != "<module>":
            continue
        unit = Unit(flow, source, node, namespace, everything=operators == "all")
        try:
            unit.plan()
        except Refused as refused:
            line, column = getattr(refused.node, "lineno", 1), getattr(refused.node, "col_offset", 0)
            left.append(Left(name, line, column + 1, refused.why))
            continue
        if unit.edits or unit.inserted:
            source.edits.update(unit.edits)
            for line, lines in unit.inserted.items():
                source.inserted[line] = source.inserted.get(line, "") + "".join(lines)
            imports |= unit.imports
            ported.append(name)
    if not ported:
        return Rewritten(text, [], left)
    new = with_imports(source.whole(tree), namespace, imports)
    _check(new, path)
    return Rewritten(new, ported, left)


def _units(tree: ast.Module) -> list[ast.stmt]:
    """What is ported whole: functions and methods, and the other statements of modules and classes one by one."""
    found: list[ast.stmt] = []
    stack: list[ast.stmt] = list(tree.body[::-1])
    while stack:
        node = stack.pop()
        if isinstance(node, ast.ClassDef):
            stack.extend(node.body[::-1])
        elif isinstance(node, ast.If | ast.Try) and any(_defines(inner) for inner in ast.walk(node)):
            for name in ("body", "orelse", "finalbody"):
                stack.extend(getattr(node, name, [])[::-1])
            for handler in getattr(node, "handlers", []):
                stack.extend(handler.body[::-1])
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
    return found


def _defines(node: ast.AST) -> bool:
    return isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not isinstance(node, ast.Lambda)


def _free(flow: Flow, name: str) -> str:
    """A name for the namespace that the file does not use for something else."""
    taken = {bound for scope in flow.names.opened.values() for bound, places in scope.bound.items() if not _ours(bound, places)}
    while name in taken:
        name += "_"
    return name


def _ours(name: str, places: list[object]) -> bool:
    return all(getattr(place, "target", None) == f"emberharmony.{name}" for place in places)


def _check(text: str, path: Path | None) -> None:
    try:
        ast.parse(text)
    except SyntaxError as problem:
        raise RewriteError(
            f"the rewrite of {path or 'the text'} would not parse: {problem.msg} in line {problem.lineno}",
            expected="Python that parses",
            mend="the file is unchanged; please report the line: this is a mistake of the tool",
        ) from problem


def uses_numpy(flow: Flow) -> bool:
    """Whether a module names NumPy at all."""
    return any(
        library(binding.target or "") in NUMPY
        for scope in flow.names.opened.values()
        for places in scope.bound.values()
        for binding in places
    )
