"""MLX's dtypes by name and by kind, and Python numbers as arrays: what the other files of this folder share."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from emberharmony.errors import ArgumentError, DTypeError

DTYPES: dict[str, mx.Dtype] = {
    "bool": mx.bool_, "int8": mx.int8, "int16": mx.int16, "int32": mx.int32, "int64": mx.int64,
    "uint8": mx.uint8, "uint16": mx.uint16, "uint32": mx.uint32, "uint64": mx.uint64,
    "float16": mx.float16, "bfloat16": mx.bfloat16, "float32": mx.float32, "float64": mx.float64,
    "complex64": mx.complex64,
}  # fmt: skip
NAMES = {dtype: name for name, dtype in DTYPES.items()}
DEFAULTS: dict[type, mx.Dtype] = {bool: mx.bool_, int: mx.int64, float: mx.float32, complex: mx.complex64}
SIGNED = frozenset({mx.int8, mx.int16, mx.int32, mx.int64})
UNSIGNED = frozenset({mx.uint8, mx.uint16, mx.uint32, mx.uint64})
INTEGERS = SIGNED | UNSIGNED
EXACT = INTEGERS | {mx.bool_}
HALF = frozenset({mx.float16, mx.bfloat16})
REAL = HALF | {mx.float32, mx.float64}


def is_double(x: mx.array) -> bool:
    """Whether `x` is float64; the size is asked first because that is cheaper than the dtype."""
    return x.itemsize == 8 and x.dtype == mx.float64


def inexact(x: mx.array) -> mx.array:
    """`x` itself, or an integer array as float32, the default float."""
    return x.astype(mx.float32) if x.dtype in EXACT else x


def wide(x: mx.array) -> mx.array:
    """`x` with at least 32 bits and a fraction: integers and 16-bit floats become float32."""
    return x.astype(mx.float32) if x.dtype in EXACT or x.dtype in HALF else x


def sound(x: mx.array) -> mx.array:
    """`x`, or a new array where it is empty: one that came from NumPy reduces to whatever lay in memory (MLX 0.32)."""
    return x if x.size else mx.zeros(x.shape, x.dtype)


def number(value: Any, dtype: mx.Dtype) -> mx.array:
    """A Python number as a 0-d array; an integer must fit."""
    if type(value) is int and dtype in EXACT and dtype != mx.bool_:
        limits = np.iinfo(NAMES[dtype])
        if not limits.min <= value <= limits.max:
            raise ArgumentError(
                f"{value} does not fit {NAMES[dtype]}",
                expected=f"an integer from {limits.min} to {limits.max}",
                mend='dtype="uint64" holds up to 2**64 - 1' if 0 < value < 2**64 else "a float, or smaller numbers",
            )
        return mx.array(value, dtype) if -(2**63) <= value < 2**63 else mx.array(np.asarray(value, np.uint64))
    if type(value) is complex and dtype != mx.complex64:
        raise DTypeError(f"{value} does not fit {NAMES[dtype]}", expected="a real number", mend='dtype="complex64"')
    return mx.array(float(value) if type(value) is int else value, dtype)


def scalar(value: Any, like: mx.Dtype) -> mx.array:
    """A Python number beside arrays of dtype `like`: it takes that dtype unless its own kind is higher."""
    kind = type(value)
    if kind is float and like in EXACT:
        like = mx.float32
    elif kind is complex:
        like = mx.complex64
    elif kind is int and like == mx.bool_:
        like = mx.int64
    return number(value, like)


def pair(x1: Any, x2: Any) -> tuple[mx.array, mx.array]:
    """Two arguments, one of which may be a Python number, as arrays of one dtype."""
    if type(x1) is not mx.array:
        x1 = scalar(x1, x2.dtype)
    elif type(x2) is not mx.array:
        x2 = scalar(x2, x1.dtype)
    if x1.dtype == x2.dtype:
        return x1, x2
    dtype = mx.result_type(x1, x2)
    if dtype not in EXACT and x1.dtype in EXACT and x2.dtype in EXACT:
        raise DTypeError(
            f"{NAMES[x1.dtype]} and {NAMES[x2.dtype]} have no common integer type",
            expected="dtypes that promote",
            mend='ops.astype(x, "int64")',
        )
    return x1.astype(dtype), x2.astype(dtype)
