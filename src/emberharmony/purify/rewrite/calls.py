"""Calls: of NumPy, of SciPy, of builtins, and of methods of arrays."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import NUMPY
from emberharmony.purify.rewrite import applied, outs
from emberharmony.purify.rewrite.recipes import host, methods, special
from emberharmony.purify.rewrite.recipes.table import functions, scipy
from emberharmony.purify.rewrite.recipes.table import methods as table_of_methods
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

_VARIADIC = ("einsum", "broadcast_arrays", "atleast_1d", "atleast_2d", "meshgrid", "broadcast_shapes", "ix_")


def call(unit: Unit, node: ast.Call) -> None:
    """Plan a call."""
    dotted = unit.dotted(node.func)
    home, _, short = dotted.partition(".")
    if home in NUMPY and short:
        unit.settle(*ast.walk(node.func))
        if outs.writes(unit, node):
            return  # the statement around decides
        if any(isinstance(argument, ast.Starred) for argument in node.args) and short not in _VARIADIC:
            raise RefusedError(node, f"numpy.{short} is called with *arguments")
        made = special.call(unit, node, short)
        if not made:
            recipe = functions().get(short)
            if recipe is None:
                raise RefusedError(node, f"numpy.{short} has no counterpart in ops")
            applied.apply(unit, node, recipe, None)
    elif home == "scipy":
        unit.settle(*ast.walk(node.func))
        if special.scipy_call(unit, node, short):
            return
        recipe = scipy().get(short)
        if recipe is None:
            if unit.flow.defined(dotted) is not None or node in unit.guarded:
                return
            raise RefusedError(node, f"scipy.{short} has no counterpart in ops")
        applied.apply(unit, node, recipe, None)
    elif isinstance(node.func, ast.Attribute) and not dotted:
        _method(unit, node, node.func)
    elif home == "builtins":
        host.builtin(unit, node, short)
    elif unit.threaded and unit.sources and isinstance(node.func, ast.Name):
        found = unit.flow.names.bindings(node.func.id, unit.flow.names.scope(node))
        if found is not None and len(found[1]) == 1 and found[1][0].node in unit.threaded:
            unit.named = True
            given = f"{unit.namespace}={unit.namespace})"
            rest: Pieces = [unit.inside(node, opened=True), ", ", given] if node.args or node.keywords else ["(", given]
            unit.edit(node, [node.func, *rest])


def _method(unit: Unit, node: ast.Call, func: ast.Attribute) -> None:
    receiver = unit.value(func.value).some
    name = func.attr
    if name == "item" and len(node.args) == 1 and not receiver.other:
        unit.edit(node, [unit.ns("ravel"), "(", func.value, ")[", node.args[0], "].item()"])
        return
    if name not in know.ARRAY_METHODS and name not in ("copy", "mean", "sum", "max", "min", "any", "all", "sort"):
        return
    if receiver.other:
        return
    if receiver.unknown and node in unit.guarded:
        return
    if receiver.unknown and not receiver.numeric:
        if name in (
            "sort",
            "copy",
            "put",
            "take",
            "view",
            "fill",
            "resize",
            "choose",
            "partition",
            "item",
            "tolist",
        ) and name in ("item", "tolist", "take", "sort"):
            return
        raise RefusedError(
            node,
            f"whether `{unit.text.source(func.value)}` is an array is not known: "
            "annotate it, or record types with --trace",
        )
    if methods.method(unit, node, func):
        return
    recipe = table_of_methods().get(name)
    if recipe is None:
        if name in ("item", "tolist"):
            return
        raise RefusedError(node, f"the method {name} of an array has no counterpart in ops")
    applied.apply(unit, node, recipe, func.value)
