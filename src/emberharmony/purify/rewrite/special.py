"""The recipes that have to look: what they become depends on what their arguments are."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from emberharmony.purify.flow.host import on_host
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.dtypes import CODES, DTYPES, KINDS, LETTERS

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

Handler = Callable[["Unit", ast.Call, dict[str, ast.expr]], "Pieces | None"]
_CONVERSIONS = ("asarray", "array", "asanyarray", "ascontiguousarray", "asfarray", "require")
_MATH = {"absolute": "abs", "abs": "abs", "deg2rad": "math.radians", "rad2deg": "math.degrees", "arctan": "math.atan",
         "arcsin": "math.asin", "arccos": "math.acos", "radians": "math.radians", "max": "max", "min": "min",
         "maximum": "max", "minimum": "min", "power": "pow"}  # fmt: skip


def call(unit: Unit, node: ast.Call, name: str) -> bool:
    """Plan a call of `numpy.<name>`; whether there was a recipe here."""
    if on_host(name, node, [unit.value(argument) for argument in node.args]):
        spelled = _MATH.get(name, f"math.{name}")
        if isinstance(node.func, ast.Name) and node.func.id == spelled:  # the file gives the builtin's name to NumPy's
            spelled = f"operator.{spelled}" if spelled in ("abs", "pow") else f"builtins.{spelled}"
        if "." in spelled:
            unit.library(spelled.partition(".")[0])
        unit.edit(node.func, [spelled])
        return True
    if name in ("floor", "ceil", "trunc") and _counts(unit, node):
        unit.library("math")
        unit.edit(node.func, [f"math.{name}"])
        return True
    if name in DTYPES:
        _cast(unit, node, name)
        return True
    if name == "place":
        return _place(unit, node)
    if name.startswith("random."):
        raise RefusedError(
            node,
            "random numbers of NumPy's global or own generators: draw with ops.random and a key that the caller gives",
        )
    entry = _SPECIAL.get(name)
    if entry is None:
        return False
    order, handler = entry
    given = _arguments(unit, node, name, order)
    made = handler(unit, node, given)
    if made is None:
        return False
    unit.edit(node, made)
    return True


def _place(unit: Unit, node: ast.Call) -> bool:
    """`np.place(x, mask, 0.0)`."""
    if (
        len(node.args) != 3
        or not isinstance(node.args[0], ast.Name)
        or not isinstance(unit.flow.parent(node), ast.Expr)
    ):
        return False
    x, mask, value = node.args
    target: Pieces = [x, " = " if unit.value(x).fresh else "[...] = "]
    test = unit.array(mask)
    if unit.value(mask).dtype != "bool":
        test = [unit.ns("astype"), "(", test, ", ", unit.ns("bool"), ")"]
    if unit.value(value).number:
        unit.edit(node, [target, unit.ns("where"), "(", test, ", ", value, ", ", x, ")"])
        return True
    stored: Pieces = [unit.ns("asarray"), "(", value, ", dtype=", x, ".dtype)"]
    unit.edit(node, [target, unit.ns("at"), "(", x, ")[", test, "].set(", stored, ")"])
    return True


def _counts(unit: Unit, node: ast.Call) -> bool:
    """`int(np.floor(n / 2))`: the whole part of a Python number."""
    parent = unit.flow.parent(node)
    whole = isinstance(parent, ast.Call) and unit.dotted(parent.func) == "builtins.int"
    return whole and len(node.args) == 1 and not node.keywords and unit.value(node.args[0]).number


def method(unit: Unit, node: ast.Call, func: ast.Attribute) -> bool:
    """Plan a call of a method of an array; whether there was a recipe here."""
    x, name, ns = func.value, func.attr, unit.ns
    match name:
        case "astype":
            given = _arguments(unit, node, name, "dtype order casting subok copy")
            if "dtype" not in given:
                raise RefusedError(node, "astype without a dtype")
            rest: Pieces = [", copy=", given["copy"]] if "copy" in given else []
            unit.edit(node, [ns("astype"), "(", x, ", ", unit.dtype(given["dtype"]), rest, ")"])
        case "reshape" if len(node.args) > 1 or (node.args and unit.value(node.args[0]).host == "int"):
            unit.edit(
                node, [ns("reshape"), "(", x, ", (", _joined(list(node.args)), ",))" if len(node.args) == 1 else "))"]
            )
        case "transpose" if not node.args:
            unit.edit(node, [ns("transpose"), "(", x, ")"])
        case "transpose" if len(node.args) > 1:
            unit.edit(node, [ns("permute_dims"), "(", x, ", (", _joined(list(node.args)), "))"])
        case "squeeze" if not node.args and not node.keywords:
            unit.edit(node, [ns("squeeze"), "(", x, ")"])
        case "squeeze":
            axis = node.args[0] if node.args else node.keywords[0].value
            unit.edit(node, [ns("squeeze"), "(", x, ", ", axis, ")"])
        case "round":
            unit.edit(node, _rounded(unit, node, [x], node.args[0] if node.args else None))
        case "fill" if isinstance(unit.flow.parent(node), ast.Expr) and isinstance(x, ast.Name) and len(node.args) == 1:
            value = [ns("full_like"), "(", x, ", ", node.args[0], ")"] if unit.value(x).fresh else [node.args[0]]
            unit.edit(node, [x, " = " if unit.value(x).fresh else "[...] = ", value])
        case "sort" if isinstance(unit.flow.parent(node), ast.Expr) and isinstance(x, ast.Name):
            axis: Pieces = [", axis=", node.args[0]] if node.args else []
            axis = [", axis=", node.keywords[0].value] if node.keywords and node.keywords[0].arg == "axis" else axis
            unit.edit(node, [x, " = " if unit.value(x).fresh else "[...] = ", ns("sort"), "(", x, axis, ")"])
        case "dot" if len(node.args) == 1 and unit.value(node.args[0]).number:
            unit.edit(node, unit.tight(node, [unit.hole(x, [x]), " * ", unit.hole(node.args[0], [node.args[0]])]))
        case "sort" | "fill" | "partition":
            raise RefusedError(node, f"{name} works in place: assign a new array instead")
        case "ravel" if node.args or node.keywords:
            unit.edit(node, [ns("ravel"), "(", x, ")"])
        case "take" if node.args and unit.value(node.args[0]).number:
            given = {"a": x, **_arguments(unit, node, name, "indices axis out mode")}
            made = _take(unit, node, given)
            if made is None:
                return False
            unit.edit(node, made)
        case _:
            return False
    return True


def attribute(unit: Unit, node: ast.Attribute) -> None:
    """Plan an attribute of an array."""
    value, ns = unit.value(node.value).some, unit.ns
    if value.host == "dtype" or (isinstance(node.value, ast.Attribute) and node.value.attr == "dtype"):
        _of_dtype(unit, node)
        return
    if isinstance(node.value, ast.Call) and unit.dotted(node.value.func) in ("numpy.finfo", "numpy.iinfo"):
        if node.attr == "tiny":
            unit.edit(node, [node.value, ".smallest_normal"])
        elif node.attr == "resolution":
            unit.library("math")
            unit.edit(node, unit.tight(node, ["10.0 ** -int(-math.log10(", node.value, ".eps))"]))
        elif node.attr not in ("eps", "max", "min", "smallest_normal", "bits", "dtype"):
            raise RefusedError(node, f"finfo has no {node.attr} on other backends")
        return
    if isinstance(node.value, ast.Call) and unit.dotted(node.value.func) == "numpy.broadcast" and node.attr == "shape":
        shapes = [[unit.array(argument), ".shape"] for argument in node.value.args]
        unit.edit(node, [ns("broadcast_shapes"), "(", _joined(shapes), ")"])
        return
    if isinstance(node.value, ast.Attribute) and node.value.attr == "flags" and unit.value(node.value.value).some.array:
        if node.attr.lower() not in ("c_contiguous", "contiguous"):
            raise RefusedError(node, f"arrays of other backends have no flag {node.attr}")
        unit.edit(node, ["True"])  # how an array lies in memory is each library's own affair
        return
    if node.attr == "size" and (value.array or value.numeric):
        unit.library("math")
        unit.edit(node, ["math.prod(", node.value, ".shape)"])
        return
    if not value.array:
        return
    match node.attr:
        case "T":
            if value.ndim != 2:
                unit.edit(node, [ns("transpose"), "(", node.value, ")"])
        case "real":
            unit.edit(node, [ns("real"), "(", node.value, ")"] if value.dtype != "float" else [node.value])
        case "imag":
            if value.dtype != "complex":
                raise RefusedError(node, "the imaginary part of an array that may be real: real arrays have none elsewhere")
            unit.edit(node, [ns("imag"), "(", node.value, ")"])
        case "flat":
            unit.edit(node, [ns("ravel"), "(", node.value, ")"])
        case "flags" if _asks_order(unit, node):
            unit.edit(unit.flow.parent(node) or node, ["True"])
        case "flags" if isinstance(unit.flow.parent(node), ast.Attribute):
            return
        case "base" | "flags" | "strides" | "data" | "ctypes" | "nbytes" | "itemsize":
            raise RefusedError(node, f"arrays of other backends have no {node.attr}")
        case _:
            pass


def _asks_order(unit: Unit, node: ast.Attribute) -> bool:
    """`x.flags["C_CONTIGUOUS"]`."""
    parent = unit.flow.parent(node)
    index = parent.slice if isinstance(parent, ast.Subscript) and parent.value is node else None
    return isinstance(index, ast.Constant) and index.value in ("CONTIGUOUS", "C_CONTIGUOUS", "C")


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


def _np_dtype(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return [unit.ns("dtype"), "(", unit.dtype(given["dtype"]), ")"]


def builtin(unit: Unit, node: ast.Call, name: str) -> None:
    """Plan a call of a builtin."""
    if name == "isinstance" and len(node.args) == 2:
        kinds = node.args[1].elts if isinstance(node.args[1], ast.Tuple) else [node.args[1]]
        if [unit.dotted(kind) for kind in kinds] == ["numpy.ma.MaskedArray"]:
            unit.edit(node, ["hasattr(", node.args[0], ', "mask")'])
        elif any(unit.dotted(kind) == "numpy.ndarray" for kind in kinds):
            others = [kind for kind in kinds if unit.dotted(kind) != "numpy.ndarray"]
            test: Pieces = ["hasattr(", node.args[0], ', "__dlpack__")']
            if others:
                rest: Pieces = ["(", _joined(others), ")"] if len(others) > 1 else [others[0]]
                test = ["(", test, " or isinstance(", node.args[0], ", ", rest, "))"]
            unit.settle(*ast.walk(node.args[1]))
            unit.edit(node, test)


def _of_dtype(unit: Unit, node: ast.Attribute) -> None:
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


def scipy_call(unit: Unit, node: ast.Call, name: str) -> bool:
    """Plan a call of `scipy.<name>` that has to look; whether there was a recipe here."""
    ns = unit.ns
    if name == "linalg.cholesky" and node.args:
        lower = next(
            (word.value for word in node.keywords if word.arg == "lower"), node.args[1] if len(node.args) > 1 else None
        )
        if lower is not None and not isinstance(lower, ast.Constant):
            upper: Pieces = [", upper=not ", unit.hole(lower, [lower])]
        else:
            upper = [] if lower is not None and lower.value is True else [", upper=True"]
        unit.edit(node, [ns("linalg.cholesky"), "(", unit.array(node.args[0], floats=True), upper, ")"])
        return True
    if name == "linalg.solve_triangular" and len(node.args) >= 2:
        words = {word.arg: word.value for word in node.keywords}
        if len(node.args) > 2 or set(words) - {"lower", "check_finite", "overwrite_b"}:
            return False
        lower = words.get("lower")
        if lower is not None and not isinstance(lower, ast.Constant):
            return False
        half = "tril" if lower is not None and lower.value is True else "triu"
        a, b = (unit.array(argument, floats=True) for argument in node.args)
        unit.edit(node, [ns("linalg.solve"), "(", ns(half), "(", a, "), ", b, ")"])
        return True
    return False


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


# -- handlers: the pieces that replace the call, or None where the table knows better --


def _asarray(unit: Unit, node: ast.Call, given: dict[str, ast.expr], copy: bool) -> Pieces | None:
    x = given["object"]
    value = unit.value(x)
    ns = unit.ns
    if unit.at_import and isinstance(x, ast.List | ast.Tuple):
        if "dtype" in given and unit.value(given["dtype"]).dtype not in ("float", ""):
            raise RefusedError(node, "an array of integers made when the file is imported belongs to one backend")
        return [x]  # an array that is made when the file is imported would belong to the backend of that moment
    unit.refuse_objects(x)
    if value.unknown and not value.numeric and value.name != "optional":
        raise RefusedError(
            node,
            f"what `{unit.text.source(x)}` is, is not known: it may be a list of objects; annotate it, or record types with --trace",
        )  # noqa: E501
    ndmin = given.get("ndmin")
    if ndmin is not None and not isinstance(ndmin, ast.Constant) and value.number and "dtype" not in given:
        return [ns("full"), "((1,) * ", unit.hole(ndmin, [ndmin]), ", ", x, ")"]
    if "like" in given or (ndmin is not None and not isinstance(ndmin, ast.Constant)):
        raise RefusedError(node, "like= or ndmin= of np.array")
    dtype: Pieces = []
    if "dtype" in given and not _is_none(given["dtype"]):
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
    if isinstance(ndmin, ast.Constant) and ndmin.value in (1, 2):
        return [ns(f"atleast_{ndmin.value}d"), "(", made, ")"]
    return made


def _leaf_dtype(unit: Unit, x: ast.expr) -> str:
    value = unit.value(x)
    while value.other and value.item is not None:
        value = value.item
    return value.dtype if value.number else ""


def _creation(name: str) -> Handler:
    def make(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
        dtype = (
            ["dtype=", unit.dtype(given["dtype"])]
            if "dtype" in given and not _is_none(given["dtype"])
            else [unit.float64()]
        )
        shape = given["shape"]
        size: Pieces = [shape]
        if unit.value(shape).array:
            size = ["int(", shape, ")"] if unit.value(shape).ndim == 0 else ["tuple(", shape, ")"]
        return [unit.ns(name), "(", size, ", ", dtype, ")"]

    return make


def _full(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    fill = given["fill_value"]
    value = unit.value(fill)
    rest: Pieces = []
    if "dtype" in given and not _is_none(given["dtype"]):
        rest = [", dtype=", unit.dtype(given["dtype"])]
    elif value.number and value.dtype == "float":
        rest = [", ", unit.float64()]
    return [unit.ns("full"), "(", given["shape"], ", ", fill, rest, ")"]


def _full_like(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    rest: Pieces = [", dtype=", unit.dtype(given["dtype"])] if "dtype" in given and not _is_none(given["dtype"]) else []
    return [unit.ns("full_like"), "(", unit.array(given["a"]), ", ", given["fill_value"], rest, ")"]


def _eye(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    sizes = [given[name] for name in ("N", "M") if name in given and not _is_none(given[name])]
    k: Pieces = [", k=", given["k"]] if "k" in given else []
    dtype = (
        ["dtype=", unit.dtype(given["dtype"])]
        if "dtype" in given and not _is_none(given["dtype"])
        else [unit.float64()]
    )
    return [unit.ns("eye"), "(", _joined(sizes), k, ", ", dtype, ")"]


def _arange(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
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
    if "dtype" in given and not _is_none(given["dtype"]):
        rest = [", dtype=", unit.dtype(given["dtype"])]
    elif "float" in dtypes:
        rest = [", ", unit.float64()]
    return [unit.ns("arange"), "(", *parts, rest, ")"]


def _linspace(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if set(given) - {"start", "stop", "num", "endpoint", "dtype"}:
        raise RefusedError(node, "linspace with retstep or axis")
    num: Pieces = [given["num"]] if "num" in given else ["50"]
    if "num" in given and unit.value(given["num"]).array:
        num = ["int(", given["num"], ")"]
    dtype = (
        ["dtype=", unit.dtype(given["dtype"])]
        if "dtype" in given and not _is_none(given["dtype"])
        else [unit.float64()]
    )
    end: Pieces = [", endpoint=", given["endpoint"]] if "endpoint" in given else []
    start, stop = given["start"], given["stop"]
    if unit.value(start).array or unit.value(stop).array:
        line: Pieces = [unit.ns("linspace"), "(0.0, 1.0, ", num, end, ", ", dtype, ")"]
        first, last = unit.hole(start, [start]), unit.hole(stop, [stop])
        return unit.tight(node, [first, " + (", last, " - ", first, ") * ", line])
    return [unit.ns("linspace"), "(", start, ", ", stop, ", ", num, end, ", ", dtype, ")"]


def _logspace(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
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


def _where(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    ns = unit.ns
    condition = unit.array(given["condition"])
    if unit.value(given["condition"]).dtype in ("int", "float"):
        condition = [unit.hole(given["condition"], condition), " != 0"]
    if "x" not in given:
        return [ns("nonzero"), "(", condition, ")"]
    x, y = given["x"], given["y"]
    a, b = unit.value(x), unit.value(y)
    first = [x] if a.number else unit.array(x, floats=b.dtype == "float")
    second = [y] if b.number else unit.array(y, floats=a.dtype == "float")
    if a.number and b.number and "float" in (a.dtype, b.dtype):
        first = [ns("asarray"), "(", x, ", ", unit.float64(), ")"]
    return [ns("where"), "(", condition, ", ", first, ", ", second, ")"]


def _select(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    conditions, choices = given["condlist"], given["choicelist"]
    if (
        not isinstance(conditions, ast.List)
        or not isinstance(choices, ast.List)
        or len(conditions.elts) != len(choices.elts)
    ):
        raise RefusedError(node, "select of lists that are not written out")
    rest: Pieces = [given["default"]] if "default" in given else ["0"]
    values = [unit.value(choice) for choice in [*choices.elts, *([given["default"]] if "default" in given else [])]]
    if all(value.number for value in values) and any(value.dtype == "float" for value in values):
        rest = [unit.ns("asarray"), "(", rest, ", ", unit.float64(), ")"]
    for condition, choice in zip(conditions.elts[::-1], choices.elts[::-1], strict=True):
        piece = [choice] if unit.value(choice).number else unit.array(choice)
        rest = [unit.ns("where"), "(", unit.array(condition), ", ", piece, ", ", rest, ")"]
    return rest


def _unique(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    wanted = {name for name, value in given.items() if name.startswith("return_") and not _is_false(value)}
    if "axis" in given and not _is_none(given["axis"]):
        raise RefusedError(node, "unique along an axis")
    x = unit.array(given["ar"])
    if not wanted:
        return [unit.ns("sort"), "(", unit.ns("unique_values"), "(", x, "))"]  # the standard leaves their order open
    if wanted == {"return_inverse"}:
        return [unit.ns("unique_inverse"), "(", x, ")"]
    if wanted == {"return_counts"}:
        return [unit.ns("unique_counts"), "(", x, ")"]
    unit.library("operator")
    places = [str(i) for i, name in enumerate(("return_index", "return_inverse", "return_counts"), 1) if name in wanted]
    return [f"operator.itemgetter(0, {', '.join(places)})(", unit.ns("unique_all"), "(", x, "))"]


def _squeeze(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if "axis" in given and not _is_none(given["axis"]):
        return [unit.ns("squeeze"), "(", unit.array(given["a"]), ", ", given["axis"], ")"]
    return [unit.ns("squeeze"), "(", unit.array(given["a"]), ")"]


def _round(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if unit.value(given["a"]).dtype == "int" and "decimals" in given:
        raise RefusedError(node, "whole numbers rounded to decimals stay whole in NumPy alone")
    return _rounded(unit, node, unit.array(given["a"]), given.get("decimals"))


def _tile(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    reps = given["reps"]
    whole = ["(", reps, ",)"] if unit.value(reps).number else unit.shape(reps)
    return [unit.ns("tile"), "(", unit.array(given["A"]), ", ", whole, ")"]


def _sort(name: str) -> Handler:
    def make(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
        """Along no axis: of all elements in a row."""
        if "axis" not in given or not _is_none(given["axis"]):
            return None
        return [unit.ns(name), "(", unit.ns("ravel"), "(", unit.array(given["a"]), "))"]

    return make


_BOUNDS = (("maximum", ("a_min", "min")), ("minimum", ("a_max", "max")))


def _clip(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """Bounds that are floats make floats of whole numbers; `ops.clip` keeps the dtype and refuses them."""
    bounds = [(name, given[key]) for name, keys in _BOUNDS for key in keys if key in given]
    values = [unit.value(bound) for _, bound in bounds]
    if unit.value(given["a"]).dtype == "float" or not any(value.number and value.dtype == "float" for value in values):
        return None
    made = unit.array(given["a"], floats=True)
    for (name, bound), value in zip(bounds, values, strict=True):
        if not _is_none(bound):
            made = [unit.ns(name), "(", made, ", ", [bound] if value.number else unit.array(bound), ")"]
    return made


def _pad(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    mode, value = given.get("mode"), given.get("constant_values")
    if mode is not None and not (isinstance(mode, ast.Constant) and mode.value in ("constant", "edge", "reflect")):
        raise RefusedError(node, "numpy.pad in another mode than constant, edge or reflect")
    if value is not None and not (unit.value(value).number or unit.value(value).unknown):
        raise RefusedError(node, "numpy.pad with a value for each side")
    return None


def _rounded(unit: Unit, node: ast.expr, x: Pieces, decimals: ast.expr | None) -> Pieces:
    if decimals is None or (isinstance(decimals, ast.Constant) and decimals.value == 0):
        return [unit.ns("round"), "(", x, ")"]
    scale: Pieces = ["10.0 ** ", unit.hole(decimals, [decimals])]
    return unit.tight(node, [unit.ns("round"), "(", x, " * ", scale, ") / ", scale])


def _finfo(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    what = given["dtype"]
    dtype = [what] if unit.value(what).array else unit.dtype(what)
    return [unit.ns("finfo" if unit.dotted(node.func).endswith("finfo") else "iinfo"), "(", dtype, ")"]


def _issubdtype(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
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


def _result_type(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    parts: list[Pieces] = []
    for argument in node.args:
        value = unit.value(argument)
        named = unit.dotted(argument).startswith(("numpy.", "builtins."))
        parts += [
            ", " if parts else "",
            unit.dtype(argument)
            if named or (isinstance(argument, ast.Constant) and isinstance(argument.value, str))
            else [argument]
            if value.array or not value.unknown
            else [argument],
        ]
    return [unit.ns("result_type"), "(", *parts, ")"]


def _isscalar(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    unit.library("numbers")
    return ["isinstance(", given["element"], ", (numbers.Number, str, bytes))"]


def _size(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    x = unit.array(given["a"])
    if "axis" in given and not _is_none(given["axis"]):
        return [x, ".shape[", given["axis"], "]"]
    unit.library("math")
    return ["math.prod(", x, ".shape)"]


def _shape(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return [unit.array(given["a"]), ".shape"]


def _errstate(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    unit.edit(node.func, [unit.ns("errstate")])
    return [node]


def _copy(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return [unit.ns("asarray"), "(", given["a"], ", copy=True)"]


def _einsum(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if (
        not node.args
        or not isinstance(node.args[0], ast.Constant)
        or any(word.arg != "optimize" for word in node.keywords)
    ):
        raise RefusedError(node, "einsum without subscripts as text, or with options")
    parts = [unit.array(argument) for argument in node.args[1:]]
    return [unit.ns("einsum"), "(", node.args[0], *[piece for part in parts for piece in (", ", part)], ")"]


def _apply(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    rest = [piece for name in given if name not in ("func1d", "axis", "arr") for piece in (f", {name}=", given[name])]
    return [
        unit.ns("apply_along_axis"),
        "(",
        given["func1d"],
        ", ",
        given["axis"],
        ", ",
        unit.array(given["arr"]),
        rest,
        ")",
    ]


def _polyval(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    unit.library("functools")
    x: Pieces = unit.array(given["x"], floats=True)
    if not isinstance(given["x"], ast.Name):
            raise RefusedError(node, "polyval at an expression: give it a name first")
    return [
        "functools.reduce(lambda _y, _c: _y * ",
        x,
        " + _c, ",
        given["p"],
        ", ",
        unit.ns("zeros_like"),
        "(",
        x,
        "))",
    ]


def _real(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return [unit.ns("real"), "(", unit.array(given["val"]), ")"]


def _imag(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return [unit.ns("imag"), "(", unit.array(given["val"]), ")"]


def _angle(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if not isinstance(given["z"], ast.Name) or "deg" in given:
        raise RefusedError(node, "the angle of an expression: give it a name first")
    x = unit.array(given["z"])
    return [unit.ns("atan2"), "(", unit.ns("imag"), "(", x, "), ", unit.ns("real"), "(", x, "))"]


def _take(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    """One index takes its axis away."""
    index = unit.value(given["indices"])
    axis = given.get("axis")
    if not index.number or "mode" in given:
        return None
    if axis is None or _is_none(axis):
        return [unit.ns("ravel"), "(", unit.array(given["a"]), ")[", given["indices"], "]"]
    taken: Pieces = [
        unit.ns("take"),
        "(",
        unit.array(given["a"]),
        ", ",
        unit.ns("asarray"),
        "([",
        given["indices"],
        "]), axis=",
        axis,
        ")",
    ]
    return [unit.ns("squeeze"), "(", taken, ", ", axis, ")"]


def _dot(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    a, b = given["a"], given["b"]
    if not (unit.value(a).number or unit.value(b).number):
        return None
    return unit.tight(node, [unit.hole(a, [a]), " * ", unit.hole(b, [b])])


def _outer(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    sides = [
        unit.array(given[name])
        if unit.value(given[name]).some.ndim == 1
        else [unit.ns("ravel"), "(", unit.array(given[name]), ")"]
        for name in ("a", "b")
    ]
    return [unit.ns("outer"), "(", sides[0], ", ", sides[1], ")"]


def _fill_diagonal(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    x, value = given["a"], given["val"]
    fits = unit.value(value).number or (unit.value(value).array and unit.value(value).ndim == 0)
    if not isinstance(x, ast.Name) or not isinstance(unit.flow.parent(node), ast.Expr) or not fits:
        raise RefusedError(node, "fill_diagonal of other than a name with a number")
    target = " = " if unit.value(x).fresh else "[...] = "
    return [
        x,
        target,
        unit.ns("where"),
        "(",
        unit.ns("eye"),
        f"(*{x.id}.shape, dtype=",
        unit.ns("bool"),
        "), ",
        value,
        ", ",
        x,
        ")",
    ]


def _add_at(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    x = given["a"]
    if not isinstance(x, ast.Name) or not isinstance(unit.flow.parent(node), ast.Expr) or "b" not in given:
        raise RefusedError(node, "add.at of other than a name")
    target = " = " if unit.value(x).fresh else "[...] = "
    value: Pieces = [given["b"]]
    if not unit.value(given["b"]).number:
        value = [unit.ns("asarray"), "(", given["b"], f", dtype={x.id}.dtype)"]
    return [x, target, unit.ns("at"), f"({x.id})[", given["indices"], "].add(", value, ")"]


def _diag_indices(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if "n" in given:
        return ["(", unit.ns("arange"), "(", given["n"], "),) * ", [given["ndim"]] if "ndim" in given else ["2"]]
    return ["(", unit.ns("arange"), "(", unit.array(given["arr"]), ".shape[0]),) * 2"]


def _masked(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    return ["hasattr(", given["x"], ', "mask")']


def _rollaxis(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if "start" in given and not (isinstance(given["start"], ast.Constant) and given["start"].value == 0):
        raise RefusedError(node, "rollaxis to another place than the first")
    return [unit.ns("moveaxis"), "(", unit.array(given["a"]), ", ", given["axis"], ", 0)"]


def _append(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    first, second = unit.array(given["arr"]), unit.array(given["values"])
    if "axis" in given and not _is_none(given["axis"]):
        return [unit.ns("concatenate"), "((", first, ", ", second, "), axis=", given["axis"], ")"]
    flat = [
        piece if unit.value(given[name]).ndim == 1 else [unit.ns("ravel"), "(", piece, ")"]
        for name, piece in (("arr", first), ("values", second))
    ]
    return [unit.ns("concatenate"), "((", flat[0], ", ", flat[1], "))"]


def _spacing(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    if not unit.value(given["x"]).number:
        raise RefusedError(node, "the spacing of arrays: use ops.nextafter")
    unit.library("math")
    return ["math.ulp(", given["x"], ")"]


def _over_axes(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    name = unit.dotted(given["func"]).rpartition(".")[2]
    if name not in ("sum", "mean", "max", "min", "prod", "any", "all"):
        raise RefusedError(node, "apply_over_axes of another function than a reduction")
    unit.edits.pop(given["func"], None)
    axes: Pieces = ["tuple(", given["axes"], ")"]
    return [unit.ns(name), "(", unit.array(given["a"]), ", axis=", axes, ", keepdims=True)"]


def _ix(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    if len(node.args) != 2:
        raise RefusedError(node, "ix_ of other than two indices")
    row, column = (unit.array(argument) for argument in node.args)
    return ["(", unit.ns("reshape"), "(", row, ", (-1, 1)), ", unit.ns("reshape"), "(", column, ", (1, -1)))"]


def _multi_dot(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces:
    factors = given["arrays"]
    if not isinstance(factors, ast.List | ast.Tuple):
        raise RefusedError(node, "multi_dot of a list that is not written out")
    parts = [unit.hole(part, unit.array(part)) for part in factors.elts]
    return ["(", [piece for i, part in enumerate(parts) for piece in ((" @ ",) if i else ()) + (part,)], ")"]


def _cast(unit: Unit, node: ast.Call, name: str) -> None:
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


def _arguments(unit: Unit, node: ast.Call, name: str, order: str) -> dict[str, ast.expr]:
    names = order.split()
    if (
        any(isinstance(argument, ast.Starred) for argument in node.args)
        or (len(node.args) > len(names) and "*" not in names)
    ) and "*" not in names:
        raise RefusedError(node, f"numpy.{name} is called with {len(node.args)} arguments")
    given = dict(zip([n for n in names if n != "*"], node.args, strict=False))
    for word in node.keywords:
        if word.arg is None:
            raise RefusedError(node, f"numpy.{name} is called with **options")
        if word.arg not in names and "*" not in names:
            if _is_none(word.value) or word.arg in ("order", "subok"):
                continue
            raise RefusedError(node, f"numpy.{name} is called with {word.arg}=, which ops has not")
        given[word.arg] = word.value
    first = next((n for n in names if n != "*"), "")
    if first and first not in given and "*" not in names:
        raise RefusedError(node, f"numpy.{name} is called without {first}")
    return given


def _joined(parts: list[ast.expr] | list[Pieces]) -> Pieces:
    return [piece for i, part in enumerate(parts) for piece in ((", ",) if i else ()) + (part,)]


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _array(unit: Unit, node: ast.Call, given: dict[str, ast.expr]) -> Pieces | None:
    return _asarray(unit, node, given, copy=unit.dotted(node.func) == "numpy.array")


_SPECIAL: dict[str, tuple[str, Handler]] = {
    **dict.fromkeys(("array",), ("object dtype copy order subok ndmin like", _array)),
    **{name: ("object dtype order copy like", _array) for name in _CONVERSIONS if name != "array"},
    **{name: ("shape dtype order like", _creation(name)) for name in ("zeros", "ones", "empty")},
    "identity": ("shape dtype like", _creation("eye")),
    "full": ("shape fill_value dtype order", _full),
    "full_like": ("a fill_value dtype order subok shape", _full_like),
    "eye": ("N M k dtype order", _eye),
    "arange": ("start stop step dtype", _arange),
    "linspace": ("start stop num endpoint retstep dtype axis", _linspace),
    "logspace": ("start stop num endpoint base", _logspace),
    "where": ("condition x y", _where),
    "select": ("condlist choicelist default", _select),
    "unique": ("ar return_index return_inverse return_counts axis", _unique),
    "squeeze": ("a axis", _squeeze),
    "round": ("a decimals out", _round),
    "around": ("a decimals out", _round),
    "round_": ("a decimals out", _round),
    "dtype": ("dtype align copy", _np_dtype),
    "finfo": ("dtype", _finfo),
    "iinfo": ("dtype", _finfo),
    "issubdtype": ("arg1 arg2", _issubdtype),
    "result_type": ("*", _result_type),
    "common_type": ("*", _result_type),
    "isscalar": ("element", _isscalar),
    "size": ("a axis", _size),
    "shape": ("a", _shape),
    "errstate": ("*", _errstate),
    "copy": ("a order", _copy),
    "einsum": ("*", _einsum),
    "apply_along_axis": ("func1d axis arr *", _apply),
    "polyval": ("p x", _polyval),
    "real": ("val", _real),
    "imag": ("val", _imag),
    "angle": ("z deg", _angle),
    "ix_": ("*", _ix),
    "outer": ("a b", _outer),
    "dot": ("a b out", _dot),
    "fill_diagonal": ("a val wrap", _fill_diagonal),
    "add.at": ("a indices b", _add_at),
    "diag_indices": ("n ndim", _diag_indices),
    "diag_indices_from": ("arr", _diag_indices),
    "ma.isMaskedArray": ("x", _masked),
    "ma.isMA": ("x", _masked),
    "rollaxis": ("a axis start", _rollaxis),
    "append": ("arr values axis", _append),
    "spacing": ("x", _spacing),
    "apply_over_axes": ("func a axes", _over_axes),
    "tile": ("A reps", _tile),
    "sort": ("a axis kind order stable", _sort("sort")),
    "argsort": ("a axis kind order stable", _sort("argsort")),
    "clip": ("a a_min a_max out min max", _clip),
    "pad": ("array pad_width mode constant_values", _pad),
    "take": ("a indices axis out mode", _take),
    "linalg.multi_dot": ("arrays", _multi_dot),
}
