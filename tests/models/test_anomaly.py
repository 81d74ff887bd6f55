"""A detector that tells each feature by the others finds what does not fit them, and only that."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emberharmony import use_backend
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.anomaly import LiquidAnomalyDetector
from emberharmony.models.errors import UnfittedError

STEPS = 3000
TRAINED = (0, 1, 2, 3)
SMALL = {"units": 16, "epochs": 30, "window": 96, "batch_size": 8, "spans": (24.0,), "baseline": 600.0}


def plant(seed: int, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray]:
    """Three sensors of one load, at irregular times, one in five readings missing; and the spans between the steps."""
    rng = np.random.default_rng(seed)
    spans = rng.uniform(0.5, 1.5, steps)
    t = np.cumsum(spans)
    load = np.sin(t / 20 + rng.uniform(0, 6)) + 0.5 * np.sin(t / 7.3 + rng.uniform(0, 6))
    x = np.stack([10 + 2 * load, 5 - load, load**2], axis=1) + 0.1 * rng.normal(size=(steps, 3))
    x[rng.uniform(size=x.shape) < 0.2] = np.nan
    return x, spans


@cache
def fitted(**settings: object) -> tuple[LiquidAnomalyDetector, list[np.ndarray]]:
    xs, spans = zip(*(plant(seed) for seed in TRAINED), strict=True)
    with use_backend("numpy"):
        return LiquidAnomalyDetector(**{**SMALL, **settings}).fit(list(xs), timespans=list(spans)), list(xs)


def with_fault(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A fresh plant whose second sensor is off for 200 steps, by three times its noise."""
    x, spans = plant(7)
    wrong = np.zeros(STEPS, bool)
    wrong[2000:2200] = True
    change = {
        "offset": lambda y: y + 0.3,
        "noise": lambda y: y + 0.3 * np.random.default_rng(1).normal(size=y.shape),
        "oscillation": lambda y: y + 0.3 * np.sin(np.arange(len(y)) / 3),
        "stuck": lambda y: np.full_like(y, y[np.isfinite(y)][0]),
    }
    x[wrong, 1] = change[kind](x[wrong, 1])
    return x, spans, wrong


@pytest.mark.parametrize("kind", ["offset", "noise", "oscillation", "stuck"])
def test_a_fault_is_found_and_the_sensor_is_named(kind):
    detector, _ = fitted()
    x, spans, wrong = with_fault(kind)
    scores = detector.explain(x, timespans=spans)
    settled = np.arange(STEPS) > 600
    # a window of 24 steps needs some of them to see a fault, and some to forget it
    judged = settled & ~np.isin(np.arange(STEPS), [*range(2000, 2024), *range(2200, 2240)])
    assert roc_auc_score(wrong[judged], scores[judged, 1]) > 0.95
    # what is told by a broken sensor is off as well, but less
    assert scores[2024:2200].mean(0).argmax() == 1
    assert detector.predict(x, timespans=spans)[2024:2200].mean() > 0.5


def test_fresh_normal_data_is_flagged_about_as_often_as_it_was_asked_for():
    detector, _ = fitted()
    flags = np.concatenate([detector.predict(x, timespans=s)[600:] for x, s in (plant(20), plant(21), plant(22))])
    # one in a hundred; a window of 24 steps makes about 300 independent ones of 7200: 3 in 300, up to 10 with 4 s.e.
    assert flags.mean() < 0.035
    assert detector.labels_[0].mean() < 0.05


def test_a_detector_says_the_same_on_every_backend(backend):
    detector, _ = fitted()
    x, spans = plant(30)
    found = detector.decision_function(x, timespans=spans)
    assert found.shape == (STEPS,)
    assert np.isfinite(found).all()
    with use_backend(backend):
        again = detector.decision_function(x, timespans=spans)
    # float32 networks on three libraries: errors differ by some 1e-5 of their size, distances by twice that
    assert np.abs(again - found).max() < 1e-2 * (1 + found.max())


def test_two_fits_have_the_same_bits_and_a_file_brings_them_back(tmp_path):
    detector, xs = fitted()
    x, spans = plant(0)
    again = LiquidAnomalyDetector(**SMALL).fit(xs, timespans=[plant(seed)[1] for seed in TRAINED])
    expected = detector.explain(x, timespans=spans)
    assert (again.explain(x, timespans=spans) == expected).all()
    detector.save(tmp_path / "d.safetensors")
    read = LiquidAnomalyDetector.load(tmp_path / "d.safetensors")
    assert (read.explain(x, timespans=spans) == expected).all()
    assert read.threshold_ == detector.threshold_
    assert (detector.decision_scores_[0] == expected.max(1)).all()


def test_the_future_changes_no_score():
    detector, _ = fitted()
    x, spans = plant(5)
    changed = x.copy()
    changed[1500:] += 100.0
    before, after = (detector.explain(y, timespans=spans)[:1500] for y in (x, changed))
    assert (before == after).all()


@pytest.mark.parametrize("settings", [{"mode": "reconstruct"}, {"mode": "forecast"}, {"threshold": "mad"}])
def test_one_step_after_the_other_is_judged_as_the_whole(settings):
    detector, _ = fitted(**settings)
    x, spans = plant(9, 400)
    expected = detector.explain(x, timespans=spans)
    online = detector.online()
    found, worst = [], []
    for row, dt in zip(x, spans, strict=True):
        worst.append(online.score_next(row, dt))
        found.append(list(online.features))
    # a network in float32 read step by step, and distances by other sums: some roundings of what they are
    assert np.abs(np.array(found) - expected).max() < 1e-3 * (1 + expected.max())
    assert worst == [max(row) for row in found]
    for wrong in ({"x": x[0][:2]}, {"x": x[0], "context": [1.0]}):
        with pytest.raises(ShapeError, match="score_next"):
            online.score_next(**wrong, dt=1.0)
    with pytest.raises(ArgumentError, match="dt"):
        online.score_next(x[0], -1.0)


def test_an_epoch_has_the_batches_that_were_asked_for():
    x, spans = plant(0, 400)
    settings = {**SMALL, "epochs": 2, "baseline": None, "contamination": 0.1}
    steps = [
        LiquidAnomalyDetector(**settings, batches=count).fit(x, timespans=spans).history_[-1]["step"]
        for count in (3, None)
    ]
    assert steps == [6, 32]  # of 300 steps in windows of 96: too few for the 16 batches that an epoch has at least


def test_each_series_may_say_itself_where_it_stops_to_teach():
    xs, spans = zip(*(plant(seed, 600) for seed in (0, 1)), strict=True)
    settings = {**SMALL, "epochs": 1}
    usual = LiquidAnomalyDetector(**settings).fit(list(xs), timespans=list(spans))
    said = LiquidAnomalyDetector(**settings).fit(list(xs), timespans=list(spans), learn_until=[450, 450])
    assert np.array_equal(usual.decision_scores_[1], said.decision_scores_[1])
    # what comes after it teaches nothing: neither the network, nor the scale
    changed = [x.copy() for x in xs]
    changed[0][500:] += 100.0
    networks = [
        LiquidAnomalyDetector(**settings).fit(x, timespans=list(spans), learn_until=[500, 300]).network_.head.weight
        for x in (list(xs), changed)
    ]
    assert np.array_equal(*networks)
    with pytest.raises(ArgumentError, match="learn_until"):
        LiquidAnomalyDetector(**settings).fit(list(xs), timespans=list(spans), learn_until=[600, 300])


def test_forecasts_tell_one_feature_by_its_own_past():
    t = np.arange(2000.0)
    rng = np.random.default_rng(0)
    x = np.sin(t / 8) + 0.05 * rng.normal(size=2000)
    detector = LiquidAnomalyDetector(**SMALL, mode="forecast").fit(x[:, None])
    odd = x.copy()
    odd[1500:1520] += 0.5 * rng.normal(size=20)
    scores = detector.decision_function(odd[:, None])
    assert scores[1502:1520].max() > 3 * np.quantile(scores[700:1500], 0.99)
    with pytest.raises(ShapeError, match="mode='forecast'"):
        LiquidAnomalyDetector(**SMALL).fit(x[:, None])


@pytest.mark.parametrize("mode", ["reconstruct", "forecast"])
def test_what_is_expected_is_told_in_the_units_of_the_readings(mode):
    detector, _ = fitted(mode=mode)
    x, spans = plant(30)
    mean, deviation = detector.expect(x, timespans=spans)
    off = (x - mean) / deviation
    off = off[np.isfinite(off) & (np.arange(STEPS) > 100)[:, None]]
    # a bell has 68 % within one deviation; what the network says of its own doubt is about right
    assert 0.55 < (np.abs(off) < 1).mean() < 0.8
    if mode == "reconstruct":  # what was read at a step tells nothing about itself
        changed = x.copy()
        changed[500, 1] += 1.0
        assert np.array_equal(detector.expect(changed, timespans=spans)[0][:, 1], mean[:, 1])


def test_anomalies_among_what_it_was_fitted_on_are_found():
    x, spans = plant(7)
    wrong = np.zeros(STEPS, bool)
    for start in range(200, STEPS, 700):
        wrong[start : start + 60] = True  # 8 %, some of them in the part that says what is normal
    x[wrong, 1] = 5 + np.random.default_rng(1).normal(size=wrong.sum())
    found = {}
    for threshold in ("mad", "quantile"):
        detector = LiquidAnomalyDetector(**{**SMALL, "epochs": 10, "baseline": None}, threshold=threshold).fit(
            x, timespans=spans
        )
        found[threshold] = roc_auc_score(wrong, detector.decision_scores_)
    # a window of 24 steps takes 24 to forget each of 4: 96 of 2760 steps are as high as the anomalies, 1 - 0.035 / 2
    assert found["mad"] > 0.95
    assert found["mad"] > found["quantile"]


def test_what_cannot_be_judged_is_refused_by_name():
    detector, xs = fitted()
    with pytest.raises(UnfittedError):
        LiquidAnomalyDetector().predict(xs)
    spans = plant(0)[1]
    with pytest.raises(ShapeError, match="expecting 3 features"):
        detector.predict(xs[0][:, :2], timespans=spans)
    with pytest.raises(ShapeError, match="context"):
        detector.predict(xs[0], timespans=spans, context=np.ones((5, 1)))
    with pytest.raises(ArgumentError, match="no time spans"):
        detector.predict(xs[0])
    with pytest.raises(ArgumentError, match="dt=None"):
        detector.online().score_next(xs[0][0])
    empty = xs[0].copy()
    empty[1500:, 2] = np.nan
    with pytest.raises(ArgumentError, match="feature 2 has 0 readings"):
        LiquidAnomalyDetector(**{**SMALL, "epochs": 1}).fit(empty)
    for wrong in (
        {"patience": 3},
        {"bidirectional": True},
        {"epochs": 0},
        {"window": 1},
        {"batches": 0},
        {"mode": "guess"},
        {"threshold": "high"},
        {"calibration": 0.0},
        {"contamination": 1.0},
        {"spans": ()},
    ):
        with pytest.raises(ArgumentError):
            LiquidAnomalyDetector(**{**SMALL, **wrong}).fit(xs)
