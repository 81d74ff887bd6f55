"""New arrays for the body of an op: on the backend and the device of an argument, never of the current one.

    made_like(x, "arange", n, dtype="int64")        ops.arange(n, dtype="int64"), where x lives
    common(x, 0.5)                                  both as arrays of their promoted dtype
    floating(x)                                     x itself, or an integer array as the backend's default float

A type that joined with `register_type` and has no "arange" of its own takes its companion's, on the companion's default
device.
"""

from __future__ import annotations

from typing import Any

from emberharmony.backend import registry, transfers
from emberharmony.backend.dtypes import BITS, COMPLEX, INEXACT, KINDS, name_of, promote
from emberharmony.errors import ArgumentError, DTypeError
from emberharmony.ops.dtypes import astype, can_cast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.backend.base import Backend

__all__ = ["made_like"]

_RANK = {bool: "bool", int: "int8", float: "real floating", complex: "complex floating"}


def made_like(x: Any, name: str, /, *arguments: Any, dtype: Any = None, **named: Any) -> Any:
    """The result of the creation op `name` on the backend and the device of `x`, wherever the current backend is.

    This is how a function that is given an array makes another beside it; `dtype` is a name or any dtype object.

    >>> x = ops.asarray([1.0, 2.0])
    >>> ops.made_like(x, "arange", 3).tolist()
    [0, 1, 2]
    """
    backend, own = _creator(x, name)
    if dtype is not None:
        named["dtype"] = backend.dtype(dtype)
    if own and "device" in backend.functions:
        named["device"] = backend.functions["device"](x)
    return backend.functions[name](*arguments, **named)


def dtype_like(x: Any, dtype: Any, /) -> Any:
    """A dtype, given by name or as any backend's object, as an object of the backend of `x`."""
    return _creator(x, "asarray")[0].dtype(dtype)


def default_dtype(x: Any, kind: str = "real floating", /) -> str:
    """The name of the dtype that the backend of `x` chooses by itself for a kind of number."""
    return name_of(_creator(x, "default_dtypes")[0].functions["default_dtypes"]()[kind])


def common_dtype(*values: Any, inexact: bool = False) -> str:
    """The name of the dtype that arrays and Python numbers promote to; with `inexact` at least the default float."""
    arrays = [x for x in values if type(x) not in registry.SCALARS]
    name = name_of(arrays[0].dtype)
    for other in arrays[1:]:
        name = promote(name, name_of(other.dtype))
    for scalar in values:
        cls: type[Any] = scalar.__class__
        if cls in (float, complex) and (name not in INEXACT or (cls is complex and name not in COMPLEX)):
            name = promote(name, "complex64") if name in INEXACT else default_dtype(arrays[0], _RANK[cls])
        elif cls is int and name == "bool":
            name = default_dtype(arrays[0], "integral")
    return default_dtype(arrays[0]) if inexact and name not in INEXACT else name


def common(*values: Any, inexact: bool = False) -> list[Any]:
    """Arrays and Python numbers as arrays of the dtype they promote to, each with its own shape."""
    like = next(x for x in values if type(x) not in registry.SCALARS)
    name = common_dtype(*values, inexact=inexact)
    return [
        _as(x, name) if type(x) not in registry.SCALARS else made_like(like, "asarray", x, dtype=name) for x in values
    ]


def floating(x: Any, /) -> Any:
    """`x` itself where it is real or complex floating, else as the backend's default float."""
    return x if name_of(x.dtype) in INEXACT else _as(x, default_dtype(x))


def wide(x: Any, /) -> Any:
    """A floating `x` of at least 32 bits: what 16 bits cannot hold is computed in float32 and rounded once."""
    y = floating(x)
    return _as(y, "float32") if BITS[name_of(y.dtype)] == 16 else y


def array_like(x: Any, values: Any, /, *, dtype: Any = None) -> Any:
    """`values`, an array or nested Python numbers, as an array on the backend of `x`; numbers as precise as `x`."""
    if hasattr(values, "dtype") and hasattr(values, "shape"):
        if registry.backend_of(values) not in (registry.backend_of(x), _creator(x, "asarray")[0]):
            raise registry.mixed("asarray", [x, values])
        return values if dtype is None else _as(values, dtype)
    return made_like(x, "asarray", values, dtype=x.dtype if dtype is None and name_of(x.dtype) in INEXACT else dtype)


def fits(op: str, x: Any, value: Any, /) -> None:
    """Refuse a `value` that the dtype of `x` cannot hold: it would lose its fraction, its imaginary part or width."""
    name = name_of(x.dtype)
    got: type[Any] = value.__class__
    if got in registry.SCALARS:
        whole = got is int or (got is float and value.is_integer())
        right = got is bool or (whole and name in KINDS["integral"]) or name in (COMPLEX if got is complex else INEXACT)
        given = repr(value)
    else:
        given = name_of(value.dtype)
        right = given in (name, "bool") or (name in INEXACT and promote(given, name) == name) or can_cast(given, name)
    if not right:
        raise DTypeError(
            f"{op} got {given} for an array of {name}",
            expected=f"a value that {name} holds; nothing is narrowed in silence",
            mend=f'ops.astype(value, "{name}") if the loss is meant',
        )


def host_ints(op: str, /, *values: Any) -> list[int]:
    """The values of integer arrays without axes, where a shape depends on them: a hidden copy, and counted as one."""
    backend = registry.backend_of(values[0])
    if backend.name != "numpy":
        nbytes = sum(BITS[name_of(x.dtype)] // 8 for x in values)
        transfers.record(op, nbytes, backend.name, "host")
    return [int(x) for x in values]


def axes_of(op: str, x: Any, axis: Any, /) -> tuple[int, ...]:
    """`axis` as a tuple of axes from 0; all of them for None."""
    if axis is None:
        return tuple(range(x.ndim))
    axes = tuple(int(a) + x.ndim if a < 0 else int(a) for a in (axis if listed(axis) else (axis,)))
    if any(not 0 <= a < x.ndim for a in axes) or len(set(axes)) < len(axes):
        raise ArgumentError(
            f"{op} got axis={axis!r} for shape {tuple(x.shape)}",
            expected=f"different axes from {-x.ndim} to {x.ndim - 1}" if x.ndim else "no axis: the array has none",
        )
    return axes


def listed(value: Any) -> bool:
    """Whether a value is a list or a tuple."""
    return isinstance(value, list | tuple)


def one_of(op: str, argument: str, value: Any, choices: tuple[str, ...], /) -> None:
    """Refuse a word that is not among the choices."""
    if value not in choices:
        raise ArgumentError(f"{op} got {argument}={value!r}", expected=f"one of {', '.join(map(repr, choices))}")


def _as(x: Any, name: Any) -> Any:
    return x if name_of(x.dtype) == name_of(name) else astype(x, name)


def _creator(x: Any, name: str) -> tuple[Backend, bool]:
    """The backend that makes arrays beside `x`, and whether it is the one of `x`."""
    backend = registry.backend_of(x)
    if name in backend.functions or backend.companion is None:
        return backend, True
    return registry.load(backend.companion), False
