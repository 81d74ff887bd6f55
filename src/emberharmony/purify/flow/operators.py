"""What an operator makes of two values."""

from __future__ import annotations

import ast

from emberharmony.purify.flow.values import (
    COMPLEX,
    FLOAT,
    INT,
    NOTHING,
    NUMERIC,
    OTHER,
    STR,
    UNKNOWN,
    Value,
    array,
    join,
    sequence,
    wider,
)


def binary(op: ast.operator, left: Value, right: Value) -> Value:
    """What an operator makes of two values."""
    left, right = left.some, right.some
    if left.array or right.array:
        if left.host == "str":
            return STR
        dtype = wider(left.dtype, right.dtype)
        if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and {left.dtype, right.dtype} in (
            {"bool"},
            {"bool", ""},
        ):
            dtype = "bool"
        if isinstance(op, ast.Div) and dtype in ("int", "bool"):
            dtype = "float"
        sure = (left.array and left.sure) or (right.array and right.sure)
        ndim = left.ndim if left.ndim == right.ndim or right.number else right.ndim if left.number else None
        return array(dtype, ndim=ndim if not isinstance(op, ast.MatMult) else None, fresh=True, sure=sure)
    if isinstance(op, ast.MatMult):
        return array(fresh=True, sure=False)
    if left.host == "str" or right.host == "str":
        return STR
    if left.host in ("list", "tuple"):
        if isinstance(op, ast.Add) and right.host == left.host:
            if left.items is not None and right.items is not None:
                return sequence(left.host, [*left.items, *right.items])
            return sequence(left.host, item=join(left.item or NOTHING, right.item or NOTHING))
        if isinstance(op, ast.Mult):
            return sequence(left.host, item=left.item)
    if right.host in ("list", "tuple") and isinstance(op, ast.Mult) and left.number:
        return sequence(right.host, item=right.item)
    if left.number and right.number:
        if isinstance(op, ast.Div):
            return COMPLEX if "complex" in (left.host, right.host) else FLOAT
        kind = wider(left.dtype, right.dtype)
        return {"int": INT, "float": FLOAT, "complex": COMPLEX, "bool": INT}.get(kind, NUMERIC)
    if left.other and right.other and not (left.host in ("", "instance") or right.host in ("", "instance")):
        return OTHER
    if (left.numeric or left.number or left.unknown) and (right.numeric or right.number or right.unknown):
        if isinstance(op, ast.BitAnd | ast.BitOr) and "bool" in (left.dtype, right.dtype):
            return NUMERIC._replace(dtype="bool")
        floats = isinstance(op, ast.Div) or "float" in (left.dtype, right.dtype)
        if left.numeric or left.number or right.numeric or right.number:
            return NUMERIC._replace(dtype="float") if floats else NUMERIC
    return UNKNOWN
