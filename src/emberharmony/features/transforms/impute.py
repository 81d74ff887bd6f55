"""Missing values: filled by a statistic of the train rows, or by a constant, with or without a flag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.statistics import Fit, TooMany, counts, together
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.scale import distributions
from emberharmony.features.transforms.step import Constants, in_place, no_values, nothing, numeric, wrong_type


@dataclass(frozen=True)
class Impute:
    """Missing values (null, and NaN in floats) filled by "median", "mean" or "mode" of the train rows, or a "constant".

    Numbers become float64; text takes "mode" or "constant". `indicator` adds `<column>=missing`, 1 where a value was
    missing and 0 elsewhere.
    """

    columns: Sequence[str]
    strategy: Literal["median", "mean", "mode", "constant"] = "median"
    value: float | str | None = None
    indicator: bool = False

    def __post_init__(self) -> None:
        if self.strategy not in ("median", "mean", "mode", "constant"):
            raise ArgumentError(
                f"Impute got strategy={self.strategy!r}", expected="'median', 'mean', 'mode' or 'constant'"
            )
        if (self.strategy == "constant") != (self.value is not None):
            raise ArgumentError(
                f"Impute got strategy={self.strategy!r} and value={self.value!r}",
                expected="a value with 'constant', and only with it",
                mend="ef.Impute([...], strategy='constant', value=0.0)",
            )

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            kind = frame[name].value.type()
            if kind.is_string() and self.strategy in ("median", "mean"):
                raise wrong_type("Impute", name, kind, "numbers", f"ef.Impute([{name!r}], strategy='mode')")
            if self.value is not None and isinstance(self.value, str) != kind.is_string():
                raise wrong_type(
                    "Impute", name, kind, f"columns of the kind of value={self.value!r}", "give another value"
                )
            if not (kind.is_numeric() or kind.is_boolean() or kind.is_string()):
                raise wrong_type("Impute", name, kind, "numbers, booleans or text")
        if self.strategy == "constant":
            yield from nothing()
            return {name: {"fill": self.value} for name in self.columns}
        if self.strategy == "mode":
            values = {name: _values(frame, name) for name in self.columns}
            # one zero of two: which of them occurs first must not matter
            values = {name: x if x.type().is_string() else x + bind(0.0) for name, x in values.items()}
            tables = yield from together({name: counts(x) for name, x in values.items()})
            return {name: {"fill": _mode(name, table)} for name, table in tables.items()}
        quantiles = (0.5,) if self.strategy == "median" else ()
        found = yield from distributions(frame, self.columns, "Impute", quantiles)
        return {n: {"fill": d.quantile(0.5) if self.strategy == "median" else d.mean} for n, d in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        flags: dict[str, Column] = {}
        filled: dict[str, Column] = {}
        for name in self.columns:
            column = frame[name]
            value, fill = _values(frame, name), constants[name]["fill"]
            kind = "string" if value.type().is_string() else "float64"
            constant = bind(fill if kind == "string" else float(fill), kind)
            if kind == "string" or column.clean:
                whole = ibis.coalesce(value, constant)
            else:  # one test for both kinds of missing
                raw = column.value
                gone = raw.isnull() | raw.isnan() if raw.type().is_floating() else raw.isnull()
                whole = ibis.ifelse(
                    gone, constant, raw.cast("int8").cast(kind) if raw.type().is_boolean() else raw.cast(kind)
                )
            filled[name] = column.after(whole, "Impute", clean=kind == "float64")
            if self.indicator:
                flags[f"{name}=missing"] = column.after(value.isnull().cast("int8"), "Impute")
        return frame.put(filled).fresh(flags, owner="Impute")


def _values(frame: Frame, name: str) -> Any:
    column = frame[name]
    return column.value if column.value.type().is_string() else column.number


def _mode(name: str, table: Any) -> Any:
    if isinstance(table, TooMany):
        raise ArgumentError(
            f"Impute: column {name!r} has more than {table.most:,} distinct values, so its mode says little",
            mend=f"ef.Impute([{name!r}], strategy='median'), or 'constant'",
        )
    if not table:
        raise no_values("Impute", name)
    return next(iter(table))


@dataclass(frozen=True)
class Finite:
    """Infinities become missing values, so that statistics can be learnt from the rest; NaN is missing already."""

    columns: Sequence[str]

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Finite")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        def make(_: str, x: Any) -> Any:
            return ibis.ifelse(x.abs() == bind(float("inf")), ibis.null("float64"), x)

        return in_place(frame, self.columns, make, "Finite")
