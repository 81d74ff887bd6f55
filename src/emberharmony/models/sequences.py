"""What people call sequences, brought to one form: a list of arrays (T, F) with NaN where nothing was observed.

(N, T, F)                array, of any backend, or what becomes one
(N, T)                   one feature: a table whose columns are steps
[(T, F), ...]            a list of N, each as long as it is; (T,) for one feature
timespans (N, T), list   the time since the step before
mask (N, T), list        false where there is no step: such steps are taken out, and nobody has to carry a mask
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import name_of
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.ops.like import listed

__all__ = ["Sequences", "array_of", "as_sequences", "floats", "numbers"]


@dataclass(frozen=True)
class Sequences:
    """N sequences: `values[i]` (T_i, F), `spans[i]` (T_i,) where times are known; NumPy, float32 as it came or float64.

    `width` is what scikit-learn counts as features: F, or the columns of a table.
    """

    values: list[Any]
    spans: list[Any] | None
    width: int
    is_table: bool

    def __len__(self) -> int:
        return len(self.values)

    @property
    def features(self) -> int:
        """How many numbers a step has."""
        return self.values[0].shape[1]

    def taken(self, chosen: list[int]) -> Sequences:
        """Some of them."""
        spans = None if self.spans is None else [self.spans[i] for i in chosen]
        return Sequences([self.values[i] for i in chosen], spans, self.width, self.is_table)


def as_sequences(name: str, x: Any, timespans: Any = None, mask: Any = None) -> Sequences:
    """X, time spans and mask as somebody gave them to the estimator `name`."""
    values, width, is_table = _values(name, x)
    spans = None if timespans is None else _beside(name, "timespans", timespans, values)
    if spans is not None:
        spans = [_checked_spans(name, i, s) for i, s in enumerate(spans)]
    if mask is not None:
        kept = [_checked_mask(name, i, m) for i, m in enumerate(_beside(name, "mask", mask, values))]
        values = [x[k] for x, k in zip(values, kept, strict=True)]
        spans = None if spans is None else [s[k] for s, k in zip(spans, kept, strict=True)]
    for i, v in enumerate(values):
        if not v.shape[0]:
            raise ShapeError(
                f"sequence {i} of {name} has no step{' that the mask keeps' if mask is not None else ''}",
                expected="at least one step in each",
            )
        if bool(ops.any(ops.isinf(v))):
            step, feature = (int(places[0]) for places in ops.nonzero(ops.isinf(v)))
            raise ArgumentError(
                f"{name} got X with {v[step, feature]} in sequence {i}, step {step}, feature {feature}",
                expected="finite numbers, and NaN where nothing was observed",
            )
    return Sequences(values, spans, width, is_table)


def _values(name: str, x: Any) -> tuple[list[Any], int, bool]:
    """The sequences of X, what scikit-learn counts as its features, and whether X is a table."""
    ragged = _ragged(x)
    if ragged is not None:
        values = [_sequence(name, i, v) for i, v in enumerate(ragged)]
        widths = {v.shape[1] for v in values}
        if len(widths) > 1:
            raise ShapeError(
                f"{name} got sequences with {', '.join(map(str, sorted(widths)))} features",
                expected="the same number of features in each",
            )
        return values, widths.pop(), False
    whole = numbers(name, "X", x)
    if whole.ndim not in (2, 3):
        raise ShapeError(
            f"{name} got X of shape {tuple(whole.shape)}",
            expected="(N, T, F), (N, T) for one feature, or a list of N arrays (T, F) or (T,)",
            mend="" if whole.ndim > 1 else "Reshape your data: X[None] for one sequence of one feature",
        )
    if not whole.shape[0]:
        raise ShapeError(f"{name} got X with 0 sequences, shape {tuple(whole.shape)}", expected="at least one")
    if not whole.shape[-1] or not whole.shape[1]:
        raise _nothing(name, "X", whole)
    steps = whole if whole.ndim == 3 else whole[:, :, None]
    return [*steps], whole.shape[-1], whole.ndim == 2


def _ragged(x: Any) -> list[Any] | None:
    """The items of a list of arrays, or of lists of unequal lengths; None for what is one array."""
    if getattr(getattr(x, "dtype", None), "kind", "") == "O" and x.ndim == 1:
        x = [*x]  # an array of objects, as NumPy makes it of sequences
    if not listed(x) or not x or not all(registry.is_array(v) or listed(v) for v in x):
        return None
    if any(registry.is_array(v) for v in x):
        return [*x]
    lengths = {len(v) for v in x}
    return [*x] if len(lengths) > 1 else None


def _sequence(name: str, i: int, x: Any) -> Any:
    v = numbers(name, f"sequence {i}", x)
    if v.ndim == 2 and not v.shape[1]:
        raise _nothing(name, f"sequence {i}", v)
    if v.ndim not in (1, 2):
        raise ShapeError(
            f"{name} got sequence {i} of shape {tuple(v.shape)}", expected="(T, F), or (T,) for one feature"
        )
    return v if v.ndim == 2 else v[:, None]


def _nothing(name: str, what: str, x: Any) -> ShapeError:
    of = "0 feature(s)" if not x.shape[-1] else "0 steps"
    return ShapeError(  # the words of scikit-learn, whose checks look for them
        f"{name} got {what} with {of} (shape={tuple(x.shape)}) while a minimum of 1 is required.",
        expected="at least one step with at least one feature",
    )


def _beside(name: str, what: str, given: Any, values: list[Any]) -> list[Any]:
    """Spans or a mask as a list of (T_i,), one for each sequence."""
    ragged = _ragged(given)
    items: list[Any] = [*array_of(name, what, given)] if ragged is None else [array_of(name, what, g) for g in ragged]
    items = [item[..., 0] if item.ndim == 2 and item.shape[-1] == 1 else item for item in items]
    if len(items) != len(values):
        raise ShapeError(
            f"{name} got {what} for {len(items)} sequences and X of {len(values)}", expected="one for each"
        )
    for i, (item, v) in enumerate(zip(items, values, strict=True)):
        if tuple(item.shape) != (v.shape[0],):
            raise ShapeError(
                f"{name} got {what} of shape {tuple(item.shape)} for sequence {i}, which has {v.shape[0]} steps",
                expected=f"({v.shape[0]},): one for each step",
            )
    return items


def _checked_spans(name: str, i: int, spans: Any) -> Any:
    s = numbers(name, "timespans", spans)
    good = (s >= 0) & (s < float("inf"))
    if not bool(ops.all(good)):
        step = int(ops.argmin(ops.astype(good, "int64")))
        raise ArgumentError(
            f"{name} got timespans with {float(s[step])} in sequence {i}, step {step}",
            expected="the time since the step before: zero or more, and finite",
            mend="differences of ascending times, with 0.0 for the first step",
        )
    return s


def _checked_mask(name: str, i: int, mask: Any) -> Any:
    if name_of(mask.dtype) != "bool":
        raise DTypeError(
            f"{name} got a mask of {name_of(mask.dtype)} for sequence {i}",
            expected="bool, true where a step is there",
            mend="mask != 0",
        )
    return mask


def array_of(name: str, what: str, x: Any) -> Any:
    """An array of any backend, nested lists, or what has `__array__`, as a NumPy array."""
    if hasattr(x, "toarray"):
        raise NotAnArrayError(
            f"{name} got {what} as a sparse {type(x).__name__}",
            expected="a dense array: sparse data are not supported",
            mend=f"{what}.toarray()",
        )
    if registry.is_array(x) and getattr(x.dtype, "kind", "f") not in "OUS":
        return ops.to_numpy(ops.stop_gradient(x))
    return x if registry.is_array(x) else _asarray(x.__array__() if hasattr(x, "__array__") else x)


def _asarray(x: Any) -> Any:
    return x if registry.is_array(x) else registry.load("numpy").functions["asarray"](x)


def floats(name: str, what: str, x: Any) -> Any:
    """As `array_of`, in float64."""
    found = numbers(name, what, x)
    return found if str(found.dtype) == "float64" else found.astype("float64")


def numbers(name: str, what: str, x: Any) -> Any:
    """As `array_of`: float32 as it is, for a copy would be twice as large, and all else in float64."""
    found = array_of(name, what, x)
    if getattr(found.dtype, "kind", "") == "c":
        raise ArgumentError(
            f"{name} got {what} of {found.dtype}. Complex data not supported",
            expected="real numbers",
            mend=f"the real and the imaginary part of {what} as two features",
        )
    return found if str(found.dtype) in ("float32", "float64") else found.astype("float64")
