"""Deviations over windows: their definitions by brute force, the same bits one by one, and what they are for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists, sampled_from

from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.deviations import STEPS, Deviations


def series(gaps: list[float], seed: int) -> tuple[np.ndarray, np.ndarray]:
    return np.cumsum(np.array(gaps)), np.random.default_rng(seed).normal(size=len(gaps)) * 3


def by_hand(d: Deviations, t: np.ndarray, x: np.ndarray) -> np.ndarray:
    """As the page says it, reading by reading, in floats."""
    c = np.round(np.clip(x, -d.clip, d.clip) * STEPS) / STEPS
    y = c.copy()
    for i in range(len(t)):
        before = [c[j] for j in range(i) if d.baseline and t[j] > t[i] - d.baseline]
        y[i] -= math.floor(sum(before) / len(before) * STEPS) / STEPS if before else 0.0
    change = np.diff(y, prepend=y[:1])
    rows = []
    for i in range(len(t)):
        row = []
        for span in d.spans:
            inside = [j for j in range(i + 1) if t[j] > t[i] - span]
            n = len(inside)
            row.append(y[inside].sum() / math.sqrt(n))
            row.append((math.sqrt((y[inside] ** 2).mean()) - 1) * math.sqrt(2 * n))
            inner = change[inside[1:]]  # from one reading inside to the next
            row.append((math.sqrt((inner**2).mean() / 2) - 1) * math.sqrt(n - 1) if n > 1 else 0.0)
        rows.append(row)
    return np.array(rows)


GAPS = lists(sampled_from([0.0, 0.5, 1.0, 4.0, 30.0]), min_size=1, max_size=60)
KINDS = sampled_from([Deviations((2.0, 7.0), None), Deviations((2.0, 7.0), 40.0), Deviations((5.0,), 6.0, clip=1.5)])


@given(GAPS, integers(0, 99), KINDS)
def test_they_are_what_their_definition_says(gaps, seed, deviations):
    t, x = series(gaps, seed)
    found = deviations.of(t, x)
    # readings at the same time: those that come first do not see the later ones, in both
    assert found.shape == (len(t), len(deviations.names))
    # a mean that lies on a step to within rounding may go to either side of it: one step in each of n readings
    assert np.abs(found - by_hand(deviations, t, x)).max() <= len(t) * 2 / STEPS


@given(GAPS, integers(0, 99), KINDS)
def test_reading_by_reading_gives_the_same_bits(gaps, seed, deviations):
    t, x = series(gaps, seed)
    tracker = deviations.tracker()
    one_by_one = np.array([tracker.next(float(a), float(b)) for a, b in zip(t, x, strict=True)])
    assert (one_by_one == deviations.of(t, x)).all()


@given(integers(0, 99), floats(0.3, 3.0))
def test_noise_is_about_normal_and_an_offset_grows_with_the_root_of_the_readings(seed, offset):
    n = 4000
    x = np.random.default_rng(seed).normal(size=n)
    t = np.arange(float(n))
    deviations = Deviations((100.0,), None, clip=16.0)
    found = deviations.of(t, x)[100::100]  # windows that do not overlap: 39 independent rows
    assert np.abs(found.mean(0)).max() < 4 / math.sqrt(39) + 0.1  # four standard errors, and a bias of 1 / sqrt(n)
    assert (found.std(0) < 1.6).all()  # roughness has a variance of 1.5, for neighbours share a reading
    assert abs((deviations.of(t, x + offset) - deviations.of(t, x))[-1, 0] - 10 * offset) < 1e-3


def test_a_slow_drift_is_no_deviation_and_a_jump_is_one():
    t = np.arange(5000.0)
    drift = 5 * np.sin(t / 5000)
    deviations = Deviations((50.0,), 500.0)
    assert np.abs(deviations.of(t, drift)[500:, 0]).max() < 2.0  # half a baseline behind: 0.25 in each of 50 readings
    drift[4000:] += 2
    assert deviations.of(t, drift)[4049, 0] > 10


def test_what_is_no_series_is_refused():
    deviations = Deviations()
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        deviations.of(np.arange(3.0), np.arange(4.0))
    with pytest.raises(ArgumentError, match="go back"):
        deviations.of(np.array([1.0, 0.0]), np.zeros(2))
    with pytest.raises(ArgumentError, match="nan or inf"):
        deviations.of(np.arange(2.0), np.array([0.0, math.nan]))
    tracker = deviations.tracker()
    tracker.next(1.0, 0.0)
    for time, error in ((0.5, 0.0), (2.0, math.nan), (math.inf, 0.0)):
        with pytest.raises(ArgumentError, match="a reading"):
            tracker.next(time, error)
    for wrong in ({"spans": ()}, {"spans": (0.0,)}, {"clip": 0.0}, {"baseline": 3600.0}, {"clip": 1e6}):
        with pytest.raises(ArgumentError):
            Deviations(**wrong)


def test_no_reading_gives_no_row():
    assert Deviations().of(np.empty(0), np.empty(0)).shape == (0, 9)


def test_what_went_before_a_span_has_no_part_in_it():
    t = np.arange(200.0)
    x = np.random.default_rng(0).normal(size=200)
    odd = x.copy()
    odd[50] += 6.0
    for span in (1.0, 7.0):
        a, b = (Deviations((span,), None).of(t, y) for y in (x, odd))
        changed = np.nonzero((a != b).any(1))[0]
        assert changed.tolist() == list(range(50, 50 + int(span)))
