"""Features of a source as Arrow batches, in the order of the source, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pyarrow as pa

from emberharmony.features.engines.duckdb import Crew

if TYPE_CHECKING:
    from emberharmony.features.engines.sql import Query
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.resources import Resources
    from emberharmony.features.sources.source import Shard, Source


def stream(
    fitted: FittedPipeline,
    source: Source,
    query: Query,
    resources: Resources,
    progress: Callable[[Event], None] | None,
) -> Iterator[pa.RecordBatch]:
    """Shards are computed side by side and handed on in order; the consumer's pace holds them back."""
    from emberharmony.features.flow.parallel import chained
    from emberharmony.features.flow.progress import Progress
    from emberharmony.features.pipeline import silent

    plan = source.plan()
    fitted.check(plan.schema)
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(resources, fitted.frame.tables))
        told = stack.enter_context(Progress(plan.rows, progress or silent, stage="stream"))

        def work(shard: Shard) -> Iterator[pa.RecordBatch]:
            worker = crew.worker()
            worker.see(source.scan(shard), fitted.read_schema)
            yield from worker.stream(query)

        for batch in chained(work, plan.shards, workers=resources.workers_for(len(plan.shards))):
            yield batch
            told.add(batch.num_rows, batch.nbytes)
