"""Operators and comparisons whose operands other backends would not take."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.recipes import dtypes
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.flow.values import Value
    from emberharmony.purify.rewrite.unit import Unit

_COUNTING = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Pow)
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder", ast.Pow: "pow", ast.MatMult: "matmul",
}  # fmt: skip


def binary(unit: Unit, node: ast.BinOp) -> None:
    """Plan `a + b`, where an operand is a list, or of a kind that does not mix."""
    left, right = unit.value(node.left), unit.value(node.right)
    if not (left.array or right.array or unit.is_listed(node.left) or unit.is_listed(node.right)):
        return
    for side, value, other in ((node.left, left, right), (node.right, right, left)):
        if (value.host in ("list", "tuple") and other.array) or unit.is_listed(side):
            unit.edit_argument(side, unit.array(side))
        elif value.array and value.dtype == "int" and _needs_floats(unit, node, value, other, side):
            unit.edit_argument(side, [unit.ns("astype"), "(", unit.array(side), ", ", unit.ns("float64"), ")"])
        elif value.array and value.dtype == "bool" and other.dtype != "bool" and isinstance(node.op, _COUNTING):
            unit.edit_argument(side, [unit.ns("astype"), "(", unit.array(side), ", ", unit.ns("int64"), ")"])
    if (
        unit.everything
        and type(node.op) in _OPERATORS
        and ((left.array and right.array) or left.number or right.number)
    ):
        unit.edit(node, [unit.ns(_OPERATORS[type(node.op)]), "(", node.left, ", ", node.right, ")"])


def _needs_floats(unit: Unit, node: ast.BinOp, value: Value, other: Value, side: ast.expr) -> bool:
    if isinstance(node.op, ast.Div):
        return not other.array or other.dtype in ("int", "bool")
    return other.dtype in ("float", "complex") and not isinstance(node.op, ast.LShift | ast.RShift)


def compare(unit: Unit, node: ast.Compare) -> None:
    """Plan `a < b`, and questions to dtypes."""
    sides = [node.left, *node.comparators]
    if len(sides) == 2 and dtypes.names_objects(unit, sides[1]) and dtypes.is_dtype(unit, sides[0]):
        equal = isinstance(node.ops[0], ast.Is | ast.Eq)
        unit.edit(node, ["str(", node.left, f') {"==" if equal else "!="} "object"'])
        return
    if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
        return
    values = [unit.value(side) for side in sides]
    if any(value.array for value in values):
        for side, value in zip(sides, values, strict=True):
            if value.host in ("list", "tuple"):
                unit.edit_argument(side, unit.array(side))
    if any(value.host == "dtype" for value in values):
        for side in sides:
            if unit.dotted(side) in ("builtins.float", "builtins.int", "builtins.complex", "builtins.bool"):
                unit.edit(side, unit.dtype(side))
            elif isinstance(side, ast.Constant) and isinstance(side.value, str):
                raise RefusedError(node, "a dtype is compared with a string or with object")
