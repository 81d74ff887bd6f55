"""What every baseline is given: one series of standardised readings, and what lies between two of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.errors import ArgumentError, ShapeError

__all__ = ["Series", "checked", "filled", "held", "sample"]


class Series(NamedTuple):
    """T rows of one machine, in order of time; NumPy, float32.

    >>> x = ops.to_numpy(ops.asarray([[1.0], [float("nan")], [3.0]], dtype="float32"))
    >>> one = Series(x, x[:, 0] * 0 + 10, x[:, :0])
    >>> filled(one.values).tolist()
    [[1.0], [1.0], [3.0]]
    """

    values: Any  # (T, F), NaN where nothing was observed
    spans: Any  # (T,), seconds since the row before
    context: Any  # (T, C), what is known and not judged


def filled(values: Any) -> Any:
    """The last known reading of each feature (T, F); before the first it is 0, the mean of standardised data."""
    with use_backend("numpy"):
        seen = ~ops.isnan(values)
        columns = [held(seen[:, f], values[seen[:, f], f]) for f in range(values.shape[1])]
        return ops.stack(columns, axis=1) if columns else values


def held(seen: Any, found: Any) -> Any:
    """What was `found` (n,) where a feature was `seen` (T,), held until it is seen again; 0 before: (T,)."""
    with use_backend("numpy"):
        known = ops.concat([ops.zeros(1, dtype=found.dtype), found])
        return ops.take(known, ops.cumulative_sum(ops.astype(seen, "int64")))


def sample(series: list[Series], most: int) -> tuple[Any, Any]:
    """At most so many rows of all series, evenly spaced: values (n, F), filled series by series, and context (n, C)."""
    total = sum(one.values.shape[0] for one in series)
    count = min(total, most)
    with use_backend("numpy"):
        chosen = ops.arange(count, dtype="int64") * total // count
        values: list[Any] = []
        context: list[Any] = []
        start = 0
        for one in series:
            stop = start + one.values.shape[0]
            low, high = ops.searchsorted(chosen, ops.asarray([start, stop], dtype="int64")).tolist()
            own = chosen[low:high] - start
            values.append(ops.take(filled(one.values), own, axis=0))
            context.append(ops.take(one.context, own, axis=0))
            start = stop
        return ops.concat(values), ops.concat(context)


def checked(name: str, series: list[Series]) -> list[Series]:
    """The series, once they are such that a baseline can learn from them."""
    if not series or not sum(one.values.shape[0] for one in series):
        raise ArgumentError(f"{name} got {len(series)} series without a row", expected="healthy rows to learn from")
    for i, (values, spans, context) in enumerate(series):
        steps, widths = values.shape[0], (series[0].values.shape[1], series[0].context.shape[1])
        if spans.shape != (steps,) or values.shape[1:] != widths[:1] or context.shape != (steps, widths[1]):
            raise ShapeError(
                f"{name} got series {i} of values {values.shape}, spans {spans.shape} and context {context.shape}",
                expected=f"(T, {widths[0]}), (T,) and (T, {widths[1]}), as the first series has",
            )
    return series
