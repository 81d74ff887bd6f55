"""The walk over one function: every use of NumPy in it has an edit, or the function is left as it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite import calls, first_lines, operators, outs, reads, stores, uses
from emberharmony.purify.rewrite.recipes import dtypes
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.trees import inside

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.unit import Unit

_SPARSE = ("issparse", "isspmatrix", "isspmatrix_csr", "isspmatrix_csc", "isspmatrix_coo")
_PLANNED = frozenset(
    {
        ast.Call, ast.Attribute, ast.Name, ast.BinOp, ast.Compare, ast.Subscript, ast.Assign, ast.AugAssign, ast.Delete,
        ast.Expr, ast.Return, ast.Import, ast.ImportFrom,
    }
)  # fmt: skip
_PREPARED = frozenset(
    {
        ast.If, ast.IfExp, ast.ExceptHandler, ast.Call, ast.Compare, ast.Attribute, ast.Subscript, ast.arg,
        ast.FunctionDef, ast.AnnAssign,
    }
)  # fmt: skip


def plan(unit: Unit) -> None:
    """Find every edit; raises RefusedError at the first use that has none."""
    nodes = inside(unit.node)
    for node in nodes:
        if node.__class__ in _PREPARED:
            _prepare(unit, node)
    for node in reversed(nodes):  # the inner ones first
        if node.__class__ not in _PLANNED or node in unit.settled:
            continue
        match node:
            case ast.Call():
                calls.call(unit, node)
            case ast.Attribute():
                uses.attribute(unit, node)
            case ast.Name(ctx=ast.Load()):
                uses.name(unit, node)
            case ast.BinOp():
                operators.binary(unit, node)
            case ast.Compare():
                operators.compare(unit, node)
            case ast.Subscript(ctx=ast.Load()):
                reads.read(unit, node)
            case ast.Assign() | ast.AugAssign() | ast.Delete():
                if not outs.plan(unit, node):
                    stores.write(unit, node)
            case ast.Expr() | ast.Return():
                outs.plan(unit, node)
            case ast.Import() | ast.ImportFrom() if not unit.at_import and uses.imports_numpy(unit, node):
                uses.drop_import(unit, node)
            case _:
                pass
    first_lines.first_lines(unit)
    _check_texts(unit)


def _prepare(unit: Unit, node: ast.AST) -> None:
    """What the outer node decides for the names in it, before they are looked at."""
    match node:
        case ast.If() | ast.IfExp():
            _guard(unit, node)
        case ast.ExceptHandler(type=ast.expr() as kind):
            for part in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
                if (
                    unit.dotted(part).rpartition(".")[2] == "LinAlgError"
                ):  # torch's is a RuntimeError, NumPy's a ValueError
                    one = "ValueError, RuntimeError"
                    unit.edit(part, [one if isinstance(kind, ast.Tuple) else f"({one})"])
                    unit.settle(*ast.walk(part))
        case ast.Call(func=func, args=[_, kinds]) if unit.dotted(func) in (
            "builtins.isinstance",
            "numpy.issubdtype",
        ):
            unit.settle(*ast.walk(kinds))
        case ast.Compare(ops=[_], comparators=[right]) if dtypes.names_objects(unit, right):
            unit.settle(*ast.walk(right))
        case ast.Attribute(value=ast.Call(func=func) as inner) if unit.dotted(func) == "numpy.broadcast":
            unit.settle(inner)
        case ast.Subscript(value=grid) if unit.dotted(grid) in reads.GRIDS:
            unit.settle(*ast.walk(grid))
        case ast.arg() if node.annotation is not None:
            uses.annotation(unit, node.annotation)
        case ast.FunctionDef() if node.returns is not None:
            uses.annotation(unit, node.returns)
        case ast.AnnAssign():
            uses.annotation(unit, node.annotation)
        case _:
            pass


def _guard(unit: Unit, node: ast.If | ast.IfExp) -> None:
    test, negated = node.test, False
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, True
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) == (not negated) else [test]
    asked = [isinstance(p, ast.Call) and unit.dotted(p.func).rpartition(".")[2] in _SPARSE for p in parts]
    first = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and isinstance(test.values[0], ast.Call)
    if first and not negated and isinstance(test, ast.BoolOp) and isinstance(test.values[0], ast.Call):
        asked = [unit.dotted(test.values[0].func).rpartition(".")[2] in _SPARSE]
        if asked[0]:
            unit.guarded.update(inner for part in test.values[1:] for inner in ast.walk(part))
    if not all(asked):
        return
    branch = node.orelse if negated else node.body
    for inner in branch if isinstance(branch, list) else [branch]:
        unit.guarded.update(ast.walk(inner))


def _check_texts(unit: Unit) -> None:
    """Before Python 3.12 nodes in an f-string may have places that are not theirs; `{x=}` shows what is written."""
    for node in unit.edits:
        inside = [node, *unit.flow.names.around(node)]
        for i, around in enumerate(inside):
            if isinstance(around, ast.FormattedValue) and not _stands_in_braces(unit, inside[i - 1]):
                raise RefusedError(around, "NumPy is called inside an f-string: give the value a name first")


def _stands_in_braces(unit: Unit, node: ast.AST) -> bool:
    """Whether the value of an f-string's braces stands where its tree says, alone."""
    start, end = unit.text.span(node)
    before, after = unit.text.text[:start].rstrip(), unit.text.text[end:].lstrip()
    if not before.endswith("{") or before.endswith("{{") or after[:1] not in ("}", "!", ":"):
        return False
    try:
        return ast.dump(ast.parse(unit.text.text[start:end], mode="eval").body) == ast.dump(node)
    except SyntaxError:
        return False
