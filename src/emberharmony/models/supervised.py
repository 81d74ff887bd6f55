"""How a network learns to answer for whole sequences: what a classifier and a regressor do alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import scaling
from emberharmony.models.fitting import backend_for, check_fitted, inputs_for, network_for, own, pace_for, trained
from emberharmony.models.sequences import Sequences, as_sequences
from emberharmony.ops import random
from emberharmony.ops.like import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.models.estimator import LiquidEstimator

__all__ = ["Examples", "check_like", "fit", "held_out", "seen", "validation_of"]


@dataclass(frozen=True)
class Examples:
    """Sequences, what a network is to answer (N,) or (N, K), and how much each counts, (N,), where that differs."""

    sequences: Sequences
    y: Any
    weight: Any = None

    def taken(self, chosen: list[int]) -> Examples:
        """Some of them."""
        weight = None if self.weight is None else self.weight[chosen]
        return Examples(self.sequences.taken(chosen), self.y[chosen], weight)


def fit(
    estimator: Any,
    examples: Examples,
    validation: Examples | None,
    outputs: int,
    loss: Callable[[Any, Any], Any],
    metrics: Callable[[Any, Any], Any],
    strata: Any = None,
) -> None:
    """Train a network, and leave it with all that is needed to use it in `estimator`; `strata` are held out alike."""
    train, held = examples, validation
    if validation is None and estimator.patience is not None:
        chosen, left = held_out(estimator, len(examples.sequences), strata)
        train, held = examples.taken(chosen), examples.taken(left)
    like = train.sequences
    if held is not None:
        timed, name = like.spans is not None, f"{type(estimator).__name__} (validation)"
        check_like(name, held.sequences, like.features, like.width, is_table=like.is_table, is_timed=timed)
    scales = scaling.fitted(train.sequences, estimator.scale)
    with registry.use_backend(backend_for(estimator)):
        steps = sum(v.shape[0] for v in train.sequences.values) / len(train.sequences)
        start = network_for(estimator, scales.inputs, outputs, estimator.pool, pace_for(estimator, steps))
        looked_at = None if held is None else _columns(estimator, held, scales)
        network, history = trained(
            estimator, start, loss, _columns(estimator, train, scales), looked_at, metrics=metrics
        )
    estimator.network_, estimator.scaling_, estimator.history_ = network, scales, history
    estimator.n_features_in_ = examples.sequences.width
    estimator.is_table_, estimator.is_timed_ = examples.sequences.is_table, examples.sequences.spans is not None


def _columns(estimator: LiquidEstimator, examples: Examples, scales: Any) -> dict[str, Any]:
    integers = examples.y.dtype.kind in "iu"
    columns = inputs_for(estimator, examples.sequences, scales)
    columns["y"] = ops.asarray(examples.y) if integers else own(estimator, examples.y)
    if examples.weight is not None:
        columns["weight"] = own(estimator, examples.weight)
    return columns


def held_out(estimator: LiquidEstimator, count: int, strata: Any = None) -> tuple[list[int], list[int]]:
    """Which examples are trained on, and which are held out: a part of each stratum, drawn by the seed."""
    name, share = type(estimator).__name__, estimator.validation
    if not 0.0 < share < 1.0:
        raise ArgumentError(f"{name} got validation={share!r} and a patience", expected="a part between 0 and 1")
    with registry.use_backend("numpy"):
        order: list[int] = ops.tolist(random.permutation(random.fold_in(random.key(estimator.seed), 2), count))
    groups: dict[int, list[int]] = {}
    for i in order:
        groups.setdefault(0 if strata is None else int(strata[i]), []).append(i)
    left = sorted(i for group in groups.values() for i in group[: round(share * len(group))])
    if not left or any(len(group) == round(share * len(group)) for group in groups.values()):
        raise ArgumentError(
            f"{name} cannot hold out {share} of {count} sequences in groups of {sorted(map(len, groups.values()))}",
            expected="at least one sequence on each side, and one of each class to train on",
            mend="fit(..., validation=(X, y)), another part, or patience=None",
        )
    held = {*left}
    return [i for i in range(count) if i not in held], left


def validation_of(name: str, given: Any) -> dict[str, Any] | None:
    """The arguments X, y, timespans, mask and sample_weight of validation data: a pair (X, y), or a dict."""
    if given is None:
        return None
    named: Any = {"X": given[0], "y": given[1]} if listed(given) and len(given) == 2 else given
    allowed = {"X", "y", "timespans", "mask", "sample_weight"}
    if named.__class__ is not dict or not {"X", "y"} <= {*named} <= allowed:
        raise ArgumentError(
            f"{name}.fit got validation={given!r:.80}",
            expected='(X, y), or a dict with "X", "y" and, if there are any, "timespans", "mask", "sample_weight"',
        )
    return named


def seen(estimator: Any, method: str, X: Any, timespans: Any, mask: Any) -> Sequences:
    """Sequences for a fitted estimator, checked against those it was fitted with."""
    name = type(estimator).__name__
    check_fitted(estimator, method)
    sequences = as_sequences(name, X, timespans, mask)
    features, width = estimator.scaling_.centre.shape[0], estimator.n_features_in_
    check_like(name, sequences, features, width, is_table=estimator.is_table_, is_timed=estimator.is_timed_)
    return sequences


def check_like(name: str, sequences: Sequences, features: int, width: int, *, is_table: bool, is_timed: bool) -> None:
    """Refuse sequences that differ from those of the training in features, in the columns of a table, or in times."""
    if (sequences.spans is not None) != is_timed:
        raise ArgumentError(
            f"{name} got {'time spans' if sequences.spans is not None else 'no time spans'}",
            expected="time spans where fit had them, and none where it had none",
            mend="timespans=; in searches, sklearn.set_config(enable_metadata_routing=True) hands them on",
        )
    columns = is_table and sequences.is_table
    if sequences.features != features or (columns and sequences.width != width):
        raise ShapeError(  # the words of scikit-learn
            f"X has {sequences.width} features, but {name} is expecting {width if columns else features} features "
            "as input",
            expected=f"{width} columns, as in fit" if columns else f"steps with {features} features, as in fit",
            mend="a list of arrays, or (N, T, 1): tables of another length are most often a mistake" if columns else "",
        )
