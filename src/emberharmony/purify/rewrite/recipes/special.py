"""The recipes that have to look: what they become depends on what their arguments are."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow.host import on_host
from emberharmony.purify.rewrite.dtype_names import DTYPES
from emberharmony.purify.rewrite.recipes import (
    creation,
    dtypes,
    elements,
    host,
    in_place,
    products,
    shapes,
)
from emberharmony.purify.rewrite.recipes.arguments import arguments
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.recipes.arguments import Handler
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

_CONVERSIONS = ("asarray", "array", "asanyarray", "ascontiguousarray", "asfarray", "require")


_MATH = {"absolute": "abs", "abs": "abs", "deg2rad": "math.radians", "rad2deg": "math.degrees", "arctan": "math.atan",
         "arcsin": "math.asin", "arccos": "math.acos", "radians": "math.radians", "max": "max", "min": "min",
         "maximum": "max", "minimum": "min", "power": "pow"}  # fmt: skip


def call(unit: Unit, node: ast.Call, name: str) -> bool:
    """Plan a call of `numpy.<name>`; whether there was a recipe here."""
    if on_host(name, node, [unit.value(argument) for argument in node.args]):
        spelled = _MATH.get(name, f"math.{name}")
        if isinstance(node.func, ast.Name) and node.func.id == spelled:  # the file gives the builtin's name to NumPy's
            spelled = f"operator.{spelled}" if spelled in ("abs", "pow") else f"builtins.{spelled}"
        if "." in spelled:
            unit.library(spelled.partition(".")[0])
        unit.edit(node.func, [spelled])
        return True
    if name in ("floor", "ceil", "trunc") and host.counts(unit, node):
        unit.library("math")
        unit.edit(node.func, [f"math.{name}"])
        return True
    if name in DTYPES:
        dtypes.cast(unit, node, name)
        return True
    if name == "place":
        return in_place.place(unit, node)
    if name.startswith("random."):
        raise RefusedError(
            node,
            "random numbers of NumPy's global or own generators: draw with ops.random and a key that the caller gives",
        )
    entry = _SPECIAL.get(name)
    if entry is None:
        return False
    order, handler = entry
    given = arguments(unit, node, name, order)
    made = handler(unit, node, given)
    if made is None:
        return False
    unit.edit(node, made)
    return True


def scipy_call(unit: Unit, node: ast.Call, name: str) -> bool:
    """Plan a call of `scipy.<name>` that has to look; whether there was a recipe here."""
    ns = unit.ns
    if name == "linalg.cholesky" and node.args:
        lower = next(
            (word.value for word in node.keywords if word.arg == "lower"), node.args[1] if len(node.args) > 1 else None
        )
        if lower is not None and not isinstance(lower, ast.Constant):
            upper: Pieces = [", upper=not ", unit.hole(lower, [lower])]
        else:
            upper = [] if lower is not None and lower.value is True else [", upper=True"]
        unit.edit(node, [ns("linalg.cholesky"), "(", unit.array(node.args[0], floats=True), upper, ")"])
        return True
    if name == "linalg.solve_triangular" and len(node.args) >= 2:
        words = {word.arg: word.value for word in node.keywords}
        if len(node.args) > 2 or set(words) - {"lower", "check_finite", "overwrite_b"}:
            return False
        lower = words.get("lower")
        if lower is not None and not isinstance(lower, ast.Constant):
            return False
        half = "tril" if lower is not None and lower.value is True else "triu"
        a, b = (unit.array(argument, floats=True) for argument in node.args)
        unit.edit(node, [ns("linalg.solve"), "(", ns(half), "(", a, "), ", b, ")"])
        return True
    return False


_SPECIAL: dict[str, tuple[str, Handler]] = {
    **dict.fromkeys(("array",), ("object dtype copy order subok ndmin like", creation.array)),
    **{name: ("object dtype order copy like", creation.array) for name in _CONVERSIONS if name != "array"},
    **{name: ("shape dtype order like", creation.filled(name)) for name in ("zeros", "ones", "empty")},
    "identity": ("shape dtype like", creation.filled("eye")),
    "full": ("shape fill_value dtype order", creation.full),
    "full_like": ("a fill_value dtype order subok shape", creation.full_like),
    "eye": ("N M k dtype order", creation.eye),
    "arange": ("start stop step dtype", creation.arange),
    "linspace": ("start stop num endpoint retstep dtype axis", creation.linspace),
    "logspace": ("start stop num endpoint base", creation.logspace),
    "where": ("condition x y", elements.where),
    "select": ("condlist choicelist default", elements.select),
    "unique": ("ar return_index return_inverse return_counts axis", elements.unique),
    "squeeze": ("a axis", shapes.squeeze),
    "round": ("a decimals out", elements.round),
    "around": ("a decimals out", elements.round),
    "round_": ("a decimals out", elements.round),
    "dtype": ("dtype align copy", dtypes.as_dtype),
    "finfo": ("dtype", dtypes.finfo),
    "iinfo": ("dtype", dtypes.finfo),
    "issubdtype": ("arg1 arg2", dtypes.issubdtype),
    "result_type": ("*", dtypes.result_type),
    "common_type": ("*", dtypes.result_type),
    "isscalar": ("element", host.isscalar),
    "size": ("a axis", shapes.size),
    "shape": ("a", shapes.shape),
    "errstate": ("*", host.errstate),
    "copy": ("a order", creation.copy),
    "einsum": ("*", products.einsum),
    "apply_along_axis": ("func1d axis arr *", products.along_axis),
    "polyval": ("p x", elements.polyval),
    "real": ("val", elements.real),
    "imag": ("val", elements.imag),
    "angle": ("z deg", elements.angle),
    "ix_": ("*", shapes.ix),
    "outer": ("a b", products.outer),
    "dot": ("a b out", products.dot),
    "fill_diagonal": ("a val wrap", in_place.fill_diagonal),
    "add.at": ("a indices b", in_place.add_at),
    "diag_indices": ("n ndim", shapes.diag_indices),
    "diag_indices_from": ("arr", shapes.diag_indices),
    "ma.isMaskedArray": ("x", host.is_masked),
    "ma.isMA": ("x", host.is_masked),
    "rollaxis": ("a axis start", shapes.rollaxis),
    "append": ("arr values axis", shapes.append),
    "spacing": ("x", elements.spacing),
    "apply_over_axes": ("func a axes", products.over_axes),
    "tile": ("A reps", shapes.tile),
    "sort": ("a axis kind order stable", elements.sort("sort")),
    "argsort": ("a axis kind order stable", elements.sort("argsort")),
    "clip": ("a a_min a_max out min max", elements.clip),
    "pad": ("array pad_width mode constant_values", shapes.pad),
    "take": ("a indices axis out mode", shapes.take),
    "linalg.multi_dot": ("arrays", products.multi_dot),
}
