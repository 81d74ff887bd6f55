"""Rules that turn a gradient into a better model. A rule is a frozen dataclass of numbers; what it remembers is a tree.

    optimizer = Adam(rate=1e-3)
    state = optimizer.init(model)
    model, state = optimizer.step(gradients, state, model)

The model is any tree of arrays, the gradient what `ops.value_and_grad` gives for it; leaves without a gradient are left
alone. `rate` is a number, or a function of the number of steps taken before (see `schedules`); `scale` multiplies it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.modules import shown
from emberharmony.pytree import tree_map
from emberharmony.training.vectors import changed, norm_of, zeros

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "clip_norm"]

T = TypeVar("T")
Rate = float | Callable[[int], float]
State = dict[str, Any]


class Optimizer(Protocol):
    """What a trainer asks of an optimizer."""

    def init(self, model: Any) -> Any:
        """The memory at the beginning: a tree of arrays and numbers."""
        ...

    def step(self, gradients: Any, state: Any, model: T, scale: float = 1.0) -> tuple[T, Any]:
        """The model one step further, and the memory then."""
        ...


@dataclass(frozen=True)
class SGD:
    """`v = momentum v + g; p = p - rate v`; with `nesterov`, `p = p - rate (g + momentum v)`.

    >>> model = {"w": ops.asarray([1.0, 2.0])}
    >>> optimizer = SGD(0.5)
    >>> model, _ = optimizer.step({"w": ops.asarray([1.0, -1.0])}, optimizer.init(model), model)
    >>> model["w"].tolist()
    [0.5, 2.5]
    """

    rate: Rate
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        _check(self, ("momentum", self.momentum))
        if self.nesterov and not self.momentum:
            raise ArgumentError("SGD got nesterov=True and momentum=0.0", expected="a momentum to look ahead along")

    def init(self, model: Any) -> State:
        """No step taken; the velocity, where there is one, is zero."""
        return {"count": 0} | ({"velocity": zeros(model)} if self.momentum else {})

    def step(self, gradients: Any, state: State, model: T, scale: float = 1.0) -> tuple[T, State]:
        """The model one step further, and the state then."""
        rate = scale * _rate(self.rate, state)
        velocities: dict[str, Any] = {}

        def update(dtype: str, g: Any) -> Any:
            if not self.momentum:
                return rate * g
            v = velocities[dtype] = self.momentum * state["velocity"][dtype] + g
            return rate * (g + self.momentum * v if self.nesterov else v)

        model = changed(model, gradients, update)
        return model, {"count": state["count"] + 1} | ({"velocity": velocities} if self.momentum else {})


@dataclass(frozen=True)
class RMSprop:
    """`v = smoothing v + (1 - smoothing) g^2; p = p - rate g / (sqrt(v) + epsilon)`.

    >>> model, optimizer = ops.asarray([1.0]), RMSprop(0.25, smoothing=0.75, epsilon=0.0)
    >>> optimizer.step(ops.asarray([8.0]), optimizer.init(model), model)[0].tolist()  # 1 - 0.25 * 8 / sqrt(0.25 * 64)
    [0.5]
    """

    rate: Rate = 1e-2
    smoothing: float = 0.99
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check(self, ("smoothing", self.smoothing), epsilon=self.epsilon)

    def init(self, model: Any) -> State:
        """No step taken, and no square seen."""
        return {"count": 0, "square": zeros(model)}

    def step(self, gradients: Any, state: State, model: T, scale: float = 1.0) -> tuple[T, State]:
        """The model one step further, and the state then."""
        rate = scale * _rate(self.rate, state)
        squares: dict[str, Any] = {}

        def update(dtype: str, g: Any) -> Any:
            v = squares[dtype] = self.smoothing * state["square"][dtype] + (1.0 - self.smoothing) * (g * g)
            return rate * (g / (ops.sqrt(v) + self.epsilon))

        return changed(model, gradients, update), {"count": state["count"] + 1, "square": squares}


@dataclass(frozen=True)
class Adam:
    """`m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p = p - rate m' / (sqrt(v') + epsilon)` with (b1, b2) = `betas`.

    m' and v' are means of what was seen: m / (1 - b1^t) and v / (1 - b2^t) at step t = 1, 2, ... Hence the first step
    moves every parameter by `rate`, against the sign of its gradient:

    >>> model, optimizer = ops.asarray([1.0, 2.0]), Adam(0.5)
    >>> model, state = optimizer.step(ops.asarray([3.0, -0.01]), optimizer.init(model), model)
    >>> [round(w, 4) for w in model.tolist()]
    [0.5, 2.5]
    """

    rate: Rate = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _check(self, ("betas[0]", self.betas[0]), ("betas[1]", self.betas[1]), epsilon=self.epsilon)

    def init(self, model: Any) -> State:
        """No step taken, and nothing seen."""
        return _adam_init(model)

    def step(self, gradients: Any, state: State, model: T, scale: float = 1.0) -> tuple[T, State]:
        """The model one step further, and the state then."""
        return _adam_step(self, 0.0, gradients, state, model, scale)


@dataclass(frozen=True)
class AdamW:
    """`Adam` of a model whose parameters shrink by `rate * decay` before each step, whatever their gradient is.

    Decay inside of the gradient, as a penalty gives it, would be divided by sqrt(v): weights with large gradients would
    shrink less.

    >>> model, optimizer = ops.asarray([1.0]), AdamW(0.5, decay=0.1)
    >>> model, state = optimizer.step(ops.asarray([3.0]), optimizer.init(model), model)
    >>> [round(w, 4) for w in model.tolist()]
    [0.45]
    """

    rate: Rate = 1e-3
    decay: float = 1e-2
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        pair = ("betas[0]", self.betas[0]), ("betas[1]", self.betas[1])
        _check(self, *pair, epsilon=self.epsilon, decay=self.decay)

    def init(self, model: Any) -> State:
        """No step taken, and nothing seen."""
        return _adam_init(model)

    def step(self, gradients: Any, state: State, model: T, scale: float = 1.0) -> tuple[T, State]:
        """The model one step further, and the state then."""
        return _adam_step(self, self.decay, gradients, state, model, scale)


def clip_norm(gradients: T, maximum: float) -> tuple[T, Any]:
    """The gradient, made shorter where its Euclidean norm over all leaves is above `maximum`, and the norm it had.

    The norm is an array of shape (): nothing is read here. One that is not finite is given back with the gradient as it
    is: look at it before the step.

    >>> clipped, norm = clip_norm({"w": ops.asarray([3.0]), "b": ops.asarray([4.0])}, 1.0)
    >>> round(clipped["b"].tolist()[0], 4), norm.tolist()
    (0.8, 5.0)
    """
    if not maximum > 0:
        raise ArgumentError(f"clip_norm got maximum={maximum!r}", expected="a number above 0")
    norm = norm_of(gradients)
    longer = (norm > maximum) & (norm < math.inf)
    factor = ops.where(longer, maximum / ops.maximum(norm, maximum), 1.0)

    def shorter(g: Any) -> Any:
        return g * ops.astype(factor, g.dtype)

    return tree_map(shorter, gradients), norm


# -- what they share --


def _rate(rate: Rate, state: State) -> float:
    if not callable(rate):
        return rate
    value = rate(state["count"])
    if not 0.0 <= value < math.inf:
        raise ArgumentError(
            f"the schedule {shown(rate)} gave {value!r} for step {state['count']}", expected="a finite number from 0 on"
        )
    return value


def _adam_init(model: Any) -> State:
    return {"count": 0, "mean": zeros(model), "square": zeros(model)}


def _adam_step(
    rule: Adam | AdamW, decay: float, gradients: Any, state: State, model: T, scale: float
) -> tuple[T, State]:
    (b1, b2), count = rule.betas, state["count"] + 1
    rate = scale * _rate(rule.rate, state)
    size = rate / (1.0 - b1**count)
    root = math.sqrt(1.0 - b2**count)
    means: dict[str, Any] = {}
    squares: dict[str, Any] = {}

    def update(dtype: str, g: Any) -> Any:
        m = means[dtype] = b1 * state["mean"][dtype] + (1.0 - b1) * g
        v = squares[dtype] = b2 * state["square"][dtype] + (1.0 - b2) * (g * g)
        return size * (m / (ops.sqrt(v) / root + rule.epsilon))

    model = changed(model, gradients, update, 1.0 - rate * decay)
    return model, {"count": count, "mean": means, "square": squares}


def _check(rule: Any, *shares: tuple[str, float], **sizes: float) -> None:
    name = type(rule).__name__
    if not callable(rule.rate):
        sizes["rate"] = rule.rate
    for what, value in sizes.items():
        if not 0.0 <= value < math.inf:
            raise ArgumentError(f"{name} got {what}={value!r}", expected="a finite number from 0 on")
    for what, value in shares:
        if not 0.0 <= value < 1.0:
            raise ArgumentError(f"{name} got {what}={value!r}", expected="a number from 0 to below 1")
