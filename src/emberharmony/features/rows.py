"""One row at a time through the same query as a table: bit for bit what the table's row is."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.duckdb import DuckDBWorker
from emberharmony.features.errors import BadRowError, SchemaError
from emberharmony.features.sources.dictionaries import exact_array
from emberharmony.features.splits import SPLIT_COLUMN
from emberharmony.features.transforms.frame import ROW, missing_column

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker

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
            without = next((i for i, one in enumerate(rows) if one[order] is None), None)
            if history and without is not None:
                where = f"history[{without}]" if without < len(history) else "the row after history"
                raise ArgumentError(
                    f"{where} has no {order!r}, which puts rows in order: it is None", expected="a value in every row"
                )
        table = pa.Table.from_arrays([self._column(field, rows) for field in self._schema], schema=self._schema)
        if self._entity is not None:
            if history and not _goes_up(table[self._entity[1]]):
                raise ArgumentError(
                    f"the rows of history do not go up in {self._entity[1]!r}", expected="the oldest row first"
                )
            table = table.append_column(ROW, pa.array(range(len(rows)), pa.int64()))
        with self._lock:
            return self._worker.last(table)

    def _column(self, field: pa.Field, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
        values = [row.get(field.name) for row in rows]  # the target may be absent
        try:
            return exact_array(values, field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            shown = values[-1] if len(rows) == 1 else values
            raise BadRowError(
                f"column {field.name!r} does not hold {shown!r:.200} as it stands: {error}",
                expected=f"{field.type}, and nothing that would be cut or shifted to be one",
                mend=f"convert {field.name!r} before the call, as it was converted for the table of the fit",
            ) from error

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


def _goes_up(times: pa.ChunkedArray) -> bool:
    """Whether no value is below the one before it: compared as the engine does, after they were made of one type."""
    plain = times.cast(times.type.value_type) if isinstance(times.type, pa.DictionaryType) else times
    return not pc.any(pc.less(plain[1:], plain[:-1])).as_py()
