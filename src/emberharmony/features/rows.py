"""One row at a time through the same query as a table: bit for bit what the table's row is."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.features.engines.duckdb import DuckDBWorker
from emberharmony.features.engines.sql import duckdb_sql
from emberharmony.features.errors import BadRowError, SchemaError
from emberharmony.features.transforms.frame import missing_column

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline


class RowTransformer:
    """An engine with a table of one row and a query that was planned once."""

    def __init__(self, fitted: FittedPipeline) -> None:
        self._lock = threading.Lock()
        self._target = fitted.pipeline.target
        self._schema = fitted.schema
        self._worker = DuckDBWorker()
        self._worker.register(fitted.frame.tables)
        self._worker.see_one(self._schema)
        names = [name for name in fitted.frame.names if name not in {"split", self._target} or fitted.split is None]
        names = [name for name in names if name != self._target]
        self._worker.prepare(duckdb_sql(fitted.frame.table(names)))

    def __call__(self, row: Mapping[str, Any], history: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """The features of `row`."""
        if history:
            raise SchemaError("history= was given, and no step looks at other rows", mend="transform_row(row)")
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
        try:
            table = pa.Table.from_pylist([dict(row)], schema=self._schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            raise BadRowError(
                f"the row does not fit the columns: {error}",
                expected=", ".join(f"{field.name}: {field.type}" for field in self._schema),
            ) from error
        with self._lock:
            return self._worker.one(table)
