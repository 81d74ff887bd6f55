"""What a call gives back, where the function is known by name.

# Longer than 400 lines: one case after the other, the builtins', NumPy's and SciPy's; half of them is half an answer.
"""

from __future__ import annotations

import ast

from emberharmony.purify.flow.values import (
    ARRAY,
    BOOL,
    COMPLEX,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    NUMERIC,
    OTHER,
    SLICE,
    STR,
    UNKNOWN,
    Value,
    array,
    join,
    loosened,
    sequence,
    wider,
)
from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import library

SHAPE = sequence("tuple", item=INT)
_EXCEPTIONS = ("ValueError", "TypeError", "RuntimeError", "KeyError", "IndexError", "NotImplementedError")
_PLAIN = (
    dict.fromkeys(("len", "int", "ord", "hash", "id"), INT)
    | dict.fromkeys(("str", "repr", "format", "chr", "input"), STR)
    | dict.fromkeys(("bool", "isinstance", "issubclass", "callable", "hasattr", "any", "all"), BOOL)
    | dict.fromkeys(("type", "vars", "dir", "open", "property", "bytes", "bytearray", *_EXCEPTIONS), OTHER)
    | {"float": FLOAT, "complex": COMPLEX, "round": NUMERIC, "print": NONE, "slice": SLICE}
    | {
        "dict": sequence("dict"),
        "set": sequence("set"),
        "frozenset": sequence("set"),
        "range": sequence("range", item=INT),
    }
)
_PLAIN_LIBRARIES = frozenset(
    {"os", "re", "time", "json", "string", "random", "textwrap", "datetime", "pathlib", "logging", "warnings"}
)
_SPECIAL_TUPLES = {"sici": 2, "shichi": 2, "fresnel": 2, "ellipj": 4, "airy": 4, "airye": 4}
ELEMENTWISE = (
    know.INEXACT
    | know.BOOLS
    | frozenset(
        [
            "abs",
            "absolute",
            "sign",
            "square",
            "floor",
            "ceil",
            "rint",
            "add",
            "subtract",
            "multiply",
            "power",
            "maximum",
            "minimum",
        ]
    )
) - frozenset(
    [
        "any",
        "all",
        "mean",
        "average",
        "std",
        "var",
        "median",
        "nanmean",
        "nanstd",
        "nanvar",
        "nanmedian",
        "percentile",
        "quantile",
        "isin",
        "in1d",
    ]
)
ARRAY_CHECKS = ("check_array", "column_or_1d", "_asarray_validated", "as_float_array", "_num_samples_array")


def builtin(name: str, arguments: list[Value]) -> Value:
    """The result of a call of a builtin."""
    first = arguments[0] if arguments else UNKNOWN
    item = element(first)
    match name:
        case "abs":
            return loosened(first)
        case "sum":
            return item if item.array else (NUMERIC if item.unknown else item)
        case "max" | "min":
            if len(arguments) > 1:
                found = arguments[0]
                for value in arguments[1:]:
                    found = join(found, value)
                return found
            return item
        case "list" | "sorted" | "tuple" | "reversed" | "iter":
            host = {"sorted": "list", "reversed": "iterator", "iter": "iterator"}.get(name, name)
            return sequence(host, item=item) if first.items is None or name != "tuple" else first
        case "enumerate":
            return sequence("iterator", item=sequence("tuple", [INT, item]))
        case "zip":
            return sequence("iterator", item=sequence("tuple", [element(value) for value in arguments]))
        case "next":
            return item
        case "pow":
            return first if first.array else NUMERIC
        case "divmod":
            return sequence("tuple", [first, first])
        case _:
            return _PLAIN.get(name, UNKNOWN)


def element(value: Value) -> Value:
    """What iterating over a value, or indexing it with one integer, gives."""
    if value.array:
        return array(value.dtype, ndim=None if value.ndim is None else max(value.ndim - 1, 0), sure=value.sure)
    if value.item is not None:
        return value.item
    if value.host == "str":
        return STR
    return OTHER if value.host == "range" else UNKNOWN


def library_call(name: str, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
    """The result of a call of something outside of the project, by its dotted name."""
    home = library(name)
    short = name.partition(".")[2]
    if home in ("numpy", "cupy", "autograd"):
        short = short.removeprefix("numpy.")
        return numpy_call(short, call, arguments, named)
    if name.startswith("emberharmony.ops.") and short.removeprefix("ops.") in know.PORTED:
        return _ported(short.removeprefix("ops."), call, arguments, named)
    if home == "math" or home == "cmath":
        if short in ("floor", "ceil", "trunc", "factorial", "comb", "gcd", "isqrt", "perm"):
            return INT
        return BOOL if short.startswith("is") else FLOAT
    if home == "scipy":
        return _scipy(short, arguments)
    if short.rpartition(".")[2] in ARRAY_CHECKS and home == "sklearn":
        return ARRAY
    if home in ("torch", "mlx", "jax"):
        return UNKNOWN if short.split(".")[0] in ("nn", "optim", "utils") else ARRAY
    if home in ("operator",):
        return NUMERIC if short != "index" else INT
    if home in _PLAIN_LIBRARIES:
        return OTHER
    if name == "functools.partial" and arguments:
        return loosened(arguments[0])
    if home == "copy":
        return loosened(arguments[0]) if arguments else UNKNOWN
    return UNKNOWN


def _ported(name: str, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
    """The result of `ops.<name>(...)`, in what is ported already: as of NumPy's function, under its own name there."""
    if name == "astype":
        to = call.args[1] if len(call.args) > 1 else None
        return array(dtype_kind(to), ndim=arguments[0].ndim if arguments else None, fresh=True)
    return numpy_call({"concat": "concatenate", "pow": "power"}.get(name, name), call, arguments, named)


def numpy_call(name: str, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
    """The result of `numpy.<name>(...)`."""
    first = arguments[0] if arguments else named.get("a", named.get("x", UNKNOWN))
    if name in know.PYTHON_INT:
        return INT
    if name in know.PYTHON_BOOL:
        return BOOL
    if name in know.PYTHON_STR:
        return STR
    if name in know.SHAPES:
        return SHAPE
    if name in know.DTYPE_VALUES:
        return DTYPE
    if name in know.NONES or name == "random.seed":
        return NONE
    if name in know.DTYPES:
        return array(_number(name)) if name not in ("object_", "str_", "bytes_", "void") else UNKNOWN
    if name in ("where",) and len(arguments) == 1:
        return sequence("tuple", item=array("int"))
    if name == "unique" and any(key.startswith("return_") for key in named):
        return sequence("tuple", [array(first.dtype), *[array("int") for key in named if key.startswith("return_")]])
    if name in ("average", "cov") and "returned" in named:
        return sequence("tuple", [ARRAY, ARRAY])
    if name == "linalg.svd":
        alone = named.get("compute_uv")
        return sequence("tuple", [ARRAY, ARRAY, ARRAY]) if alone is None else UNKNOWN
    if name in ("linalg.qr", "polyfit") and ("mode" in named or "cov" in named or "full" in named):
        return ARRAY if name == "linalg.qr" and _word(call, "mode") == "r" else UNKNOWN
    if name == "gradient":
        return array("float") if (len(arguments) > 1 and first.ndim == 1) or first.ndim == 1 else UNKNOWN
    if name in ("atleast_1d", "atleast_2d", "atleast_3d") and len(arguments) > 1:
        return sequence("tuple", [array(value.dtype) for value in arguments])
    if name == "broadcast_arrays":
        return sequence("tuple", [array(value.dtype) for value in arguments])
    if name == "meshgrid":
        return sequence("list", [array(value.dtype) for value in arguments])
    if name in know.TUPLES:
        return sequence("tuple", [ARRAY] * know.TUPLES[name] or None, item=ARRAY)
    if name in know.LISTS:
        return sequence("list", item=array(first.dtype))
    if name in ("random.RandomState", "random.default_rng", "random.Generator", "random.get_state"):
        return Value(OTHER.kind, host="generator")
    if name.startswith("random."):
        return drawn(name.removeprefix("random."), call, arguments)
    if name.startswith(("fft.", "linalg.")):
        return array(fresh=True)
    if name.startswith(("testing.", "errstate", "polynomial", "ma.", "char.", "lib.", "rec.")):
        return UNKNOWN if not name.startswith("testing.") else NONE
    if name in ("ndindex", "ndenumerate"):
        inner = SHAPE if name == "ndindex" else sequence("tuple", [SHAPE, ARRAY])
        return sequence("iterator", item=inner)
    if name in ("finfo", "iinfo"):
        return Value(OTHER.kind, host="finfo")
    if name in know.OBJECTS:
        return OTHER
    if name in ("load", "frompyfunc", "vectorize", "piecewise") or not name:
        return UNKNOWN
    if "out" in named and named["out"].array:
        return named["out"]
    return array(
        _dtype(name, call, arguments, named), ndim=_ndim(name, call, arguments), fresh=_fresh(name, call, first)
    )


def drawn(name: str, call: ast.Call, arguments: list[Value]) -> Value:
    """Random numbers: one number of Python where no size is given and the parameters are numbers."""
    if name in ("seed", "shuffle", "set_state"):
        return NONE
    sizes = know.RANDOM.get(name)
    if sizes is None:
        return array(fresh=True)
    kind, places = sizes
    sized = any(word.arg in ("size", "p", None) for word in call.keywords) or len(arguments) > places
    whole = INT if kind == "int" else FLOAT
    if sized or any(isinstance(argument, ast.Starred) for argument in call.args):
        none = any(
            word.arg == "size" and isinstance(word.value, ast.Constant) and word.value.value is None
            for word in call.keywords
        )
        return NUMERIC if none else array(kind, fresh=True)
    if all(value.number for value in arguments):
        return whole
    return (
        array(kind, fresh=True)
        if any(value.array and value.sure and value.ndim != 0 for value in arguments)
        else NUMERIC
    )


def _word(call: ast.Call, name: str) -> object:
    """The value of a keyword that is written out."""
    found = next((word.value for word in call.keywords if word.arg == name), None)
    return found.value if isinstance(found, ast.Constant) else None


def method(receiver: Value, name: str, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
    """The result of a method of an array."""
    if name in know.HOST_METHODS:
        host = know.HOST_METHODS[name]
        return Value(OTHER.kind, host=host, dtype=receiver.dtype if host == "number" else "")
    if name == "nonzero":
        return sequence("tuple", item=array("int"))
    if name == "astype":
        to = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "dtype"), None)
        return array(dtype_kind(to), ndim=receiver.ndim, fresh=True)
    if name in ("copy", "flatten"):
        return array(receiver.dtype, ndim=1 if name == "flatten" else receiver.ndim, fresh=True, sure=receiver.sure)
    if name in ("reshape", "ravel", "transpose", "squeeze", "swapaxes", "view", "diagonal"):
        return array(receiver.dtype, ndim=1 if name == "ravel" else None, sure=receiver.sure)
    if name in know.ARRAY_METHODS or name in ("min", "max", "sum", "any", "all", "mean", "std", "var"):
        dtype = _dtype(name, call, [receiver, *arguments], named)
        return array(dtype, fresh=True, sure=receiver.sure)
    return UNKNOWN


def dtype_kind(node: ast.expr | None) -> str:
    """The kind of number that a dtype expression names: `float`, `np.int64`, "complex128"."""
    if node is None:
        return ""
    name = ""
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute):
        name = node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        name = {"f": "float", "d": "float", "i": "int", "D": "complex", "F": "complex", "?": "bool"}.get(
            node.value, node.value
        )
    return _number(name)


def _number(name: str) -> str:
    name = name.lower().rstrip("_")
    if name.startswith(("float", "double", "single", "half", "longdouble")):
        return "float"
    if name.startswith(("int", "uint", "long", "short", "byte")):
        return "int"
    if name.startswith(("complex", "cdouble", "csingle")):
        return "complex"
    return "bool" if name.startswith("bool") else ""


def _dtype(name: str, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> str:
    for keyword in call.keywords:
        if keyword.arg == "dtype" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None):
            return dtype_kind(keyword.value)
    first = arguments[0] if arguments else UNKNOWN
    if name in know.BOOLS:
        return "bool"
    if name in know.INTEGERS:
        return "int"
    if name in know.FLOATS:
        return "float"
    if name in ("zeros", "ones", "empty", "eye", "identity", "tri"):
        place = {"zeros": 1, "ones": 1, "empty": 1, "identity": 1}.get(name, 9)
        return dtype_kind(call.args[place]) if len(call.args) > place else "float"
    if name == "full":
        return dtype_kind(call.args[2]) if len(call.args) > 2 else (arguments[1].dtype if len(arguments) > 1 else "")
    if name == "arange":
        kinds = [value.dtype for value in arguments]
        return "float" if "float" in kinds else "int"  # where nothing is known, a port that makes floats of it is right
    if name in ("asarray", "array", "asanyarray", "ascontiguousarray", "asfarray"):
        if len(call.args) > 1:
            return dtype_kind(call.args[1])
        return _leaf(first)
    if name in ("where",) and len(arguments) == 3:
        return wider(arguments[1].dtype, arguments[2].dtype)
    if name in ("abs", "absolute", "real", "imag", "angle") and first.dtype == "complex":
        return "float"
    if name in know.INEXACT:
        return "float" if first.dtype in ("int", "float", "bool") else first.dtype
    if name in ("concatenate", "stack", "vstack", "hstack", "column_stack"):
        return _leaf(first)
    if name in ("sum", "cumsum", "prod", "cumprod") and first.dtype == "bool":
        return "int"
    if len(arguments) >= 2 and name in (
        "add", "subtract", "multiply", "maximum", "minimum", "power", "dot", "matmul", "outer", "inner", "fmax", "fmin",
        "mod", "remainder", "floor_divide", "hypot", "arctan2", "copysign", "cross", "kron", "tensordot", "vdot",
    ):  # fmt: skip
        return wider(first.dtype, arguments[1].dtype)
    return first.dtype


def _leaf(value: Value) -> str:
    """The kind of number at the bottom of nested lists."""
    while value.other and value.item is not None:
        value = value.item
    return value.dtype


def _ndim(name: str, call: ast.Call, arguments: list[Value]) -> int | None:
    first = arguments[0] if arguments else UNKNOWN
    if name in ("arange", "linspace", "logspace", "geomspace", "ravel", "bincount", "flatnonzero"):
        return 1
    if name in ("eye", "identity", "tri", "atleast_2d", "outer", "vander"):
        return 2
    if name in ("zeros", "ones", "empty", "full"):
        if first.host == "int":
            return 1
        return len(first.items) if first.items is not None else None
    if name in ("asarray", "asanyarray", "zeros_like", "ones_like", "empty_like", "full_like", "array", "flip", "roll"):
        return (
            first.ndim
            if first.array
            else 1
            if name.endswith("array") and first.host == "list" and _flat(first)
            else None
        )
    if name in ELEMENTWISE and all(value.number or value.ndim == first.ndim for value in arguments):
        return first.ndim if first.array else 0 if first.number else None
    return None


def _flat(value: Value) -> bool:
    """Whether a list holds numbers alone."""
    return value.item is not None and value.item.number


def _fresh(name: str, call: ast.Call, first: Value) -> bool:
    """Whether the result is an array of its own: never a view or the argument itself."""
    if name in ("asarray", "asanyarray", "ascontiguousarray", "atleast_1d", "atleast_2d", "atleast_3d", "asfarray"):
        return first.other or (
            first.array and first.fresh and not isinstance(call.args[0] if call.args else None, ast.Name)
        )
    if name == "array":
        return not any(keyword.arg == "copy" for keyword in call.keywords)
    return name not in (
        "reshape", "ravel", "transpose", "squeeze", "swapaxes", "expand_dims", "broadcast_to", "moveaxis", "rollaxis",
        "real", "imag", "diagonal", "flip", "fliplr", "flipud", "rot90", "diag", "where_", "real_if_close",
    )  # fmt: skip


def _scipy(name: str, arguments: list[Value]) -> Value:
    area, _, short = name.rpartition(".")
    if area == "special":
        if short in _SPECIAL_TUPLES:
            return sequence("tuple", [ARRAY] * _SPECIAL_TUPLES[short])
        return array("float")
    if area == "linalg":
        if short in ("eig", "eigh", "qr", "lu", "svd", "lstsq", "schur", "lu_factor", "cho_factor", "rq", "polar"):
            return sequence("tuple", item=ARRAY)
        return ARRAY
    if area in ("fft", "fftpack", "ndimage", "spatial.distance"):
        return ARRAY
    return UNKNOWN
