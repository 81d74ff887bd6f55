"""Fixed curves: logarithms and powers that keep the sign, so that they are defined everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import Frame
from emberharmony.features.transforms.step import Constants, in_place, nothing, numeric


def _signed(x: Any, size: Any) -> Any:
    import ibis

    return ibis.ifelse(x < bind(0.0), -size, size)


@dataclass(frozen=True)
class Log:
    """``sign(x) ln(1 + |x| / unit)``: the logarithm for sizes far above `unit`, a straight line far below it."""

    columns: Sequence[str]
    unit: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.unit < float("inf"):
            raise ArgumentError(f"Log got unit={self.unit}", expected="a size above 0")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Log")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        def make(_: str, x: Any) -> Any:
            # ln(1 + u) without the loss of small u: what rounding took from 1 + u, the quotient gives back
            u = x.abs() / bind(float(self.unit))
            y = u + bind(1.0)
            exact = ibis.ifelse(y == bind(1.0), u, y.ln() * (u / (y - bind(1.0))))
            return _signed(x, ibis.ifelse(u > bind(1e15), y.ln(), exact))

        return in_place(frame, self.columns, make, "Log")


@dataclass(frozen=True)
class Power:
    """``sign(x) |x|**exponent``, for an exponent above 0."""

    columns: Sequence[str]
    exponent: float = 0.5

    def __post_init__(self) -> None:
        if not 0.0 < self.exponent < float("inf"):
            raise ArgumentError(f"Power got exponent={self.exponent}", expected="a number above 0")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Power")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        exponent = float(self.exponent)
        return in_place(frame, self.columns, lambda _, x: _signed(x, x.abs() ** bind(exponent)), "Power")
