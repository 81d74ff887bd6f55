"""Arrow data: a table in memory is a source as it is; a reader or an iterable is a stream, read once from the start."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, cast, overload, runtime_checkable

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError

from .dictionaries import batches_of
from .names import check_names, chosen, plain
from .parquet import ParquetSource
from .source import ROWS_PER_SHARD, START, ArrowScan, Batch, Plan, Position, Shard
from .staging import stage
from .walk import cut, sliced, walked


@runtime_checkable
class ArrowStreamable(Protocol):
    """What hands out Arrow data by the C stream interface: frames of Polars, relations of DuckDB, readers."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """A capsule with the stream."""
        ...


Rows = Iterable[pa.RecordBatch] | Iterable[Mapping[str, Any]] | ArrowStreamable


@overload
def from_arrow(data: pa.Table | pa.RecordBatch) -> ArrowSource: ...
@overload
def from_arrow(
    data: Rows | Callable[[], Rows],
    *,
    schema: pa.Schema | None = None,
    name: str = "iterable",
    version: str | None = None,
) -> IterableSource: ...
def from_arrow(
    data: pa.Table | pa.RecordBatch | Rows | Callable[[], Rows],
    *,
    schema: pa.Schema | None = None,
    name: str = "iterable",
    version: str | None = None,
) -> ArrowSource | IterableSource:
    """A table in memory as a source; record batches, dictionaries or what hands out an Arrow stream as a stream.

    A function that returns such rows can be read again and again; an iterator, a reader or a frame is read once.
    `version` says what the rows are: a stage that was written from the same version is found again. Dictionaries need
    a `schema` if their first 8,192 do not show it: a later value of another type is refused.

    >>> from_arrow(pa.table({"x": [1, 2, 3]})).plan().rows
    3
    >>> [batch.num_rows for batch in from_arrow([{"x": 1}, {"x": None}]).record_batches()]
    [2]
    """
    if isinstance(data, pa.RecordBatch):
        data = pa.Table.from_batches([data])
    if not isinstance(data, pa.Table):
        return IterableSource(data, schema=schema, name=name, version=version)
    if schema is not None or version is not None:
        raise ArgumentError(
            "from_arrow got schema= or version= beside a table", expected="a table knows both", mend="leave them out"
        )
    return ArrowSource(data)


class ArrowSource:
    """A table in memory; `from_arrow` makes one."""

    def __init__(self, table: pa.Table) -> None:
        check_names(table.schema.names, "the table")
        self.table = _plain(table)

    def __repr__(self) -> str:
        return f"from_arrow(<{self.table.num_rows} rows, {self.table.num_columns} columns>)"

    @property
    def name(self) -> str:
        """A table in memory has no name of its own."""
        return "table"

    def schema(self) -> pa.Schema:
        """The columns of the table."""
        return plain(self.table.schema)

    def row_estimate(self) -> int | None:
        """The exact number of rows."""
        return self.table.num_rows

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """Shards of `rows_per_shard` rows; the mark is a digest of every value, however the table is chunked."""
        return Plan(self.schema(), tuple(cut("table", self.table.num_rows, rows_per_shard, first=0)), self._content)

    def scan(self, shard: Shard) -> ArrowScan:
        """A view of the rows."""
        if shard.unit != "table" or shard.start + shard.rows > self.table.num_rows:
            raise SourceError(
                f"shard {shard.index} is rows {shard.start} to {shard.start + shard.rows} of {shard.unit!r}; "
                f"the table has {self.table.num_rows} rows",
                expected="a shard of a plan of this table",
                mend="plan again",
            )
        return ArrowScan(self.table.slice(shard.start, shard.rows))

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 122_880,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """Batches of at most `rows` rows from `start` on."""
        plan = self.plan(rows_per_shard)
        table = self.table.select(chosen(plan.schema, columns, self.name).names)

        def read(shard: Shard, done: int) -> Iterator[pa.RecordBatch]:
            return sliced(table.slice(shard.start + done, shard.rows - done), rows)

        yield from walked(plan, start, rows, read)

    @cached_property
    def _content(self) -> str:
        return table_mark(self.table)


class IterableSource:
    """Rows that an iterable hands out; `from_arrow` makes one. The first batch tells the schema, and is kept."""

    def __init__(
        self, rows: Rows | Callable[[], Rows], *, schema: pa.Schema | None, name: str, version: str | None
    ) -> None:
        self.name = name
        self.version = version
        self._given = schema
        self._rows = rows
        self._spent = False
        self._begun: Iterator[pa.RecordBatch] | None = None
        self._schema: pa.Schema | None = None

    def __repr__(self) -> str:
        return f"from_arrow(<{self.name}>)"

    def schema(self) -> pa.Schema:
        """The columns, as the first batch or `schema=` has them."""
        if self._schema is None:
            if self._begun is None:
                self._begun = self._read()
            first = next(self._begun, None)
            if first is None:
                raise SourceError(
                    f"{self.name} has no rows, and no schema tells its columns",
                    expected="at least one row, or schema=",
                    mend="from_arrow(rows, schema=pa.schema([('x', pa.float64())]))",
                )
            check_names(first.schema.names, self.name)
            self._schema = first.schema
            self._begun = chain([first], self._begun)
        return self._schema

    def row_estimate(self) -> int | None:
        """Only reading would tell."""
        return None

    def mark(self) -> Mapping[str, str] | None:
        """What a stage remembers of its input: the version, if one was given."""
        return None if self.version is None else {"version": self.version}

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order. An iterator can be read once: the second time is an error, never an empty table."""
        schema = self.schema()
        begun, self._begun = self._begun, None
        for number, batch in enumerate(begun if begun is not None else self._read()):
            if batch.schema != schema:
                raise _another_schema(self.name, number, schema, batch.schema)
            yield batch

    def stage(self, folder: str | Path) -> ParquetSource:
        """Write the rows to Parquet files in `folder`, once."""
        return stage(self, folder)

    def _read(self) -> Iterator[pa.RecordBatch]:
        rows: Any = self._rows
        if callable(rows):
            rows = rows()
        elif self._spent:
            raise SourceError(
                f"{self.name} was read already, and can be read once only",
                expected="one reading, or a function that begins again",
                mend="from_arrow(lambda: ...) with what makes the rows; or stage(stream, folder), and read the stage",
            )
        # only what is a list gives a new iterator each time; a reader that is spent would seem to be empty
        self._spent = not isinstance(rows, Sequence)
        for batch in self._batches(rows):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=plain(batch.schema)) if batch.num_columns else batch

    def _batches(self, rows: Any) -> Iterator[pa.RecordBatch]:
        if isinstance(rows, pa.Table | pa.RecordBatch):
            rows = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
            yield from rows.to_batches() or [pa.RecordBatch.from_pylist([], schema=rows.schema)]
        elif isinstance(rows, ArrowStreamable):
            yield from pa.RecordBatchReader.from_stream(rows, schema=self._given)
        elif isinstance(rows, Iterable):
            yield from self._of_iterable(iter(cast("Iterable[Any]", rows)))
        else:
            raise ArgumentError(
                f"from_arrow got {type(rows).__name__}",
                expected="a table, batches, dictionaries, what has __arrow_c_stream__, or a function returning one",
                mend="from_arrow(table), or from_arrow(lambda: rows)",
            )

    def _of_iterable(self, items: Iterator[Any]) -> Iterator[pa.RecordBatch]:
        first = next(items, None)
        if first is None:
            if self._given is not None:
                yield pa.RecordBatch.from_pylist([], schema=self._given)
            return
        items = chain([first], items)
        if isinstance(first, pa.RecordBatch):
            yield from items
        elif isinstance(first, Mapping):
            yield from batches_of(items, self._given, self.name)
        else:
            raise ArgumentError(
                f"{self.name} hands out {type(first).__name__}",
                expected="record batches, or dictionaries from column name to value",
                mend="({'x': value} for value in ...)",
            )


def table_mark(table: pa.Table) -> str:
    """A digest of every value of a table, however it is chunked; about a gigabyte a second."""
    digest = hashlib.sha256()
    sink = pa.PythonFile(_Digest(digest), mode="w")
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=False)
    table = _plain(table)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        for batch in sliced(table, 122_880):
            writer.write_batch(batch)
    return digest.hexdigest()


def _plain(table: pa.Table) -> pa.Table:
    return table.cast(plain(table.schema)) if table.schema != plain(table.schema) else table


class _Digest:
    """A file that only counts towards a digest."""

    closed = False

    def __init__(self, digest: Any) -> None:
        self._digest = digest

    def write(self, data: Any) -> int:
        self._digest.update(data)
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _another_schema(name: str, number: int, schema: pa.Schema, other: pa.Schema) -> SchemaError:
    if schema.names != other.names:
        what = f"has the columns {other.names}"
    else:
        field, wrong = next((a, b) for a, b in zip(schema, other, strict=True) if a.type != b.type)
        what = f"has the column {field.name!r} as {wrong.type}; it was {field.type} before"
    return SchemaError(
        f"{name}: batch {number} {what}",
        expected=f"the columns of the first batch: {', '.join(f'{f.name} {f.type}' for f in schema)}",
        mend="cast the batches to one schema before they are handed over",
    )
