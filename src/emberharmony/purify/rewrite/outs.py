"""Functions that write their result somewhere: `np.exp(x, out=x)`, `np.divide(a, b, out=zeros, where=b != 0)`.

The result is assigned instead: under the old name where nobody else holds the array, into all of its places otherwise.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite import stores
from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.recipes.table import functions
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

_DIVISIONS = ("divide", "true_divide", "floor_divide", "mod", "remainder")


def writes(unit: Unit, node: ast.Call) -> bool:
    """Whether a call of NumPy writes into an array that it is given."""
    return _out(unit, node) is not None


def plan(unit: Unit, statement: ast.stmt) -> bool:
    """Plan a statement whose value is such a call; whether it was one."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and (out := _out(unit, node)) is not None:
            value = getattr(statement, "value", None)
            if not isinstance(out, ast.Name | ast.Subscript | ast.Attribute):
                _plan(unit, statement, node, out)  # an array that is made for this call alone
                continue
            if (
                value is not node
                and isinstance(statement, ast.Return)
                and isinstance(out, ast.Name)
                and unit.value(out).fresh
            ):
                _plan(unit, statement, node, None)
                continue
            if value is not node or isinstance(statement, ast.AugAssign):
                if _home(unit, node) is statement:
                    raise RefusedError(node, "out= in the middle of an expression: assign the result first")
                continue
            _plan(unit, statement, node, out)
            return True
    return False


def _home(unit: Unit, node: ast.AST) -> ast.AST | None:
    return next((around for around in unit.flow.names.around(node) if isinstance(around, ast.stmt)), None)


def _plan(unit: Unit, statement: ast.stmt, node: ast.Call, out: ast.expr | None) -> None:
    name = unit.dotted(node.func).partition(".")[2]
    where = next((word.value for word in node.keywords if word.arg == "where"), None)
    recipe = functions()[name]
    count = [parameter.name for parameter in recipe.parameters].index("out")
    operands = node.args[:count]
    if (
        any(word.arg not in ("out", "where", "dtype", "axis", "keepdims") for word in node.keywords)
        or len(operands) < 1
    ):
        raise RefusedError(node, f"numpy.{name} with out= and other options")
    values = [unit.value(operand) for operand in operands]
    pieces: list[Pieces] = []
    for i, operand in enumerate(operands):
        floats = recipe.parameters[i].mark == "^"
        number = values[i].number and (recipe.parameters[i].mark in ("~", "") or recipe.parameters[i].mark == ":")
        plain = number or recipe.parameters[i].mark == ""
        pieces.append([operand] if plain else unit.array(operand, floats=floats))
    if where is not None and name in _DIVISIONS and len(pieces) == 2:
        pieces[1] = [unit.ns("where"), "(", where, ", ", pieces[1], ", 1)"]
    options = [
        piece for word in node.keywords if word.arg in ("axis", "keepdims") for piece in (f", {word.arg}=", word.value)
    ]
    made: Pieces = [
        unit.ns(recipe.function),
        "(",
        [p for i, piece in enumerate(pieces) for p in ((", ",) if i else ()) + (piece,)],
        options,
        ")",
    ]
    if out is None:
        if where is not None:
            raise RefusedError(node, "where= with an array that is returned at once")
        unit.edit(node, made)
        return
    held = isinstance(out, ast.Name)
    if where is not None:
        made = [unit.ns("where"), "(", where, ", ", made, ", ", out, ")"]
        if not held:  # an array made for this call alone
            unit.edit(node, made)
            return
    elif not held and not isinstance(out, ast.Subscript | ast.Attribute):
        unit.edit(node, made)
        return
    fresh = isinstance(out, ast.Name) and (unit.value(out).fresh or stores.is_own(unit, out))
    written: Pieces = [out] if fresh else [out, stores.WHOLE] if held or isinstance(out, ast.Attribute) else [out]
    first: Pieces = [written, " = ", made]
    if isinstance(statement, ast.Expr):
        unit.edit(statement, first)
        return
    if isinstance(statement, ast.Return):
        unit.edit(statement, [first, f"{unit.new_line(statement)}return ", out])
        return
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        same = isinstance(target, ast.Name) and isinstance(out, ast.Name) and held and target.id == out.id
        unit.edit(statement, first if same else [first, unit.new_line(statement), target, " = ", out])
        return
    raise RefusedError(node, "out= in a statement with several targets")


def _out(unit: Unit, node: ast.Call) -> ast.expr | None:
    dotted = unit.dotted(node.func)
    if not dotted.startswith("numpy."):
        return None
    name = dotted.partition(".")[2]
    recipe = functions().get(name)
    if recipe is None or not recipe.function:
        return None
    names = [parameter.name for parameter in recipe.parameters]
    if "out" not in names:
        return None
    for word in node.keywords:
        if word.arg == "out" and not (isinstance(word.value, ast.Constant) and word.value.value is None):
            return word.value
    place = names.index("out")
    return node.args[place] if place < len(node.args) and not is_none(node.args[place]) else None
