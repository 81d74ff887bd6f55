"""The figures that older counts of such projects gave, taken in the same way so that they can be compared.

They count what is written, not what matters: every `int()` and every `+`, of whatever values.
"""

from __future__ import annotations

import ast

FIGURES = ("numpy", "casts", "conversions", "operators")


def seed_figures(tree: ast.Module) -> dict[str, int]:
    """How often a file names NumPy, calls float() or int(), converts an array by `.numpy()`, `np.array` or
    `np.asarray`, and has a binary operator."""
    numpy: set[str] = set()
    counts: dict[str, int] = dict.fromkeys(FIGURES, 0)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                ours = [each for each in names if each.name.split(".")[0] == "numpy"]
                counts["numpy"] += len(ours)
                numpy.update(each.asname or "numpy" for each in ours)
            case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] == "numpy":
                counts["numpy"] += 1
            case ast.BinOp():
                counts["operators"] += 1
            case _:
                pass
    for node in ast.walk(tree):  # a name may be used above its import
        match node:
            case ast.Call(func=ast.Name(id="float" | "int")):
                counts["casts"] += 1
            case ast.Call(func=ast.Attribute(attr="numpy")):
                counts["conversions"] += 1
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="array" | "asarray")) if name in numpy:
                counts["conversions"] += 1
            case _:
                pass
    return counts
