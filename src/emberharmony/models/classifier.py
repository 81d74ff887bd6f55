"""Classes of sequences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.models import supervised
from emberharmony.models.estimator import LiquidEstimator
from emberharmony.models.fitting import outputs_of
from emberharmony.models.sequences import as_sequences
from emberharmony.models.supervised import Examples
from emberharmony.models.targets import class_weights, codes_of, column, labels_of, weights_of
from emberharmony.training import Accuracy, cross_entropy

__all__ = ["LiquidClassifier"]


@dataclass(eq=False, repr=False, kw_only=True)
class LiquidClassifier(LiquidEstimator):
    """A liquid network that says which class a sequence is of: two classes or more, of any labels.

    X is (N, T, F), (N, T) for one feature, or a list of N arrays (T, F) or (T,) of different lengths, of any backend; a
    NaN was not observed. What comes out is NumPy. The settings are those of `LiquidEstimator`, and

    - `pool`: the head reads the network's output after the last step, "last", or the mean over all steps, "mean";
    - `class_weight`: a dict from labels to weights, or "balanced" for classes that count alike however rare they are.

    >>> X, y = [[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]] * 8, ["up", "down"] * 8
    >>> model = LiquidClassifier(units=8, epochs=40).fit(X, y)
    >>> model.predict([[0.5, 1.0, 1.5], [1.5, 1.0, 0.5]]).tolist()
    ['up', 'down']
    """

    pool: str = "last"
    class_weight: Any = None

    classes_: Any = field(init=False)  # (K,), the labels in their order

    _kind: ClassVar[str | None] = "classifier"

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
        """Train on sequences X with the labels y (N,).

        `timespans` and `mask`, (N, T) or lists, are the time since the step before and where a step is. `validation`,
        (X, y) or a dict of these arguments, is used for `patience` instead of a part of X.
        """
        name = type(self).__name__
        sequences = as_sequences(name, X, timespans, mask)
        self.classes_, codes = codes_of(name, labels_of(name, y, len(sequences)))
        weight = None if sample_weight is None else weights_of(name, sample_weight, len(sequences))
        if self.class_weight is not None:
            own = class_weights(name, self.class_weight, self.classes_, codes)[codes]
            weight = own if weight is None else own * weight
        given = supervised.validation_of(name, validation)
        held = None if given is None else self._examples(**given)
        train = Examples(sequences, codes, weight)
        supervised.fit(self, train, held, len(self.classes_), _loss, _metrics, strata=codes)
        return self

    def _examples(self, X: Any, y: Any, timespans: Any = None, mask: Any = None, sample_weight: Any = None) -> Examples:
        """Validation data, whose labels are among those of the training."""
        name = f"{type(self).__name__} (validation)"
        sequences = as_sequences(name, X, timespans, mask)
        places = {label: i for i, label in enumerate(self.classes_.tolist())}
        labels = labels_of(name, y, len(sequences)).tolist()
        unknown = [label for label in labels if label not in places]
        if unknown:
            raise ArgumentError(f"{name} got y with {unknown[0]!r}", expected=f"labels among {[*places]}")
        weight = None if sample_weight is None else weights_of(name, sample_weight, len(sequences))
        return Examples(sequences, column([places[label] for label in labels]), weight)

    def _logits(self, method: str, X: Any, timespans: Any, mask: Any) -> Any:
        sequences = supervised.seen(self, method, X, timespans, mask)
        return outputs_of(self, self.network_, sequences, self.scaling_)

    def predict(self, X: Any, *, timespans: Any = None, mask: Any = None) -> Any:
        """The most likely class of each sequence, (N,)."""
        codes = ops.argmax(self._logits("predict", X, timespans, mask), axis=-1)
        return self.classes_[codes]

    def predict_proba(self, X: Any, *, timespans: Any = None, mask: Any = None) -> Any:
        """The probability of each class, (N, K), in the order of `classes_`."""
        return ops.softmax(self._logits("predict_proba", X, timespans, mask), axis=-1)

    def decision_function(self, X: Any, *, timespans: Any = None, mask: Any = None) -> Any:
        """The logarithm of the odds: of `classes_[1]`, (N,), for two classes, else for each class up to a constant."""
        logits = self._logits("decision_function", X, timespans, mask)
        return logits[:, 1] - logits[:, 0] if logits.shape[1] == 2 else logits

    def score(self, X: Any, y: Any, sample_weight: Any = None, *, timespans: Any = None, mask: Any = None) -> float:
        """The accuracy: the part of the labels y that is predicted."""
        found = self.predict(X, timespans=timespans, mask=mask)
        right = found == labels_of(type(self).__name__, y, len(found))
        weight = None if sample_weight is None else weights_of(type(self).__name__, sample_weight, len(found))
        hits = ops.astype(right, "int64")
        return Accuracy().update(ops.ones_like(hits), hits, weight=weight).value

    # -- files --

    def _fitted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        plain, arrays = super()._fitted()
        return plain | {"classes": self.classes_.tolist(), "classes_kind": self.classes_.dtype.str}, arrays

    def _restore(self, plain: dict[str, Any], arrays: dict[str, Any]) -> None:
        super()._restore(plain, arrays)
        self.classes_ = column(plain["classes"]).astype(plain["classes_kind"])


def _loss(model: Any, batch: dict[str, Any]) -> Any:
    return cross_entropy(model(batch), batch["y"], weight=batch.get("weight"))


def _metrics(model: Any, batch: dict[str, Any]) -> dict[str, Any]:
    return {"accuracy": Accuracy().update(batch["y"], model(batch), weight=batch.get("weight"))}
