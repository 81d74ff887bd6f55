"""The core's logarithm and normal quantile, operation by operation: `+ - * /` and `sqrt` are the same on every machine.

A backend's own logarithm is as good, but its last bit is another, which the quantile turns into five; and near 1, where
a Gumbel number is 0, the last bit is all there is. float32, where a device has nothing wider, takes the backend's.
"""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import name_of
from emberharmony.ops import coefficients as c
from emberharmony.ops.coefficients import only

_SQRT_2 = float.fromhex("0x1.6a09e667f3bcdp0")
_ONE_MINUS_SQRT_HALF = 0.2928932188134524
_LN_2_HI, _LN_2_LO = 6.931471803691238e-1, 1.9082149292705877e-10
_LIFT = 70  # makes the exponents positive, and less than 2**7, of all numbers whose logarithm is taken
# of the series in e_log.c of FreeBSD's msun (Sun Microsystems, 1993), lowest power first
_SERIES = (
    6.666666666666735e-1, 3.999999999940942e-1, 2.857142874366239e-1, 2.2222198432149784e-1,
    1.818357216161805e-1, 1.5313837699209373e-1, 1.4798198605116586e-1,
)  # fmt: skip


def ln(x: Any) -> Any:
    """The logarithm of numbers from 2**-66 to 2**9."""
    return _reduced(*_split(x)) if _exact(x) else ops.log(x)


def exponential(x: Any, upper: Any) -> Any:
    """`-ln v`, where `v`, or `1 - v` where `upper`, is `x <= 1/2`."""
    if not _exact(x):
        return ops.where(upper, -ops.log1p(-x), -ops.log(x))
    k, f = _split(x)
    close = x < _ONE_MINUS_SQRT_HALF
    k = ops.where(upper, ops.where(close, ops.zeros_like(x), -1.0), k)
    return -_reduced(k, ops.where(upper, ops.where(close, -x, 1.0 - 2.0 * x), f))


def quantile(p: Any, q: Any) -> Any:
    """`z` with `Phi(-z) = p` for `2**-66 < p <= 1/2` and `q = 1/2 - p`: Wichura's PPND16 (AS 241, 1988)."""
    central = q <= 0.425
    inner = only(central, q)
    r = 0.180625 - inner * inner
    near = inner * _polynomial(r, c.NDTRI_A[::-1]) / _polynomial(r, c.NDTRI_B[::-1])
    return ops.where(central, near, _tail(sqrt(-ln(only(~central, p, 0.05)))))


def far_quantile(p: Any) -> Any:
    """`z` with `Phi(-z) = p` for `0 < p <= 1/2`, as far as floats go, to the last bits of the backend's logarithm."""
    q = 0.5 - p
    central = q <= 0.425
    return ops.where(
        central, quantile(only(central, p, 0.5), only(central, q)), _tail(sqrt(-ops.log(only(~central, p, 0.05))))
    )


def sqrt(x: Any) -> Any:
    """The square root of positive numbers, rounded correctly."""
    return registry.backend_of(x).functions.get("random.sqrt", ops.sqrt)(x)


def _tail(r: Any) -> Any:
    deep = r > 5
    middle, end = only(~deep, r, 1.6) - 1.6, only(deep, r, 5.0) - 5.0
    return ops.where(
        deep,
        _polynomial(end, c.NDTRI_E[::-1]) / _polynomial(end, c.NDTRI_F[::-1]),
        _polynomial(middle, c.NDTRI_C[::-1]) / _polynomial(middle, c.NDTRI_D[::-1]),
    )


def _exact(x: Any) -> bool:
    return name_of(x.dtype) == "float64"


def _split(x: Any) -> tuple[Any, Any]:
    """`(k, f)` with `x = 2**k (1 + f)` and `1 + f` between `sqrt(1/2)` and `sqrt(2)`; all of it is exact."""
    guess = ops.floor(ops.log(x) * (1.0 / math.log(2.0)))  # off by one near a power of two
    shift, m = ops.astype(guess, "int64") + _LIFT, x * 2.0**_LIFT
    for bit in range(7):
        m = ops.where(shift >> bit & 1 == 1, m * 2.0 ** -(1 << bit), m)
    low, high = m < 0.5 * _SQRT_2, m >= _SQRT_2
    k = guess + ops.where(high, 1.0, ops.where(low, -1.0, ops.zeros_like(x)))
    return k, ops.where(high, 0.5 * m, ops.where(low, 2.0 * m, m)) - 1.0


def _reduced(k: Any, f: Any) -> Any:
    """`k ln 2 + ln(1 + f)`."""
    s = f / (2.0 + f)
    z = s * s
    tail = z * _polynomial(z, _SERIES)
    half = 0.5 * f * f
    return k * _LN_2_HI - ((half - (s * (half + tail) + k * _LN_2_LO)) - f)


def _polynomial(x: Any, coefficients: tuple[float, ...]) -> Any:
    """Estrin's scheme, lowest power first: neighbours are joined, then the pairs, then the fours."""
    parts: list[Any] = [*coefficients]
    while len(parts) > 1:
        pairs = zip(parts[::2], [*parts[1::2], None], strict=False)
        parts = [low if high is None else low + high * x for low, high in pairs]
        x = x * x
    return parts[0]
