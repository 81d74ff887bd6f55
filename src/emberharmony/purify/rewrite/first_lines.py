"""The first lines of a function: where the namespace comes from, and `x = ops.asarray(x)` for what is asked often."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from emberharmony.purify.names import parameters
from emberharmony.purify.rewrite.nodes import is_docstring
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Range, flat
from emberharmony.purify.trees import inside

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

_TESTS = (
    "builtins.isinstance",
    "builtins.len",
    "builtins.callable",
    "builtins.hasattr",
    "builtins.range",
    "builtins.type",
)


def first_lines(unit: Unit) -> None:
    """Plan the first lines of a function."""
    if not isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    lines = _hoisted(unit)
    used = _outside(unit, unit.node)
    unit.named = unit.named and (used or bool(lines))
    if unit.node in unit.threaded and unit.named:
        last: ast.AST = unit.node.args.defaults[-1] if unit.node.args.defaults else unit.node.args.args[-1]
        unit.edit(last, [unit.edits.get(last, [last]), f", {unit.namespace}={unit.names['ops']}"])
    if unit.sources and unit.named:
        unit.imports.add("array_namespace")
        lines.insert(0, f"{unit.namespace} = array_namespace({', '.join(unit.sources)})")
    if lines:
        _insert(unit, unit.node, lines)


def _outside(unit: Unit, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Decorators and defaults run when the file is imported: what the body takes from its arrays is not there yet.
    Whether the body itself needs it."""
    ours = unit.names["ops"]
    if unit.namespace == ours:
        return True
    own = re.compile(rf"(?<![\w.]){unit.namespace}\b")

    def retold(pieces: Pieces) -> Pieces:
        return [
            own.sub(ours, piece)
            if isinstance(piece, str)
            else piece
            if isinstance(piece, ast.AST | Range)
            else retold(piece)
            for piece in pieces
        ]

    outside = [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
    early = {inner for part in outside for inner in inside(part)}
    for inner in early & unit.edits.keys():
        unit.edits[inner] = retold(unit.edits[inner])
    return any(
        isinstance(piece, str) and own.search(piece)
        for edited, pieces in unit.edits.items()
        if edited not in early
        for piece in flat(pieces)
    )


def _hoisted(unit: Unit) -> list[str]:
    """`x = ops.asarray(x)`, for parameters that are asked for more than once."""
    assert isinstance(unit.node, ast.FunctionDef | ast.AsyncFunctionDef)
    names = {argument.arg for argument in parameters(unit.node)} - {
        a.arg for a in (unit.node.args.vararg, unit.node.args.kwarg) if a
    }
    lines: list[str] = []
    for argument in parameters(unit.node):
        name = argument.arg
        asked = [one for one in unit.asked.get(name, []) if len(one) == 3]
        if name not in names or len(asked) < 2 or not _always_array(unit, name):
            continue
        for pieces in asked:
            pieces[:] = [pieces[1]]
        lines.append(f"{name} = {unit.ns('asarray')}({name})")
    return lines


def _insert(unit: Unit, node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> None:
    body = node.body
    first = body[1] if len(body) > 1 and is_docstring(body[0]) else body[0]
    before = unit.text.lines[first.lineno - 1][: first.col_offset]
    if before.strip() or (is_docstring(body[0]) and len(body) == 1):
        raise RefusedError(node, "the function stands on one line")
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    line = min([first.lineno, *(d.lineno for d in decorators)])
    above = unit.text.lines[line - 1]
    end = above[len(above.rstrip("\r\n")) :] or "\n"
    unit.inserted.setdefault(line, []).extend(f"{before}{text}{end}" for text in lines)


def _always_array(unit: Unit, name: str) -> bool:
    """Whether a parameter is an array wherever it is read, and never asked what it is."""
    for node in ast.walk(unit.node):
        if not isinstance(node, ast.Name) or node.id != name:
            continue
        if not isinstance(node.ctx, ast.Load):
            return False
        value = unit.value(node)
        if value.other or (value.unknown and not value.numeric):
            return False
        parent = unit.flow.parent(node)
        if isinstance(parent, ast.Compare) and any(
            isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in parent.ops
        ):
            return False
        if isinstance(parent, ast.Call) and unit.dotted(parent.func) in _TESTS and value.unknown:
            return False
    return True
