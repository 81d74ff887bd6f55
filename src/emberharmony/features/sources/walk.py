"""Cuts and positions: what all sources do alike when they are planned and walked along."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa

from emberharmony.errors import ArgumentError

from .source import START, Batch, Plan, Position, Shard


def cut(unit: str, rows: int, rows_per_shard: int, first: int) -> list[Shard]:
    """Shards of `rows_per_shard` rows of one unit, the last one shorter; their indices count from `first`."""
    if rows_per_shard < 1:
        raise ArgumentError(f"rows_per_shard={rows_per_shard}", expected="at least 1", mend="leave it out")
    starts = range(0, rows, rows_per_shard)
    return [Shard(first + i, unit, at, min(rows_per_shard, rows - at)) for i, at in enumerate(starts)]


def check_position(start: Position, plan: Plan, rows: int) -> None:
    """Refuse a position that no batch of this plan can have left, and batches without rows."""
    if rows < 1:
        raise ArgumentError(f"batches of rows={rows}", expected="at least 1", mend="leave it out")
    shards = plan.shards
    inside = 0 <= start.shard < len(shards) and 0 <= start.row <= shards[start.shard].rows
    if not inside and start not in (START, Position(len(shards), 0)):
        raise ArgumentError(
            f"the position shard {start.shard}, row {start.row}",
            expected=f"one in a plan of {len(shards)} shards and {plan.rows} rows",
            mend="go on with the plan and the rows_per_shard that the position comes from",
        )


def walked(
    plan: Plan, start: Position, rows: int, read: Callable[[Shard, int], Iterator[pa.RecordBatch]]
) -> Iterator[Batch]:
    """Batches from `start` on; `read(shard, done)` gives those of a shard without its first `done` rows."""
    check_position(start, plan, rows)
    for shard in plan.shards[start.shard :]:
        done = start.row if shard.index == start.shard else 0
        if done == shard.rows:
            continue
        for data in read(shard, done):
            done += data.num_rows
            yield Batch(data, Position(shard.index, done))


def sliced(table: pa.Table, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a table in batches of at most `rows` rows, each in one piece."""
    for at in range(0, table.num_rows, rows):
        # without columns, Arrow would count rows beyond the end
        piece = table.slice(at, min(rows, table.num_rows - at)).combine_chunks()
        yield from (batch for batch in piece.to_batches() if batch.num_rows)
