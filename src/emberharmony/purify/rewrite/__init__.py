"""Rewrite NumPy code for every backend: text in, text out; nothing is written and nothing is run.

A function is ported whole or left as it is, with the reason; outside of the edits every byte stays.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emberharmony.errors import EmberError
from emberharmony.purify.flow import Project
from emberharmony.purify.knowledge.libraries import NUMPY, library
from emberharmony.purify.names import FUNCTIONS
from emberharmony.purify.rewrite.imports import with_imports
from emberharmony.purify.rewrite.splice import Text
from emberharmony.purify.rewrite.unit import Refused, Unit

if TYPE_CHECKING:
    from emberharmony.purify.flow.project import Flow

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
    names = {"ops": _free(flow, "ops"), "xp": _free(flow, "xp")}
    ported: list[str] = []
    left: list[Left] = []
    imports: set[str] = set()
    threaded = _threaded(flow, tree) if target == "xp" else set[ast.AST]()
    units = _units(tree)
    for node in [*(unit for unit in units if unit in threaded), *(unit for unit in units if unit not in threaded)]:
        name = flow.names.qualified(node)
        if only is not None and name not in only and name != "<module>":
            continue
        arrays = _arrays(flow, node) if target == "xp" else []
        namespace = names["xp" if arrays or node in threaded else "ops"]
        unit = Unit(flow, source, node, namespace, everything=operators == "all", sources=arrays, threaded=threaded)
        try:
            unit.plan()
        except Refused as refused:
            line, column = getattr(refused.node, "lineno", 1), getattr(refused.node, "col_offset", 0)
            left.append(Left(name, line, column + 1, refused.why))
            threaded.discard(node)
            continue
        if not unit.named:
            threaded.discard(node)
        if unit.edits or unit.inserted:
            source.edits.update(unit.edits)
            for line, lines in unit.inserted.items():
                source.inserted[line] = source.inserted.get(line, "") + "".join(lines)
            imports |= unit.imports
            ported.append(name)
    if not ported:
        return Rewritten(text, [], left)
    new = with_imports(source.whole(tree), names["ops"], imports)
    _check(new, path)
    return Rewritten(new, ported, left)


def _arrays(flow: Flow, node: ast.stmt) -> list[str]:
    """The parameters of a function that may be arrays: what its namespace is made from."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    given = flow.parameters(node)
    stars = {a.arg for a in (node.args.vararg, node.args.kwarg) if a}
    return [name for name, value in given.items() if name not in stars and (value.some.array or value.numeric)]


def _threaded(flow: Flow, tree: ast.Module) -> set[ast.AST]:
    """Private helpers that are given no array, called only where there is one: they are given the namespace."""
    found: set[ast.AST] = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("_") or _arrays(flow, node):
            continue
        plain = node.args.args and not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs)
        homes = [next((a for a in flow.names.around(call) if a in tree.body), None) for call in flow.calls_of(node)]
        if plain and homes and all(isinstance(home, ast.FunctionDef) and _arrays(flow, home) for home in homes):
            found.add(node)
    return found


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
    taken = {
        bound
        for scope in flow.names.opened.values()
        for bound, places in scope.bound.items()
        if not _ours(bound, places)
    }
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
