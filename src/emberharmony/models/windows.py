"""Places in long series, as what a network sees there: the steps before, and the steps that it is asked for.

    place p:   p-window ... p-2  p-1 | p  p+1 ... p+horizon-1
               observed numbers      | nothing but the time; an input says that this is a question

The series lie in memory once; a window is gathered when its place is drawn. Steps before a series began are masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.models.fitting import own

__all__ = ["Windows", "windows_of"]


@dataclass(frozen=True)
class Windows:
    """Series one behind another: N steps of all of them, on one backend."""

    inputs: Any  # (N, I), scaled, with indicators; zero where nothing was observed
    targets: Any  # (N, F), scaled
    observed: Any  # (N, F) of bool
    spans: Any  # (N,), or None
    first: Any  # (N,), where the series of a step begins
    stop: Any  # (N,), and where the one behind it does
    window: int
    horizon: int

    def arrays(self) -> dict[str, Any]:
        """What is read of the series, by name."""
        return {"targets": self.targets, "observed": self.observed} | (
            {} if self.spans is None else {"spans": self.spans}
        )

    def __call__(self, places: Any) -> dict[str, Any]:
        """The batch of B places: "x" (B, W + H, I + 1), "mask", "timespans"; "base", "target" and "known" (B, H, F).

        The base is the last observed value in the window, 0 where there is none: forecasts are told as changes of it.
        """
        length, total = self.window + self.horizon, self.inputs.shape[0]
        steps = ops.made_like(places, "arange", length) - self.window
        index = places[:, None] + steps[None, :]
        there = (index >= _at(self.first, places)[:, None]) & (index < _at(self.stop, places)[:, None])
        index = ops.clip(index, 0, total - 1)
        asked = ops.broadcast_to(steps[None, :] >= 0, tuple(index.shape))
        x = ops.where(asked[..., None], 0.0, _at(self.inputs, index))
        values, known = _at(self.targets, index), _at(self.observed, index) & there[..., None]
        w = self.window
        batch = {
            "x": ops.concat([x, ops.astype(asked, x.dtype)[..., None]], axis=-1),
            "mask": there | asked,
            "base": _last(values[:, :w], known[:, :w]),
            "target": values[:, w:],
            "known": known[:, w:],
        }
        if self.spans is None:
            return batch
        # what lies before a window is not seen in it: the time since then is not, either
        is_first = (steps == -w)[None, :] | (index == _at(self.first, places)[:, None])
        return batch | {"timespans": ops.where(is_first, 1.0, _at(self.spans, index))}


def _at(x: Any, index: Any) -> Any:
    found = ops.take(x, ops.reshape(index, (-1,)), axis=0)
    return ops.reshape(found, (*index.shape, *x.shape[1:]))


def _last(values: Any, known: Any) -> Any:
    """The last known value of each feature, (B, W, F) -> (B, 1, F)."""
    steps = ops.made_like(values, "arange", values.shape[1])[None, :, None]
    last = ops.max(ops.where(known, steps, -1), axis=1, keepdims=True)
    found = ops.take_along_axis(values, ops.maximum(last, 0), axis=1)
    return ops.where(last >= 0, found, 0.0)


def windows_of(estimator: Any, series: Any, scaling: Any) -> Windows:
    """Series (`Sequences`), scaled, on the current backend."""
    lengths = [v.shape[0] for v in series.values]
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    rows = ops.concat(series.values)
    missing = ops.isnan(rows)
    return Windows(
        inputs=own(estimator, ops.concat([scaling(v) for v in series.values])),
        targets=own(estimator, ops.where(missing, 0.0, (rows - scaling.centre) / scaling.spread)),
        observed=ops.asarray(~missing),
        spans=None if series.spans is None else own(estimator, ops.concat(series.spans) / scaling.span),
        first=_repeated([end - n for end, n in zip(ends, lengths, strict=True)], lengths),
        stop=_repeated(ends, lengths),
        window=estimator.window,
        horizon=estimator.horizon,
    )


def _repeated(values: list[int], counts: list[int]) -> Any:
    return ops.concat([ops.full((n,), v, dtype="int64") for v, n in zip(values, counts, strict=True)])
