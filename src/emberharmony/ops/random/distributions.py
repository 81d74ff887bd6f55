"""Distributions with parameters: numbers, or arrays of the current backend that broadcast to the shape.

On a CPU they are computed by the core in float64 and rounded to the dtype. A parameter out of range is refused wherever
it can be read; inside a compiler, `vmap` or on another device it gives nan, and -1 in integers.
"""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.coefficients import only
from emberharmony.ops.like import axes_of
from emberharmony.ops.random import twin
from emberharmony.ops.random.keys import fold_in, split
from emberharmony.ops.random.parameters import Parameter, broadcast, numbers, prepared
from emberharmony.ops.random.place import Place, shape_of
from emberharmony.ops.random.questions import is_array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emberharmony.ops.random.keys import Key
    from emberharmony.types import Array, Device, DType, Shape

_COUNTS = ("int64", "int32")


def _positive(name: str, value: Any) -> Parameter:
    return Parameter(name, value, lambda x: (x > 0) & (x < math.inf), "a positive, finite number")


def _probability(value: Any) -> Parameter:
    return Parameter("p", value, lambda x: (x >= 0) & (x <= 1), "a probability from 0 to 1")


def _shape(name: str, shape: Shape | None) -> tuple[int, ...] | None:
    return None if shape is None else shape_of(name, shape)


def gamma(
    key: Key, a: Array | float, shape: Shape | None = None, dtype: DType | None = None, *, device: Device | None = None
) -> Any:
    """Gamma with shape parameter `a` and scale 1: density `x**(a - 1) exp(-x) / Gamma(a)`.

    For `a` far below 1 most of the mass lies below the smallest float, and such draws are 0.

    >>> float(ops.mean(ops.random.gamma(ops.random.key(0), 4.0, (10000,)))) - 4.0 < 0.1
    True
    """
    place = Place("gamma", key, device, a)
    name = place.dtype(dtype)
    size, flat = prepared(place, _shape("gamma", shape), _positive("a", a))
    return place.finished(place.sampler.gamma(place.key, place, math.prod(size), *flat), size, name)


def beta(
    key: Key,
    a: Array | float,
    b: Array | float,
    shape: Shape | None = None,
    dtype: DType | None = None,
    *,
    device: Device | None = None,
) -> Any:
    """Beta: density proportional to `x**(a - 1) (1 - x)**(b - 1)`. `x / (x + y)` of two gammas, taken in logarithms.

    >>> x = ops.random.beta(ops.random.key(0), 2.0, 3.0, (100,))
    >>> bool(ops.all((x > 0) & (x < 1)))
    True
    """
    place = Place("beta", key, device, a, b)
    name = place.dtype(dtype)
    size, flat = prepared(place, _shape("beta", shape), _positive("a", a), _positive("b", b))
    x, y = [_log_gamma(k, place, math.prod(size), each) for k, each in zip(split(place.key), flat, strict=True)]
    return place.finished(ops.sigmoid(x - y), size, name)


def dirichlet(key: Key, alpha: Array | Sequence[float], shape: Shape | None = None, dtype: DType | None = None) -> Any:
    """Dirichlet: proportions that sum to 1 along the last axis, the softmax of logarithms of gammas.

    Shapes: alpha (..., k) -> shape + (k,); `shape` is that of alpha without its last axis unless given.

    >>> x = ops.random.dirichlet(ops.random.key(0), ops.asarray([1.0, 2.0, 3.0]), (4,))
    >>> tuple(x.shape), bool(ops.all(ops.abs(ops.sum(x, axis=-1) - 1.0) < 1e-6))
    ((4, 3), True)
    """
    each: Any = alpha if is_array(alpha) else ops.asarray(alpha)
    place = Place("dirichlet", key, None, each)
    name = place.dtype(dtype)
    *batch, k = tuple(each.shape) or (0,)
    if k == 0:
        raise ShapeError(f"random.dirichlet got alpha of shape {tuple(each.shape)}", expected="(..., k) with k >= 1")
    whole = (*(batch if shape is None else shape_of("dirichlet", shape)), k)
    whole, flat = prepared(place, whole, _positive("alpha", each))
    logs = ops.reshape(_log_gamma(place.key, place, math.prod(whole), *flat), whole)
    return place.finished(ops.reshape(ops.softmax(logs, axis=-1), (-1,)), whole, name)


def _log_gamma(key: Key, place: Place, n: int, a: Any) -> Any:
    """The logarithm of a gamma, finite where the gamma itself would be 0."""
    lifted = a < 1
    value = place.sampler.gamma(key, place, n, ops.where(lifted, a + 1.0, a))
    boost = twin.unit(place.source.words64(fold_in(key, 0), place, n), place.real)
    boost = only(boost > 0, boost, 2.0**-54)
    return ops.log(value) + ops.where(lifted, ops.log(boost) / only(lifted, a, 1.0), 0.0)


def poisson(
    key: Key, rate: Array | float, shape: Shape | None = None, dtype: DType = "int64", *, device: Device | None = None
) -> Any:
    """Poisson: `P(k) = rate**k exp(-rate) / k!`; int64, or int32, where its greatest stands for all above it.

    >>> ops.random.poisson(ops.random.key(0), 3.0, (4,)).tolist()
    [3, 4, 3, 5]
    """
    place = Place("poisson", key, device, rate)
    name = place.integer(dtype, _COUNTS)
    expected = "a finite number from 0 to 2**62"
    size, flat = prepared(
        place, _shape("poisson", shape), Parameter("rate", rate, lambda x: (x >= 0) & (x <= 2.0**62), expected)
    )
    return _counted(place, place.sampler.poisson(place.key, place, math.prod(size), *flat), size, name)


def binomial(
    key: Key,
    n: Array | float,
    p: Array | float,
    shape: Shape | None = None,
    dtype: DType = "int64",
    *,
    device: Device | None = None,
) -> Any:
    """Binomial: successes in `n` trials of probability `p`; `n` is a whole number up to 2**53.

    >>> ops.random.binomial(ops.random.key(0), 10, 0.5, (4,)).tolist()
    [5, 6, 6, 7]
    """
    place = Place("binomial", key, device, n, p)
    name = place.integer(dtype, _COUNTS)
    trials = Parameter("n", n, lambda x: (x >= 0) & (x <= 2.0**53) & (x // 1 == x), "a whole number from 0 to 2**53")
    size, flat = prepared(place, _shape("binomial", shape), trials, _probability(p))
    return _counted(place, place.sampler.binomial(place.key, place, math.prod(size), *flat), size, name)


def _counted(place: Place, y: Any, shape: tuple[int, ...], dtype: str) -> Any:
    if dtype == "int32":
        y = ops.clip(y, -1, (1 << 31) - 1)
    return place.finished(ops.astype(y, dtype), shape, dtype)


def truncated_normal(
    key: Key,
    lower: Array | float,
    upper: Array | float,
    shape: Shape | None = None,
    dtype: DType | None = None,
    *,
    device: Device | None = None,
) -> Any:
    """Normal with mean 0 and deviation 1, given that it lies between `lower` and `upper`; either may be infinite.

    >>> x = ops.random.truncated_normal(ops.random.key(0), 2.0, 3.0, (100,))
    >>> bool(ops.all((x >= 2) & (x <= 3)))
    True
    """
    place = Place("truncated_normal", key, device, lower, upper)
    name = place.dtype(dtype)
    low = Parameter("lower", lower, lambda x: x < math.inf, "a number, or -inf")
    high = Parameter("upper", upper, lambda x: x > -math.inf, "a number, or inf")
    size, flat = prepared(place, _shape("truncated_normal", shape), low, high)
    if place.known and not bool(ops.all(flat[0] < flat[1])):
        raise ArgumentError(
            f"random.truncated_normal got lower={lower} and upper={upper}", expected="lower below upper everywhere"
        )
    return place.finished(place.sampler.truncated_normal(place.key, place, math.prod(size), *flat), size, name)


def bernoulli(key: Key, p: Array | float = 0.5, shape: Shape | None = None, *, device: Device | None = None) -> Any:
    """True with probability `p`: where a uniform number of 53 bits is below it.

    >>> ops.random.bernoulli(ops.random.key(1), 0.5, (4,)).tolist()
    [True, False, False, False]
    """
    place = Place("bernoulli", key, device, p)
    size, flat = prepared(place, _shape("bernoulli", shape), _probability(p))
    if place.real == "float64":
        return place.finished(
            place.source.uniform(place.key, place, math.prod(size), place.real) < flat[0], size, "bool"
        )
    # the same in whole numbers of 2**-53, where there is no float64
    low, high = place.source.words64(place.key, place, math.prod(size))
    limit = ops.astype(ops.ceil(flat[0] * 2.0**53), "int64")
    return place.finished((high << 21 | low >> 11) < limit, size, "bool")


def categorical(key: Key, logits: Array, axis: int = -1, shape: Shape | None = None) -> Any:
    """Indices along `axis` with probabilities `softmax(logits)`: where logits plus Gumbel numbers are largest. int64.

    `shape`, that of the logits without `axis` unless given, is one that this broadcasts to.

    >>> ops.random.categorical(ops.random.key(0), ops.asarray([0.0, -ops.inf, 1.0]), shape=(6,)).tolist()
    [2, 0, 0, 2, 2, 0]
    """
    place = Place("categorical", key, None, logits)
    (axis,) = axes_of("random.categorical", logits, axis)
    k = logits.shape[axis]
    x = numbers(logits) if place.host else ops.astype(ops.stop_gradient(logits), place.real)
    x = ops.moveaxis(x, axis, -1)
    if k == 0:
        raise ShapeError(f"random.categorical got logits of shape {tuple(logits.shape)}", expected="at least one class")
    if place.known and not bool(ops.all(ops.isfinite(ops.max(x, axis=-1)))):
        raise ArgumentError(
            "random.categorical got logits that are nan, inf, or -inf in all classes",
            expected="at least one finite logit for each draw; -inf is a class that is never drawn",
        )
    batch = tuple(x.shape[:-1])
    size = batch if shape is None else shape_of("categorical", shape)
    if broadcast("categorical", batch, size) != size:
        raise ShapeError(
            f"random.categorical got shape {size} and logits of shape {tuple(logits.shape)}",
            expected=f"a shape that {batch} broadcasts to",
        )
    noise = ops.reshape(place.source.gumbel(place.key, place, math.prod(size) * k, place.real), (*size, k))
    return place.finished(ops.reshape(ops.argmax(x + noise, axis=-1), (-1,)), size, "int64")
