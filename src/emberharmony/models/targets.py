"""What a network is to answer: labels of classes, or numbers; and how much each sequence counts."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.sequences import array_of, floats

__all__ = ["class_weights", "codes_of", "column", "labels_of", "numbers_of", "weights_of"]


def labels_of(name: str, y: Any, count: int) -> Any:
    """The labels, one for each of `count` sequences, as a NumPy array (N,) of the type they came in."""
    found = column([*y]) if isinstance(y, list | tuple) else array_of(name, "y", _given(name, y))
    _check_count(name, found, count)
    if found.ndim != 1:
        raise ShapeError(
            f"{name} got y of shape {tuple(found.shape)}",
            expected=f"({count},): one label for each sequence",
            mend="y[:, 0]" if tuple(found.shape) == (count, 1) else "",
        )
    kind = getattr(found.dtype, "kind", "")
    if kind == "c":
        raise ArgumentError(f"{name} got y of {found.dtype}. Complex data not supported", expected="labels")
    if kind == "f":
        for i, value in enumerate(found.tolist()):
            if not value.is_integer():  # nan and infinity are none
                raise ArgumentError(
                    f"{name} got y[{i}] = {value}. Unknown label type: continuous",
                    expected="labels: integers, words, or bool",
                    mend="LiquidRegressor, for numbers",
                )
    return found


def column(values: list[Any]) -> Any:
    """Labels as a NumPy array (N,): numbers as numbers, words as words, anything else as objects."""
    numpy = registry.load("numpy").functions
    if not any(isinstance(v, str) for v in values):
        return numpy["asarray"](values)
    made = numpy["zeros"](len(values)).astype("O")
    for i, value in enumerate(values):
        made[i] = value
    return made.astype("U") if all(isinstance(v, str) for v in values) else made


def codes_of(name: str, labels: Any) -> tuple[Any, Any]:
    """The classes in their order, and for each label the place of its class."""
    values: list[Any] = labels.tolist()
    first = {value: i for i, value in reversed([*enumerate(values)])}
    try:
        order = sorted(first)
    except TypeError:
        kinds = ", ".join(sorted({type(v).__name__ for v in first}))
        raise ArgumentError(f"{name} got y with labels of {kinds}", expected="labels of one kind") from None
    if len(order) < 2:
        raise ArgumentError(
            f"{name} got y with one class, {order[0]!r}",
            expected="at least two classes: there is nothing to tell apart",
        )
    places = {value: i for i, value in enumerate(order)}
    codes = registry.load("numpy").functions["asarray"]([places[v] for v in values])
    return labels[[first[value] for value in order]], codes


def class_weights(name: str, given: Any, classes: Any, codes: Any) -> Any:
    """The weight of each class, (K,): of "balanced" the inverse of how often it came."""
    values: list[Any] = classes.tolist()
    if given.__class__ is dict:
        by_label: dict[Any, Any] = given
        unknown = [label for label in by_label if label not in values]
        if unknown:
            raise ArgumentError(f"{name} got class_weight for {unknown}", expected=f"labels among {values}")
        weights = [float(by_label.get(v, 1.0)) for v in values]
    elif given == "balanced":
        counts = ops.tolist(ops.bincount(codes, length=len(values)))
        weights = [len(codes) / (len(values) * n) for n in counts]
    else:
        raise ArgumentError(
            f"{name} got class_weight={given!r}", expected='a dict from labels to numbers, "balanced", or None'
        )
    return weights_of(name, weights, len(values), "class_weight")


def numbers_of(name: str, y: Any, count: int) -> Any:
    """The numbers to be predicted, (N,) or (N, K), as a NumPy array of float64."""
    found = floats(name, "y", _given(name, y))
    _check_count(name, found, count)
    if found.ndim not in (1, 2) or not found.shape[-1]:
        raise ShapeError(f"{name} got y of shape {tuple(found.shape)}", expected=f"({count},), or ({count}, outputs)")
    bad = ~ops.isfinite(found)
    if bool(ops.any(bad)):
        place = tuple(int(i[0]) for i in ops.nonzero(bad))
        raise ArgumentError(
            f"{name} got y[{', '.join(map(str, place))}] = {found[place]}",
            expected="finite numbers",
            mend="without the sequences whose target is not known",
        )
    return found


def weights_of(name: str, given: Any, count: int, what: str = "sample_weight") -> Any:
    """Weights (N,), as a NumPy array of float64."""
    found = floats(name, what, given)
    if tuple(found.shape) != (count,):
        raise ShapeError(f"{name} got {what} of shape {tuple(found.shape)}", expected=f"({count},)")
    bad = found[~((found >= 0) & ops.isfinite(found))]
    if bad.shape[0] or not bool(ops.any(found > 0)):
        said = f"with {float(bad[0])}" if bad.shape[0] else "that are all zero"
        raise ArgumentError(f"{name} got {what} {said}", expected="finite weights from 0 on, at least one above 0")
    return found


def _given(name: str, y: Any) -> Any:
    if y is None:
        raise ArgumentError(f"{name} requires y to be passed, but the target y is None", expected="fit(X, y)")
    return y


def _check_count(name: str, y: Any, count: int) -> None:
    if not y.ndim or y.shape[0] != count:
        raise ShapeError(
            f"{name} got X with {count} sequence{'s' if count != 1 else ''} and y of shape {tuple(y.shape)}",
            expected="as many targets as sequences",
        )
