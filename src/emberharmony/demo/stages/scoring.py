"""Scores of every row from the calibration part on, piece by piece, in Parquet: a column a sensor.

A piece is a stretch of an entity with what comes before it, so that what a method remembers is there when it counts.
Neither time nor memory depends on how long an entity is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.entities import TEST, VAL, Columns, Entity, entities, one_by_one
from emberharmony.features.parts import published

if TYPE_CHECKING:
    from emberharmony.features.flow.progress import Event
    from emberharmony.features.gather import Entities

__all__ = ["ROW", "Piece", "Scored", "Scorer", "pieces", "scores_in", "write_scores"]

LEAD = 4096  # usual steps before a piece, and as many rows: longer than what the detector remembers
SECONDS = 1800.0  # before a piece: what the moving z-score remembers
LENGTH = 65_536  # rows of a piece
TOGETHER = 8  # pieces
ROW, OF = "score", "score of "  # the columns of the score of a row, and of those of its sensors


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows of an entity, of which the first `lead` are there to be remembered, and are not judged."""

    entity: Entity
    lead: int


@dataclass(frozen=True, eq=False)
class Scored:
    """One entity: the score of each row, and of each sensor in it; larger is more anomalous. NumPy."""

    name: str
    times: Any  # (T,)
    sides: Any  # (T,): VAL or TEST
    rows: Any  # (T,)
    sensors: Any  # (T, F)
    labels: Any | None  # (T,)


Scorer = Callable[[Sequence[Piece]], Sequence[tuple[Any, Any]]]
"""Of pieces the scores of rows and of sensors, each (T,) and (T, F), with those of the lead."""


def pieces(source: Entities, columns: Columns, share: float) -> Iterator[Piece]:
    """Everything from the calibration part on; of that part the last `share`."""
    for one in entities(source, columns):
        test = one.begin(TEST)
        start = test - round((test - one.begin(VAL)) * share)
        memory = max(LEAD * one.usual, SECONDS)
        for first in range(start, len(one), LENGTH):
            before = min(max(first - LEAD, 0), _remembered(one, first, memory))
            yield Piece(one.part(before, min(first + LENGTH, len(one))), first - before)


def _remembered(one: Entity, first: int, memory: float) -> int:
    """The row from which on all is known that counts at the row `first`: so long before, and a reading of each sensor.

    A sensor that was not read for the length of a piece is forgotten.
    """
    with use_backend("numpy"):
        early = max(int(ops.searchsorted(one.times, one.times[first] - memory)) - 1, 0)
        latest = max(first - LENGTH, 0)
        for f in range(one.values.shape[1]):
            read = ops.nonzero(~ops.isnan(one.values[latest:first, f]))[0]
            early = min(early, latest + int(read[-1])) if len(read) else early
        return early


def write_scores(
    source: Entities,
    columns: Columns,
    share: float,
    scorer: Scorer,
    folder: Path,
    progress: Callable[[Event], None] | None,
    stage: str,
) -> dict[str, Any]:
    """Write the scores to `folder`, a file for every few pieces, where it is not there yet."""
    from emberharmony.features.flow.progress import Progress

    rows = 0
    folder.mkdir(exist_ok=True)
    with Progress(None, progress, stage=stage) as told:
        left = pieces(source, columns, share)
        for number, group in enumerate(iter(lambda: list(islice(left, TOGETHER)), [])):
            name = f"part-{number:06d}.parquet"
            if not (folder / name).exists():
                published(folder, name, partial(_write, group, scorer, columns))
            size = sum(len(piece.entity) - piece.lead for piece in group)
            rows += size
            told.add(size)
    return {"rows": rows}


def scores_in(folder: Path, columns: Columns) -> Iterator[Scored]:
    """What `write_scores` wrote, entity by entity."""
    sensors = [f"{OF}{name}" for name in columns.sensors]
    names = ["time", "side", ROW, *sensors, *([] if columns.label is None else ["label"])]
    batches = (batch for path in sorted(folder.glob("*.parquet")) for batch in pq.ParquetFile(path).iter_batches())
    for name, table in one_by_one(batches, "entity"):
        times, sides, rows, *rest = (table[which].to_numpy() for which in names)
        labels = None if columns.label is None else rest.pop()
        with use_backend("numpy"):
            yield Scored(name, times, sides, rows, ops.stack(rest, axis=1), labels)


def _write(group: Sequence[Piece], scorer: Scorer, columns: Columns, path: Path) -> int:
    kinds = [("entity", pa.string()), ("time", pa.float64()), ("side", pa.int8()), (ROW, pa.float32())]
    kinds += [(f"{OF}{name}", pa.float32()) for name in columns.sensors]
    if columns.label is not None:
        kinds.append(("label", pa.bool_()))
    schema = pa.schema(kinds)
    count = 0
    with pq.ParquetWriter(path, schema) as file:
        for piece, (rows, sensors) in zip(group, scorer(group), strict=True):
            one, lead = piece.entity, piece.lead
            read = [one.times, one.sides, rows, *(sensors[:, f] for f in range(len(columns.sensors)))]
            if columns.label is not None:
                read.append(one.labels)
            arrays = [pa.array(x[lead:], kind) for x, (_, kind) in zip(read, kinds[1:], strict=True)]
            size = len(one) - lead
            file.write_batch(pa.record_batch([pa.repeat(pa.scalar(one.name), size), *arrays], schema=schema))
            count += size
    return count
