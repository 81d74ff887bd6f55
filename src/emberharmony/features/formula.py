"""Expressions as text, `"col('distance') / col('seconds')"`: written as Python would, and never run as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.transforms.expressions import Expression, col, where

METHODS = (
    "cast", "clip", "contains", "exp", "fill", "floor", "is_missing", "isin", "length", "log", "lower", "seconds",
    "sqrt",
)  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {"col": col, "where": where, "abs": abs}
_OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&",
    ast.BitOr: "|", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def formula(text: str) -> Expression:
    """The expression that a text describes, read from its syntax tree: only what `ef.col` offers is understood.

    >>> formula("where(col('x') > 0, col('x').log(), -1.5)")
    ((x > 0) (x log) -1.5 where)
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise ArgumentError(
            f"the expression {text!r} is not well formed: {error}", mend="col('a') / col('b')"
        ) from None
    made = _built(tree, text)
    if not isinstance(made, Expression):
        raise ArgumentError(f"the expression {text!r} names no column", mend="col('a') * 2")
    return made


def _built(node: ast.expr, text: str) -> Any:
    def of(part: ast.expr) -> Any:
        return _built(part, text)

    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [of(item) for item in items]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -of(operand)
        case ast.UnaryOp(op=ast.Invert(), operand=operand) if isinstance(made := of(operand), Expression):
            return ~made
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _joined(of(left), _OPERATORS[type(op)], of(right), node, text)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _joined(of(left), _OPERATORS[type(op)], of(right), node, text)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _called(FUNCTIONS[name], name, [of(arg) for arg in args], node, text)
        case ast.Call(func=ast.Attribute(value=owner, attr=name), args=args, keywords=[]) if name in METHODS:
            if isinstance(made := of(owner), Expression):
                return _called(getattr(made, name), name, [of(arg) for arg in args], node, text)
        case _:
            pass
    raise ArgumentError(
        f"the expression {text!r} holds {ast.unparse(node)!r}, which has no meaning there",
        expected=f"{', '.join(FUNCTIONS)}, + - * / % ** < <= > >= == != & | ~, and .{', .'.join(METHODS)}",
        mend="a comparison has two sides: (0 < col('x')) & (col('x') < 1)" if isinstance(node, ast.Compare) else "",
    )


def _joined(left: Any, sign: str, right: Any, node: ast.expr, text: str) -> Expression:
    """One side is an expression; the other is lifted to one."""
    if isinstance(left, list) or isinstance(right, list) or not isinstance(left, Expression | bool | int | float | str):
        raise ArgumentError(f"the expression {text!r} holds {ast.unparse(node)!r}", expected="columns and constants")
    if not isinstance(left, Expression) and not isinstance(right, Expression):
        raise ArgumentError(
            f"the expression {text!r} holds {ast.unparse(node)!r}, where no column is",
            expected="a column on one side at least",
            mend="write the constant's value",
        )
    parts = [part if isinstance(part, Expression) else Expression("value", (), part) for part in (left, right)]
    return Expression(sign, parts)


def _called(function: Callable[..., Any], name: str, args: list[Any], node: ast.expr, text: str) -> Any:
    kinds = {"col": str, "where": Expression, "abs": Expression}
    if name in kinds and (not args or not isinstance(args[0], kinds[name])):
        raise ArgumentError(
            f"the expression {text!r} holds {ast.unparse(node)!r}",
            expected="col('name'), where(condition, a, b), abs(expression)",
        )
    try:
        return function(*args)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"the expression {text!r} holds {ast.unparse(node)!r}: {error}") from None
