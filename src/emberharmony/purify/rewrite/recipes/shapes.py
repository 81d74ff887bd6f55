"""Shapes, axes and places."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def squeeze(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.squeeze(x, axis)`."""
    if "axis" in given and not is_none(given["axis"]):
        return [unit.ns("squeeze"), "(", unit.array(given["a"]), ", ", given["axis"], ")"]
    return [unit.ns("squeeze"), "(", unit.array(given["a"]), ")"]


def tile(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.tile(x, 2)`."""
    reps = given["reps"]
    whole = ["(", reps, ",)"] if unit.value(reps).number else unit.shape(reps)
    return [unit.ns("tile"), "(", unit.array(given["A"]), ", ", whole, ")"]


def pad(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """Refuse the ways of `np.pad` that `ops.pad` has not; all else is in the table."""
    mode, value = given.get("mode"), given.get("constant_values")
    if mode is not None and not (isinstance(mode, ast.Constant) and mode.value in ("constant", "edge", "reflect")):
        raise RefusedError(node, "numpy.pad in another mode than constant, edge or reflect")
    if value is not None and not (unit.value(value).number or unit.value(value).unknown):
        raise RefusedError(node, "numpy.pad with a value for each side")
    return None


def size(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.size(x)`; along the first axis it is the length, also of what is no array yet."""
    axis = given.get("axis")
    if isinstance(axis, ast.Constant) and axis.value == 0 and not unit.value(given["a"]).number:
        return ["len(", given["a"], ")"]
    x = unit.array(given["a"])
    if "axis" in given and not is_none(given["axis"]):
        return [x, ".shape[", given["axis"], "]"]
    unit.library("math")
    return ["math.prod(", x, ".shape)"]


def shape(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.shape(x)`."""
    return [unit.array(given["a"]), ".shape"]


def rollaxis(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.rollaxis(x, 2)`."""
    if "start" in given and not (isinstance(given["start"], ast.Constant) and given["start"].value == 0):
        raise RefusedError(node, "rollaxis to another place than the first")
    return [unit.ns("moveaxis"), "(", unit.array(given["a"]), ", ", given["axis"], ", 0)"]


def append(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.append(x, y)`."""
    first, second = unit.array(given["arr"]), unit.array(given["values"])
    if "axis" in given and not is_none(given["axis"]):
        return [unit.ns("concatenate"), "((", first, ", ", second, "), axis=", given["axis"], ")"]
    flat = [
        piece if unit.value(given[name]).ndim == 1 else [unit.ns("ravel"), "(", piece, ")"]
        for name, piece in (("arr", first), ("values", second))
    ]
    return [unit.ns("concatenate"), "((", flat[0], ", ", flat[1], "))"]


def take(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """One index takes its axis away."""
    index = unit.value(given["indices"])
    axis = given.get("axis")
    if not index.number or "mode" in given:
        return None
    if axis is None or is_none(axis):
        return [unit.ns("ravel"), "(", unit.array(given["a"]), ")[", given["indices"], "]"]
    taken: Pieces = [
        unit.ns("take"),
        "(",
        unit.array(given["a"]),
        ", ",
        unit.ns("asarray"),
        "([",
        given["indices"],
        "]), axis=",
        axis,
        ")",
    ]
    return [unit.ns("squeeze"), "(", taken, ", ", axis, ")"]


def ix(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.ix_(rows, columns)`."""
    if len(node.args) != 2:
        raise RefusedError(node, "ix_ of other than two indices")
    row, column = (unit.array(argument) for argument in node.args)
    return ["(", unit.ns("reshape"), "(", row, ", (-1, 1)), ", unit.ns("reshape"), "(", column, ", (1, -1)))"]


def diag_indices(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.diag_indices(n)` and `np.diag_indices_from(x)`."""
    if "n" in given:
        return ["(", unit.ns("arange"), "(", given["n"], "),) * ", [given["ndim"]] if "ndim" in given else ["2"]]
    return ["(", unit.ns("arange"), "(", unit.array(given["arr"]), ".shape[0]),) * 2"]
