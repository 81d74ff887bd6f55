"""Numbers of sequences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from emberharmony import ops
from emberharmony.errors import ShapeError
from emberharmony.models import scaling, supervised
from emberharmony.models.estimator import LiquidEstimator
from emberharmony.models.fitting import outputs_of
from emberharmony.models.sequences import as_sequences
from emberharmony.models.supervised import Examples
from emberharmony.models.targets import numbers_of, weights_of
from emberharmony.training import R2, mse

__all__ = ["LiquidRegressor"]


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidRegressor(LiquidEstimator):
    """A liquid network that says a number of a sequence, or several numbers: y is (N,) or (N, K).

    X is (N, T, F), (N, T) for one feature, or a list of N arrays (T, F) or (T,) of different lengths, of any backend; a
    NaN was not observed. What comes out is NumPy, of the estimator's `dtype`. The settings are those of
    `LiquidEstimator`, and `pool`: the head reads the network's output after the last step, "last", or the mean over all
    steps, "mean". With `scale` each column of y is standardised for training; the loss is the squared error.

    >>> X = [[0.0, 0.0, 1.0], [0.0, 2.0, 0.0], [3.0, 0.0, 1.0], [0.0, 0.0, 0.0]] * 8
    >>> model = LiquidRegressor(units=8, epochs=60).fit(X, [1.0, 2.0, 4.0, 0.0] * 8)
    >>> model.score(X, [1.0, 2.0, 4.0, 0.0] * 8) > 0.9
    True
    """

    pool: str = "last"

    centre_: Any = field(init=False)  # (K,), of y
    spread_: Any = field(init=False)  # (K,)
    is_vector_: bool = field(init=False)  # whether y was (N,)

    _kind: ClassVar[str | None] = "regressor"

    def fit(
        self,
        X: Any,
        y: Any,
        *,
        timespans: Any = None,
        mask: Any = None,
        sample_weight: Any = None,
        validation: tuple[Any, Any] | dict[str, Any] | None = None,
    ) -> Self:
        """Train on sequences X with the numbers y.

        `timespans` and `mask`, (N, T) or lists, are the time since the step before and where a step is. `validation`,
        (X, y) or a dict of these arguments, is used for `patience` instead of a part of X.
        """
        name = type(self).__name__
        train = self._examples(name, X, y, timespans, mask, sample_weight)
        given = supervised.validation_of(name, validation)
        held = None if given is None else self._examples(f"{name} (validation)", **given)
        if held is not None and held.y.shape[1:] != train.y.shape[1:]:
            raise ShapeError(
                f"{name} got y of shape {tuple(train.y.shape)} and validation with y of shape {tuple(held.y.shape)}",
                expected="the same number of outputs",
            )
        rows = _columns(train.y)
        unscaled = ops.zeros_like(rows[0]), ops.ones_like(rows[0])
        self.centre_, self.spread_ = scaling.centre_and_spread([rows]) if self.scale else unscaled
        self.is_vector_ = train.y.ndim == 1
        parts = self._standard(train), None if held is None else self._standard(held)
        supervised.fit(self, *parts, rows.shape[1], _loss, _metrics)
        return self

    def _examples(
        self, name: str, X: Any, y: Any, timespans: Any = None, mask: Any = None, sample_weight: Any = None
    ) -> Examples:
        sequences = as_sequences(name, X, timespans, mask)
        weight = None if sample_weight is None else weights_of(name, sample_weight, len(sequences))
        return Examples(sequences, numbers_of(name, y, len(sequences)), weight)

    def _standard(self, examples: Examples) -> Examples:
        y = (_columns(examples.y) - self.centre_) / self.spread_
        return Examples(examples.sequences, y, examples.weight)

    def predict(self, X: Any, *, timespans: Any = None, mask: Any = None) -> Any:
        """The numbers of each sequence, of the shape that y had in `fit`."""
        sequences = supervised.seen(self, "predict", X, timespans, mask)
        found = ops.astype(outputs_of(self, self.network_, sequences, self.scaling_), "float64")
        y = ops.astype(found * self.spread_ + self.centre_, self.dtype)
        return y[:, 0] if self.is_vector_ else y

    def score(self, X: Any, y: Any, sample_weight: Any = None, *, timespans: Any = None, mask: Any = None) -> float:
        """R2, the part of the variance of y that is predicted; the mean of it over several outputs."""
        name = type(self).__name__
        found = _columns(self.predict(X, timespans=timespans, mask=mask))
        target = _columns(numbers_of(name, y, found.shape[0]))
        if target.shape != found.shape:
            raise ShapeError(f"{name} got y with {target.shape[1]} outputs", expected=f"{found.shape[1]}, as in fit")
        weight = None if sample_weight is None else weights_of(name, sample_weight, found.shape[0])
        values = [R2().update(target[:, k], found[:, k], weight=weight).value for k in range(found.shape[1])]
        return sum(values) / len(values)

    # -- files --

    def _fitted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        plain, arrays = super()._fitted()
        return plain | {"is_vector": self.is_vector_}, arrays | {"centre": self.centre_, "spread": self.spread_}

    def _template(self, plain: dict[str, Any]) -> dict[str, Any]:
        zeros = ops.zeros(plain["outputs"], dtype="float64")
        return super()._template(plain) | {"centre": zeros, "spread": zeros}

    def _restore(self, plain: dict[str, Any], arrays: dict[str, Any]) -> None:
        super()._restore(plain, arrays)
        self.centre_, self.spread_, self.is_vector_ = arrays["centre"], arrays["spread"], plain["is_vector"]


def _columns(y: Any) -> Any:
    return y[:, None] if y.ndim == 1 else y


def _loss(model: Any, batch: dict[str, Any]) -> Any:
    return mse(model(batch), batch["y"], weight=batch.get("weight"))


def _metrics(model: Any, batch: dict[str, Any]) -> dict[str, Any]:
    return {"r2": R2().update(batch["y"], model(batch), weight=batch.get("weight"))}
