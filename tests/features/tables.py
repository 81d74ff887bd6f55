"""Tables for tests: every kind of column, drawn from a seed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

KINDS = ["a", "b'", 'c"x', "other one", "ünï", ""]
START = datetime(2024, 1, 31, 23, 50)


def telemetry(rows: int, seed: int = 0, *, entities: int = 20, missing: float = 0.1) -> pa.Table:
    """Numbers with nulls and NaN, categories, text, booleans, times with and without a zone, an entity and a label."""
    rng = np.random.default_rng(seed)
    x = rng.normal(1e6, 3.0, rows)
    x[rng.random(rows) < missing / 2] = np.nan
    times = [START + timedelta(minutes=7 * i) for i in range(rows)]
    return pa.table(
        {
            "id": pa.array(rng.integers(0, entities, rows)),
            "t": pa.array(times, pa.timestamp("us")),
            "at": pa.array([t.replace(tzinfo=UTC) for t in times], pa.timestamp("us", "UTC")),
            "x": pa.array(x, mask=rng.random(rows) < missing / 2),
            "y": pa.array(rng.normal(size=rows).astype("f4")),
            "n": pa.array(rng.integers(-3, 9, rows).astype("i2"), mask=rng.random(rows) < missing),
            "kind": pa.array(rng.choice(KINDS, rows), mask=rng.random(rows) < missing),
            "flag": pa.array(rng.random(rows) < 0.3),
            "note": pa.array(
                rng.choice(["Hello World 12!", "", "a b", "ZZ top"], rows), mask=rng.random(rows) < missing
            ),
            "label": pa.array(rng.integers(0, 2, rows)),
        }
    )
