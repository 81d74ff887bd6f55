"""Arrays that are made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Pieces, joined

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.recipes.arguments import Handler
    from emberharmony.purify.rewrite.unit import Unit


def _asarray(unit: Unit, node: ast.Call, given: dict[str, ast.expr], copy: bool) -> Pieces | None:
    x = given["object"]
    value = unit.value(x)
    ns = unit.ns
    unit.wrapped.add(x)
    if unit.at_import and isinstance(x, ast.List | ast.Tuple) and not _in_lambda(unit, node):
        if "dtype" in given and unit.value(given["dtype"]).dtype not in ("float", ""):
            raise RefusedError(node, "an array of integers made when the file is imported belongs to one backend")
        home = unit.flow.parent(node)
        if not (home is unit.node and isinstance(home, ast.Assign) and unit.flow.parent(home) is unit.flow.names.tree):
            raise RefusedError(node, "an array made when the file is imported belongs to one backend")
        unit.listed.update(target.id for target in home.targets if isinstance(target, ast.Name))
        return [x]  # an array that is made when the file is imported would belong to the backend of that moment
    _refuse_unknown(unit, node, x)
    ndmin = given.get("ndmin")
    if ndmin is not None and not isinstance(ndmin, ast.Constant) and value.number and "dtype" not in given:
        return [ns("full"), "((1,) * ", unit.hole(ndmin, [ndmin]), ", ", x, ")"]
    if "like" in given or (ndmin is not None and not isinstance(ndmin, ast.Constant)):
        raise RefusedError(node, "like= or ndmin= of np.array")
    dtype: Pieces = []
    if "dtype" in given and not is_none(given["dtype"]):
        dtype = [", dtype=", unit.dtype(given["dtype"])]
    elif value.number and value.dtype == "float":
        dtype = [", ", unit.float64()]
    elif isinstance(x, ast.List | ast.Tuple):
        shown = unit.display(x)
        flat = [piece for piece in shown if isinstance(piece, str)]
        dtype = [flat[-1].rstrip(")")] if flat and "dtype=" in flat[-1] else []
    elif value.host in ("list", "tuple", "range") and _leaf_dtype(unit, x) == "float":
        dtype = [", ", unit.float64()]
    kept = given.get("copy")
    if copy and (kept is None or (isinstance(kept, ast.Constant) and kept.value is True)):
        # what is made of a list or of another array's result is a copy already
        copies = value.array or value.unknown
        if isinstance(x, ast.Call | ast.BinOp) and value.array and value.fresh:
            copies = False
    else:
        copies = False
    rest: Pieces = [", copy=True"] if copies else []
    made: Pieces = [ns("asarray"), "(", x, dtype, rest, ")"]
    if node.args == [x] and not node.keywords:  # on the lines where it stands
        made = [ns("asarray"), unit.inside(node, opened=True), dtype, rest, unit.closing(node)]
    if isinstance(ndmin, ast.Constant) and ndmin.value in (1, 2):
        return [ns(f"atleast_{ndmin.value}d"), "(", made, ")"]
    return made


def _refuse_unknown(unit: Unit, node: ast.Call, x: ast.expr) -> None:
    """What NumPy would make an array of objects of, perhaps."""
    unit.refuse_objects(x)
    value = unit.value(x)
    if value.name == "optional" and isinstance(x, ast.Name) and not _is_asked(unit, x.id):
        raise RefusedError(node, f"`{x.id}` may be None, of which NumPy makes an array: ask for None before")
    if value.unknown and not value.numeric and value.name != "optional":
        raise RefusedError(
            node,
            f"what `{unit.text.source(x)}` is, is not known: it may be a list of objects; "
            "annotate it, or record types with --trace",
        )


def _is_asked(unit: Unit, name: str) -> bool:
    """Whether the function asks somewhere whether a name is None, or true."""
    return any(
        isinstance(inner, ast.Name) and inner.id == name
        for node in ast.walk(unit.node)
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert | ast.BoolOp)
        for part in ([node.test] if not isinstance(node, ast.BoolOp) else node.values)
        for inner in ast.walk(part)
    )


def _in_lambda(unit: Unit, node: ast.AST) -> bool:
    return any(isinstance(around, ast.Lambda) for around in unit.flow.names.around(node))


def array(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """`np.array(x)` copies what may be held by another."""
    return _asarray(unit, node, given, copy=unit.dotted(node.func) == "numpy.array")


def _leaf_dtype(unit: Unit, x: ast.expr) -> str:
    value = unit.value(x)
    while value.other and value.item is not None:
        value = value.item
    return value.dtype if value.number else ""


def filled(name: str) -> Handler:
    """`np.zeros(shape)` and its like: of float64, unless a dtype is named."""

    def make(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
        dtype = (
            ["dtype=", unit.dtype(given["dtype"])]
            if "dtype" in given and not is_none(given["dtype"])
            else [unit.float64()]
        )
        shape = given["shape"]
        size: Pieces = [shape]
        if unit.value(shape).array:
            size = ["int(", shape, ")"] if unit.value(shape).ndim == 0 else ["tuple(", shape, ")"]
        return [unit.ns(name), "(", size, ", ", dtype, ")"]

    return make


def full(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.full(shape, 2.5)`."""
    fill = given["fill_value"]
    value = unit.value(fill)
    rest: Pieces = []
    if "dtype" in given and not is_none(given["dtype"]):
        rest = [", dtype=", unit.dtype(given["dtype"])]
    elif value.number and value.dtype == "float":
        rest = [", ", unit.float64()]
    return [unit.ns("full"), "(", given["shape"], ", ", fill, rest, ")"]


def full_like(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.full_like(x, 2)`."""
    rest: Pieces = [", dtype=", unit.dtype(given["dtype"])] if "dtype" in given and not is_none(given["dtype"]) else []
    return [unit.ns("full_like"), "(", unit.array(given["a"]), ", ", given["fill_value"], rest, ")"]


def eye(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.eye(3, 4, k=1)`."""
    sizes = [given[name] for name in ("N", "M") if name in given and not is_none(given[name])]
    k: Pieces = [", k=", given["k"]] if "k" in given else []
    dtype = (
        ["dtype=", unit.dtype(given["dtype"])] if "dtype" in given and not is_none(given["dtype"]) else [unit.float64()]
    )
    return [unit.ns("eye"), "(", joined(sizes), k, ", ", dtype, ")"]


def arange(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.arange(0, n, 0.5)`."""
    parts: list[Pieces] = []
    dtypes: list[str] = []
    for name in ("start", "stop", "step"):
        if name not in given:
            continue
        value = unit.value(given[name])
        dtypes.append(value.dtype)
        if value.array and value.dtype != "int":
            raise RefusedError(node, "arange between arrays: on other backends it takes numbers")
        piece: Pieces = ["int(", given[name], ")"] if value.array else [given[name]]
        parts += [", " if parts else "", piece]
    rest: Pieces = []
    if "dtype" in given and not is_none(given["dtype"]):
        rest = [", dtype=", unit.dtype(given["dtype"])]
    elif "float" in dtypes:
        rest = [", ", unit.float64()]
    return [unit.ns("arange"), "(", *parts, rest, ")"]


def linspace(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.linspace(a, b, n)`; between arrays, from 0 to 1 and stretched."""
    if set(given) - {"start", "stop", "num", "endpoint", "dtype"}:
        raise RefusedError(node, "linspace with retstep or axis")
    num: Pieces = [given["num"]] if "num" in given else ["50"]
    if "num" in given and unit.value(given["num"]).array:
        num = ["int(", given["num"], ")"]
    dtype = (
        ["dtype=", unit.dtype(given["dtype"])] if "dtype" in given and not is_none(given["dtype"]) else [unit.float64()]
    )
    end: Pieces = [", endpoint=", given["endpoint"]] if "endpoint" in given else []
    start, stop = given["start"], given["stop"]
    if unit.value(start).array or unit.value(stop).array:
        line: Pieces = [unit.ns("linspace"), "(0.0, 1.0, ", num, end, ", ", dtype, ")"]
        first, last = unit.hole(start, [start]), unit.hole(stop, [stop])
        return unit.tight(node, [first, " + (", last, " - ", first, ") * ", line])
    return [unit.ns("linspace"), "(", start, ", ", stop, ", ", num, end, ", ", dtype, ")"]


def logspace(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.logspace(0, 2, n)`."""
    base: Pieces = unit.hole(given["base"], [given["base"]]) if "base" in given else ["10.0"]
    num: Pieces = [given["num"]] if "num" in given else ["50"]
    end: Pieces = [", endpoint=", given["endpoint"]] if "endpoint" in given else []
    line: Pieces = [
        unit.ns("linspace"),
        "(",
        given["start"],
        ", ",
        given["stop"],
        ", ",
        num,
        end,
        ", ",
        unit.float64(),
        ")",
    ]
    return unit.tight(node, [base, " ** ", line])


def copy(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    """`np.copy(x)`."""
    _refuse_unknown(unit, node, given["a"])
    return [unit.ns("asarray"), "(", given["a"], ", copy=True)"]
