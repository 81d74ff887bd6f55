"""Weighted means, ranges and covariance."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import axes_of, common, floating

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Array, Axis

__all__ = ["average", "corrcoef", "cov", "ptp"]


@derived
def average(x: A, /, axis: Axis = None, weights: Array | None = None, *, keepdims: bool = False) -> A:
    """`sum(weights * x) / sum(weights)` along `axis`; without weights the mean.

    The weights have the shape of `x`, or are a vector along a single `axis`. Weights that sum to 0 give nan or inf.

    >>> float(ops.average(ops.asarray([1.0, 3.0]), weights=ops.asarray([3.0, 1.0])))
    1.5
    """
    if weights is None:
        return ops.mean(floating(x), axis=axis, keepdims=keepdims)
    y, w = common(x, weights, inexact=True)
    if tuple(w.shape) != tuple(y.shape):
        if not isinstance(axis, int) or tuple(w.shape) != (y.shape[axes_of("ops.average", y, axis)[0]],):
            raise ShapeError(
                f"ops.average got weights of shape {tuple(w.shape)} for x of shape {tuple(y.shape)} and axis={axis!r}",
                expected="weights of the shape of x, or a vector along one axis",
            )
        place = axes_of("ops.average", y, axis)[0]
        w = ops.reshape(w, tuple(-1 if a == place else 1 for a in range(y.ndim)))
    total = ops.sum(ops.broadcast_to(w, y.shape), axis=axis, keepdims=keepdims)
    return ops.sum(y * w, axis=axis, keepdims=keepdims) / total


@derived
def ptp(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """`max(x) - min(x)` along `axis`.

    >>> int(ops.ptp(ops.asarray([3, 1, 7])))
    6
    """
    return ops.subtract(ops.max(x, axis=axis, keepdims=keepdims), ops.min(x, axis=axis, keepdims=keepdims))


@derived
def cov(
    x: A,
    y: A | None = None,
    /,
    *,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Array | None = None,
    aweights: Array | None = None,
) -> A:
    """The covariance matrix of the rows of `x` (and of `y`, put below them): rows are variables, columns observations.

    `sum of w (x - m)(x - m)^H / (sum w - ddof)`, with `ddof` 1, or 0 with `bias`; `fweights` counts an observation
    several times, `aweights` weighs it. A single variable gives an array without axes.

    >>> ops.cov(ops.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    rows: Any = floating(x) if y is None else None
    if y is not None:
        first, second = common(x, y, inexact=True)
        rows = ops.concat([_variables(first, rowvar), _variables(second, rowvar)], axis=0)
    else:
        rows = _variables(rows, rowvar)
    count: Any = rows.shape[1]
    degrees: Any = (0 if bias else 1) if ddof is None else ddof
    weights: Any = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        if tuple(given.shape) != (rows.shape[1],):
            raise ShapeError(f"ops.cov got {name} of shape {tuple(given.shape)}", expected=f"({rows.shape[1]},)")
        value = ops.astype(given, ops.real(rows).dtype if name_of(rows.dtype) in COMPLEX else rows.dtype)
        weights = value if weights is None else weights * value
        if name == "aweights":
            degrees = degrees * ops.sum(weights * value) / ops.sum(weights)
    if weights is not None:
        count = ops.sum(weights)
    mean = ops.mean(rows, axis=1, keepdims=True)
    if weights is not None:
        weights = ops.astype(weights, rows.dtype)
        mean = ops.sum(rows * weights, axis=1, keepdims=True) / ops.astype(count, rows.dtype)
    off = rows - mean
    other = ops.matrix_transpose(off if weights is None else off * weights)
    product = ops.matmul(off, ops.conj(other) if name_of(rows.dtype) in COMPLEX else other)
    result = product / _positive(count - degrees, product)
    return ops.reshape(result, ()) if tuple(result.shape) == (1, 1) else result


@derived
def corrcoef(x: A, y: A | None = None, /, *, rowvar: bool = True) -> A:
    """The correlation matrix: `cov` divided by the standard deviations, clipped to [-1, 1].

    >>> ops.corrcoef(ops.asarray([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    c: Any = cov(x, y, rowvar=rowvar)
    if c.ndim == 0:
        return c / c
    is_complex = name_of(c.dtype) in COMPLEX
    spread = ops.sqrt(ops.linalg.diagonal(ops.real(c) if is_complex else c))
    c = c / spread[:, None] / spread[None, :]
    return c if is_complex else ops.clip(c, -1.0, 1.0)


def _variables(x: Any, rowvar: bool) -> Any:
    """One variable in each row."""
    if x.ndim > 2:
        raise ShapeError(f"ops.cov got shape {tuple(x.shape)}", expected="at most two axes")
    rows = ops.reshape(x, (1, -1)) if x.ndim < 2 else x
    return rows if rowvar or x.ndim < 2 else ops.matrix_transpose(rows)


def _positive(freedom: Any, like: Any) -> Any:
    """What the sums are divided by; 0 where there are too few observations, so that the result is nan or inf."""
    if isinstance(freedom, int | float):
        return max(freedom, 0)
    return ops.astype(ops.where(freedom > 0, freedom, 0.0), like.dtype)
