"""A plant's telemetry, defined by a handful of numbers: the same definition gives the same bits, however it is cut."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.demo.faults import EFFECTS, Fault, deal
from emberharmony.demo.machine import (
    CHANGES,
    CLOCK_SPREAD,
    JITTERS,
    MODES,
    NOISES,
    OFF,
    OUTAGES,
    REPORTS,
    SECOND,
    SENSORS,
    Clock,
    Machine,
    Sensor,
    clock,
    throws,
)
from emberharmony.errors import ArgumentError

if TYPE_CHECKING:
    from emberharmony.ops.random import Key

START = datetime(2025, 1, 6, tzinfo=UTC)
START_US = int(START.timestamp()) * SECOND
BLOCK = 1 << 16  # rows that are computed together, always from a multiple of it: then no cutting can change a bit
LONGEST = 100 * 365.25 * 86_400
SLOT = 40  # rows, at least, between the beginnings of two faults
TIME = pa.timestamp("us", "UTC")
LABEL = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Outage:
    """One sensor of a machine, off from the row `first` up to, and not with, the row `last`."""

    sensor: int
    first: int
    last: int


@dataclass(frozen=True)
class Plant:
    """Machines that wear the same sensors, a part of their life without faults, then a part with one fault at a time.

    Rows are shared out among the machines; a scan comes every `scan_seconds` on average, at irregular times, and at a
    scan only some sensors report: the others are null. In the last part each machine has one fault in every
    `fault_every_hours`, on one sensor, for 0.1 to 0.3 of that time; `faults()` says where. Nothing is wrong before
    `train_until`, the share `healthy` of the time that was planned.

    `noise` scales the noise of all sensors (0: the signals alone; amplitudes of faults are still of the full sigma);
    `faulty=False` is the same plant without its faults.

    >>> plant = Plant(rows=4000, machines=2, fault_every_hours=0.5)
    >>> next(plant.batches(rows_per_batch=1000)).num_rows
    1000
    >>> plant.faults().column_names
    ['machine', 'sensor', 'kind', 'amplitude', 'direction', 'begin', 'end']
    """

    rows: int = 5_000_000
    machines: int = 20
    seed: int = 100
    scan_seconds: float = 10.0
    fault_every_hours: float = 6.0
    healthy: float = 0.6
    noise: float = 1.0
    faulty: bool = True

    def __post_init__(self) -> None:
        for name, least in (("rows", 1), ("machines", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or not least <= value < 2**63:
                raise ArgumentError(f"Plant got {name}={value!r}", expected=f"a whole number from {least} to 2**63 - 1")
        for name, least in (("scan_seconds", 0.001), ("fault_every_hours", 0.0), ("healthy", 0.0), ("noise", 0.0)):
            value = getattr(self, name)
            if type(value) not in (int, float) or not least <= value < math.inf:
                raise ArgumentError(f"Plant got {name}={value!r}", expected=f"a finite number, {least:g} or more")
            object.__setattr__(self, name, float(value))  # 10 and 10.0 are one definition, in a file too
        if type(self.faulty) is not bool:
            raise ArgumentError(f"Plant got faulty={self.faulty!r}", expected="True or False")
        own = self.rows // self.machines
        if own * self.scan_seconds > LONGEST:
            raise ArgumentError(
                f"Plant got rows={self.rows} on machines={self.machines}: {own} each, every {self.scan_seconds} s",
                expected="a hundred years at most",
                mend="more machines, or a smaller scan_seconds",
            )
        if self._slot < SLOT:
            raise ArgumentError(
                f"Plant got fault_every_hours={self.fault_every_hours!r}: {self._slot} scans of {self.scan_seconds} s",
                expected=f"at least {SLOT} scans, so that a fault has some",
                mend=f"fault_every_hours={SLOT * self.scan_seconds / 3600:.3g}",
            )
        if own * (1 - self.healthy / (1 - CLOCK_SPREAD)) < 2 * self._slot:  # the fastest clock has the fewest rows left
            raise ArgumentError(
                f"Plant got rows={self.rows} on machines={self.machines}: {own} each, and with healthy={self.healthy!r}"
                f" no room for a fault in every {self._slot} rows (fault_every_hours={self.fault_every_hours!r})",
                expected="twice that many rows after the healthy part",
                mend="more rows, fewer machines, or a smaller healthy or fault_every_hours",
            )

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Names, units, sigma of the noise, and how often each reports."""
        return SENSORS

    @property
    def names(self) -> list[str]:
        """The machines' names, in the order of their rows."""
        width = len(str(self.machines - 1))
        return [f"machine-{m:0{width}d}" for m in range(self.machines)]

    @property
    def start(self) -> datetime:
        """No row is earlier."""
        return START

    @property
    def train_until(self) -> datetime:
        """No fault begins before it, on any machine."""
        return START + timedelta(microseconds=self._healthy_until)

    @property
    def schema(self) -> pa.Schema:
        """The columns of every batch."""
        readings = [(sensor.name, pa.float64()) for sensor in SENSORS]
        return pa.schema([("time", TIME), ("machine", LABEL), *readings, ("mode", LABEL)])

    def batches(self, rows_per_batch: int = BLOCK, machines: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The telemetry, machine by machine and in each by time; no batch holds rows of two machines.

        >>> plant = Plant(rows=4000, machines=2, fault_every_hours=0.5)
        >>> [batch.num_rows for batch in plant.batches(1500, machines=["machine-1"])]
        [1500, 500]
        """
        if type(rows_per_batch) is not int or rows_per_batch < 1:
            raise ArgumentError(f"batches got rows_per_batch={rows_per_batch!r}", expected="a whole number, 1 or more")
        names = self.names
        chosen = names if machines is None else machines
        unknown = [name for name in chosen if name not in names]
        if unknown:
            raise ArgumentError(f"no machine is called {unknown[0]!r}", expected=f"{names[0]!r} to {names[-1]!r}")
        return (batch for name in chosen for batch in self._cut(names.index(name), rows_per_batch))

    def faults(self) -> pa.Table:
        """The truth: which sensor is wrong, how, by how much, and from `begin` up to, and not at, `end`.

        `amplitude` is in sigma of the sensor's noise; what it means for each kind stands in `emberharmony.demo.faults`.
        """
        names, found = self.names, self._dealt if self.faulty else []
        return pa.table(
            {
                "machine": pa.array([names[f.machine] for f in found], pa.string()),
                "sensor": pa.array([SENSORS[f.sensor].name for f in found], pa.string()),
                "kind": pa.array([f.kind for f in found], pa.string()),
                "amplitude": pa.array([f.amplitude for f in found], pa.float64()),
                "direction": pa.array([f.direction for f in found], pa.int8()),
                "begin": pa.array([START_US + self._clocks[f.machine].due(f.first) for f in found], TIME),
                "end": pa.array([START_US + self._clocks[f.machine].due(f.last) for f in found], TIME),
            }
        )

    def write(self, folder: str | Path) -> tuple[Path, ...]:
        """Make `telemetry/part-*.parquet`, `faults.parquet` and `plant.json` in `folder`; the files that were made now.

        A part is one machine: it can be made, read and made again alone, and its rows go up in time. Files appear
        whole or not at all, and what an interrupted call left is completed by the next one, which makes nothing
        twice. A folder that holds another plant is refused.
        """
        from emberharmony.demo.folder import write

        return write(self, Path(folder))

    # -- what is drawn once --

    @property
    def _slot(self) -> int:
        return round(self.fault_every_hours * 3600 / self.scan_seconds)

    @property
    def _healthy_until(self) -> int:
        return round(self.healthy * (self.rows // self.machines) * self.scan_seconds * SECOND)

    def _key(self, machine: int) -> Key:
        return ops.random.fold_in(ops.random.key(self.seed), machine)

    @cached_property
    def _clocks(self) -> list[Clock]:
        share, more = divmod(self.rows, self.machines)
        scan = round(self.scan_seconds * SECOND)
        with use_backend("numpy"):
            return [clock(self._key(m), share + (m < more), scan, self._slot) for m in range(self.machines)]

    @cached_property
    def _dealt(self) -> list[Fault]:
        """The faults, also of the plant that has none: what else is drawn must not depend on that."""
        slots = [
            (m, row)
            for m, one in enumerate(self._clocks)
            for row in range(0, one.rows - self._slot + 1, self._slot)
            if one.due(row) >= self._healthy_until
        ]
        with use_backend("numpy"):
            return deal(ops.random.fold_in(ops.random.key(self.seed), self.machines), slots, self._slot, len(SENSORS))

    def _outages(self, machine: int, broken: Sequence[Fault]) -> list[Outage]:
        """A sensor that is broken in a slot is not off in it, else nobody could know."""
        found: list[Outage] = []
        slots = self._clocks[machine].rows // self._slot + 1
        drawn = throws(ops.random.fold_in(self._key(machine), OUTAGES), slots, len(SENSORS), 3)
        busy = {(fault.first // self._slot, fault.sensor) for fault in broken}
        for slot, row in enumerate(drawn):
            for sensor, (happens, room, size) in enumerate(row):
                if happens < OFF and (slot, sensor) not in busy:
                    rows = round(self._slot * (0.1 + 0.4 * size))
                    first = slot * self._slot + round(room * (self._slot - rows))
                    found.append(Outage(sensor, first, first + rows))
        return found

    # -- what is drawn row by row --

    def _cut(self, m: int, size: int) -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        count = 0
        for block in self._blocks(m):
            start = 0
            while start < block.num_rows:
                held.append(block.slice(start, size - count))
                count += held[-1].num_rows
                start += held[-1].num_rows
                if count == size:
                    yield pa.concat_batches(held)
                    held, count = [], 0
        if held:
            yield pa.concat_batches(held)

    def _blocks(self, m: int) -> Iterator[pa.RecordBatch]:
        faults = [fault for fault in self._dealt if fault.machine == m]
        with use_backend("numpy"):
            machine = Machine(self._key(m), self._clocks[m])
            outages = self._outages(m, faults)
        for first in range(0, machine.clock.rows, BLOCK):
            with use_backend("numpy"):  # never across a yield: the caller's backend is its own
                block = self._block(m, machine, first, outages, faults if self.faulty else [])
            yield block

    def _block(
        self, m: int, machine: Machine, first: int, outages: Sequence[Outage], faults: Sequence[Fault]
    ) -> pa.RecordBatch:
        last = min(first + BLOCK, machine.clock.rows)

        def key(use: int) -> Key:
            return ops.random.fold_in(ops.random.fold_in(self._key(m), use), first)

        elapsed = machine.clock.times(first, last, key(JITTERS))
        t = elapsed / SECOND
        wrong = list(_within(faults, first, last))
        off = list(_within(outages, first, last))
        noises, reports, changes = key(NOISES), key(REPORTS), key(CHANGES)
        columns: list[pa.Array] = []
        for s, (sensor, y) in enumerate(zip(SENSORS, machine.signals(t), strict=True)):
            y = y + (self.noise * sensor.sigma) * ops.random.normal(ops.random.fold_in(noises, s), y.shape, "float64")
            missing = ops.random.uniform(ops.random.fold_in(reports, s), y.shape, "float32") >= sensor.rate
            for fault, part in wrong:
                if fault.sensor == s:
                    begin, end = machine.clock.due(fault.first), machine.clock.due(fault.last)
                    p = (elapsed[part] - begin) / (end - begin)
                    own = ops.random.fold_in(changes, fault.first)
                    effect = EFFECTS[fault.kind]
                    y = ops.at(y)[part].set(effect(y[part], p, fault.amplitude * sensor.sigma, fault.direction, own))
            for outage, part in off:
                if outage.sensor == s:
                    missing = ops.at(missing)[part].set(True)
            columns.append(pa.array(ops.where(missing, 0.0, y), pa.float64(), mask=missing))  # 0: nothing under a null
        time = pa.array(elapsed + START_US, TIME)
        machines = _labels(ops.full(last - first, m, dtype="int32"), self.names)
        return pa.RecordBatch.from_arrays(
            [time, machines, *columns, _labels(machine.modes(t), MODES)], schema=self.schema
        )


S = TypeVar("S", Fault, Outage)


def _within(stretches: Sequence[S], first: int, last: int) -> Iterator[tuple[S, slice]]:
    """Those that touch a block of rows, each with its part there, counted from the block's first row."""
    for one in stretches:
        low, high = max(one.first, first), min(one.last, last)
        if low < high:
            yield one, slice(low - first, high - first)


def _labels(places: Any, names: Sequence[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(names, pa.string()))
