"""What a sensor should read, told by everything but itself: riddles to train on, and answers for whole series.

    "reconstruct"   a hidden feature is told by what the others read, now and before: a fault has no past to hide in
    "forecast"      every feature is told by what all of them read before

A step of the network's input: F values, 0 where nothing is seen; F marks, 1 where something is; C numbers of context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.network import Network
    from emberharmony.ops.random import Key

__all__ = ["MODES", "Riddles", "Steps", "answered", "answers", "asked", "error_of", "of_hidden", "steps_of"]

MODES = ("reconstruct", "forecast")
SECOND = 0.3  # how often a second feature is hidden, too: a plant may have lost two
FEWEST = 16  # batches of an epoch
ROWS = 64  # sequences that the network reads side by side
LENGTH = 2048  # steps of them at once
LARGEST = 12.0  # of the logarithm of a variance


@dataclass(frozen=True)
class Steps:
    """One series, scaled: NumPy, in the network's dtype."""

    values: Any  # (T, F), 0 where nothing was observed
    seen: Any  # (T, F), 1 or 0
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
        if mode == "reconstruct":
            return now
        earlier = self.between(max(start - 1, 0), stop - 1)
        values, seen = (
            x if start else ops.concat([ops.zeros_like(now.values[:1]), x]) for x in (earlier.values, earlier.seen)
        )
        return Steps(values, seen, now.context, now.spans)


def steps_of(x: Any, spans: Any, context: Any, dtype: str) -> Steps:
    """A series (T, F) whose numbers are scaled, NaN where nothing was observed."""
    missing = ops.isnan(x)
    parts = (ops.where(missing, 0.0, x), ~missing, context, spans)
    return Steps(*(ops.astype(part, dtype) for part in parts))


class Riddles:
    """Batches of windows, drawn anew in each epoch: "x" and "timespans" for the network, "target", and what is "asked".

    The first quarter of a window is there to come to know the state: nothing is asked in it. An epoch has as many
    windows as cover the series once, and 16 batches at least: a short series is looked at more often.
    """

    def __init__(self, series: list[Steps], window: int, size: int, mode: str, key: Key) -> None:
        self._series, self._mode, self._key, self._size = series, mode, key, size
        self._window = min(window, min(map(len, series)))
        self._rooms = [len(one) - self._window + 1 for one in series]
        self._features = series[0].values.shape[1]

    def __len__(self) -> int:
        return max(FEWEST, sum(map(len, self._series)) // (self._window * self._size))

    @property
    def order(self) -> dict[str, Any]:
        """What the batches follow from, as far as it can be told without a look at the numbers."""
        return {"steps": [*map(len, self._series)], "size": self._size, "window": self._window, "mode": self._mode}

    def __call__(self, epoch: int, start: int | None = None) -> Iterator[dict[str, Any]]:
        """The batches of an epoch, from batch `start` on, on the current backend."""
        key = random.fold_in(self._key, epoch)
        for number in range(start or 0, len(self)):
            with use_backend("numpy"):
                throws = random.uniform(random.fold_in(key, number), (self._size, 4), "float64").tolist()
                batch = self._batch(throws)
            yield {name: ops.asarray(x) for name, x in batch.items()}

    def _batch(self, throws: list[list[float]]) -> dict[str, Any]:
        parts = [self._window_at(throw[0]) for throw in throws]
        values, seen, context, spans, target, known = (ops.stack(list(column)) for column in zip(*parts, strict=True))
        hidden = ops.asarray([self._hidden(*throw[1:]) for throw in throws], dtype=values.dtype)[:, None, :]
        if self._mode == "reconstruct":
            values, seen, known = values * (1 - hidden), seen * (1 - hidden), known * hidden
        late = ops.arange(self._window) >= self._window // 4
        return {
            "x": ops.concat([values, seen, context], axis=-1),
            "timespans": spans,
            "target": target,
            "asked": (known > 0) & late[None, :, None],
        }

    def _window_at(self, throw: float) -> tuple[Any, ...]:
        place = int(throw * sum(self._rooms))
        for one, room in zip(self._series, self._rooms, strict=True):
            if place < room:
                stop = place + self._window
                now = one.between(place, stop)
                given = one.shown(place, stop, self._mode)
                return given.values, given.seen, given.context, given.spans, now.values, now.seen
            place -= room
        raise AssertionError("a place beyond the series")

    def _hidden(self, first: float, often: float, second: float) -> list[float]:
        hidden = {int(first * self._features)}
        if often < SECOND and self._features > 2:
            hidden.add(int(second * self._features))
        return [float(f in hidden) for f in range(self._features)]


def answers(model: Network, batch: dict[str, Any], state: Any = None) -> tuple[Any, Any, Any]:
    """Mean and logarithm of the variance, (B, T, F) each, of what is asked, and the state after the last step."""
    y, state = model.body(batch["x"], state, timespans=batch["timespans"])
    both = model.head(y)
    features = both.shape[-1] // 2
    return both[..., :features], LARGEST * ops.tanh(both[..., features:] / LARGEST), state


def answered(model: Network, series: list[Steps], mode: str) -> Iterator[tuple[int, Any, Any]]:
    """For each series its place, and mean and log variance (T, F) of every reading, as the others or the past tell it.

    Series are read side by side; those that end first are filled up with steps that nobody looks at.
    """
    features = series[0].values.shape[1]
    copies = features if mode == "reconstruct" else 1
    order = sorted(range(len(series)), key=lambda i: len(series[i]))
    together = max(1, ROWS // copies)
    for at in range(0, len(order), together):
        group = order[at : at + together]
        longest = max(len(series[i]) for i in group)
        found: list[tuple[Any, Any]] = []
        state: Any = None
        for start in range(0, longest, LENGTH):
            stop = min(start + LENGTH, longest)
            with use_backend("numpy"):
                given = asked([series[i] for i in group], start, stop, mode)
            given = {name: ops.asarray(x) for name, x in given.items()}
            mean, spread, state = answers(model, given, state)
            found.append((of_hidden(mean, len(group), mode), of_hidden(spread, len(group), mode)))
        mean, spread = (ops.concat([*parts], axis=1) for parts in zip(*found, strict=True))
        for row, i in enumerate(group):
            yield i, mean[row, : len(series[i])], spread[row, : len(series[i])]


def asked(group: list[Steps], start: int, stop: int, mode: str) -> dict[str, Any]:
    """What the network reads of a piece of several series, each once for every feature that is hidden; in NumPy."""
    parts = [one.shown(min(start, len(one)), min(stop, len(one)), mode) for one in group]
    values, seen, context, spans = (
        ops.stack([_filled(x, stop - start) for x in columns]) for columns in zip(*parts, strict=True)
    )
    if mode == "reconstruct":
        features = values.shape[-1]
        kept = 1 - ops.eye(features, dtype=values.dtype)[None, :, None, :]
        values, seen = (ops.reshape(x[:, None] * kept, (-1, *x.shape[1:])) for x in (values, seen))
        context, spans = (ops.repeat(x, features, axis=0) for x in (context, spans))
    return {"x": ops.concat([values, seen, context], axis=-1), "timespans": spans}


def _filled(x: Any, length: int) -> Any:
    missing = length - x.shape[0]
    return x if not missing else ops.concat([x, ops.zeros((missing, *x.shape[1:]), dtype=x.dtype)])


def of_hidden(y: Any, count: int, mode: str) -> Any:
    """Of each copy the feature that was hidden in it: (G * F, T, F) -> (G, T, F), in NumPy."""
    y = ops.to_numpy(ops.stop_gradient(y))
    if mode == "forecast":
        return y
    y = ops.reshape(y, (count, -1, *y.shape[1:]))
    return ops.stack([y[:, f, :, f] for f in range(y.shape[1])], axis=-1)


def error_of(values: Any, mean: Any, spread: Any) -> Any:
    """How far values are from what the network says, in units of what it expects: float64."""
    return ops.astype(values - mean, "float64") * ops.exp(-0.5 * ops.astype(spread, "float64"))
