"""What Python itself answers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.splice import Pieces, joined

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.unit import Unit


def counts(unit: Unit, node: ast.Call) -> bool:
    """`int(np.floor(n / 2))`: the whole part of a Python number."""
    parent = unit.flow.parent(node)
    whole = isinstance(parent, ast.Call) and unit.dotted(parent.func) == "builtins.int"
    return whole and len(node.args) == 1 and not node.keywords and unit.value(node.args[0]).number


def isscalar(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.isscalar(x)`."""
    unit.library("numbers")
    return ["isinstance(", given["element"], ", (numbers.Number, str, bytes))"]


def errstate(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """`with np.errstate(divide="ignore")`."""
    unit.edit(node.func, [unit.ns("errstate")])
    return [node]


def is_masked(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.ma.isMaskedArray(x)`."""
    return ["hasattr(", given["x"], ', "mask")']


def builtin(unit: Unit, node: ast.Call, name: str) -> None:
    """Plan a call of a builtin."""
    if name == "isinstance" and len(node.args) == 2:
        kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        if [unit.dotted(kind) for kind in kinds] == ["numpy.ma.MaskedArray"]:
            unit.edit(node, ["hasattr(", node.args[0], ', "mask")'])
        elif any(unit.dotted(kind) == "numpy.ndarray" for kind in kinds):
            others = [kind for kind in kinds if unit.dotted(kind) != "numpy.ndarray"]
            test: Pieces = ["hasattr(", node.args[0], ', "__dlpack__")']
            if others:
                rest: Pieces = ["(", joined(others), ")"] if len(others) > 1 else [others[0]]
                test = ["(", test, " or isinstance(", node.args[0], ", ", rest, "))"]
            unit.settle(*ast.walk(node.args[1]))
            unit.edit(node, test)
