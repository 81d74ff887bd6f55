"""A source or stream with fewer rows, or with one column more: the number of a row, or the one series of all rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError
from emberharmony.features.sources.parquet import ParquetSource
from emberharmony.features.sources.source import (
    ROWS_PER_SHARD,
    START,
    ArrowScan,
    Batch,
    Plan,
    Position,
    Scan,
    Shard,
    Source,
    Stream,
)
from emberharmony.features.sources.staging import Marked, stage

ROW_NUMBER = "row_number"
SERIES = "series"
Extra = Literal["row_number", "series"]


def view(rows: Source | Stream, *, limit: int | None = None, extra: Extra | None = None) -> Source | Stream:
    """`rows` with at most the first `limit` of them, and with the column `extra`.

    >>> from emberharmony.features.sources import from_arrow
    >>> seen = view(from_arrow(pa.table({"x": [5, 6, 7]})), limit=2, extra="row_number")
    >>> [batch.data.to_pydict() for batch in seen.batches()]
    [{'x': [5, 6], 'row_number': [0, 1]}]
    """
    if limit is not None and (isinstance(limit, bool) or limit < 1):
        raise ArgumentError(f"limit={limit!r}", expected="at least 1 row, or None for all of them")
    if extra is not None and extra in rows.schema().names:
        raise SchemaError(
            f"{rows.name} has a column {extra!r} already, which is the name of the one to be made",
            expected="rows without that column",
            mend="index_col='row_number', where it numbers the rows" if extra == ROW_NUMBER else "key='series'",
        )
    if limit is None and extra is None:
        return rows
    kind = SourceView if isinstance(rows, Source) else StreamView
    return kind(rows, limit, extra)  # pyright: ignore[reportArgumentType]


def _with(batch: pa.RecordBatch, extra: Extra | None, first: int) -> pa.RecordBatch:
    if extra is None:
        return batch
    if extra == ROW_NUMBER:
        column = pa.arange(first, first + batch.num_rows)
    else:
        column = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
    return batch.append_column(pa.field(extra, pa.int64()), column.cast(pa.int64()))


def _schema(schema: pa.Schema, extra: Extra | None) -> pa.Schema:
    return schema if extra is None else schema.append(pa.field(extra, pa.int64()))


@dataclass(frozen=True)
class SourceView:
    """A source seen so. Shards with a column that is made here, and the one that is cut, are read into memory."""

    rows: Source
    limit: int | None
    extra: Extra | None

    @property
    def name(self) -> str:
        """The source's."""
        return self.rows.name

    def schema(self) -> pa.Schema:
        """The columns, the one that is made at the end."""
        return _schema(self.rows.schema(), self.extra)

    def row_estimate(self) -> int | None:
        """The source's, up to the limit."""
        found = self.rows.row_estimate()
        return found if found is None or self.limit is None else min(found, self.limit)

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """The source's shards, up to the limit."""
        plan = self.rows.plan(rows_per_shard)
        shards: list[Shard] = []
        left = plan.rows if self.limit is None else self.limit
        for shard in plan.shards:
            if left > 0:
                shards.append(replace(shard, rows=min(shard.rows, left)))
            left -= shard.rows
        content = f"{plan.content}/{self.limit}/{self.extra}"
        return Plan(_schema(plan.schema, self.extra), tuple(shards), content)

    def scan(self, shard: Shard) -> Scan:
        """The source's own scan where the shard is whole and as it was."""
        whole = self.rows.plan().shards[shard.index]
        if self.extra is None and whole.rows == shard.rows:
            return self.rows.scan(whole)
        found: list[pa.RecordBatch] = []
        for batch in self.batches(Position(shard.index, 0)):
            if not found or batch.after.shard == shard.index:
                found.append(batch.data)
            if batch.after.shard != shard.index or batch.after.row >= shard.rows:
                break
        return ArrowScan(pa.Table.from_batches(found, self.schema()))

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 122_880,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """The source's batches, cut at the limit."""
        plan = self.rows.plan(rows_per_shard)
        before = [0]
        for shard in plan.shards:
            before.append(before[-1] + shard.rows)
        inner = None if columns is None else [name for name in columns if name != self.extra]
        for data, after in self.rows.batches(start, columns=inner, rows=rows, rows_per_shard=rows_per_shard):
            first = before[after.shard] + after.row - data.num_rows
            kept = data.num_rows if self.limit is None else min(data.num_rows, self.limit - first)
            if kept <= 0:
                return
            piece = _with(data.slice(0, kept), self.extra, first)
            yield Batch(
                piece if columns is None else piece.select(list(columns)),
                Position(after.shard, after.row - data.num_rows + kept),
            )


@dataclass(frozen=True)
class StreamView:
    """A stream seen so."""

    rows: Stream
    limit: int | None
    extra: Extra | None

    @property
    def name(self) -> str:
        """The stream's."""
        return self.rows.name

    def schema(self) -> pa.Schema:
        """The columns, the one that is made at the end."""
        return _schema(self.rows.schema(), self.extra)

    def row_estimate(self) -> int | None:
        """The stream's, up to the limit."""
        found = self.rows.row_estimate()
        return found if found is None or self.limit is None else min(found, self.limit)

    def mark(self) -> Mapping[str, str] | None:
        """The stream's, and what is seen of it."""
        found = self.rows.mark() if isinstance(self.rows, Marked) else None
        return None if found is None else {**found, "limit": str(self.limit), "extra": str(self.extra)}

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows up to the limit; what comes after it is not read."""
        first = 0
        for batch in self.rows.record_batches():
            piece = batch if self.limit is None else batch.slice(0, self.limit - first)
            yield _with(piece, self.extra, first)
            first += piece.num_rows
            if self.limit is not None and first >= self.limit:
                return

    def stage(self, folder: str | Path) -> ParquetSource:
        """Write the rows to Parquet files in `folder`, once."""
        return stage(self, folder)
