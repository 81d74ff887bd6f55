"""Planes: arrays of integers of any size. int8 to int64 where a proven bound allows, else Python's own integers.

A bound is the largest size that an element can have; a width holds it on both sides of zero, so -128 needs 16 bits.
What is computed in a width whose end result is proven to fit may wrap on the way: sums and products of two's complement
are right again at the end.
"""
# Longer than 400 lines: all that exact arrays ask of NumPy, so that nothing above imports it

from __future__ import annotations

import operator
import os
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from emberharmony.errors import ArgumentError, AxisError, DTypeError, ShapeError

Plane: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Width: TypeAlias = np.dtype[Any]

NATIVE: tuple[Width, ...] = (np.dtype("int8"), np.dtype("int16"), np.dtype("int32"), np.dtype("int64"))
LIMITS = {width: 2 ** (8 * width.itemsize - 1) - 1 for width in NATIVE}
BIG: Width = np.dtype(object)
FLOAT: Width = np.dtype("float64")
UINT32: Width = np.dtype("uint32")
UINT64: Width = np.dtype("uint64")


def width_of(bound: int, *operands: Plane) -> Width:
    """The width for results of at most `bound`: no narrower than native operands, because narrowing costs a pass."""
    floor = max((x.dtype.itemsize for x in operands if x.dtype != BIG), default=1)
    return next((w for w in NATIVE if w.itemsize >= floor and bound <= LIMITS[w]), BIG)


def bits(bound: int) -> int:
    """How many bits hold every integer of at most this size, with its sign."""
    return bound.bit_length() + 1


def bound_of(plane: Plane) -> int:
    """The largest size in a plane; 0 where it is empty."""
    if plane.size == 0:
        return 0
    if plane.dtype == BIG:
        return max(map(abs, plane.ravel().tolist()))
    return max(int(plane.max()), -int(plane.min()))


def cast(plane: Plane, width: Width) -> Plane:
    """The plane in this width, the same one where it has it already. The caller knows that it fits."""
    return plane if plane.dtype == width else plane.astype(width)


def narrowed(plane: Plane, bound: int) -> Plane:
    """The plane in the narrowest width for its bound."""
    return cast(plane, width_of(bound))


def common(*operands: Plane) -> Width:
    """The widest width of several planes."""
    widths = [x.dtype for x in operands]
    return BIG if BIG in widths else max(widths, key=lambda width: width.itemsize)


def empty(shape: tuple[int, ...], width: Width) -> Plane:
    """A plane to be filled."""
    return np.empty(shape, width)


def flat(shape: tuple[int, ...], width: Width) -> Plane:
    """Memory for a plane of this shape, to be filled, as one axis: a buffer without axes says nothing of its shape."""
    return np.empty(prod(shape), width)


def ready(pair: tuple[Plane, Plane], shape: tuple[int, ...], width: Width) -> tuple[Plane, Plane]:
    """Both planes in this shape and width, in one piece of memory each: copied only where they are not."""
    a, b = (x.reshape(shape) if x.size == 1 and shape == (1,) else spread(x, shape) for x in pair)
    return np.ascontiguousarray(a, width), np.ascontiguousarray(b, width)


def rows(plane: Plane) -> Plane:
    """A plane of one or more axes as rows of the last one."""
    return plane.reshape(prod(plane.shape[:-1]), plane.shape[-1])  # -1 has no meaning where a row is empty


def from_each(function: Callable[[int, int], Any], pair: tuple[Plane, Plane], dtype: str) -> Plane:
    """What a function makes of each number of big planes, one at a time."""
    out = np.empty(pair[0].shape, dtype)
    for i, (a, b) in enumerate(zip(pair[0].flat, pair[1].flat, strict=True)):
        out.flat[i] = function(a, b)
    return out


def zeros(shape: tuple[int, ...], width: Width = NATIVE[0]) -> Plane:
    """A plane of zeros."""
    return np.zeros(shape, width)


def from_integers(values: Any, *, what: str = "values") -> Plane:
    """A plane from nested lists of integers of any size, or from an integer array of NumPy, which is not copied.

    Floats and booleans are refused: what is not an integer needs a rule that says how to round it.
    """
    if isinstance(values, np.ndarray):
        return _from_array(values, what)
    if isinstance(values, Sequence) and not isinstance(values, str | bytes):
        shape = _shape(values)
        flat = _flat(values, len(shape))
        plane = np.empty(len(flat), BIG)
        for i, item in enumerate(flat):
            plane[i] = _integer(item, what)
        if len(flat) != prod(shape):
            raise ShapeError(f"{what} is a ragged list", expected=f"one shape; its first rows have {shape}")
        return narrowed(plane, bound_of(plane)).reshape(shape)
    plane = np.empty((), BIG)
    plane[()] = _integer(values, what)
    return narrowed(plane, bound_of(plane))


def _from_array(values: Plane, what: str) -> Plane:
    if isinstance(values, np.ma.MaskedArray):
        raise DTypeError(f"{what} is a masked array", expected="integers, each one known", mend="values.filled(0)")
    values = np.asarray(values)  # a matrix would stay one, and keep two axes whatever is asked
    if values.dtype == BIG:
        plane = np.empty(values.shape, BIG)
        for i, item in enumerate(values.flat):
            plane.flat[i] = _integer(item, what)
        return narrowed(plane, bound_of(plane))
    if values.dtype.kind not in "iu":
        raise DTypeError(
            f"{what} is an array of {values.dtype}",
            expected="integers",
            mend="x.astype(int) makes 0 and 1 of truth values"
            if values.dtype.kind == "b"
            else "GoldenArray.from_floats(x, bound=...) rounds floats, GoldenArray.from_dyadic(x) takes them exactly",
        )
    if values.dtype in LIMITS and values.dtype.isnative:
        bound = bound_of(values)
        return values if bound <= LIMITS[values.dtype] else cast(values, width_of(bound))
    wide = values.astype(BIG) if values.dtype.itemsize == 8 else values.astype("int64")
    return narrowed(wide, bound_of(wide))


def _integer(item: object, what: str) -> int:
    if isinstance(item, bool | np.bool):
        raise DTypeError(f"{what} has {item!r}", expected="integers", mend="int(x) makes 0 or 1 of a truth value")
    try:
        return operator.index(item)  # pyright: ignore[reportArgumentType]  the error below is what this is for
    except TypeError:
        raise DTypeError(
            f"{what} has {item!r} of type {type(item).__name__}",
            expected="integers",
            mend="GoldenArray.from_numbers(x) takes lists of Golden, Fraction and float exactly, "
            "GoldenArray.from_floats(x, bound=...) rounds floats",
        ) from None


def _shape(values: Any) -> tuple[int, ...]:
    shape: list[int] = []
    while isinstance(values, Sequence | np.ndarray) and not isinstance(values, str | bytes):
        shape.append(len(values))
        if not shape[-1]:
            break
        values = values[0]
    return tuple(shape)


def _flat(values: Any, depth: int) -> list[Any]:
    for _ in range(depth - 1):
        lengths = {len(row) if isinstance(row, Sequence | np.ndarray) else -1 for row in values}
        if len(lengths) > 1:
            raise ShapeError("a ragged list", expected=f"rows of one length, not {sorted(lengths)}")
        values = [item for row in values for item in row]
    return [*values]


def is_integer_array(value: object) -> bool:
    """Whether this is a NumPy array, or one of its scalars, of integers."""
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iu"


def is_float(value: object) -> bool:
    """Whether this is a scalar of NumPy that a double holds exactly."""
    return isinstance(value, np.floating) and value.dtype.itemsize <= FLOAT.itemsize


def filled(shape: tuple[int, ...], value: bool) -> Plane:
    """One truth value for each place."""
    return np.full(shape, value)


def is_float_array(value: object) -> bool:
    """Whether this is a NumPy array of real floats."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def at(plane: Plane, index: Any) -> Plane:
    """plane[index], an array even where it is one element."""
    index = index if isinstance(index, tuple) else (index,)
    return plane[index if any(i is ... for i in index) else (*index, ...)]


def add(x: Plane, y: Plane) -> Plane:
    """The sum, in the width of both."""
    return np.add(x, y, out=np.empty(np.broadcast_shapes(x.shape, y.shape), x.dtype))


def subtract(x: Plane, y: Plane) -> Plane:
    """The difference, in the width of both."""
    return np.subtract(x, y, out=np.empty(np.broadcast_shapes(x.shape, y.shape), x.dtype))


def multiply(x: Plane, y: Plane) -> Plane:
    """The product, in the width of both."""
    return np.multiply(x, y, out=np.empty(np.broadcast_shapes(x.shape, y.shape), x.dtype))


def negative(x: Plane) -> Plane:
    """-x: every width has room for it."""
    return np.negative(x, out=np.empty(x.shape, x.dtype))


def divided(x: Plane, divisor: int) -> Plane:
    """x // divisor, of a divisor that may be larger than the width."""
    if x.dtype != BIG and divisor > LIMITS[x.dtype]:
        x = cast(x, BIG)
    return np.floor_divide(x, divisor, out=np.empty(x.shape, x.dtype))


def total(x: Plane, axis: Any, width: Width) -> Plane:
    """The sum along axes, in a width that is proven to hold every sum of a part of them. The axes stay, of length 1."""
    return np.asarray(np.add.reduce(x, axis=axis, dtype=width, keepdims=True), width)  # without axes a scalar comes out


def running(x: Plane, axis: int, width: Width, initial: bool) -> Plane:
    """The sums of the first elements along an axis, in a width that is proven to hold them."""
    sums = np.cumsum(x, axis, dtype=width)
    before = tuple(1 if i == axis else n for i, n in enumerate(x.shape))
    return joined([np.zeros(before, width), sums], axis) if initial else sums


def triangle(shape: tuple[int, ...], k: int, *, lower: bool) -> Plane:
    """Which places of matrices lie on or below the k-th diagonal, or on and above it."""
    rows, columns = shape[-2:]
    return np.tri(rows, columns, k, dtype=bool) if lower else ~np.tri(rows, columns, k - 1, dtype=bool)


def diagonal(x: Plane, offset: int) -> Plane:
    """The diagonals of matrices (..., n, m)."""
    return np.diagonal(x, offset, -2, -1).copy()


def broadcast_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that arrays of these shapes have together."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ShapeError(
            f"shapes {' and '.join(map(str, shapes))} do not fit together",
            expected="axes, counted from the last, that are equal or 1",
        ) from None


def spread(plane: Plane, shape: tuple[int, ...]) -> Plane:
    """A view of the plane in a larger shape."""
    return plane if plane.shape == shape else np.broadcast_to(plane, shape)


def joined(parts: Sequence[Plane], axis: int, *, new_axis: bool = False) -> Plane:
    """Planes one after the other along an axis, or along a new one, in the widest of their widths."""
    width = common(*parts)
    cast_parts = [cast(x, width) for x in parts]
    return np.stack(cast_parts, axis) if new_axis else np.concatenate(cast_parts, axis)


def chosen(condition: Plane, x: Plane, y: Plane) -> Plane:
    """x where the condition holds, else y; in the wider of their widths."""
    width = common(x, y)
    return np.where(condition, cast(x, width), cast(y, width))


def equal(x: Plane, y: Plane) -> Plane:
    """Element by element, as truth values."""
    width = common(x, y)
    return np.equal(cast(x, width), cast(y, width), out=np.empty(np.broadcast_shapes(x.shape, y.shape), bool))


def mask(condition: Any) -> Plane:
    """An array of truth values."""
    array = np.asarray(condition)
    if array.dtype != bool:
        raise DTypeError(f"a condition of {array.dtype}", expected="truth values", mend="x != 0")
    return array


def any_true(condition: Plane) -> bool:
    """Whether an element is true."""
    return bool(np.any(condition))


# -- axes --


def axis_of(axis: int, ndim: int) -> int:
    """The axis counted from the first."""
    if not -ndim <= axis < ndim:
        raise AxisError(f"axis {axis} of an array of {ndim} axes", expected=f"-{ndim} to {ndim - 1}")
    return axis % ndim


def axes_of(axis: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...]:
    """The axes counted from the first; None stands for all."""
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(axis_of(i, ndim) for i in (axis if isinstance(axis, tuple) else (axis,)))
    if len({*axes}) != len(axes):
        raise AxisError(f"axes {axis}", expected="each axis once")
    return axes


def count(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    """How many elements lie along these axes."""
    return prod(shape[i] for i in axes)


def reduced_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    """The shape after the axes are reduced."""
    return tuple(1 if i in axes else n for i, n in enumerate(shape) if keepdims or i not in axes)


def moved(plane: Plane, source: int, target: int) -> Plane:
    """The plane with one axis at another place."""
    return np.moveaxis(plane, source, target)


def last_axes(plane: Plane, axes: tuple[int, ...]) -> Plane:
    """The plane with these axes as one, the last."""
    rest = [i for i in range(plane.ndim) if i not in axes]
    shape = [plane.shape[i] for i in rest]
    return plane.transpose(*rest, *axes).reshape(*shape, count(plane.shape, axes))


def with_axis(plane: Plane, axis: int) -> Plane:
    """The plane with one more axis, of length 1."""
    return np.expand_dims(plane, axis)


def picked(plane: Plane, indices: Any, axis: int) -> Plane:
    """For each place of `indices`, the element there along an axis."""
    return np.take_along_axis(plane, np.asarray(indices), axis)


def gcd_of(plane: Plane, start: int) -> int:
    """The greatest common divisor of `start` and all elements."""
    from math import gcd

    if plane.size == 0 or start == 1:
        return start
    if plane.dtype == BIG:
        return gcd(start, *plane.flat)
    return gcd(start, int(np.gcd.reduce(plane, axis=None)))


def float_plane(values: Any) -> Plane:
    """A C-contiguous float64 array, from lists or arrays of real numbers."""
    x = np.asarray(values)
    if x.dtype.kind not in "fiu":
        raise DTypeError(f"an array of {x.dtype}", expected="real numbers")
    if x.dtype.kind in "iu" and x.size and bound_of(x) > 2**53:
        raise ArgumentError(
            "integers beyond 2**53", expected="floats", mend="GoldenArray.from_ints(x) keeps integers exact"
        )
    if x.dtype.itemsize > FLOAT.itemsize:
        raise DTypeError(f"an array of {x.dtype}", expected="at most 64 bits", mend="x.astype(float) rounds to doubles")
    return np.ascontiguousarray(x, dtype=np.float64).reshape(x.shape)


def check_finite(x: Any) -> None:
    """Raise for the first nan or infinity, with its place."""
    if not np.isfinite(x).all():
        where = np.unravel_index(int(np.argmin(np.isfinite(x))), x.shape)
        raise ArgumentError(
            f"{x[where]} at {tuple(map(int, where))}",
            expected="finite numbers: the golden field has no infinity and no nan",
        )


# -- words, residues and floats: what the kernels compute with --


def contiguous(plane: Plane, width: Width) -> Plane:
    """The plane in one piece of memory."""
    return np.ascontiguousarray(plane, width)


def words_of(plane: Plane, *bounds: int) -> tuple[int, Plane]:
    """How many 64-bit words hold integers up to these bounds and their sign; the plane as such words, low first."""
    if plane.dtype != BIG:
        return 1, np.ascontiguousarray(plane, np.int64).view(np.uint64).reshape(-1)
    words = bits(max(bounds)) // 64 + 1
    size = 8 * words
    text = b"".join([x.to_bytes(size, "little", signed=True) for x in plane.ravel().tolist()])
    return words, np.frombuffer(text, "<u8").astype(np.uint64, copy=False)


def from_words(words: Plane, bound: int) -> Plane:
    """The integers, at most `bound`, of rows of words in two's complement."""
    width = width_of(bound)
    if width != BIG:
        return words[:, 0].view(np.int64).astype(width)
    text, step = words.astype("<u8", copy=False).tobytes(), 8 * words.shape[1]
    out = np.empty(len(words), BIG)
    out[:] = [int.from_bytes(text[i : i + step], "little", signed=True) for i in range(0, len(text), step)]
    return out


def root(n: int) -> int:
    """The integer part of a square root."""
    from math import isqrt

    return isqrt(n)


def product_modulo(x: Plane, y: Plane, p: int) -> Plane:
    """The matrix product of residues modulo p, in doubles that are exact: they lie around zero."""
    x, y = (side - p * (side > p // 2).astype(np.float64) for side in (x, y))
    z = x @ y
    z -= np.rint(z * (1.0 / p)) * p  # exact: below 2^53, and p times a whole number
    z += p * (z < 0)
    return z.astype(np.uint32)


def as_floats(plane: Plane, name: str) -> Any:
    """Integers as floats; the caller knows that they are exact."""
    return plane.astype(name)


def from_floats(x: Any, width: Width) -> Plane:
    """Floats that are integers, as integers."""
    return x.astype(np.int64).astype(width) if width != BIG else x.astype(np.int64).astype(BIG)


def matmul(x: Plane, y: Plane) -> Plane:
    """The matrix product of big planes."""
    return np.asarray(np.matmul(x, y), BIG)


def indices(shape: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    """Every index of a shape."""
    return np.ndindex(*shape)


def pairs(a: Plane, b: Plane) -> Iterable[tuple[int, int]]:
    """The two integers of each number, as Python's."""
    return zip(map(int, a.flat), map(int, b.flat), strict=True)


# -- floats --


def beyond(x: Any, limit: float) -> Plane:
    """Which floats are at least so large."""
    return np.abs(x) >= limit


def without(x: Any, which: Plane) -> Any:
    """The floats with zeros in these places."""
    return np.where(which, 0.0, x) if which.any() else x


def largest_float(x: Any) -> float:
    """The largest size of a float."""
    return float(np.abs(x).max())


def with_whole(plane: Plane, x: Any, which: Plane) -> Plane:
    """The plane with the floats of these places, which are whole, as integers."""
    big = plane.astype(BIG)
    big[which] = [int(value) for value in x[which]]
    return big


def binary_fractions(x: Any) -> tuple[Plane, int]:
    """Integers n and the least shift with x = n / 2^shift, exactly."""
    ratios = [value.as_integer_ratio() for value in x.ravel().tolist()]
    shift = max((den.bit_length() - 1 for _, den in ratios), default=0)
    out = np.empty(len(ratios), BIG)
    out[:] = [n << (shift - den.bit_length() + 1) for n, den in ratios]
    return out.reshape(x.shape), shift


def divided_to_nearest(x: Plane, numerator: int, denominator: int) -> Plane:
    """x numerator / denominator to the nearest integer, a half to the even one."""
    largest = max(2 * numerator * bound_of(x) + denominator, 2 * denominator, 2 * numerator)
    width = NATIVE[3] if largest <= LIMITS[NATIVE[3]] else BIG
    twice = cast(x, width).reshape(-1) * (2 * numerator) + denominator
    down = twice // (2 * denominator)
    tie = twice % (2 * denominator) == 0
    return np.asarray(down - (tie & (down % 2 == 1)).astype(width), width).reshape(x.shape)


# -- files --


def stored(plane: Plane) -> Plane:
    """A plane as a file keeps it: little-endian integers, or rows of little-endian words in two's complement."""
    if plane.dtype != BIG:
        return np.ascontiguousarray(plane).reshape(-1).astype(plane.dtype.newbyteorder("<"), copy=False)
    words, flat = words_of(plane, bound_of(plane))
    return flat.reshape(-1, words).astype("<u8", copy=False)


def restored(kept: Plane) -> Plane:
    """The flat plane of what a file keeps."""
    if kept.ndim == 2 and kept.dtype.kind == "u":
        bound = 2 ** (64 * kept.shape[1]) if kept.shape[1] > 1 else LIMITS[NATIVE[3]]
        return from_words(np.ascontiguousarray(kept, np.uint64), bound)
    return kept.astype(kept.dtype.newbyteorder("="), copy=False)


def write(path: Path, parts: dict[str, Plane]) -> None:
    """An .npz whose bytes depend on its contents alone, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with zipfile.ZipFile(fresh, "w") as archive:
            for name, part in parts.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, part, allow_pickle=False)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def read(path: Path, names: Sequence[str]) -> dict[str, Plane] | None:
    """The parts of an .npz, or None where the file is no such thing."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, TypeError, AttributeError, RuntimeError):
        return None
