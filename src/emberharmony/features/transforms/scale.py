"""Scaling: a shift and a factor for each column, learnt from the train rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.errors import SchemaError
from emberharmony.features.statistics import Distribution, Extent, Fit, distribution, extent, together
from emberharmony.features.transforms.frame import Frame
from emberharmony.features.transforms.step import Constants, in_place, no_values, numeric


def _values(frame: Frame, columns: Sequence[str], step: str) -> dict[str, Any]:
    return {name: numeric(frame, name, step).number for name in columns}


def finite(step: str, name: str, found: Extent) -> tuple[float, float]:
    """The extremes of a column, which must exist and be finite."""
    if found.low is None or found.high is None:
        raise no_values(step, name)
    if not math.isfinite(found.high - found.low):
        raise SchemaError(
            f"{step} cannot learn from column {name!r}: its values reach from {found.low} to {found.high}",
            expected="finite values whose range is a finite number",
            mend=f"ef.Clip([{name!r}], low=..., high=...) before it, or ef.Finite([{name!r}]) to make them missing",
        )
    return found.low, found.high


def extents(frame: Frame, columns: Sequence[str], step: str) -> Fit[dict[str, Extent]]:
    """Counts and finite extremes of each column."""
    found = yield from together({name: extent(x) for name, x in _values(frame, columns, step).items()})
    for name, within in found.items():
        finite(step, name, within)
    return found


def distributions(
    frame: Frame, columns: Sequence[str], step: str, quantiles: Sequence[float] = (), tolerance: float = 1e-3
) -> Fit[dict[str, Distribution]]:
    """The distribution of each column."""
    known = yield from extents(frame, columns, step)
    fits = {
        name: distribution(
            x,
            quantiles=quantiles,
            tolerance=tolerance,
            whole=frame[name].value.type().is_integer() or frame[name].value.type().is_boolean(),
            known=known[name],
        )
        for name, x in _values(frame, columns, step).items()
    }
    found = yield from together(fits)
    return {name: spread for name, spread in found.items() if isinstance(spread, Distribution)}


def _factor(spread: float) -> tuple[float, bool]:
    # a column without spread becomes zero, not a division by it
    return (1.0, True) if spread == 0.0 else (spread, False)


def _scaled(frame: Frame, constants: Constants, columns: Sequence[str], step: str) -> Frame:
    def make(name: str, x: Any) -> Any:
        return (x - bind(constants[name]["shift"])) / bind(constants[name]["scale"])

    return in_place(frame, columns, make, step)


@dataclass(frozen=True)
class StandardScale:
    """``(x - mean) / std``: mean 0, standard deviation 1 (of the population) over the train rows.

    A column without spread becomes 0. Missing values stay missing.
    """

    columns: Sequence[str]

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from distributions(frame, self.columns, "StandardScale")
        return {name: _constants(d.mean, d.deviation()) for name, d in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        return _scaled(frame, constants, self.columns, "StandardScale")


@dataclass(frozen=True)
class RobustScale:
    """``(x - median) / (q_high - q_low)``: outliers move neither the centre nor the width.

    Quantiles come from a histogram: at most `tolerance` of the values lie between the one used and the true one; 0 asks
    for the exact ones, at the price of more passes.
    """

    columns: Sequence[str]
    low: float = 0.25
    high: float = 0.75
    tolerance: float = 1e-3

    def __post_init__(self) -> None:
        if not 0.0 <= self.low < self.high <= 1.0:
            raise ArgumentError(f"RobustScale got low={self.low}, high={self.high}", expected="0 <= low < high <= 1")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        wanted = (self.low, 0.5, self.high)
        found = yield from distributions(frame, self.columns, "RobustScale", wanted, self.tolerance)
        return {
            name: _constants(d.quantile(0.5), d.quantile(self.high) - d.quantile(self.low)) for name, d in found.items()
        }

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        return _scaled(frame, constants, self.columns, "RobustScale")


@dataclass(frozen=True)
class MinMaxScale:
    """``low + (high - low) (x - min) / (max - min)``; rows outside of what the fit saw fall outside of the interval."""

    columns: Sequence[str]
    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ArgumentError(f"MinMaxScale got low={self.low}, high={self.high}", expected="low < high")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from extents(frame, self.columns, "MinMaxScale")
        constants: dict[str, dict[str, Any]] = {}
        for name, within in found.items():
            low, high = finite("MinMaxScale", name, within)
            constants[name] = _constants(low, high - low)
        return constants

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        def make(name: str, x: Any) -> Any:
            share = (x - bind(constants[name]["shift"])) / bind(constants[name]["scale"])
            return share * bind(float(self.high - self.low)) + bind(float(self.low))

        return in_place(frame, self.columns, make, "MinMaxScale")


@dataclass(frozen=True)
class MaxAbsScale:
    """``x / max |x|``: keeps zeros and signs."""

    columns: Sequence[str]

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from extents(frame, self.columns, "MaxAbsScale")
        reach = {name: max(map(abs, finite("MaxAbsScale", name, within))) for name, within in found.items()}
        return {name: _constants(0.0, most) for name, most in reach.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        return _scaled(frame, constants, self.columns, "MaxAbsScale")


def _constants(shift: float, spread: float) -> dict[str, Any]:
    scale, constant = _factor(spread)
    return {"shift": shift, "scale": scale, "constant": constant}
