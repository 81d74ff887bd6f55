"""How a series goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import scaling, series, supervised
from emberharmony.models.estimator import LiquidEstimator
from emberharmony.models.fitting import backend_for, check_fitted, network_for, pace_for, told, trained
from emberharmony.models.sequences import Sequences
from emberharmony.models.windows import windows_of
from emberharmony.training import R2, mse, quantile

__all__ = ["LiquidForecaster"]


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidForecaster(LiquidEstimator):
    """A liquid network that continues series, also where these were observed at irregular times and with gaps.

    A series is (T, F), or (T,) for one feature; a list of arrays is several of them. NaN was not observed. `times` (T,)
    are when its steps were, in any unit. The network reads `window` steps, then `horizon` steps with nothing but their
    time, and says at each of these how far the series will be from its last value. A longer forecast goes on from its
    own numbers. With `quantiles`, levels such as (0.1, 0.5, 0.9) with the median among them, there is one more axis,
    the last, with a number for each. The other settings are those of `LiquidEstimator`; with `patience` the end of each
    series is held out.

    >>> model = LiquidForecaster(units=8, window=4, epochs=40).fit([0.0, 1.0, 0.0, -1.0] * 16)
    >>> [round(float(x)) for x in model.predict(4)] == [0, 1, 0, -1]
    True
    """

    epochs: int = 30  # a series has many windows
    horizon: int = 1
    window: int = 32
    quantiles: tuple[float, ...] | None = None

    given_: series.Series = field(init=False)  # the last steps of the series of `fit`

    def fit(self, X: Any, y: None = None, *, times: Any = None) -> Self:
        """Train on the series X, one or a list of them. `y` is not used: it is there for pipelines."""
        name = type(self).__name__
        if self.horizon < 1 or self.window < 1:
            raise ArgumentError(
                f"{name} got horizon={self.horizon!r} and window={self.window!r}", expected="at least 1 each"
            )
        if self.quantiles is not None and 0.5 not in self.quantiles:
            raise ArgumentError(f"{name} got quantiles={self.quantiles!r}", expected="levels with 0.5 among them")
        given = series.as_series(name, X, times)
        ends = [v.shape[0] for v in given.sequences.values]
        if min(ends) < 2:
            raise ShapeError(
                f"{name} got a series with n_samples=1, number {ends.index(1)}", expected="at least two steps in each"
            )
        cuts = ends if self.patience is None else [self._cut(n) for n in ends]
        # a window that is trained on ends before what is held out begins
        lasts = ends if self.patience is None else [n - self.horizon + 1 for n in cuts]
        scales = scaling.fitted(_until(given.sequences, cuts), self.scale)
        outputs = scales.centre.shape[0] * len(self.quantiles or (0.5,))
        with registry.use_backend(backend_for(self)):
            windows = windows_of(self, given.sequences, scales)
            network, history = trained(
                self,
                network_for(self, scales.inputs + 1, outputs, "each", pace_for(self, self.window + self.horizon)),
                lambda model, batch: self._loss(model, windows(batch["place"])),
                {"place": _places([1] * len(ends), lasts, ends)},
                None if self.patience is None else {"place": _places(cuts, ends, ends)},
                beside=windows.arrays(),
            )
        self.network_, self.scaling_, self.history_ = network, scales, history
        self.n_features_in_, self.is_table_ = given.sequences.features, False
        self.is_timed_ = times is not None
        self.given_ = series.tail(given, self.window)
        return self

    def _cut(self, steps: int) -> int:
        """Where the held out end of a series begins."""
        kept = steps - round(self.validation * steps)
        if not 0.0 < self.validation < 1.0 or not self.horizon < kept < steps:
            raise ArgumentError(
                f"{type(self).__name__} got validation={self.validation!r} and a series of {steps} steps",
                expected=f"a part between 0 and 1 that leaves {self.horizon + 1} steps to train on, and one to look at",
                mend="patience=None, or longer series",
            )
        return kept

    # -- forecasts --

    def predict(self, horizon: int | None = None, *, at: Any = None) -> Any:
        """How the series of `fit` go on: (H, F), or (H,) for a series (T,), or a list of these for a list.

        `horizon` steps, by default those of the settings. Where there were times, steps follow at the usual distance,
        or `at` these times (H,), a list of them for a list of series.
        """
        check_fitted(self, "predict")
        return self._forecast("predict", self.given_, horizon, at)

    def forecast(self, X: Any, horizon: int | None = None, *, times: Any = None, at: Any = None) -> Any:
        """How other series go on; X and `times` as in `fit`, the rest as in `predict`.

        >>> model = LiquidForecaster(units=4, epochs=1).fit([0.0, 1.0, 0.0, 1.0])
        >>> model.forecast([[1.0], [0.0], [1.0]], 2).shape
        (2, 1)
        """
        check_fitted(self, "forecast")
        return self._forecast("forecast", self._series(X, times), horizon, at)

    def _series(self, X: Any, times: Any) -> series.Series:
        name = type(self).__name__
        given = series.as_series(name, X, times)
        width = self.n_features_in_
        supervised.check_like(name, given.sequences, width, width, is_table=False, is_timed=self.is_timed_)
        return given

    def _forecast(self, method: str, given: series.Series, horizon: int | None, at: Any) -> Any:
        name = f"{type(self).__name__}.{method}"
        future = series.future_spans(name, given, self.horizon if horizon is None else horizon, at, self.scaling_.span)
        found: list[Any] = []
        for i, spans in enumerate(future):
            one = given.sequences.taken([i])
            parts: list[Any] = []
            for start in range(0, spans.shape[0], self.horizon):
                block = spans[start : start + self.horizon]
                ahead = series.extended(one, block)
                parts.append(self._ahead(ahead, [one.values[0].shape[0]])[0, : block.shape[0]])
                one = series.filled(ahead, self._middle(parts[-1]))
            y = ops.concat(parts)
            y = y if self.quantiles is not None else y[..., 0]
            found.append(y[:, 0] if given.is_vector else y)
        return found if given.several else found[0]

    def _middle(self, y: Any) -> Any:
        return ops.astype(y[..., (self.quantiles or (0.5,)).index(0.5)], "float64")

    def _ahead(self, sequences: Sequences, places: list[int]) -> Any:
        """(B, horizon, F, levels) behind each place, in the units of the series."""
        with registry.use_backend(backend_for(self)):
            windows = windows_of(self, sequences, self.scaling_)
            data = {"place": ops.asarray(places)}
            found = told(self.network_, data, lambda network, batch: self._says(network, windows(batch["place"])))
        y = ops.astype(found, "float64") * self.scaling_.spread[:, None] + self.scaling_.centre[:, None]
        return ops.astype(ops.sort(y, axis=-1) if self._ascending() else y, self.dtype)

    def _ascending(self) -> bool:
        return self.quantiles is not None and [*self.quantiles] == sorted(self.quantiles)

    def _says(self, network: Any, batch: dict[str, Any]) -> Any:
        """What the network says of a batch of windows, (B, horizon, F, levels), scaled."""
        y = network(batch)[:, -self.horizon :]
        shape = *y.shape[:2], batch["base"].shape[-1], len(self.quantiles or (0.5,))
        return ops.reshape(y, shape) + batch["base"][..., None]

    def _loss(self, network: Any, batch: dict[str, Any]) -> Any:
        y = self._says(network, batch)
        if self.quantiles is None:
            return mse(y[..., 0], batch["target"], mask=batch["known"])
        return quantile(y, batch["target"], self.quantiles, mask=batch["known"])

    def score(self, X: Any, y: None = None, *, times: Any = None) -> float:
        """R2 of the forecasts one step ahead of each step but the first, the mean over the features."""
        check_fitted(self, "score")
        given = self._series(X, times).sequences
        lengths = [v.shape[0] for v in given.values]
        with registry.use_backend("numpy"):
            places = _places([1] * len(lengths), lengths, lengths)
            target = ops.concat(given.values)[places]
        found = self._middle(self._ahead(given, ops.tolist(places))[:, 0])
        known = ~ops.isnan(target)
        values = [
            R2().update(target[:, k][known[:, k]], found[:, k][known[:, k]]).value for k in range(target.shape[1])
        ]
        return sum(values) / len(values)

    # -- files --

    def _fitted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        plain, arrays = super()._fitted()
        given = self.given_
        plain |= {"steps": [v.shape[0] for v in given.sequences.values], "ends": given.ends}
        plain |= {"several": given.several, "is_vector": given.is_vector}
        return plain, arrays | {"given": {"values": given.sequences.values, "spans": given.sequences.spans}}

    def _template(self, plain: dict[str, Any]) -> dict[str, Any]:
        values = [ops.zeros((n, plain["features"]), dtype="float64") for n in plain["steps"]]
        spans = None if plain["ends"] is None else [v[:, 0] for v in values]
        return super()._template(plain) | {"given": {"values": values, "spans": spans}}

    def _restore(self, plain: dict[str, Any], arrays: dict[str, Any]) -> None:
        super()._restore(plain, arrays)
        kept = Sequences(arrays["given"]["values"], arrays["given"]["spans"], plain["features"], False)
        self.given_ = series.Series(kept, plain["ends"], plain["several"], plain["is_vector"])


def _until(sequences: Sequences, cuts: list[int]) -> Sequences:
    """The beginnings of series."""
    spans = None if sequences.spans is None else [s[:n] for s, n in zip(sequences.spans, cuts, strict=True)]
    values = [v[:n] for v, n in zip(sequences.values, cuts, strict=True)]
    return Sequences(values, spans, sequences.width, sequences.is_table)


def _places(first: list[int], stop: list[int], lengths: list[int]) -> Any:
    """All steps from `first` to below `stop` in each of several series that lie one behind another."""
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    return ops.concat([ops.arange(s + a, s + b) for s, a, b in zip(starts, first, stop, strict=True)])
