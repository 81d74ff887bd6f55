"""How wrong a prediction is: one real number, to be made small.

    mse(prediction, target, *, mask=None, weight=None, reduction="mean")

Each of them, `cross_entropy` apart, wants a target of the prediction's shape: nothing is broadcast, because (n, 1)
beside (n,) would be n * n wrong differences. `mask`, of bool, and `weight`, of numbers from 0 on, have the shape of the
target or of its first axes. Where the mask is false nothing counts, not even a nan. The mean is
`sum(weight * loss) / sum(weight)` over what the mask keeps, hence padding changes nothing; where nothing is kept, or
all weights are zero, it is 0.0 and so is its gradient. With `reduction="none"` each loss is multiplied by its weight,
and 0 where the mask is false. A target is taken to the prediction's dtype.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS, REAL, name_of
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.nn.kernels.place import is_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["bce", "cross_entropy", "gaussian_nll", "huber", "mae", "mse", "quantile"]

Reduction = Literal["mean", "sum", "none"]


# -- numbers --


def mse(
    prediction: AnyArray,
    target: AnyArray,
    *,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """`(prediction - target)^2`: the best constant is the mean.

    >>> mse(ops.asarray([1.0, 3.0]), ops.asarray([1.0, 1.0])).tolist()
    2.0
    """
    d = _difference("mse", prediction, target, mask)
    return _reduced("mse", d * d, mask, weight, reduction)


def mae(
    prediction: AnyArray,
    target: AnyArray,
    *,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """`|prediction - target|`: the best constant is the median. The gradient at 0 is 0.

    >>> mae(ops.asarray([1.0, 3.0]), ops.asarray([1.0, 1.0])).tolist()
    1.0
    """
    return _reduced("mae", ops.abs(_difference("mae", prediction, target, mask)), mask, weight, reduction)


def huber(
    prediction: AnyArray,
    target: AnyArray,
    *,
    delta: float = 1.0,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """`d^2 / 2` up to `|d| = delta`, and a line of the same slope beyond: no outlier pulls harder than `delta`.

    >>> huber(ops.asarray([1.0, 3.0]), ops.asarray([0.0, 0.0]), reduction="none").tolist()
    [0.5, 2.5]
    """
    if not delta > 0:
        raise ArgumentError(f"huber got delta={delta!r}", expected="a number above 0")
    d = ops.abs(_difference("huber", prediction, target, mask))
    near = ops.minimum(d, delta)
    return _reduced("huber", near * (d - 0.5 * near), mask, weight, reduction)


def quantile(
    prediction: AnyArray,
    target: AnyArray,
    levels: float | Sequence[float] = 0.5,
    *,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """The pinball loss `max(level d, (level - 1) d)` of `d = target - prediction`: the best constant is the quantile.

    With several levels the prediction has one more axis than the target, the last, with a number for each of them.

    >>> target = ops.asarray([1.0, 2.0])
    >>> quantile(ops.asarray([[0.0, 2.0], [1.0, 4.0]]), target, (0.25, 0.75), reduction="none").tolist()
    [[0.25, 0.25], [0.25, 0.5]]
    """
    several = not isinstance(levels, int | float)
    given = [levels] if isinstance(levels, int | float) else [*levels]
    if not given or not all(0.0 < level < 1.0 for level in given):
        raise ArgumentError(f"quantile got levels={levels!r}", expected="one or several numbers between 0 and 1")
    if not several:
        d = -_difference("quantile", prediction, target, mask)
        level: Any = given[0]
    else:
        _check_array("quantile", "prediction", prediction)
        _check_array("quantile", "target", target)
        if tuple(prediction.shape) != (*target.shape, len(given)):
            raise ShapeError(
                f"quantile got a prediction of shape {tuple(prediction.shape)} for {len(given)} levels and a target of "
                f"shape {tuple(target.shape)}",
                expected=f"a prediction of shape {(*target.shape, len(given))}",
            )
        beside = ops.broadcast_to(ops.expand_dims(target, axis=-1), tuple(prediction.shape))
        d = -_difference("quantile", prediction, beside, mask)
        level = ops.made_like(prediction, "asarray", given, dtype=prediction.dtype)
    return _reduced("quantile", ops.where(d >= 0, level * d, (level - 1.0) * d), mask, weight, reduction)


def gaussian_nll(
    mean: AnyArray,
    log_variance: AnyArray,
    target: AnyArray,
    *,
    floor: float = 1e-6,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """`(log(2 pi v) + (mean - target)^2 / v) / 2`, the negative logarithm of a normal density with variance v.

    A network gives the logarithm of v, which may be any number. v is at least `floor`: without it, one exact
    prediction would make the loss fall without end.

    >>> round(gaussian_nll(ops.zeros(1), ops.zeros(1), ops.asarray([1.0])).item(), 4)
    1.4189
    """
    if not floor > 0:
        raise ArgumentError(f"gaussian_nll got floor={floor!r}", expected="a number above 0")
    d = _difference("gaussian_nll", mean, target, mask)
    spread = ops.maximum(_beside("gaussian_nll", "log_variance", log_variance, mean, mask), math.log(floor))
    nll = 0.5 * (math.log(2.0 * math.pi) + spread + d * d * ops.exp(-spread))
    return _reduced("gaussian_nll", nll, mask, weight, reduction)


# -- classes --


def bce(
    logits: AnyArray,
    target: AnyArray,
    *,
    pos_weight: AnyArray | float = 1.0,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Binary cross-entropy, `-pos_weight t log(p) - (1 - t) log(1 - p)` with `p = sigmoid(logits)`; never overflows.

    The target is 0, 1, or a probability. A `pos_weight` above 1 makes a missed positive dearer: one number, or an array
    of one for each place in the last axis.

    >>> [round(x, 4) for x in bce(ops.asarray([0.0, 1000.0]), ops.asarray([1, 0]), reduction="none").tolist()]
    [0.6931, 1000.0]
    """
    x = _beside("bce", "logits", logits, logits, mask)
    t = _beside("bce", "target", target, logits, mask)
    factor: Any = pos_weight
    if registry.is_array(factor):
        if tuple(factor.shape) not in ((), tuple(x.shape[-1:])):
            raise _unequal("bce", "logits", x, "a pos_weight", factor)
        factor = ops.astype(factor, x.dtype)
    return _reduced("bce", factor * t * ops.softplus(-x) + (1.0 - t) * ops.softplus(x), mask, weight, reduction)


def cross_entropy(
    logits: AnyArray,
    target: AnyArray,
    *,
    smoothing: float = 0.0,
    class_weight: AnyArray | None = None,
    mask: AnyArray | None = None,
    weight: AnyArray | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """`-sum_c class_weight_c p_c log_softmax(logits)_c` over the last axis, in which the classes are.

    The target holds integers, of the shape of the logits without their last axis, or probabilities p, of their shape.
    `smoothing` takes this part of each p and deals it out to all classes alike. With integers and a `class_weight` the
    mean is divided by the sum of the weights of the classes that came, so a common factor of them changes nothing.

    >>> round(cross_entropy(ops.asarray([[0.0, 0.0], [9.0, -9.0]]), ops.asarray([1, 0])).item(), 4)
    0.3466
    """
    _check_array("cross_entropy", "logits", logits)
    _check_array("cross_entropy", "target", target)
    if not 0.0 <= smoothing < 1.0:
        raise ArgumentError(f"cross_entropy got smoothing={smoothing!r}", expected="a number from 0 to below 1")
    shape, classes = tuple(logits.shape), logits.shape[-1] if logits.ndim else 0
    if name_of(logits.dtype) not in REAL:
        raise DTypeError(f"cross_entropy got logits of {name_of(logits.dtype)}", expected="floating-point numbers")
    integers = name_of(target.dtype) in KINDS["integral"]
    if not classes or tuple(target.shape) != (shape[:-1] if integers else shape):
        raise ShapeError(
            f"cross_entropy got logits of shape {shape} and {'integers' if integers else 'probabilities'} of shape "
            f"{tuple(target.shape)}",
            expected=f"integers of shape {shape[:-1]} or probabilities of shape {shape}",
        )
    if class_weight is not None and tuple(class_weight.shape) != (classes,):
        raise ShapeError(
            f"cross_entropy got a class_weight of shape {tuple(class_weight.shape)} and logits of shape {shape}",
            expected=f"({classes},): one for each class",
        )
    kept = _mask("cross_entropy", mask, shape[:-1])
    scores = ops.log_softmax(logits if kept is None else ops.where(kept[..., None], logits, 0.0), axis=-1)
    costs = scores if class_weight is None else scores * ops.astype(class_weight, scores.dtype)
    mass = None
    if integers:
        index = ops.astype(target if kept is None else ops.where(kept, target, 0), "int64")
        _check_classes(index, classes)
        loss = -ops.take_along_axis(costs, index[..., None], axis=-1)[..., 0]
        if class_weight is not None:
            mass = ops.astype(
                ops.reshape(ops.take(class_weight, ops.reshape(index, (-1,)), axis=0), shape[:-1]), loss.dtype
            )
    else:
        p = ops.astype(target, scores.dtype)
        loss = -ops.sum((p if kept is None else ops.where(kept[..., None], p, 0.0)) * costs, axis=-1)
    if smoothing:
        loss = (1.0 - smoothing) * loss - (smoothing / classes) * ops.sum(costs, axis=-1)
    return _reduced("cross_entropy", loss, mask, weight, reduction, mass)


def _check_classes(index: Any, classes: int) -> None:
    if math.prod(index.shape) and is_readable(index):
        low, high = int(ops.item(ops.min(index))), int(ops.item(ops.max(index)))
        if low < 0 or high >= classes:
            raise ArgumentError(
                f"cross_entropy got the class {low if low < 0 else high} and logits for {classes} classes",
                expected=f"integers from 0 to {classes - 1}",
                mend="a mask that is false where there is no class",
            )


# -- what they share --


def _difference(loss: str, prediction: Any, target: Any, mask: Any) -> Any:
    """`prediction - target`, 0 where the mask is false."""
    _check_array(loss, "prediction", prediction)
    _check_array(loss, "target", target)
    if tuple(prediction.shape) != tuple(target.shape):
        raise _unequal(loss, "a prediction", prediction, "a target", target)
    if name_of(prediction.dtype) not in REAL:
        raise DTypeError(f"{loss} got a prediction of {name_of(prediction.dtype)}", expected="floating-point numbers")
    d = prediction - ops.astype(target, prediction.dtype)
    kept = _mask(loss, mask, tuple(d.shape))
    return d if kept is None else ops.where(_spread(kept, d.ndim), d, 0.0)


def _beside(loss: str, what: str, x: Any, prediction: Any, mask: Any) -> Any:
    """`x` in the dtype of the prediction, whose shape it has, 0 where the mask is false."""
    _check_array(loss, what, x)
    if tuple(x.shape) != tuple(prediction.shape):
        raise _unequal(loss, "a prediction", prediction, what, x)
    y = ops.astype(x, prediction.dtype)
    kept = _mask(loss, mask, tuple(y.shape))
    return y if kept is None else ops.where(_spread(kept, y.ndim), y, 0.0)


def _reduced(loss: str, x: Any, mask: Any, weight: Any, reduction: Reduction, mass: Any = None) -> Any:
    """Each loss times its weight, and their sum or mean; `mass` is how much each counts, beside its weight."""
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f"{loss} got reduction={reduction!r}", expected='"mean", "sum" or "none"')
    shape = tuple(x.shape)
    kept = _mask(loss, mask, shape)
    inside = None if kept is None else _spread(kept, x.ndim)
    count: Any = mass
    if weight is not None:
        _check_array(loss, "weight", weight)
        _check_leading(loss, "a weight", weight, shape)
        w = ops.broadcast_to(_spread(ops.astype(weight, x.dtype), x.ndim), shape)
        if inside is not None:
            w = ops.where(inside, w, 0.0)
        x = x * w
        count = w if count is None else count * w
    elif inside is not None:
        x = ops.where(inside, x, 0.0)
        one = ops.ones_like(x) if count is None else count
        count = ops.where(inside, one, 0.0)
    if reduction == "none":
        return x
    total = ops.sum(x)
    if reduction == "sum":
        return total
    if count is None:
        return total / max(math.prod(shape), 1)
    count = ops.sum(count)
    return total / ops.where(count > 0, count, 1.0)


def _mask(loss: str, mask: Any, shape: tuple[int, ...]) -> Any:
    if mask is None:
        return None
    _check_array(loss, "mask", mask)
    if name_of(mask.dtype) != "bool":
        raise DTypeError(
            f"{loss} got a mask of {name_of(mask.dtype)}",
            expected="an array of bool, true where a loss counts",
            mend="mask != 0; weight= takes numbers",
        )
    _check_leading(loss, "a mask", mask, shape)
    return mask


def _check_leading(loss: str, what: str, x: Any, shape: tuple[int, ...]) -> None:
    if tuple(x.shape) != shape[: x.ndim]:
        raise ShapeError(
            f"{loss} got {what} of shape {tuple(x.shape)} for losses of shape {shape}",
            expected="the same shape, or that of its first axes",
        )


def _spread(x: Any, ndim: int) -> Any:
    """With axes of length 1 behind, up to `ndim`."""
    return ops.reshape(x, (*x.shape, *(1,) * (ndim - x.ndim)))


def _check_array(loss: str, what: str, x: Any) -> None:
    if not registry.is_array(x):
        raise NotAnArrayError(f"{loss} got {what} of type {type(x).__name__}", expected="an array", mend="ops.asarray")


def _unequal(loss: str, first: str, x: Any, second: str, y: Any) -> ShapeError:
    return ShapeError(
        f"{loss} got {first} of shape {tuple(x.shape)} and {second} of shape {tuple(y.shape)}",
        expected="the same shape for both: nothing is broadcast" if second != "a pos_weight" else "one for each column",
        mend=f"ops.reshape({second.removeprefix('a ')}, {tuple(x.shape)})"
        if math.prod(x.shape) == math.prod(y.shape)
        else "",
    )
