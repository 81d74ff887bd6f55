"""Attributes of arrays."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.recipes import dtypes
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import joined

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.unit import Unit


def attribute(unit: Unit, node: ast.Attribute) -> None:
    """Plan an attribute of an array."""
    value, ns = unit.value(node.value).some, unit.ns
    if value.host == "dtype" or (isinstance(node.value, ast.Attribute) and node.value.attr == "dtype"):
        dtypes.of_dtype(unit, node)
        return
    if isinstance(node.value, ast.Call) and unit.dotted(node.value.func) in ("numpy.finfo", "numpy.iinfo"):
        if node.attr == "tiny":
            unit.edit(node, [node.value, ".smallest_normal"])
        elif node.attr == "resolution":
            unit.library("math")
            unit.edit(node, unit.tight(node, ["10.0 ** -int(-math.log10(", node.value, ".eps))"]))
        elif node.attr not in ("eps", "max", "min", "smallest_normal", "bits", "dtype"):
            raise RefusedError(node, f"finfo has no {node.attr} on other backends")
        return
    if isinstance(node.value, ast.Call) and unit.dotted(node.value.func) == "numpy.broadcast" and node.attr == "shape":
        shapes = [[unit.array(argument), ".shape"] for argument in node.value.args]
        unit.edit(node, [ns("broadcast_shapes"), "(", joined(shapes), ")"])
        return
    if isinstance(node.value, ast.Attribute) and node.value.attr == "flags" and unit.value(node.value.value).some.array:
        if node.attr.lower() not in ("c_contiguous", "contiguous"):
            raise RefusedError(node, f"arrays of other backends have no flag {node.attr}")
        unit.edit(node, ["True"])  # how an array lies in memory is each library's own affair
        return
    if node.attr == "size" and (value.array or value.numeric):
        unit.library("math")
        unit.edit(node, ["math.prod(", node.value, ".shape)"])
        return
    if not value.array:
        return
    match node.attr:
        case "T":
            if value.ndim != 2:
                unit.edit(node, [ns("transpose"), "(", node.value, ")"])
        case "real":
            unit.edit(node, [ns("real"), "(", node.value, ")"] if value.dtype != "float" else [node.value])
        case "imag":
            if value.dtype != "complex":
                raise RefusedError(
                    node, "the imaginary part of an array that may be real: real arrays have none elsewhere"
                )
            unit.edit(node, [ns("imag"), "(", node.value, ")"])
        case "flat":
            unit.edit(node, [ns("ravel"), "(", node.value, ")"])
        case "flags" if _asks_order(unit, node):
            unit.edit(unit.flow.parent(node) or node, ["True"])
        case "flags" if isinstance(unit.flow.parent(node), ast.Attribute):
            return
        case "base" | "flags" | "strides" | "data" | "ctypes" | "nbytes" | "itemsize":
            raise RefusedError(node, f"arrays of other backends have no {node.attr}")
        case _:
            pass


def _asks_order(unit: Unit, node: ast.Attribute) -> bool:
    """`x.flags["C_CONTIGUOUS"]`."""
    parent = unit.flow.parent(node)
    index = parent.slice if isinstance(parent, ast.Subscript) and parent.value is node else None
    return isinstance(index, ast.Constant) and index.value in ("CONTIGUOUS", "C_CONTIGUOUS", "C")
