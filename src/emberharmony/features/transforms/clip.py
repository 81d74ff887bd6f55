"""Values held between two bounds: given ones, or quantiles of the train rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Frame
from emberharmony.features.transforms.scale import distributions
from emberharmony.features.transforms.step import Constants, in_place, nothing, numeric


def _held(x: Any, low: float | None, high: float | None) -> Any:
    import ibis

    # comparisons, not least and greatest: those pass over missing values on some engines
    if low is not None:
        x = ibis.ifelse(x < bind(low), bind(low), x)
    return x if high is None else ibis.ifelse(x > bind(high), bind(high), x)


@dataclass(frozen=True)
class Clip:
    """``min(max(x, low), high)`` with bounds that you give; one may be None. Infinities are clipped as well."""

    columns: Sequence[str]
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ArgumentError("Clip got neither low nor high", expected="at least one bound")
        if any(bound is not None and bound != bound for bound in (self.low, self.high)):
            raise ArgumentError(f"Clip got low={self.low}, high={self.high}", expected="bounds that are numbers")
        if self.low is not None and self.high is not None and not self.low <= self.high:
            raise ArgumentError(f"Clip got low={self.low}, high={self.high}", expected="low <= high")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Clip")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        low, high = (None if bound is None else float(bound) for bound in (self.low, self.high))
        return in_place(frame, self.columns, lambda _, x: _held(x, low, high), "Clip")


@dataclass(frozen=True)
class Winsorise:
    """``min(max(x, q_low), q_high)`` with quantiles of the train rows; `tolerance` as in `RobustScale`."""

    columns: Sequence[str]
    low: float = 0.01
    high: float = 0.99
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < self.high <= 1.0:
            raise ArgumentError(f"Winsorise got low={self.low}, high={self.high}", expected="0 <= low < high <= 1")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from distributions(frame, self.columns, "Winsorise", (self.low, self.high), self.tolerance)
        return {name: {"low": d.quantile(self.low), "high": d.quantile(self.high)} for name, d in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        def make(name: str, x: Any) -> Any:
            known: Any = constants[name]
            return _held(x, known["low"], known["high"])

        return in_place(frame, self.columns, make, "Winsorise")
