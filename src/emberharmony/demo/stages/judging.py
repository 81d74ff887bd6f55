"""How good a method is: the same questions to the scores of every method, whatever they are in.

The rows of an entity are cut into slots of `SLOT`. A slot is an alarm of a sensor where its highest score is above the
sensor's level. Slots that touch no fault of the entity, nor the time just after one, are normal: an alarm there is
false. The stated rate is one false alarm of a sensor in `PERIOD` slots: a day, where a row comes every 10 seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.entities import TEST, VAL
from emberharmony.errors import ArgumentError
from emberharmony.ops import random

if TYPE_CHECKING:
    from emberharmony.demo.stages.scoring import Scored
    from emberharmony.demo.telemetry import Stretch

__all__ = ["PERIOD", "SLOT", "Alarm", "Found", "Method", "Rate", "labelled", "raised"]

SLOT, PERIOD = 60, 144
AFTER = 2  # slots after a fault in which a method may still remember it
DRAWS = 2000  # of the bootstrap
FEWEST = 8  # entities to draw from; of fewer, their stretches of a period are drawn
SURE = 0.95
ONE_SIDED = NormalDist().inv_cdf(SURE)


class Found(NamedTuple):
    """A fault, and after how many seconds the first alarm of its sensor came; None if none came."""

    fault: Stretch
    delay: float | None


class Rate(NamedTuple):
    """False alarms of a sensor in a period, and the interval that holds the true rate with 95 %."""

    measured: float
    low: float
    high: float


class Slots(NamedTuple):
    """Normal slots of one side: their highest scores, whose they are, and which period of the side they lie in."""

    tops: Any  # (n, F)
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
    _normal: list[Slots] = field(default_factory=list["Slots"])  # those of the calibration part
    _judged: list[Slots] = field(default_factory=list["Slots"])
    _rows: list[Any] = field(default_factory=list[Any])
    _wrong: list[Any] = field(default_factory=list[Any])
    _entities: int = 0

    def gather(self, one: Scored) -> None:
        """Take in one entity."""
        with use_backend("numpy"):
            wrong = wrong_rows(self.truth or (), one)
            for side in (VAL, TEST):
                chosen = one.sides == side
                if not bool(ops.any(chosen)):
                    continue
                tops, marks = in_slots(one.sensors[chosen]), normal_slots(wrong[chosen])
                blocks = ops.arange(tops.shape[0])[marks] // PERIOD
                slots = Slots(tops[marks], ops.full_like(blocks, self._entities), blocks)
                if side == VAL:
                    self._normal.append(slots)
                    continue
                self._judged.append(slots)
                self._rows.append(one.rows[chosen])
                self._wrong.append(wrong[chosen])
            self._entities += 1

    @property
    def period(self) -> int:
        """In so many slots one false alarm is stated: `PERIOD`, or where less was seen, all that was seen and one."""
        return min(PERIOD, sum(len(slots.tops) for slots in self._normal) + 1)

    @property
    def stated(self) -> Any:
        """Levels (F,) by the calibration part alone: the stated rate is one that we are sure not to exceed.

        The more the entities differ in their rates, and the fewer they are, the higher the levels.
        """
        if not sum(len(slots.tops) for slots in self._normal):
            raise ArgumentError(
                f"nothing says what is normal: no {SLOT} rows of the calibration part are free of labels",
                expected="some stretches there in which nothing is wrong",
                mend="no --label, or a later --held-from",
            )
        with use_backend("numpy"):
            slots = _joined(self._normal)
            own = self._clusters(slots)
            levels = [_level(slots.tops[:, f], own, self.period) for f in range(slots.tops.shape[1])]
            return ops.asarray(levels, dtype=slots.tops.dtype)

    @property
    def equalised(self) -> Any:
        """Levels (F,) that give the stated rate, or just less, on the judged part: to compare methods, not to use."""
        with use_backend("numpy"):
            tops = _joined(self._judged).tops
            return ops.sort(tops, axis=0)[-1 - tops.shape[0] // self.period]

    def rate(self, levels: Any) -> Rate | None:
        """False alarms on the judged part; None where nothing there is normal."""
        if not sum(len(slots.tops) for slots in self._judged):
            return None
        with use_backend("numpy"):
            judged = _joined(self._judged)
            own = self._clusters(judged)
            false = ops.sum(ops.astype(judged.tops > levels, "float64"), axis=1) / levels.shape[0]
            alarms, slots = ops.bincount(own, false), ops.astype(ops.bincount(own), "float64")
            drawn = random.randint(random.key(0), (DRAWS, len(slots)), 0, len(slots))
            rates = ops.sum(alarms[drawn], axis=1) / ops.sum(slots[drawn], axis=1) * self.period
            low, high = ops.quantile(rates, ops.asarray([(1 - SURE) / 2, (1 + SURE) / 2], dtype="float64")).tolist()
            return Rate(float(ops.sum(alarms) / ops.sum(slots)) * self.period, low, high)

    def _clusters(self, slots: Slots) -> Any:
        """What alarms come in: entities, or where these are few, their stretches of a period; numbers from 0 (n,)."""
        ids = slots.entity if self._entities >= FEWEST else slots.entity * 2**32 + slots.block
        return ops.unique_inverse(ids).inverse_indices

    @property
    def scores(self) -> tuple[Any, Any]:
        """The scores of all judged rows, and which of these rows lie in a fault."""
        with use_backend("numpy"):
            return ops.concat(self._rows), ops.concat(self._wrong)

    def found(self, one: Scored, names: Sequence[str], levels: Any) -> list[Found]:
        """The faults of one entity that begin and end on the judged side, with the delay of their alarm."""
        with use_backend("numpy"):
            begin = one.times[ops.searchsorted(one.sides, ops.asarray(TEST, dtype=one.sides.dtype)) :]
            faults: list[Found] = []
            for fault in self.truth or ():
                if fault.entity != one.name or not len(begin) or fault.begin < float(begin[0]):
                    continue
                ends = ops.asarray([fault.begin, fault.end], dtype="float64")
                first, last = ops.searchsorted(one.times, ends).tolist()
                if first == last:
                    continue
                above = one.sensors[first:last] > levels
                above = ops.any(above, axis=1) if fault.sensor is None else above[:, names.index(fault.sensor)]
                place = int(ops.argmax(above))
                came = float(one.times[first + place]) - fault.begin if bool(above[place]) else None
                faults.append(Found(fault, came))
            return faults


def wrong_rows(truth: Iterable[Stretch], one: Scored) -> Any:
    """Which rows of an entity lie in a fault (T,): by the truth, and by its labels where it has some."""
    with use_backend("numpy"):
        wrong = ops.zeros(one.times.shape, dtype="bool") if one.labels is None else one.labels
        mine = [(fault.begin, fault.end) for fault in truth if fault.entity == one.name]
        for first, last in ops.searchsorted(one.times, ops.asarray(mine, dtype="float64")).tolist() if mine else []:
            wrong = ops.at(wrong)[first:last].set(True)
        return wrong


def labelled(one: Scored) -> list[Stretch]:
    """The stretches of an entity whose rows carry a label."""
    from emberharmony.demo.telemetry import Stretch

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
        times, tops = one.times[judged], in_slots(one.sensors[judged])
        found: list[Alarm] = []
        for f in range(tops.shape[1]):
            level = float(levels[f])
            for a, b in _runs(tops[:, f] > level):
                above = one.sensors[judged][a * SLOT : b * SLOT, f] > level
                rows = ops.nonzero(above)[0]
                begin, last = a * SLOT + int(rows[0]), a * SLOT + int(rows[-1]) + 1
                peak = float(ops.max(tops[a:b, f]))
                found.append(
                    Alarm(one.name, f, float(times[begin]), _end(times, last), peak / level if level else math.inf)
                )
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


def _joined(parts: list[Slots]) -> Slots:
    return Slots(*(ops.concat(list(columns)) for columns in zip(*parts, strict=True)))


def _level(tops: Any, clusters: Any, period: int) -> float:
    """The lowest score that, by the counts of alarms in clusters, is exceeded at most once a period, we are sure.

    With k of n slots above it the rate is k / n; its standard error is that of a ratio over the clusters.
    """
    n, count = tops.shape[0], int(ops.max(clusters)) + 1
    order = ops.argsort(tops, descending=True, stable=True)
    most = n // period
    ones = ops.astype(clusters[order[:most], None] == ops.arange(count), "float64")
    alarms = ops.cumulative_sum(ones, axis=0, include_initial=True)  # (k, clusters)
    rates = ops.arange(most + 1, dtype="float64") / n
    off = alarms - rates[:, None] * ops.astype(ops.bincount(clusters), "float64")
    error = ops.sqrt(ops.sum(off * off, axis=1) * (count / max(count - 1, 1))) / n
    k = int(ops.max(ops.nonzero(rates + ONE_SIDED * error <= 1 / period)[0]))  # of no alarm the error is 0
    return float(tops[order[min(k, n - 1)]])


def _runs(marks: Any) -> list[tuple[int, int]]:
    """Where stretches of True begin, and end."""
    edges = ops.diff(ops.astype(marks, "int8"), prepend=ops.zeros(1, dtype="int8"), append=ops.zeros(1, dtype="int8"))
    return list(zip(ops.nonzero(edges == 1)[0].tolist(), ops.nonzero(edges == -1)[0].tolist(), strict=True))


def _end(times: Any, stop: int) -> float:
    """The time at which a stretch is over: that of the row after it."""
    return float(times[min(stop, times.shape[0] - 1)])
