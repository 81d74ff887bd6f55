"""Rows to what a network reads: scaled readings, one-hot categories, the hour of the day; cut by time into three parts.

"train" is learnt from, "val" is the calibration part, which says what is normal, "test" is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from emberharmony import features as ef
from emberharmony.demo.entities import Columns
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError
from emberharmony.features.outlook import explained

if TYPE_CHECKING:
    from emberharmony.demo.telemetry import Telemetry
    from emberharmony.features.gather import Entities
    from emberharmony.features.sources.source import Source

__all__ = ["columns_of", "make_features", "read_features"]

TICKS = "microseconds"  # a column to put rows in order by, where the time is a fraction
HEALTHY = 0.6  # the share of the rows that is not judged
CALIBRATION = 0.25  # the share of that which says what is normal
FEWEST = 20  # readings of a sensor, to learn from and to say what is normal
DAYS = 2 * 86_400.0  # in so many seconds the hour of the day can show what it does


def make_features(
    telemetry: Telemetry,
    profile: dict[str, Any],
    source: Source,
    folder: Path,
    *,
    workers: int,
    memory: str | int,
    progress: Callable[..., Any] | None,
) -> dict[str, Any]:
    """Write the features to `folder`, and tell where each comes from."""
    kind = source.schema().field(telemetry.time).type
    split = _split(telemetry, profile, kind)
    ways: dict[str, Any] = {"workers": workers, "memory": memory, "progress": progress}
    sensors = _heard(telemetry.time, profile["sensors"], source, split, workers)
    fitted, _ = ef.run(_pipeline(telemetry, profile, sensors, kind), source, split, folder / "parts", **ways)
    entities = read_features(telemetry, folder, **ways)
    contexts = [name for name in fitted.feature_names if name not in sensors]
    found = {row["feature"]: row for row in explained(fitted)}
    return {
        "rows": entities.row_estimate(),
        "sensors": sensors,
        "contexts": contexts,
        "provenance": [found[name] for name in (*sensors, *contexts)],
        "scales": {name: _scale(found[name]) for name in sensors},
    }


def columns_of(telemetry: Telemetry, profile: dict[str, Any], made: dict[str, Any]) -> Columns:
    """What the columns of the features are."""
    sensors, contexts = tuple(made["sensors"]), tuple(made["contexts"])
    return Columns(telemetry.time, telemetry.entity, telemetry.label, sensors, contexts, profile["is_moment"])


def read_features(telemetry: Telemetry, folder: Path, **ways: Any) -> Entities:
    """The features by entity and time, put in that order at the first call."""
    source = ef.read_parquet(folder / "parts")
    order = TICKS if TICKS in source.schema().names else telemetry.time
    return ef.by_entity(source, telemetry.entity, order, folder / "by_entity", **ways)


def _heard(time: str, sensors: list[str], source: Source, split: ef.TimeSplit, workers: int) -> list[str]:
    """The sensors that have readings to learn from, and later ones that say what is normal."""
    sides = ef.Pipeline([ef.Finite(sensors), ef.Keep([time, *sensors])]).fit(source, split, workers=workers)
    for side in ("train", "val"):
        counts = dict.fromkeys(sensors, 0)
        for batch in sides.stream(source, split=side, columns=sensors, workers=workers):
            for name in sensors:
                counts[name] += len(batch[name]) - batch[name].null_count
        sensors = [name for name in sensors if counts[name] >= FEWEST]
    if not sensors:
        raise SchemaError(
            "no sensor has readings both in the part that is learnt from and in the one that says what is normal",
            expected=f"{FEWEST} readings of one sensor in each",
            mend="more rows before the judged part: a longer file, or a later --held-from",
        )
    return sensors


def _pipeline(telemetry: Telemetry, profile: dict[str, Any], sensors: list[str], kind: pa.DataType) -> ef.Pipeline:
    time, contexts = telemetry.time, profile["contexts"]
    index = [name for name in (time, telemetry.entity) if name is not None]
    label = [telemetry.label] if telemetry.label is not None else []
    steps: list[Any] = [ef.Keep([*index, *label, *sensors, *contexts])]
    if pa.types.is_floating(kind):
        steps.append(ef.Finite([time]))
        steps.append(ef.Derive(TICKS, (ef.col(time) * 1e6).floor().cast("int64")))
        index.append(TICKS)
    steps += [ef.Finite(sensors), ef.StandardScale(sensors), ef.Cast(sensors, "float32")]
    if contexts:
        steps.append(ef.OneHot(contexts))
    if profile["is_moment"] and profile["last"] - profile["first"] >= DAYS and not pa.types.is_date(kind):
        steps.append(ef.Calendar([time], parts=("hour",), keep=True))
    return ef.Pipeline(steps, target=telemetry.label, index=index)


def _split(telemetry: Telemetry, profile: dict[str, Any], kind: pa.DataType) -> ef.TimeSplit:
    if telemetry.held_from is None:
        normal = round(HEALTHY * CALIBRATION, 6)
        return ef.TimeSplit(telemetry.time, train=round(HEALTHY - normal, 6), val=normal, test=round(1 - HEALTHY, 6))
    held = telemetry.held_from
    if isinstance(held, datetime) != profile["is_moment"]:
        raise ArgumentError(
            f"the judged part was said to begin at {held!r}, and the column {telemetry.time!r} is {kind}",
            expected="a time such as 2026-01-31T12:00" if profile["is_moment"] else "a number, as the column has",
        )
    cut = (held if held.tzinfo else held.replace(tzinfo=UTC)).timestamp() if isinstance(held, datetime) else held
    if not profile["first"] < cut <= profile["last"]:
        raise ArgumentError(
            f"the judged part was said to begin at {telemetry.held_from}",
            expected="a time after the first row, to learn from what is before it, and not after the last",
        )
    cuts = [profile["first"] + (1 - CALIBRATION) * (cut - profile["first"]), cut]
    if profile["is_moment"]:
        zoned = pa.types.is_timestamp(kind) and kind.tz is not None
        moments = [datetime.fromtimestamp(cut, UTC) for cut in cuts]
        val, test = (moment if zoned else moment.replace(tzinfo=None) for moment in moments)
        return ef.TimeSplit(telemetry.time, val, test)
    return ef.TimeSplit(telemetry.time, cuts[0], cuts[1])


def _scale(feature: dict[str, Any]) -> tuple[float, float]:
    """What was taken from the readings of a sensor, and what they were divided by."""
    own = next(each for each in feature["constants"] if each["transform"] == "StandardScale")
    return own["shift"], own["scale"]
