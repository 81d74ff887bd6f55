"""Methods of arrays that have to look."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.recipes import elements, shapes
from emberharmony.purify.rewrite.recipes.arguments import arguments
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Pieces, joined
from emberharmony.purify.rewrite.stores import WHOLE

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.unit import Unit


def method(unit: Unit, node: ast.Call, func: ast.Attribute) -> bool:
    """Plan a call of a method of an array; whether there was a recipe here."""
    x, name, ns = func.value, func.attr, unit.ns
    match name:
        case "astype":
            given = arguments(unit, node, name, "dtype order casting subok copy")
            if "dtype" not in given:
                raise RefusedError(node, "astype without a dtype")
            rest: Pieces = [", copy=", given["copy"]] if "copy" in given else []
            unit.edit(node, [ns("astype"), "(", x, ", ", unit.dtype(given["dtype"]), rest, ")"])
        case "reshape" if len(node.args) > 1 or (node.args and unit.value(node.args[0]).host == "int"):
            unit.edit(
                node, [ns("reshape"), "(", x, ", (", joined(list(node.args)), ",))" if len(node.args) == 1 else "))"]
            )
        case "transpose" if not node.args:
            unit.edit(node, [ns("transpose"), "(", x, ")"])
        case "transpose" if len(node.args) > 1:
            unit.edit(node, [ns("permute_dims"), "(", x, ", (", joined(list(node.args)), "))"])
        case "squeeze" if not node.args and not node.keywords:
            unit.edit(node, [ns("squeeze"), "(", x, ")"])
        case "squeeze":
            along = node.args[0] if node.args else node.keywords[0].value
            unit.edit(node, [ns("squeeze"), "(", x, ", ", along, ")"])
        case "round":
            unit.edit(node, elements.rounded(unit, node, [x], node.args[0] if node.args else None))
        case "fill" if isinstance(unit.flow.parent(node), ast.Expr) and isinstance(x, ast.Name) and len(node.args) == 1:
            value: Pieces = (
                [ns("full_like"), "(", x, ", ", node.args[0], ")"] if unit.value(x).fresh else [node.args[0]]
            )
            unit.edit(node, [x, " = " if unit.value(x).fresh else f"{WHOLE} = ", value])
        case "sort" if isinstance(unit.flow.parent(node), ast.Expr) and isinstance(x, ast.Name):
            axis: Pieces = [", axis=", node.args[0]] if node.args else []
            axis = [", axis=", node.keywords[0].value] if node.keywords and node.keywords[0].arg == "axis" else axis
            unit.edit(node, [x, " = " if unit.value(x).fresh else f"{WHOLE} = ", ns("sort"), "(", x, axis, ")"])
        case "dot" if len(node.args) == 1 and unit.value(node.args[0]).number:
            unit.edit(node, unit.tight(node, [unit.hole(x, [x]), " * ", unit.hole(node.args[0], [node.args[0]])]))
        case "sort" | "fill" | "partition":
            raise RefusedError(node, f"{name} works in place: assign a new array instead")
        case "ravel" if node.args or node.keywords:
            unit.edit(node, [ns("ravel"), "(", x, ")"])
        case "take" if node.args and unit.value(node.args[0]).number:
            given = {"a": x, **arguments(unit, node, name, "indices axis out mode")}
            made = shapes.take(unit, node, given)
            if made is None:
                return False
            unit.edit(node, made)
        case _:
            return False
    return True
