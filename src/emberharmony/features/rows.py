"""One row at a time through the same query as a table: bit for bit what the table's row is."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.duckdb import DuckDBWorker
from emberharmony.features.errors import BadRowError, SchemaError
from emberharmony.features.splits import SPLIT_COLUMN
from emberharmony.features.transforms.frame import ROW, missing_column

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline


class RowTransformer:
    """An engine with a table of one row (and those before it) and a query that was planned once."""

    def __init__(self, fitted: FittedPipeline) -> None:
        self._lock = threading.Lock()
        self._entity = fitted.pipeline.entity
        self._target = fitted.pipeline.target
        self._schema = fitted.schema
        self._worker = DuckDBWorker()
        self._worker.register(fitted.frame.tables)
        self._worker.see_rows(fitted.read_schema)
        hidden = {self._target, SPLIT_COLUMN if fitted.split is not None else None}
        self._worker.prepare(fitted.query(columns=[name for name in fitted.frame.names if name not in hidden]))

    def __call__(self, row: Mapping[str, Any], history: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The features of `row`."""
        rows = [*history, row]
        if history and self._entity is None:
            raise ArgumentError("history was given, and no step looks at other rows", mend="transform_row(row)")
        for one in rows:
            self._check(one)
        if self._entity is not None:
            by, order = self._entity
            if any(one[by] != row[by] for one in history):
                raise ArgumentError(
                    f"history holds rows of another {by} than {row[by]!r}", expected="earlier rows of the same entity"
                )
            if any(b[order] < a[order] for a, b in pairwise(rows)):
                raise ArgumentError(f"the rows of history do not go up in {order!r}", expected="the oldest row first")
        try:
            table = pa.Table.from_pylist([dict(one) for one in rows], schema=self._schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise BadRowError(
                f"the row does not fit the columns: {error}",
                expected=", ".join(f"{field.name}: {field.type}" for field in self._schema),
            ) from error
        if self._entity is not None:
            table = table.append_column(ROW, pa.array(range(len(rows)), pa.int64()))
        with self._lock:
            return self._worker.last(table)

    def _check(self, row: Mapping[str, Any]) -> None:
        for name in row:
            if name not in self._schema.names:
                raise missing_column(name, self._schema.names)
        absent = [name for name in self._schema.names if name not in row and name != self._target]
        if absent:
            raise SchemaError(
                f"the row has no {', '.join(map(repr, absent[:10]))}",
                expected=", ".join(map(repr, self._schema.names)),
                mend=f"give every column; a missing value is None: {{..., {absent[0]!r}: None}}",
            )
