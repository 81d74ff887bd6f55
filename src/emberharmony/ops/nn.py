"""Activations and the functions around them, with JAX's names. Each works on any backend and can be differentiated.

Integers become the backend's default float. `ACTIVATIONS` names those that map an array to an array of its shape.
"""

from __future__ import annotations

import math

from emberharmony import ops
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import DTypeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import axes_of, default_dtype, dtype_like, floating, made_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Axis, DType

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_softmax",
    "logsumexp",
    "one_hot",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
]
ACTIVATIONS = ("elu", "gelu", "leaky_relu", "log_softmax", "relu", "sigmoid", "silu", "softmax", "softplus")


@derived
def relu(x: A, /) -> A:
    """`max(x, 0)`. The gradient at 0 is 0; a nan stays nan.

    >>> ops.relu(ops.asarray([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    return ops.where(ops.less_equal(x, 0), ops.zeros_like(x), x)


@derived
def leaky_relu(x: A, /, negative_slope: float = 0.01) -> A:
    """`x` where it is positive, `negative_slope * x` elsewhere.

    >>> ops.leaky_relu(ops.asarray([-1.0, 2.0]), 0.5).tolist()
    [-0.5, 2.0]
    """
    y = floating(x)
    return ops.where(y >= 0, y, negative_slope * y)


@derived
def elu(x: A, /, alpha: float = 1.0) -> A:
    """`x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    >>> ops.elu(ops.asarray([-1.0, 2.0])).tolist()
    [-0.6321205588285577, 2.0]
    """
    y = floating(x)
    return ops.where(y > 0, y, alpha * ops.expm1(ops.where(y > 0, ops.zeros_like(y), y)))


@derived
def sigmoid(x: A, /) -> A:
    """`1 / (1 + exp(-x))`, without overflow and with full relative precision at both ends.

    >>> ops.sigmoid(ops.asarray([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    y = floating(x)
    small = ops.exp(ops.where(y < 0, y, -y))  # in (0, 1]: neither overflows nor loses the tail
    return ops.where(y < 0, small, 1.0) / (1.0 + small)


@derived
def softplus(x: A, /) -> A:
    """`log(1 + exp(x))`, without overflow: the smooth `relu`.

    >>> ops.softplus(ops.asarray([0.0, 1000.0])).tolist()
    [0.6931471805599453, 1000.0]
    """
    y = floating(x)
    return ops.where(y > 0, y, 0.0) + ops.log1p(ops.exp(ops.where(y > 0, -y, y)))


@derived
def silu(x: A, /) -> A:
    """`x * sigmoid(x)`, also called swish.

    >>> ops.silu(ops.asarray([0.0, 1.0])).tolist()
    [0.0, 0.7310585786300049]
    """
    y = floating(x)
    return y * sigmoid(y)


@derived
def gelu(x: A, /, approximate: bool = True) -> A:
    """`x * Phi(x)`, with the normal distribution's Phi; with `approximate` its tanh form, off by up to 5e-4.

    >>> ops.gelu(ops.asarray([1.0])).tolist(), ops.gelu(ops.asarray([1.0]), approximate=False).tolist()
    ([0.8411919906082768], [0.8413447460685429])
    """
    y = floating(x)
    if approximate:
        return 0.5 * y * (1.0 + ops.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y * y * y)))
    return y * ops.special.ndtr(y)


@derived
def logsumexp(x: A, /, *, axis: Axis = None, keepdims: bool = False) -> A:
    """`log(sum(exp(x)))` along `axis`, without overflow: the maximum is taken out first.

    Shapes: (..., n, ...) -> (...). An empty axis gives -inf; a nan stays nan.

    >>> float(ops.logsumexp(ops.asarray([1000.0, 1000.0])))
    1000.6931471805599
    """
    y = floating(x)
    if math.prod([y.shape[a] for a in axes_of("logsumexp", y, axis)]) == 0:
        return ops.log(ops.sum(y, axis=axis, keepdims=keepdims))
    top = ops.max(y, axis=axis, keepdims=True)
    top = ops.where(ops.isfinite(top), top, ops.zeros_like(top))
    total = ops.log(ops.sum(ops.exp(y - top), axis=axis, keepdims=keepdims))
    return total + ops.reshape(top, total.shape)


@derived
def softmax(x: A, /, axis: Axis = -1) -> A:
    """`exp(x) / sum(exp(x))` along `axis`, without overflow.

    >>> ops.softmax(ops.asarray([0.0, 1000.0])).tolist()
    [0.0, 1.0]
    """
    y = floating(x)
    if 0 in y.shape:
        return y
    raised = ops.exp(y - ops.max(y, axis=axis, keepdims=True))
    return raised / ops.sum(raised, axis=axis, keepdims=True)


@derived
def log_softmax(x: A, /, axis: Axis = -1) -> A:
    """`x - logsumexp(x)` along `axis`: the logarithm of `softmax`, exact where that would round to 0.

    >>> ops.log_softmax(ops.asarray([0.0, 1000.0])).tolist()
    [-1000.0, 0.0]
    """
    y = floating(x)
    if 0 in y.shape:
        return y
    below = y - ops.max(y, axis=axis, keepdims=True)
    return below - ops.log(ops.sum(ops.exp(below), axis=axis, keepdims=True))


@derived
def one_hot(x: A, /, num_classes: int, *, dtype: DType | None = None, axis: int = -1) -> A:
    """1 at the place that each integer of `x` names and 0 elsewhere, in a new axis of `num_classes` at `axis`.

    A number outside of 0 to `num_classes - 1` gives only zeros.

    >>> ops.one_hot(ops.asarray([0, 2]), 3, dtype="int32").tolist()
    [[1, 0, 0], [0, 0, 1]]
    """
    if name_of(x.dtype) not in KINDS["integral"]:
        raise DTypeError(f"ops.one_hot got {name_of(x.dtype)}", expected="integers", mend='ops.astype(x, "int64")')
    place = axes_of("ops.one_hot", made_like(x, "empty", (0,) * (x.ndim + 1)), axis)[0]
    classes = made_like(x, "arange", num_classes, dtype="int64")
    hit = ops.equal(ops.expand_dims(ops.astype(x, dtype_like(x, "int64")), x.ndim), classes)
    order = (*range(place), x.ndim, *range(place, x.ndim))
    return ops.astype(ops.permute_dims(hit, order), dtype or dtype_like(x, default_dtype(x)))
