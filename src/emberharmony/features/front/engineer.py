"""Categories and times to numbers; numbers as they are. What is learnt once holds for every later table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import NotFittedError, SchemaError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.front.choices import Choice, Strategies, choose
from emberharmony.features.front.inputs import source_of
from emberharmony.features.front.prepared import Rows
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.prepare import prepared
from emberharmony.features.transforms import Derive, Drop
from emberharmony.features.transforms.expressions import col
from emberharmony.features.transforms.frame import missing_column
from emberharmony.features.types import detect_types

ORIGINAL = ":original"


class GenericFeatureEngineer:
    """`engineer_features` learns from a table and gives its features, `transform` those of another by the same rules.

    Numbers go through with missing values as the median; categories become `<column>=<category>`, times circles. With
    more than `max_categories` the rarest share `<column>:other`; `handle_unknown` is what happens to new ones.
    `column_types` is what `GenericTypeDetector` gives, or yours; without it the types are detected.

    >>> engineer = GenericFeatureEngineer()
    >>> engineer.engineer_features({"a b": ["u", "v"] * 3, "a-b": ["v", "u"] * 3}).column_names
    ['a b=u', 'a b=v', 'a b:other', 'a-b=u', 'a-b=v', 'a-b:other']
    """

    def __init__(
        self, max_categories: int = 100, handle_unknown: Literal["bucket", "ignore", "error"] = "bucket"
    ) -> None:
        self.strategies = Strategies(numeric=None, max_categories=max_categories, unknown=handle_unknown)
        self.dropped: dict[str, str] = {}
        self._spec: FittedPipeline | None = None
        self._columns: tuple[str, ...] = ()

    def engineer_features(
        self, data: Any, column_types: Mapping[str, Sequence[str]] | None = None, drop_original: bool = True
    ) -> pa.Table:
        """Learn from `data`, and its features; `drop_original=False` keeps categories, times and texts beside them."""
        rows = prepared(source_of(data), None)
        schema = rows.schema()
        choice = choose(detect_types(rows), schema) if column_types is None else _given(column_types, schema)
        self.dropped = dict(choice.dropped)
        replaced = [] if drop_original else [n for s in ("categorical", "datetime", "text") for n in choice.columns[s]]
        kept: list[Any] = [Derive(f"{name}{ORIGINAL}", col(name)) for name in replaced]
        back: list[Any] = [Derive(name, col(f"{name}{ORIGINAL}")) for name in replaced]
        back += [Drop([f"{name}{ORIGINAL}" for name in replaced])] if replaced else []
        clash = next((name for name in replaced if f"{name}{ORIGINAL}" in schema.names), None)
        if clash is not None:
            raise SchemaError(
                f"the column {clash + ORIGINAL!r} is there already", mend="rename it, or drop_original=True"
            )
        self._spec = Pipeline([*kept, *self.strategies.steps(choice, schema), *back]).fit(rows)
        self._columns = (*replaced, *self._spec.feature_names)
        self._columns = tuple(dict.fromkeys(self._columns))
        return Rows(self._spec, rows, self._columns).table()

    def transform(self, data: Any) -> pa.Table:
        """The features of another table, in the same columns."""
        return Rows(self._fitted(), prepared(source_of(data), None), self._columns).table()

    def get_feature_names(self) -> list[str]:
        """The columns that are numbers."""
        return self._fitted().feature_names

    def _fitted(self) -> FittedPipeline:
        if self._spec is None:
            raise NotFittedError("no table was learnt from yet", expected="engineer_features(data) first")
        return self._spec


def _given(column_types: Mapping[str, Sequence[str]], schema: pa.Schema) -> Choice:
    """The columns as somebody else sorted them; those that are not named are left out."""
    shapes = ("numeric", "boolean", "categorical", "datetime", "text")
    for shape, names in column_types.items():
        if shape not in shapes:
            raise ArgumentError(f"column_types has the type {shape!r}", expected=", ".join(shapes))
        for name in names:
            if name not in schema.names:
                raise missing_column(name, schema.names)
    named = {name for names in column_types.values() for name in names}
    dropped = {name: "not among column_types" for name in schema.names if name not in named}
    return Choice({shape: list(column_types.get(shape, ())) for shape in shapes}, dropped)
