"""A histogram counted by the Rust core: columns of float64 go there as they lie in Arrow's memory."""

from __future__ import annotations

from array import array

import pyarrow as pa

from emberharmony import _core
from emberharmony.features.errors import SourceError
from emberharmony.features.statistics import BIN_BITS, Grid

BINS = (1 << (BIN_BITS - 1)) + 1  # one bit of the place is free; the highest value may round up to the next power
WORDS = 4  # of a bin: values, sum of rests, sum of their squares in two words


class Bins:
    """What the values seen so far make of each bin: how many, sum of rests, sum of their squares."""

    def __init__(self, grid: Grid) -> None:
        self._grid = (grid.low, *grid.factors)
        self._words = array("Q", bytes(8 * WORDS * BINS))

    def add(self, column: pa.Array) -> None:
        """Count the values of a float64 column that are not null."""
        if column.null_count == len(column):
            return
        present, data = (None if buffer is None else memoryview(buffer).cast("B") for buffer in column.buffers())
        assert data is not None
        try:
            _core.fold_bins(data, present, (column.offset, len(column)), self._grid, self._words)
        except ValueError as error:
            raise SourceError(
                f"the rows are not those of the pass before: {error}",
                expected="a source that stays as it is while it is read",
                mend="fit again when nothing writes to it, or stage it first: ef.stage(source, folder)",
            ) from error

    def answer(self) -> dict[int, tuple[int, int, int]]:
        """The bins that hold a value."""
        words = self._words
        found = ((place, words[at : at + WORDS]) for place, at in enumerate(range(0, len(words), WORDS)) if words[at])
        return {place: (count, rests, low + (high << 64)) for place, (count, rests, low, high) in found}
