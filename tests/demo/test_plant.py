"""The plant is what it says: known noise, known faults, the same bits however it is cut and drawn."""

import doctest
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis.strategies import integers

import emberharmony
from emberharmony import demo
from emberharmony.demo import AMPLITUDES, KINDS, MODES, SENSORS, Plant
from emberharmony.demo import faults as broken
from emberharmony.demo.machine import AT_LEAST, HOURS, JITTER, Machine
from emberharmony.demo.plant import BLOCK, START_US
from emberharmony.errors import ArgumentError, EmberError

TINY = Plant(rows=4000, machines=2, fault_every_hours=0.5)
WIDE = Plant(rows=2 * (BLOCK + 9000), machines=2, fault_every_hours=1.0)  # its machines have two blocks each
NAMES = [sensor.name for sensor in SENSORS]
FIVE = 5.0  # standard errors: passed once in 1.7 million draws


def table(plant, **options):
    return pa.Table.from_batches(plant.batches(**options), schema=plant.schema).combine_chunks()


def seconds(rows):
    return (np.asarray(rows["time"].cast(pa.int64())) - START_US) / 1e6


def readings(rows, name):
    """Values, NaN where there is none."""
    return rows[name].to_numpy()


@pytest.fixture(scope="module")
def wide():
    """For each machine: as it is, without faults, and without noise and faults."""
    whole = replace(WIDE, faulty=False)
    return {
        name: tuple(table(plant, machines=[name]) for plant in (WIDE, whole, replace(whole, noise=0.0)))
        for name in WIDE.names
    }


def stretches(wide):
    """Each fault of the truth with the rows of its machine that it covers."""
    for fault in WIDE.faults().to_pylist():
        rows = wide[fault["machine"]][0]
        moments = np.asarray(rows["time"].cast(pa.int64()))
        begin, end = (round(fault[end].timestamp() * 1e6) for end in ("begin", "end"))
        yield fault, (moments >= begin) & (moments < end), (moments - begin) / (end - begin)


# -- a pure function of the definition --


@given(size=integers(500, 2 * BLOCK))
def test_any_cutting_equals_one_shot(wide, size):
    name = WIDE.names[1]
    batches = list(WIDE.batches(size, machines=[name]))
    assert {batch.num_rows for batch in batches[:-1]} <= {size}
    assert pa.Table.from_batches(batches).combine_chunks().equals(wide[name][0])


def test_every_row_can_be_a_batch_of_its_own():
    single = list(TINY.batches(1, machines=["machine-0"]))
    assert len(single) == 2000
    assert pa.Table.from_batches(single).combine_chunks().equals(table(TINY, machines=["machine-0"]))


def test_neither_threads_nor_the_order_of_machines_change_a_bit(monkeypatch):
    plant = Plant(rows=40_000, machines=4, fault_every_hours=0.5)
    monkeypatch.setenv("EMBERHARMONY_THREADS", "1")
    expected = [table(plant, machines=[name]) for name in plant.names]
    monkeypatch.setenv("EMBERHARMONY_THREADS", "4")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda name: table(plant, machines=[name]), reversed(plant.names)))
    assert all(one.equals(other) for one, other in zip(expected, reversed(found), strict=True))
    assert table(plant).equals(pa.concat_tables(expected).combine_chunks())


def test_the_current_backend_changes_nothing_and_is_left_alone(backend):
    with emberharmony.use_backend("numpy"):
        expected, faults = table(TINY), TINY.faults()
    fresh = replace(TINY)
    batches = []
    for batch in fresh.batches(700):
        assert emberharmony.get_backend() == backend
        batches.append(batch)
    assert pa.Table.from_batches(batches).combine_chunks().equals(expected)
    assert fresh.faults().equals(faults)


def test_two_seeds_differ_in_every_column():
    one, other = table(TINY), table(replace(TINY, seed=101))
    changing = [name for name in one.column_names if name != "machine"]
    assert not any(one[name].equals(other[name]) for name in changing)
    assert not TINY.faults().equals(replace(TINY, seed=101).faults())


# -- times, gaps, modes --


def test_times_go_up_irregularly_and_machines_overlap(wide):
    spans = []
    for machine, (rows, _, _) in enumerate(wide.values()):
        t, clock = seconds(rows), WIDE._clocks[machine]
        steps = np.diff(t)
        assert steps.min() >= (1 - JITTER) * clock.scan / 1e6 - 2e-6  # both times are cut to microseconds
        # the difference of two uniforms on (0, 0.9): its standard deviation is 0.9 / sqrt(6)
        plain = steps[steps < (1 + JITTER) * clock.scan / 1e6]
        assert plain.std() == pytest.approx(JITTER / math.sqrt(6) * clock.scan / 1e6, rel=0.02)
        assert len(steps) > len(plain)  # and now and then the machine was off
        spans.append((t[0], t[-1]))
    assert max(first for first, _ in spans) < min(last for _, last in spans)


def test_a_sensor_reports_as_often_as_it_says_and_is_off_now_and_then(wide):
    for machine, (rows, _, _) in enumerate(wide.values()):
        faults = [fault for fault in WIDE._dealt if fault.machine == machine]
        outages = WIDE._outages(machine, faults)
        assert {outage.sensor for outage in outages} == set(range(len(SENSORS)))
        for s, sensor in enumerate(SENSORS):
            on = np.ones(rows.num_rows, bool)
            for outage in outages:
                if outage.sensor == s:
                    on[outage.first : outage.last] = False
                    assert not any(f.sensor == s and f.first < outage.last and outage.first < f.last for f in faults)
            there = ~np.isnan(readings(rows, sensor.name))
            assert not there[~on].any()
            error = FIVE * math.sqrt(sensor.rate * (1 - sensor.rate) / on.sum())
            assert there[on].mean() == pytest.approx(sensor.rate, abs=error)


def test_nothing_lies_under_a_null():
    for column in table(TINY).select(NAMES).columns:
        values = column.chunk(0)
        hidden = np.frombuffer(values.buffers()[1])[values.offset :][: len(values)]
        assert (hidden[np.asarray(values.is_null())] == 0).all()


def test_modes_are_logged_a_little_late_and_stay_a_while():
    machine = the_machine(WIDE)
    walk = machine.regimes
    late = np.subtract(walk.logged, walk.times)[1:]
    assert (late >= 20).all()
    assert (late <= 120).all()
    stays = np.diff(walk.times)
    assert (stays >= AT_LEAST * 3600 * np.take(HOURS, walk.modes[:-1]) - 1e-6).all()
    assert set(walk.modes) == set(range(len(MODES)))
    rows = table(WIDE, machines=WIDE.names[:1])
    expected = np.take(walk.modes, np.searchsorted(walk.logged, seconds(rows), side="right") - 1)
    assert rows["mode"].to_pylist() == np.take(MODES, expected).tolist()


# -- signals and noise --


def the_machine(plant, m=0):
    with emberharmony.use_backend("numpy"):
        return Machine(plant._key(m), plant._clocks[m])


def test_the_noise_is_as_strong_as_stated(wide):
    for _, whole, clean in wide.values():
        for sensor in SENSORS:
            z = readings(whole, sensor.name) - readings(clean, sensor.name)
            z = z[~np.isnan(z)] / sensor.sigma
            assert abs(z.mean()) < FIVE / math.sqrt(len(z))
            assert z.std() == pytest.approx(1, abs=FIVE / math.sqrt(2 * len(z)))  # of a normal's standard deviation
            assert abs(np.mean(z[1:] * z[:-1])) < FIVE / math.sqrt(len(z) - 1)  # one reading tells nothing of the next


def test_every_sensor_follows_the_load_through_its_own_lag():
    machine = the_machine(WIDE)
    step, walk = 0.5, machine.regimes
    t = np.arange(100.0, 40_000.0, 7.0)
    near = np.min(np.abs(t[:, None] - np.asarray(walk.times)[None]), axis=1) < 2 * step
    t = t[~near]
    load = np.take(walk.levels, np.searchsorted(walk.times, t, side="right") - 1)
    load = load + sum(wave.size * np.sin(wave.pace * t + wave.phase) for wave in machine.load)
    with emberharmony.use_backend("numpy"):
        around = [machine.signals(at) for at in (t - step, t, t + step)]
    for s, one in enumerate(machine.responses):
        x = [driven(one, machine, at, y[s]) for at, y in zip((t - step, t, t + step), around, strict=True)]
        slope = (x[2] - x[0]) / (2 * step)
        # x jumps by 1 at most, so after a jump x''' <= 1 / lag^3; the waves are slower; the rest is rounding
        bound = one.lag * (step**2 / 6 * (1 / one.lag**3 + sum(w.size * w.pace**3 for w in machine.load)) + 1e-11)
        assert np.abs(one.lag * slope - (load - x[1])).max() < bound


def driven(one, machine, t, y):
    """The lagged load that a signal was made of."""
    day, drift = machine.load[0], one.drift
    y = y - one.ambient * np.sin(day.pace * t + day.phase) - drift.size * np.sin(drift.pace * t + drift.phase)
    v = (y - one.base) / one.gain  # v = x + bend (x^2 - x)
    if one.bend == 0:
        return v
    b, c = one.bend, 1 - one.bend
    return (np.sqrt(c * c + 4 * b * v) - c) / (2 * b)


def test_the_load_stays_where_every_response_goes_up():
    for seed in range(20):
        machine = the_machine(replace(TINY, seed=seed))
        assert min(machine.regimes.levels) - sum(wave.size for wave in machine.load) > 0
        # d/dx (x + bend (x^2 - x)) = 1 - bend + 2 bend x
        assert all(1 - one.bend + 2 * one.bend * x > 0 for one in machine.responses for x in (1e-9, 1.3))


def test_lags_tell_the_sensors_apart(wide):
    lags = [sensor.lag for sensor in SENSORS]
    assert len(set(lags)) == len(SENSORS)
    assert max(lags) > 50 * min(lags)
    _, _, clean = next(iter(wide.values()))
    both = ~np.isnan(readings(clean, "speed")) & ~np.isnan(readings(clean, "current"))
    fast = np.corrcoef(readings(clean, "speed")[both], readings(clean, "current")[both])[0, 1]
    both = ~np.isnan(readings(clean, "speed")) & ~np.isnan(readings(clean, "temperature"))
    slow = np.corrcoef(readings(clean, "speed")[both], readings(clean, "temperature")[both])[0, 1]
    assert fast > 0.95 > slow > 0.3


# -- faults --


@given(cards=integers(1, 1000))
def test_any_first_cards_are_balanced(cards):
    dealt = [broken.hand(card, len(SENSORS)) for card in range(cards)]
    ways = [(kind, amplitude) for kind in KINDS for amplitude in AMPLITUDES]
    whole = [(kind, amplitude, s) for kind, amplitude in ways for s in range(len(SENSORS))]
    for everything, seen in (
        (ways, [hand[:2] for hand in dealt]),
        (range(len(SENSORS)), [hand[2] for hand in dealt]),
        (whole, dealt),
    ):
        counts = [seen.count(one) for one in everything]
        assert max(counts) - min(counts) <= 1


def test_every_kind_comes_in_every_amplitude_on_every_sensor():
    found = WIDE.faults().to_pylist()
    seen = [(fault["kind"], fault["amplitude"], fault["sensor"]) for fault in found]
    pairs = [one[:2] for one in seen]
    counts = [pairs.count((kind, amplitude)) for kind in KINDS for amplitude in AMPLITUDES]
    assert min(counts) >= 1
    assert max(counts) - min(counts) <= 1
    assert len(Plant().faults()) > 2 * len(KINDS) * len(AMPLITUDES) * len(SENSORS)
    assert (
        len({*zip(*(Plant().faults()[name].to_pylist() for name in ("kind", "amplitude", "sensor")), strict=True)})
        == 192
    )


def test_faults_keep_apart_and_off_the_healthy_part():
    for plant in (TINY, WIDE, Plant()):
        found = plant.faults().to_pylist()
        slot = timedelta(hours=plant.fault_every_hours)
        assert {fault["machine"] for fault in found} == set(plant.names)
        assert all(fault["begin"] >= plant.train_until for fault in found)
        for before, after in pairwise(found):
            if before["machine"] == after["machine"]:
                # 0.2 of a slot that a clock 5 % fast makes shorter, and a row of rounding
                assert after["begin"] - before["end"] > 0.19 * slot - timedelta(seconds=plant.scan_seconds)
        rows = {name: seconds(table(plant, machines=[name]))[-1] for name in plant.names[:2]}
        assert all(
            fault["end"] <= plant.start + timedelta(seconds=rows[fault["machine"]])
            for fault in found
            if fault["machine"] in rows
        )


def test_a_fault_changes_its_sensor_as_defined_and_nothing_else(wide):
    changed = {name: {sensor: np.zeros(rows.num_rows, bool) for sensor in NAMES} for name, (rows, *_) in wide.items()}
    struck, readings_struck, noises = 0, 0, []
    for fault, inside, p in stretches(wide):
        changed[fault["machine"]][fault["sensor"]] |= inside
        rows, whole, _ = wide[fault["machine"]]
        inside = inside & ~np.isnan(readings(rows, fault["sensor"]))
        y, before, p = readings(rows, fault["sensor"])[inside], readings(whole, fault["sensor"])[inside], p[inside]
        sigma = SENSORS[NAMES.index(fault["sensor"])].sigma
        height, up = fault["amplitude"] * sigma, fault["direction"]
        assert (up == 0) == (fault["kind"] in ("stuck", "noise"))
        close = 4 * np.spacing(np.abs(before).max() + height)  # a product, a sum, a difference; one rounding of p
        match fault["kind"]:
            case "spike":
                hit = y != before
                assert y[hit] - before[hit] == pytest.approx(up * height, abs=close)
                struck, readings_struck = struck + hit.sum(), readings_struck + len(hit)
            case "offset":
                assert y - before == pytest.approx(up * height, abs=close)
            case "ramp":
                assert y - before == pytest.approx(up * height * p, abs=close)
            case "stuck":
                steps = y / (math.sqrt(12) * height)
                assert steps == pytest.approx(np.round(steps), abs=1e-9)
                assert np.abs(y - before).max() <= math.sqrt(3) * height + close
            case "noise":
                noises.append((y - before) / height)
            case "oscillation":
                assert y - before == pytest.approx(up * height * np.sin(12 * np.pi * p), abs=close + 1e-12 * height)
    assert struck / readings_struck == pytest.approx(0.25, abs=FIVE * math.sqrt(0.25 * 0.75 / readings_struck))
    z = np.concatenate(noises)
    assert z.std() == pytest.approx(1, abs=FIVE / math.sqrt(2 * len(z)))
    for name, (rows, whole, _) in wide.items():
        for column in rows.column_names:
            if column in NAMES:
                same = (readings(rows, column) == readings(whole, column)) | np.isnan(readings(rows, column))
                assert same[~changed[name][column]].all()
                assert rows[column].is_null().equals(whole[column].is_null())
            else:
                assert rows[column].equals(whole[column])


def test_a_tiny_plant_has_every_kind_and_a_plant_without_faults_has_none():
    assert set(TINY.faults()["kind"].to_pylist()) == set(KINDS)
    assert set(TINY.faults()["amplitude"].to_pylist()) >= {4.0}
    assert len(replace(TINY, faulty=False).faults()) == 0
    assert table(TINY).num_rows == TINY.rows


# -- mistakes --


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rows", 0), ("rows", 1e6), ("rows", 100), ("machines", 0), ("machines", True), ("seed", -1), ("seed", "a"),
        ("scan_seconds", 0), ("scan_seconds", math.nan), ("scan_seconds", 1e9), ("fault_every_hours", 0.01),
        ("fault_every_hours", 1e3), ("healthy", 1.0), ("healthy", -0.1), ("noise", -1), ("noise", math.inf),
        ("faulty", 1),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_refused_by_name(name, value):
    with pytest.raises(EmberError, match=name):
        Plant(**{name: value})


def test_wrong_batches_are_refused_at_once():
    with pytest.raises(ArgumentError, match="rows_per_batch=0"):
        TINY.batches(0)
    with pytest.raises(ArgumentError, match="machine-7"):
        TINY.batches(machines=["machine-7"])


def test_whole_numbers_and_floats_define_one_plant():
    assert repr(Plant(scan_seconds=10)) == repr(Plant(scan_seconds=10.0))


@pytest.mark.parametrize("thing", [demo.Plant, demo.Sensor, broken.hand])
def test_the_example_runs(thing):
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(thing, thing.__name__, globs={**vars(demo), "hand": broken.hand}):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
