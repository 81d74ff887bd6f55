"""The features of one entity after the other, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.moments import seconds_of

if TYPE_CHECKING:
    from emberharmony.features.gather import Entities

__all__ = ["TEST", "TRAIN", "VAL", "Columns", "Entity", "entities", "one_by_one"]

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker
TRAIN, VAL, TEST = 0, 1, 2
SIDES = ("train", "val", "test")
MISSING = "(missing)"


@dataclass(frozen=True)
class Columns:
    """What the columns of the features are."""

    time: str
    entity: str | None
    label: str | None
    sensors: tuple[str, ...]
    contexts: tuple[str, ...]
    is_moment: bool  # whether times are moments, and not only numbers


@dataclass(frozen=True, eq=False)
class Entity:
    """The rows of one entity, in order of time; NumPy."""

    name: str
    times: Any  # (T,) float64, seconds
    values: Any  # (T, F) float32, nan where nothing was read
    context: Any  # (T, C) float32
    sides: Any  # (T,) int8: TRAIN, VAL or TEST
    labels: Any | None  # (T,) bool

    def __len__(self) -> int:
        return self.times.shape[0]

    @property
    def usual(self) -> float:
        """The seconds between two steps: the median, or where most come at the same time as another the mean."""
        with use_backend("numpy"):
            middle = float(ops.median(ops.diff(self.times))) if len(self) > 1 else 0.0
            return middle or float(self.times[-1] - self.times[0]) / max(len(self) - 1, 1) or 1.0

    @property
    def spans(self) -> Any:
        """The seconds since the step before (T,), float32; for the first step as many as usual."""
        with use_backend("numpy"):
            first = ops.asarray([self.usual], dtype="float64")
            return ops.astype(ops.concat([first, ops.diff(self.times)])[: len(self)], "float32")

    def part(self, first: int, last: int) -> Entity:
        """The rows from `first` up to, and not with, `last`."""
        rows = slice(first, last)
        arrays = (self.times[rows], self.values[rows], self.context[rows], self.sides[rows])
        return Entity(self.name, *arrays, None if self.labels is None else self.labels[rows])

    def copied(self) -> Entity:
        """The same, which keeps nothing alive that it is a part of."""
        arrays = (self.times, self.values, self.context, self.sides, self.labels)
        return Entity(self.name, *(None if x is None else ops.asarray(x, copy=True) for x in arrays))

    def begin(self, side: int) -> int:
        """The first row of a side, or how many rows there are before it."""
        with use_backend("numpy"):
            return int(ops.searchsorted(self.sides, ops.asarray(side, dtype="int8")))


def entities(source: Entities, columns: Columns) -> Iterator[Entity]:
    """Every entity, one at a time; rows without a time, or on no side, are left out."""
    kept = [columns.time, *columns.sensors, *columns.contexts, "split"]
    kept += [name for name in (columns.entity, columns.label) if name is not None]
    batches = (batch.data for batch in source.batches(columns=kept))
    for key, rows in one_by_one(batches, columns.entity):
        yield _entity(rows, key, columns)


def one_by_one(batches: Iterable[pa.RecordBatch], entity: str | None) -> Iterator[tuple[Any, pa.Table]]:
    """All rows of each entity, of batches in which they follow each other; without a column, all rows of all."""
    held: list[pa.RecordBatch] = []
    key: Any = None
    for batch in batches:
        for value, rows in _runs(batch, entity):
            if held and value != key:
                yield key, pa.Table.from_batches(held)
                held = []
            key = value
            held.append(rows)
    if held:
        yield key, pa.Table.from_batches(held)


def _runs(batch: pa.RecordBatch, entity: str | None) -> Iterator[tuple[Any, pa.RecordBatch]]:
    """Stretches of rows of the same entity."""
    if entity is None:
        yield None, batch
        return
    runs = pc.run_end_encode(_plain(batch[entity]))
    start = 0
    for value, stop in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield value, batch.slice(start, stop - start)
        start = stop


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _entity(rows: pa.Table, key: Any, columns: Columns) -> Entity:
    rows = rows.filter(pc.and_(rows[columns.time].is_valid(), rows["split"].is_valid())).combine_chunks()

    def floats(names: Sequence[str]) -> Any:
        if not names:
            return ops.zeros((rows.num_rows, 0), dtype="float32")
        read = [_array(rows[name]).cast(pa.float32()).to_numpy(zero_copy_only=False) for name in names]
        return ops.stack(read, axis=1)

    labels = None
    if columns.label is not None:
        wrong = _array(rows[columns.label])
        if pa.types.is_floating(wrong.type):  # nan says nothing
            wrong = pc.if_else(pc.is_nan(wrong), 0.0, wrong)
        labels = pc.fill_null(wrong if pa.types.is_boolean(wrong.type) else pc.not_equal(wrong, 0), False)
    with use_backend("numpy"):
        return Entity(
            name=MISSING if key is None and columns.entity is not None else "" if key is None else str(key),
            times=seconds_of(_array(rows[columns.time])),
            values=floats(columns.sensors),
            context=floats(columns.contexts),
            sides=_array(pc.index_in(rows["split"], pa.array(SIDES))).cast(pa.int8()).to_numpy(),
            labels=None if labels is None else labels.to_numpy(zero_copy_only=False),
        )


def _array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    made = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(made.chunks) if isinstance(made, pa.ChunkedArray) else made
