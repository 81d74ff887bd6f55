"""Steps that somebody has called normal or anomalous: batches of them, and a network that learns to tell them apart.

The network reads what it reads in the other modes, and gives the logit of an anomaly for each step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.drawn import Drawn, Place
from emberharmony.models.judge import above
from emberharmony.models.masked import Question, Steps, outputs, stacked
from emberharmony.models.sequences import floats
from emberharmony.training import bce

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.deviations import Deviations
    from emberharmony.models.network import Network
    from emberharmony.models.panel import Signals
    from emberharmony.ops.random import Key

__all__ = ["MODE", "Verdict", "labels_of", "loss", "question", "windows"]

MODE = "supervised"
OFTEN = 0.3  # how often a feature is hidden from training: a network that never missed one cannot say what it brings


def labels_of(name: str, y: Any, lengths: list[int], stops: list[int], *, several: bool) -> list[Any]:
    """Labels as somebody gave them, (T,) or a list, as one array of 0 and 1 for each series."""
    if y is None:
        raise ArgumentError(  # the words of scikit-learn
            f"{name} requires y to be passed, but the target y is None: mode='supervised' learns from labels",
            expected="1 for an anomalous step and 0 for a normal one, (T,), or a list for several series",
            mend="mode='reconstruct', which needs no labels",
        )
    given = list(y) if several else [y]
    if len(given) != len(lengths):
        raise ShapeError(f"{name} got y for {len(given)} series and X of {len(lengths)}", expected="one for each")
    found = [floats(name, "y", one) for one in given]
    for i, (one, length) in enumerate(zip(found, lengths, strict=True)):
        if tuple(one.shape) != (length,):
            raise ShapeError(
                f"{name} got y of shape {tuple(one.shape)} for series {i}, which has {length} steps",
                expected=f"({length},): one label for each step",
            )
        strange = (one != 0) & (one != 1)
        if bool(ops.any(strange)):
            step = int(ops.argmax(ops.astype(strange, "int64")))
            raise ArgumentError(
                f"{name} got y with {one[step]:g} in series {i}, step {step}",
                expected="1 for an anomalous step and 0 for a normal one",
            )
    learnt = ops.concat([one[:stop] for one, stop in zip(found, stops, strict=True)])
    if (count := int(ops.sum(learnt))) in (0, learnt.shape[0]):
        raise ArgumentError(
            f"{name} got y with {'no' if not count else 'nothing but'} anomalies in the part that it learns from, "
            f"the first {learnt.shape[0]} of {sum(lengths)} steps: this is one class",
            expected="both classes, 0 and 1, before the last part of each series, which is held out",
            mend="a smaller calibration, or mode='reconstruct', which needs no labels",
        )
    return found


def windows(
    series: list[Steps], labels: list[Any], window: int, size: int, key: Key, count: int | None = None
) -> Drawn:
    """Batches of windows: "x" and "timespans" for the network, "target", and what is "asked".

    As in riddles nothing is asked in the first quarter. In three of ten windows a feature is hidden.
    """
    features, dtype = series[0].values.shape[1], series[0].values.dtype

    def batch(places: list[Place], throws: list[list[float]]) -> dict[str, Any]:
        now = stacked([series[i].between(start, stop) for i, start, stop in places])
        hidden = [
            [float(often < OFTEN and f == int(which * features)) for f in range(features)] for which, often, _ in throws
        ]
        kept = 1 - ops.asarray(hidden, dtype=dtype)[:, None, :]
        target = ops.stack([labels[i][start:stop] for i, start, stop in places])
        late = ops.arange(target.shape[1]) >= target.shape[1] // 4
        return {
            "x": ops.concat([now.values * kept, now.seen * kept, now.context], axis=-1),
            "timespans": now.spans,
            "target": ops.astype(target, dtype),
            "asked": ops.broadcast_to(late[None, :], tuple(target.shape)),
        }

    return Drawn([*map(len, series)], window, size, key, batch, MODE, count)


def loss(labels: list[Any]) -> Callable[[Network, dict[str, Any]], Any]:
    """Binary cross-entropy to which all anomalous steps together add what all normal ones do."""
    anomalous = sum(float(ops.sum(one)) for one in labels)
    weight = sum(len(one) for one in labels) / anomalous - 1.0

    def of(model: Network, batch: dict[str, Any]) -> Any:
        y, _ = outputs(model, batch)
        return bce(y[..., 0], batch["target"], pos_weight=weight, mask=batch["asked"])

    return of


def question(features: int, dtype: str, *, whole: bool) -> Question:
    """The logit of each step, by all features; unless that is the `whole` question, then by all but each of them."""
    with use_backend("numpy"):
        views = ops.ones((1, features), dtype=dtype)
        views = views if whole else ops.concat([views, 1 - ops.eye(features, dtype=dtype)])

    def kept(y: Any, steps: Steps) -> Any:
        return ops.astype(y[:, :, 0].T, "float64")

    return Question(MODE, views, len(views), kept)


@dataclass(frozen=True)
class Verdict:
    """What the network itself says of each step: `1 + logit - limit`, where `limit` is the threshold of normal ones."""

    limit: float

    @staticmethod
    def of(series: list[Signals], labels: list[Any], stops: list[int], limit: Callable[[Any], float]) -> Verdict:
        """Learn from the normal steps that were held out, those from the step `stops[i]` of series i on."""
        normal = ops.concat(
            [one.values[stop:, 0][y[stop:] == 0] for one, y, stop in zip(series, labels, stops, strict=True)]
        )
        if not normal.shape[0]:
            raise ArgumentError(
                "the last part of the series, which is held out, has no normal step",
                expected="some that say what is normal",
                mend="a larger calibration",
            )
        return Verdict(limit(normal))

    def explained(self, one: Signals) -> Any:
        """What each feature brings to the score, (T, F): how much lower it would be without the feature."""
        return one.values[:, :1] - one.values[:, 1:]

    def worst(self, one: Signals) -> Any:
        """The score of each step, (T,)."""
        return above(one.values[:, 0], self.limit)

    def follower(self) -> Callable[[float, Any, Any], tuple[float, list[float]]]:
        """For a series that goes on: the logits (1 + F,) of one more step give its score, and what features bring."""

        def follow(time: float, seen: Any, values: Any) -> tuple[float, list[float]]:
            return above(float(values[0]), self.limit), ops.tolist(values[0] - values[1:])

        return follow

    # -- for files --

    def parts(self) -> tuple[Any, Any]:
        """Plain values, and arrays."""
        return {"limit": self.limit}, []

    @staticmethod
    def blank(deviations: Deviations, score: str, features: int) -> Any:
        """Arrays like those of `parts`."""
        return []

    @staticmethod
    def made(plain: Any, arrays: Any, deviations: Deviations, score: str) -> Verdict:
        """From its parts."""
        return Verdict(**plain)
