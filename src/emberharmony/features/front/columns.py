"""Features of each column by its type: fitted on one table, then the same columns for every other."""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa

from emberharmony.features.errors import NotFittedError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.front.choices import Choice, Strategies, choose
from emberharmony.features.front.elsewhere import Elsewhere
from emberharmony.features.front.inputs import source_of
from emberharmony.features.front.prepared import Rows
from emberharmony.features.front.views import ROW_NUMBER, Extra, view
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.prepare import prepared
from emberharmony.features.sources.source import Source
from emberharmony.features.transforms import Drop
from emberharmony.features.transforms.frame import missing_column
from emberharmony.features.transforms.step import Step
from emberharmony.features.types import detect_types


class ColumnFeatureExtractor:
    """`fit` on train rows, `transform` any rows: an Arrow table of numbers, in the order of the rows.

    `feature_names` are the columns, `spec.explain()` says where each comes from, `dropped` which columns are none and
    why. "target" encodes categories by the target's mean: `fit_transform` gives each row the mean of other rows,
    `transform` that of all. `key_column` names the rows that belong together there; without one each stands alone.

    >>> rows = {"x": [1.0, 2.0, 3.0, 6.0], "kind": ["a", "b", "a", "b"]}
    >>> extractor = ColumnFeatureExtractor(numeric_strategy="minmax")
    >>> extractor.fit_transform(rows).to_pylist()[1]
    {'x': 0.2, 'kind=a': 0, 'kind=b': 1, 'kind:other': 0}
    """

    def __init__(
        self,
        numeric_strategy: Literal["standard", "robust", "minmax"] | None = "standard",
        categorical_strategy: Literal["onehot", "ordinal", "target"] = "onehot",
        datetime_strategy: Literal["cyclical", "components", "both"] = "cyclical",
        text_strategy: Literal["basic", "tfidf"] = "basic",
        max_categories: int = 100,
        *,
        handle_unknown: Literal["bucket", "ignore", "error"] = "bucket",
        types: dict[str, str] | None = None,
    ) -> None:
        self.strategies = Strategies(
            numeric_strategy, categorical_strategy, datetime_strategy, text_strategy, max_categories, handle_unknown
        )
        self.types = dict(types or {})
        self.dropped: dict[str, str] = {}
        self._spec: FittedPipeline | None = None
        self._extra: Extra | None = None

    @property
    def spec(self) -> FittedPipeline:
        """The fitted pipeline."""
        if self._spec is None:
            raise NotFittedError(f"{type(self).__name__} has not seen any rows", expected="fit(data) first")
        return self._spec

    @property
    def feature_names(self) -> list[str]:
        """The columns of what `transform` gives."""
        return self.spec.feature_names

    def fit(
        self,
        data: Any,
        target_column: str | None = None,
        time_column: str | None = None,
        *,
        key_column: str | None = None,
    ) -> ColumnFeatureExtractor:
        """Learn from all rows of `data`. A `time_column` is a time; target and key are no features."""
        self._learn(data, target_column, time_column, key_column)
        return self

    def transform(self, data: Any) -> pa.Table:
        """The features of rows that were not learnt from."""
        fitted = self.spec
        if self.strategies.categorical == "target":
            fitted = FittedPipeline(fitted.pipeline, fitted.schema, Elsewhere(), {}, fitted.constants)
        return self._table(fitted, self._in_order(prepared(view(source_of(data), extra=self._extra), None)))

    def fit_transform(
        self,
        data: Any,
        target_column: str | None = None,
        time_column: str | None = None,
        *,
        key_column: str | None = None,
    ) -> pa.Table:
        """The features of the rows that are learnt from."""
        rows = self._learn(data, target_column, time_column, key_column)
        return self._table(self.spec, rows)

    # -- inside --

    def _learn(self, data: Any, target: str | None, time: str | None, key: str | None) -> Source:
        self._extra = ROW_NUMBER if key is None and self.strategies.categorical == "target" else None
        key = key or self._extra
        said = {} if time is None else {time: "datetime"}
        return self._learnt(data, target, key, [] if key is None else [key], said)

    def _learnt(
        self, data: Any, target: str | None, key: str | None, labels: list[str], said: dict[str, str]
    ) -> Source:
        """Fit; `labels` are columns that steps use and that are no features."""
        rows = prepared(view(source_of(data), extra=self._extra), None)
        schema = rows.schema()
        for name in (target, *labels, *said):
            if name is not None and name not in schema.names:
                raise missing_column(name, schema.names)
        choice = choose(detect_types(rows, overrides={**said, **self.types}), schema, leave=(target, *labels))
        self.dropped = dict(choice.dropped)
        steps = [*self.strategies.steps(choice, schema, target=target, key=key), *self._more(choice)]
        rows = self._in_order(rows)
        self._spec = self._fitted(rows, [*steps, *([Drop(labels)] if labels else [])], target, choice)
        return rows

    def _more(self, choice: Choice) -> list[Step]:
        """The steps after those of the strategies."""
        return []

    def _fitted(self, rows: Source, steps: list[Step], target: str | None, choice: Choice) -> FittedPipeline:
        return Pipeline(steps, target=target).fit(rows)

    def _in_order(self, rows: Source) -> Source:
        """The rows as the steps need them."""
        return rows

    def _table(self, fitted: FittedPipeline, rows: Source) -> pa.Table:
        return Rows(fitted, rows, tuple(self.feature_names)).table()
