"""Features of a source as Arrow batches, in the order of the source, in memory that does not grow with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from emberharmony.features.engines.duckdb import DuckDBWorker
from emberharmony.features.sources.source import ArrowScan, DuckDBScan, ParquetScan, Scan

if TYPE_CHECKING:
    from emberharmony.features.engines.sql import Query
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.resources import Resources
    from emberharmony.features.sources.source import Source, Stream

BATCH_ROWS = 122_880  # a row group of DuckDB's: a cut between two costs nothing


class Crew:
    """One engine for each thread that asks for one; all are closed together."""

    def __init__(self, fitted: FittedPipeline, resources: Resources) -> None:
        self._fitted, self._resources = fitted, resources
        self._own = threading.local()
        self._all: list[DuckDBWorker] = []

    def worker(self) -> DuckDBWorker:
        """The engine of this thread."""
        if not hasattr(self._own, "worker"):
            worker = DuckDBWorker(memory=self._resources.engine_memory, spill=self._resources.spill)
            worker.register(self._fitted.frame.tables)
            self._own.worker = worker
            self._all.append(worker)
        return self._own.worker

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.close()


def part_of(scan: Scan, start: int, stop: int) -> Scan:
    """Rows `start` to `stop` of a scan, counted from its beginning."""
    match scan:
        case ParquetScan(path, first, last, schema):
            return ParquetScan(path, first + start, min(first + stop, last), schema)
        case DuckDBScan():
            return scan
        case ArrowScan(table):
            return ArrowScan(table.slice(start, stop - start))


def stream(
    fitted: FittedPipeline,
    source: Source | Stream,
    query: Query,
    resources: Resources,
    progress: Callable[[Event], None] | None,
) -> Iterator[pa.RecordBatch]:
    """Pieces of shards are computed side by side and handed on in order; the consumer's pace holds them back."""
    from emberharmony.features.flow.parallel import in_order
    from emberharmony.features.flow.progress import Progress
    from emberharmony.features.pipeline import silent
    from emberharmony.features.sources import frozen

    readable = frozen(source, None)
    plan = readable.plan()
    fitted.check(plan.schema)

    def pieces() -> Iterator[tuple[Scan, int]]:
        for shard in plan.shards:
            scan = readable.scan(shard)
            size = shard.rows if isinstance(scan, DuckDBScan) else BATCH_ROWS * 2
            for start in range(0, shard.rows, size):
                rows = min(size, shard.rows - start)
                yield part_of(scan, start, start + rows), rows

    with ExitStack() as stack:
        crew = stack.enter_context(Crew(fitted, resources))
        told = stack.enter_context(Progress(plan.rows, progress or silent, stage="stream"))

        def work(piece: tuple[Scan, int]) -> tuple[pa.Table, int]:
            worker = crew.worker()
            worker.see(piece[0], fitted.schema)
            return worker.table(query), piece[1]

        done: Any = in_order(work, pieces(), workers=resources.workers, ahead=1)
        for table, rows in done:
            yield from table.to_batches(max_chunksize=BATCH_ROWS)
            told.add(rows, table.nbytes)
