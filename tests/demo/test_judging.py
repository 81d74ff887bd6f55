"""Slots, levels, rates and delays, where the answer can be told by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy import stats

from emberharmony.demo.entities import TEST, VAL
from emberharmony.demo.stages import counts
from emberharmony.demo.stages.counts import interval, level
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
    assert method.stated.shape == (4,)  # three sensors, and the row


@pytest.mark.parametrize(("entities", "slots"), [(1, 144), (1, 432), (2, 300), (8, 216), (20, 108)])
def test_the_stated_rate_is_one_that_we_are_sure_not_to_exceed(entities, slots):
    rng = np.random.default_rng(0)
    clusters = np.repeat(np.arange(entities), slots) if entities >= 8 else np.arange(entities * slots) // PERIOD
    period = min(PERIOD, entities * slots // 3)
    exceeded = covered = 0
    for _ in range(200):
        x = rng.uniform(size=entities * slots)
        exceeded += (1 - level(x, clusters, period)) * period > 1.0
        rate = interval(x[:, None] > 1 - 1 / period, clusters, period)
        covered += rate.low <= 1.0 <= rate.high
    # one in twenty is promised: of 200 it is 10, and 22 or more, or more than 22 uncovered, once in a thousand times
    assert exceeded < 22
    assert covered > 178


def test_quantiles_of_student_are_those_of_scipy():
    for freedom in (1, 2, 3, 8, 19, 500):
        assert counts._student(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_with_less_than_three_periods_seen_a_shorter_one_is_stated():
    x = np.random.default_rng(0).normal(size=(20 * SLOT, 2)).astype("float32")
    method = Method(None)
    method.gather(scored(x, val=10 * SLOT))
    assert method.period == 3  # of 10 slots without an alarm at most one in three is sure
    assert method.stated[:2].tolist() == x[: 10 * SLOT].max(axis=0).tolist()


def test_a_rate_holds_the_true_one_in_its_interval():
    # of independent normal slots the share above a level is known: 30 entities of 4 periods, one sensor
    rng = np.random.default_rng(5)
    method = Method([])
    method.gather(scored(np.zeros((3 * PERIOD * SLOT, 1)), val=3 * PERIOD * SLOT, name="calibration"))
    for i in range(30):
        method.gather(scored(rng.uniform(size=(4 * PERIOD * SLOT, 1)), name=str(i)))
    level = np.asarray([(1 - 1 / PERIOD) ** (1 / SLOT)])  # a slot of 60 stays below with probability 1 - 1 / 144
    rate = method.rate(np.append(level, 1.0))
    assert rate.low < 1.0 < rate.high
    # 120 alarms are expected, with a standard deviation of 11: the interval is about 4 of them wide
    assert rate.high - rate.low < 6 * 11 / 120


def test_a_fault_is_found_by_its_own_sensor_after_a_delay():
    x = np.zeros((20 * SLOT, 2))
    x[305:, 0] = 9.0  # sensor a, 5 s after the fault began
    x[400:500, 1] = 9.0  # sensor b while a is wrong says nothing about a
    one = scored(x)
    method = Method([fault(300, 600), fault(300, 600, "b"), fault(700, 800, None), fault(900, 950, "b")])
    found = method.found(one, ["a", "b"], np.asarray([5.0, 5.0, 5.0]))
    assert [each.delay for each in found] == [5.0, 100.0, None, None]  # at 700 s an alarm stood already
    slots = [6, 6, 3, 1]  # that the faults touch: 300 to 599 s, 700 to 799, 900 to 949
    assert [each.chance for each in found] == pytest.approx([1 - (1 - 1 / method.period) ** n for n in slots])


def test_where_only_the_entity_is_known_the_row_is_judged():
    x = np.zeros((20 * SLOT, 2))
    x[350:360, 1] = 9.0
    x[420:430, 0] = 9.0
    one = scored(x)
    method = Method([fault(300, 400, None), fault(400, 450, None), fault(500, 550, None)])
    assert [each.delay for each in method.found(one, ["a", "b"], np.asarray([1.0, 1.0, 5.0]))] == [50.0, 20.0, None]
    assert [each.delay for each in method.found(one, ["a", "b"], np.asarray([1.0, 1.0, 9.5]))] == [None, None, None]


def test_faults_of_others_and_of_the_calibration_part_are_not_counted():
    one = scored(np.zeros((20 * SLOT, 1)), val=10 * SLOT)
    method = Method([fault(0, 50), fault(900, 950, name="other")])
    assert method.found(one, ["a"], np.asarray([5.0, 5.0])) == []


def test_an_alarm_lasts_from_its_first_row_above_the_level_to_its_last():
    x = np.zeros((20 * SLOT, 2))
    x[70:200, 1] = 6.0
    x[130, 1] = 8.0
    (alarm,) = raised(scored(x), np.asarray([5.0, 5.0, 5.0]))
    assert (alarm.entity, alarm.sensor, alarm.begin, alarm.end, alarm.peak) == ("m", 1, 70.0, 200.0, 1.6)


def test_labels_become_stretches():
    labels = np.zeros(100, bool)
    labels[10:20] = labels[99] = True
    found = labelled(scored(np.zeros((100, 1)), labels=labels))
    last = math.nextafter(99.0, math.inf)  # the last row is part of its stretch
    assert [(each.begin, each.end, each.sensor) for each in found] == [(10.0, 20.0, None), (99.0, last, None)]


def test_labels_change_no_level():
    x = np.random.default_rng(0).normal(size=(30 * SLOT, 2))
    labels = np.arange(len(x)) % 97 < 5
    levels = []
    for own in (None, labels):
        method = Method([])
        method.gather(scored(x, val=20 * SLOT, labels=own))
        levels.append(method.stated.tolist())
    assert levels[0] == levels[1]


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
