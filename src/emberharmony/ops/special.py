"""Special functions, with SciPy's names, as `ops.special.<name>`. Real arrays; integers become the default float.

The bodies are polynomials and their quotients (`coefficients`), with the branches joined by `where`: no loop, no host,
a gradient everywhere. Every branch sees only arguments it is meant for, so none spoils the gradient of another.
float16 and bfloat16 are computed in float32.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import DTypeError
from emberharmony.ops import coefficients as c
from emberharmony.ops import gamma
from emberharmony.ops.coefficients import only, polynomial
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import common, common_dtype, floating, wide
from emberharmony.ops.nn import log_softmax, logsumexp, softmax
from emberharmony.ops.nn import sigmoid as expit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = [
    "betaln",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "expit",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "log_softmax",
    "logit",
    "logsumexp",
    "ndtr",
    "ndtri",
    "softmax",
    "xlog1py",
    "xlogy",
]


# -- error function and normal distribution --


@derived
def erf(x: A, /) -> A:
    """The error function, `2/sqrt(pi) * integral of exp(-t^2) from 0 to x`.

    >>> ops.erf(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.8427007929497148]
    """
    return _computed("erf", x, _erf)


@derived
def erfc(x: A, /) -> A:
    """`1 - erf(x)`, with full relative precision in the tail, where `erf` is 1 to the last bit.

    >>> ops.erfc(ops.asarray([1.0, 10.0])).tolist()
    [0.15729920705028513, 2.088487583762545e-45]
    """
    return _computed("erfc", x, _erfc)


@derived
def erfinv(x: A, /) -> A:
    """The inverse of `erf`: -inf and inf at -1 and 1, nan outside.

    >>> ops.special.erfinv(ops.asarray([0.0, 0.5, 1.0])).tolist()
    [0.0, 0.4769362762044699, inf]
    """
    return _computed("erfinv", x, lambda x: _normal_quantile(0.5 * x, 0.5 * (1.0 - ops.abs(x))) / math.sqrt(2))


@derived
def ndtr(x: A, /) -> A:
    """The normal distribution's probability below `x`, with full relative precision in the lower tail.

    >>> ops.special.ndtr(ops.asarray([0.0, -10.0])).tolist()
    [0.5, 7.61985302416052e-24]
    """
    return _computed("ndtr", x, _ndtr)


@derived
def ndtri(x: A, /) -> A:
    """The inverse of `ndtr`, the normal distribution's quantile: -inf and inf at 0 and 1, nan outside.

    >>> ops.special.ndtri(ops.asarray([0.5, 0.975])).tolist()
    [0.0, 1.959963984540054]
    """
    return _computed("ndtri", x, lambda x: _normal_quantile(x - 0.5, ops.where(x < 0.5, x, 1.0 - x)))


def _erf(x: Any) -> Any:
    size = ops.abs(x)
    near, far = _erf_near(only(size < 1, x)), 1.0 - _erfc_far(only(~(size < 1), size, 1.0))
    return ops.where(size < 1, near, ops.where(x < 0, -far, far))


def _erfc(x: Any) -> Any:
    size = ops.abs(x)
    near, far = 1.0 - _erf_near(only(size < 0.5, x)), _erfc_far(only(~(size < 0.5), size, 0.5))
    return ops.where(size < 0.5, near, ops.where(x < 0, 2.0 - far, far))


def _ndtr(x: Any) -> Any:
    size = ops.abs(x)
    near = 0.5 + 0.5 * _erf_near(only(size < 0.75, x) * math.sqrt(0.5))
    far = only(~(size < 0.75), only(~(size > 39), size, 39.0), 1.0)
    far = 0.5 * _gauss(far, 0.5) * _erfcx(far * math.sqrt(0.5))
    return ops.where(size < 0.75, near, ops.where(x < 0, far, 1.0 - far))


def _erf_near(x: Any) -> Any:
    return x * polynomial(c.ERF, x * x)


def _erfc_far(x: Any) -> Any:
    x = only(~(x > 28), x, 28.0)  # erfc(28) is 0 in float64
    return _gauss(x, 1.0) * _erfcx(x)


def _erfcx(x: Any) -> Any:
    return 1 / math.sqrt(math.pi) / (x + polynomial(c.ERFCX_P, x) / polynomial(c.ERFCX_Q, x))


def _gauss(x: Any, factor: float) -> Any:
    """`exp(-factor x^2)`: rounding `x^2` costs `x^2` ulps, so its leading bits, whose square is exact, go first."""
    lead = ops.floor(64.0 * x) / 64.0
    return ops.exp(-factor * (lead * lead)) * ops.exp(-factor * ((x - lead) * (x + lead)))


def _normal_quantile(q: Any, tail: Any) -> Any:
    """At probability 1/2 + q, where `tail` is the smaller of the probabilities on either side."""
    central = ops.abs(q) <= 0.425
    inner = only(central, q)
    r = 0.180625 - inner * inner
    near = inner * polynomial(c.NDTRI_A, r) / polynomial(c.NDTRI_B, r)
    r = ops.sqrt(-ops.log(only(~central & (tail > 0), tail, 0.05)))
    deep = r > 5
    middle, end = only(~deep, r, 1.6) - 1.6, only(deep, r, 5.0) - 5.0
    far = ops.where(
        deep,
        polynomial(c.NDTRI_E, end) / polynomial(c.NDTRI_F, end),
        polynomial(c.NDTRI_C, middle) / polynomial(c.NDTRI_D, middle),
    )
    far = ops.where(tail == 0, math.inf, ops.where(tail > 0, far, math.nan))
    return ops.where(central, near, ops.where(q < 0, -far, far))


# -- gamma --


@derived
def gammaln(x: A, /) -> A:
    """`log(abs(gamma(x)))`: inf at 0 and the negative integers.

    Relative to the result it is precise for `x > 0`; below, where it crosses 0 between the poles, only absolutely.

    >>> ops.special.gammaln(ops.asarray([1.0, 5.0])).tolist()
    [0.0, 3.1780538303479458]
    """
    return _computed("gammaln", x, gamma.gammaln)


@derived
def digamma(x: A, /) -> A:
    """The derivative of `gammaln`: nan at the negative integers, -inf at 0 and inf at -0.

    >>> ops.special.digamma(ops.asarray([1.0])).tolist()
    [-0.5772156649015329]
    """
    return _computed("digamma", x, gamma.digamma)


@derived
def betaln(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`gammaln(x1) + gammaln(x2) - gammaln(x1 + x2)` for positive numbers, without the cancellation of large ones.

    >>> ops.special.betaln(ops.asarray([1.0]), ops.asarray([5.0])).tolist()
    [-1.6094379124341003]
    """
    return _computed_pair("betaln", x1, x2, gamma.betaln)


# -- Bessel functions --


@derived
def i0(x: A, /) -> A:
    """The modified Bessel function of order 0.

    >>> ops.special.i0(ops.asarray([0.0, 1.0])).tolist()
    [1.0, 1.2660658777520084]
    """
    return _computed("i0", x, lambda x: _bessel(x, c.I0_NEAR, c.I0_FAR, scaled=False))


@derived
def i0e(x: A, /) -> A:
    """`exp(-abs(x)) * i0(x)`, which does not overflow.

    >>> ops.special.i0e(ops.asarray([1000.0])).tolist()
    [0.012617240455891256]
    """
    return _computed("i0e", x, lambda x: _bessel(x, c.I0_NEAR, c.I0_FAR, scaled=True))


@derived
def i1(x: A, /) -> A:
    """The modified Bessel function of order 1, the derivative of `i0`.

    >>> ops.special.i1(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.565159103992485]
    """

    def odd(x: Any) -> Any:
        half = 0.5 * only(ops.abs(x) < 12, x)
        return _bessel(x, c.I1_NEAR, c.I1_FAR, scaled=False, near_factor=half, far_factor=ops.sign(x))

    return _computed("i1", x, odd)


def _bessel(
    x: Any,
    near: tuple[float, ...],
    far: tuple[float, ...],
    *,
    scaled: bool,
    near_factor: Any = 1.0,
    far_factor: Any = 1.0,
) -> Any:
    size = ops.abs(x)
    small = only(size < 12, size)
    large = only(~(size < 12), size, 12.0)
    low = near_factor * polynomial(near, 0.25 * (small * small))
    high = far_factor * polynomial(far, 12.0 / large) / ops.sqrt(2 * math.pi * large)
    if scaled:
        return ops.where(size < 12, low * ops.exp(-small), high)
    growth = ops.exp(0.5 * only(~(large > 2000), large, 2000.0))  # its square may overflow where the result does not
    large = only(large < math.inf, large, 2000.0)
    return ops.where(
        size < 12, low, far_factor * polynomial(far, 12.0 / large) / ops.sqrt(2 * math.pi * large) * growth * growth
    )


# -- logarithms --


@derived
def logit(x: A, /) -> A:
    """`log(x / (1 - x))`, the inverse of `expit`: precise near 1/2, where it crosses 0.

    >>> ops.special.logit(ops.asarray([0.0, 0.5, 0.75])).tolist()
    [-inf, 0.0, 1.0986122886681098]
    """

    def body(x: Any) -> Any:
        middle = ops.abs(x - 0.5) < 0.25
        inside = (x > 0) & (x < 1)
        end = only(inside & ~middle, x, 0.25)
        near = 2.0 * ops.atanh(2.0 * only(middle, x, 0.5) - 1.0)
        edge = ops.where(x == 0, -math.inf, ops.where(x == 1, math.inf, ops.full_like(x, math.nan)))
        return ops.where(inside, ops.where(middle, near, ops.log(end / (1.0 - end))), edge)

    return _computed("logit", x, body)


@derived
def xlogy(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 * log(x2)`, and 0 where `x1` is 0, whatever `x2` is, unless it is nan.

    >>> ops.special.xlogy(ops.asarray([0.0, 2.0]), ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.0]
    """
    return _computed_pair("xlogy", x1, x2, lambda a, b: _times_log(a, b, ops.log, 1.0))


@derived
def xlog1py(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """`x1 * log1p(x2)`, and 0 where `x1` is 0, whatever `x2` is, unless it is nan.

    >>> ops.special.xlog1py(ops.asarray([0.0, 2.0]), ops.asarray([-1.0, 0.0])).tolist()
    [0.0, 0.0]
    """
    return _computed_pair("xlog1py", x1, x2, lambda a, b: _times_log(a, b, ops.log1p, 0.0))


@derived
def entr(x: A, /) -> A:
    """`-x * log(x)`, the entropy of a probability: 0 at 0, -inf below.

    >>> ops.special.entr(ops.asarray([0.0, 0.5, -1.0])).tolist()
    [0.0, 0.34657359027997264, -inf]
    """

    def body(x: Any) -> Any:
        y = only(~(x < 0), x, 1.0)
        return ops.where(x < 0, -math.inf, 0.0 - _times_log(y, y, ops.log, 1.0))

    return _computed("entr", x, body)


def _times_log(a: Any, b: Any, log: Callable[[Any], Any], one: float) -> Any:
    """`a * log(b)`; `one` is where the logarithm is 0."""
    empty = (a == 0) & ~ops.isnan(b)
    return a * log(ops.where(empty, one, b))


# -- what all share --


def _computed(name: str, x: Any, body: Callable[[Any], Any]) -> Any:
    if name_of(x.dtype) in COMPLEX:
        raise DTypeError(f"ops.special.{name} got {name_of(x.dtype)}", expected="a real array", mend="ops.real(x)")
    y = floating(x)
    result = body(wide(y))
    return result if result.dtype == y.dtype else ops.astype(result, y.dtype)


def _computed_pair(name: str, x1: Any, x2: Any, body: Callable[[Any, Any], Any]) -> Any:
    dtype = common_dtype(x1, x2, inexact=True)
    if dtype in COMPLEX:
        raise DTypeError(f"ops.special.{name} got {dtype}", expected="real arrays", mend="ops.real(x)")
    a, b = common(x1, x2, inexact=True)
    result = body(wide(a), wide(b))
    return result if result.dtype == a.dtype else ops.astype(result, a.dtype)
