"""Features of a source as Arrow batches, in the order of the source, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.features.engines.duckdb import Crew
from emberharmony.features.sources.source import ArrowScan, DuckDBScan, ParquetScan, Scan

if TYPE_CHECKING:
    from emberharmony.features.engines.sql import Query
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.resources import Resources
    from emberharmony.features.sources.source import Source

BATCH_ROWS = 122_880  # a row group of DuckDB's: a cut between two costs nothing


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
    source: Source,
    query: Query,
    resources: Resources,
    progress: Callable[[Event], None] | None,
) -> Iterator[pa.RecordBatch]:
    """Pieces of shards are computed side by side and handed on in order; the consumer's pace holds them back."""
    from emberharmony.features.flow.parallel import in_order
    from emberharmony.features.flow.progress import Progress
    from emberharmony.features.pipeline import silent

    plan = source.plan()
    fitted.check(plan.schema)
    whole = fitted.pipeline.entity is not None  # a shard of entities is computed as one piece

    def pieces() -> Iterator[tuple[Scan, int]]:
        for shard in plan.shards:
            scan = source.scan(shard)
            size = shard.rows if whole or isinstance(scan, DuckDBScan) else BATCH_ROWS * 2
            for start in range(0, shard.rows, size):
                rows = min(size, shard.rows - start)
                yield part_of(scan, start, start + rows), rows

    with ExitStack() as stack:
        crew = stack.enter_context(Crew(resources, fitted.frame.tables))
        told = stack.enter_context(Progress(plan.rows, progress or silent, stage="stream"))

        def work(piece: tuple[Scan, int]) -> tuple[pa.Table, int]:
            worker = crew.worker()
            worker.see(piece[0], fitted.read_schema)
            return worker.table(query), piece[1]

        done: Any = in_order(work, pieces(), workers=resources.workers, ahead=1)
        for table, rows in done:
            yield from table.to_batches(max_chunksize=BATCH_ROWS)
            told.add(rows, table.nbytes)
