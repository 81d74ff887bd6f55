"""Data types: conversion, promotion and limits. All but `astype` are about names, hence the same on every backend."""

from __future__ import annotations

from emberharmony.backend import dtypes as names
from emberharmony.backend import registry
from emberharmony.backend.dtypes import name_of
from emberharmony.errors import DTypeError
from emberharmony.ops.dispatch import op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from emberharmony.types import A, Array, Device, DType, Scalar

__all__ = ["astype", "can_cast", "dtype", "dtype_name", "finfo", "iinfo", "isdtype", "result_type"]


class FloatInfo:
    """The limits of a floating-point type."""

    __slots__ = ("bits", "dtype", "eps", "max", "min", "smallest_normal")

    def __init__(self, bits: int, digits: int, top: int, dtype: Any) -> None:
        self.bits = bits
        self.dtype = dtype
        self.eps = 2.0**-digits
        self.max = (2.0 - self.eps) * 2.0**top
        self.min = -self.max
        self.smallest_normal = 2.0 ** (1 - top)


class IntegerInfo:
    """The limits of an integer type."""

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, bits: int, signed: bool, dtype: Any) -> None:
        self.bits = bits
        self.dtype = dtype
        self.max = 2 ** (bits - signed) - 1
        self.min = -(2 ** (bits - 1)) if signed else 0


_SIGNIFICAND_AND_EXPONENT = {"float16": (10, 15), "bfloat16": (7, 127), "float32": (23, 127), "float64": (52, 1023)}


@op
def astype(x: A, dtype: DType, /, *, copy: bool = True, device: Device | None = None) -> A:
    """`x` with another data type; a copy unless `copy=False` and nothing changes.

    >>> astype(ops.asarray([1.5, -1.5]), "int32").tolist()
    [1, -1]
    """
    ...


def dtype(name: DType, /) -> Any:
    """The current backend's own object for a dtype given by name or as any backend's object.

    >>> ops.zeros(2, dtype=dtype("float32")).dtype == ops.float32
    True
    """
    return registry.current().dtype(name)


def dtype_name(dtype_or_array: DType | Array, /) -> str:
    """The canonical name of a dtype, or of an array's dtype.

    >>> dtype_name(ops.zeros(2, dtype=ops.int8))
    'int8'
    """
    return name_of(dtype_or_array.dtype if _is_array(dtype_or_array) else dtype_or_array)


def finfo(type: DType | Array, /) -> FloatInfo:
    """The limits of a floating-point dtype; for a complex one, of its parts.

    >>> finfo(ops.float32).eps
    1.1920928955078125e-07
    """
    name = dtype_name(type)
    name = {"complex64": "float32", "complex128": "float64"}.get(name, name)
    if name not in _SIGNIFICAND_AND_EXPONENT:
        raise DTypeError(f"ops.finfo got {name}", expected="a floating-point dtype", mend="ops.iinfo is for integers")
    return FloatInfo(names.BITS[name], *_SIGNIFICAND_AND_EXPONENT[name], _native(type, name))


def iinfo(type: DType | Array, /) -> IntegerInfo:
    """The limits of an integer dtype.

    >>> iinfo("int8").max, iinfo("uint8").max
    (127, 255)
    """
    name = dtype_name(type)
    if name not in names.KINDS["integral"]:
        raise DTypeError(f"ops.iinfo got {name}", expected="an integer dtype", mend="ops.finfo is for floating point")
    return IntegerInfo(names.BITS[name], name in names.SIGNED, _native(type, name))


def isdtype(dtype: DType, kind: DType | tuple[DType, ...]) -> bool:
    """Whether a dtype is of a kind: another dtype, a name such as "real floating" or "integral", or any of a tuple.

    >>> isdtype(ops.float32, "real floating"), isdtype(ops.int8, ("bool", "unsigned integer"))
    (True, False)
    """
    if isinstance(kind, tuple):
        kinds: list[DType] = [*kind]
        return any(isdtype(dtype, one) for one in kinds)
    members = names.KINDS.get(kind) if isinstance(kind, str) else None
    return name_of(dtype) in (members or (name_of(kind),))


def can_cast(from_: DType | Array, to: DType, /) -> bool:
    """Whether promotion alone takes `from_` to `to`, so that no value can change.

    >>> can_cast("int8", "int16"), can_cast("float64", "float32")
    (True, False)
    """
    a, b = dtype_name(from_), name_of(to)
    return a == b or (names.promotes(a, b) and names.promote(a, b) == b)


def result_type(*arrays_and_dtypes: Array | Scalar | DType) -> Any:
    """The dtype of an operation on all of these. A Python number adapts to the arrays' width, but not below its kind.

    >>> result_type(ops.int8, ops.uint8) == ops.int16, result_type(ops.float32, 1.0) == ops.float32
    (True, True)
    """
    scalars = [x for x in arrays_and_dtypes if type(x) in registry.SCALARS]
    typed = [x for x in arrays_and_dtypes if type(x) not in registry.SCALARS]
    if not typed:
        raise DTypeError("ops.result_type got only Python numbers", expected="at least one array or dtype")
    name = dtype_name(typed[0])
    for other in typed[1:]:
        name = names.promote(name, dtype_name(other))
    for scalar in scalars:
        name = _with_scalar(name, scalar)
    return _native(typed[0], name)


def _with_scalar(name: str, scalar: Any) -> str:
    order = ("bool", "integral", "real floating", "complex floating")
    rank = next(i for i, kind in enumerate(order) if name in names.KINDS[kind])
    wanted = (bool, int, float, complex).index(type(scalar))
    if wanted <= rank:
        return name
    if wanted == 3 and rank == 2:
        return names.promote(name, "complex64")
    backend = registry.current()
    return name_of(backend.functions["default_dtypes"]()[order[wanted]])


def _native(like: DType | Array, name: str) -> Any:
    """`name` as an object of the backend that `like` belongs to; a name or a Python type belongs to the current one."""
    backend = registry.backend_of(like) if _is_array(like) else registry.of_dtype(like)
    return backend.dtype(name)


def _is_array(x: Any) -> bool:
    return not isinstance(x, type) and hasattr(x, "dtype")
