"""Which columns go on, under which names and types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import HIDDEN, Column, Frame
from emberharmony.features.transforms.step import Constants, nothing, wrong_type


@dataclass(frozen=True)
class Drop:
    """Without these columns."""

    columns: Sequence[str]

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        for name in self.columns:
            frame[name]
        return frame.put({}, without=self.columns)


@dataclass(frozen=True)
class Keep:
    """These columns, in this order, and no others."""

    columns: Sequence[str]

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        hidden = {name: column for name, column in frame.columns.items() if name.startswith(HIDDEN)}
        return replace(frame, columns={**{name: frame[name] for name in self.columns}, **hidden})


@dataclass(frozen=True)
class Rename:
    """Columns under new names: ``ef.Rename({"old": "new"})``; they keep their places."""

    names: Mapping[str, str]

    @property
    def makes(self) -> tuple[str, ...]:
        """The new names."""
        return tuple(self.names.values())

    def reads(self) -> tuple[str, ...]:
        return tuple(self.names)

    def fit(self, frame: Frame) -> Fit[Constants]:
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        for name in self.names:
            frame[name]
        bare = replace(frame, columns={})
        for name, column in frame.columns.items():
            bare = bare.fresh({self.names.get(name, name): column}, owner="Rename")
        return bare


@dataclass(frozen=True)
class Cast:
    """Numbers and booleans as another type: "float32" halves what is written, and is what most models take."""

    columns: Sequence[str]
    type: Literal["float32", "float64", "int8", "int16", "int32", "int64"] = "float32"

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            kind = frame[name].value.type()
            if not (kind.is_numeric() or kind.is_boolean()):
                raise wrong_type("Cast", name, kind, "numbers or booleans")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        def cast(column: Column) -> Column:
            return column.after(column.value.cast(self.type), "Cast")

        return frame.put({name: cast(frame[name]) for name in self.columns})
