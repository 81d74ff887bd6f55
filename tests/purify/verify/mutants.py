"""Ports with one thing changed in each: an operator, a comparison, a constant, a keyword, a function."""

import ast
import copy
from collections.abc import Iterator

OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
FUNCTIONS = {
    "mean": "sum", "sum": "mean", "min": "max", "max": "min", "sin": "cos", "cos": "sin", "std": "var", "var": "std",
    "minimum": "maximum", "maximum": "minimum", "abs": "negative", "sqrt": "abs", "exp": "expm1", "tanh": "sin",
    "zeros_like": "ones_like",
}  # fmt: skip
DROPPED = {"axis", "correction", "keepdims", "dtype"}


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """What was changed, and the text with that change."""
    tree = ast.parse(text)
    for at, node in enumerate(ast.walk(tree)):
        for what, change in changes(node):
            other = copy.deepcopy(tree)
            change(list(ast.walk(other))[at])
            yield f"line {getattr(node, 'lineno', 0)}: {what}", ast.unparse(other)


def changes(node: ast.AST):
    """The changes of one node: words, and what does it to the node of a copy."""
    match node:
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            other = OPERATORS[type(op)]
            yield f"{type(op).__name__} to {other.__name__}", lambda n: setattr(n, "op", other())
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            other = COMPARISONS[type(op)]
            yield f"{type(op).__name__} to {other.__name__}", lambda n: setattr(n, "ops", [other()])
        case ast.UnaryOp(op=ast.USub()):
            yield "no minus", lambda n: setattr(n, "op", ast.UAdd())
        case ast.Constant(value=value) if type(value) in (int, float):
            yield f"{value} plus one", lambda n: setattr(n, "value", value + 1)
        case ast.Attribute(attr=name) if name in FUNCTIONS:
            yield f"{name} to {FUNCTIONS[name]}", lambda n: setattr(n, "attr", FUNCTIONS[name])
        case ast.Call():
            for i, keyword in enumerate(node.keywords):
                if keyword.arg in DROPPED:
                    yield f"without {keyword.arg}", lambda n, i=i: n.keywords.pop(i)
            if len(node.args) == 2:
                yield "arguments the other way round", lambda n: n.args.reverse()
        case ast.IfExp():
            yield "the other branch", lambda n: setattr(n, "body", n.orelse)
        case _:
            return
