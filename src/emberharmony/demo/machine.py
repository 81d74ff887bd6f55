"""One machine of the plant: when it is scanned, what load it carries, and what its sensors would read without noise.

A load drives all sensors, each through a first-order lag of its own, `lag x' = load - x`. The load is a level that
jumps with the regime, a daily wave and six faster ones; the lag's answer to a jump is an exponential from the state at
the jump, and to a wave it is a wave: both in closed form, hence any row can be computed without the rows before it.

    y = base + gain (x + bend (x^2 - x)) + ambient sin(day) + drift(t)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emberharmony import ops

if TYPE_CHECKING:
    from emberharmony.ops.random import Key

DAY = 86_400.0
SECOND = 1_000_000  # microseconds
JITTER = 0.9  # of the time between two scans, hence they are at least 0.1 of it apart
CLOCK_SPREAD = 0.05
OFF = 1 / 24  # the share of slots before which a machine, or in which a sensor, is off for a while

MODES = ("idle", "normal", "high")
LEVEL = (0.3, 0.65, 1.0)  # with all waves at their lowest the load is still above 0, where bent responses turn
LEVEL_SPREAD = 0.03
HOURS = (1.0, 2.0, 1.0)  # the mean stay in each mode
AT_LEAST = 0.4  # of the mean stay
FIRST_CHOICE = ((1, 2, 0.8), (0, 2, 0.45), (1, 0, 0.85))  # this mode follows, else that, and the share of the first
LOGGED_AFTER = (20.0, 120.0)  # seconds; every stay is longer

DAILY = 0.04
WANDER = 0.05  # the standard deviation of the six waves together
WAVES = 6
PERIODS = (360.0, 21_600.0)  # seconds
CORRELATION = 3600.0 / (2 * math.pi)


@dataclass(frozen=True)
class Sensor:
    """A column of the telemetry. `rate` is the share of scans at which it reports, `lag` is in seconds.

    >>> SENSORS[0].name, SENSORS[0].unit, SENSORS[0].sigma
    ('speed', 'rpm', 15.0)
    """

    name: str
    unit: str
    sigma: float
    rate: float
    base: float
    gain: float
    lag: float
    bend: float = 0.0
    ambient: float = 0.0


SENSORS = (
    Sensor("speed", "rpm", 15.0, 0.95, 300.0, 1200.0, 20.0),
    Sensor("current", "A", 1.5, 0.8, 20.0, 100.0, 30.0, bend=0.3),
    Sensor("vibration", "mm/s", 0.12, 0.9, 0.8, 4.0, 25.0, bend=0.8),
    Sensor("valve", "%", 1.0, 0.35, 15.0, 65.0, 45.0, bend=-0.3),
    Sensor("flow", "m3/h", 1.5, 0.6, 20.0, 90.0, 60.0),
    Sensor("pressure", "bar", 0.1, 0.5, 1.5, 6.0, 90.0, bend=1.0),
    Sensor("temperature", "degC", 0.4, 0.25, 35.0, 40.0, 1200.0, ambient=2.0),
    Sensor("humidity", "%", 0.8, 0.15, 60.0, -16.0, 1800.0, ambient=-5.0),
)

CLOCK, REGIMES, LOAD, CHARACTER, OUTAGES, JITTERS, REPORTS, NOISES, CHANGES = range(9)  # one key for each use


def throws(key: Key, *shape: int) -> Any:
    """Uniform numbers as nested lists."""
    return ops.random.uniform(key, shape, "float64").tolist()


@dataclass(frozen=True)
class Clock:
    """When rows are due: every `scan` microseconds, with a pause before some of the slots of `slot` rows.

    A row comes up to `JITTER` scans after it was due.
    """

    rows: int
    scan: int
    slot: int
    pauses: tuple[int, ...]  # microseconds paused until slot k, all together

    def due(self, row: int) -> int:
        """Microseconds from the plant's beginning."""
        return row * self.scan + self.pauses[row // self.slot]

    def times(self, first: int, last: int, key: Key) -> Any:
        """Microseconds from the plant's beginning for the rows from `first` up to `last`; `key` is of these rows."""
        rows = ops.arange(first, last, dtype="int64")
        late = ops.random.uniform(key, rows.shape, "float64") * (JITTER * self.scan)
        pause = ops.take(ops.asarray(self.pauses, dtype="int64"), rows // self.slot)
        return rows * self.scan + ops.astype(late, "int64") + pause


def clock(key: Key, rows: int, scan: int, slot: int) -> Clock:
    """The clock of a machine: its own pace, a little off the plant's, and its own pauses."""
    pace, *gaps = throws(ops.random.fold_in(key, CLOCK), rows // slot + 1, 2)
    own = round(scan * (1 - CLOCK_SPREAD + 2 * CLOCK_SPREAD * pace[0]))
    pauses = [0]
    for happens, size in gaps:
        pauses.append(pauses[-1] + (round(own * slot * (0.1 + 0.9 * size)) if happens < OFF else 0))
    return Clock(rows, own, slot, tuple(pauses))


@dataclass(frozen=True)
class Regimes:
    """What the machine was told to do: from `times[j]` on the level is `levels[j]`, which is noted at `logged[j]`."""

    times: list[float]
    levels: list[float]
    modes: list[int]
    logged: list[float]

    def states(self, lag: float) -> list[float]:
        """The lagged level at each of the times, settled at the first."""
        state = self.levels[0]
        states = [state]
        for j in range(1, len(self.times)):
            level = self.levels[j - 1]
            state = level + (state - level) * math.exp((self.times[j - 1] - self.times[j]) / lag)
            states.append(state)
        return states


def regimes(key: Key, until: float) -> Regimes:
    """A semi-Markov walk over the modes from 0 to `until` seconds, normal at first."""
    most = int(until / (AT_LEAST * min(HOURS) * 3600)) + 2
    time, mode = 0.0, 1
    found = Regimes([], [], [], [])
    for stay, choice, level, delay in throws(ops.random.fold_in(key, REGIMES), most, 4):
        found.times.append(time)
        found.levels.append(LEVEL[mode] + LEVEL_SPREAD * (2 * level - 1))
        found.modes.append(mode)
        found.logged.append(time + LOGGED_AFTER[0] + delay * (LOGGED_AFTER[1] - LOGGED_AFTER[0]) if time else 0.0)
        time += 3600 * HOURS[mode] * (AT_LEAST - (1 - AT_LEAST) * math.log1p(-stay))
        this, that, share = FIRST_CHOICE[mode]
        mode = this if choice < share else that
        if time > until:
            break
    return found


@dataclass(frozen=True)
class Wave:
    """`size sin(pace t + phase)` of the load; `pace` in radians a second."""

    size: float
    pace: float
    phase: float

    def lagged(self, lag: float) -> tuple[float, float]:
        """What the lag leaves of it, as factors of the sine and the cosine."""
        a = self.size / (1 + (self.pace * lag) ** 2)
        return a, -a * self.pace * lag


def waves(key: Key) -> list[Wave]:
    """The day, then waves whose powers follow the spectrum of noise with a correlation time (Lorentz)."""
    (early, _), *rest = throws(ops.random.fold_in(key, LOAD), WAVES + 1, 2)
    low, high = PERIODS
    paces = [2 * math.pi / (low * (high / low) ** ((k + u) / WAVES)) for k, (u, _) in enumerate(rest)]
    powers = [pace / (1 + (pace * CORRELATION) ** 2) for pace in paces]  # of the band around it, as wide as it is fast
    unit = WANDER * math.sqrt(2 / sum(powers))
    day = Wave(DAILY, 2 * math.pi / DAY, -2 * math.pi * (8 + early) / 24)  # up at 8 or 9 in the morning
    return [
        day,
        *(Wave(unit * math.sqrt(p), w, 2 * math.pi * u) for p, w, (_, u) in zip(powers, paces, rest, strict=True)),
    ]


@dataclass(frozen=True)
class Response:
    """How this machine's copy of a sensor answers the load: no two are quite alike."""

    base: float
    gain: float
    bend: float
    ambient: float
    lag: float
    factors: list[tuple[float, float]]
    states: Any
    drift: Wave


def response(sensor: Sensor, throw: list[float], load: list[Wave], walk: Regimes) -> Response:
    """The sensor of the table with the machine's own base, gain, lag and drift."""
    base, gain, lag, size, period, phase = throw
    own = sensor.lag * (0.9 + 0.2 * lag)
    return Response(
        base=sensor.base + sensor.sigma * (6 * base - 3),
        gain=sensor.gain * (0.97 + 0.06 * gain),
        bend=sensor.bend,
        ambient=sensor.ambient,
        lag=own,
        factors=[wave.lagged(own) for wave in load],
        states=ops.asarray(walk.states(own), dtype="float64"),
        drift=Wave(sensor.sigma * (0.75 + 0.75 * size), 2 * math.pi / (DAY * (8 + 17 * period)), 2 * math.pi * phase),
    )


class Machine:
    """Everything about one machine that is not drawn row by row. Arrays are of the backend that was current."""

    def __init__(self, key: Key, clock: Clock) -> None:
        self.clock = clock
        self.regimes = regimes(key, (clock.due(clock.rows) + clock.scan) / SECOND)
        self.load = waves(key)
        character = throws(ops.random.fold_in(key, CHARACTER), len(SENSORS), 6)
        self.responses = [
            response(sensor, throw, self.load, self.regimes) for sensor, throw in zip(SENSORS, character, strict=True)
        ]
        self._times = ops.asarray(self.regimes.times, dtype="float64")
        self._levels = ops.asarray(self.regimes.levels, dtype="float64")
        self._modes = ops.asarray(self.regimes.modes, dtype="int32")
        self._logged = ops.asarray(self.regimes.logged, dtype="float64")

    def modes(self, t: Any) -> Any:
        """The logged mode at `t` seconds, as places in `MODES`."""
        return ops.take(self._modes, ops.searchsorted(self._logged, t, side="right") - 1)

    def signals(self, t: Any) -> list[Any]:
        """What each sensor would read at `t` seconds, without noise and without faults."""
        stay = ops.searchsorted(self._times, t, side="right") - 1
        level = ops.take(self._levels, stay)
        since = t - ops.take(self._times, stay)
        angles = [wave.pace * t + wave.phase for wave in self.load]
        swings = [(ops.sin(angle), ops.cos(angle)) for angle in angles]
        found: list[Any] = []
        for one in self.responses:
            x = level + (ops.take(one.states, stay) - level) * ops.exp(since * (-1 / one.lag))
            for (a, b), (sine, cosine) in zip(one.factors, swings, strict=True):
                x = x + a * sine + b * cosine
            y = one.base + one.gain * (x if one.bend == 0 else x + one.bend * (x * x - x))
            drift = one.drift.size * ops.sin(one.drift.pace * t + one.drift.phase)
            found.append(y + one.ambient * swings[0][0] + drift)
        return found
