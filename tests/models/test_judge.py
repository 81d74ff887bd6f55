"""What single readings say becomes a score that is 1 at its threshold, whichever way it is counted."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy.stats import norm
from tests.models.test_anomaly import SMALL, fitted, plant, with_fault

from emberharmony import use_backend
from emberharmony.errors import ArgumentError
from emberharmony.models.anomaly import LiquidAnomalyDetector
from emberharmony.models.deviations import Deviations
from emberharmony.models.judge import SCORES, Judge, signal
from emberharmony.models.means import Means
from emberharmony.models.thresholds import quantile

UNIT = 2.0**-17  # half of the step to which numbers are cut


def readings(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.exponential(size=count)), rng.normal(size=count)


@given(seed=integers(0, 10**6), count=integers(0, 60))
def test_a_mean_over_a_span_is_that_of_the_readings_inside(seed, count):
    t, x = readings(seed, count)
    expected = [x[(t > now - 5.0) & (t <= now)].mean() for now in t]
    with use_backend("numpy"):
        assert np.abs(Means(5.0).of(t, x) - expected).max(initial=0.0) <= UNIT + 1e-12


@given(seed=integers(0, 10**6), count=integers(0, 60))
def test_means_of_one_reading_after_the_other_have_the_same_bits(seed, count):
    t, x = readings(seed, count)
    following = Means(5.0).follower()
    assert [following(*reading) for reading in zip(t, x, strict=True)] == Means(5.0).of(t, x).tolist()


def test_a_long_series_is_cut_into_blocks_that_nobody_sees():
    t, x = readings(0, (1 << 16) + 500)
    for of in (Means(5.0).of, Deviations((5.0,), 50.0).of):
        whole = of(t, x)
        late = t > t[-1] - 300.0
        # long after its beginning a series that starts later is the same, but for the span and the baseline
        again = of(t[late], x[late])
        settled = t[late] > t[late][0] + 60.0
        assert (whole[late][settled] == again[settled]).all()


def test_signals_are_what_they_are_called():
    rng = np.random.default_rng(0)
    value, mean, spread = rng.normal(size=(3, 50))
    with use_backend("numpy"):
        assert np.allclose(signal("mse", value, mean, spread), value - mean)
        assert np.allclose(signal("mahalanobis", value, mean, spread), (value - mean) / np.exp(spread / 2))
        expected = -norm.logpdf(value, mean, np.exp(spread / 2))
        assert np.allclose(signal("nll", value, mean, spread), expected)
        far = signal("nll", np.array([1e30]), np.zeros(1), np.zeros(1))
    # errors count for at most 8 of their size
    assert far[0] == pytest.approx(0.5 * math.log(2 * math.pi) + 32.0)


@pytest.mark.parametrize("score", SCORES)
def test_as_many_held_out_readings_lie_above_one_as_was_asked_for(score):
    t, x = readings(1, 4000)
    with use_backend("numpy"):
        judge = Judge.of(score, Deviations((5.0,), None), [(t, x, 1000)], partial(quantile, share=0.02))
        above = judge.scores(t, x)[1000:] > 1
        following = judge.follower()
        found = [following(*reading) for reading in zip(t[:200], x[:200], strict=True)]
        # distances by other sums; the rest has the same bits
        assert np.allclose(found, judge.scores(t, x)[:200], rtol=1e-9, atol=1e-9)
    # at most a fiftieth of 3000, and no more than ties of the rounding below it
    assert 0.018 <= above.mean() <= 0.02


def test_a_mean_squared_error_does_not_depend_on_its_unit():
    t, x = readings(2, 500)
    with use_backend("numpy"):
        one, other = (
            Judge.of("mse", Deviations((5.0,), None), [(t, unit * x, 100)], partial(quantile, share=0.05))
            for unit in (1.0, 1.5)  # errors up to 5 of the unit: none is clipped
        )
        assert one.size == pytest.approx(np.sqrt(np.mean(x[100:] ** 2)))
        # squares are cut to 1/65536, and the threshold is above 1
        assert np.allclose(one.scores(t, x), other.scores(t, 1.5 * x), atol=4 * UNIT)


@pytest.mark.parametrize("score", ["nll", "mse"])
def test_a_noisy_sensor_is_found_by_each_score_and_online_as_in_the_whole(score, tmp_path):
    detector, _ = fitted(score=score)
    x, spans, _ = with_fault("noise")
    scores = detector.explain(x, timespans=spans)
    assert scores[2024:2200].mean(0).argmax() == 1
    assert detector.predict(x, timespans=spans)[2024:2200].mean() > 0.5
    fresh = [detector.predict(one, timespans=s)[600:] for one, s in (plant(20), plant(21), plant(22))]
    # one in a hundred; windows of 24 steps make about 300 independent ones of 7200: 3 in 300, up to 10 with 4 s.e.
    assert np.concatenate(fresh).mean() < 0.035
    assert (detector.decision_function(x, timespans=spans) == scores.max(1)).all()
    online = detector.online()
    found = []
    for row, dt in zip(x[:300], spans[:300], strict=True):
        assert online.score_next(row, dt) == max(online.features)
        found.append(online.features)
    assert np.abs(np.array(found) - scores[:300]).max() < 1e-3 * (1 + np.abs(scores[:300]).max())
    detector.save(tmp_path / "d.safetensors")
    assert (LiquidAnomalyDetector.load(tmp_path / "d.safetensors").explain(x, timespans=spans) == scores).all()


def test_float32_stays_as_it_came_and_gives_what_float64_gives():
    xs, spans = zip(*(plant(seed, 600) for seed in (0, 1)), strict=True)
    narrow = [x.astype("float32") for x in xs]
    settings = {**SMALL, "epochs": 1, "baseline": None}
    found = [
        LiquidAnomalyDetector(**settings).fit(given, timespans=list(spans)).decision_scores_
        for given in (narrow, [x.astype("float64") for x in narrow])
    ]
    # the same numbers, scaled in float64 either way
    assert all((one == other).all() for one, other in zip(*found, strict=True))


def test_a_score_that_nobody_knows_is_refused():
    with pytest.raises(ArgumentError, match="score='guess'"):
        LiquidAnomalyDetector(**{**SMALL, "score": "guess"}).fit(plant(0)[0])
