"""From the scores of a method to what is said about it, and from those of the detector to alarms."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from emberharmony.demo.stages.curves import curves
from emberharmony.demo.stages.judging import Alarm, Found, Method, labelled, raised
from emberharmony.demo.stages.scoring import scores_in
from emberharmony.demo.stages.signals import Scale, signals

if TYPE_CHECKING:
    from emberharmony.demo.entities import Columns
    from emberharmony.demo.telemetry import Stretch, Telemetry
    from emberharmony.features.gather import Entities
    from emberharmony.models import LiquidAnomalyDetector

__all__ = ["judged", "recalls"]

LOUDEST = 20  # alarms that the page lists
MOST_ROWS = 5_000_000  # that areas under curves are computed from: of more, one in so many


def judged(
    telemetry: Telemetry,
    source: Entities,
    columns: Columns,
    folders: Mapping[str, Path],
    detector: LiquidAnomalyDetector,
    names: Sequence[str],
    scales: Mapping[str, tuple[float, float]],
) -> dict[str, Any]:
    """All methods by the same truth, the alarms of the detector, which comes first, and signals that show them."""
    ours = next(iter(folders))
    truth = truth_of(folders[ours], columns, telemetry.truth)
    methods = {name: verdict(folder, columns, truth) for name, folder in folders.items()}
    levels = methods[ours]["levels"]
    alarms = alarms_of(folders[ours], columns, levels)
    loudest = sorted(alarms, key=lambda alarm: -alarm.peak)
    units = {name: Scale(*scale, telemetry.units.get(name, "")) for name, scale in scales.items()}
    faults = methods[ours].get("faults")
    return {
        "methods": methods,
        "alarms": len(alarms),
        "loudest": [{**alarm._asdict(), "sensor": columns.sensors[alarm.sensor]} for alarm in loudest[:LOUDEST]],
        "csv": as_csv(loudest, columns),
        "signals": signals(source, columns, detector, names, units, levels, faults, alarms),
    }


def truth_of(folder: Path, columns: Columns, truth: Sequence[Stretch] | None) -> list[Stretch] | None:
    """What is known to be wrong: as it was given, or by the labels in the scores."""
    if truth is not None or columns.label is None:
        return None if truth is None else list(truth)
    return [stretch for one in scores_in(folder, columns) for stretch in labelled(one)]


def verdict(folder: Path, columns: Columns, truth: list[Stretch] | None) -> dict[str, Any]:
    """Levels of the sensors, and with a truth the areas, the rate of false alarms, and every fault with its delay."""
    rows = sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))
    method = Method(truth, every=-(-rows // MOST_ROWS))
    for one in scores_in(folder, columns):
        method.gather(one)
    stated = method.stated
    found: dict[str, Any] = {"levels": stated.tolist(), "period": method.period}
    if truth is None:
        return found
    shapes, rate = curves(*method.scores), method.rate(stated)
    faults: list[Found] = []
    if rate is not None:
        equal = method.equalised
        faults = [fault for one in scores_in(folder, columns) for fault in method.found(one, columns.sensors, equal)]
    return {
        **found,
        "curves": None if shapes is None else shapes._asdict(),
        "rate": None if rate is None else rate._asdict(),
        "faults": [{**fault.fault._asdict(), "delay": fault.delay, "chance": fault.chance} for fault in faults],
    }


def recalls(faults: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How many were found, and after how long, by kind and amplitude: as the report takes it."""
    kinds = list(dict.fromkeys(fault["kind"] for fault in faults))
    known = {fault["amplitude"] for fault in faults} - {None}
    amplitudes = sorted(known) or [None]

    def cell(kind: str, amplitude: float | None) -> dict[str, Any]:
        own = [fault for fault in faults if (fault["kind"], fault["amplitude"]) == (kind, amplitude)]
        delays = [fault["delay"] for fault in own if fault["delay"] is not None]
        return {"found": len(delays), "total": len(own), "delay": median(delays) if delays else None}

    cells = [[cell(kind, amplitude) for amplitude in amplitudes] for kind in kinds]
    return {"kinds": kinds, "amplitudes": amplitudes, "cells": cells}


def alarms_of(folder: Path, columns: Columns, levels: Sequence[float]) -> list[Alarm]:
    """All alarms of the judged part, entity by entity."""
    return [alarm for one in scores_in(folder, columns) for alarm in raised(one, levels)]


def as_csv(alarms: Sequence[Alarm], columns: Columns) -> str:
    """The alarms as a table that any program opens, the loudest first."""

    def told(time: float) -> str:
        return (
            datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds")
            if columns.is_moment
            else f"{time:.17g}"
        )

    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["entity", "sensor", "begin", "end", "peak"])
    for alarm in alarms:
        times = (told(alarm.begin), told(alarm.end))
        table.writerow([alarm.entity, columns.sensors[alarm.sensor], *times, f"{alarm.peak:.4g}"])
    return out.getvalue()
