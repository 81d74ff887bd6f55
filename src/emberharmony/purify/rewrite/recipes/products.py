"""Products, and functions along axes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def einsum(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.einsum("ij,jk", a, b)`."""
    if (
        not node.args
        or not isinstance(node.args[0], ast.Constant)
        or any(word.arg != "optimize" for word in node.keywords)
    ):
        raise RefusedError(node, "einsum without subscripts as text, or with options")
    parts = [unit.array(argument) for argument in node.args[1:]]
    return [unit.ns("einsum"), "(", node.args[0], *[piece for part in parts for piece in (", ", part)], ")"]


def dot(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """`np.dot(2, x)` is a product; all else is in the table."""
    a, b = given["a"], given["b"]
    if {unit.value(a).ndim, unit.value(b).ndim} <= {1, 2}:  # the same, and without the questions that dot has to ask
        return [unit.ns("matmul"), "(", unit.array(a), ", ", unit.array(b), ")"]
    if not (unit.value(a).number or unit.value(b).number):
        return None
    return unit.tight(node, [unit.hole(a, [a]), " * ", unit.hole(b, [b])])


def outer(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.outer(a, b)`, of rows."""
    sides = [
        unit.array(given[name])
        if unit.value(given[name]).some.ndim == 1
        else [unit.ns("ravel"), "(", unit.array(given[name]), ")"]
        for name in ("a", "b")
    ]
    return [unit.ns("outer"), "(", sides[0], ", ", sides[1], ")"]


def multi_dot(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.linalg.multi_dot([a, b, c])`."""
    factors = given["arrays"]
    if not isinstance(factors, ast.List | ast.Tuple):
        raise RefusedError(node, "multi_dot of a list that is not written out")
    parts = [unit.hole(part, unit.array(part)) for part in factors.elts]
    return ["(", [piece for i, part in enumerate(parts) for piece in ((" @ ",) if i else ()) + (part,)], ")"]


def along_axis(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.apply_along_axis(f, 0, x)`."""
    rest = [piece for name in given if name not in ("func1d", "axis", "arr") for piece in (f", {name}=", given[name])]
    return [
        unit.ns("apply_along_axis"),
        "(",
        given["func1d"],
        ", ",
        given["axis"],
        ", ",
        unit.array(given["arr"]),
        rest,
        ")",
    ]


def over_axes(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.apply_over_axes(np.sum, x, axes)`."""
    name = unit.dotted(given["func"]).rpartition(".")[2]
    if name not in ("sum", "mean", "max", "min", "prod", "any", "all"):
        raise RefusedError(node, "apply_over_axes of another function than a reduction")
    unit.edits.pop(given["func"], None)
    axes: Pieces = ["tuple(", given["axes"], ")"]
    return [unit.ns(name), "(", unit.array(given["a"]), ", axis=", axes, ", keepdims=True)"]
