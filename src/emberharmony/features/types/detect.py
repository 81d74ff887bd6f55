"""The types of all columns in one pass over a table of any size, in flat memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony.errors import ArgumentError

from .decide import decide
from .evidence import MOST_VALUES, Evidence
from .report import ColumnType, TypeReport, check_overrides

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event, Progress
    from emberharmony.features.sources.arrow import ArrowSource
    from emberharmony.features.sources.source import Plan, Source, Stream

ROWS = 122_880  # of a batch
PIECES = 16  # that a sample is spread over, where the table has so many rows
LEAST_PIECE = 1024  # rows
MOST_PIECES = 10_000  # that a table is cut into to take a sample

__all__ = ["detect_types"]


def detect_types(
    table: Source | Stream | pa.Table | pa.RecordBatch | Any,
    *,
    sample: float | None = None,
    overrides: Mapping[str, str] | None = None,
    workers: int = 1,
    progress: Callable[[Event], None] | None = None,
) -> TypeReport:
    """The type of each column of a source, a stream, a table, or anything that `from_arrow` takes.

    The result is the same for any number of `workers`, any sizes of batches and any order of the rows. `sample` looks
    at a share of the rows (0.1) or at about so many (100_000): whole runs of rows, spread evenly over the plan of the
    source, always the same ones. `overrides` gives types to columns by name, whatever their values look like.

    >>> report = detect_types(pa.table({"price": [9.5, 12.0, 7.25], "zip": ["01067", "80331", "10115"]}))
    >>> {name: column.type for name, column in report.items()}
    {'price': 'continuous', 'zip': 'identifier'}
    """
    if workers < 1:
        raise ArgumentError(f"got workers={workers}", expected="at least 1")
    reading = _reading(table, sample, workers)
    chosen = check_overrides(overrides or {}, reading.schema.names)
    found = _gathered(reading, workers, progress)
    rows = max((evidence.rows for evidence in found), default=0)
    of_rows = rows if reading.of_rows is None else reading.of_rows
    share = rows / of_rows if of_rows else 1.0
    decisions = [
        decide(field.name, evidence, share=share) for field, evidence in zip(reading.schema, found, strict=True)
    ]
    columns = tuple(
        ColumnType(name, *decision, evidence)
        for name, decision, evidence in zip(reading.schema.names, decisions, found, strict=True)
    )
    report = TypeReport(reading.name, rows, of_rows, reading.sample, columns, {})
    return report.override(chosen) if chosen else report


@dataclass(frozen=True)
class _Reading:
    """What is to be read: runs of batches that do not depend on each other."""

    name: str
    schema: pa.Schema
    runs: list[Callable[[], Iterator[pa.RecordBatch]]]
    rows: int | None
    of_rows: int | None
    sample: str = ""


def _reading(table: Any, sample: float | None, workers: int) -> _Reading:
    from emberharmony.features.sources import Source, Stream, from_arrow
    from emberharmony.features.sources.arrow import ArrowSource

    if not isinstance(table, Source | Stream):
        table = from_arrow(table)
    if isinstance(table, ArrowSource) and sample is None:
        return _of_memory(table, workers)
    if isinstance(table, Source):
        return _of_source(table, sample, workers)
    if sample is not None:
        raise ArgumentError(
            f"got sample={sample} of {table.name}, which is a stream",
            expected="a source, whose rows can be read from any place: the first rows alone would mislead",
            mend="detect_types(stage(stream, 'folder'), sample=...), or leave sample out",
        )
    return _Reading(table.name, table.schema(), [table.record_batches], table.row_estimate(), None)


def _of_memory(source: ArrowSource, workers: int) -> _Reading:
    """Without a plan, whose mark of the content would read every value."""
    rows = source.table.num_rows
    size = _piece(rows, workers)
    pieces = [source.table.slice(at, size) for at in range(0, rows, size)]
    runs = [partial(_sliced, piece) for piece in pieces]
    return _Reading(source.name, source.schema(), runs, rows, rows)


def _of_source(source: Source, sample: float | None, workers: int) -> _Reading:
    from emberharmony.features.sources import ROWS_PER_SHARD

    plan = source.plan()
    rows = plan.rows
    if sample is None:
        shards = range(len(plan.shards))
        size = _piece(len(shards), workers)
        pieces = [shards[at : at + size] for at in range(0, len(shards), size)]
        runs = [partial(_run, source, plan, piece, ROWS_PER_SHARD) for piece in pieces]
        return _Reading(source.name, plan.schema, runs, rows, rows)
    wanted = _rows_wanted(sample, rows)
    size = max(min(wanted // PIECES, ROWS), LEAST_PIECE, rows // MOST_PIECES)
    plan = source.plan(rows_per_shard=size)
    number = min(max(math.ceil(wanted / size), 1), len(plan.shards))
    places = [(2 * i + 1) * len(plan.shards) // (2 * number) for i in range(number)]
    looked = sum(plan.shards[place].rows for place in places)
    how = f"a sample of {number:,} runs of up to {size:,} rows, spread evenly over {len(plan.shards):,}"
    runs = [partial(_run, source, plan, range(place, place + 1), size) for place in places]
    return _Reading(source.name, plan.schema, runs, looked, rows, how if number < len(plan.shards) else "")


def _piece(count: int, workers: int) -> int:
    """How many of `count` things a worker takes at once: one takes all of them, several each a fourth of its share."""
    return max(count if workers == 1 else -(-count // (4 * workers)), 1)


def _rows_wanted(sample: object, rows: int) -> int:
    if isinstance(sample, float) and 0 < sample <= 1:
        return math.ceil(sample * rows)
    if isinstance(sample, int) and not isinstance(sample, bool) and sample >= 1:
        return sample
    raise ArgumentError(
        f"got sample={sample!r}", expected="a share such as 0.1, a number of rows such as 100_000, or None for all"
    )


def _run(source: Source, plan: Plan, shards: range, cut: int) -> Iterator[pa.RecordBatch]:
    """The batches of some shards that follow each other."""
    from emberharmony.features.sources.source import Position

    left = sum(plan.shards[shard].rows for shard in shards)
    for batch in source.batches(Position(shards[0], 0), rows=ROWS, rows_per_shard=cut):
        yield batch.data
        left -= batch.data.num_rows
        if not left:
            return


def _sliced(table: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from table.to_batches(max_chunksize=ROWS)


def _gathered(reading: _Reading, workers: int, progress: Callable[[Event], None] | None) -> list[Evidence]:
    """The evidence of each column."""
    from emberharmony.features.flow.parallel import in_order
    from emberharmony.features.flow.progress import Progress

    meter = None if progress is None else Progress(reading.rows, progress, stage="types")
    look = partial(_look, schema=reading.schema, meter=meter)
    found = [Evidence.nothing(column) for column in reading.schema]
    for part in in_order(look, reading.runs, workers=workers) if workers > 1 else map(look, reading.runs):
        found = [before.merge(evidence) for before, evidence in zip(found, part, strict=True)]
    if meter is not None:
        meter.finish()
    return found


def _look(run: Callable[[], Iterator[pa.RecordBatch]], schema: pa.Schema, meter: Progress | None) -> list[Evidence]:
    found = [Evidence.nothing(column) for column in schema]
    for batch in run():
        for at in range(0, batch.num_rows, ROWS):
            piece = batch.slice(at, ROWS)
            for place, (column, before) in enumerate(zip(schema, found, strict=True)):
                most = MOST_VALUES if before.values is not None else 0
                found[place] = before.merge(Evidence.of(piece.column(place), column, most=most))
        if meter is not None:
            meter.add(batch.num_rows, batch.nbytes)
    return found
