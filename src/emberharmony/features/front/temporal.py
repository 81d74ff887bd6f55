"""Features of columns, and of the rows before: mean, spread, extremes and slope of a window that ends at the row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.front.choices import Choice
from emberharmony.features.front.columns import ColumnFeatureExtractor
from emberharmony.features.front.prepared import Rows, before_last
from emberharmony.features.front.views import SERIES
from emberharmony.features.prepare import prepared
from emberharmony.features.sources.source import Source
from emberharmony.features.transforms import Rolling
from emberharmony.features.transforms.step import Step
from emberharmony.features.transforms.time import Statistic

WINDOW: tuple[Statistic, ...] = ("mean", "std", "min", "max", "slope")


class TemporalColumnFeatureExtractor(ColumnFeatureExtractor):
    """`ColumnFeatureExtractor` with `<column>:mean5`, `std5`, `min5`, `max5`, `slope5` of the last rows of the entity.

    `time_column` orders the rows, `key_column` names the entity (without one all rows are one series). The table that
    comes out holds key and time, then the features, by key and time: a window is labelled by its last row, and no later
    row changes it. `stride` keeps every stride-th row of an entity, beginning with its first whole window; 1 keeps all
    rows, also those at the start of an entity, whose windows are shorter. Numbers are scaled before windows are taken.

    >>> rows = {"t": [3, 1, 2], "x": [4.0, 0.0, 2.0]}
    >>> extractor = TemporalColumnFeatureExtractor(numeric_strategy=None, window_size=2, statistics=["mean"])
    >>> extractor.fit_transform(rows, time_column="t").to_pylist()
    [{'t': 1, 'x': 0.0, 'x:mean2': 0.0}, {'t': 2, 'x': 2.0, 'x:mean2': 1.0}, {'t': 3, 'x': 4.0, 'x:mean2': 3.0}]
    """

    def __init__(
        self,
        numeric_strategy: Literal["standard", "robust", "minmax"] | None = "standard",
        categorical_strategy: Literal["onehot", "ordinal", "target"] = "onehot",
        datetime_strategy: Literal["cyclical", "components", "both"] = "cyclical",
        text_strategy: Literal["basic", "tfidf"] = "basic",
        max_categories: int = 100,
        window_size: int = 5,
        stride: int = 1,
        statistics: Sequence[Statistic] = WINDOW,
        **ways: Any,
    ) -> None:
        super().__init__(
            numeric_strategy, categorical_strategy, datetime_strategy, text_strategy, max_categories, **ways
        )
        if stride < 1:
            raise ArgumentError(f"stride={stride}", expected="at least 1")
        self.window_size, self.stride, self.statistics = window_size, stride, tuple(statistics)
        self._order: tuple[str, str] | None = None  # key and time

    def _learn(self, data: Any, target: str | None, time: str | None, key: str | None) -> Source:
        if time is None:
            raise ArgumentError(
                "windows without a time_column", expected="the column that puts rows in order", mend="time_column='t'"
            )
        if key is None and self.strategies.categorical == "target":
            raise ArgumentError(
                "categorical_strategy='target' without a key_column",
                expected="entities: rows of one are encoded by rows of others",
                mend="key_column='id', or categorical_strategy='onehot'",
            )
        self._extra = SERIES if key is None else None
        self._order = (key or SERIES, time)
        return self._learnt(data, target, key, [*self._order], {})

    def _more(self, choice: Choice) -> list[Step]:
        assert self._order is not None
        by, order = self._order
        numbers = list(choice.columns["numeric"])
        return [Rolling(numbers, by, order, self.window_size, self.statistics)] if numbers else []

    def _in_order(self, rows: Source) -> Source:
        return prepared(rows, self._order)

    def _table(self, fitted: FittedPipeline, rows: Source) -> pa.Table:
        assert self._order is not None
        columns = (*self._order, *self.feature_names)
        table = Rows(before_last(fitted), rows, columns).table()
        if self.stride > 1:
            table = table.filter(self._whole(table[self._order[0]]))
        return table if self._extra is None else table.drop_columns([SERIES])

    def _whole(self, keys: pa.ChunkedArray) -> pa.Array:
        """True for every stride-th row of an entity, from its first whole window on; its rows lie together."""
        kept: list[bool] = []
        entity: object = self  # no key
        place = 0
        for key in keys.to_pylist():
            place = place + 1 if key == entity else 0
            entity = key
            late = place - self.window_size + 1
            kept.append(late >= 0 and late % self.stride == 0)
        return pa.array(kept, pa.bool_())
