"""Why a finding needs no action: what the code around it says.

A conversion beside a call of a plotting or table library is at its right place; a branch that runs on one library alone
may name it; an import for type checkers never runs.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Reason
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, BOUNDARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

# rules about a copy to the host: right where a host library takes it
CROSSINGS = ("CAST", "CONV")
_SAVES = frozenset({"save", "savez", "savez_compressed", "savetxt", "tofile", "testing"})
_SHOWS = frozenset({"builtins.print", "builtins.repr", "builtins.str", "builtins.format", "builtins.open"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ASKS = ("is_", "isa_")


def reason_of(found: Finding, flow: Flow, boundaries: Collection[str]) -> Reason | None:
    """The reason that the surroundings give, or None."""
    if found.reason is not None:
        return found.reason
    if _for_type_checkers(found.node, flow):
        return Reason.TYPING
    if found.rule.code.startswith(CROSSINGS) and _at_a_boundary(found.node, flow, BOUNDARIES | set(boundaries)):
        return Reason.BOUNDARY
    used = _library_of(found.node, flow)
    if any(not used or guard == used for guard in _guards(found.node, flow)):
        return Reason.GUARDED
    return None


def _library_of(node: ast.AST, flow: Flow) -> str:
    """The library that a finding is about, or "" if that cannot be told."""
    if isinstance(node, ast.Import):
        return library(next((each.name for each in node.names if library(each.name) in ARRAY_LIBRARIES), ""))
    if isinstance(node, ast.ImportFrom):
        return library(node.module or "")
    dotted = flow.resolve(node.func if isinstance(node, ast.Call) else node)
    return library(dotted) if dotted and library(dotted) in ARRAY_LIBRARIES else ""


# -- type checkers --


def _for_type_checkers(node: ast.AST, flow: Flow) -> bool:
    if not _blocks(flow) or not isinstance(node, ast.Import | ast.ImportFrom | ast.Name | ast.Attribute):
        return False
    if any(_is_typing(each, node, flow) for each in flow.names.around(node)):
        return True
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    found = flow.names.bindings(root.id, flow.names.scope(root))
    return found is not None and all(
        isinstance(binding.node, ast.Import | ast.ImportFrom) and _for_type_checkers(binding.node, flow)
        for binding in found[1]
    )


def _is_typing(around: ast.AST, node: ast.AST, flow: Flow) -> bool:
    orelse = around.orelse if isinstance(around, ast.If) and around in _blocks(flow) else None
    return orelse is not None and not any(_holds(other, node, flow) for other in orelse)


@lru_cache(maxsize=1)  # of the module that is being examined; more would keep trees alive
def _blocks(flow: Flow) -> frozenset[ast.AST]:
    """What begins with `if TYPE_CHECKING:`; most modules have none."""
    found: set[ast.AST] = set()
    for node in flow.names.kinds.get(ast.If, ()):
        test = node.test if isinstance(node, ast.If) else None
        short = test.attr if isinstance(test, ast.Attribute) else test.id if isinstance(test, ast.Name) else ""
        if short == "TYPE_CHECKING":
            found.add(node)
    return frozenset(found)


# -- boundaries --


def _at_a_boundary(node: ast.AST, flow: Flow, libraries: Collection[str]) -> bool:
    child = node
    for around in flow.names.around(node):
        if isinstance(around, ast.FormattedValue):
            return True  # it is shown
        if isinstance(around, ast.stmt):
            return _into_a_table(around, child, flow, libraries)
        if isinstance(around, ast.Call) and child is not around.func and _takes_host(around, flow, libraries):
            return True
        child = around
    return False


def _into_a_table(statement: ast.stmt, child: ast.AST, flow: Flow, libraries: Collection[str]) -> bool:
    """`df["score"] = x.numpy()` of a pandas frame."""
    if not isinstance(statement, ast.Assign) or child is not statement.value:
        return False
    targets = [each.value for each in statement.targets if isinstance(each, ast.Subscript)]
    return any(_made_by(target, flow, libraries) for target in targets)


def _takes_host(call: ast.Call, flow: Flow, libraries: Collection[str]) -> bool:
    dotted = flow.resolve(call.func)
    if dotted is not None:
        if dotted in _SHOWS or library(dotted) in libraries or any(dotted.startswith(f"{x}.") for x in libraries):
            return True
        return library(dotted) in ARRAY_LIBRARIES and bool(_SAVES & set(dotted.split(".")))
    if not isinstance(call.func, ast.Attribute):
        return False
    receiver = call.func.value
    if isinstance(receiver, ast.Constant) and isinstance(receiver.value, str):
        return call.func.attr == "format"
    return _made_by(receiver, flow, libraries)


def _made_by(node: ast.expr, flow: Flow, libraries: Collection[str], deep: int = 5) -> bool:
    """Whether a value comes from a call of one of the libraries: `ax` of `fig, ax = plt.subplots()`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Await):
        node = node.value
    if deep == 0:
        return False
    if isinstance(node, ast.Call):
        dotted = flow.resolve(node.func)
        if dotted is not None:
            return library(dotted) in libraries or any(dotted.startswith(f"{x}.") for x in libraries)
        return isinstance(node.func, ast.Attribute) and _made_by(node.func.value, flow, libraries, deep - 1)
    if not isinstance(node, ast.Name):
        return False
    found = flow.names.bindings(node.id, flow.names.scope(node))
    values = [_assigned(binding.node, flow) or binding.value for binding in found[1]] if found else []
    return bool(values) and all(value is not None and _made_by(value, flow, libraries, deep - 1) for value in values)


def _assigned(node: ast.AST, flow: Flow) -> ast.expr | None:
    """What is unpacked into a name, or entered by a `with` for it."""
    for around in flow.names.around(node):
        if isinstance(around, ast.Assign):
            return around.value
        if isinstance(around, ast.withitem):
            return around.context_expr
        if isinstance(around, ast.stmt):
            return None
    return None


# -- guards --


def _guards(node: ast.AST, flow: Flow) -> Iterator[str]:
    """The libraries that conditions around a node narrow it to."""
    child = node
    for around in flow.names.around(node):
        if around.__class__ in _DEFINITIONS:
            return
        if isinstance(around, ast.If | ast.IfExp):
            then, otherwise = _says(around.test, flow)
            body = around.body if isinstance(around.body, list) else [around.body]
            orelse = around.orelse if isinstance(around.orelse, list) else [around.orelse]
            if child in body or child is around.test:
                yield from then
            elif child in orelse:
                yield from otherwise
        elif isinstance(around, ast.match_case) and child in around.body:
            pattern = around.pattern
            if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
                yield from ({str(pattern.value.value)} & ARRAY_LIBRARIES)
        child = around


def _says(test: ast.expr, flow: Flow) -> tuple[frozenset[str], frozenset[str]]:
    """What a condition says of the library where it holds, and where it does not."""
    none: frozenset[str] = frozenset()
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            then, otherwise = _says(inner, flow)
            return otherwise, then
        case ast.BoolOp(op=ast.And(), values=values):
            return frozenset[str]().union(*(_says(value, flow)[0] for value in values)), none
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            named = frozenset(filter(None, (_named(left, flow), _named(right, flow))))
            if isinstance(op, ast.Eq | ast.Is | ast.In):
                return named, none
            return (none, named) if isinstance(op, ast.NotEq | ast.IsNot | ast.NotIn) else (none, none)
        case ast.Call(func=func, args=args):
            dotted = flow.resolve(func)
            if dotted == "builtins.isinstance" and len(args) == 2:
                kind = flow.resolve(args[1])
                return (frozenset({library(kind)}) & ARRAY_LIBRARIES if kind else none), none
            short = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
            if short.startswith(_ASKS):
                return frozenset(short.lower().split("_")) & ARRAY_LIBRARIES, none
            return none, none
        case _:
            return none, none


def _named(node: ast.expr, flow: Flow) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if node.value in ARRAY_LIBRARIES else None
    dotted = flow.resolve(node)
    return dotted if dotted in ARRAY_LIBRARIES else None


def _holds(around: ast.AST, node: ast.AST, flow: Flow) -> bool:
    return node is around or around in flow.names.around(node)
