"""A table of a DuckDB file, read in place, never written to. Row ids order it; deleted rows leave gaps in them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError

from .names import check_names, chosen, quoted
from .source import ROWS_PER_SHARD, START, Batch, DuckDBScan, Plan, Position, Shard
from .walk import walked

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

HEADERS = 3 * 4096  # the first holds the format, the two others count the checkpoints in turn


def read_duckdb(path: str | Path, table: str | tuple[str, str]) -> DuckDBSource:
    """A table of a DuckDB file as a source; `table` is its name, or (schema, name).

    The mark of its content changes with every change to the *file*: a change to another table makes a resume refuse to
    go on, too. A view, whose rows have no fixed order, is refused.

    >>> import duckdb, tempfile
    >>> path = Path(tempfile.mkdtemp()) / "shop.duckdb"
    >>> with duckdb.connect(path) as shop:
    ...     _ = shop.execute("create table orders as select range as id from range(5)")
    >>> read_duckdb(path, "orders").plan().rows
    5
    """
    path = Path(path)
    if not path.is_file():
        raise SourceError(
            f"there is no DuckDB file {str(path)!r}",
            expected="a file that DuckDB wrote",
            mend=f"correct the path; it is looked up from {Path.cwd()}",
        )
    names = ("main", table) if isinstance(table, str) else tuple(table)
    if len(names) != 2:
        raise ArgumentError(f"table={table!r}", expected="a name, or (schema, name)", mend="table=('main', 'orders')")
    return DuckDBSource(path, (names[0], names[1]))


class DuckDBSource:
    """A table of a DuckDB file; `read_duckdb` makes one."""

    def __init__(self, path: Path, table: tuple[str, str]) -> None:
        self.path = Path(os.path.abspath(path))  # wherever the process is when it is read
        self.table = table
        self._given = path

    def __repr__(self) -> str:
        return f"read_duckdb({str(self._given)!r}, {self.table!r})"

    @property
    def name(self) -> str:
        """The file and the table."""
        return f"{self._given}:{'.'.join(self.table)}"

    def schema(self) -> pa.Schema:
        """The columns; moments with a zone are told in UTC, whatever zone this machine is in."""
        return self._schema

    def row_estimate(self) -> int | None:
        """The exact number of rows."""
        with self._open() as connection:
            return connection.execute(f"SELECT count(*) FROM {self._quoted}").fetchall()[0][0]

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """A shard for each run of `rows_per_shard` row ids in which a row is left; it has at most as many rows."""
        if rows_per_shard < 1:
            raise ArgumentError(f"rows_per_shard={rows_per_shard}", expected="at least 1", mend="leave it out")
        schema = self._schema
        query = f"SELECT rowid // $1 AS run, count(*) FROM {self._quoted} GROUP BY run ORDER BY run"
        with self._open() as connection:
            runs: list[tuple[int, int]] = connection.execute(query, [rows_per_shard]).fetchall()
            content = self._content()
        unit = ".".join(self.table)
        shards = [Shard(i, unit, run * rows_per_shard, count) for i, (run, count) in enumerate(runs)]
        return Plan(schema, tuple(shards), content)

    def scan(self, shard: Shard) -> DuckDBScan:
        """The row ids of the shard: from its start to its last row, with gaps where rows were deleted."""
        query = f"SELECT max(rowid), count(*) FROM (SELECT rowid FROM {self._quoted} WHERE rowid >= $1 LIMIT $2)"
        with self._open() as connection:
            last, found = connection.execute(query, [shard.start, shard.rows]).fetchall()[0]
        if shard.unit != ".".join(self.table) or found != shard.rows:
            raise SourceError(
                f"shard {shard.index} is {shard.rows} rows of {shard.unit!r} from row id {shard.start} on; "
                f"{self.name} has {found} there",
                expected="a shard of a plan of this source",
                mend="plan again: the table has changed",
            )
        return DuckDBScan(self.path, self.table, shard.start, last + 1, self._schema)

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 122_880,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """Batches of at most `rows` rows from `start` on, in the order of row ids."""
        plan = self.plan(rows_per_shard)
        schema = chosen(plan.schema, columns, self.name)
        yield from walked(plan, start, rows, lambda shard, done: self._read(self.scan(shard), done, schema, rows))

    def _read(self, scan: DuckDBScan, skip: int, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        names = ", ".join(map(quoted, schema.names)) or "rowid"
        query = f"SELECT {names} FROM {self._quoted} WHERE rowid >= $1 AND rowid < $2"
        with self._open() as connection:
            reader = connection.sql(query, params=[scan.start, scan.stop]).to_arrow_reader(rows)
            for batch in reader:
                for at in range(min(skip, batch.num_rows), batch.num_rows, rows):
                    yield _in_utc(batch.slice(at, rows), schema)
                skip = max(0, skip - batch.num_rows)

    @cached_property
    def _schema(self) -> pa.Schema:
        with self._open() as connection:
            self._check_table(connection)
            found = connection.sql(f"SELECT * FROM {self._quoted} LIMIT 0").to_arrow_reader(1).schema
        check_names(found.names, self.name)
        if "rowid" in (name.lower() for name in found.names):
            raise SchemaError(
                f"{self.name} has a column 'rowid', which hides the row ids that order the table",
                expected="a table whose own row ids can be asked for",
                mend="rename the column: ALTER TABLE ... RENAME rowid TO id",
            )
        return pa.schema([(field.name, _utc(field.type)) for field in found])

    def _check_table(self, connection: DuckDBPyConnection) -> None:
        query = "SELECT table_schema, table_name, table_type FROM information_schema.tables"
        tables: list[tuple[str, str, str]] = connection.execute(query + " ORDER BY ALL").fetchall()
        kinds = {(schema, name): kind for schema, name, kind in tables}
        kind = kinds.get(self.table)
        if kind == "BASE TABLE":
            return
        if kind is not None:
            raise SourceError(
                f"{self.name} is a {kind.lower()}: its rows have no fixed order",
                expected="a table",
                mend="CREATE TABLE ... AS FROM the view; or from_arrow(connection.sql('FROM ...')).stage(folder)",
            )
        dotted = tuple(self.table[1].split(".")) in kinds
        known = ", ".join(repr(name if schema == "main" else (schema, name)) for schema, name in list(kinds)[:20])
        raise SourceError(
            f"{self.path} has no table {self.table[1]!r} in the schema {self.table[0]!r}",
            expected=f"one of {known}" if kinds else "a file with tables; this one has none",
            mend=f"table={tuple(self.table[1].split('.'))!r}"
            if dotted
            else "correct the name; a schema is given as (schema, name)",
        )

    def _open(self) -> closing[DuckDBPyConnection]:
        import duckdb

        try:
            return closing(duckdb.connect(self.path, read_only=True))
        except duckdb.Error as error:
            raise SourceError(
                f"{self.path} cannot be opened to read: {error}",
                expected="a DuckDB file that no other process has open to write",
                mend="close it there, or read a copy",
            ) from error

    def _content(self) -> str:
        """The count of checkpoints and what was logged since the last: nothing in the file changes without them."""
        digest = hashlib.sha256("\0".join(self.table).encode())
        with self.path.open("rb") as file:
            digest.update(file.read(HEADERS))
        log = self.path.with_name(self.path.name + ".wal")
        if log.exists():
            with log.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @property
    def _quoted(self) -> str:
        return ".".join(map(quoted, self.table))


def _utc(kind: pa.DataType) -> pa.DataType:
    return pa.timestamp(kind.unit, "UTC") if isinstance(kind, pa.TimestampType) and kind.tz else kind


def _in_utc(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    if not len(schema):
        return batch.select([])
    arrays = [
        array if array.type == field.type else array.cast(field.type)
        for array, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
