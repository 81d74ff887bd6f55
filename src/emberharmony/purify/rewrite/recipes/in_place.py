"""Functions that write into the array they are given."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.stores import WHOLE

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def place(unit: Unit, node: ast.Call) -> bool:
    """`np.place(x, mask, 0.0)`."""
    if (
        len(node.args) != 3
        or not isinstance(node.args[0], ast.Name)
        or not isinstance(unit.flow.parent(node), ast.Expr)
    ):
        return False
    x, mask, value = node.args
    target: Pieces = [x, " = " if unit.value(x).fresh else f"{WHOLE} = "]
    test = unit.array(mask)
    if unit.value(mask).dtype != "bool":
        test = [unit.ns("astype"), "(", test, ", ", unit.ns("bool"), ")"]
    if unit.value(value).number:
        unit.edit(node, [target, unit.ns("where"), "(", test, ", ", value, ", ", x, ")"])
        return True
    stored: Pieces = [unit.ns("asarray"), "(", value, ", dtype=", x, ".dtype)"]
    unit.edit(node, [target, unit.ns("at"), "(", x, ")[", test, "].set(", stored, ")"])
    return True


def fill_diagonal(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.fill_diagonal(x, 0)`."""
    x, value = given["a"], given["val"]
    fits = unit.value(value).number or (unit.value(value).array and unit.value(value).ndim == 0)
    if not isinstance(x, ast.Name) or not isinstance(unit.flow.parent(node), ast.Expr) or not fits:
        raise RefusedError(node, "fill_diagonal of other than a name with a number")
    target = " = " if unit.value(x).fresh else f"{WHOLE} = "
    return [
        x,
        target,
        unit.ns("where"),
        "(",
        unit.ns("eye"),
        f"(*{x.id}.shape, dtype=",
        unit.ns("bool"),
        "), ",
        value,
        ", ",
        x,
        ")",
    ]


def add_at(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.add.at(x, i, v)`."""
    x = given["a"]
    if not isinstance(x, ast.Name) or not isinstance(unit.flow.parent(node), ast.Expr) or "b" not in given:
        raise RefusedError(node, "add.at of other than a name")
    target = " = " if unit.value(x).fresh else f"{WHOLE} = "
    value: Pieces = [given["b"]]
    if not unit.value(given["b"]).number:
        value = [unit.ns("asarray"), "(", given["b"], f", dtype={x.id}.dtype)"]
    return [x, target, unit.ns("at"), f"({x.id})[", given["indices"], "].add(", value, ")"]
