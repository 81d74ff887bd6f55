"""A table put in order for steps that look back in time: each entity whole in one shard, its rows by time.

Two passes, each restartable: every shard of the source is sorted into buckets of entities, then every bucket is put
together from all of them. Which bucket is a matter of the entity's hash, so no order of the source changes a byte.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from emberharmony.features.engines.constants import bind
from emberharmony.features.engines.duckdb import PARQUET, ROW_GROUP, Crew, literal_path
from emberharmony.features.engines.sql import Query, duckdb_sql
from emberharmony.features.hashing import hashed
from emberharmony.features.resources import Resources
from emberharmony.features.sources.names import chosen, quoted
from emberharmony.features.sources.source import ROWS_PER_SHARD, START, Batch, ParquetScan, Plan, Position, Shard
from emberharmony.features.sources.walk import walked
from emberharmony.features.transforms.frame import ROW, Frame
from emberharmony.features.transforms.step import wrong_type

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.sources.source import Source, Stream

BUCKET = "__ember_bucket"
SMALL_GROUP = 8192  # rows of one bucket in one shard lie together: a bucket reads little of the others
SEED = 104_729  # of its own, so that a bucket holds entities of every side of a split


@dataclass(frozen=True)
class Entities:
    """The source that `by_entity` makes: one shard a bucket, with the rows' places in a hidden column."""

    folder: Path
    by: str | None
    order: str
    columns: pa.Schema
    counts: tuple[int, ...]
    content: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.folder} (by {', '.join(_keys(self.by, self.order))})"

    def schema(self) -> pa.Schema:
        """The columns of the source, and the place of a row in its shard."""
        return self.columns.append(pa.field(ROW, pa.int64()))

    def row_estimate(self) -> int:
        """Exactly."""
        return sum(self.counts)

    def plan(self, rows_per_shard: int = ROWS_PER_SHARD) -> Plan:
        """One shard a bucket, whatever is asked for: an entity is never cut."""
        shards = (Shard(i, _bucket_name(i), 0, rows) for i, rows in enumerate(self.counts))
        return Plan(self.schema(), tuple(shards), self.content)

    def scan(self, shard: Shard) -> ParquetScan:
        """The whole file of a bucket."""
        return ParquetScan(self.folder / shard.unit, 0, shard.rows, self.schema())

    def batches(
        self,
        start: Position = START,
        *,
        columns: Sequence[str] | None = None,
        rows: int = ROW_GROUP,
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> Iterator[Batch]:
        """Rows by entity and time, bucket after bucket."""
        names = chosen(self.schema(), columns, self.name).names

        def read(shard: Shard, done: int) -> Iterator[pa.RecordBatch]:
            with pq.ParquetFile(self.folder / shard.unit) as file:
                for batch in file.iter_batches(batch_size=rows, columns=names):
                    fresh = batch.slice(min(done, batch.num_rows))
                    done -= batch.num_rows - fresh.num_rows
                    if fresh.num_rows:
                        yield fresh

        yield from walked(self.plan(), start, rows, read)


def by_entity(
    source: Source | Stream,
    by: str | None,
    order: str,
    folder: str | Path,
    *,
    workers: int | None = None,
    memory: str | int | None = None,
    progress: Callable[[Event], None] | None = None,
) -> Entities:
    """Put a source in order by entity and time, in `folder`, once: a second call finds it, or goes on with it.

    With None for the entity all rows are of one. Rows of the same entity and time stay in the order of the source. The
    folder needs about twice the room of the source while it is made, and once when it is done.
    """
    from emberharmony.features.flow.checkpoint import CheckpointStore, clear_unfinished, write_atomically
    from emberharmony.features.flow.parallel import as_done
    from emberharmony.features.flow.progress import Progress
    from emberharmony.features.parts import kept, published
    from emberharmony.features.sources import frozen

    folder = Path(os.path.abspath(folder))
    readable = frozen(source, folder / "stage")
    plan = readable.plan()
    frame = Frame.over(plan.schema)
    kind = frame[order].value.type()
    if kind.is_floating() or not (kind.is_numeric() or kind.is_temporal() or kind.is_string()):
        raise wrong_type("by_entity", order, kind, "times, dates or whole numbers to put rows in order")
    if by is None:
        buckets, bucket = min(plan.rows, 1), bind(0, "int64")
    else:
        buckets = -(-plan.rows // ROWS_PER_SHARD)  # none for a table without rows
        bucket = hashed(frame[by].value, SEED, owner="by_entity", name=by) % max(buckets, 1)
    resources = Resources.of(workers, memory, folder / "spill")
    identity = {"source": plan.fingerprint, "order": order, **({} if by is None else {"entity": by})}
    with ExitStack() as stack:
        store = stack.enter_context(CheckpointStore(folder / "_progress", identity))
        crew = stack.enter_context(Crew(resources))
        told = stack.enter_context(Progress(plan.rows * 2, progress, stage="by entity"))
        starts = list(accumulate((shard.rows for shard in plan.shards), initial=0))

        def sort(shard: Shard) -> dict[str, Any]:
            place = _row_number() + bind(starts[shard.index], "int64")
            placed = frame.relation.mutate(**{BUCKET: bucket.cast("int32"), ROW: place})
            query = duckdb_sql(placed.order_by([BUCKET, *_keys(by, order), ROW]))
            worker = crew.worker()
            worker.see(readable.scan(shard), plan.schema)
            about = published(folder, _sorted_name(shard.index), lambda path: worker.write(query, path, SMALL_GROUP))
            return {"sorted": shard.index, **about}

        def gather(i: int) -> dict[str, Any]:
            worker = crew.worker()
            paths = [literal_path(folder / _sorted_name(shard.index)) for shard in plan.shards]
            names = ", ".join(quoted(name) for name in plan.schema.names)
            keys = ", ".join(quoted(name) for name in (*_keys(by, order), ROW))
            parts = f"read_parquet(getvariable('ember_paths'), {PARQUET})"
            rows = f"SELECT * FROM {parts} WHERE {BUCKET} = getvariable('ember_bucket')"
            sql = f"SELECT {names}, row_number() OVER () - 1 AS {ROW} FROM ({rows} ORDER BY {keys})"
            query = Query(sql, {"ember_paths": (paths, "VARCHAR[]"), "ember_bucket": (i, "INTEGER")})
            return {"bucket": i, **published(folder, _bucket_name(i), lambda path: worker.write(query, path))}

        clear_unfinished(folder / "entities.json")
        for left in (*folder.glob(".sorted-*.parquet"), *folder.glob(".bucket-*.parquet")):
            left.unlink()
        gathered = kept(folder, store.records, "bucket", resources.workers)
        counts = {i: record["rows"] for i, record in gathered.items()}
        done = kept(folder, store.records, "sorted", resources.workers)
        todo = [shard for shard in plan.shards if shard.index not in done and len(counts) < buckets]
        for shard, record in as_done(
            sort, todo, workers=resources.workers_for(len(todo)), ahead=0, halt=crew.interrupt
        ):
            store.append(record)
            told.add(shard.rows)
        left = [i for i in range(buckets) if i not in counts]
        for i, record in as_done(gather, left, workers=resources.workers_for(len(left)), ahead=0, halt=crew.interrupt):
            store.append(record)
            counts[i] = record["rows"]
            told.add(record["rows"])
        for shard in plan.shards:
            (folder / _sorted_name(shard.index)).unlink(missing_ok=True)
        ordered = tuple(counts[i] for i in range(buckets))
        write_atomically(folder / "entities.json", json.dumps({**identity, "rows": ordered}).encode())
    return Entities(folder, by, order, plan.schema, ordered, f"{plan.fingerprint}/{by}/{order}")


def _keys(by: str | None, order: str) -> list[str]:
    return [order] if by is None else [by, order]


def _row_number() -> Any:
    import ibis

    return ibis.row_number().over(ibis.window())


def _sorted_name(i: int) -> str:
    return f"sorted-{i:06d}.parquet"


def _bucket_name(i: int) -> str:
    return f"bucket-{i:06d}.parquet"
