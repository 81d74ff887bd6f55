"""Functions of float64 that MLX computes in single precision: exp, sin and cos, and derivatives made of them.

MLX's exp, sin and cos are float32 polynomials whatever the dtype; its power and tan are right to the last bit or two,
so the others are made of these: to 2 ulp for exp, 4 for sin and cos.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mlx.core as mx

E_REST = 5.318237706605892e-17  # e = math.e * (1 + E_REST)


Function = Callable[[mx.array], mx.array]


def _with_slope(value: Function, slope: Function) -> Function:
    """`value` with `slope` as its derivative in every mode: MLX's own would be of single precision."""
    function: Any = mx.custom_function(value)
    function.vjp(lambda x, cotangent, _: cotangent * slope(x))
    function.jvp(lambda x, tangent: tangent * slope(x))
    function.vmap(lambda x, axis: (function(x), axis))
    return function


def _exp(x: mx.array) -> mx.array:
    # the rest of e times x is below 5e-14: one term of its exponential is enough
    y = mx.power(mx.array(math.e, mx.float64), x)
    return y + y * (mx.clip(x, -800.0, 800.0) * E_REST)


def _sin(x: mx.array) -> mx.array:
    half = mx.tan(x * 0.5)
    return 2 * half / (1 + half * half)


def _cos(x: mx.array) -> mx.array:
    # near its zeros as sin / tan, which keeps the relative precision; elsewhere by the half angle
    half = mx.tan(x * 0.5)
    scale = 1 + half * half
    near = mx.abs(half) < 0.5
    return mx.where(near, (1 - half * half) / scale, 2 * half / scale / mx.where(near, 1.0, mx.tan(x)))


exp = _with_slope(_exp, lambda x: exp(x))
expm1 = _with_slope(mx.expm1, lambda x: exp(x))
sin = _with_slope(_sin, lambda x: cos(x))
cos = _with_slope(_cos, lambda x: -sin(x))
tan = _with_slope(mx.tan, lambda x: 1 + mx.square(tan(x)))
