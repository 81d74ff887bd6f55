"""The units of a file: what is ported whole or not at all, and what one unit means for the others."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.names import FUNCTIONS
from emberharmony.purify.trees import inside

if TYPE_CHECKING:
    from emberharmony.purify.flow.project import Flow

_OURS = ("ops", "ops_", "array_namespace")
TIED = ("numpy", "scipy", "cupy")


def units_of(tree: ast.Module) -> list[ast.stmt]:
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


def arrays_of(flow: Flow, node: ast.stmt) -> list[str]:
    """The parameters of a function that may be arrays: what its namespace is made from."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return []
    given = flow.parameters(node)
    stars = {a.arg for a in (node.args.vararg, node.args.kwarg) if a}
    return [name for name, value in given.items() if name not in stars and (value.some.array or value.numeric)]


def threaded_in(flow: Flow, tree: ast.Module) -> set[ast.AST]:
    """Private helpers that are given no array, called only where there is one: they are given the namespace."""
    found: set[ast.AST] = set()
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("_") or arrays_of(flow, node):
            continue
        plain = node.args.args and not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs)
        homes = [next((a for a in flow.names.around(call) if a in tree.body), None) for call in flow.calls_of(node)]
        if plain and homes and all(isinstance(home, ast.FunctionDef) and arrays_of(flow, home) for home in homes):
            found.add(node)
    return found


def ported_in(flow: Flow, units: list[ast.stmt]) -> set[ast.stmt]:
    """The units that name `ops` and no NumPy: their port is there, and a second one would not know their arrays."""
    homes = {
        found
        for name in _OURS
        for use in flow.names.uses.get(name, ())
        if (flow.resolve(use) or "").startswith("emberharmony")
        for found in flow.names.around(use)
        if isinstance(found, ast.stmt)
    } & set(units)
    return {unit for unit in homes if not any(_is_tied(flow, node) for node in inside(unit))}


def _is_tied(flow: Flow, node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and (flow.resolve(node) or "").partition(".")[0] in TIED


def near_to(flow: Flow, units: list[ast.stmt], ported: set[ast.AST]) -> frozenset[str]:
    """The functions where a port may change what is known: those that name it or what it sets, those that it names, and
    so on from each of them. None if there is nothing but the ports themselves."""
    marks = {unit: _marks(unit) for unit in units}
    near, fresh = set[ast.AST](), ported
    while fresh:
        near |= fresh
        given = set[str]().union(*(marks[unit][0] for unit in fresh))  # type: ignore[index]
        named = set[str]().union(*(marks[unit][1] for unit in fresh))  # type: ignore[index]
        fresh = {unit for unit in units if unit not in near and (given & marks[unit][1] or named & marks[unit][0])}
    return frozenset(map(flow.names.qualified, near)) if near > ported else frozenset()


def _marks(unit: ast.stmt) -> tuple[set[str], set[str]]:
    """The names by which others may reach a unit: its own, or those that it binds, and the attributes that it sets. And
    the names and attributes that it reads."""
    named = isinstance(unit, ast.FunctionDef | ast.AsyncFunctionDef)
    given, read = {unit.name} if named else set[str](), set[str]()
    for node in inside(unit):
        if isinstance(node, ast.Attribute):
            (read if isinstance(node.ctx, ast.Load) else given).add(node.attr)
        elif isinstance(node, ast.Name) and (not named or isinstance(node.ctx, ast.Load)):
            (read if isinstance(node.ctx, ast.Load) else given).add(node.id)
    return given, read
