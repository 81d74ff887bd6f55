"""What is in the rows, and what each column is good for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.moments import is_moment, tick_of
from emberharmony.features.errors import SchemaError

if TYPE_CHECKING:
    from emberharmony.demo.telemetry import Telemetry
    from emberharmony.features.sources.source import Source
    from emberharmony.features.types.report import ColumnType

__all__ = ["profile"]

NUMBERS = ("continuous", "integer", "count")
CLASSES = ("categorical", "ordinal", "boolean")
MOST_CLASSES = 32  # of a column that tells the network what is going on
MOST_SENSORS = 64  # each is hidden once, in a copy of every row
BINS = 24
RESERVED = ("split", "microseconds")  # columns that the features have


def profile(telemetry: Telemetry, source: Source, workers: int, progress: Callable[..., Any] | None) -> dict[str, Any]:
    """Types and distributions of all columns, and their roles: `sensors`, `contexts`, and why others are left out."""
    from emberharmony.features import detect_types

    schema = source.schema()
    _check(telemetry, schema)
    if not source.plan().rows:
        raise SchemaError(f"{source.name} has no rows", expected="some hundred of them at least")
    found = detect_types(source, workers=workers, progress=progress)
    named = (telemetry.time, telemetry.entity, telemetry.label)
    left: dict[str, str] = {}
    sensors: list[str] = []
    contexts: list[str] = []
    for name, column in found.items():
        if name in named:
            continue
        chosen = telemetry.sensors is None or name in telemetry.sensors
        named_so = telemetry.sensors is not None and chosen and _is_number(schema.field(name).type)
        if named_so or (column.type in NUMBERS and chosen):
            sensors.append(name)
        elif column.type in CLASSES and column.evidence.distinct <= MOST_CLASSES:
            contexts.append(name)
        else:
            left[name] = "it was not chosen" if not chosen else f"it is {column.type}: {column.reason}"
    _check_sensors(telemetry, sensors, left)
    for name in (*sensors, *contexts, *filter(None, named)):
        if name in RESERVED:
            raise SchemaError(
                f"the table has a column {name!r}, as one of the features is called",
                expected="another name",
                mend=f"rename it, for instance to {name + '_'!r}",
            )
    histograms, means = _distributions(source, [(name, found[name]) for name in sensors])
    about = [_about(column, histograms.get(column.name), means.get(column.name)) for column in found.values()]
    kind, time = schema.field(telemetry.time).type, found[telemetry.time].evidence
    first, last = ((end or 0) * tick_of(kind) for end in (time.low, time.high))
    return {
        "rows": found.of_rows,
        "entities": 1 if telemetry.entity is None else found[telemetry.entity].evidence.distinct,
        "first": first,
        "last": last,
        "is_moment": is_moment(kind),
        "columns": about,
        "sensors": sensors,
        "contexts": contexts,
        "left": left,
    }


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _check(telemetry: Telemetry, schema: pa.Schema) -> None:
    """The columns that were named are there, and can be what they were named for."""
    given = {"the time": telemetry.time, "the entity": telemetry.entity, "the label": telemetry.label}
    named = [name for name in given.values() if name is not None]
    if len({*named}) < len(named):
        raise SchemaError(f"one column was named twice: {given}", expected="a column of its own for each")
    for what, name in [*given.items(), *(("a sensor", name) for name in telemetry.sensors or ())]:
        if name is not None and name not in schema.names:
            raise SchemaError(
                f"the table has no column {name!r}, which was named as {what}",
                expected=f"one of {', '.join(schema.names[:30])}" + (", ..." if len(schema.names) > 30 else ""),
            )
    kind = schema.field(telemetry.time).type
    if not (is_moment(kind) or _is_number(kind)):
        raise SchemaError(
            f"the column {telemetry.time!r}, named as the time, is {kind}",
            expected="moments, dates or numbers of seconds; text in a CSV is read as moments where it is ISO 8601",
            mend="write it like 2026-01-31 12:00:00, or as seconds",
        )
    if telemetry.label is not None:
        kind = schema.field(telemetry.label).type
        if not (pa.types.is_boolean(kind) or _is_number(kind)):
            raise SchemaError(
                f"the column {telemetry.label!r}, named as the label, is {kind}",
                expected="booleans, or numbers that are not 0 where something is wrong",
            )


def _check_sensors(telemetry: Telemetry, sensors: Sequence[str], left: dict[str, str]) -> None:
    missing = [name for name in telemetry.sensors or () if name not in sensors]
    if missing:
        raise SchemaError(
            f"the column {missing[0]!r} was chosen as a sensor",
            expected="columns of measured numbers",
            mend=f"leave it out: {left[missing[0]]}" if missing[0] in left else "leave it out: it holds categories",
        )
    if not sensors:
        reasons = "; ".join(f"{name}: {why}" for name, why in left.items())
        raise SchemaError("the table has no column of measured numbers to judge", expected=f"one at least ({reasons})")
    if len(sensors) > MOST_SENSORS:
        raise SchemaError(
            f"the table has {len(sensors)} columns of measured numbers",
            expected=f"{MOST_SENSORS} at most at a time: each is told by all the others",
            mend=f"choose those that belong together: --sensors {','.join(sensors[:3])},...",
        )


def _distributions(
    source: Source, columns: list[tuple[str, ColumnType]]
) -> tuple[dict[str, list[int]], dict[str, float]]:
    """Counts in equal bins between the extremes, and means, in one pass."""
    counts, sums, sizes = {name: [0] * BINS for name, _ in columns}, dict[str, float](), dict[str, int]()
    with use_backend("numpy"):
        for batch in source.batches(columns=[name for name, _ in columns]):
            for name, column in columns:
                x = batch.data[name].cast(pa.float64(), safe=False).drop_null().to_numpy()
                x = x[ops.isfinite(x)]
                low, high = float(column.evidence.low or 0), float(column.evidence.high or 0)
                place = ops.astype(ops.clip((x - low) * (BINS / (high - low or 1.0)), 0, BINS - 1), "int64")
                found = ops.bincount(place, length=BINS).tolist()
                counts[name] = [a + b for a, b in zip(counts[name], found, strict=True)]
                sums[name] = sums.get(name, 0.0) + float(ops.sum(x))
                sizes[name] = sizes.get(name, 0) + x.shape[0]
    return counts, {name: total / sizes[name] for name, total in sums.items() if sizes[name]}


def _about(column: ColumnType, histogram: list[int] | None, mean: float | None) -> dict[str, Any]:
    seen = column.evidence
    is_number = column.type in NUMBERS
    return {
        "name": column.name,
        "type": column.type,
        "confidence": column.confidence,
        "reason": column.reason,
        "missing": (seen.nulls + seen.nans) / seen.rows if seen.rows else None,
        "low": seen.low if is_number else None,
        "high": seen.high if is_number else None,
        "mean": mean,
        "histogram": histogram,
    }
