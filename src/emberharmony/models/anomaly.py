"""Readings that are not what all the others say they should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import labelled, masked, scaling
from emberharmony.models.deviations import Deviations
from emberharmony.models.estimator import LiquidEstimator
from emberharmony.models.fitting import backend_for, check_fitted, check_sizes, network_for, trained_on
from emberharmony.models.judge import SCORES
from emberharmony.models.masked import Question, Steps, answered, steps_of
from emberharmony.models.online import Online
from emberharmony.models.panel import Panel, Signals, gaussian, question
from emberharmony.models.probabilities import Spread
from emberharmony.models.sequences import Sequences, as_sequences, numbers
from emberharmony.models.supervised import check_like
from emberharmony.models.thresholds import THRESHOLDS
from emberharmony.ops import random
from emberharmony.ops.like import listed, one_of
from emberharmony.pytree import tree_map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.network import Network

__all__ = ["LiquidAnomalyDetector"]

MODES = ("reconstruct", "forecast", "supervised")
SHORTEST = 4  # steps of a series
HELD = 4  # batches of the part that is not trained on, for the history

TRUST = 0.7  # in the deviation that the network expects: it is too sure here, too careful there
KEPT = 0.75  # of the calibration part that says what is normal, where it holds anomalies, too


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidAnomalyDetector(LiquidEstimator):
    """A liquid network that tells each feature by the others, or by the past, and points at what it cannot tell.

    X is one series (T, F), or a list of them (T_i, F), of different lengths and at irregular times; a NaN was not
    observed. Most of what it is fitted on is normal. The settings are those of `LiquidEstimator`, and

    - `mode`: "reconstruct" hides a feature and tells it by the others, now and before, so that a fault cannot explain
      itself; "forecast" tells all features by the steps before; "supervised" learns from labels what is anomalous.
    - `window`: the steps of a series that are trained on at a time; `batches` of them make an epoch, by default as many
      as cover all series once.
    - `score`: what a feature's errors are judged by, "mahalanobis" (how far their mean, spread and roughness over
      windows lie from normal ones), "nll" (how surprised the network is) or "mse" (squared errors), both as means over
      the shortest of the `spans`. Labels need none: there the score is the logit.
    - `spans`, `baseline`: over which times errors are looked at, and against which longer one, in units of the usual
      time between two steps; see `Deviations`.
    - `calibration`: the last part of each series, which is not trained on: it says what errors are normal.
    - `contamination`: the share of normal steps that may be called anomalous, which sets the `threshold`: "quantile",
      "pot" (beyond what was seen) or "mad", for what was fitted on anomalies, too: the quarter of the calibration part
      that is farthest does not say what is normal, and a network that has learnt to be unsure there is not believed.

    Scores are 1 where they reach the threshold of their feature. After `fit`, as PyOD has it, `decision_scores_` and
    `labels_` are those of the training data, and a label is 1 where a score is above `threshold_`.

    >>> t = ops.arange(600, dtype="float64")
    >>> X = ops.stack([ops.sin(0.2 * t), ops.cos(0.2 * t)], axis=1)
    >>> detector = LiquidAnomalyDetector(units=8, epochs=3, window=64, spans=(8.0,), baseline=None).fit(X)
    >>> detector.decision_function(X).shape
    (600,)
    """

    mode: str = "reconstruct"
    window: int = 256
    batches: int | None = None
    score: str = "mahalanobis"
    spans: tuple[float, ...] = (128.0,)
    baseline: float | None = 2048.0
    calibration: float = 0.25
    contamination: float = 0.01
    threshold: str = "quantile"
    cell: str = "cfc"
    rate: float | None = 0.006
    epochs: int = 40

    _kind: ClassVar[str | None] = "outlier_detector"

    def fit(
        self, X: Any, y: Any = None, *, timespans: Any = None, context: Any = None, learn_until: Any = None
    ) -> Self:
        """Learn what is normal from series; y is looked at in the mode "supervised" alone.

        There it is 1 for each anomalous step and 0 for each normal one, (T,) or a list of them. `timespans`, (T,) or a
        list, is the time since the step before; `context`, (T, C) or a list, is what the network may see and is not
        judged: a mode of operation, which machine it is, the hour of the day. `learn_until`, a number of steps or a
        list of them, says where the part of each series begins that is not trained on, instead of `calibration`.
        """
        name, by_labels = type(self).__name__, self.mode == labelled.MODE
        self._check_settings(name)
        deviations = self.deviations  # refused here, not when hours are spent
        sequences, contexts, several = self._given(X, timespans, context)
        if self.mode == "reconstruct" and sequences.features < 2:
            raise ShapeError(
                f"{name} got series of one feature, and mode='reconstruct'",
                expected="two features or more: one is told by the others",
                mend="mode='forecast'",
            )
        lengths = [len(v) for v in sequences.values]
        if min(lengths) < SHORTEST:
            raise ShapeError(
                f"{name} got a series with n_samples={min(lengths)}",
                expected=f"at least {SHORTEST} steps in each: a part to learn from, and one that says what is normal",
            )
        stops = self._stops(name, lengths, learn_until, several=several)
        with registry.use_backend("numpy"):
            labels = labelled.labels_of(name, y, lengths, stops, several=several) if by_labels else []
        train = Sequences(
            [v[:stop] for v, stop in zip(sequences.values, stops, strict=True)],
            None if sequences.spans is None else [s[:stop] for s, stop in zip(sequences.spans, stops, strict=True)],
            sequences.width,
            False,
        )
        self.scaling_ = scaling.fitted(train, self.scale)
        self.n_features_in_, self.contexts_ = sequences.features, contexts[0].shape[1]
        self.is_timed_ = sequences.spans is not None
        steps = self._steps(sequences, contexts)
        with registry.use_backend(backend_for(self)):
            key = random.fold_in(random.key(self.seed), 1)
            early = [one.between(0, stop) for one, stop in zip(steps, stops, strict=True)]
            late = [one.between(stop, len(one)) for one, stop in zip(steps, stops, strict=True)]
            held = None
            if by_labels:
                learnt = [one[:stop] for one, stop in zip(labels, stops, strict=True)]
                batches = labelled.windows(early, learnt, self.window, self.batch_size, key, self.batches)
                loss = labelled.loss(learnt)
            else:
                batches = masked.riddles(early, self.window, self.batch_size, self.mode, key, self.batches)
                # the same windows in each epoch; the loss on them is there to be looked at, and decides nothing
                held = list(masked.riddles(late, self.window, self.batch_size, self.mode, key, HELD)(0))
                loss = masked.loss
            known = {f"{name} {i}": x for i, one in enumerate(steps) for name, x in vars(one).items()}
            known |= {f"y {i}": one for i, one in enumerate(labels)}
            self.network_, self.history_ = trained_on(self, self._network(), loss, batches, held, known=[known])
        signals = self._signals(steps, whole=True)
        del steps, early, late, batches, held, known  # as large as what is looked at from here on
        with registry.use_backend("numpy"):
            self._calibrate(signals, labels, stops, deviations)
        if not several:
            self.decision_scores_, self.labels_ = self.decision_scores_[0], self.labels_[0]
        return self

    # -- what it says --

    def explain(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """The score of each feature at each step, (T, F) or a list of them; that of its last reading between readings.

        1 is the threshold of the feature. 0 where nothing is known yet. In the mode "supervised" there is one score for
        all features, and a feature has what it brings to that: the score less the one it would be had the feature never
        been observed, now and before.
        """
        steps, several = self._seen("explain", X, timespans, context)
        signals = self._signals(steps, whole=False)
        with registry.use_backend("numpy"):
            found = [self.judge_.explained(one) for one in signals]
        return found if several else found[0]

    def decision_function(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """The score of each step, (T,) or a list of them: that of its worst feature. Larger is more anomalous."""
        steps, several = self._seen("decision_function", X, timespans, context)
        signals = self._signals(steps, whole=True)
        with registry.use_backend("numpy"):
            found = [self.judge_.worst(one) for one in signals]
        return found if several else found[0]

    def predict(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """1 for a step whose score is above `threshold_`, else 0: (T,) or a list of them."""
        scores = self.decision_function(X, timespans=timespans, context=context)
        return [self._label(one) for one in scores] if _several(X) else self._label(scores)

    def predict_proba(self, X: Any, method: str = "linear", *, timespans: Any = None, context: Any = None) -> Any:
        """Scores as numbers between 0 and 1, of being normal and of being anomalous: (T, 2) or a list of them.

        "linear" is the place between the lowest and the highest score of the training data; "unify" how much of a bell
        with their mean and deviation lies nearer to its middle. They compare detectors, and are no frequencies.
        """
        scores = self.decision_function(X, timespans=timespans, context=context)
        found = [self.spread_.probabilities(one, method) for one in (scores if _several(X) else [scores])]
        return found if _several(X) else found[0]

    def fit_predict(self, X: Any, y: Any = None, *, timespans: Any = None, context: Any = None) -> Any:
        """`labels_` after `fit`."""
        return self.fit(X, y, timespans=timespans, context=context).labels_

    def expect(self, X: Any, *, timespans: Any = None, context: Any = None) -> Any:
        """What each feature should read, and the standard deviation about that: (T, F) each, or a list of both.

        In the units of X; by what the network of an unsupervised mode knows without the reading itself.
        """
        if self.mode == labelled.MODE:
            raise ArgumentError(
                "expect of a detector in the mode 'supervised'",
                expected="'reconstruct' or 'forecast': labels tell none",
            )
        steps, several = self._seen("expect", X, timespans, context)
        found = self._answers(steps, gaussian(self.mode, self.n_features_in_, self.dtype))
        centre, unit, features = self.scaling_.centre, self.scaling_.spread, self.n_features_in_
        with registry.use_backend("numpy"):
            told = [(y[:, :features] * unit + centre, ops.exp(0.5 * y[:, features:]) * unit) for y in found]
        return told if several else told[0]

    def online(self) -> Online:
        """For a series that goes on: `score_next(x, dt)` judges each step when it comes."""
        check_fitted(self, "online")
        return Online(self)

    # -- how --

    @property
    def _judge_class(self) -> Any:
        return labelled.Verdict if self.mode == labelled.MODE else Panel

    @property
    def deviations(self) -> Deviations:
        """What is looked at in errors, as the settings say."""
        return Deviations(tuple(float(span) for span in self.spans), self.baseline)

    def question(self, *, whole: bool) -> Question:
        """How the network is asked about series: for the score of each step, or unless it is `whole`, to explain it."""
        if self.mode == labelled.MODE:
            return labelled.question(self.n_features_in_, self.dtype, whole=whole)
        # anomalies that it was trained on have taught it to be unsure where they are, which would excuse them
        trust = TRUST if self._is_clean else 0.0
        return question(self.mode, self.score, self.n_features_in_, self.dtype, trust)

    @property
    def _is_clean(self) -> bool:
        return self.threshold != "mad"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.mode == labelled.MODE
        return tags

    def _check_settings(self, name: str) -> None:
        one_of(name, "mode", self.mode, MODES)
        one_of(name, "score", self.score, SCORES)
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
        if self.batches is not None and self.batches < 1:
            raise ArgumentError(f"{name} got batches={self.batches!r}", expected="at least 1, or None")
        check_sizes(self)

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
                c = ops.zeros((v.shape[0], 0), dtype="float64") if c is None else numbers(name, f"context {i}", c)
            if c.ndim != 2 or c.shape[0] != v.shape[0] or (contexts and c.shape[1] != contexts[0].shape[1]):
                raise ShapeError(
                    f"{name} got a context of shape {tuple(c.shape)} for series {i}, which has {v.shape[0]} steps",
                    expected=f"({v.shape[0]}, {contexts[0].shape[1] if contexts else 'C'})",
                )
            contexts.append(c)
        return sequences, contexts, several

    def _stops(self, name: str, lengths: list[int], given: Any, *, several: bool) -> list[int]:
        if given is None:
            return [max(2, round(length * (1 - self.calibration))) for length in lengths]
        stops = [int(stop) for stop in (given if several else [given])]
        if len(stops) != len(lengths) or not all(2 <= a < b for a, b in zip(stops, lengths, strict=True)):
            raise ArgumentError(
                f"{name} got learn_until={given!r} for series of {lengths[:10]} steps",
                expected="for each series a number of steps from 2 to below its length",
            )
        return stops

    def _steps(self, sequences: Sequences, contexts: list[Any]) -> list[Steps]:
        spans = sequences.spans or [None] * len(sequences)
        with registry.use_backend("numpy"):
            return [
                steps_of(v, s, c, self.scaling_, self.dtype)
                for v, s, c in zip(sequences.values, spans, contexts, strict=True)
            ]

    def _seen(self, method: str, X: Any, timespans: Any, context: Any) -> tuple[list[Steps], bool]:
        check_fitted(self, method)
        sequences, contexts, several = self._given(X, timespans, context)
        name, known = type(self).__name__, self.n_features_in_
        check_like(name, sequences, known, known, is_table=False, is_timed=self.is_timed_)
        if (got := contexts[0].shape[1]) != self.contexts_:
            raise ShapeError(f"{name} got {got} columns of context", expected=f"{self.contexts_}, as in fit")
        return self._steps(sequences, contexts), several

    def _signals(self, steps: list[Steps], *, whole: bool) -> list[Signals]:
        """What the network says of each step, as the judge wants it."""
        found = self._answers(steps, self.question(whole=whole))
        with registry.use_backend("numpy"):
            return [Signals.of(one, values) for one, values in zip(steps, found, strict=True)]

    def _answers(self, steps: list[Steps], question: Question) -> list[Any]:
        with registry.use_backend(backend_for(self)) as backend:

            def here(x: Any) -> Any:
                return ops.convert(x, backend.name)

            return answered(tree_map(here, self.network_), steps, question)

    def _network(self) -> Network:
        """With the weights that it starts from."""
        features = self.n_features_in_
        told = 1 if self.mode == labelled.MODE else 2 * features
        return network_for(self, 2 * features + self.contexts_, told, "each")

    def _calibrate(self, signals: list[Signals], labels: list[Any], stops: list[int], deviations: Deviations) -> None:
        """What is normal, by the last part of each series."""

        by_labels = self.mode == labelled.MODE
        # mad wants a bell: the cube root of a squared distance is about one (Wilson and Hilferty 1931)
        power = 1.0 if self._is_clean or by_labels or self.score == "nll" else 1 / 3

        def limit(scores: Any) -> float:
            if power == 1.0:
                return THRESHOLDS[self.threshold](scores, self.contamination)
            return THRESHOLDS[self.threshold](ops.maximum(scores, 0.0) ** power, self.contamination) ** (1 / power)

        self.judge_ = (
            labelled.Verdict.of(signals, labels, stops, limit)
            if by_labels
            else Panel.of(self.score, deviations, signals, stops, limit, 1.0 if self._is_clean else KEPT)
        )
        scores = [self.judge_.worst(one) for one in signals]
        late = [one[stop:] for one, stop in zip(scores, stops, strict=True)]
        self.threshold_ = 1.0 if by_labels else limit(ops.concat(late))
        self.spread_ = Spread.of(scores)
        self.decision_scores_: Any = scores
        self.labels_: Any = [self._label(one) for one in scores]

    def _label(self, scores: Any) -> Any:
        return ops.astype(scores > self.threshold_, "int64")

    # -- for files --

    def _fitted(self) -> tuple[dict[str, Any], Any]:
        plain, arrays = self.judge_.parts()
        plain = {
            "features": self.n_features_in_,
            "contexts": self.contexts_,
            "is_timed": self.is_timed_,
            "history": self.history_,
            "threshold": self.threshold_,
            "spread": asdict(self.spread_),
            "judge": plain,
        }
        return plain, {"network": self.network_, "scaling": self.scaling_, "judge": arrays}

    def _template(self, plain: dict[str, Any]) -> Any:
        self.n_features_in_, self.contexts_ = plain["features"], plain["contexts"]
        return {
            "network": self._network(),
            "scaling": scaling.blank(self.n_features_in_),
            "judge": self._judge_class.blank(self.deviations, self.score, self.n_features_in_),
        }

    def _restore(self, plain: dict[str, Any], arrays: Any) -> None:
        self.network_, self.scaling_ = arrays["network"], arrays["scaling"]
        self.history_, self.is_timed_ = plain["history"], plain["is_timed"]
        self.threshold_, self.spread_ = plain["threshold"], Spread(**plain["spread"])
        self.judge_ = self._judge_class.made(plain["judge"], arrays["judge"], self.deviations, self.score)


def _several(X: Any) -> bool:
    """Whether X is a list of series, or an array (N, T, F)."""
    if listed(X):
        return bool(X) and hasattr(X[0], "ndim")
    return getattr(X, "ndim", 0) == 3
