"""What `prepare_data` hands back: three sides of a table as features, the fitted pipeline, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import pyarrow as pa

from emberharmony.features.fitted import FittedPipeline, Side
from emberharmony.features.pipeline import Pipeline
from emberharmony.features.sources.arrow import from_arrow
from emberharmony.features.sources.source import Source
from emberharmony.features.types import TypeReport


@dataclass(frozen=True)
class Rows:
    """The features of some rows, computed anew each time they are read: any number of them, in flat memory.

    Iterate for Arrow batches; `table()` holds them all; `pa.table(rows)`, `polars.DataFrame(rows)` and whatever else
    reads Arrow streams takes them as they are.
    """

    fitted: FittedPipeline
    source: Source
    columns: tuple[str, ...]
    split: Side | None = None
    workers: int | None = None
    memory: str | int | None = None

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self._begun()[0]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        ways: dict[str, Any] = {"workers": self.workers, "memory": self.memory}
        yield from self.fitted.stream(self.source, split=self.split, columns=self.columns, **ways)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule with the stream."""
        return pa.RecordBatchReader.from_batches(*self._begun()).__arrow_c_stream__(requested_schema)

    def table(self) -> pa.Table:
        """All rows in memory."""
        schema, batches = self._begun()
        return pa.Table.from_batches(batches, schema)

    def _begun(self) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """The schema, as the first batch shows it, and all batches."""
        batches = iter(self)
        first = next(batches, None)
        if first is not None:
            return first.schema, chain([first], batches)
        # there are no rows: one of missing values tells as much
        missing = pa.table({field.name: pa.nulls(1, field.type) for field in self.fitted.schema})
        shown = next(self.fitted.stream(from_arrow(missing), columns=self.columns))
        return shown.schema, iter(())


@dataclass(frozen=True)
class Report:
    """What was decided, and why: types of columns, how each is treated, which are left out, how rows were split."""

    types: TypeReport
    columns: Mapping[str, Sequence[str]]
    dropped: Mapping[str, str]
    split: Mapping[str, Any]


class PreparedData(NamedTuple):
    """Train, validation and test rows, the names of the features, the fitted pipeline, and a report."""

    train: Rows
    val: Rows
    test: Rows
    feature_names: list[str]
    spec: FittedPipeline
    report: Report


def before_last(fitted: FittedPipeline) -> FittedPipeline:
    """The same without its last step, which drops the columns that are shown beside the features."""
    pipeline = Pipeline(fitted.pipeline.steps[:-1], target=fitted.pipeline.target)
    return FittedPipeline(pipeline, fitted.schema, fitted.split, fitted.split_constants, fitted.constants[:-1])
