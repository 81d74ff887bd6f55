"""One thread's DuckDB: it sees one shard at a time under the name `rows`, and measures, streams or writes it.

A worker has a database of its own in memory with one thread, so what it computes from a shard is the same on every
run; workers run side by side. Its memory limit and its folder for spilling are part of the whole run's budget.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from emberharmony.features.engines.constants import FAILURE
from emberharmony.features.engines.kinds import ibis_type
from emberharmony.features.engines.sql import Query
from emberharmony.features.errors import (
    BadRowError,
    FeatureError,
    MemoryBudgetExceeded,
    OperationError,
    SchemaError,
    SourceError,
)
from emberharmony.features.sources.names import quoted
from emberharmony.features.sources.source import ArrowScan, DuckDBScan, ParquetScan, Scan

if TYPE_CHECKING:
    from emberharmony.features.resources import Resources

ROWS = "rows"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROW_GROUP = 122_880
# DuckDB believes the extremes in a file's statistics, and that nothing is beyond them; those of floats leave nan out
PARQUET = "can_have_nan = true, hive_partitioning = false"


class DuckDBWorker:
    """A single-threaded DuckDB over one scan at a time."""

    def __init__(self, *, memory: int | None = None, spill: Path | None = None) -> None:
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {"threads": 1, "preserve_insertion_order": True}
        if memory is not None:
            settings["memory_limit"] = f"{max(memory // 1_000_000, 16)}MB"
        if spill is not None:
            settings["temp_directory"] = str(spill)
        self._connection = duckdb.connect(":memory:", config=settings)
        self._connection.execute("SET TimeZone = 'UTC'")
        # a join must keep the order of the rows: with the sides swapped it would be that of the constants
        self._connection.execute("SET disabled_optimizers = 'build_side_probe_side'")
        self._attached: dict[Path, str] = {}
        self._view = ""
        self._relations: dict[
            str, Any
        ] = {}  # by text: to ask the engine for its columns again takes as long as to plan it
        self._set: dict[str, tuple[object, str]] = {}
        self._names: list[str] = []  # of the prepared query
        self._instants: list[str] = []

    def close(self) -> None:
        """Let go of everything; what runs in another thread ends with an interrupt."""
        self._connection.close()

    def interrupt(self) -> None:
        """End the query that runs in another thread."""
        self._connection.interrupt()

    # -- what it sees --

    def see(self, scan: Scan, schema: pa.Schema) -> None:
        """Make `rows` the rows of a scan, with the columns and types of `schema`."""
        match scan:
            case ArrowScan(table):
                self._connection.register("ember_arrow", table)
                found, source = table.schema, "ember_arrow"
            case ParquetScan(path, start, stop, found):
                self.bind({"ember_path": (literal_path(path), "VARCHAR")})
                self.bind({"ember_start": (start, "BIGINT"), "ember_stop": (stop, "BIGINT")})
                source = (
                    f"read_parquet(getvariable('ember_path'), file_row_number = true, {PARQUET})"
                    " WHERE file_row_number"
                    " >= getvariable('ember_start') AND file_row_number < getvariable('ember_stop')"
                )
            case DuckDBScan(database, table, start, stop, found):
                self.bind({"ember_start": (start, "BIGINT"), "ember_stop": (stop, "BIGINT")})
                name = ".".join(quoted(part) for part in (self._attach(database), *table))
                source = f"{name} WHERE rowid >= getvariable('ember_start') AND rowid < getvariable('ember_stop')"
            case _:
                raise OperationError(
                    f"the DuckDB engine cannot read a {type(scan).__name__}",
                    expected="Parquet files, Arrow tables or tables in a DuckDB file",
                    mend="stage the source first: ef.stage(source, folder)",
                )
        columns = ", ".join(_column(field, found) for field in schema)
        view = f"CREATE OR REPLACE TEMP VIEW {ROWS} AS SELECT {columns} FROM {source}"
        if view != self._view or isinstance(scan, ArrowScan):
            self.execute(view)
            self._view = view

    def _attach(self, database: Path) -> str:
        if database not in self._attached:
            name = f"ember_{len(self._attached)}"
            path = "'" + str(database).replace("'", "''") + "'"  # ATTACH takes no variable
            self._connection.execute(f"ATTACH {path} AS {name} (READ_ONLY)")
            self._attached[database] = name
        return self._attached[database]

    def bind(self, values: Mapping[str, tuple[object, str]]) -> None:
        """Set variables; one that holds this value already is left alone."""
        for name, value in values.items():
            if name not in self._set or (self._set[name] is not value and repr(self._set[name]) != repr(value)):
                with _understood():
                    self._connection.execute(f"SET VARIABLE {name} = $1::{value[1]}", [value[0]])
                self._set[name] = value

    def register(self, tables: Mapping[str, pa.Table]) -> None:
        """Tables of constants that queries join by name."""
        for name, table in tables.items():
            self._connection.register("ember_table", table)
            self.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS SELECT * FROM ember_table")
            self._connection.unregister("ember_table")

    def see_rows(self, schema: pa.Schema) -> None:
        """Make `rows` an empty table that `last` puts rows into."""
        self._connection.register("ember_table", schema.empty_table())
        columns = ", ".join(_column(field, schema) for field in schema)
        self._connection.execute(f"CREATE TEMP TABLE {ROWS} AS SELECT {columns} FROM ember_table")

    def prepare(self, query: Query) -> None:
        """Plan the query that `last` runs."""
        self.bind(query.values)
        described = self._connection.execute(f"DESCRIBE {query.sql}").fetchall()
        self._names = [row[0] for row in described]
        self._instants = [row[0] for row in described if row[1] == "TIMESTAMP WITH TIME ZONE"]
        # as numbers: the engine hands instants to Python through a package of time zones that need not be there
        numbers = ", ".join(f"epoch_us({quoted(name)}) AS {quoted(name)}" for name in self._instants)
        wanted = f"SELECT * REPLACE ({numbers}) FROM ({query.sql})" if numbers else query.sql
        self._connection.execute(f"PREPARE last_row AS {wanted}")

    def last(self, rows: pa.Table) -> dict[str, Any]:
        """What the prepared query says of the last of these rows."""
        self.execute(f"DELETE FROM {ROWS}")
        self._connection.register("ember_table", rows)
        self.execute(f"INSERT INTO {ROWS} SELECT * FROM ember_table")
        found = dict(zip(self._names, self.execute("EXECUTE last_row")[-1], strict=True))
        for name in self._instants:
            if found[name] is not None:
                found[name] = EPOCH + timedelta(microseconds=found[name])
        return found

    # -- what it does --

    def stream(self, query: Query, rows: int = ROW_GROUP) -> Iterator[pa.RecordBatch]:
        """The rows of a query, in batches of at most `rows`."""
        self.bind(query.values)
        with _understood():
            if query.sql not in self._relations:
                self._relations[query.sql] = self._connection.sql(query.sql)
            # the relation's reader computes as it is read; a cursor's would copy everything first
            yield from self._relations[query.sql].to_arrow_reader(rows)

    def write(self, query: Query, path: Path, row_group: int = ROW_GROUP) -> int:
        """Write the rows of a query to one Parquet file; the same rows give the same bytes. How many there were."""
        self.bind(query.values)
        self.bind({"ember_out": (str(path), "VARCHAR")})
        options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group}, PARQUET_VERSION v2"
        ((rows,),) = self.execute(f"COPY ({query.sql}) TO (getvariable('ember_out')) ({options})")
        return int(rows)

    def chunk(self, query: Query) -> None:
        """Hold the rows of a query in memory under the name `chunk`, for a ledger."""
        self.bind(query.values)
        self.execute(f"CREATE OR REPLACE TEMP TABLE chunk AS {query.sql}")

    def execute(self, sql: str, values: Mapping[str, tuple[object, str]] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement of ours and fetch what it says."""
        self.bind(values or {})
        with _understood():
            return self._connection.execute(sql).fetchall()


@contextlib.contextmanager
def _understood() -> Generator[None]:
    """Errors that rows, files or memory cause become ours, with the engine's first line; others go through.

    An error in a later batch of a reader comes as an OSError with the name of the engine's kind before the text.
    """
    import duckdb

    try:
        yield
    except FeatureError:
        raise
    except (duckdb.Error, OSError) as error:
        if (ours := _as_ours(error)) is None:
            raise
        raise ours from error


def _as_ours(error: Exception) -> FeatureError | None:
    import duckdb

    text = str(error)
    _, mark, strict = text.partition(FAILURE)
    line = text.splitlines()[0] if text else ""
    if mark:
        return SchemaError(
            strict.splitlines()[0],
            expected="what the step was told to expect, because it was told to be strict",
            mend="unknown='bucket' or 'ignore' for categories, unparsed='missing' for texts",
        )
    if isinstance(error, duckdb.OutOfMemoryException) or text.startswith("Out of Memory Error"):
        return MemoryBudgetExceeded(
            f"the engine needs more than its part of the memory: {line}",
            expected="room for one shard of rows a worker",
            mend="memory= larger, or workers= smaller; what was committed is kept",
        )
    values = (duckdb.ConversionException, duckdb.OutOfRangeException)
    if isinstance(error, values) or text.startswith(("Conversion Error", "Out of Range Error")):
        return BadRowError(
            f"a value does not fit the type that a step gives it: {line}",
            mend="clip or cast the column with an earlier step: ef.Clip, ef.Finite, ef.Derive",
        )
    full = "No space left on device" in text or "Disk quota exceeded" in text
    signs = ("Parquet file", "Failed to read file", "Could not read enough bytes")
    broken = type(error) is duckdb.Error or any(sign in text for sign in signs)
    if broken and not full:
        return SourceError(
            f"a file of the source cannot be read to its end: {line}",
            expected="whole Parquet files",
            mend="write the damaged file again; what was committed is kept",
        )
    return None


def literal_path(path: Path) -> str:
    """A path that DuckDB takes as it stands: `*`, `?` and `[` are part of the name, not patterns."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _column(field: pa.Field, found: pa.Schema) -> str:
    """One column of the view: as it is, cast to the plan's type, or null where this file has none."""
    name = quoted(field.name)
    place = found.get_field_index(field.name)
    if place >= 0 and found.field(place).type == field.type:
        return name
    from ibis.backends.sql.datatypes import DuckDBType

    kind = DuckDBType.to_string(ibis_type(field.type, field.name))
    return f"CAST({name if place >= 0 else 'NULL'} AS {kind}) AS {name}"


class Crew:
    """One engine for each thread that asks for one; all are closed together."""

    def __init__(self, resources: Resources, tables: Mapping[str, pa.Table] | None = None) -> None:
        self._resources, self._tables = resources, tables or {}
        self._own = threading.local()
        self._all: list[DuckDBWorker] = []

    def worker(self) -> DuckDBWorker:
        """The engine of this thread."""
        if not hasattr(self._own, "worker"):
            worker = DuckDBWorker(memory=self._resources.engine_memory, spill=self._resources.spill)
            worker.register(self._tables)
            self._own.worker = worker
            self._all.append(worker)
        return self._own.worker

    def interrupt(self) -> None:
        """End the queries that run now."""
        for worker in self._all:
            worker.interrupt()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.close()
