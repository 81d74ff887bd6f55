"""Readings that are not what all the others say they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import scaling
from emberharmony.models.deviations import Deviations
from emberharmony.models.estimator import LiquidEstimator
from emberharmony.models.fitting import backend_for, check_fitted, check_sizes, network_for, trained_on
from emberharmony.models.masked import MODES, Riddles, Steps, answered, answers, error_of, steps_of
from emberharmony.models.normal import Normal
from emberharmony.models.online import Online
from emberharmony.models.sequences import Sequences, as_sequences, floats
from emberharmony.models.supervised import check_like
from emberharmony.models.thresholds import THRESHOLDS
from emberharmony.ops import random
from emberharmony.ops.like import listed, one_of
from emberharmony.pytree import tree_map
from emberharmony.training import gaussian_nll

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.network import Network

__all__ = ["LiquidAnomalyDetector"]

LARGE, SMALL = 8.0, 1e-12  # of errors that count for their usual size, and of what is divided by


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidAnomalyDetector(LiquidEstimator):
    """A liquid network that tells each feature by the others, or by the past, and points at what it cannot tell.

    X is one series (T, F), or a list of them (T_i, F), of different lengths and at irregular times; a NaN was not
    observed. Most of what it is fitted on is normal. The settings are those of `LiquidEstimator`, and

    - `mode`: "reconstruct" hides a feature and tells it by the others, now and before, so that a fault cannot explain
      itself; "forecast" tells all features by the steps before.
    - `window`: the steps of a series that are trained on at a time.
    - `spans`, `baseline`: over which times errors are looked at, and against which longer one, in units of the usual
      time between two steps; see `Deviations`.
    - `calibration`: the last part of each series, which is not trained on: it says what errors are normal.
    - `contamination`: the share of normal steps that may be called anomalous, which sets the `threshold`: "quantile",
      "pot" (beyond what was seen) or "mad" (where the calibration part holds anomalies, too).

    Scores are 1 where they reach the threshold of their feature.

    >>> t = ops.arange(600, dtype="float64")
    >>> X = ops.stack([ops.sin(0.2 * t), ops.cos(0.2 * t)], axis=1)
    >>> detector = LiquidAnomalyDetector(units=8, epochs=3, window=64, spans=(8.0,), baseline=None).fit(X)
    >>> detector.decision_function(X).shape
    (600,)
    """

    mode: str = "reconstruct"
    window: int = 256
    spans: tuple[float, ...] = (128.0,)
    baseline: float | None = 2048.0
    calibration: float = 0.25
    contamination: float = 0.01
    threshold: str = "quantile"
    cell: str = "cfc"
    rate: float | None = 0.006
    epochs: int = 40

    _kind: ClassVar[str | None] = "outlier_detector"

    def fit(self, X: Any, y: Any = None, *, timespans: Any = None, context: Any = None) -> Self:
        """Learn what is normal from series; y is not looked at.

        `timespans`, (T,) or a list, is the time since the step before; `context`, (T, C) or a list, is what the network
        may see and is not judged: a mode of operation, which machine it is, the hour of the day.
        """
        name = type(self).__name__
        one_of(name, "mode", self.mode, MODES)
        one_of(name, "threshold", self.threshold, tuple(THRESHOLDS))
        for what, share in (("calibration", self.calibration), ("contamination", self.contamination)):
            if not 0 < share < 1:
                raise ArgumentError(f"{name} got {what}={share!r}", expected="a part between 0 and 1")
        for what, given, usual in (("bidirectional", self.bidirectional, False), ("patience", self.patience, None)):
            if given != usual:
                raise ArgumentError(
                    f"{name} got {what}={given!r}",
                    expected=f"{what}={usual}: a step is judged by what came before it, after all epochs",
                )
        if self.window < 4:
            raise ArgumentError(f"{name} got window={self.window!r}", expected="at least 4 steps")
        check_sizes(self)
        deviations = self.deviations  # refused here, not when hours are spent
        sequences, contexts, _ = self._given(X, timespans, context)
        if self.mode == "reconstruct" and sequences.features < 2:
            raise ShapeError(
                f"{name} got series of one feature, and mode='reconstruct'",
                expected="two features or more: one is told by the others",
                mend="mode='forecast'",
            )
        stops = [max(2, round(len(v) * (1 - self.calibration))) for v in sequences.values]
        train = Sequences(
            [v[:stop] for v, stop in zip(sequences.values, stops, strict=True)],
            None if sequences.spans is None else [s[:stop] for s, stop in zip(sequences.spans, stops, strict=True)],
            sequences.width,
            False,
        )
        with registry.use_backend("numpy"):
            self.scaling_ = scaling.fitted(train, self.scale)
        self.n_features_in_, self.contexts_ = sequences.features, contexts[0].shape[1]
        self.is_timed_ = sequences.spans is not None
        steps = self._steps(sequences, contexts)
        with registry.use_backend(backend_for(self)):
            riddles = Riddles(
                [one.between(0, stop) for one, stop in zip(steps, stops, strict=True)],
                self.window,
                self.batch_size,
                self.mode,
                random.fold_in(random.key(self.seed), 1),
            )
            features = self.n_features_in_
            start = network_for(self, 2 * features + self.contexts_, 2 * features, "each")
            known = {f"{name} {i}": x for i, one in enumerate(steps) for name, x in vars(one).items()}
            self.network_, self.history_ = trained_on(self, start, _loss, riddles, None, known=[known])
        errors = self._errors(steps)
        with registry.use_backend("numpy"):
            self._calibrate(errors, stops, deviations)
        self.decision_scores_ = [self._worst(one) for one in errors]
        self.labels_ = [self._label(scores) for scores in self.decision_scores_]
        if not _several(X):
            self.decision_scores_, self.labels_ = self.decision_scores_[0], self.labels_[0]
        return self

    # -- what it says --

    def explain(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """The score of each feature at each step, (T, F) or a list of them; that of its last reading between readings.

        1 is the threshold of the feature. 0 where nothing is known yet.
        """
        steps, several = self._seen("explain", X, timespans, context)
        found = [self._ratios(one) for one in self._errors(steps)]
        return found if several else found[0]

    def decision_function(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """The score of each step, (T,) or a list of them: that of its worst feature. Larger is more anomalous."""
        steps, several = self._seen("decision_function", X, timespans, context)
        found = [self._worst(one) for one in self._errors(steps)]
        return found if several else found[0]

    def predict(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """1 for a step whose score is above `threshold_`, else 0: (T,) or a list of them."""
        scores = self.decision_function(X, timespans=timespans, context=context)
        return [self._label(one) for one in scores] if _several(X) else self._label(scores)

    def fit_predict(self, X: Any, y: Any = None, *, timespans: Any = None, context: Any = None) -> Any:
        """`labels_` after `fit`."""
        return self.fit(X, y, timespans=timespans, context=context).labels_

    def online(self) -> Online:
        """For a series that goes on: `score_next(x, dt)` judges each step when it comes."""
        check_fitted(self, "online")
        return Online(self)

    # -- how --

    @property
    def deviations(self) -> Deviations:
        """What is looked at in errors, as the settings say."""
        return Deviations(tuple(float(span) for span in self.spans), self.baseline)

    def _given(self, X: Any, timespans: Any, context: Any) -> tuple[Sequences, list[Any], bool]:
        name = type(self).__name__
        several = _several(X)
        if not several:
            timespans, context = (None if given is None else [given] for given in (timespans, context))
        sequences = as_sequences(name, list(X) if several else [X], timespans)
        given = [None] * len(sequences) if context is None else list(context)
        if len(given) != len(sequences):
            raise ShapeError(f"{name} got {len(given)} contexts for {len(sequences)} series", expected="one for each")
        contexts: list[Any] = []
        for i, (c, v) in enumerate(zip(given, sequences.values, strict=True)):
            with registry.use_backend("numpy"):
                c = ops.zeros((v.shape[0], 0), dtype="float64") if c is None else floats(name, f"context {i}", c)
            if c.ndim != 2 or c.shape[0] != v.shape[0] or (contexts and c.shape[1] != contexts[0].shape[1]):
                raise ShapeError(
                    f"{name} got a context of shape {tuple(c.shape)} for series {i}, which has {v.shape[0]} steps",
                    expected=f"({v.shape[0]}, {contexts[0].shape[1] if contexts else 'C'})",
                )
            contexts.append(c)
        return sequences, contexts, several

    def _steps(self, sequences: Sequences, contexts: list[Any]) -> list[Steps]:
        with registry.use_backend("numpy"):
            found: list[Steps] = []
            for i, (v, c) in enumerate(zip(sequences.values, contexts, strict=True)):
                scaled = (v - self.scaling_.centre) / self.scaling_.spread
                spans = ops.ones_like(v[:, 0]) if sequences.spans is None else sequences.spans[i] / self.scaling_.span
                found.append(steps_of(scaled, spans, c, self.dtype))
            return found

    def _seen(self, method: str, X: Any, timespans: Any, context: Any) -> tuple[list[Steps], bool]:
        check_fitted(self, method)
        sequences, contexts, several = self._given(X, timespans, context)
        name, known = type(self).__name__, self.n_features_in_
        check_like(name, sequences, known, known, is_table=False, is_timed=self.is_timed_)
        if (got := contexts[0].shape[1]) != self.contexts_:
            raise ShapeError(f"{name} got {got} columns of context", expected=f"{self.contexts_}, as in fit")
        return self._steps(sequences, contexts), several

    def _errors(self, steps: list[Steps]) -> list[Errors]:
        """How far each reading is from what the network says, in units of what the network expects."""
        found: list[Any] = [None] * len(steps)
        with registry.use_backend(backend_for(self)) as backend:

            def here(x: Any) -> Any:
                return ops.convert(x, backend.name)

            own = tree_map(here, self.network_)
            for i, mean, spread in answered(own, steps, self.mode):
                with registry.use_backend("numpy"):
                    found[i] = _errors_of(steps[i], mean, spread)
        return found

    def _calibrate(self, errors: list[Errors], stops: list[int], deviations: Deviations) -> None:
        """What is normal: the size of errors, their deviations, and how far those may lie from their centre."""
        limit = THRESHOLDS[self.threshold]
        self.error_: list[float] = []
        self.normals_: list[Normal] = []
        self.thresholds_: list[float] = []
        for f in range(self.n_features_in_):
            held = [one.places[f] >= stop for one, stop in zip(errors, stops, strict=True)]
            sizes = ops.concat([one.errors[f][late] for one, late in zip(errors, held, strict=True)])
            if sizes.shape[0] < 2:
                raise ArgumentError(
                    f"feature {f} has {sizes.shape[0]} readings in the last {self.calibration:.0%} of the series",
                    expected="some that say what is normal",
                    mend="a larger calibration, or X without this feature",
                )
            self.error_.append(max(float(ops.sqrt(ops.mean(ops.square(ops.clip(sizes, -LARGE, LARGE))))), SMALL))
            rows = ops.concat(
                [
                    deviations.of(one.times[f], one.errors[f] / self.error_[f])[late]
                    for one, late in zip(errors, held, strict=True)
                ]
            )
            self.normals_.append(Normal.of(rows))
            self.thresholds_.append(max(limit(self.normals_[f].distance(rows), self.contamination), SMALL))
        worst = ops.concat([self._worst(one)[stop:] for one, stop in zip(errors, stops, strict=True)])
        self.threshold_ = limit(worst, self.contamination)

    def _ratios(self, one: Errors) -> Any:
        """The score of each feature at each step: that of its last reading."""
        deviations, columns = self.deviations, list[Any]()
        with registry.use_backend("numpy"):
            for f, (normal, threshold) in enumerate(zip(self.normals_, self.thresholds_, strict=True)):
                rows = deviations.of(one.times[f], one.errors[f] / self.error_[f])
                own = ops.concat([ops.zeros(1, dtype="float64"), normal.distance(rows) / threshold])
                columns.append(ops.take(own, ops.searchsorted(one.places[f], ops.arange(one.steps), side="right")))
            return ops.stack(columns, axis=1)

    def _worst(self, one: Errors) -> Any:
        return ops.max(self._ratios(one), axis=1)

    def _label(self, scores: Any) -> Any:
        return ops.astype(scores > self.threshold_, "int64")

    # -- for files --

    def _fitted(self) -> tuple[dict[str, Any], Any]:
        plain = {
            "features": self.n_features_in_,
            "contexts": self.contexts_,
            "is_timed": self.is_timed_,
            "history": self.history_,
            "error": self.error_,
            "thresholds": self.thresholds_,
            "threshold": self.threshold_,
            "shrinkages": [normal.shrinkage for normal in self.normals_],
        }
        normals = [[normal.mean, normal.unit, normal.precision] for normal in self.normals_]
        return plain, {"network": self.network_, "scaling": self.scaling_, "normals": normals}

    def _template(self, plain: dict[str, Any]) -> Any:
        columns, features = len(self.deviations.names), plain["features"]
        flat, square = ops.zeros(columns, dtype="float64"), ops.zeros((columns, columns), dtype="float64")
        return {
            "network": network_for(self, 2 * features + plain["contexts"], 2 * features, "each"),
            "scaling": scaling.blank(features),
            "normals": [[flat, flat, square] for _ in range(features)],
        }

    def _restore(self, plain: dict[str, Any], arrays: Any) -> None:
        self.network_, self.scaling_ = arrays["network"], arrays["scaling"]
        self.n_features_in_, self.contexts_, self.history_ = plain["features"], plain["contexts"], plain["history"]
        self.is_timed_ = plain["is_timed"]
        self.error_, self.thresholds_, self.threshold_ = plain["error"], plain["thresholds"], plain["threshold"]
        self.normals_ = [
            Normal(mean, unit, precision, shrinkage)
            for (mean, unit, precision), shrinkage in zip(arrays["normals"], plain["shrinkages"], strict=True)
        ]


class Errors(NamedTuple):
    """One series: how many steps it has, and for each feature where its readings are, when, and how far off."""

    steps: int
    places: list[Any]
    times: list[Any]
    errors: list[Any]


def _errors_of(one: Steps, mean: Any, spread: Any) -> Errors:
    times = ops.cumulative_sum(ops.astype(one.spans, "float64"))
    errors = error_of(one.values, mean, spread)
    places = [ops.nonzero(one.seen[:, f] > 0)[0] for f in range(one.values.shape[1])]
    return Errors(len(one), places, [times[p] for p in places], [errors[p, f] for f, p in enumerate(places)])


def _several(X: Any) -> bool:
    """Whether X is a list of series, or an array (N, T, F)."""
    if listed(X):
        return bool(X) and hasattr(X[0], "ndim")
    return getattr(X, "ndim", 0) == 3


def _loss(model: Network, batch: dict[str, Any]) -> Any:
    mean, spread, _ = answers(model, batch)
    return gaussian_nll(mean, spread, batch["target"], mask=batch["asked"])
