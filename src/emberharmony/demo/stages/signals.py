"""Signals that are worth a look: the readings of a sensor, what the network expected, its score, faults and alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.entities import TEST, Columns, Entity, entities
from emberharmony.demo.stages.scoring import LEAD
from emberharmony.demo.stages.training import told

if TYPE_CHECKING:
    from emberharmony.demo.stages.judging import Alarm
    from emberharmony.features.gather import Entities
    from emberharmony.models import LiquidAnomalyDetector

__all__ = ["Scale", "signals"]

MOST = 6
AROUND = 6000  # rows on either side
SURE = 2.576  # standard deviations on either side hold 99 % of a bell


class Scale(NamedTuple):
    """Where the readings of a sensor were put: `(x - shift) / scale`."""

    shift: float
    scale: float
    unit: str


class Place(NamedTuple):
    """An hour worth a look."""

    entity: str
    sensor: str
    time: float


def signals(
    source: Entities,
    columns: Columns,
    detector: LiquidAnomalyDetector,
    names: Sequence[str],
    scales: Mapping[str, Scale],
    levels: Sequence[float],
    truth: Sequence[Mapping[str, Any]] | None,
    alarms: Sequence[Alarm],
) -> list[dict[str, Any]]:
    """At most six, as the report draws them: of faults one of each kind, the largest; else the highest alarms."""
    places = _places(columns, truth, alarms)
    found: dict[Place, dict[str, Any]] = {}
    for one in entities(source, columns):
        for place in places:
            if place.entity == one.name:
                found[place] = _signal(one, place, columns, detector, names, scales, levels, truth, alarms)
    return [found[place] for place in places if place in found]


def _places(columns: Columns, truth: Sequence[Mapping[str, Any]] | None, alarms: Sequence[Alarm]) -> list[Place]:
    loudest = sorted(alarms, key=lambda alarm: -alarm.peak)
    chosen = [Place(alarm.entity, columns.sensors[alarm.sensor], alarm.begin) for alarm in loudest]
    if truth:
        largest = sorted(truth, key=lambda fault: (-(fault["amplitude"] or 0), fault["delay"] is None, fault["begin"]))
        known = [Place(f["entity"], f["sensor"], f["begin"]) for f in _one_of_each(largest) if f["sensor"] is not None]
        chosen = [*known, *chosen]
    first = {(place.entity, place.sensor): place for place in reversed(chosen)}  # the first of each signal
    return [place for place in chosen if first[place.entity, place.sensor] is place][:MOST]


def _one_of_each(faults: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One of each kind, each of another signal where that is possible."""
    kinds: dict[str, Mapping[str, Any]] = {}
    used: set[tuple[str, str]] = set()
    for fault in faults:
        signal = fault["entity"], fault["sensor"]
        if fault["kind"] not in kinds and signal not in used:
            kinds[fault["kind"]] = fault
            used.add(signal)
    return list(kinds.values())


def _signal(
    one: Entity,
    place: Place,
    columns: Columns,
    detector: LiquidAnomalyDetector,
    names: Sequence[str],
    scales: Mapping[str, Scale],
    levels: Sequence[float],
    truth: Sequence[Mapping[str, Any]] | None,
    alarms: Sequence[Alarm],
) -> dict[str, Any]:
    f = columns.sensors.index(place.sensor)
    scale = scales[place.sensor]
    with use_backend("numpy"):
        at = int(ops.searchsorted(one.times, ops.asarray(place.time, dtype="float64")))
    begin, end = max(at - AROUND, one.begin(TEST)), min(at + AROUND, len(one))
    before = max(begin - LEAD, 0)
    given = {name: x[0] for name, x in told([one.part(before, end)], names).items()}
    mean, spread = (x[begin - before :, f] for x in detector.expect(**given))
    scores = detector.explain(**given)[begin - before :, f] / float(levels[f])
    with use_backend("numpy"):
        seen = ~ops.isnan(one.values[begin:end, f])  # between two readings there is nothing to draw
        times = one.times[begin:end][seen].tolist()
        columns_ = [one.values[begin:end, f] * scale.scale + scale.shift, mean * scale.scale + scale.shift]
        columns_ += [spread * (scale.scale * SURE), scores]
        value, expected, band, score = (ops.astype(x[seen], "float64").tolist() for x in columns_)

    def inside(a: float, b: float) -> bool:
        return bool(times) and a <= times[-1] and b >= times[0]

    own = [fault for fault in truth or () if fault["entity"] == one.name and fault["sensor"] in (place.sensor, None)]
    return {
        "entity": one.name,
        "sensor": place.sensor,
        "unit": scale.unit,
        "time": times,
        "value": value,
        "expected": expected,
        "band": band,
        "score": score,
        "threshold": 1.0,
        "faults": None
        if truth is None
        else [
            {name: fault[name] for name in ("begin", "end", "kind", "amplitude")}
            for fault in own
            if inside(fault["begin"], fault["end"])
        ],
        "alarms": [
            {"begin": alarm.begin, "end": alarm.end, "peak": alarm.peak}
            for alarm in alarms
            if (alarm.entity, alarm.sensor) == (one.name, f) and inside(alarm.begin, alarm.end)
        ],
    }
