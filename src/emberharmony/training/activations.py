"""What the layers of a model give for a batch: where their outputs lie, and whether they still move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError
from emberharmony.nn import Linear, Recurrent, StrideAwareCfC
from emberharmony.ops.like import listed
from emberharmony.pytree import kind_of, names_of

__all__ = ["Activity", "activations"]

LAYERS = (Recurrent, Linear, StrideAwareCfC)


@dataclass(frozen=True)
class Activity:
    """The outputs of one layer, over all steps of all items.

    - `saturated`: the share of numbers whose size is at least the limit: no gradient passes a tanh there.
    - `dead`: the share of units that gave one number throughout: whatever comes after them learns nothing from them.

    >>> from emberharmony import nn
    >>> layer = nn.Linear(1, 2, key=ops.random.key(0))
    >>> layer = nn.replace(layer, weight=ops.asarray([[1.0, 0.0]]), bias=ops.asarray([0.0, 0.0]))
    >>> found = activations({"layer": layer}, ops.asarray([[-0.5], [1.5]]), lambda model, x: model["layer"](x))
    >>> found["layer"].mean, found["layer"].saturated, found["layer"].dead
    (0.25, 0.25, 0.5)
    """

    mean: float
    std: float
    saturated: float
    dead: float


def activations(
    model: Any,
    batch: Any,
    forward: Callable[[Any, Any], Any] = lambda model, batch: model(batch),
    *,
    limit: float = 0.99,
    still: float = 0.0,
    layers: tuple[type, ...] = LAYERS,
) -> dict[str, Activity]:
    """The `Activity` of each layer by its path, while `forward(model, batch)` runs.

    Layers are the outermost ones of the types `layers`; what is inside of them, such as the backbone of a CfC, is run
    by the kernels and not seen. Steps that a layer's mask leaves out do not count. A unit is dead if its numbers differ
    by no more than `still`. `limit` is made for outputs between -1 and 1: of a head without bounds it says nothing.

    As a callback: `Trainer(..., callbacks=[lambda event: log.append(activations(event.model, batch))])`.

    >>> from emberharmony import nn
    >>> key = ops.random.key(0)
    >>> model = {"body": nn.CfC(1, 4, key=key), "head": nn.Linear(4, 1, key=key)}
    >>> x = ops.ones((2, 3, 1), dtype="float32")
    >>> found = activations(model, x, lambda model, x: model["head"](model["body"](x)[0]))
    >>> [*found], found["body"].saturated
    (['body', 'head'], 0.0)
    """
    told: dict[str, list[Any]] = {}

    def watched(tree: Any, path: str) -> Any:
        if isinstance(tree, layers):
            return _Watched(tree, told.setdefault(path, []))
        kind = kind_of(tree.__class__)
        if kind is None:
            return tree
        children, aux = kind.flatten(tree)
        names = names_of(kind, aux, len(children))
        parts = [
            watched(child, f"{path}.{name}" if path else name) for name, child in zip(names, children, strict=True)
        ]
        return kind.unflatten(aux, parts)

    forward(watched(model, ""), batch)
    found = {path: _activity(outputs, limit, still) for path, outputs in told.items() if outputs}
    if not found:
        raise ArgumentError(
            f"no layer of {type(model).__name__} was called",
            expected=f"a forward that calls layers of the model: {', '.join(cls.__name__ for cls in layers)}",
            mend="layers=(...), the types to be watched",
        )
    return found


class _Watched:
    """A layer whose outputs are kept; for everything else, the layer."""

    def __init__(self, layer: Any, outputs: list[Any]) -> None:
        self._layer, self._outputs = layer, outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._layer, name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        answer = self._layer(*args, **named)
        y = _host(answer[0] if listed(answer) else answer)
        mask = None if named.get("mask") is None else _host(named["mask"])
        if mask is not None and tuple(mask.shape) == tuple(y.shape[:-1]):
            y = y[mask]
        self._outputs.append(ops.reshape(y, (-1, y.shape[-1])))
        return answer


def _host(x: Any) -> Any:
    return ops.to_numpy(ops.stop_gradient(x))


def _activity(outputs: list[Any], limit: float, still: float) -> Activity:
    with use_backend("numpy"):
        y = ops.astype(ops.concat(outputs), "float64")
        moved = ops.max(y, axis=0) - ops.min(y, axis=0)
        return Activity(
            mean=float(ops.mean(y)),
            std=float(ops.std(y)),
            saturated=_share(ops.abs(y) >= limit),
            dead=_share(moved <= still),
        )


def _share(true: Any) -> float:
    return float(ops.mean(ops.astype(true, "float64")))
