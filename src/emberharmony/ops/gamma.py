"""The bodies of the gamma functions in `special`: a quotient of polynomials below 8, Stirling's formula above."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.ops import coefficients as c
from emberharmony.ops.coefficients import only, polynomial


def gammaln(x: Any) -> Any:
    """`log(abs(gamma(x)))` of a real floating array."""
    size = ops.abs(x)
    off = size - ops.round(only(size < math.inf, size))
    pole = (x <= 0) & (off == 0) | (x == -math.inf)
    log = ops.log(only(~pole, size, 1.0))
    above = _lgamma_but_log(size) + ops.where(size < 1, -log, ops.zeros_like(log))
    sine = ops.sin(math.pi * ops.abs(only((x < 0) & ~pole, off, 0.5)))
    # gamma(x) gamma(-x) = -pi / (x sin(pi x))
    below = math.log(math.pi) - ops.log(sine) - log - above
    return ops.where(pole, math.inf, ops.where(x < 0, below, above))


def _lgamma_but_log(x: Any) -> Any:
    """`lgamma(x)` from 1 on, and `lgamma(x + 1)` below: the roots at 1 and 2 stand as exact factors."""
    near, lifted = only(x < 8, x), x < 1
    first, second = ops.where(lifted, near, near - 1.0), ops.where(lifted, near - 1.0, near - 2.0)
    argument = ops.where(lifted, near + 1.0, near)
    far = only(~(x < 8), x, 8.0)
    return ops.where(
        x < 8,
        first * second * (polynomial(c.LGAMMA_P, argument) / polynomial(c.LGAMMA_Q, argument)),
        _stirling(far) + _correction(far),
    )


def _stirling(x: Any) -> Any:
    return (x - 0.5) * (ops.log(x) - 1.0) + 0.5 * (math.log(2 * math.pi) - 1)


def _correction(x: Any) -> Any:
    """What Stirling's formula leaves out of `lgamma(x)`, from 8 on."""
    inverse = 1.0 / x
    return inverse * polynomial(c.STIRLING, inverse * inverse)


def digamma(x: Any) -> Any:
    """The derivative of `gammaln`."""
    size = ops.abs(x)
    off = x - ops.round(only(size < math.inf, x))
    zero, pole = x == 0, (x < 0) & (off == 0) | (x == -math.inf)
    shifted = ops.where(x < 1, 1.0 + size, x)  # digamma(x) = digamma(1 - x) - pi / tan(pi x) = digamma(1 + x) - 1 / x
    near = only(shifted < 8, shifted, 1.0)
    low = (near - c.PSI_ROOT[0] - c.PSI_ROOT[1] - c.PSI_ROOT[2]) * (
        polynomial(c.PSI_P, near) / polynomial(c.PSI_Q, near)
    )
    far = only(~(shifted < 8), shifted, 8.0)
    inverse = 1.0 / far
    high = ops.log(far) - 0.5 * inverse - inverse * inverse * polynomial(c.PSI_TAIL, inverse * inverse)
    mirrored = math.pi * _cotangent(only((x < 0) & ~pole, off, 0.25))
    small = (x > 0) & (x < 1)
    extra = ops.where(x < 0, mirrored, ops.where(small, 1.0 / only(small, x, 1.0), 0.0))
    result = ops.where(shifted < 8, low, high) - extra
    return ops.where(pole, math.nan, ops.where(zero, ops.copysign(ops.full_like(x, math.inf), -x), result))


def _cotangent(x: Any) -> Any:
    """`1 / tan(pi x)` for `0 < |x| <= 1/2`, exactly 0 at the end."""
    size = ops.abs(x)
    low = size < 0.25
    tangent = ops.tan(math.pi * ops.where(low, size, 0.5 - size))
    return ops.sign(x) * ops.where(low, 1.0 / only(low, tangent, 1.0), tangent)


def betaln(a: Any, b: Any) -> Any:
    """`gammaln(a) + gammaln(b) - gammaln(a + b)`, by Stirling's formula where that would cancel."""
    a, b = ops.minimum(a, b), ops.maximum(a, b)
    plain = gammaln(only(b < 8, a, 1.0)) + gammaln(only(b < 8, b, 1.0)) - gammaln(only(b < 8, a + b, 1.0))
    large, half = only(b >= 8, b, 8.0), b >= 8
    both = half & (a >= 8)
    least = only(both, a, 8.0)
    ratio, slope = only(half, a, 1.0) / large, ops.log1p(only(half, a, 1.0) / large)
    some = _correction(large) - _correction(large + only(half, a, 1.0))
    # lgamma(b) - lgamma(a + b), and the same with lgamma(a) by Stirling's formula
    one = gammaln(only(half & ~both, a, 1.0)) - (large - 0.5) * slope - a * (ops.log(large) + slope - 1.0) + some
    two = 0.5 * math.log(2 * math.pi) - 0.5 * ops.log(large) - large * slope + _correction(least) + some
    two = two + (least - 0.5) * (ops.log(only(both, ratio, 1.0)) - slope)
    return ops.where(both, two, ops.where(half, one, plain))
