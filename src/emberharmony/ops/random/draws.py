"""Draws of a shape: bits, uniform, normal, exponential and Gumbel numbers, and integers."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import BITS, SIGNED, UNSIGNED, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.ops.random.parameters import Parameter, broadcast, check, numbers
from emberharmony.ops.random.place import Place, compute_dtype, shape_of
from emberharmony.ops.random.questions import is_array
from emberharmony.ops.random.twin import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import Array, Device, DType, Shape


# ops.finfo knows them too, but torch.compile cannot follow it
_LARGEST = {
    name: (2.0 - 2.0**-digits) * 2.0**exponent
    for name, digits, exponent in (
        ("float16", 10, 15),
        ("bfloat16", 7, 127),
        ("float32", 23, 127),
        ("float64", 52, 1023),
    )
}


def bits(key: Key, shape: Shape = (), dtype: DType = "uint32", *, device: Device | None = None) -> Any:
    """Random bits: uint32 or uint64 words; uint8 and uint16 are the top bits of 32-bit words.

    >>> ops.random.bits(ops.random.key(0), (2,)).tolist()
    [1797259609, 2579123966]
    """
    place = Place("bits", key, device)
    name, shape = place.integer(dtype, UNSIGNED), shape_of("bits", shape)
    source, n = place.source, math.prod(shape)
    if BITS[name] >= 32:
        return place.finished(source.bits(place.key, place, n, name), shape, name)
    return place.finished(ops.astype(source.words32(place.key, place, n) >> 32 - BITS[name], name), shape, name)


def uniform(
    key: Key,
    shape: Shape = (),
    dtype: DType | None = None,
    minval: Array | float = 0.0,
    maxval: Array | float = 1.0,
    *,
    device: Device | None = None,
) -> Any:
    """Uniform from `minval` to below `maxval`: `minval + u (maxval - minval)`.

    `u` is a multiple of 2**-24 in float32, of 2**-53 in float64, 2**-11 in float16 and 2**-8 in bfloat16. A gradient
    flows to bounds that are arrays.

    >>> ops.random.uniform(ops.random.key(0), (2,), "float32").tolist()
    [0.4184570908546448, 0.6004990339279175]
    """
    place = Place("uniform", key, device, minval, maxval)
    name, shape = place.dtype(dtype), shape_of("uniform", shape)
    source, n = place.source, math.prod(shape)
    if BITS[name] == 16:
        digits = 11 if name == "float16" else 8
        u = ops.astype(source.words32(place.key, place, n) >> 32 - digits, "float32") * 2.0**-digits
    else:
        u = source.uniform(place.key, place, n, name)
    u = place.finished(u, shape, name)
    standard = not (is_array(minval) or is_array(maxval)) and (minval, maxval) == (0.0, 1.0)
    return u if standard else _scaled(place, u, name, minval, maxval)


def _scaled(place: Place, u: Any, dtype: str, minval: Any, maxval: Any) -> Any:
    bounds: list[Any] = []
    for argument, value in (("minval", minval), ("maxval", maxval)):
        check(place, Parameter(argument, value, _finite, "a finite number"))
        bounds.append(ops.astype(value, dtype) if is_array(value) else place.array(float(value), dtype))
    low, high = bounds
    _check_order(place, minval, maxval, "float64")
    if not (is_array(minval) or is_array(maxval)) and maxval - minval > _LARGEST[dtype]:
        raise ArgumentError(
            f"random.uniform got minval={minval} and maxval={maxval} for {dtype}",
            expected=f"a difference of at most {_LARGEST[dtype]}",
        )
    if broadcast("uniform", tuple(u.shape), tuple(low.shape), tuple(high.shape)) != tuple(u.shape):
        raise ShapeError(
            f"random.uniform got shape {tuple(u.shape)}, bounds of shapes {tuple(low.shape)} and {tuple(high.shape)}",
            expected="bounds that broadcast to the shape",
        )
    y = low + u * (high - low)
    fixed = ops.stop_gradient(high)
    step = fixed - ops.nextafter(fixed, ops.stop_gradient(low))
    return ops.where(y < high, y, high - step)  # a sum may round up to its end


def _finite(x: Any) -> Any:
    return (x > -math.inf) & (x < math.inf)


def _check_order(place: Place, minval: Any, maxval: Any, dtype: str) -> None:
    """Refuse an empty interval."""
    arrays = is_array(minval) or is_array(maxval)
    if arrays and not place.known:
        return
    low, high = [numbers(x, dtype) if is_array(x) else x for x in (minval, maxval)]
    ordered = low < high
    if not (ordered.all() if arrays else ordered):
        raise ArgumentError(
            f"random.{place.name} got minval={low} and maxval={high}", expected="minval below maxval", mend="swap them"
        )


def normal(key: Key, shape: Shape = (), dtype: DType | None = None, *, device: Device | None = None) -> Any:
    """Normal with mean 0 and deviation 1, by inversion: the tails reach 6.3 deviations in float32, 9.2 in float64.

    >>> ops.random.normal(ops.random.key(0), (1000,)).shape == (1000,)
    True
    """
    return _standard("normal", key, shape, dtype, device)


def exponential(key: Key, shape: Shape = (), dtype: DType | None = None, *, device: Device | None = None) -> Any:
    """Exponential with mean 1, never 0.

    >>> bool(ops.all(ops.random.exponential(ops.random.key(0), (1000,)) > 0))
    True
    """
    return _standard("exponential", key, shape, dtype, device)


def gumbel(key: Key, shape: Shape = (), dtype: DType | None = None, *, device: Device | None = None) -> Any:
    """Gumbel with location 0 and scale 1: `-log(exponential)`.

    >>> bool(ops.all(ops.isfinite(ops.random.gumbel(ops.random.key(0), (1000,)))))
    True
    """
    return _standard("gumbel", key, shape, dtype, device)


def _standard(name: str, key: Key, shape: Shape, dtype: Any, device: Any) -> Any:
    place = Place(name, key, device)
    kind, shape = place.dtype(dtype), shape_of(name, shape)
    draw: Any = getattr(place.source, name)
    return place.finished(draw(place.key, place, math.prod(shape), compute_dtype(kind)), shape, kind)


def randint(
    key: Key, shape: Shape, minval: Any, maxval: Any, dtype: DType = "int64", *, device: Device | None = None
) -> Any:
    """Integers from `minval` to below `maxval`, equally probable to 2**-33 of that; the bounds may be arrays.

    The whole range of any integer dtype is a valid span: `randint(key, (), 0, 2**64, "uint64")`.

    >>> ops.random.randint(ops.random.key(0), (5,), 0, 10).tolist()
    [6, 8, 6, 8, 1]
    """
    place = Place("randint", key, device, minval, maxval)
    name, shape = place.integer(dtype), shape_of("randint", shape)
    least = -(1 << BITS[name] - 1) if name in SIGNED else 0
    for argument, value, extra in (("minval", minval, 0), ("maxval", maxval, 1)):
        kind = name_of(value.dtype) if is_array(value) else type(value).__name__
        if kind not in ("int", *SIGNED, *UNSIGNED[:-1]):
            raise DTypeError(
                f"random.randint got {argument} of {kind}", expected="an int, or an array of integers that fit int64"
            )
        first, last = least + extra, least + (1 << BITS[name]) - 1 + extra
        check(
            place,
            Parameter(argument, value, lambda x, a=first, b=last: (x >= a) & (x <= b), f"{first} to {last} for {name}"),
            "int64",
        )
    _check_order(place, minval, maxval, "int64")
    offset = below(place, shape, _span(place, shape, minval, maxval))
    low = _host_or_here(place, minval, shape) if is_array(minval) else _signed(minval)
    return place.finished(ops.astype(offset + low, name), shape, name)


def _span(place: Place, shape: tuple[int, ...], minval: Any, maxval: Any) -> Any:
    """`maxval - minval`, at most 2**64; of arrays modulo 2**64."""
    if not any(map(is_array, (minval, maxval))):
        return maxval - minval
    low, high = [_host_or_here(place, x, shape) if is_array(x) else _signed(x) for x in (minval, maxval)]
    return high - low


def _host_or_here(place: Place, x: Any, shape: tuple[int, ...]) -> Any:
    """Bounds as flat int64 beside the words."""
    if broadcast(place.name, tuple(x.shape), shape) != shape:
        raise ShapeError(
            f"random.{place.name} got shape {shape} and a bound of shape {tuple(x.shape)}",
            expected="bounds that broadcast to the shape",
        )
    x = ops.astype(ops.to_numpy(x) if place.host else x, "int64")
    return ops.reshape(ops.broadcast_to(x, shape), (-1,))


def _signed(x: int) -> int:
    """The int64 of the same 64 bits."""
    return (x + (1 << 63)) % (1 << 64) - (1 << 63)


def below(place: Place, shape: tuple[int, ...], span: Any) -> Any:
    """`floor(u span)` as flat int64: `u` of 64 bits for a span up to 2**31, else of 128 (words 2 i and 2 i + 1)."""
    source, key, n = place.source, place.key, math.prod(shape)
    if isinstance(span, int):
        if span <= 1 << 31:
            return _narrow(source.words64(key, place, n), span)
        limbs = (span & MASK, span >> 32)
        return _wide(source, key, place, n, limbs) if span < 1 << 64 else _joined(source.words64(key, place, n, step=2))
    small = (span > 0) & (span <= 1 << 31)
    wide = _wide(source, key, place, n, (span & MASK, span >> 32 & MASK))
    return ops.where(small, _narrow(source.words64(key, place, n), ops.where(small, span, 1)), wide)


def _joined(word: tuple[Any, Any]) -> Any:
    low, high = word
    return high << 32 | low


def _narrow(word: tuple[Any, Any], span: Any) -> Any:
    low, high = word
    return high * span + (low * span >> 32) >> 32  # below 2**63


def _wide(source: Any, key: Key, place: Place, n: int, span: tuple[Any, Any]) -> Any:
    """The top 64 of 192 bits: products of 32-bit limbs, whose int64 bits are right even where their sign is not."""
    top, rest = source.words64(key, place, n, step=2), source.words64(key, place, n, step=2, first=1)
    columns: list[Any] = [0] * 6
    for i, u in enumerate((*rest, *top)):
        for j, s in enumerate(span):
            product = u * s
            columns[i + j] = columns[i + j] + (product & MASK)
            columns[i + j + 1] = columns[i + j + 1] + (product >> 32 & MASK)
    carry: Any = 0
    for i, column in enumerate(columns):
        columns[i], carry = column + carry & MASK, column + carry >> 32
    return columns[5] << 32 | columns[4]
