"""NumPy's names of dtypes, and their names everywhere."""

from __future__ import annotations

import ast

DTYPES = {
    "bool": "bool", "bool_": "bool", "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
    "intp": "int64", "int_": "int64", "long": "int64", "longlong": "int64", "intc": "int32", "short": "int16",
    "uint8": "uint8", "ubyte": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64", "uint": "uint64",
    "uintp": "uint64", "float16": "float16", "half": "float16", "float32": "float32", "single": "float32",
    "float64": "float64", "double": "float64", "float_": "float64", "float": "float64", "int": "int64",
    "complex64": "complex64", "csingle": "complex64", "complex128": "complex128", "cdouble": "complex128",
    "complex_": "complex128", "complex": "complex128",
}  # fmt: skip
CODES = {
    "f": "float32", "d": "float64", "f4": "float32", "f8": "float64", "<f8": "float64", "<f4": "float32",
    "i": "int32", "i4": "int32", "i8": "int64", "l": "int64", "q": "int64", "p": "int64", "u1": "uint8", "B": "uint8",
    "b": "int8", "?": "bool", "F": "complex64", "D": "complex128", "c8": "complex64", "c16": "complex128",
    "e": "float16",
}  # fmt: skip
KINDS = {
    "floating": '"real floating"', "integer": '"integral"', "complexfloating": '"complex floating"',
    "inexact": '("real floating", "complex floating")', "number": '"numeric"', "bool_": '"bool"', "bool": '"bool"',
    "signedinteger": '"signed integer"', "unsignedinteger": '"unsigned integer"',
}  # fmt: skip
LETTERS = {
    "f": "real floating", "c": "complex floating", "i": "signed integer", "u": "unsigned integer", "b": "bool",
}  # fmt: skip


def dtype_name(node: ast.expr, dotted: str) -> str | None:
    """The name of the dtype that an expression is; None for one that is only known when it runs, "" for one that other
    backends lack."""
    home, _, short = dotted.partition(".")
    if home == "numpy":
        return DTYPES.get(short, "") if short != "dtype" else None
    if home == "builtins":
        return {"float": "float64", "int": "int64", "bool": "bool", "complex": "complex128"}.get(short, "")
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return DTYPES.get(node.value) or CODES.get(node.value, "")
    return None
