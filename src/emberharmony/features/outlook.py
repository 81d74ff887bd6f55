"""What a run would do: rows, shards, columns, and a trial of the pipeline on some rows, before hours are spent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.features import state
from emberharmony.features.errors import FeatureError
from emberharmony.features.sources.arrow import from_arrow
from emberharmony.features.sources.source import Position, Source

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.pipeline import Pipeline
    from emberharmony.features.sources.source import Stream
    from emberharmony.features.splits import Split

ROWS, PLACES = 16_384, 16  # of the trial: so many rows, from so many places of the table


def outlook(
    pipeline: Pipeline, source: Source | Stream, split: Split | None = None, *, memory: str | int | None = None
) -> dict[str, Any]:
    """Rows, shards, columns and steps; passes and features as a trial on at most 16,384 rows shows them.

    `rows` and `shards` are None for a stream, which tells them when it is staged. What ends the trial is told as
    `problem`: most often a step that does not fit its column; a column whose few values the trial missed is one, too.

    >>> from emberharmony import features as ef
    >>> source = ef.from_arrow(pa.table({"x": [1.0, 2.0, 4.0]}))
    >>> found = outlook(ef.Pipeline([ef.StandardScale(["x"])]), source)
    >>> found["rows"], found["passes"], found["features"]
    (3, 2, {'x': 'float64'})
    """
    plan = source.plan() if isinstance(source, Source) else None
    schema = source.schema() if plan is None else plan.schema
    passes: set[str] = set()

    def see(event: Event) -> None:
        passes.add(event.stage)

    found: dict[str, Any] = {
        "source": source.name,
        "rows": source.row_estimate() if plan is None else plan.rows,
        "shards": None if plan is None else len(plan.shards),
        "columns": {field.name: str(field.type) for field in schema},
        "split": None if split is None else state.definition(split),
        **pipeline.definition,
        "looks_back": None if pipeline.entity is None else list(pipeline.entity),
    }
    trial = _some(source, schema)
    try:
        fitted = pipeline.fit(from_arrow(trial), split, workers=1, memory=memory, progress=see)
        features = {name: str(fitted.frame[name].value.type()) for name in fitted.feature_names}
    except FeatureError as error:
        return {**found, "trial_rows": trial.num_rows, "passes": None, "features": None, "problem": str(error)}
    count = sum(stage.startswith("fit") for stage in passes)
    return {**found, "trial_rows": trial.num_rows, "passes": count, "features": features, "problem": None}


def explained(fitted: FittedPipeline) -> list[dict[str, Any]]:
    """What `fitted.explain()` holds, as plain data."""
    return [{**row, "constants": json.loads(row["constants"])} for row in fitted.explain().to_pylist()]


def _some(source: Source | Stream, schema: pa.Schema) -> pa.Table:
    """The first rows of a stream; of a source rows from places that are spread over it."""

    def pieces() -> Iterator[pa.RecordBatch]:
        if not isinstance(source, Source):
            left = ROWS
            for batch in source.record_batches():
                yield batch.slice(0, left)
                left -= batch.num_rows
                if left <= 0:
                    return
            return
        shards = [shard for shard in source.plan().shards if shard.rows]
        places = min(PLACES, len(shards))
        for i in range(places):
            shard = shards[i * len(shards) // places]
            batches = source.batches(Position(shard.index, 0), rows=ROWS // places)
            yield next(batches).data

    return pa.Table.from_batches(list(pieces()), schema)
