"""Data types by name. A name is the one thing all backends share: every dtype object of any backend has exactly one.

The promotion table is the Array API standard's. Where the standard says nothing (an integer with a float) `promote`
follows the kind and keeps the float's width, as JAX and PyTorch do.
"""

from emberharmony.errors import DTypeError

SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
REAL = ("float16", "bfloat16", "float32", "float64")
COMPLEX = ("complex64", "complex128")
INEXACT = frozenset(REAL + COMPLEX)
NAMES = ("bool", *SIGNED, *UNSIGNED, *REAL, *COMPLEX)
KINDS = {
    "bool": ("bool",),
    "signed integer": SIGNED,
    "unsigned integer": UNSIGNED,
    "integral": SIGNED + UNSIGNED,
    "real floating": REAL,
    "complex floating": COMPLEX,
    "numeric": SIGNED + UNSIGNED + REAL + COMPLEX,
}
BITS = {name: 16 if name == "bfloat16" else int(name.lstrip("abcdefghijklmnopqrstuvwxyz") or 8) for name in NAMES}
_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
_ALIASES = {"bool_": "bool", "half": "float16", "float": "float64", "double": "float64", "int": "int64"}
# with the type in the key, objects of two libraries never meet in a comparison, which some of them refuse
_known: dict[tuple[type, object], str] = {
    (type(dtype), dtype): name for dtype, name in {**{name: name for name in NAMES}, **_ALIASES, **_PYTHON}.items()
}


def name_of(dtype: object) -> str:
    """The canonical name of a dtype object of any backend, of a name, or of a Python type."""
    try:
        return _known[type(dtype), dtype]
    except (KeyError, TypeError):
        name = _spelled(dtype)
    if name not in NAMES:
        raise DTypeError(
            f"{dtype!r} is not a data type", expected=f"a backend's dtype object or one of {', '.join(NAMES)}"
        )
    _known[type(dtype), dtype] = name
    return name


# torch.compile reads this mark: run the function while tracing, do not trace into its table
setattr(name_of, "_dynamo_marked_constant", True)  # noqa: B010


def _spelled(dtype: object) -> str:
    if isinstance(dtype, type):  # a scalar class such as np.float32 knows its dtype only once it is made
        try:
            return str(dtype().dtype.name)
        except (TypeError, AttributeError):
            return dtype.__name__
    name = getattr(dtype, "name", None)
    return name if isinstance(name, str) else str(dtype).rpartition(".")[2]


def kind_of(name: str) -> str:
    """`bool`, `signed integer`, `unsigned integer`, `real floating` or `complex floating`."""
    return next(kind for kind, names in KINDS.items() if name in names and kind not in ("integral", "numeric"))


def promote(a: str, b: str) -> str:
    """The dtype of an operation on an `a` and a `b`, by name.

    >>> promote("uint8", "int8"), promote("float32", "complex128"), promote("int64", "float32")
    ('int16', 'complex128', 'float32')
    """
    if a == b:
        return a
    order = ("bool", "unsigned integer", "signed integer", "real floating", "complex floating")
    (kind_a, a), (kind_b, b) = sorted(((kind_of(a), a), (kind_of(b), b)), key=lambda pair: order.index(pair[0]))
    if kind_a == kind_b:
        return "float32" if {a, b} == {"float16", "bfloat16"} else max(a, b, key=BITS.__getitem__)
    if (kind_a, kind_b) == ("unsigned integer", "signed integer"):
        if BITS[b] > BITS[a]:
            return b
        if BITS[a] == 64:
            raise DTypeError(
                f"uint64 and {b} have no common integer type",
                expected="dtypes that promote",
                mend='ops.astype(x, "int64")',
            )
        return f"int{2 * BITS[a]}"
    if (kind_a, kind_b) == ("real floating", "complex floating"):
        return "complex128" if a == "float64" else b
    return b


def promotes(a: str, b: str) -> bool:
    """Whether the standard defines the promotion of `a` with `b`: same kind, two integers, or two floats."""
    families = (("bool",), KINDS["integral"], REAL + COMPLEX)
    return any(a in family and b in family for family in families) and not ("uint64" in (a, b) and {a, b} & set(SIGNED))
