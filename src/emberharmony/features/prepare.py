"""A source as a pipeline reads it: streams staged as Parquet, and rows by entity and time where steps look back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.gather import Entities, by_entity
from emberharmony.features.sources.source import ArrowScan, Plan, Scan, Shard, Source, Stream
from emberharmony.features.sources.staging import frozen, in_temporary_folder

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event


def shards_of(plan: Plan) -> tuple[Shard, ...]:
    """The shards of a plan; a table without rows is one shard of none, so that its features have a schema."""
    return plan.shards or (Shard(0, "", 0, 0),)


def scan_of(source: Source, shard: Shard, schema: pa.Schema) -> Scan:
    """How an engine reads a shard of the source, which knows nothing of shards without rows."""
    return source.scan(shard) if shard.rows else ArrowScan(schema.empty_table())


def prepared(
    source: Source | Stream,
    entity: tuple[str, str] | None,
    folder: str | Path | None = None,
    *,
    workers: int | None = None,
    memory: str | int | None = None,
    progress: Callable[[Event], None] | None = None,
) -> Source:
    """A source that can be read shard by shard, in the order the steps need.

    What has to be written for that lies in `folder`, where a later call finds it; without one in a temporary folder,
    which goes when the source does.
    """
    if not isinstance(source, Source | Stream):
        raise ArgumentError(
            f"got a {type(source).__name__} for a source",
            expected="what ef.read_parquet, read_csv, read_jsonl, read_duckdb or from_arrow gives",
            mend="ef.from_arrow(data), for Arrow tables and for iterables of batches",
        )
    if isinstance(source, Source) and (entity is None or isinstance(source, Entities)):
        if isinstance(source, Entities) and entity not in (None, (source.by, source.order)):
            raise ArgumentError(
                f"the source lies by {source.by!r} and {source.order!r}, and the steps look back along {entity}",
                mend=f"ef.by_entity(the original source, *{entity!r}, folder)",
            )
        return source

    def make(place: Path) -> Source:
        staged = frozen(source, place / "stage")
        if entity is None:
            return staged
        return by_entity(staged, *entity, place / "entities", workers=workers, memory=memory, progress=progress)

    return make(Path(folder)) if folder is not None else in_temporary_folder(make)
