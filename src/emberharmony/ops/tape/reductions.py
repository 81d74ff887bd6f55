"""Rules of sums, means, extremes and running totals: `(g, y, x, **named)` -> cotangent of `x`."""

from __future__ import annotations

import math
from typing import Any

from emberharmony import ops
from emberharmony.ops.like import axes_of, made_like
from emberharmony.ops.tape.elementwise import conjugated


def _kept(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """`g` with the reduced axes back, of length 1."""
    if keepdims or x.ndim == 0:
        return g
    if axis is None:
        return ops.reshape(g, (1,) * x.ndim)
    axes = axes_of("a reduction", x, axis)
    return ops.reshape(g, tuple(1 if a in axes else n for a, n in enumerate(x.shape)))


def spread(g: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """`g` at every place that was reduced."""
    if axis is None and not keepdims:
        return ops.broadcast_to(g, x.shape)
    return ops.broadcast_to(_kept(g, x, axis, keepdims), x.shape)


def _count(x: Any, axis: Any) -> int:
    return math.prod(x.shape[a] for a in axes_of("a reduction", x, axis))


def _extreme(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    hit = ops.astype(ops.equal(x, _kept(y, x, axis, keepdims)), x.dtype)  # equal ones share
    return hit * (_kept(g, x, axis, keepdims) / ops.sum(hit, axis=axis, keepdims=True))


def _prod(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    """Products of all others: from the left and from the right, so that zeros are no trouble."""
    axes = axes_of("prod", x, axis)
    rest = [a for a in range(x.ndim) if a not in axes]
    order = (*rest, *axes)
    lanes = ops.reshape(ops.permute_dims(x, order), (*(x.shape[a] for a in rest), _count(x, axes)))
    ones = ops.ones_like(lanes[..., :1])
    left = ops.cumulative_prod(ops.concat([ones, lanes[..., :-1]], axis=-1), axis=-1)
    right = ops.cumulative_prod(ops.concat([ones, ops.flip(lanes, axis=-1)[..., :-1]], axis=-1), axis=-1)
    others = ops.reshape(left * ops.flip(right, axis=-1), tuple(x.shape[a] for a in order))
    back = sorted(range(x.ndim), key=order.__getitem__)
    return _kept(g, x, axis, keepdims) * ops.permute_dims(others, tuple(back))


def _var(g: Any, y: Any, x: Any, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    off = x - ops.mean(x, axis=axis, keepdims=True)
    freedom = _count(x, axis) - correction
    return _kept(g, x, axis, keepdims) * conjugated(off) * (2.0 / freedom if freedom else math.nan)


def _std(g: Any, y: Any, x: Any, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Any:
    # where all are equal the deviation is 0 and has no slope: 0 is one of its subgradients, nan is not
    flat = ops.equal(y, 0)
    half = ops.where(flat, ops.zeros_like(y), 0.5 / ops.where(flat, ops.ones_like(y), y))
    return _var(g * half, y, x, axis, correction, keepdims)


def _cumulative_sum(g: Any, y: Any, x: Any, axis: int | None = None, dtype: Any = None, **named: Any) -> Any:
    axis = axis or 0
    if named.get("include_initial"):
        g = g[(slice(None),) * (axis % x.ndim) + (slice(1, None),)]
    return ops.flip(ops.cumulative_sum(ops.flip(g, axis=axis), axis=axis), axis=axis)


def _cumulative_prod(g: Any, y: Any, x: Any, axis: Any = None, dtype: Any = None, **named: Any) -> Any:
    axis = (axis or 0) % x.ndim
    if named.get("include_initial"):
        g, y = (t[(slice(None),) * axis + (slice(1, None),)] for t in (g, y))
    if not bool(ops.any(ops.equal(x, 0))):
        return _cumulative_sum(g * y, y, x, axis) / x
    # row j holds the running products without x[j]
    g, lanes = ops.moveaxis(g, axis, -1), ops.moveaxis(x, axis, -1)[..., None, :]
    n = x.shape[axis]
    same = made_like(x, "eye", n, dtype="bool")
    without = ops.cumulative_prod(ops.where(same, ops.ones_like(lanes), lanes), axis=-1)
    later = ops.triu(made_like(x, "ones", (n, n), dtype="bool"))
    others = ops.where(later, without, ops.zeros_like(without))
    return ops.moveaxis(ops.sum(g[..., None, :] * others, axis=-1), -1, axis)


def _softmax(g: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return y * (g - ops.sum(g * y, axis=axis, keepdims=True))


def _log_softmax(g: Any, y: Any, x: Any, axis: Any = -1) -> Any:
    return g - ops.exp(y) * ops.sum(g, axis=axis, keepdims=True)


def _logsumexp(g: Any, y: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    off = x - _kept(y, x, axis, keepdims)
    return _kept(g, x, axis, keepdims) * ops.exp(ops.where(ops.isnan(off), ops.zeros_like(off), off))


GENERAL: dict[str, tuple[Any, ...]] = {
    "cumulative_prod": (_cumulative_prod,),
    "cumulative_sum": (_cumulative_sum,),
    "max": (_extreme,),
    "mean": (lambda g, y, x, axis=None, keepdims=False: spread(g / max(_count(x, axis), 1), x, axis, keepdims),),
    "min": (_extreme,),
    "prod": (_prod,),
    "std": (_std,),
    "sum": (lambda g, y, x, axis=None, dtype=None, keepdims=False: spread(g, x, axis, keepdims),),
    "var": (_var,),
    "log_softmax": (_log_softmax,),
    "logsumexp": (_logsumexp,),
    "softmax": (_softmax,),
}
CONSTANT = ("all", "any", "argmax", "argmin", "count_nonzero")
