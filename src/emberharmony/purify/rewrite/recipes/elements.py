"""Element by element, and orders of elements."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.nodes import is_false, is_none
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.recipes.arguments import Handler
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def where(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.where(mask, x, y)`; two numbers make an array of NumPy's own width."""
    ns = unit.ns
    condition = unit.array(given["condition"])
    if unit.value(given["condition"]).dtype in ("int", "float"):
        condition = [unit.hole(given["condition"], condition), " != 0"]
    if "x" not in given:
        return [ns("nonzero"), "(", condition, ")"]
    x, y = given["x"], given["y"]
    a, b = unit.value(x), unit.value(y)
    first = [x] if a.number else unit.array(x, floats=b.dtype == "float")
    second = [y] if b.number else unit.array(y, floats=a.dtype == "float")
    if a.number and b.number and "float" in (a.dtype, b.dtype):
        first = [ns("asarray"), "(", x, ", ", unit.float64(), ")"]
    return [ns("where"), "(", condition, ", ", first, ", ", second, ")"]


def select(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.select([a, b], [x, y])`, one `where` in another."""
    conditions, choices = given["condlist"], given["choicelist"]
    if (
        not isinstance(conditions, ast.List)
        or not isinstance(choices, ast.List)
        or len(conditions.elts) != len(choices.elts)
    ):
        raise RefusedError(node, "select of lists that are not written out")
    rest: Pieces = [given["default"]] if "default" in given else ["0"]
    values = [unit.value(choice) for choice in [*choices.elts, *([given["default"]] if "default" in given else [])]]
    if all(value.number for value in values) and any(value.dtype == "float" for value in values):
        rest = [unit.ns("asarray"), "(", rest, ", ", unit.float64(), ")"]
    for condition, choice in zip(conditions.elts[::-1], choices.elts[::-1], strict=True):
        piece = [choice] if unit.value(choice).number else unit.array(choice)
        rest = [unit.ns("where"), "(", unit.array(condition), ", ", piece, ", ", rest, ")"]
    return rest


def unique(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.unique(x)`, in order."""
    wanted = {name for name, value in given.items() if name.startswith("return_") and not is_false(value)}
    if "axis" in given and not is_none(given["axis"]):
        raise RefusedError(node, "unique along an axis")
    x = unit.array(given["ar"])
    if not wanted:
        return [unit.ns("sort"), "(", unit.ns("unique_values"), "(", x, "))"]  # the standard leaves their order open
    if wanted == {"return_inverse"}:
        return [unit.ns("unique_inverse"), "(", x, ")"]
    if wanted == {"return_counts"}:
        return [unit.ns("unique_counts"), "(", x, ")"]
    unit.library("operator")
    places = [str(i) for i, name in enumerate(("return_index", "return_inverse", "return_counts"), 1) if name in wanted]
    return [f"operator.itemgetter(0, {', '.join(places)})(", unit.ns("unique_all"), "(", x, "))"]


def sort(name: str) -> Handler:
    """`np.sort(x, axis=None)` and `np.argsort`."""

    def make(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
        """Along no axis: of all elements in a row."""
        if "axis" not in given or not is_none(given["axis"]):
            return None
        return [unit.ns(name), "(", unit.ns("ravel"), "(", unit.array(given["a"]), "))"]

    return make


_BOUNDS = (("maximum", ("a_min", "min")), ("minimum", ("a_max", "max")))


def clip(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """Bounds that are floats make floats of whole numbers; `ops.clip` keeps the dtype and refuses them."""
    bounds = [(name, given[key]) for name, keys in _BOUNDS for key in keys if key in given]
    values = [unit.value(bound) for _, bound in bounds]
    if unit.value(given["a"]).dtype == "float" or not any(value.number and value.dtype == "float" for value in values):
        return None
    made = unit.array(given["a"], floats=True)
    for (name, bound), value in zip(bounds, values, strict=True):
        if not is_none(bound):
            made = [unit.ns(name), "(", made, ", ", [bound] if value.number else unit.array(bound), ")"]
    return made


def round(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.round(x, 2)`."""
    if unit.value(given["a"]).dtype == "int" and "decimals" in given:
        raise RefusedError(node, "whole numbers rounded to decimals stay whole in NumPy alone")
    return rounded(unit, node, unit.array(given["a"]), given.get("decimals"))


def rounded(unit: Unit, node: ast.expr, x: Pieces, decimals: ast.expr | None) -> Pieces:
    """Rounded to decimals: scaled, rounded and scaled back, as NumPy does it."""
    if decimals is None or (isinstance(decimals, ast.Constant) and decimals.value == 0):
        return [unit.ns("round"), "(", x, ")"]
    scale: Pieces = ["10.0 ** ", unit.hole(decimals, [decimals])]
    return unit.tight(node, [unit.ns("round"), "(", x, " * ", scale, ") / ", scale])


def polyval(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.polyval(p, x)`, as Horner computes it."""
    unit.library("functools")
    x: Pieces = unit.array(given["x"], floats=True)
    if not isinstance(given["x"], ast.Name):
        raise RefusedError(node, "polyval at an expression: give it a name first")
    return [
        "functools.reduce(lambda _y, _c: _y * ",
        x,
        " + _c, ",
        given["p"],
        ", ",
        unit.ns("zeros_like"),
        "(",
        x,
        "))",
    ]


def real(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.real(z)`."""
    return [unit.ns("real"), "(", unit.array(given["val"]), ")"]


def imag(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.imag(z)`."""
    return [unit.ns("imag"), "(", unit.array(given["val"]), ")"]


def angle(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.angle(z)`."""
    if not isinstance(given["z"], ast.Name) or "deg" in given:
        raise RefusedError(node, "the angle of an expression: give it a name first")
    x = unit.array(given["z"])
    return [unit.ns("atan2"), "(", unit.ns("imag"), "(", x, "), ", unit.ns("real"), "(", x, "))"]


def spacing(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """`np.spacing(1.0)`, of a number."""
    if not unit.value(given["x"]).number:
        raise RefusedError(node, "the spacing of arrays: use ops.nextafter")
    unit.library("math")
    return ["math.ulp(", given["x"], ")"]
