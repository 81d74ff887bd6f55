"""Parquet files, read in place: shards are cut inside files, counts come from footers, no row is read to plan."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError

from .files import Files, Paths, find_files
from .names import check_names, chosen, plain, quoted
from .promote import FLOATS, common_type, conform_batch
from .source import ROWS_PER_SHARD, START, Batch, ParquetScan, Plan, Position, Shard
from .walk import cut, walked

Drift = Literal["error", "union"]
SUFFIXES = (".parquet", ".pq", ".parq")


def read_parquet(paths: Paths, *, drift: Drift = "error") -> ParquetSource:
    """Parquet files as a source: one file, a folder with all below it, a glob, or a list of files.

    Files whose columns differ are refused. With `drift="union"` a column takes the narrowest type that holds the values
    of every file without loss, and is null in files that lack it; types without such a type are refused still.

    The mark of the content is made of footers, sizes and times of change: no row is read for it. A folder that is
    moved, or copied with its times (`mv`, `cp -a`, `rsync -t`), is the same table; copied without (`cp -r`), another.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.parquet"
    >>> pq.write_table(pa.table({"price": [1.5, 2.5, None]}), path)
    >>> source = read_parquet(path)
    >>> source.plan().rows, [batch.data.num_rows for batch in source.batches(rows=2)]
    (3, [2, 1])
    """
    if drift not in ("error", "union"):
        raise ArgumentError(
            f"drift={drift!r}", expected="'error' or 'union'", mend="drift='union' to read files that differ"
        )
    return ParquetSource(find_files(paths, SUFFIXES), drift, timed=True)


@dataclass(frozen=True)
class Footer:
    """What the end of a file says: so many rows, of such columns, and a digest that differs when the file does."""

    rows: int
    schema: pa.Schema
    digest: str


class ParquetSource:
    """A table in Parquet files; `read_parquet` makes one. The footers are read once, at the first question.

    With `timed` a file that was written anew is another one, whatever its footer says. A stage does without: its files
    are written once by us, and a stage that is made again is the same table.
    """

    def __init__(self, files: Files, drift: Drift = "error", *, timed: bool = False) -> None:
        self.files = files
        self.drift: Drift = drift
        self.timed = timed

    def __repr__(self) -> str:
        return f"read_parquet({self.name!r})"

    @property
    def name(self) -> str:
        """The path as it was given."""
        return self.files.name

    def schema(self) -> pa.Schema:
        """The columns of every shard, in the order of the first file; what later files add comes after."""
        return self._schema

    def row_estimate(self) -> int | None:
        """The exact number of rows."""
        return sum(footer.rows for footer in self._footers.values())

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """Shards of `rows_per_shard` rows, the last of a file shorter; none for an empty file."""
        digest = hashlib.sha256()
        shards: list[Shard] = []
        for name, footer in self._footers.items():
            digest.update(f"{len(name)}:{name}:{footer.rows}:{footer.digest};".encode())
            shards += cut(name, footer.rows, rows_per_shard, first=len(shards))
        return Plan(self._schema, tuple(shards), digest.hexdigest())

    def scan(self, shard: Shard) -> ParquetScan:
        """The rows of the shard in their file, with the file's own columns."""
        footer = self._footers.get(shard.unit)
        if footer is None or shard.start + shard.rows > footer.rows:
            rows = "no such file" if footer is None else f"{footer.rows} rows there"
            raise SourceError(
                f"shard {shard.index} is rows {shard.start} to {shard.start + shard.rows} of {shard.unit!r}; "
                f"{self.name!r} has {rows}",
                expected="a shard of a plan of this source",
                mend="plan again: the files have changed",
            )
        return ParquetScan(self.files.path(shard.unit), shard.start, shard.start + shard.rows, footer.schema)

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 122_880,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """Batches of at most `rows` rows from `start` on; only `columns` are read from the disk, in one thread."""
        plan = self.plan(rows_per_shard)
        schema = chosen(plan.schema, columns, self.name)
        yield from walked(plan, start, rows, lambda shard, done: self._read(self.scan(shard), done, schema, rows))

    def _read(self, scan: ParquetScan, done: int, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        names = [name for name in schema.names if scan.schema.get_field_index(name) >= 0]
        try:
            with pq.ParquetFile(scan.path, pre_buffer=False) as file:
                skip, left, groups = (
                    scan.start + done,
                    scan.stop - scan.start - done,
                    range(file.metadata.num_row_groups),
                )
                while groups and skip >= (count := file.metadata.row_group(groups[0]).num_rows):
                    skip, groups = skip - count, groups[1:]
                for batch in file.iter_batches(rows, list(groups), columns=names, use_threads=False):
                    piece = batch.slice(skip, left)
                    skip = max(0, skip - batch.num_rows)
                    if piece.num_rows:
                        left -= piece.num_rows
                        yield self._conform(piece, schema, scan.path)
                    if not left:
                        return
        except (pa.ArrowInvalid, OSError) as error:
            raise _unreadable(scan.path, error) from error
        raise SourceError(
            f"{scan.path} has {left} rows fewer than its footer said",
            expected="a file that does not change while it is read",
            mend="plan again, and start over",
        )

    def _conform(self, batch: pa.RecordBatch, schema: pa.Schema, path: Path) -> pa.RecordBatch:
        try:
            return conform_batch(batch, schema)
        except pa.ArrowInvalid as error:  # such as a second of the year 9999 in a column of nanoseconds
            wider = [f"{field.name} {field.type}" for field in schema if field not in batch.schema]
            raise SchemaError(
                f"{path}: a value does not fit the common type of all files: {error}",
                expected=f"values of {', '.join(wider)}",
                mend="write that column with one type in all files",
            ) from error

    @cached_property
    def _footers(self) -> dict[str, Footer]:
        footers: dict[str, Footer] = {}
        known: pa.Schema | None = None
        for name in self.files.names:
            footer = _footer(self.files.path(name), known, self.timed)
            known = footer.schema
            footers[name] = footer
        for name, footer in footers.items():
            for folder in name.split("/")[:-1]:
                key, sign, _ = folder.partition("=")
                if sign and footer.schema.get_field_index(key) < 0:
                    raise SchemaError(
                        f"the folder {folder!r} of {name!r} looks like a value of the column {key!r}, "
                        "which the file lacks",
                        expected="all columns inside the files",
                        mend="write the column into the files; or list the files by name to read them without it",
                    )
        return footers

    @cached_property
    def _schema(self) -> pa.Schema:
        types: dict[str, pa.DataType] = {}
        origin: dict[str, str] = {}
        last = pa.schema([])
        first = next(iter(self._footers))
        for name, footer in self._footers.items():
            if footer.schema is last and types:
                continue
            last = footer.schema
            check_names(last.names, str(self.files.path(name)))
            if self.drift == "error" and name != first:
                self._refuse_missing(first, types, name, last)
            for field in last:
                types[field.name] = self._merge(field, types, origin.setdefault(field.name, name), name)
        check_names(types, self.name)
        return pa.schema(list(types.items()))

    def _refuse_missing(self, first: str, types: dict[str, pa.DataType], name: str, schema: pa.Schema) -> None:
        apart = [column for column in types if column not in schema.names]
        lacking, other = (name, first) if apart else (first, name)
        apart = apart or [column for column in schema.names if column not in types]
        if apart:
            raise SchemaError(
                f"the file {lacking!r} lacks the column {apart[0]!r}, which {other!r} has",
                expected="the same columns in all files",
                mend="drift='union' reads it as null there",
            )

    def _merge(self, field: pa.Field, types: dict[str, pa.DataType], before: str, name: str) -> pa.DataType:
        old = types.get(field.name, field.type)
        new = common_type(old, field.type)
        if old == field.type or (self.drift == "union" and new is not None):
            return field.type if new is None else new
        raise SchemaError(
            f"the column {field.name!r} is {old} in {before!r} and {field.type} in {name!r}",
            expected="one type in all files" if new is not None else "types that a third holds without loss",
            mend=f"drift='union' reads both as {new}" if new is not None else _one_type(field.name, old, field.type),
        )


def _one_type(name: str, a: pa.DataType, b: pa.DataType) -> str:
    column, mend = quoted(name), "write the column with one type in all files"
    if not {a, b} <= {pa.int64(), pa.uint64(), *FLOATS}:
        return mend
    select = f"SELECT * REPLACE (CAST({column} AS DOUBLE) AS {column}) FROM 'old.parquet'"
    return f"{mend}; where rounding integers above 2**53 is right, in DuckDB: COPY ({select}) TO 'new.parquet'"


def file_mark(file: BinaryIO, *, timed: bool) -> str:
    """What differs when an open Parquet file does: a digest of size, footer and, where `timed`, the last change.

    Pages are not read: where values change and the statistics of their row group do not, only the time tells.
    """
    status = os.fstat(file.fileno())
    file.seek(max(0, status.st_size - 8))
    length = int.from_bytes(file.read(8)[:4], "little")
    file.seek(max(0, status.st_size - 8 - length))
    time = b"%d:" % status.st_mtime_ns if timed else b""
    digest = hashlib.sha256(b"%d:" % status.st_size + time + file.read()).hexdigest()
    file.seek(0)
    return digest


def _footer(path: Path, known: pa.Schema | None, timed: bool) -> Footer:
    try:
        with path.open("rb") as file:
            digest = file_mark(file, timed=timed)
            with pq.ParquetFile(file) as parquet:
                rows, schema = parquet.metadata.num_rows, plain(parquet.schema_arrow)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    return Footer(rows, known if known is not None and known.equals(schema) else schema, digest)


def _unreadable(path: Path, error: BaseException) -> SourceError:
    return SourceError(
        f"{path} cannot be read as Parquet: {error}",
        expected="a whole Parquet file that may be read",
        mend="write the file again, or leave it out",
    )
