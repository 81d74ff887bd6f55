"""What a source of rows is: a schema, a frozen plan of shards, and batches that know where they stand.

A plan fixes the order and the cuts of a table once. Whatever is computed or written later follows the plan, so no
number of threads and no size of a chunk can change a bit of it; and a run that was interrupted knows what is left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import pyarrow as pa

ROWS_PER_SHARD = 983_040  # eight row groups of DuckDB's size: a tenth of a second of work, some 100 MB of wide rows


@dataclass(frozen=True)
class Shard:
    """A run of rows of one unit (a file, a table): the smallest piece that is read, computed and written as a whole."""

    index: int
    unit: str
    start: int
    rows: int


class Position(NamedTuple):
    """A place between two rows: `row` rows of shard `shard` come before it, and all earlier shards."""

    shard: int
    row: int


START = Position(0, 0)


class Batch(NamedTuple):
    """Rows, and the position after them: reading goes on from there."""

    data: pa.RecordBatch
    after: Position


@dataclass(frozen=True)
class Plan:
    """The frozen order of a table: its schema, its shards with exact counts, and a mark of the content they cut."""

    schema: pa.Schema
    shards: tuple[Shard, ...]
    content: str  # changes when the data do: a resume refuses to go on with another table

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return sum(shard.rows for shard in self.shards)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that differ when schema, content or cuts do."""
        cuts = [list(astuple(shard)) for shard in self.shards]
        fields = [[field.name, str(field.type)] for field in self.schema]
        text = json.dumps([fields, cuts, self.content], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class ParquetScan:
    """Rows `start` to `stop` of one Parquet file, whose own schema may differ from the plan's."""

    path: Path
    start: int
    stop: int
    schema: pa.Schema


@dataclass(frozen=True)
class ArrowScan:
    """Rows that are in memory already."""

    table: pa.Table


@dataclass(frozen=True)
class DuckDBScan:
    """Rows with row ids `start` to `stop` of a table in a DuckDB file."""

    database: Path
    table: tuple[str, ...]  # names from the outside in: (schema, table)
    start: int
    stop: int
    schema: pa.Schema


Scan = ParquetScan | ArrowScan | DuckDBScan
"""How an engine gets at the rows of one shard; an engine refuses a kind it does not know, by name."""


@runtime_checkable
class Source(Protocol):
    """A table that can be read again and again, shard by shard, in one frozen order."""

    @property
    def name(self) -> str:
        """What messages call it; holds no credential."""
        ...

    def schema(self) -> pa.Schema:
        """The columns of every shard."""
        ...

    def row_estimate(self) -> int | None:
        """About how many rows there are; None if only reading would tell."""
        ...

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """Cut the table into shards; the same table and `rows_per_shard` give the same plan."""
        ...

    def scan(self, shard: Shard) -> Scan:
        """How an engine reads this shard."""
        ...

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = 122_880,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """Batches of at most `rows` rows from `start` on, in the plan's order; none crosses a shard."""
        ...


@runtime_checkable
class Stream(Protocol):
    """Rows that are read from the start only: a CSV, lines of JSON, an iterable. `stage` makes a `Source` of one."""

    @property
    def name(self) -> str:
        """What messages call it; holds no credential."""
        ...

    def schema(self) -> pa.Schema:
        """The columns."""
        ...

    def row_estimate(self) -> int | None:
        """About how many rows there are; None if only reading would tell."""
        ...

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, in batches of any size."""
        ...

    def stage(self, folder: str | Path) -> Source:
        """Write the rows to Parquet files in `folder`, once: a second call, or a new process, finds them."""
        ...
