"""The LSTM detector: what a long short-term memory did not foresee is anomalous (Malhotra et al. 2015, LSTM-AD)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, ClassVar

from emberharmony import nn, ops
from emberharmony.backend import registry
from emberharmony.backend.registry import use_backend
from emberharmony.demo.baselines.series import Series, checked, filled, held
from emberharmony.errors import ArgumentError
from emberharmony.models.normal import Normal
from emberharmony.ops import random
from emberharmony.pytree import tree_map
from emberharmony.training import AdamW, Cosine, Trainer, mse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.training.callbacks import Callback

__all__ = ["LSTM", "FittedLSTM"]

PIECE, TOGETHER = 1024, 64  # rows that a network reads of a long series, and how many such pieces side by side
CALIBRATION = 200_000  # rows at most that say what errors are normal
EVERY = 50  # steps between two checkpoints
WARMUP = 0.1  # of the steps
SHORTEST = 8  # rows of a series


@dataclass(frozen=True)
class LSTM:
    """Forecasts the readings of each row by those before, and scores errors by their Mahalanobis distance.

    The network reads the last known values, marks of what the row before brought, the context of the row that is asked
    for and the time to it. It is trained by the mean squared error of what was observed, in random windows of the first
    part of each series; its errors on the last part, `held_back`, have the mean and the covariance of normal ones.
    Published are several steps ahead and a threshold from known faults; here it is one step, and no fault is known.

    An error stays until the next reading of its feature: it counts in every row, as a fault does.

    >>> t = ops.arange(400, dtype="float32")
    >>> x = ops.to_numpy(ops.stack([ops.sin(0.2 * t), ops.cos(0.2 * t)], axis=1))
    >>> one = Series(x, x[:, 0] * 0 + 10, x[:, :0])
    >>> fitted = LSTM(units=8, window=32, steps=20).fit([one])
    >>> fitted.sensors(one).shape
    (400, 2)
    """

    units: int = 48
    window: int = 384
    batch: int = 16
    steps: int = 900
    rate: float = 0.006
    decay: float = 0.01
    held_back: float = 0.25
    seed: int = 0

    name: ClassVar[str] = "LSTM"

    def __post_init__(self) -> None:
        sizes = (self.units, self.batch, self.steps)
        if min(sizes) < 1 or self.window < SHORTEST // 2 or not 0 < self.held_back < 1:
            raise ArgumentError(
                f"got {self!r}",
                expected=f"units, batch and steps from 1 on, a window from {SHORTEST // 2} on, 0 < held_back < 1",
            )

    def fit(
        self,
        series: list[Series],
        *,
        callbacks: Sequence[Callback] = (),
        checkpoint: str | PathLike[str] | None = None,
    ) -> FittedLSTM:
        """Train on the current backend; what was killed goes on from the folder `checkpoint`, given the same data.

        A callback that asks for a stop ends the training there, with the network as it is.
        """
        if (shortest := min(len(one.values) for one in checked(self.name, series))) < SHORTEST:
            raise ArgumentError(f"{self.name} got a series of {shortest} rows", expected=f"{SHORTEST} rows at least")
        with use_backend("numpy"):
            cuts = [round(len(one.values) * (1 - self.held_back)) for one in series]
            parts = [Series(*(x[:cut] for x in one)) for one, cut in zip(series, cuts, strict=True)]
            usual = max(sum(float(ops.mean(one.spans)) for one in parts) / len(parts), 1e-9)
            windows = Windows([Known.of(one, usual) for one in parts], self)
        features, context = series[0].values.shape[1], series[0].context.shape[1]
        inputs = 2 * features + context + 1
        start = nn.LSTM(inputs, self.units, proj_size=features, key=random.fold_in(random.key(self.seed), 0))
        trainer = Trainer(
            start,
            _loss,
            AdamW(Cosine(self.rate, self.steps, warmup=int(WARMUP * self.steps)), self.decay),
            clip_norm=1.0,
            seed=self.seed,
            callbacks=callbacks,
        )
        trainer.fit(windows, epochs=1, checkpoint=checkpoint, every=None if checkpoint is None else EVERY)
        network: Any = tree_map(ops.to_numpy, trainer.model)
        found: list[Any] = []
        for one, cut in zip(series, cuts, strict=True):
            before = min(self.window, cut)
            late = Series(*(x[cut - before :] for x in one))
            found.append(_errors(network, late, usual, self.window)[before:])
        with use_backend("numpy"):
            errors = ops.concat(found)
            normal = Normal.of(errors[:: -(-len(errors) // CALIBRATION)])
        return FittedLSTM(network, normal, usual, self.window)


@dataclass(frozen=True, eq=False)
class FittedLSTM:
    """A trained network, and what its errors are while nothing is wrong."""

    network: Any  # its arrays in NumPy
    normal: Normal
    usual: float  # seconds between two rows
    window: int

    def sensors(self, one: Series) -> Any:
        """What the error of each feature adds to the distance; one that makes up for another may take away: (T, F)."""
        return self.normal.contributions(_errors(self.network, one, self.usual, self.window))

    def rows(self, sensors: Any) -> Any:
        """The squared distance of the errors of each row from normal ones: (T,)."""
        return ops.sum(sensors, axis=1)


@dataclass(frozen=True, eq=False)
class Known:
    """A series as the network reads it, in NumPy."""

    values: Any  # (T, F), filled
    seen: Any  # (T, F) of bool
    context: Any  # (T, C), that of the caller: it may be most of the memory
    time: Any  # (T, 1)
    steps: int

    @staticmethod
    def of(one: Series, usual: float) -> Known:
        """The time to a row is log(1 + seconds / usual): a pause is long, and no number that drowns the others."""
        with use_backend("numpy"):
            time = ops.astype(ops.log1p(one.spans / usual), "float32")[:, None]
            values = ops.astype(filled(one.values), "float32")
            return Known(values, ~ops.isnan(one.values), one.context, time, len(one.values))

    def inputs(self, start: int, length: int) -> Any:
        """What tells the rows from `start` on, (length, 2 F + C + 1): readings of one row earlier, 0 after the end."""
        stop = min(start + length, self.steps)
        before = slice(max(start - 1, 0), stop - 1)
        rows = ops.concat([self.values[before], ops.astype(self.seen[before], "float32")], axis=1)
        if not start:
            rows = ops.concat([ops.zeros((1, rows.shape[1]), dtype="float32"), rows])
        context = ops.astype(self.context[start:stop], "float32")
        rows = ops.concat([rows, context, self.time[start:stop]], axis=1)
        missing = length - (stop - start)
        return rows if not missing else ops.concat([rows, ops.zeros((missing, rows.shape[1]), dtype="float32")])


class Windows:
    """The batches of a run, each of windows at random places: "x" for the network, "target", and what is "asked".

    The first quarter of a window is there to come to know the state: nothing is asked in it.
    """

    def __init__(self, series: list[Known], settings: LSTM) -> None:
        self._series, self._settings = series, settings
        self._window = min(settings.window, min(one.steps for one in series))
        self._rooms = [one.steps - self._window + 1 for one in series]
        self._key = random.fold_in(random.key(settings.seed), 1)

    def __len__(self) -> int:
        return self._settings.steps

    @property
    def order(self) -> dict[str, Any]:
        """What the batches follow from: no run goes on with other data or other settings."""
        digest = hashlib.sha256()
        for one in self._series:
            for x in (one.values, one.seen, one.context, one.time):
                digest.update(x.tobytes())
        return {
            "settings": repr(self._settings),
            "rows": [one.steps for one in self._series],
            "sha256": digest.hexdigest(),
        }

    def __call__(self, epoch: int, start: int | None = None) -> Iterator[dict[str, Any]]:
        """The batches from batch `start` on, on the current backend."""
        key = random.fold_in(self._key, epoch)
        for number in range(start or 0, len(self)):
            with use_backend("numpy"):
                throws = random.uniform(random.fold_in(key, number), (self._settings.batch,), "float64").tolist()
                x, target, asked = (
                    ops.stack(list(column)) for column in zip(*map(self._window_at, throws), strict=True)
                )
            yield {"x": ops.asarray(x), "target": ops.asarray(target), "asked": ops.asarray(asked)}

    def _window_at(self, throw: float) -> tuple[Any, Any, Any]:
        place = int(throw * sum(self._rooms))
        for one, room in zip(self._series, self._rooms, strict=True):
            if place < room:
                stop = place + self._window
                late = (ops.arange(self._window) >= self._window // 4)[:, None]
                return one.inputs(place, self._window), one.values[place:stop], one.seen[place:stop] & late
            place -= room
        raise AssertionError("a place beyond the series")


def _loss(network: nn.LSTM, batch: dict[str, Any]) -> Any:
    return mse(network(batch["x"])[0], batch["target"], mask=batch["asked"])


def _errors(network: Any, one: Series, usual: float, lead: int) -> Any:
    """How far each reading is from its forecast, held until the next: (T, F), float64.

    A long series is read in pieces side by side, which is many times faster than row by row. Each begins `lead` rows
    early, with an empty state, as the windows of the training do; the network never learnt to remember longer.
    """
    here = registry.get_backend()

    def brought(x: Any) -> Any:
        return ops.convert(x, here)

    own, known = tree_map(brought, network), Known.of(one, usual)
    starts = [*range(0, max(known.steps - lead, 1), PIECE)]
    found: list[Any] = []
    for at in range(0, len(starts), TOGETHER):
        with use_backend("numpy"):
            x = ops.stack([known.inputs(start, lead + PIECE) for start in starts[at : at + TOGETHER]])
        y = ops.to_numpy(ops.stop_gradient(own(ops.asarray(x))[0]))
        found += [piece[lead if at + i else 0 :] for i, piece in enumerate(y)]
    with use_backend("numpy"):
        errors = ops.astype(known.values - ops.concat(found)[: known.steps], "float64")
        columns = [held(known.seen[:, f], errors[known.seen[:, f], f]) for f in range(errors.shape[1])]
        return ops.stack(columns, axis=1)
