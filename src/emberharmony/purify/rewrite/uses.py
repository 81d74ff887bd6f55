"""Names of NumPy that are not called: constants, dtypes, functions as values, annotations, imports."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import NUMPY, library
from emberharmony.purify.rewrite.dtype_names import DTYPES
from emberharmony.purify.rewrite.recipes import attributes
from emberharmony.purify.rewrite.recipes.table import functions
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.unit import Unit

_FIXED = {
    "pi": "pi",
    "e": "e",
    "inf": "inf",
    "nan": "nan",
    "Inf": "inf",
    "NaN": "nan",
    "Infinity": "inf",
    "NAN": "nan",
    "infty": "inf",
    "PINF": "inf",
}
_ANNOTATIONS = {
    "ndarray": "Array", "typing.NDArray": "Array", "typing.ArrayLike": "Array", "number": "complex",
    "floating": "float", "float64": "float", "float32": "float", "integer": "int", "int64": "int", "bool_": "bool",
    "complexfloating": "complex",
}  # fmt: skip


def attribute(unit: Unit, node: ast.Attribute) -> None:
    """Plan `np.pi`, and attributes of arrays."""
    dotted = unit.dotted(node)
    if library(dotted) in NUMPY:
        if isinstance(unit.flow.parent(node), ast.Attribute) and unit.dotted(unit.flow.parent(node) or node):
            return  # the longer name decides
        _use(unit, node, dotted)
        return
    if (
        library(dotted) == "scipy"
        and not _longer(unit, node)
        and not _is_function(unit, node)
        and node not in unit.guarded
    ):
        raise RefusedError(node, f"{dotted} has no counterpart in ops")
    if isinstance(node.ctx, ast.Load) and not _is_function(unit, node):
        attributes.attribute(unit, node)


def name(unit: Unit, node: ast.Name) -> None:
    """Plan a bare name."""
    dotted = unit.dotted(node)
    if library(dotted) in NUMPY:
        parent = unit.flow.parent(node)
        if isinstance(parent, ast.Attribute) and unit.dotted(parent):
            return
        if dotted in NUMPY:
            raise RefusedError(node, "NumPy itself is handed on as a value")
        _use(unit, node, dotted)
    elif (
        library(dotted) == "scipy"
        and not _longer(unit, node)
        and not _is_function(unit, node)
        and node not in unit.guarded
    ):
        raise RefusedError(node, f"{dotted} has no counterpart in ops")


def _longer(unit: Unit, node: ast.expr) -> bool:
    parent = unit.flow.parent(node)
    return isinstance(parent, ast.Attribute) and bool(unit.dotted(parent))


def _is_function(unit: Unit, node: ast.expr) -> bool:
    parent = unit.flow.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _use(unit: Unit, node: ast.expr, dotted: str) -> None:
    """A NumPy name that is not called."""
    short = dotted.partition(".")[2]
    if _is_function(unit, node):
        return  # the call decides
    unit.settle(*ast.walk(node))
    if short in _FIXED:
        if unit.at_import or unit.is_default(node):
            unit.library("math")
            unit.edit(node, [f"math.{_FIXED[short]}"])
        else:
            unit.edit(node, [unit.ns(_FIXED[short])])
        return
    if short in ("NINF",):
        unit.edit(node, [f"-{unit.ns('inf')}"])
        return
    if short == "newaxis":
        unit.edit(node, ["None"])
        return
    if short == "euler_gamma":
        unit.edit(node, ["0.5772156649015329"])
        return
    if short in know.DTYPES and DTYPES.get(short):
        unit.edit(node, unit.dtype(node))
        return
    recipe = functions().get(short)
    if short in ("asarray", "asanyarray", "asarray_chkfinite"):
        unit.edit(node, [unit.ns(short.replace("any", ""))])
        return
    if short in ("atleast_1d", "atleast_2d"):
        unit.edit(node, [f"lambda _x: {unit.ns(short)}({unit.ns('asarray')}(_x))"])
        return
    if recipe is not None and recipe.function and not recipe.parameters[0].many:
        early = unit.at_import or unit.is_default(node)
        named = f"{unit.names['ops']}.{recipe.function}" if early else unit.ns(recipe.function)
        unit.edit(node, [named])  # np.exp handed to somebody
        return
    raise RefusedError(node, f"numpy.{short} has no counterpart in ops")


def annotation(unit: Unit, node: ast.expr) -> None:
    """Plan an annotation: `Array` for `np.ndarray`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            _quoted_annotation(unit, part, part.value)
            continue
        dotted = unit.dotted(part) if isinstance(part, ast.Attribute | ast.Name) else ""
        if library(dotted) not in NUMPY or part in unit.settled:
            continue
        if isinstance(unit.flow.parent(part), ast.Attribute) and unit.dotted(unit.flow.parent(part) or part):
            continue
        outer = unit.flow.parent(part)
        whole = outer if isinstance(outer, ast.Subscript) and outer.value is part else part
        unit.edit(whole, [_annotated(unit, dotted)])
        unit.settle(*ast.walk(whole))


def _quoted_annotation(unit: Unit, node: ast.Constant, text: str) -> None:
    """`"np.ndarray"`; what is longer keeps its import."""
    head, _, rest = text.partition(".")
    if not all(word.isidentifier() for word in text.split(".")):
        return
    dotted = f"{unit.flow.names.meaning(head, unit.flow.names.scope(node)) or ''}.{rest}".rstrip(".")
    if library(dotted) in NUMPY and unit.text.source(node)[1:-1] == text:
        quote = unit.text.source(node)[0]
        unit.edit(node, [quote, _annotated(unit, dotted), quote])


def _annotated(unit: Unit, dotted: str) -> str:
    said = _ANNOTATIONS.get(dotted.partition(".")[2], "object")
    if said != "Array":
        return said
    unit.imports.add("Array")
    return unit.names["Array"]


def imports_numpy(unit: Unit, node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import inside a function is of NumPy."""
    if isinstance(node, ast.Import):
        return any(library(alias.name) in NUMPY for alias in node.names)
    return library(node.module or "") in NUMPY and node.level == 0


def drop_import(unit: Unit, node: ast.Import | ast.ImportFrom) -> None:
    """Plan such an import: it becomes that of `ops`."""
    parent = unit.flow.parent(node)
    body = getattr(parent, "body", [])
    unit.edit(node, ["pass" if body == [node] else _import_of(unit.names["ops"])])


def _import_of(name: str) -> str:
    return "from emberharmony import ops" + ("" if name == "ops" else f" as {name}")
