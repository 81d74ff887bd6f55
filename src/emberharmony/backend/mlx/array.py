"""Arrays on MLX: making, converting and rearranging them. SAME means what the standard means; what differs says how."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mlx.core as mx
import numpy as np

from emberharmony.backend import refusals, transfers
from emberharmony.backend.dtypes import name_of
from emberharmony.backend.mlx.kinds import DEFAULTS, DTYPES, EXACT, HALF, NAMES, number, scalar
from emberharmony.backend.mlx.place import host_view, stream
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError

SAME = ("concat", "expand_dims", "flip", "permute_dims", "squeeze", "stack", "stop_gradient", "unstack")
_EXPECTED = "numbers, lists of numbers, or an array"
_HOST = (bool, int, float, complex, np.generic, np.ndarray)


# -- creation --


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> mx.array:
    kind = type(obj)
    if kind is mx.array:
        if dtype is None or obj.dtype == dtype:
            return mx.array(obj) if copy else obj
        _no_copy(copy, f"a change of dtype from {NAMES[obj.dtype]} to {NAMES[dtype]}")
        return obj.astype(dtype, stream=stream(device, dtype))
    _no_copy(copy, f"{kind.__name__}: MLX takes no foreign memory")
    stream(device, dtype)  # an impossible dtype there is refused by name
    if kind in DEFAULTS:
        return number(obj, DEFAULTS[kind] if dtype is None else dtype)
    if isinstance(obj, list | tuple):
        return _from_list(obj, dtype, device)  # pyright: ignore[reportUnknownArgumentType]
    if obj is None or isinstance(obj, str | bytes | bytearray | set | frozenset | dict):
        raise NotAnArrayError(f"asarray got {kind.__name__} {obj!r:.40}", expected=_EXPECTED)
    if isinstance(obj, np.ndarray | np.generic):
        return _from_numpy(np.asarray(obj), dtype, device)
    if hasattr(obj, "__dlpack__"):
        for resolve in ("resolve_conj", "resolve_neg"):  # torch's lazy conjugates would be read unresolved
            obj = getattr(obj, resolve)() if hasattr(obj, resolve) else obj
        target = _declared(obj.dtype, dtype)
        stream(device, target)
        return mx.array(obj, target)
    try:
        host = np.asarray(obj)
    except (TypeError, ValueError):
        host = np.asarray(None)
    if host.dtype == object:
        raise NotAnArrayError(f"asarray got {kind.__qualname__}", expected=_EXPECTED)
    return _from_numpy(host, dtype, device)


def arange(
    start: float, /, stop: float | None = None, step: float = 1, *, dtype: Any = None, device: Any = None
) -> mx.array:
    refusals.numbers("arange", start, stop, step)
    first, end = (0, start) if stop is None else (start, stop)
    if step == 0:
        raise ArgumentError("arange got step=0", expected="a step that is not 0")
    place = stream(device, dtype)
    if isinstance(first, int) and isinstance(end, int) and isinstance(step, int):
        dtype = mx.int64 if dtype is None else dtype
        if dtype in EXACT and max(abs(first), abs(end)) >= 2**53:
            exact: Any = getattr(np, NAMES[dtype])
            return mx.array(np.arange(first, end, step, dtype=exact))  # MLX counts in doubles
        if dtype in EXACT:
            return mx.arange(first, end, step, dtype, stream=place)
    # MLX adds the step again and again and drifts away
    dtype = mx.float32 if dtype is None else dtype
    work = mx.float32 if dtype in HALF or dtype in EXACT else dtype
    n = max(0, math.ceil((end - first) / step))
    i = mx.arange(0, n, 1, mx.int64, stream=place).astype(work, stream=place)
    y = i if step == 1 else mx.multiply(i, step, stream=place)
    return (y if first == 0 else mx.add(y, first, stream=place)).astype(dtype, stream=place)


def empty(shape: Any, *, dtype: Any = None, device: Any = None) -> mx.array:
    return zeros(shape, dtype=dtype, device=device)


def empty_like(x: mx.array, /, *, dtype: Any = None, device: Any = None) -> mx.array:
    return zeros(x.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> mx.array:
    dtype = mx.float32 if dtype is None else dtype
    k = max(-n_rows, min(k, n_rows if n_cols is None else n_cols))  # a C int
    return mx.eye(n_rows, n_cols, k, dtype, stream=stream(device, dtype))


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> mx.array:
    if not hasattr(x, "__dlpack__"):
        raise NotAnArrayError(f"from_dlpack got {type(x).__qualname__}", expected="an object with __dlpack__")
    return asarray(x, device=device, copy=copy)


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> mx.array:
    value = asarray(fill_value, dtype=dtype, device=device)
    if isinstance(fill_value, mx.array):  # mx.full multiplies the gradient by the value
        return mx.contiguous(mx.broadcast_to(value, (shape,) if isinstance(shape, int) else tuple(shape)))
    return mx.full(shape, value, value.dtype, stream=stream(device, value.dtype))


def full_like(x: mx.array, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> mx.array:
    return full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=device)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> mx.array:
    refusals.numbers("linspace", start, stop)
    if dtype is None:
        dtype = mx.complex64 if complex in (type(start), type(stop)) else mx.float32
    place = stream(device, dtype)
    if dtype == mx.complex64 or num < 0:
        return mx.array(np.linspace(start, stop, num, endpoint=endpoint, dtype=np.complex64))
    wide = mx.float32 if dtype in HALF or dtype in EXACT else dtype
    return mx.linspace(start, stop, num, endpoint, wide, stream=place).astype(dtype, stream=place)


def meshgrid(*arrays: mx.array, indexing: str = "xy") -> tuple[mx.array, ...]:
    return tuple(mx.meshgrid(*arrays, indexing=indexing))


def ones(shape: Any, *, dtype: Any = None, device: Any = None) -> mx.array:
    return mx.ones(shape, mx.float32 if dtype is None else dtype, stream=stream(device, dtype))


def ones_like(x: mx.array, /, *, dtype: Any = None, device: Any = None) -> mx.array:
    return ones(x.shape, dtype=x.dtype if dtype is None else dtype, device=device)


def tril(x: mx.array, /, *, k: int = 0) -> mx.array:
    return mx.tril(x, k)


def triu(x: mx.array, /, *, k: int = 0) -> mx.array:
    return mx.triu(x, k)


def zeros(shape: Any, *, dtype: Any = None, device: Any = None) -> mx.array:
    return mx.zeros(shape, mx.float32 if dtype is None else dtype, stream=stream(device, dtype))


def zeros_like(x: mx.array, /, *, dtype: Any = None, device: Any = None) -> mx.array:
    return zeros(x.shape, dtype=x.dtype if dtype is None else dtype, device=device)


# -- data types, and the host --


def astype(x: mx.array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> mx.array:
    if x.dtype == dtype:
        return mx.array(x) if copy else x
    return x.astype(dtype, stream=stream(device, dtype))


def to_numpy(x: mx.array, /, *, copy: bool = False) -> np.ndarray[Any, Any]:
    # np.asarray would give a writable view of an immutable array
    view = host_view(x)
    return view.copy() if copy else view


def from_host(x: np.ndarray[Any, Any], /) -> mx.array:
    return _from_numpy(x, None, None)


# -- manipulation --


def broadcast_arrays(*arrays: mx.array) -> tuple[mx.array, ...]:
    return tuple(mx.broadcast_arrays(*arrays))


def broadcast_to(x: mx.array, /, shape: Any) -> mx.array:
    return mx.broadcast_to(x, (shape,) if isinstance(shape, int) else shape)


def moveaxis(x: mx.array, source: Any, destination: Any, /) -> mx.array:
    # MLX moves one axis at a time
    n = x.ndim
    sources = [_axis(a, n) for a in ((source,) if isinstance(source, int) else source)]
    targets = [_axis(a, n) for a in ((destination,) if isinstance(destination, int) else destination)]
    if len(set(sources)) != len(sources) or len(set(targets)) != len(targets) or len(sources) != len(targets):
        raise ShapeError(f"moveaxis got {source} and {destination}", expected="as many different axes in both")
    order = [a for a in range(n) if a not in sources]
    for target, origin in sorted(zip(targets, sources, strict=True)):
        order.insert(target, origin)
    return mx.permute_dims(x, order)


def repeat(x: mx.array, repeats: Any, /, *, axis: int | None = None) -> mx.array:
    if isinstance(repeats, mx.array):
        if repeats.size != 1:
            return _repeat_each(x, repeats, axis)
        transfers.record("repeat", repeats.nbytes, "mlx", "host")
        repeats = repeats.item()
    return mx.repeat(x, repeats, axis)


def reshape(x: mx.array, /, shape: Any, *, copy: bool | None = None) -> mx.array:
    shape = (shape,) if isinstance(shape, int) else shape
    return mx.reshape(x, shape)  # arrays are values here: whether memory is shared cannot be seen


def roll(x: mx.array, /, shift: Any, *, axis: Any = None) -> mx.array:
    if isinstance(axis, tuple) and isinstance(shift, int):
        shift = (shift,) * len(axis)
    return mx.roll(x, shift, axis)


def tile(x: mx.array, repetitions: tuple[int, ...], /) -> mx.array:
    return mx.tile(x, repetitions)


# -- from the host --


def _no_copy(copy: bool | None, what: str) -> None:
    if copy is False:
        raise ArgumentError(f"asarray got copy=False for {what}", expected="copy=None or copy=True: this needs a copy")


def _declared(foreign: Any, dtype: Any) -> mx.Dtype:
    """The dtype to make: as asked, or as the foreign dtype is named. MLX alone would narrow float64 in silence."""
    if dtype is not None:
        return dtype
    name = name_of(foreign)
    if name not in DTYPES:
        raise DTypeError(
            f"mlx has no {name}",
            expected=f"one of {', '.join(DTYPES)}; nothing is narrowed in silence",
            mend='dtype="complex64" if that precision is enough' if name == "complex128" else "choose another backend",
        )
    return DTYPES[name]


def _from_numpy(x: np.ndarray[Any, Any], dtype: Any, device: Any) -> mx.array:
    target = _declared(x.dtype, dtype)
    stream(device, target)
    if not x.dtype.isnative:
        x = x.astype(x.dtype.newbyteorder("="))
    # MLX refuses negative strides, and makes an empty array of these unsound
    return mx.array(np.asarray(x, order="C"), target) if x.size else mx.zeros(x.shape, target)


def _from_list(obj: Sequence[Any], dtype: Any, device: Any) -> mx.array:
    kinds = _leaf_types(obj)
    if not all(issubclass(kind, _HOST) for kind in kinds):
        return _stack(obj, dtype)
    wanted = None if dtype is None or dtype == mx.bfloat16 else np.dtype(NAMES[dtype])
    try:
        host = np.array(obj, wanted)
    except OverflowError as problem:
        raise ArgumentError(f"asarray got an integer that does not fit: {problem}", expected=f"{wanted}") from None
    except ValueError:
        raise ShapeError(f"asarray got lists of uneven lengths: {obj!r:.60}", expected="equal lengths") from None
    if dtype is None and kinds <= DEFAULTS.keys():
        dtype = DEFAULTS[next((kind for kind in (complex, float, int, bool) if kind in kinds), float)]
        if dtype == mx.int64 and host.dtype != np.int64:
            raise ArgumentError(
                "asarray got an integer that does not fit int64", expected="smaller numbers", mend='dtype="uint64"'
            )
    return _from_numpy(host, dtype, device)


def _leaf_types(obj: Sequence[Any]) -> set[type]:
    kinds = set(map(type, obj))
    if any(issubclass(kind, list | tuple) for kind in kinds):
        kinds = {kind for kind in kinds if not issubclass(kind, list | tuple)}
        for each in obj:
            if isinstance(each, list | tuple):
                kinds |= _leaf_types(each)  # pyright: ignore[reportUnknownArgumentType]
    return kinds


def _stack(obj: Sequence[Any], dtype: Any) -> mx.array:
    """A list with arrays in it: stacked lazily, so that gradients pass; Python numbers take the arrays' dtype."""
    parts = {i: asarray(each) for i, each in enumerate(obj) if type(each) not in DEFAULTS}
    common = mx.result_type(*parts.values())
    whole = [parts[i] if i in parts else scalar(each, common) for i, each in enumerate(obj)]
    if len(shapes := {part.shape for part in whole}) > 1:
        raise ShapeError(f"asarray got parts of shapes {', '.join(map(str, sorted(shapes)))}", expected="one shape")
    result = mx.stack(whole)
    return result if dtype is None or result.dtype == dtype else result.astype(dtype)


def _repeat_each(x: mx.array, repeats: mx.array, axis: int | None) -> mx.array:
    # how long the result is depends on the numbers
    transfers.record("repeat", repeats.nbytes, "mlx", "host")
    x, axis = (x.reshape(-1), 0) if axis is None else (x, _axis(axis, x.ndim))
    if repeats.shape != (x.shape[axis],):
        raise ShapeError(f"repeat got repeats of shape {repeats.shape} for an axis of length {x.shape[axis]}")
    places = np.repeat(np.arange(x.shape[axis]), host_view(repeats))
    return mx.take(x, mx.array(places), axis)


def _axis(axis: int, n: int) -> int:
    if not -n <= axis < n:
        raise ShapeError(f"axis {axis} of an array with {n} dimensions", expected=f"from {-n} to {n - 1}")
    return axis % n
