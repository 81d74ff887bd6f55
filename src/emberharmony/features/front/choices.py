"""From the types of columns to the steps of a pipeline; what is left out is told, with the reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.types as t

from emberharmony.errors import ArgumentError
from emberharmony.features.front.components import components
from emberharmony.features.transforms import (
    Calendar,
    Derive,
    Drop,
    Finite,
    HashedTfIdf,
    Impute,
    MinMaxScale,
    OneHot,
    Ordinal,
    RobustScale,
    StandardScale,
    TargetEncode,
    TextStats,
)
from emberharmony.features.transforms.expressions import col
from emberharmony.features.transforms.step import Step
from emberharmony.features.types import ColumnType, TypeReport

Shape = Literal["numeric", "categorical", "datetime", "boolean", "text"]
SHAPES: tuple[Shape, ...] = ("numeric", "boolean", "categorical", "datetime", "text")
Unknown = Literal["bucket", "ignore", "error"]
_MEND = "cast it in the source"


@dataclass(frozen=True)
class Choice:
    """Which columns are treated as what, and why some are left out."""

    columns: Mapping[Shape, Sequence[str]]
    dropped: Mapping[str, str]


def choose(
    report: TypeReport,
    schema: pa.Schema,
    *,
    leave: Collection[str | None] = (),
    drop: Collection[str] = (),
    most_missing: float = 1.0,
) -> Choice:
    """The shape of each column, by what it means and how it is stored; `leave` are neither features nor dropped."""
    columns: dict[Shape, list[str]] = {shape: [] for shape in SHAPES}
    dropped = dict.fromkeys(drop, "as you said")
    for name, column in report.items():
        if name in leave or name in dropped:
            continue
        seen = column.evidence
        missing = (seen.nulls + seen.nans) / seen.rows if seen.rows else 0.0
        if missing > most_missing:
            dropped[name] = f"{missing:.1%} of the rows have no value, more than {most_missing:.1%}"
            continue
        found = _shape(column, schema.field(name).type, said=name in report.overrides)
        if found in SHAPES:
            columns[found].append(name)
        else:
            dropped[name] = found
    return Choice(columns, dropped)


def _shape(column: ColumnType, kind: pa.DataType, *, said: bool) -> str:
    """A shape, or the reason why there is none."""
    kind = kind.value_type if t.is_dictionary(kind) else kind
    number = t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind)
    match column.type:
        case "integer" | "continuous" | "count":
            return "numeric" if number else f"numbers held as {kind}: {_MEND}"
        case "categorical" | "ordinal":
            return "numeric" if not said and (t.is_floating(kind) or t.is_decimal(kind)) else "categorical"
        case "boolean":
            return "boolean" if number or t.is_boolean(kind) else "categorical"
        case "datetime":
            if t.is_timestamp(kind) or t.is_date(kind):
                return "datetime"
            return "numeric" if number else f"times held as {kind}: {_MEND}"
        case "text":
            return "text"
        case "duration":
            return "numeric" if number else f"durations held as {kind}: make them seconds in the source"
        case _:
            return f"{column.type}: {column.reason}"


@dataclass(frozen=True)
class Strategies:
    """What is done with columns of each shape.

    numeric: "standard", "robust", "minmax" or None for as they are; missing values become the median. categorical:
    "onehot", "ordinal" or "target". datetime: "cyclical", "components" or "both". text: "basic" or "tfidf".
    """

    numeric: Literal["standard", "robust", "minmax"] | None = "standard"
    categorical: Literal["onehot", "ordinal", "target"] = "onehot"
    datetime: Literal["cyclical", "components", "both"] = "cyclical"
    text: Literal["basic", "tfidf"] = "basic"
    max_categories: int = 100
    unknown: Unknown = "bucket"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("numeric", ("standard", "robust", "minmax", None)),
            ("categorical", ("onehot", "ordinal", "target")),
            ("datetime", ("cyclical", "components", "both")),
            ("text", ("basic", "tfidf")),
        ):
            if getattr(self, name) not in allowed:
                raise ArgumentError(
                    f"{name}_strategy={getattr(self, name)!r}", expected=" or ".join(map(repr, allowed))
                )

    def steps(
        self, choice: Choice, schema: pa.Schema, *, target: str | None = None, key: str | None = None
    ) -> list[Step]:
        """The steps for all columns: those that are left out first, so that nothing is learnt from them."""
        columns = {shape: list(names) for shape, names in choice.columns.items()}
        steps: list[Any] = [Drop(list(choice.dropped))] if choice.dropped else []
        steps += self._numbers(columns["numeric"], columns["boolean"], schema)
        steps += self._categories(columns["categorical"], schema, target, key)
        if times := columns["datetime"]:
            if self.datetime != "cyclical":
                steps += components(times, schema)
            if self.datetime != "components":
                steps.append(Calendar(times, parts=("hour", "weekday", "day", "month", "yearday"), keep=False))
            else:
                steps.append(Drop(times))
        if texts := columns["text"]:
            steps.append(TextStats(texts, keep=self.text == "tfidf"))
            if self.text == "tfidf":
                steps.append(HashedTfIdf(texts))
        return steps

    def _numbers(self, numbers: list[str], flags: list[str], schema: pa.Schema) -> list[Any]:
        steps: list[Any] = []
        if reals := [name for name in numbers if t.is_floating(schema.field(name).type)]:
            steps.append(Finite(reals))
        if numbers:
            steps.append(Impute(numbers, strategy="median"))
        if flags:
            steps.append(Impute(flags, strategy="mode"))
        if numbers and self.numeric is not None:
            scale = {"standard": StandardScale, "robust": RobustScale, "minmax": MinMaxScale}[self.numeric]
            steps.append(scale(numbers))
        return steps

    def _categories(self, names: list[str], schema: pa.Schema, target: str | None, key: str | None) -> list[Any]:
        def plain(kind: pa.DataType) -> bool:
            kind = kind.value_type if t.is_dictionary(kind) else kind
            return t.is_integer(kind) or t.is_boolean(kind) or "string" in str(kind)

        others = [name for name in names if not plain(schema.field(name).type)]
        steps: list[Any] = [Derive(name, col(name).cast("string")) for name in others]
        if not names:
            return steps
        match self.categorical:
            case "onehot":
                steps.append(OneHot(names, most=self.max_categories, unknown=self.unknown))
            case "ordinal":
                steps.append(Ordinal(names, unknown=self.unknown))
            case "target":
                if target is None or key is None:
                    raise ArgumentError(
                        f"categorical_strategy='target' without a target, for the columns {', '.join(names)}",
                        expected="the column whose mean stands for a category",
                        mend="fit(data, target_column='y'), or categorical_strategy='onehot'",
                    )
                steps.append(TargetEncode(names, target=target, by=key))
        return steps
