"""How good a method is: the same questions to the scores of every method, whatever they are in.

The rows of an entity are cut into slots of `SLOT`. A slot is an alarm of a sensor where its highest score is above the
sensor's level. Slots that touch no fault of the entity, nor the time just after one, are normal: an alarm there is
false. The stated rate is one false alarm of a sensor in `PERIOD` slots: a day, where a row comes every 10 seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.entities import TEST, VAL
from emberharmony.demo.stages.counts import NEEDED, Rate, interval, level
from emberharmony.demo.telemetry import Stretch

if TYPE_CHECKING:
    from emberharmony.demo.stages.scoring import Scored

__all__ = ["PERIOD", "SLOT", "Alarm", "Found", "Method", "labelled", "raised"]

SLOT, PERIOD = 60, 144
AFTER = 2  # slots after a fault in which a method may still remember it
FEWEST = 8  # entities that are clusters of alarms; of fewer, their stretches of a period are


class Found(NamedTuple):
    """A fault, after how many seconds the first alarm came (None: none), and how probable one was by mere chance."""

    fault: Stretch
    delay: float | None
    chance: float


class Slots(NamedTuple):
    """Slots of one side: their highest scores, whose they are, and which period of the side they lie in."""

    tops: Any  # (n, F + 1): of the sensors, and of the row as a whole
    entity: Any  # (n,)
    block: Any  # (n,)


class Alarm(NamedTuple):
    """A sensor's score was above its level, slot after slot; `peak` is the highest score over the level."""

    entity: str
    sensor: int
    begin: float
    end: float
    peak: float


@dataclass
class Method:
    """What is gathered about the scores of one method, entity after entity; `truth` is None where nobody knows it.

    First `gather` every entity; then ask for levels and rates, and with levels for what was `found` in each.
    """

    truth: Sequence[Stretch] | None
    every: int = 1  # of so many judged rows one counts for the areas under curves
    _normal: list[Slots] = field(default_factory=list[Slots])  # those of the calibration part
    _judged: list[Slots] = field(default_factory=list[Slots])
    _rows: list[Any] = field(default_factory=list[Any])
    _wrong: list[Any] = field(default_factory=list[Any])
    _entities: int = 0
    _own: dict[str, list[Stretch]] = field(default_factory=dict[str, list[Stretch]])

    def __post_init__(self) -> None:
        for fault in self.truth or ():
            self._own.setdefault(fault.entity, []).append(fault)

    def gather(self, one: Scored) -> None:
        """Take in one entity. Nothing is known of the calibration part but its scores: no label chooses from it."""
        with use_backend("numpy"):
            wrong = wrong_rows(self._own.get(one.name, ()), one)
            for side in (VAL, TEST):
                chosen = one.sides == side
                if not bool(ops.any(chosen)):
                    continue
                tops = in_slots(_with_rows(one)[chosen])
                marks = ops.ones(tops.shape[0], dtype="bool") if side == VAL else normal_slots(wrong[chosen])
                blocks = ops.arange(tops.shape[0])[marks] // PERIOD
                slots = Slots(tops[marks], ops.full_like(blocks, self._entities), blocks)
                if side == VAL:
                    self._normal.append(slots)
                    continue
                self._judged.append(slots)
                self._rows.append(one.rows[chosen][:: self.every])
                self._wrong.append(wrong[chosen][:: self.every])
            self._entities += 1

    @property
    def period(self) -> int:
        """In so many slots one false alarm is stated: `PERIOD`, or where less was seen, what can be vouched for."""
        return max(1, min(PERIOD, int(sum(len(slots.tops) for slots in self._normal) / NEEDED)))

    @property
    def stated(self) -> Any:
        """Levels (F + 1,) by the calibration part alone: the stated rate is one that we are sure not to exceed.

        The more the entities differ in their rates, and the fewer they are, the higher the levels.
        """
        with use_backend("numpy"):
            slots = _joined(self._normal)
            own = _clusters(slots)
            levels = [level(slots.tops[:, f], own, self.period) for f in range(slots.tops.shape[1])]
            return ops.asarray(levels, dtype=slots.tops.dtype)

    @property
    def equalised(self) -> Any:
        """Levels (F + 1,) that give the stated rate on the judged part, or just less: to compare, not to use."""
        with use_backend("numpy"):
            tops = _joined(self._judged).tops
            n = tops.shape[0]
            return ops.sort(tops, axis=0)[n - 1 - min(n // self.period, n - 1)]

    def rate(self, levels: Any) -> Rate | None:
        """False alarms of sensors on the judged part; None where nothing there is normal."""
        if not sum(len(slots.tops) for slots in self._judged):
            return None
        with use_backend("numpy"):
            judged = _joined(self._judged)
            return interval((judged.tops > levels)[:, :-1], _clusters(judged), self.period)

    @property
    def scores(self) -> tuple[Any, Any]:
        """The scores of the judged rows that count, and which of these rows lie in a fault."""
        with use_backend("numpy"):
            return ops.concat(self._rows), ops.concat(self._wrong)

    def found(self, one: Scored, names: Sequence[str], levels: Any) -> list[Found]:
        """The faults of one entity that begin on the judged side, with the delay of their alarm.

        It is the alarm of the sensor that is wrong, or where only the entity is known, of the row as a whole. An alarm
        that stood before the fault began says nothing about it.
        """
        with use_backend("numpy"):
            start = int(ops.searchsorted(one.sides, ops.asarray(TEST, dtype=one.sides.dtype)))
            faults: list[Found] = []
            for fault in self._own.get(one.name, ()):
                ends = ops.asarray([fault.begin, fault.end], dtype="float64")
                first, last = ops.searchsorted(one.times, ends).tolist()
                if first == last or first < start:
                    continue
                f = -1 if fault.sensor is None else names.index(fault.sensor)
                above = (one.rows if f < 0 else one.sensors[:, f])[max(first - 1, 0) : last] > float(levels[f])
                stood, above = first > 0 and bool(above[0]), above[min(first, 1) :]
                if stood:
                    above = above & (ops.cumulative_sum(ops.astype(~above, "int64")) > 0)
                place = int(ops.argmax(above))
                came = float(one.times[first + place]) - fault.begin if bool(above[place]) else None
                slots = (last - 1) // SLOT - first // SLOT + 1
                faults.append(Found(fault, came, 1 - (1 - 1 / self.period) ** slots))
            return faults


def wrong_rows(truth: Iterable[Stretch], one: Scored) -> Any:
    """Which rows of an entity lie in a fault (T,): by its labels where it has some, else by what is known of it."""
    with use_backend("numpy"):
        if one.labels is not None:
            return one.labels
        wrong = ops.zeros(one.times.shape, dtype="bool")
        mine = [(fault.begin, fault.end) for fault in truth]
        for first, last in ops.searchsorted(one.times, ops.asarray(mine, dtype="float64")).tolist() if mine else []:
            wrong = ops.at(wrong)[first:last].set(True)
        return wrong


def labelled(one: Scored) -> list[Stretch]:
    """The stretches of an entity whose rows carry a label."""
    with use_backend("numpy"):
        return [
            Stretch(one.name, None, "labelled", None, float(one.times[a]), _end(one.times, b))
            for a, b in _runs(one.labels)
        ]


def raised(one: Scored, levels: Any) -> list[Alarm]:
    """The alarms of an entity on the judged side: stretches of slots whose highest score is above the level."""
    with use_backend("numpy"):
        judged = one.sides == TEST
        if not bool(ops.any(judged)):
            return []
        times, sensors = one.times[judged], one.sensors[judged]
        tops = in_slots(sensors)
        found: list[Alarm] = []
        for f in range(tops.shape[1]):
            limit = float(levels[f])
            for a, b in _runs(tops[:, f] > limit):
                rows = ops.nonzero(sensors[a * SLOT : b * SLOT, f] > limit)[0]
                begin, last = a * SLOT + int(rows[0]), a * SLOT + int(rows[-1]) + 1
                peak = float(ops.max(tops[a:b, f]))
                peak = peak / limit if limit > 0 else math.inf
                found.append(Alarm(one.name, f, float(times[begin]), _end(times, last), peak))
        return sorted(found, key=lambda alarm: (alarm.begin, alarm.sensor))


def in_slots(sensors: Any) -> Any:
    """The highest score of each sensor in each slot: (T, F) -> (slots, F); the last slot may be shorter."""
    with use_backend("numpy"):
        missing = -sensors.shape[0] % SLOT
        filled = ops.pad(sensors, ((0, missing), (0, 0)), mode="edge") if missing else sensors
        return ops.max(ops.reshape(filled, (-1, SLOT, sensors.shape[1])), axis=1)


def normal_slots(wrong: Any) -> Any:
    """Which slots touch no wrong row, and do not come just after one that does: (T,) -> (slots,)."""
    with use_backend("numpy"):
        touched = in_slots(ops.astype(wrong, "float32")[:, None])[:, 0] > 0
        recent = ops.cumulative_sum(ops.astype(touched, "int64"), include_initial=True)
        places = ops.arange(1, touched.shape[0] + 1)
        return recent[places] == recent[ops.maximum(places - 1 - AFTER, 0)]


def _with_rows(one: Scored) -> Any:
    return ops.concat([one.sensors, one.rows[:, None]], axis=1)


def _joined(parts: list[Slots]) -> Slots:
    return Slots(*(ops.concat(list(columns)) for columns in zip(*parts, strict=True)))


def _clusters(slots: Slots) -> Any:
    """What alarms come in: entities, or where these are few, their stretches of a period; numbers from 0 (n,)."""
    entities = ops.unique_inverse(slots.entity)
    if entities.values.shape[0] >= FEWEST:
        return entities.inverse_indices
    return ops.unique_inverse(slots.entity * 2**32 + slots.block).inverse_indices


def _runs(marks: Any) -> list[tuple[int, int]]:
    """Where stretches of True begin, and end."""
    edges = ops.diff(ops.astype(marks, "int8"), prepend=ops.zeros(1, dtype="int8"), append=ops.zeros(1, dtype="int8"))
    return list(zip(ops.nonzero(edges == 1)[0].tolist(), ops.nonzero(edges == -1)[0].tolist(), strict=True))


def _end(times: Any, stop: int) -> float:
    """The time at which a stretch is over: that of the next row that is later, or just after the last."""
    after = int(ops.searchsorted(times, times[stop - 1], side="right"))
    return float(times[after]) if after < len(times) else math.nextafter(float(times[-1]), math.inf)
