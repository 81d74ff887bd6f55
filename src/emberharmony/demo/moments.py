"""Columns of time as seconds."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute

from emberharmony import ops
from emberharmony.backend.registry import use_backend

__all__ = ["is_moment", "seconds_of", "tick_of"]

pc: Any = pyarrow.compute  # its functions are made when it is imported, out of sight of a type checker
TICKS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
DAY = 86_400.0


def is_moment(kind: pa.DataType) -> bool:
    """Whether values of a type are moments: numbers are times as well, but nobody knows since when.

    >>> is_moment(pa.timestamp("us")), is_moment(pa.int64())
    (True, False)
    """
    return pa.types.is_timestamp(kind) or pa.types.is_date(kind)


def tick_of(kind: pa.DataType) -> float:
    """The seconds between two neighbouring values of a type; 1 for numbers, which are seconds.

    >>> tick_of(pa.timestamp("ms")), tick_of(pa.date32()), tick_of(pa.float64())
    (0.001, 86400.0, 1.0)
    """
    if pa.types.is_date32(kind):
        return DAY
    if pa.types.is_date64(kind):
        return TICKS["ms"]
    return TICKS[kind.unit] if pa.types.is_timestamp(kind) else 1.0


def seconds_of(times: pa.Array) -> Any:
    """The seconds since 1970 of moments and dates; numbers as they are. NumPy float64, nan where there is none.

    >>> from datetime import datetime
    >>> seconds_of(pa.array([datetime(1970, 1, 2), None], pa.timestamp("ms"))).tolist()
    [86400.0, nan]
    """
    kind = times.type
    if is_moment(kind):
        times = times.cast(pa.int32() if pa.types.is_date32(kind) else pa.int64())
    with use_backend("numpy"):
        return ops.multiply(pc.cast(times, pa.float64(), safe=False).to_numpy(zero_copy_only=False), tick_of(kind))
