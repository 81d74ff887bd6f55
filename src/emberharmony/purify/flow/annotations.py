"""What annotations and literals say of a value: `np.ndarray`, `float | None`, `list[int]`, `(1, 2)`."""

from __future__ import annotations

import ast

from emberharmony.purify.flow.values import (
    BOOL,
    COMPLEX,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    OTHER,
    STR,
    UNKNOWN,
    Value,
    array,
    joined,
    optional,
    sequence,
)

_SCALARS = {"int": INT, "float": FLOAT, "bool": BOOL, "str": STR, "None": NONE, "complex": COMPLEX, "bytes": OTHER}
_ARRAYS = frozenset({"ndarray", "NDArray", "ArrayLike", "Array", "Tensor", "array", "FloatArray", "IntArray"})
_LITERALS: dict[type[object], Value] = {type(None): NONE, bool: BOOL, int: INT, float: FLOAT, str: STR}


def annotation(node: ast.expr | None) -> Value:
    """What an annotation says: `np.ndarray`, `float | None`, `list[int]`."""
    if node is None:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        if node.value is None:
            return NONE
        if isinstance(node.value, str):
            try:
                return annotation(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                return UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _either([node.left, node.right])
    if isinstance(node, ast.Subscript):
        short = last_name(node.value)
        if short in ("Optional", "Union"):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return _either(parts)
        if short in ("list", "List", "Sequence", "Iterable"):
            return sequence("list", item=known(annotation(node.slice)))
        if short in ("tuple", "Tuple"):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if isinstance(parts[-1], ast.Constant) and parts[-1].value is Ellipsis:
                return sequence("tuple", item=known(annotation(parts[0])))
            return sequence("tuple", [annotation(part) for part in parts])
        if short in ("dict", "Dict", "Mapping"):
            return Value(OTHER.kind, host="dict")
        return annotation(node.value)
    short = last_name(node)
    if short in _SCALARS:
        return _SCALARS[short]
    if short in _ARRAYS:
        return array(sure=short in ("ndarray", "NDArray", "Tensor"))
    if short in ("list", "tuple", "dict", "List", "Tuple", "Dict"):
        return Value(OTHER.kind, host=short.lower())
    if short in ("dtype", "DTypeLike"):
        return DTYPE
    return OTHER if short in ("Callable", "Path", "object", "type", "slice") and short != "object" else UNKNOWN


def literal(node: ast.expr | None) -> Value:
    """What is written out: a number, a text, None, or a tuple or list of such."""
    match node:
        case ast.Constant(value=value):
            return _LITERALS.get(type(value), UNKNOWN)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return sequence("tuple" if isinstance(node, ast.Tuple) else "list", [literal(part) for part in parts])
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return literal(operand)
        case _:
            return UNKNOWN


def last_name(node: ast.expr) -> str:
    """The last word of a dotted name, called or not."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def known(value: Value) -> Value | None:
    """The value, or None where it is not known."""
    return None if value.unknown else value


def _either(parts: list[ast.expr]) -> Value:
    values = [annotation(part) for part in parts]
    real = [value for value in values if value.host != "None"]
    if len(real) < len(values):
        return optional(joined(real)) if real else NONE
    return joined(values)
