"""The twin's distributions with parameters; the algorithms and their sources stand in `crates/random/src/sampler.rs`.

An attempt takes two 64-bit words at the element's own position, of two keys of its own, and either succeeds or not.
Where numbers can be read, attempts go on until all elements have one. Inside a compiler or `vmap` they are all made at
once, `TRIES` of them, and the first good one is taken; that there is none has a probability below 2**-64 an element.

A parameter that has no meaning, and that nobody could read and refuse before, gives nan, and -1 in integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.ops.coefficients import only
from emberharmony.ops.random.keys import FOLD, fold_in
from emberharmony.ops.random.logarithm import far_quantile, sqrt
from emberharmony.ops.random.twin import normal_of, open_unit, threefry, unit, words64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.ops.random.place import Place

TRIES = 32  # 0.25**32 = 2**-64, and no attempt fails as often as that
_STIRLING = (
    0.08106146679532726, 0.0413406959554093, 0.02767792568499834, 0.020790672103765093, 0.016644691189821193,
    0.013876128823070748, 0.011896709945891770, 0.010411265261972096, 0.009255462182712733, 0.008330563433362871,
)  # fmt: skip
_TINY = 2.0**-54  # below every uniform number but 0, whose logarithm is not needed


def gamma(key: Key, place: Place, n: int, a: Any) -> Any:
    """Scale 1."""
    valid = (a > 0) & (a < math.inf)
    a = only(valid, a, 1.0)
    d = ops.where(a < 1, a + 1.0, a) - 1.0 / 3.0
    c = 1.0 / sqrt(9.0 * d)

    def attempt(first: Any, second: Any) -> tuple[Any, Any]:
        x = normal_of(first, place.real)
        t = 1.0 + c * x
        v = t * t * t
        limit = 0.5 * x * x + d * (1.0 - v + ops.log(only(t > 0, v, 1.0)))
        return d * v, (t > 0) & (_log(unit(second, place.real)) < limit)

    value = _search(key, place, n, attempt)
    boost = unit(words64(fold_in(key, 0), place, n), place.real)
    value = ops.where(a < 1, value * ops.pow(boost, 1.0 / only(a < 1, a, 1.0)), value)
    return ops.where(valid, value, math.nan)


def poisson(key: Key, place: Place, n: int, rate: Any) -> Any:
    """Counts, as whole floats."""
    small, valid = (rate >= 0) & (rate < 10), (rate >= 0) & (rate < math.inf)
    low, high = only(small, rate, 1.0), only(valid & ~small, rate, 10.0)
    searched = _sequential(key, place, n, ops.exp(-low), lambda k: low / k)
    b = 0.931 + 2.53 * sqrt(high)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)

    def attempt(first: Any, second: Any) -> tuple[Any, Any]:
        u, v = unit(first, place.real) - 0.5, unit(second, place.real)
        s = 0.5 - ops.abs(u)
        s = only(s > 0, s, 2.0**-60)  # u = -1/2: k is far below 0 either way
        k = ops.floor((2.0 * a / s + b) * u + high + 0.43)
        inside = (k >= 0) & ~((s < 0.013) & (v > s))
        j = only(k >= 0, k)
        e = j + 1.0 - high
        ln_p = e - j * ops.log1p(e / high) - 0.5 * ops.log(math.tau * (j + 1.0)) - _stirling_rest(j)
        close = _log(v * inverse_alpha / (a / (s * s) + b)) <= ln_p
        return k, ((s >= 0.07) & (v <= v_r)) | (inside & close) | small  # MLX's vmap wants the batch on the left

    count = ops.where(small, searched, _search(key, place, n, attempt))
    return ops.where(valid, count, -1.0)


def binomial(key: Key, place: Place, n: int, trials: Any, p: Any) -> Any:
    """Successes, as whole floats."""
    valid = (trials >= 0) & (trials <= 2.0**53) & (p >= 0) & (p <= 1)
    trials, p = only(valid, trials), only(valid, p)
    upper = p > 0.5
    p = ops.where(upper, 1.0 - p, p)
    small = trials * p < 10
    r = p / (1.0 - p)
    start = ops.exp(only(small, trials) * ops.log1p(-p))
    searched = _sequential(key, place, n, start, lambda k: only(small, trials - k + 1.0) / k * r)
    searched = ops.where(searched > trials, trials, searched)

    total, odds = only(~small, trials, 40.0), only(~small, p, 0.25)  # any that are not small
    r = odds / (1.0 - odds)
    spq = sqrt(total * odds * (1.0 - odds))
    b = 1.15 + 2.53 * spq
    a = -0.0873 + 0.0248 * b + 0.01 * odds
    c = total * odds + 0.5
    v_r = 0.92 - 4.2 / b
    alpha = (2.83 + 5.1 / b) * spq
    m = ops.floor((total + 1.0) * odds)
    at_mode = _stirling_rest(m) + _stirling_rest(total - m)

    def attempt(first: Any, second: Any) -> tuple[Any, Any]:
        u, v = unit(first, place.real) - 0.5, unit(second, place.real)
        s = 0.5 - ops.abs(u)
        s = only(s > 0, s, 2.0**-60)
        k = ops.floor((2.0 * a / s + b) * u + c)
        inside = (k >= 0) & (k <= total)
        j = only(inside, k)
        e = j - m
        ratio = (
            e * ops.log(r * (total - j + 1.0) / (j + 1.0))
            - (m + 0.5) * ops.log1p(e / (m + 1.0))
            - (total - m + 0.5) * ops.log1p(-e / (total - m + 1.0))
        )
        rest = at_mode - _stirling_rest(j) - _stirling_rest(total - j)
        close = _log(v * alpha / (a / (s * s) + b)) <= ratio + rest
        return k, ((s >= 0.07) & (v <= v_r)) | (inside & close) | small  # MLX's vmap wants the batch on the left

    count = ops.where(small, searched, _search(key, place, n, attempt))
    return ops.where(valid, ops.where(upper, trials - count, count), -1.0)


def truncated_normal(key: Key, place: Place, n: int, lower: Any, upper: Any) -> Any:
    """Mean 0 and deviation 1 before the bounds."""
    x, flipped = open_unit(words64(key, place, n), place.real)
    v, rest = ops.where(flipped, 1.0 - x, x), ops.where(flipped, x, 1.0 - x)
    below = v * _tail(-upper) + rest * _tail(-lower)
    above = v * _tail(upper) + rest * _tail(lower)
    left = below < above
    p = ops.where(left, below, above)
    z = ops.where(p > 0, far_quantile(only(p > 0, p, 0.5)), 0.0)
    z = ops.minimum(ops.maximum(ops.where(left, -z, z), lower), upper)
    return ops.where(lower < upper, z, math.nan)


def _tail(x: Any) -> Any:
    return 0.5 * ops.erfc(x * math.sqrt(0.5))


def _log(x: Any) -> Any:
    """The logarithm of a uniform number; of 0 that of a smaller one than any other."""
    return ops.log(only(x > _TINY, x, _TINY))


def _stirling_rest(k: Any) -> Any:
    """What Stirling's formula at k + 1 leaves of `log k!`: tabled below 10."""
    y = 1.0 / (k + 1.0)
    rest = (1.0 / 12.0 - (1.0 / 360.0 - y * y / 1260.0) * y * y) * y
    for number, known in enumerate(_STIRLING):
        rest = ops.where(k == number, known, rest)
    return rest


def _sequential(key: Key, place: Place, n: int, first: Any, ratio: Callable[[float], Any]) -> Any:
    """The least k with `u < P(0) + ... + P(k)`, at most 64, where `P(k) = P(k - 1) ratio(k)`."""
    u = unit(words64(key, place, n), place.real)
    term = total = first
    count = ops.astype(u >= total, place.real)
    for k in range(1, 64):
        term = term * ratio(float(k))
        total = total + term
        count = count + ops.astype(u >= total, place.real)
    return count


def _search(key: Key, place: Place, n: int, attempt: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
    """What the first attempt gives that succeeds, for each element; `attempt` returns (value, success)."""
    i = place.arange(n)
    counter = i >> 32, i & 0xFFFFFFFF

    def tried(j: Any) -> tuple[Any, Any]:
        pairs = [threefry(key.hi, key.lo, FOLD, 2 * j + part) for part in (1, 2)]
        return attempt(*(threefry(hi, lo, *counter) for hi, lo in pairs))

    if place.traced:
        j = ops.reshape(place.arange(TRIES), (TRIES, 1))
        value, good = tried(j)
        first = ops.min(ops.where(good, j, TRIES - 1), axis=0, keepdims=True)
        return ops.take_along_axis(value, first, axis=0)[0]
    value, done = tried(0)
    j = 1
    while not bool(ops.all(done)):
        other, good = tried(j)
        value, done, j = ops.where(done, value, other), done | good, j + 1
    return value
