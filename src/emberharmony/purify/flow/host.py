"""Arithmetic of Python numbers that people write with NumPy: in a port it stays on the host, as `math` has it."""

from __future__ import annotations

import ast

from emberharmony.purify.flow.values import FLOAT, INT, Value

_ANY = frozenset(
    ["sin", "cos", "tan", "tanh", "arctan", "deg2rad", "rad2deg", "radians", "floor", "ceil", "exp", "abs", "absolute"]
)
_POSITIVE = frozenset(["sqrt", "log", "log2", "log10", "log1p"])
_WHOLE = frozenset({"prod"})
_PAIRS = frozenset(["maximum", "minimum"])


def on_host(name: str, call: ast.Call, arguments: list[Value]) -> bool:
    """Whether `numpy.<name>(...)` is arithmetic of Python numbers alone, where `math` gives the same and cannot fail.

    A root or a logarithm stays an array unless its argument is written out or a size: where NumPy warns and gives nan,
    `math` raises.
    """
    if call.keywords or not arguments or any(isinstance(a, ast.Starred) for a in call.args):
        return False
    first = arguments[0]
    if len(arguments) == 1:
        if name in _WHOLE:
            return first.host == "tuple" and first.item is not None and first.item.host == "int"
        if not first.number or first.dtype not in ("int", "float"):
            return False
        if name in ("floor", "ceil", "abs", "absolute"):
            return name.startswith("abs")
        return name in _ANY or (name in _POSITIVE and _positive(call.args[0]))
    return len(arguments) == 2 and name in _PAIRS and all(value.number for value in arguments)


def host_result(name: str, arguments: list[Value]) -> Value:
    """What such arithmetic gives."""
    if name in _WHOLE:
        return INT
    if name in ("abs", "absolute"):
        return arguments[0]
    if name in _PAIRS:
        return INT if all(value.dtype == "int" for value in arguments) else FLOAT
    return FLOAT


def _positive(node: ast.expr) -> bool:
    """Whether a number is surely above zero: written out, or a product or sum of such."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and node.value > 0
    if isinstance(node, ast.Attribute):
        return node.attr in ("pi", "e")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.Div | ast.Pow):
        return _positive(node.left) and _positive(node.right)
    return False
