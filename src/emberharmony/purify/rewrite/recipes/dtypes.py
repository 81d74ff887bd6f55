"""Dtypes: their names, and what is asked of them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.dtype_names import CODES, DTYPES, KINDS, LETTERS
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit


def names_objects(unit: Unit, node: ast.expr) -> bool:
    """`np.dtype("O")`, `object`: the dtype that only NumPy has."""
    dotted = unit.dotted(node)
    if dotted in ("builtins.object", "numpy.object_"):
        return True
    if isinstance(node, ast.Call) and unit.dotted(node.func) == "numpy.dtype" and len(node.args) == 1:
        inner = node.args[0]
        return names_objects(unit, inner) or (isinstance(inner, ast.Constant) and inner.value in ("O", "object"))
    return isinstance(node, ast.Constant) and node.value in ("O", "object")


def is_dtype(unit: Unit, node: ast.expr) -> bool:
    """Whether an expression is a dtype."""
    return unit.value(node).host == "dtype" or (isinstance(node, ast.Attribute) and node.attr == "dtype")


def as_dtype(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.dtype(float)`."""
    if isinstance(given["dtype"], ast.Tuple | ast.List | ast.Dict):
        raise RefusedError(node, "a dtype of records, or of arrays in each place, which other backends have not")
    return [unit.ns("dtype"), "(", unit.dtype(given["dtype"]), ")"]


def of_dtype(unit: Unit, node: ast.Attribute) -> None:
    """`x.dtype.kind == "c"`."""
    parent = unit.flow.parent(node)
    if node.attr not in ("kind", "char", "type", "name", "itemsize", "num", "str"):
        return
    if node.attr == "type":
        home = next((a for a in unit.flow.names.around(node) if isinstance(a, ast.stmt)), None)
        named = isinstance(home, ast.Assign) and isinstance(home.targets[0], ast.Name) and home.targets[0].id
        called = any(
            isinstance(c, ast.Call) and isinstance(c.func, ast.Name) and c.func.id == named for c in ast.walk(unit.node)
        )
        if isinstance(parent, ast.Call) or (named and called):
            raise RefusedError(node, "a dtype cannot be called on other backends: use ops.asarray(x, dtype=...)")
        unit.edit(node, [node.value])
        return
    if node.attr == "itemsize" and _is_floating(unit, node):
        unit.edit(node, unit.tight(node, [unit.ns("finfo"), "(", node.value, ").bits // 8"]))
        return
    if node.attr == "char" and isinstance(parent, ast.Assign):
        unit.edit(node, [unit.ns("dtype_name"), "(", node.value, ")"])
        return
    if node.attr == "char" and isinstance(parent, ast.Compare) and parent.left is node:
        _of_codes(unit, parent, node)
        return
    letters: str | None = None
    if isinstance(parent, ast.Compare) and parent.left is node and len(parent.ops) == 1 and node.attr == "kind":
        right = parent.comparators[0]
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            letters = right.value
        elif isinstance(right, ast.Tuple | ast.List | ast.Set):
            parts = [part.value for part in right.elts if isinstance(part, ast.Constant)]
            letters = "".join(part for part in parts if isinstance(part, str))
    if (
        letters is None
        or not isinstance(parent, ast.Compare)
        or any(letter not in LETTERS for letter in letters if letter not in "OSUmM")
    ):
        raise RefusedError(node, f"a dtype has no {node.attr} on other backends: ask ops.isdtype")
    kinds = [f'"{LETTERS[letter]}"' for letter in letters if letter in LETTERS]
    negated = isinstance(parent.ops[0], ast.NotEq | ast.NotIn)
    if not kinds:
        raise RefusedError(node, "there are no objects or strings in arrays of other backends")
    kind = kinds[0] if len(kinds) == 1 else f"({', '.join(kinds)})"
    asked: Pieces = ["not " if negated else "", unit.ns("isdtype"), "(", node.value, ", ", kind, ")"]
    unit.edit(parent, unit.tight(parent, asked) if negated else asked)


def _is_floating(unit: Unit, node: ast.Attribute) -> bool:
    """Whether the same condition has asked for a floating dtype before."""
    around = next(
        (a for a in unit.flow.names.around(node) if isinstance(a, ast.BoolOp) and isinstance(a.op, ast.And)), None
    )
    return around is not None and any(
        isinstance(part, ast.Call)
        and len(part.args) == 2
        and unit.dotted(part.args[1]) in ("numpy.floating", "numpy.inexact")
        for part in around.values
    )


def spell_dtype(unit: Unit, node: ast.expr) -> None:
    """A name that holds a dtype's code somewhere in the function: `kind = "d"` becomes its name."""
    if not isinstance(node, ast.Name):
        return
    for inner in ast.walk(unit.node):
        if isinstance(inner, ast.Assign) and any(isinstance(t, ast.Name) and t.id == node.id for t in inner.targets):
            value = inner.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value in CODES:
                unit.edit(value, [f'"{CODES[value.value]}"'])


def _of_codes(unit: Unit, parent: ast.Compare, node: ast.Attribute) -> None:
    """`x.dtype.char in "fd"`."""
    right = parent.comparators[0]
    parts = right.elts if isinstance(right, ast.List | ast.Tuple) else [right]
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if (
        len(texts) < len(parts)
        or len(parent.ops) > 1
        or not isinstance(parent.ops[0], ast.In | ast.NotIn | ast.Eq | ast.NotEq)
    ):
        raise RefusedError(node, "a dtype has no char on other backends: ask ops.isdtype")
    letters = list(texts[0]) if right is parts[0] else [text for text in texts if len(text) == 1]
    names = sorted({CODES[letter] for letter in letters if letter in CODES})
    listed = "".join(f'"{name}", ' for name in names)
    sign = "not in" if isinstance(parent.ops[0], ast.NotIn | ast.NotEq) else "in"
    unit.edit(
        parent,
        [
            unit.ns("dtype_name"),
            "(",
            node.value,
            f") {sign} ({listed.rstrip() if len(names) == 1 else listed.rstrip(', ')})",
        ],
    )


def finfo(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.finfo(x.dtype)`."""
    what = given["dtype"]
    dtype = [what] if unit.value(what).array else unit.dtype(what)
    return [unit.ns("finfo" if unit.dotted(node.func).endswith("finfo") else "iinfo"), "(", dtype, ")"]


def issubdtype(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.issubdtype(x.dtype, np.floating)`."""
    first, second = given["arg1"], given["arg2"]
    dotted = unit.dotted(second)
    short = dotted.rpartition(".")[2]
    unit.settle(*ast.walk(second))
    if dotted.startswith("numpy.") and short in KINDS:
        kind: Pieces = [KINDS[short]]
    elif dotted.startswith(("numpy.", "builtins.")) and short in DTYPES:
        kind = [f'"{DTYPES[short]}"']
    else:
        raise RefusedError(node, f"issubdtype of {unit.text.source(second)}")
    asked: Pieces = unit.dtype(first) if unit.value(first).host == "dtype" or unit.dotted(first) else [first]
    return [unit.ns("isdtype"), "(", asked, ", ", kind, ")"]


def result_type(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.result_type(x, y, float)`."""
    parts: list[Pieces] = []
    for argument in node.args:
        named = unit.dotted(argument).startswith(("numpy.", "builtins."))
        parts += [
            ", " if parts else "",
            unit.dtype(argument)
            if named or (isinstance(argument, ast.Constant) and isinstance(argument.value, str))
            else [argument],
        ]
    return [unit.ns("result_type"), "(", *parts, ")"]


def cast(unit: Unit, node: ast.Call, name: str) -> None:
    """`np.float64(x)`."""
    if len(node.args) != 1 or node.keywords:
        raise RefusedError(node, f"numpy.{name} is called with {len(node.args)} arguments")
    x = node.args[0]
    value = unit.value(x)
    dtype = DTYPES[name]
    if value.number and dtype in ("float64", "int64", "bool", "complex128"):
        unit.edit(node.func, [{"float64": "float", "int64": "int", "bool": "bool", "complex128": "complex"}[dtype]])
    elif value.array and value.sure:
        unit.edit(node, [unit.ns("astype"), "(", x, ", ", unit.ns(dtype), ")"])
    else:
        unit.edit(node, [unit.ns("asarray"), "(", x, f", dtype={unit.ns(dtype)})"])
