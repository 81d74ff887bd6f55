"""What a sensor should read, told by everything but itself: riddles to train on, and answers for whole series.

    "reconstruct"   a hidden feature is told by what the others read, now and before: a fault has no past to hide in
    "forecast"      every feature is told by what all of them read before

A step of the network's input: F values, 0 where nothing is seen; F marks, 1 where something is; C numbers of context.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.host import empty
from emberharmony.backend.registry import use_backend
from emberharmony.models.drawn import Drawn, Place
from emberharmony.training import gaussian_nll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.network import Network
    from emberharmony.models.scaling import Scaling
    from emberharmony.ops.random import Key

__all__ = [
    "Question",
    "Steps",
    "answered",
    "asked",
    "gaussians",
    "loss",
    "outputs",
    "riddles",
    "stacked",
    "steps_of",
]

SECOND = 0.3  # how often a second feature is hidden, too: a plant may have lost two
ROWS = 64  # sequences that the network reads side by side
LENGTH = 1024  # steps of them at once
LARGEST = 12.0  # of the logarithm of a variance


@dataclass(frozen=True)
class Steps:
    """One series, scaled: NumPy, in the network's dtype."""

    values: Any  # (T, F), 0 where nothing was observed
    seen: Any  # (T, F) of bool
    context: Any  # (T, C)
    spans: Any  # (T,)

    def __len__(self) -> int:
        return self.values.shape[0]

    def between(self, start: int, stop: int) -> Steps:
        """A part of it."""
        return Steps(*(x[start:stop] for x in self))

    def joined(self, later: Steps) -> Steps:
        """This series and what comes after it."""
        return Steps(*(ops.concat(pair) for pair in zip(self, later, strict=True)))

    def __iter__(self) -> Iterator[Any]:
        return iter((self.values, self.seen, self.context, self.spans))

    def shown(self, start: int, stop: int, mode: str) -> Steps:
        """The steps `start` to `stop` as the network sees them: a forecast has the readings of one step earlier."""
        now = self.between(start, stop)
        if mode != "forecast":
            return now
        earlier = self.between(max(start - 1, 0), stop - 1)
        values, seen = (
            x if start else ops.concat([ops.zeros_like(now.values[:1], dtype=x.dtype), x])
            for x in (earlier.values, earlier.seen)
        )
        return Steps(values, seen, now.context, now.spans)


def steps_of(x: Any, spans: Any, context: Any, scaling: Scaling, dtype: str) -> Steps:
    """A series (T, F) as it was given, NaN where nothing was observed, with time spans (T,) or None.

    It is scaled piece by piece: all of it in float64 would be twice as large as what came.
    """
    values = empty(x.shape, dtype)
    for start in range(0, x.shape[0], LENGTH):
        piece = x[start : start + LENGTH]
        values[start : start + LENGTH] = ops.where(ops.isnan(piece), 0.0, (piece - scaling.centre) / scaling.spread)
    spans = ops.ones((x.shape[0],), dtype=dtype) if spans is None else ops.astype(spans / scaling.span, dtype)
    return Steps(values, ~ops.isnan(x), ops.astype(context, dtype, copy=False), spans)


def riddles(series: list[Steps], window: int, size: int, mode: str, key: Key, count: int | None = None) -> Drawn:
    """Batches of windows: "x" and "timespans" for the network, "target", and what is "asked".

    The first quarter of a window is there to come to know the state: nothing is asked in it.
    """
    features = series[0].values.shape[1]

    def batch(places: list[Place], throws: list[list[float]]) -> dict[str, Any]:
        shown = stacked([series[i].shown(start, stop, mode) for i, start, stop in places])
        values, seen, known = shown.values, shown.seen, shown.seen
        target = values
        if mode == "reconstruct":
            hidden = ops.asarray([_hidden(features, *throw) for throw in throws], dtype=values.dtype)[:, None, :]
            values, seen, known = values * (1 - hidden), seen * (1 - hidden), known * hidden
        else:
            now = stacked([series[i].between(start, stop) for i, start, stop in places])
            target, known = now.values, now.seen
        late = ops.arange(values.shape[1]) >= values.shape[1] // 4
        return {
            "x": ops.concat([values, ops.astype(seen, values.dtype), shown.context], axis=-1),
            "timespans": shown.spans,
            "target": target,
            "asked": (known > 0) & late[None, :, None],
        }

    return Drawn([*map(len, series)], window, size, key, batch, mode, count)


def stacked(windows: list[Steps]) -> Steps:
    """Windows of one length side by side, (B, T, ...)."""
    return Steps(*(ops.stack(list(column)) for column in zip(*windows, strict=True)))


def _hidden(features: int, first: float, often: float, second: float) -> list[float]:
    hidden = {int(first * features)}
    if often < SECOND and features > 2:
        hidden.add(int(second * features))
    return [float(f in hidden) for f in range(features)]


def loss(model: Network, batch: dict[str, Any]) -> Any:
    """How surprising what was asked is, to a network that says how sure it is."""
    y, _ = outputs(model, batch)
    features = y.shape[-1] // 2
    return gaussian_nll(y[..., :features], _bounded(y[..., features:]), batch["target"], mask=batch["asked"])


def outputs(model: Network, batch: dict[str, Any], state: Any = None) -> tuple[Any, Any]:
    """What the network gives for each step, (B, T, O), and its state after the last."""
    y, state = model.body(batch["x"], state, timespans=batch["timespans"])
    return model.head(y), state


@dataclass(frozen=True)
class Question:
    """How a network is asked about series: which features it sees in each of K copies, and what is kept of an answer.

    `kept(y, steps)` makes (n, `width`) of what the network said of n steps, y (K, n, O), and of the steps themselves.
    """

    mode: str
    views: Any  # (K, F), 1 or 0, in the network's dtype
    width: int
    kept: Callable[[Any, Steps], Any]


def answered(model: Network, series: list[Steps], question: Question) -> list[Any]:
    """What is kept of each series, (T, `width`) of float64.

    Series are read side by side; those that end first are filled up with steps that nobody looks at.
    """
    found = [empty((len(one), question.width), "float64") for one in series]
    copies = len(question.views)
    order = sorted(range(len(series)), key=lambda i: len(series[i]))
    together = max(1, ROWS // copies)
    for at in range(0, len(order), together):
        group = order[at : at + together]
        state: Any = None
        longest = max(len(series[i]) for i in group)
        for start in range(0, longest, LENGTH):
            stop = min(start + LENGTH, longest)
            with use_backend("numpy"):
                given = asked([series[i] for i in group], start, stop, question)
            y, state = outputs(model, {name: ops.asarray(x) for name, x in given.items()}, state)
            y = ops.to_numpy(ops.stop_gradient(y))
            y = ops.reshape(y, (len(group), copies, *y.shape[1:]))
            with use_backend("numpy"):
                for row, i in enumerate(group):
                    steps = series[i].between(start, stop)
                    found[i][start:stop] = question.kept(y[row, :, : len(steps)], steps)
    return found


def asked(group: list[Steps], start: int, stop: int, question: Question) -> dict[str, Any]:
    """What the network reads of a piece of several series, each once for every view of it, (G * K, T, I); in NumPy."""
    views = question.views
    parts = [one.shown(min(start, len(one)), min(stop, len(one)), question.mode) for one in group]
    now = stacked([Steps(*(_filled(x, stop - start) for x in part)) for part in parts])
    kept = views[None, :, None, :]
    values, seen = (ops.reshape(x[:, None] * kept, (-1, *x.shape[1:])) for x in (now.values, now.seen))
    context, spans = (ops.repeat(x, len(views), axis=0) for x in (now.context, now.spans))
    return {"x": ops.concat([values, seen, context], axis=-1), "timespans": spans}


def _filled(x: Any, length: int) -> Any:
    missing = length - x.shape[0]
    return x if not missing else ops.concat([x, ops.zeros((missing, *x.shape[1:]), dtype=x.dtype)])


def gaussians(y: Any, mode: str) -> tuple[Any, Any]:
    """Mean and logarithm of the variance of each reading, (n, F), from (K, n, 2 F): of each view what it hides."""
    features = y.shape[-1] // 2
    if mode == "forecast":
        mean, spread = y[0, :, :features], y[0, :, features:]
    else:
        mean, spread = (ops.stack([y[f, :, at + f] for f in range(features)], axis=-1) for at in (0, features))
    return mean, _bounded(spread)


def _bounded(x: Any) -> Any:
    return LARGEST * ops.tanh(x / LARGEST)
