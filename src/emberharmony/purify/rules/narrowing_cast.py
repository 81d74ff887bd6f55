"""CAST03: an array is cast to a narrower type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from emberharmony.purify.findings import Finding, Rule
from emberharmony.purify.flow.calls import dtype_kind

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow

RULE = Rule(
    code="CAST03",
    name="narrowing-cast",
    severity="warning",
    what="An array is cast to a type that holds less.",
    why="Digits, range, fractions or imaginary parts are lost, on each backend at another place.",
    bad='import numpy as np\n\n\ndef packed(x: np.ndarray):\n    return x.astype("float32")\n',
    mend="keep the dtype of the input (ops.astype(y, x.dtype)), or say why the narrow type is enough",
)
NODES = (ast.Call,)
_NARROW = frozenset(
    {
        "float16", "float32", "half", "single", "int8", "int16", "int32", "intc", "short", "byte", "uint8",
        "uint16", "uint32", "uintc", "ushort", "ubyte", "bool", "bool_", "complex64", "csingle", "f2", "f4",
        "i1", "i2", "i4", "u1", "u2", "u4", "c8", "b", "e", "f", "h", "i", "B", "H", "I", "F", "?",
    }
)  # fmt: skip
_ORDER = ("bool", "int", "float", "complex")
_CONVERSIONS = frozenset({"asarray", "array", "asanyarray", "ascontiguousarray", "asfortranarray", "require"})


def check(node: ast.Call, flow: Flow) -> Iterator[Finding]:
    """`astype`, in each of its forms, of what is an array or not known; a wider or equal type is none."""
    found = _cast(node, flow)
    if found is None:
        return
    subject, dtype = found
    value = flow.value(subject)
    kind, narrow = _target(dtype, flow)
    if value.other or not kind:
        return
    if value.dtype:
        less = _ORDER.index(kind) < _ORDER.index(value.dtype)
        same = kind == value.dtype and narrow and kind != "bool"
        if less or same:
            yield Finding(RULE, node, note=f"{value.dtype} to {_words(dtype)}", sure=value.array and less)
    elif kind != "complex" and (narrow or kind != "float"):
        yield Finding(RULE, node, note=f"to {_words(dtype)}", sure=False)


def _cast(node: ast.Call, flow: Flow) -> tuple[ast.expr, ast.expr] | None:
    """What is cast, and to what."""
    func = node.func
    named = next((word.value for word in node.keywords if word.arg == "dtype"), None)
    if isinstance(func, ast.Attribute) and func.attr == "astype":
        dotted = flow.resolve(func)
        if dotted is not None:  # ops.astype(x, dtype)
            return (node.args[0], node.args[1]) if len(node.args) > 1 else None
        dtype = node.args[0] if node.args else named
        return None if dtype is None else (func.value, dtype)
    short = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    if short in _CONVERSIONS and node.args:
        dotted = flow.resolve(func)
        dtype = node.args[1] if len(node.args) > 1 else named
        if dotted == f"numpy.{short}" and dtype is not None and flow.value(node.args[0]).array:
            return node.args[0], dtype
    return None


def _target(dtype: ast.expr, flow: Flow) -> tuple[str, bool]:
    """The kind of number of a dtype, and whether it is less than the widest of its kind."""
    if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
        name = dtype.value.lstrip("<>=|")
    else:
        name = (flow.resolve(dtype) or "").rpartition(".")[2]
    narrow = name in _NARROW
    return ("bool" if name in ("bool", "bool_", "?", "b1") else dtype_kind(dtype)), narrow


def _words(dtype: ast.expr) -> str:
    return dtype.value if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str) else ast.unparse(dtype)
