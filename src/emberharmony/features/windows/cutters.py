"""Windows out of a stream: what is kept between two batches so that no cut of the stream can be seen in them.

`Single` is for one series, whose rows stay together; `Many` for interleaved series, and where times are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from emberharmony import _core, ops
from emberharmony.backend.host import empty
from emberharmony.features.errors import BadRowError, CheckpointMismatchError
from emberharmony.features.windows.batch import Batch
from emberharmony.features.windows.frames import Cut, frames, window_count
from emberharmony.features.windows.memory import host

__all__ = ["Many", "Piece", "Single"]


class Piece(NamedTuple):
    """The windows that a batch completes: those of `rows` under `cut`, and the row of the batch that ends each."""

    rows: Any  # (n, features of a row) in NumPy
    cut: Cut
    ends: Any  # (m,) int64 in NumPy
    are_windows: bool  # each row is a window, in memory that nobody else has

    def windows(self, window: int) -> Any:
        """(m, window, f)."""
        whole = self.rows if self.are_windows else frames(self.rows, *self.cut)
        features = self.rows.shape[1] * self.cut.window // window
        return ops.reshape(whole, (len(self.ends), window, features))


class Single:
    """One series: the rows that the next window needs stand before the next batch."""

    def __init__(self, features: int, cut: Cut, dtype: str) -> None:
        self.cut, self.kept = cut, empty((0, features), dtype)
        self.skip = 0  # rows to come before the next window starts

    def push(self, batch: Batch) -> Piece:
        """The windows that end in this batch."""
        x, before = batch.matrix, len(self.kept)
        joined = ops.concat([self.kept, x]) if before else x
        rows = joined[min(self.skip, len(joined)) :]
        count = window_count(len(rows), *self.cut)
        start = self.skip + count * self.cut.hop
        self.kept, self.skip = joined[start:].copy(), max(0, start - len(joined))
        first = start - count * self.cut.hop + self.cut.span - 1 - before
        ends = host(ops.arange(count, dtype="int64"), "int64") * self.cut.hop + first
        return Piece(rows, self.cut, ends, are_windows=False)

    def flush(self) -> None:
        """The series has ended: the next row is the first of another."""
        self.kept, self.skip = self.kept[:0], 0

    def state(self) -> dict[str, Any]:
        """What `load` needs to go on."""
        return {"skip": self.skip, "rows": pa.array(self.kept.reshape(-1))}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken."""
        kept = state["rows"].to_numpy().astype(self.kept.dtype)
        if kept.size % self.kept.shape[1] or kept.size // self.kept.shape[1] >= self.cut.span:
            raise CheckpointMismatchError(
                f"a state of {kept.size} numbers for windows {self.cut} of {self.kept.shape[1]} features",
                expected="the state of a stream that was cut in the same way",
            )
        self.kept, self.skip = kept.reshape(-1, self.kept.shape[1]), int(state["skip"])


class Many:
    """Any number of series, each with its own count of rows; a series starts anew after a gap in time."""

    def __init__(self, features: int, cut: Cut, dtype: str) -> None:
        self.features, self.cut, self.dtype = features, cut, dtype
        self.framer = _core.WindowFramer(features, cut, dtype == "float64")

    def push(self, batch: Batch) -> Piece:
        """The windows that end in this batch, in the order of their last rows."""
        series = 1
        if batch.codes is not None:
            series = int(batch.codes.max()) + 1 if batch.rows else 0
        bound = self.framer.bound(batch.rows, series)
        out, ends = empty((bound, self.features * self.cut.window), self.dtype), empty((bound,), "int64")
        made, trouble = self.framer.push(batch.data, batch.codes, batch.times, batch.gap, out, ends)
        if trouble is not None:
            row, backwards = trouble
            when = batch.stamps[row].as_py() if batch.stamps is not None else batch.times[row]
            whose = "" if batch.keys is None else f" of {batch.keys[row].as_py()!r}"
            what = "is earlier than the row before it" if backwards else "is no time"
            raise BadRowError(
                f"row {row}{whose}: {when} {what}",
                expected="the rows of a series in the order of their times",
                mend="sort the table by key and time; flush() first, where another stream begins",
            )
        return Piece(out[:made], Cut(1), ends[:made], are_windows=True)

    def flush(self) -> None:
        """All series have ended."""
        self.framer.flush()

    def state(self) -> dict[str, Any]:
        """What `load` needs to go on."""
        counts, offsets, rows = (pa.py_buffer(part) for part in self.framer.state())
        kind = pa.float64() if self.dtype == "float64" else pa.float32()
        return {
            "counts": pa.Array.from_buffers(pa.int64(), counts.size // 8, [None, counts]),
            "offsets": pa.Array.from_buffers(pa.int64(), offsets.size // 8, [None, offsets]),
            "rows": pa.Array.from_buffers(kind, rows.size * 8 // kind.bit_width, [None, rows]),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken."""
        parts = [state[name].to_numpy() for name in ("counts", "offsets", "rows")]
        try:
            self.framer = _core.WindowFramer.restored(self.features, self.cut, self.dtype == "float64", *parts)
        except (TypeError, ValueError) as error:
            raise CheckpointMismatchError(
                f"a state that does not fit windows {self.cut} of {self.features} {self.dtype} features: {error}",
                expected="the state of a stream that was cut in the same way",
            ) from error
