"""Whether two results are the same: structure, namespace, device, shape, dtype and values, in this order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emberharmony.errors import EmberError
from emberharmony.purify.verify.libraries import is_array, is_numpy_scalar, namespace_of, numpy
from emberharmony.purify.verify.placing import device_of, dtype_name, on_host
from emberharmony.purify.verify.structure import attributes, one_of

EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "complex64": 2.0**-23}
DOUBLE = 2.0**-52
# relative: rounding of some thousand operations in double precision, of some hundred in single
RELATIVE = {"float16": 2e-2, "bfloat16": 1e-1, "float32": 1e-4, "complex64": 1e-4}
EXACT = 1e-9


class IncomparableError(EmberError, TypeError):
    """A result that has no equality one could test: a function, an open file."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what a result is compared: where the port ran, on which dtypes, from how many and how large numbers.

    `moved` is how far the original's own result moves when its inputs are rounded differently: what a formula does to
    rounding is the formula's, not the port's.
    """

    backend: str
    inputs: frozenset[str]
    defaults: frozenset[str]
    elements: int = 1
    magnitude: float = 1.0
    device: str = ""
    moved: float = 0.0

    @property
    def single(self) -> bool:
        """Whether something of less than double precision went in."""
        return any(dtype in EPS for dtype in self.inputs)


def difference(original: Any, port: Any, terms: Terms, where: str = "the result") -> str:
    """The first difference, in words; "" where there is none."""
    if _number(original) and _number(port):
        return _of_numbers(original, port, terms, where)
    if is_array(original) or is_numpy_scalar(original) or is_array(port) or is_numpy_scalar(port):
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if one_of(original, Mapping):
        return _of_mappings(original, port, terms, where)
    if one_of(original, list, tuple):
        return _of_sequences(original, port, terms, where)
    if type(original).__name__ != type(port).__name__:
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if original is None or one_of(original, str, bytes, range, slice, type(...)):
        return "" if original == port else f"{where} is {port!r}, the original's {original!r}"
    if one_of(original, set, frozenset):
        return "" if original == port else f"{where} is another set"
    if isinstance(original, type):
        return "" if original.__name__ == port.__name__ else f"{where} is {port!r}, the original's {original!r}"
    return _of_objects(original, port, terms, where)


def _of_mappings(original: Any, port: Any, terms: Terms, where: str) -> str:
    if not one_of(port, Mapping):
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if type(original).__name__ != type(port).__name__ or list(original) != list(port):
        return f"{where} has the keys {list(port)!r}, the original's {list(original)!r}"
    pairs = ((key, original[key], port[key]) for key in original)
    return next((d for key, a, b in pairs if (d := difference(a, b, terms, f"{where}[{key!r}]"))), "")


def _of_sequences(original: Any, port: Any, terms: Terms, where: str) -> str:
    if type(original).__name__ != type(port).__name__:
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if len(original) != len(port):
        return f"{where} has {len(port)} items, the original's {len(original)}"
    if getattr(original, "_fields", None) != getattr(port, "_fields", None):
        return f"{where} has the fields {port._fields}, the original's {original._fields}"
    pairs = enumerate(zip(original, port, strict=True))
    return next((d for i, (a, b) in pairs if (d := difference(a, b, terms, f"{where}[{i}]"))), "")


def _of_objects(original: Any, port: Any, terms: Terms, where: str) -> str:
    if callable(original) or not hasattr(original, "__dict__"):
        if not callable(original) and type(original) is type(port) and type(original).__eq__ is not object.__eq__:
            return "" if original == port else f"{where} is {port!r}, the original's {original!r}"
        raise IncomparableError(
            f"{where} is {_kind(original)}", expected="numbers, arrays, text or containers of them", mend="none"
        )
    ours, theirs = attributes(original), attributes(port)
    if set(ours) != set(theirs):
        return f"{where} has the attributes {sorted(theirs)}, the original's {sorted(ours)}"
    pairs = ((name, ours[name], theirs[name]) for name in ours)
    return next((d for name, a, b in pairs if (d := difference(a, b, terms, f"{where}.{name}"))), "")


def _of_numbers(original: Any, port: Any, terms: Terms, where: str) -> str:
    np = numpy()
    if (is_array(port) or is_numpy_scalar(port)) and namespace_of(port) != terms.backend:
        return f"{where} is an array of {namespace_of(port)}, the inputs are {terms.backend}'s"
    if is_array(original) and original.ndim and not is_array(port):
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if terms.backend == "numpy" and is_array(original) and is_array(port) and type(original) is not type(port):
        return f"{where} is {_kind(port)}, the original's {_kind(original)}"
    if is_array(port) and terms.device and device_of(port) != terms.device:
        return f"{where} is on {device_of(port)}, the inputs are on {terms.device}"
    name = dtype_name(port) if is_array(port) or is_numpy_scalar(port) else ""
    a, b = np.asarray(original), np.asarray(on_host(port))
    if a.shape != b.shape:
        return f"{where} has shape {b.shape}, the original's {a.shape}"
    typed = is_array(original) or is_numpy_scalar(original)
    if said := _of_dtypes(a.dtype, name or str(b.dtype), terms, exact=typed and bool(name)):
        return f"{where} has dtype {said}"
    if a.dtype.kind not in "biufc":
        return "" if _equal_objects(a, b) else f"{where} has other values"
    return _of_values(a, b, name, terms, where)


def _of_dtypes(original: Any, port: str, terms: Terms, *, exact: bool) -> str:
    """The rule for dtypes. Python's numbers have a kind only."""
    width, kind = str(original), original.kind
    if kind not in "biufc":
        return "" if numpy().dtype(port).kind == kind else f"{port}, the original's {width}"
    if _kind_of(port) != kind:
        return f"{port}, the original's {width}"
    if not exact or port == width:
        return ""
    if terms.backend == "numpy":
        return f"{port}, the original's {width}"
    allowed = {dtype for dtype in terms.inputs | terms.defaults if _kind_of(dtype) == kind}
    if kind == "c":
        allowed |= {"complex64"} if terms.single or terms.backend == "mlx" else set[str]()
    return "" if port in allowed else f"{port}, the original's {width}"


def _of_values(a: Any, b: Any, name: str, terms: Terms, where: str) -> str:
    np = numpy()
    if a.dtype.kind in "bi" or a.dtype.kind == "u":
        same = a == b
        return "" if bool(np.all(same)) else _first(a, b, ~same, where)
    coarse = [dtype for dtype in (name, str(a.dtype), str(b.dtype), *terms.inputs) if dtype in EPS]
    if terms.inputs.isdisjoint(("float64", "complex128")):
        coarse += [dtype for dtype in terms.defaults if dtype in EPS]  # what the port makes of Python's numbers
    if terms.backend == "mlx" and a.dtype.kind == "c":
        coarse.append("complex64")
    relative = max((RELATIVE[dtype] for dtype in coarse), default=EXACT)
    eps = max((EPS[dtype] for dtype in coarse), default=DOUBLE)
    # a sum of n terms of random signs strays by sqrt(n) roundings of its largest term
    stray = 8 * eps * math.sqrt(max(terms.elements, 1)) * terms.magnitude
    with np.errstate(all="ignore"):
        wide = np.result_type(a.dtype, b.dtype, np.float64)
        a, b = a.astype(wide), b.astype(wide)
        finite = np.isfinite(a) & np.isfinite(b)
        top = float(np.max(np.abs(a[finite]), initial=0.0))
        slack = min(terms.moved, 1e-2 * top if coarse else 1e-5 * top)
        near = np.abs(a - b) <= relative * np.abs(a) + min(stray, relative * max(top, terms.magnitude)) + slack
        parts = ((a.real, b.real), (a.imag, b.imag)) if a.dtype.kind == "c" else ((a, b),)
        special = np.all([_special(x, y) for x, y in parts], axis=0)
        same = np.where(finite, near, special)
    return "" if bool(np.all(same)) else _first(a, b, ~same, where)


def _special(a: Any, b: Any) -> Any:
    """Not a number in the same places, and the same infinities."""
    np = numpy()
    return (np.isnan(a) & np.isnan(b)) | (a == b) | (np.isfinite(a) & np.isfinite(b))


def _first(a: Any, b: Any, where_not: Any, where: str) -> str:
    np = numpy()
    at = tuple(int(i) for i in np.argwhere(where_not)[0]) if a.ndim else ()
    place = f" at {list(at)}" if at else ""
    share = f" ({int(np.sum(where_not))} of {a.size})" if a.size > 1 else ""
    return f"{where} is {b[at]!s}{place}, the original's {a[at]!s}{share}"


def _number(x: Any) -> bool:
    return is_array(x) or is_numpy_scalar(x) or one_of(x, bool, int, float, complex)


def _kind(x: Any) -> str:
    if is_array(x) or is_numpy_scalar(x):
        return f"an array of {namespace_of(x)} of shape {tuple(x.shape)} ({type(x).__name__})"
    return "None" if x is None else f"a {type(x).__name__}"


def _kind_of(dtype: str) -> str:
    return {"b": "f" if dtype == "bfloat16" else "b"}.get(dtype[0], dtype[0])


def _equal_objects(a: Any, b: Any) -> bool:
    return a.dtype.kind == b.dtype.kind and bool(numpy().all(a == b))
