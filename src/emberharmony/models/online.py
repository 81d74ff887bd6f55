"""A detector that goes along with a plant: one step after the other, each judged when it comes."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.fitting import backend_for
from emberharmony.models.masked import Steps, asked, outputs, steps_of
from emberharmony.models.sequences import floats
from emberharmony.pytree import tree_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.anomaly import LiquidAnomalyDetector

__all__ = ["Online"]


class Online:
    """The scores of one series that goes on: to rounding, what `decision_function` would give for all of it.

    >>> t = ops.arange(600, dtype="float64")
    >>> X = ops.stack([ops.sin(0.2 * t), ops.cos(0.2 * t)], axis=1)
    >>> detector = LiquidAnomalyDetector(units=8, epochs=1, window=64, spans=(8.0,), baseline=None).fit(X)
    >>> online = detector.online()
    >>> scores = [online.score_next(x) for x in X[:20]]
    >>> len(online.features)
    2
    """

    def __init__(self, detector: LiquidAnomalyDetector) -> None:
        self._detector = detector
        self._backend = backend_for(detector)
        self._network = tree_map(self._here, detector.network_)
        self._question = detector.question(whole=False)
        self._follow = detector.judge_.follower()
        self._time, self._state = 0.0, None
        self._last: Steps | None = None
        self.features = [0.0] * detector.n_features_in_

    def _here(self, x: Any) -> Any:
        return ops.convert(x, self._backend)

    def score_next(self, x: Any, dt: float | None = None, context: Any = ()) -> float:
        """The score of one more step x (F,), NaN where nothing was observed, `dt` after the one before.

        `features` holds afterwards what `explain` says of each: the score of its last reading, or what it brings.
        """
        with registry.use_backend("numpy"):
            step = self._step(floats("score_next", "x", x), dt, floats("score_next", "context", context))
            lately = step if self._last is None else self._last.joined(step)
            given = asked([lately], len(lately) - 1, len(lately), self._question)
        with registry.use_backend(self._backend):
            y, self._state = outputs(self._network, {name: ops.asarray(v) for name, v in given.items()}, self._state)
        with registry.use_backend("numpy"):
            values = self._question.kept(ops.to_numpy(ops.stop_gradient(y)), step)[0]
            self._last = step
            self._time += float(step.spans[0])
            score, self.features = self._follow(self._time, step.seen[0], values)
        return score

    def _step(self, x: Any, dt: float | None, context: Any) -> Steps:
        detector = self._detector
        for what, got, known in (("x", x, detector.n_features_in_), ("context", context, detector.contexts_)):
            if tuple(got.shape) != (known,):
                raise ShapeError(f"score_next got {what} of shape {tuple(got.shape)}", expected=f"({known},)")
        if (dt is not None) != detector.is_timed_ or (dt is not None and not 0 <= dt < float("inf")):
            wanted = "the time since the step before" if detector.is_timed_ else "None: fit had no timespans"
            raise ArgumentError(f"score_next got dt={dt!r}", expected=wanted)
        spans = None if dt is None else ops.asarray([dt], dtype="float64")
        return steps_of(x[None], spans, context[None], detector.scaling_, detector.dtype)
