"""The contract of PyOD: names, shapes and meanings that its tools and its users count on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats
from scipy.special import erf
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.models.test_anomaly import SMALL, fitted, plant, with_fault

from emberharmony import use_backend
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import LiquidAnomalyDetector
from emberharmony.models.probabilities import Spread


def table(seed: int = 0) -> np.ndarray:
    return plant(seed, 800)[0]


def test_a_table_has_a_score_a_label_and_two_probabilities_for_each_row():
    x = table()
    detector = LiquidAnomalyDetector(**{**SMALL, "epochs": 2, "baseline": None}, contamination=0.05)
    assert detector.fit(x) is detector
    fresh = table(1)
    assert detector.decision_scores_.shape == detector.labels_.shape == (800,)
    assert (detector.labels_ == (detector.decision_scores_ > detector.threshold_)).all()
    assert (detector.decision_scores_ == detector.decision_function(x)).all()
    assert (detector.predict(fresh) == (detector.decision_function(fresh) > detector.threshold_)).all()
    assert {*detector.predict(fresh)} <= {0, 1}
    assert (clone(detector).fit_predict(x) == detector.labels_).all()
    assert detector.get_params()["contamination"] == 0.05
    for method in ("linear", "unify"):
        assert detector.predict_proba(fresh, method=method).shape == (800, 2)
    with pytest.raises(ArgumentError, match="method='guess'"):
        detector.predict_proba(fresh, method="guess")
    with pytest.raises(ShapeError, match="n_samples=3"):
        clone(detector).fit(x[:3])


@given(learnt=arrays(float, 20, elements=floats(-100, 100)), fresh=arrays(float, 10, elements=floats(-200, 200)))
def test_probabilities_are_those_of_pyod(learnt, fresh):
    with use_backend("numpy"):
        spread = Spread.of([learnt[:7], learnt[7:]])
        linear, unify = (spread.probabilities(fresh, method) for method in ("linear", "unify"))
    assert np.allclose(linear.sum(1), 1)
    if learnt.max() - learnt.min() > 1e-6:
        scaled = MinMaxScaler().fit(learnt[:, None]).transform(fresh[:, None])[:, 0].clip(0, 1)
        # a difference of numbers up to 200 over one of 1e-6 and more: 2e8 roundings
        assert np.allclose(linear[:, 1], scaled, atol=1e-7)
        bell = erf((fresh - learnt.mean()) / (learnt.std() * math.sqrt(2))).clip(0, 1)
        assert np.allclose(unify[:, 1], bell, atol=1e-6)


def test_lists_of_series_have_lists_of_probabilities_and_a_file_keeps_them(tmp_path):
    detector, _ = fitted()
    x, spans, _ = with_fault("offset")
    one = detector.predict_proba(x, timespans=spans)
    detector.save(tmp_path / "d.safetensors")
    read = LiquidAnomalyDetector.load(tmp_path / "d.safetensors")
    found = read.predict_proba([x, x[:500]], timespans=[spans, spans[:500]])
    assert [p.shape for p in found] == [(3000, 2), (500, 2)]
    assert (found[0] == one).all()


def test_standardised_scores_of_two_detectors_are_averaged_as_combinations_do_it():
    x, spans, wrong = with_fault("noise")
    detectors = [fitted(score=score)[0] for score in ("nll", "mse")]
    learnt = np.stack([np.concatenate(detector.decision_scores_) for detector in detectors], axis=1)
    fresh = np.stack([detector.decision_function(x, timespans=spans) for detector in detectors], axis=1)
    mean = StandardScaler().fit(learnt).transform(fresh).mean(axis=1)
    late = np.arange(3000) > 600
    assert roc_auc_score(wrong[late], mean[late]) > 0.9
