"""Features of a source as Arrow batches, in the order of the source, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa

from emberharmony.features.engines.duckdb import ROW_GROUP, Crew, DuckDBWorker
from emberharmony.features.engines.sql import Query
from emberharmony.features.sources.source import ArrowScan

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.resources import Resources
    from emberharmony.features.sources.source import Shard, Source


SHARES = 16  # a batch may weigh this part of a worker's memory: several wait for the consumer at any time


def stream(
    fitted: FittedPipeline,
    source: Source,
    query: Query,
    resources: Resources,
    progress: Callable[[Event], None] | None,
) -> Iterator[pa.RecordBatch]:
    """Shards are computed side by side and handed on in order; the consumer's pace holds them back."""
    from emberharmony.features.flow.chunks import AdaptiveChunker
    from emberharmony.features.flow.gate import Gate
    from emberharmony.features.flow.parallel import chained
    from emberharmony.features.flow.progress import Progress

    plan = source.plan()
    gate = Gate(resources.memory)
    chunker = AdaptiveChunker(max(resources.memory // (SHARES * resources.workers), 1))
    fitted.check(plan.schema)
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(resources, fitted.frame.tables))
        told = stack.enter_context(Progress(plan.rows, progress, stage="stream", peak_memory=lambda: gate.monitor.peak))

        def work(shard: Shard) -> Iterator[pa.RecordBatch]:
            with gate.admitted() as reading:
                worker = crew.worker()
                worker.see(source.scan(shard), fitted.read_schema)
                for batch in worker.stream(query, min(chunker.rows, ROW_GROUP)):
                    yield batch
                    chunker.observe(batch.num_rows, batch.nbytes, reading.level)

        nothing = True
        for batch in chained(work, plan.shards, workers=resources.workers_for(len(plan.shards)), halt=crew.interrupt):
            nothing = False
            yield batch
            told.add(batch.num_rows, batch.nbytes)
        if nothing:
            yield _empty(crew.worker(), query, fitted.read_schema)


def _empty(worker: DuckDBWorker, query: Query, schema: pa.Schema) -> pa.RecordBatch:
    """No rows, with the columns and types of the query: a consumer learns the schema from batches alone."""
    worker.see(ArrowScan(schema.empty_table()), schema)
    worker.chunk(query)
    worker.execute("INSERT INTO chunk DEFAULT VALUES")  # an engine streams no batch without a row
    return next(worker.stream(Query("SELECT * FROM chunk", {}))).slice(0, 0)
