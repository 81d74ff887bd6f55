"""Series with the times of their steps: how people give them, what is kept of them, and how they are made longer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.sequences import Sequences, as_sequences, floats
from emberharmony.ops.like import listed

__all__ = ["Series", "as_series", "extended", "filled", "future_spans", "tail"]


@dataclass(frozen=True)
class Series:
    """Series as sequences; `ends[i]` is the time of the last step of series i, where times are known.

    `several` and `is_vector` say how they were given: as a list, and as (T,).
    """

    sequences: Sequences
    ends: list[float] | None
    several: bool
    is_vector: bool


def as_series(name: str, given: Any, times: Any) -> Series:
    """One series or a list of arrays, with times like them or without."""
    several = listed(given) and len(given) > 0 and all(registry.is_array(x) for x in given)
    items = [floats(name, "a series", x) for x in (given if several else [given])]
    ranks = {x.ndim for x in items}
    if not ranks <= {1, 2} or len(ranks) > 1:
        raise ShapeError(
            f"{name} got {'series' if several else 'a series'} of shape "
            f"{', '.join(str(s) for s in sorted({tuple(x.shape) for x in items})[:5])}",
            expected="(T, F), or (T,) for one feature; or a list of such arrays, all of one kind",
        )
    if times is None:
        return Series(as_sequences(name, items), None, several, ranks == {1})
    stamps = [floats(name, "times", t) for t in (times if several else [times])]
    if len(stamps) != len(items):
        raise ShapeError(f"{name} got times for {len(stamps)} series and {len(items)} series", expected="one for each")
    spans = [_spans(name, i, t, x.shape[0]) for i, (t, x) in enumerate(zip(stamps, items, strict=True))]
    return Series(as_sequences(name, items, spans), [float(t[-1]) for t in stamps], several, ranks == {1})


def _spans(name: str, i: int, times: Any, steps: int) -> Any:
    if tuple(times.shape) != (steps,) or not steps:
        raise ShapeError(f"{name} got times of shape {tuple(times.shape)} for series {i}", expected=f"({steps},)")
    spans = ops.concat([ops.zeros_like(times[:1]), times[1:] - times[:-1]])
    if not bool(ops.all(ops.isfinite(times))) or bool(ops.any(spans < 0)):
        step = int(ops.argmin(ops.astype(ops.isfinite(times) & (spans >= 0), "int64")))
        raise ArgumentError(
            f"{name} got times that do not ascend: {float(times[step])} in series {i}, step {step}",
            expected="finite times, each at least that of the step before",
            mend="series and times sorted by time",
        )
    return spans


def tail(series: Series, steps: int) -> Series:
    """The last steps of each series."""
    sequences = series.sequences
    spans = None if sequences.spans is None else [s[-steps:] for s in sequences.spans]
    kept = Sequences([v[-steps:] for v in sequences.values], spans, sequences.width, sequences.is_table)
    return Series(kept, series.ends, series.several, series.is_vector)


def future_spans(name: str, series: Series, horizon: Any, at: Any, usual: Any) -> list[Any]:
    """For each series the time between the steps to come, (H,)."""
    count = len(series.sequences)
    if at is None:
        if not isinstance(horizon, int) or horizon < 1:
            raise ArgumentError(f"{name} got horizon={horizon!r:.80}", expected="a number of steps from 1 on")
        return [ops.ones_like(series.sequences.values[0][:1, 0].repeat(horizon)) * usual] * count
    if series.ends is None:
        raise ArgumentError(f"{name} got at= and was fitted without times", expected="fit(series, times=...)")
    given = [floats(name, "at", t) for t in (at if series.several else [at])]
    if len(given) != count:
        raise ShapeError(f"{name} got at= for {len(given)} series", expected=f"one for each of {count}")
    found: list[Any] = []
    for i, (t, end) in enumerate(zip(given, series.ends, strict=True)):
        whole = ops.concat([ops.full_like(t[:1], end), t]) if t.ndim == 1 else t
        found.append(_spans(f"{name} (at=, behind the end of the series)", i, whole, t.shape[0] + 1)[1:])
        if not found[-1].shape[0]:
            raise ShapeError(f"{name} got no time to forecast", expected="at least one in at=")
    return found


def extended(one: Sequences, spans: Any) -> Sequences:
    """A series with steps behind it of which nothing is known but the time."""
    values = one.values[0]
    unknown = ops.full((spans.shape[0], values.shape[1]), float("nan"), dtype="float64")
    longer = None if one.spans is None else [ops.concat([one.spans[0], spans])]
    return Sequences([ops.concat([values, ops.made_like(values, "asarray", unknown)])], longer, one.width, one.is_table)


def filled(one: Sequences, rows: Any) -> Sequences:
    """A series whose last rows are these."""
    values = ops.concat([one.values[0][: -rows.shape[0]], rows])
    return Sequences([values], one.spans, one.width, one.is_table)
