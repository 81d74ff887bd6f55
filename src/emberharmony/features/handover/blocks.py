"""A table as blocks of rows: what a loader permutes, reads and deals out to workers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SourceError
from emberharmony.features.sources.arrow import table_mark
from emberharmony.features.sources.parquet import file_mark
from emberharmony.features.sources.source import Position, Source

__all__ = ["Blocks", "Factory", "StreamBlocks", "TableBlocks", "Tabular", "blocks_of"]

Factory: TypeAlias = Callable[[], Iterable[pa.RecordBatch]]
Tabular: TypeAlias = pa.Table | str | Path | Sequence[str | Path] | Source | Factory


class Blocks(Protocol):
    """Blocks that can be read in any order, any number of times."""

    @property
    def sizes(self) -> Sequence[int]:
        """How many rows each block has."""
        ...

    @property
    def mark(self) -> str:
        """Sixteen digits that differ where the blocks or their rows do."""
        ...

    def read(self, index: int, columns: Sequence[str] | None) -> pa.Table:
        """The rows of one block, with these columns if not with more."""
        ...


class TableBlocks:
    """A table in memory, cut every `rows` rows."""

    def __init__(self, table: pa.Table, rows: int) -> None:
        self._table = table
        self._starts = range(0, table.num_rows, rows)
        self.sizes: list[int] = [min(rows, table.num_rows - start) for start in self._starts]

    @property
    def mark(self) -> str:
        """Of every value; read when a position is asked for, not before, since a large table takes a while."""
        return self._known

    @cached_property
    def _known(self) -> str:
        return _mark("table", table_mark(self._table), self.sizes)

    def read(self, index: int, columns: Sequence[str] | None) -> pa.Table:
        """A view of the rows."""
        return self._table.slice(self._starts[index], self.sizes[index])


class ParquetBlocks:
    """Parquet files in the order given; a row group is a block, since nothing smaller can be read on its own."""

    def __init__(self, paths: Sequence[str | Path]) -> None:
        import pyarrow.parquet as pq

        self._groups: list[tuple[Path, int]] = []
        self.sizes: list[int] = []
        marks: list[str] = []
        for path in map(Path, paths):
            try:
                with path.open("rb") as file:
                    marks.append(file_mark(file, timed=True))
                    footer = pq.read_metadata(file)
            except (OSError, pa.ArrowInvalid) as error:
                raise SourceError(f"{path} cannot be read: {error}", expected="a Parquet file") from error
            groups = [group for group in range(footer.num_row_groups) if footer.row_group(group).num_rows]
            self._groups += [(path, group) for group in groups]
            self.sizes += [footer.row_group(group).num_rows for group in groups]
        self.mark = _mark("parquet", marks, [(path.name, group) for path, group in self._groups])

    def read(self, index: int, columns: Sequence[str] | None) -> pa.Table:
        """Decode one row group."""
        import pyarrow.parquet as pq

        path, group = self._groups[index]
        with pq.ParquetFile(path) as file:
            return file.read_row_group(group, columns=None if columns is None else [*columns], use_threads=False)


class SourceBlocks:
    """A source, its shards cut every `rows` rows."""

    def __init__(self, source: Source, rows: int) -> None:
        plan = source.plan()
        self._source = source
        self._starts = [Position(shard.index, row) for shard in plan.shards for row in range(0, shard.rows, rows)]
        shards = {shard.index: shard.rows for shard in plan.shards}
        self.sizes: list[int] = [min(rows, shards[start.shard] - start.row) for start in self._starts]
        self.mark = _mark("source", plan.fingerprint, rows)

    def read(self, index: int, columns: Sequence[str] | None) -> pa.Table:
        """As many batches as the block has rows for."""
        left, found = self.sizes[index], list[pa.RecordBatch]()
        for batch in self._source.batches(self._starts[index], columns=columns, rows=left):
            found.append(batch.data.slice(0, left))
            left -= found[-1].num_rows
            if left == 0:
                break
        return pa.Table.from_batches(found)


class StreamBlocks:
    """What a function returns anew at each call: batches in one order, each a block, read from the start only."""

    mark = "stream"  # nobody can tell what it will return: who hands it over gives the loader a mark

    def __init__(self, factory: Factory) -> None:
        self._factory = factory

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return (batch for batch in self._factory() if batch.num_rows)


def blocks_of(data: Tabular, rows: int) -> Blocks | StreamBlocks:
    """The blocks of a table, of Parquet files, of a source, or of a function that returns batches."""
    if rows < 1:
        raise ArgumentError(f"got block_rows={rows}", expected="at least 1")
    if isinstance(data, pa.Table):
        return TableBlocks(data, rows)
    if isinstance(data, str | Path):
        return ParquetBlocks([data])
    if isinstance(data, Sequence) and data:
        return ParquetBlocks(data)
    if isinstance(data, Source):
        return SourceBlocks(data, rows)
    if isinstance(data, Sequence) or not callable(data):
        raise ArgumentError(
            f"Loader got {type(data).__name__} {data!r:.60}",
            expected="a table, paths of Parquet files, a source, or a function that returns an iterable of RecordBatch",
            mend="stream.stage(folder) makes a source of a stream; a function returns its batches anew at each call",
        )
    return StreamBlocks(cast("Factory", data))


def _mark(*content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
