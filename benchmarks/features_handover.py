"""Claim: an Arrow batch of 131,072 rows and 16 float32 columns becomes a tensor at 25 million rows a second or more on
every backend and in both layouts, in at most 1.25 times the time of NumPy's own packing on the same memory; a loader
that shuffles hands out batches of 4,096 rows at 4 million rows a second or more, from memory.

`nothing` is an empty call: a goal in milliseconds is the time of a call without it. CPU time of all threads, so that
what a prefetching thread does is counted too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

import emberharmony
from benchmarks import harness
from benchmarks.harness import Goal
from emberharmony import ops
from emberharmony.features.handover import Loader, to_tensor

ROWS, COLUMNS = 131_072, 16
MILLION_A_SECOND = ROWS / 1e6 * 1e9  # nanoseconds for the batch at a million rows a second


def batch(kind: str) -> pa.RecordBatch:
    numbers = np.random.default_rng(0).standard_normal((COLUMNS, ROWS))
    return pa.record_batch([column.astype(kind) for column in numbers], names=[f"c{i}" for i in range(COLUMNS)])


def packed(data: pa.RecordBatch, layout: str) -> np.ndarray:
    """What a NumPy program does."""
    stacked = np.stack([column.to_numpy() for column in data.columns]).astype("float32", copy=False)
    return stacked if layout == "columns" else np.ascontiguousarray(stacked.T)


def tensors(kind: str, layout: str) -> dict[str, Callable[[], object]]:
    data = batch(kind)
    calls: dict[str, Callable[[], object]] = {"numpy by hand": lambda: packed(data, layout)}
    for name in emberharmony.available_backends():
        calls[name] = lambda name=name: ops.synchronize(to_tensor(data, layout=layout, backend=name, device="cpu"))
        np.testing.assert_array_equal(ops.to_numpy(calls[name]()), packed(data, layout))
    return calls | {"nothing": lambda: None}


def goals(calls: dict[str, Callable[[], object]]) -> list[Goal]:
    names = [name for name in calls if name not in ("numpy by hand", "nothing")]
    bars = [Goal(name, minus="nothing", at_most=MILLION_A_SECOND / 25) for name in names]
    return [*bars, Goal("numpy", over="numpy by hand", at_most=1.25)]


def loaders() -> dict[str, Callable[[], object]]:
    table = pa.Table.from_batches([batch("float32")] * 4)

    def by_hand() -> None:
        rows = np.ascontiguousarray(np.stack([column.to_numpy() for column in table.columns]).T)
        order = np.random.default_rng(0).permutation(len(rows))
        for i in range(0, len(rows), 4096):
            np.take(rows, order[i : i + 4096], axis=0)

    def ours() -> None:
        loader = Loader(table, 4096, shuffle_key=ops.random.key(0), block_rows=ROWS, buffer_blocks=4, backend="numpy")
        assert sum(len(rows) for rows in loader) == table.num_rows

    return {"numpy by hand": by_hand, "loader": ours, "nothing": lambda: None}


def main() -> int:
    tables = {}
    for kind in ("float32", "float64"):
        for layout in ("columns", "rows"):
            calls = tensors(kind, layout)
            times = harness.measure(calls, clock=time.process_time)
            tables[f"{ROWS} x {COLUMNS} of {kind}, layout={layout!r}"] = (times, goals(calls))
    times = harness.measure(loaders(), rounds=11, clock=time.process_time)
    bars = [Goal("loader", minus="nothing", at_most=4 * MILLION_A_SECOND / 4)]
    tables[f"{4 * ROWS} x {COLUMNS} shuffled, batches of 4096"] = (times, bars)
    return harness.show(__doc__, tables, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
