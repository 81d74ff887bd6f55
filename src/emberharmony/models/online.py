"""A detector that goes along with a plant: one step after the other, each judged when it comes."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.fitting import backend_for
from emberharmony.models.masked import Steps, answers, asked, error_of, of_hidden, steps_of
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
        self._trackers = [detector.deviations.tracker() for _ in range(detector.n_features_in_)]
        self._time, self._state = 0.0, None
        self._last: Steps | None = None
        self.features = [0.0] * detector.n_features_in_

    def _here(self, x: Any) -> Any:
        return ops.convert(x, self._backend)

    def score_next(self, x: Any, dt: float | None = None, context: Any = ()) -> float:
        """The score of one more step x (F,), NaN where nothing was observed, `dt` after the one before.

        `features` holds the score of each feature afterwards: that of its last reading.
        """
        detector = self._detector
        with registry.use_backend("numpy"):
            step = self._step(floats("score_next", "x", x), dt, floats("score_next", "context", context))
            lately = step if self._last is None else self._last.joined(step)
            given = asked([lately], len(lately) - 1, len(lately), detector.mode)
        with registry.use_backend(self._backend):
            own = {name: ops.asarray(values) for name, values in given.items()}
            mean, spread, self._state = answers(self._network, own, self._state)
        with registry.use_backend("numpy"):
            mean, spread = (of_hidden(y, 1, detector.mode)[0, 0] for y in (mean, spread))
            errors = error_of(step.values[0], mean, spread)
            self._last = step
            self._time += float(step.spans[0])
            for f in range(detector.n_features_in_):
                if float(step.seen[0, f]):
                    row = self._trackers[f].next(self._time, float(errors[f]) / detector.error_[f])
                    distance = detector.normals_[f].distance(ops.asarray([row], dtype="float64"))
                    self.features[f] = float(distance[0]) / detector.thresholds_[f]
        return max(self.features)

    def _step(self, x: Any, dt: float | None, context: Any) -> Steps:
        detector = self._detector
        for what, got, known in (("x", x, detector.n_features_in_), ("context", context, detector.contexts_)):
            if tuple(got.shape) != (known,):
                raise ShapeError(f"score_next got {what} of shape {tuple(got.shape)}", expected=f"({known},)")
        if (dt is not None) != detector.is_timed_ or (dt is not None and not 0 <= dt < float("inf")):
            wanted = "the time since the step before" if detector.is_timed_ else "None: fit had no timespans"
            raise ArgumentError(f"score_next got dt={dt!r}", expected=wanted)
        span = 1.0 if dt is None else dt / float(detector.scaling_.span)
        scaled = (x - detector.scaling_.centre) / detector.scaling_.spread
        return steps_of(scaled[None], ops.asarray([span], dtype="float64"), context[None], detector.dtype)
