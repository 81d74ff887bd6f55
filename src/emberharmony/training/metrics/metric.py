"""What a metric is, and how its numbers come to the host."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Protocol, Self

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import AnyArray

__all__ = ["Metric", "check_binary", "columns", "labels"]


class Metric(Protocol):
    """What a trainer asks of a metric: that two of them can be made one, and what it says."""

    larger_is_better: ClassVar[bool]

    def merge(self, other: Self) -> Self:
        """The metric of what both have seen."""
        ...

    @property
    def value(self) -> float:
        """The number; nan where there is none yet."""
        ...


def columns(
    metric: str, target: AnyArray, prediction: AnyArray, mask: AnyArray | None, weight: AnyArray | None
) -> tuple[Any, Any, Any]:
    """Target, prediction and weight as vectors of float64 in NumPy, without what the mask leaves out."""
    arrays: dict[str, Any] = {"a target": target, "a prediction": prediction, "a mask": mask, "a weight": weight}
    hosts: dict[str, Any] = {}
    for what, x in arrays.items():
        if x is None:
            continue
        if not registry.is_array(x):
            raise NotAnArrayError(f"{metric} got {what} of type {type(x).__name__}", expected="an array")
        hosts[what] = ops.to_numpy(ops.stop_gradient(x))
    shape = tuple(hosts["a target"].shape)
    if tuple(hosts["a prediction"].shape) != shape:
        raise ShapeError(
            f"{metric} got a target of shape {shape} and a prediction of shape {tuple(hosts['a prediction'].shape)}",
            expected="the same shape for both: nothing is broadcast",
        )
    for what in ("a mask", "a weight"):
        if what in hosts:
            x = hosts[what]
            if tuple(x.shape) != shape[: x.ndim]:
                raise ShapeError(
                    f"{metric} got {what} of shape {tuple(x.shape)} and a target of shape {shape}",
                    expected="the same shape, or that of its first axes",
                )
            spread = ops.reshape(x, (*x.shape, *(1,) * (len(shape) - x.ndim)))
            hosts[what] = ops.reshape(ops.broadcast_to(spread, shape), (-1,))
    kept = hosts.get("a mask", slice(None))
    if "a mask" in hosts and name_of(kept.dtype) != "bool":
        raise DTypeError(f"{metric} got a mask of {name_of(kept.dtype)}", expected="bool", mend="mask != 0")
    y, p = (ops.astype(ops.reshape(hosts[what], (-1,))[kept], "float64") for what in ("a target", "a prediction"))
    w = ops.astype(hosts["a weight"][kept], "float64") if "a weight" in hosts else ops.ones_like(y)
    for what, x in (("target", y), ("prediction", p), ("weight", w)):
        if not bool(ops.all(ops.isfinite(x))):
            bad = float(x[~ops.isfinite(x)][0])
            raise ArgumentError(
                f"{metric} got a {what} of {bad}", expected="finite numbers", mend="a mask that is false there"
            )
    if bool(ops.any(w < 0)):
        raise ArgumentError(f"{metric} got a weight of {float(ops.min(w))}", expected="weights from 0 on")
    return y, p, w


def labels(metric: str, target: AnyArray, prediction: AnyArray, threshold: float) -> Any:
    """The classes that a prediction names: itself, the place of its largest score, or 1 above a threshold."""
    for what, x in (("a target", target), ("a prediction", prediction)):
        if not registry.is_array(x):
            raise NotAnArrayError(f"{metric} got {what} of type {type(x).__name__}", expected="an array")
    if prediction.ndim == target.ndim + 1:
        return ops.argmax(prediction, axis=-1)
    if name_of(prediction.dtype) in (*KINDS["integral"], "bool"):
        return prediction
    return prediction > threshold


def check_binary(metric: str, target: Any) -> None:
    """Refuse a target that is not 0 or 1."""
    other = target[(target != 0) & (target != 1)]
    if math.prod(other.shape):
        raise ArgumentError(f"{metric} got a target of {float(other[0])}", expected="0 or 1")
