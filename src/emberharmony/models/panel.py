"""The judges of all features, and what they say of a series together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError
from emberharmony.models.judge import Judge, signal
from emberharmony.models.masked import Question, Steps, gaussians
from emberharmony.models.normal import Normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.deviations import Deviations

__all__ = ["Panel", "Signals", "gaussian", "question"]


def question(mode: str, score: str, features: int, dtype: str, trust: float = 1.0) -> Question:
    """To tell each feature by the others, once for each that is hidden, or by the past."""

    def kept(y: Any, steps: Steps) -> Any:
        return signal(score, steps.values, *gaussians(y, mode), trust)

    return Question(mode, _views(mode, features, dtype), features, kept)


def gaussian(mode: str, features: int, dtype: str) -> Question:
    """The same, to hear the answer itself: means, and logarithms of variances beside them."""

    def kept(y: Any, steps: Steps) -> Any:
        return ops.concat([*gaussians(y, mode)], axis=-1)

    return Question(mode, _views(mode, features, dtype), 2 * features, kept)


def _views(mode: str, features: int, dtype: str) -> Any:
    with use_backend("numpy"):
        return ops.ones((1, features), dtype=dtype) if mode == "forecast" else 1 - ops.eye(features, dtype=dtype)


class Signals(NamedTuple):
    """What judges are told of one series: when its steps were, which features were seen then, and their signals."""

    times: Any  # (T,)
    seen: Any  # (T, F) of bool
    values: Any  # (T, F)

    @staticmethod
    def of(steps: Steps, values: Any) -> Signals:
        """The signals (T, F) that belong to a series."""
        return Signals(ops.cumulative_sum(ops.astype(steps.spans, "float64")), steps.seen, values)

    def readings(self, f: int) -> tuple[Any, Any]:
        """When feature f was read, and the signals then."""
        seen = self.seen[:, f]
        return self.times[seen], self.values[seen, f]

    def before(self, stop: int, f: int) -> int:
        """How often feature f was read before a step."""
        return int(ops.sum(ops.astype(self.seen[:stop, f], "int64")))


@dataclass(frozen=True, eq=False)
class Panel:
    """A judge for each feature; a step is as bad as its worst."""

    judges: list[Judge]

    @staticmethod
    def of(
        score: str,
        deviations: Deviations,
        series: list[Signals],
        stops: list[int],
        limit: Callable[[Any], float],
        kept: float = 1.0,
    ) -> Panel:
        """Learn from what came from the step `stops[i]` of series i on."""
        judges: list[Judge] = []
        for f in range(series[0].seen.shape[1]):
            held = [(*one.readings(f), one.before(stop, f)) for one, stop in zip(series, stops, strict=True)]
            count = sum(len(times) - first for times, _, first in held)
            if count < 2:
                raise ArgumentError(
                    f"feature {f} has {count} readings in the last part of the series, which is held out",
                    expected="some that say what is normal",
                    mend="a larger calibration, or X without this feature",
                )
            judges.append(Judge.of(score, deviations, held, limit, kept))
        return Panel(judges)

    def explained(self, one: Signals) -> Any:
        """The score of each feature at each step, (T, F): that of its last reading, 0 before the first."""
        return ops.stack([_column(judge, one, f) for f, judge in enumerate(self.judges)], axis=1)

    def worst(self, one: Signals) -> Any:
        """The score of the worst feature at each step, (T,)."""
        found = _column(self.judges[0], one, 0)
        for f, judge in enumerate(self.judges[1:], 1):
            found = ops.maximum(found, _column(judge, one, f))
        return found

    def follower(self) -> Callable[[float, Any, Any], tuple[float, list[float]]]:
        """For a series that goes on: time, seen (F,) and signals of one more step give its score, and the features'."""
        following = [judge.follower() for judge in self.judges]
        last = [0.0] * len(self.judges)

        def follow(time: float, seen: Any, values: Any) -> tuple[float, list[float]]:
            for f, of in enumerate(following):
                if bool(seen[f]):
                    last[f] = of(time, float(values[f]))
            return max(last), [*last]

        return follow

    # -- for files --

    def parts(self) -> tuple[Any, Any]:
        """Plain values, and arrays."""
        normals = [judge.normal for judge in self.judges]
        plain = [
            {"size": judge.size, "limit": judge.limit, "shrinkage": None if normal is None else normal.shrinkage}
            for judge, normal in zip(self.judges, normals, strict=True)
        ]
        return plain, [[n.mean, n.unit, n.precision] for n in normals if n is not None]

    @staticmethod
    def blank(deviations: Deviations, score: str, features: int) -> Any:
        """Arrays like those of `parts`."""
        columns = len(deviations.names)
        flat, square = ops.zeros(columns, dtype="float64"), ops.zeros((columns, columns), dtype="float64")
        return [[flat, flat, square] for _ in range(features)] if score == "mahalanobis" else []

    @staticmethod
    def made(plain: Any, arrays: Any, deviations: Deviations, score: str) -> Panel:
        """From its parts."""
        judges: list[Judge] = []
        for f, one in enumerate(plain):
            normal = Normal(*arrays[f], shrinkage=one["shrinkage"]) if score == "mahalanobis" else None
            judges.append(Judge(score, deviations, one["size"], normal, one["limit"]))
        return Panel(judges)


def _column(judge: Judge, one: Signals, f: int) -> Any:
    scores = judge.scores(*one.readings(f))
    readings = ops.cumulative_sum(ops.astype(one.seen[:, f], "int64"))
    return ops.take(ops.concat([ops.zeros(1, dtype="float64"), scores]), readings)
