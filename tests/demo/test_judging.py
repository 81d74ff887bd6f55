"""Slots, levels, rates and delays, where the answer can be told by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony.demo.entities import TEST, VAL
from emberharmony.demo.stages.curves import curves
from emberharmony.demo.stages.judging import PERIOD, SLOT, Method, in_slots, labelled, normal_slots, raised
from emberharmony.demo.stages.scoring import Scored
from emberharmony.demo.telemetry import Stretch

average_precision_score = pytest.importorskip("sklearn.metrics").average_precision_score
roc_auc_score = pytest.importorskip("sklearn.metrics").roc_auc_score
seeds = integers(0, 9999)


def scored(sensors, *, val: int = 0, name: str = "m", labels=None) -> Scored:
    """One row a second; the first `val` rows are the calibration part."""
    sensors = np.asarray(sensors, "float32")
    times = np.arange(len(sensors), dtype="float64")
    sides = np.where(np.arange(len(sensors)) < val, VAL, TEST).astype("int8")
    return Scored(name, times, sides, sensors.max(axis=1), sensors, labels)


def fault(begin: float, end: float, sensor: str | None = "a", name: str = "m") -> Stretch:
    return Stretch(name, sensor, "offset", 1.0, begin, end)


@given(seed=seeds, rows=integers(1, 400))
def test_a_slot_has_the_highest_score_of_its_rows(seed, rows):
    x = np.random.default_rng(seed).normal(size=(rows, 2)).astype("float32")
    assert in_slots(x).tolist() == [x[i : i + SLOT].max(axis=0).tolist() for i in range(0, rows, SLOT)]


def test_a_slot_is_normal_away_from_faults_and_not_just_after_one():
    wrong = np.zeros(10 * SLOT, bool)
    wrong[2 * SLOT + 5] = True  # touches the slot 2; the next two may remember it
    assert normal_slots(wrong).tolist() == [True, True, False, False, False, True, True, True, True, True]


@given(seed=seeds)
def test_equalised_levels_give_the_stated_rate_where_they_are_taken_from(seed):
    x = np.random.default_rng(seed).normal(size=(4 * PERIOD * SLOT, 3))
    method = Method([])
    method.gather(scored(x))
    method.gather(scored(x, val=len(x), name="calibration"))
    assert method.period == PERIOD
    assert method.rate(method.equalised).measured == pytest.approx(1.0)  # 4 of 4 periods' slots
    assert (method.stated >= method.equalised).all()


def test_the_stated_rate_is_one_that_we_are_sure_not_to_exceed():
    # of uniform scores a level is exceeded in a slot with probability 1 - level^60, whatever was seen
    rng = np.random.default_rng(0)
    kept = 0
    for _ in range(40):
        method = Method([])
        for i in range(10):
            calm = rng.uniform(size=(3 * PERIOD * SLOT, 1))
            method.gather(scored(calm, val=len(calm), name=str(i)))
        kept += (1 - float(method.stated[0]) ** SLOT) * PERIOD <= 1.0
    # 95 of 100 are promised, of counts that are about normal; 33 of 40 or fewer come once in a thousand times
    assert kept > 33


def test_with_less_than_a_period_seen_the_highest_is_the_level_and_the_rate_is_stated_as_such():
    x = np.random.default_rng(0).normal(size=(20 * SLOT, 2)).astype("float32")
    method = Method(None)
    method.gather(scored(x, val=10 * SLOT))
    assert method.period == 11
    assert method.stated.tolist() == x[: 10 * SLOT].max(axis=0).tolist()


def test_a_rate_holds_the_true_one_in_its_interval():
    # of independent normal slots the share above a level is known: 30 entities of 4 periods, one sensor
    rng = np.random.default_rng(5)
    method = Method([])
    method.gather(scored(np.zeros((PERIOD * SLOT, 1)), val=PERIOD * SLOT, name="calibration"))
    for i in range(30):
        method.gather(scored(rng.uniform(size=(4 * PERIOD * SLOT, 1)), name=str(i)))
    level = np.asarray([(1 - 1 / PERIOD) ** (1 / SLOT)])  # a slot of 60 stays below with probability 1 - 1 / 144
    rate = method.rate(level)
    assert rate.low < 1.0 < rate.high
    # 120 alarms are expected, with a standard deviation of 11: the interval is about 4 of them wide
    assert rate.high - rate.low < 6 * 11 / 120


def test_a_fault_is_found_by_its_own_sensor_after_a_delay():
    x = np.zeros((20 * SLOT, 2))
    x[305:, 0] = 9.0  # sensor a, 5 s after the fault began
    x[400:500, 1] = 9.0  # sensor b while a is wrong says nothing about a
    one = scored(x)
    method = Method([fault(300, 600), fault(300, 600, "b"), fault(700, 800, None), fault(900, 950, "b")])
    found = method.found(one, ["a", "b"], np.asarray([5.0, 5.0]))
    assert [each.delay for each in found] == [5.0, 100.0, 0.0, None]


def test_faults_of_others_and_of_the_calibration_part_are_not_counted():
    one = scored(np.zeros((20 * SLOT, 1)), val=10 * SLOT)
    method = Method([fault(0, 50), fault(900, 950, name="other")])
    assert method.found(one, ["a"], np.asarray([5.0])) == []


def test_an_alarm_lasts_from_its_first_row_above_the_level_to_its_last():
    x = np.zeros((20 * SLOT, 2))
    x[70:200, 1] = 6.0
    x[130, 1] = 8.0
    (alarm,) = raised(scored(x), np.asarray([5.0, 5.0]))
    assert (alarm.entity, alarm.sensor, alarm.begin, alarm.end, alarm.peak) == ("m", 1, 70.0, 200.0, 1.6)


def test_labels_become_stretches():
    labels = np.zeros(100, bool)
    labels[10:20] = labels[99] = True
    found = labelled(scored(np.zeros((100, 1)), labels=labels))
    assert [(each.begin, each.end, each.sensor) for each in found] == [(10.0, 20.0, None), (99.0, 99.0, None)]


@given(seed=seeds, count=integers(2, 300), levels=integers(1, 50))
def test_areas_are_those_of_scikit_learn(seed, count, levels):
    rng = np.random.default_rng(seed)
    wrong = rng.uniform(size=count) < 0.3
    wrong[:2] = [True, False]
    scores = rng.integers(0, levels, count).astype("float32")  # with ties
    found = curves(scores, wrong)
    assert found.auc_roc == pytest.approx(roc_auc_score(wrong, scores), abs=1e-12)
    assert found.auc_pr == pytest.approx(average_precision_score(wrong, scores), abs=1e-12)
    assert all(a <= b for a, b in zip(found.roc, found.roc[1:], strict=False))


def test_without_a_fault_there_is_no_curve():
    assert curves(np.arange(3.0), np.zeros(3, bool)) is None
