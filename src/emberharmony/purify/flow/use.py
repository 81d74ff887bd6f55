"""What the body of a function says about a parameter: `x.shape`, `np.linalg.inv(x)`, `range(n)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow.calls import ELEMENTWISE
from emberharmony.purify.flow.values import INT, NUMERIC, OTHER, STR, UNKNOWN, Value, array
from emberharmony.purify.knowledge import numpy as know

if TYPE_CHECKING:
    from emberharmony.purify.flow.module import Flow
    from emberharmony.purify.names import Function

_INTS = frozenset({"builtins.range", "numpy.eye", "numpy.zeros", "numpy.ones", "numpy.empty", "numpy.identity"})
_METHODS = frozenset(["copy", "sum", "mean", "max", "min", "std", "var", "any", "all", "size", "take", "sort", "round"])
METHOD = Value(UNKNOWN.kind, host="method")
_STRINGS = frozenset(["lower", "upper", "startswith", "endswith", "split", "strip", "format", "encode"])
_DICTS = frozenset(["items", "keys", "values", "get", "update", "setdefault"])
NUMPY_HOMES = ("numpy.", "scipy.special.", "scipy.linalg.", "scipy.fft.")


def used_as(flow: Flow, function: Function, name: str) -> Value:
    """What a parameter must be, judged by its uses before it is bound to something else."""
    numeric = told = False
    for use in _uses(flow, function, name):
        parent = flow.parent(use)
        found = _told(flow, use, parent)
        if found is NUMERIC:
            numeric = True
        elif found is METHOD:
            told = True
        elif found is not None:
            return found
    if told and numeric:  # a number has no methods of arrays, and what has them and is a number is an array
        return array(sure=False)
    return NUMERIC if numeric else UNKNOWN


def _uses(flow: Flow, function: Function, name: str) -> list[ast.Name]:
    """The uses of a parameter in the body, in their order; an inner function's own name of that kind is another."""
    found = flow.names.uses_of(name, flow.names.opened[function])
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _told(flow: Flow, use: ast.Name, parent: ast.AST | None) -> Value | None:
    match parent:
        case ast.Attribute(attr=attr):
            if attr in know.TELLING:
                return array(sure=False)
            if attr in _METHODS:
                return METHOD
            if attr in _STRINGS:
                return STR
            if attr in _DICTS or attr == "append":
                return OTHER
        case ast.Call(func=func, args=args) if use in args:
            dotted = flow.resolve(func)
            if dotted in _INTS:
                return INT if args.index(use) == 0 else None
            if dotted is not None and dotted.startswith(NUMPY_HOMES):
                short = dotted.removeprefix("numpy.")
                if short.startswith("random."):
                    return None
                if short in ELEMENTWISE or dotted.startswith("scipy.special."):
                    return NUMERIC
                places = know.ARRAY_ARGUMENTS.get(short, (0,))
                return array(sure=False) if args.index(use) in places else NUMERIC if args.index(use) == 0 else None
        case ast.Subscript(value=value, slice=index) if value is use:
            if isinstance(index, ast.Tuple) and any(_axis(part) for part in index.elts):
                return array(sure=False)
            if isinstance(index, ast.Constant) and (index.value is None or index.value is Ellipsis):
                return array(sure=False)
        case ast.BinOp(op=op):
            if isinstance(op, ast.MatMult):
                return array(sure=False)
            return NUMERIC if not isinstance(op, ast.Mod) else None
        case ast.Compare(ops=[ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
            return NUMERIC
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str())]):
            return STR
        case ast.UnaryOp(op=ast.USub()):
            return NUMERIC
        case _:
            pass
    return None


def _axis(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) or (isinstance(part, ast.Constant) and part.value in (None, Ellipsis))
