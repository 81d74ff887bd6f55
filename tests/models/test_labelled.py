"""A detector that learns from labels finds what it was shown, says which feature told it, and knows a label."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emberharmony import ops, use_backend
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.anomaly import LiquidAnomalyDetector
from emberharmony.models.labelled import labels_of, loss, windows
from emberharmony.models.masked import Steps

STEPS = 3000
SMALL = {"mode": "supervised", "units": 16, "epochs": 30, "window": 96, "batch_size": 8}


def plant(seed: int, steps: int = STEPS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three sensors of one load, one in five readings missing; the second is off now and then, as labelled."""
    rng = np.random.default_rng(seed)
    spans = rng.uniform(0.5, 1.5, steps)
    t = np.cumsum(spans)
    load = np.sin(t / 20 + rng.uniform(0, 6)) + 0.5 * np.sin(t / 7.3 + rng.uniform(0, 6))
    x = np.stack([10 + 2 * load, 5 - load, load**2], axis=1) + 0.1 * rng.normal(size=(steps, 3))
    y = np.zeros(steps, int)
    for start in range(100, steps - 140, 250):
        begin = start + rng.integers(0, 100)
        y[begin : begin + 40] = 1
    x[y == 1, 1] += 0.5
    x[rng.uniform(size=x.shape) < 0.2] = np.nan
    return x, spans, y


@cache
def fitted() -> LiquidAnomalyDetector:
    xs, spans, ys = zip(*(plant(seed) for seed in range(4)), strict=True)
    with use_backend("numpy"):
        return LiquidAnomalyDetector(**SMALL).fit(list(xs), list(ys), timespans=list(spans))


def test_labelled_faults_are_found_in_a_fresh_series():
    x, spans, y = plant(9)
    scores = fitted().decision_function(x, timespans=spans)
    assert roc_auc_score(y, scores) > 0.95
    # one in a hundred normal steps was asked for; 2500 normal steps in stretches of 200, hence up to five times as many
    assert (scores[y == 0] > 1).mean() < 0.05
    assert fitted().predict(x, timespans=spans)[y == 1].mean() > 0.7


def test_the_feature_that_is_off_brings_the_most_to_the_score():
    x, spans, y = plant(9)
    brought = fitted().explain(x, timespans=spans)
    assert brought.shape == (STEPS, 3)
    assert brought[y == 1].mean(0).argmax() == 1
    assert brought[y == 1, 1].mean() > 1 > brought[y == 0, 1].mean()


def test_what_a_feature_brings_is_the_score_less_that_of_a_series_in_which_it_was_never_observed():
    x, spans, _ = plant(9, 300)
    detector = fitted()
    scores, brought = (f(x, timespans=spans) for f in (detector.decision_function, detector.explain))
    for f in range(3):
        without = x.copy()
        without[:, f] = np.nan
        # the same numbers in another row of a batch, in float32: logits of some 10 have errors of some 1e-5
        assert np.abs(scores - detector.decision_function(without, timespans=spans) - brought[:, f]).max() < 1e-4


def test_the_threshold_rule_is_kept_on_the_normal_steps_that_were_held_out():
    detector = fitted()
    held = [scores[round(0.75 * STEPS) :] for scores in detector.decision_scores_]
    labels = [plant(seed)[2][round(0.75 * STEPS) :] for seed in range(4)]
    normal = np.concatenate([s[y == 0] for s, y in zip(held, labels, strict=True)])
    # a quantile: of n scores at most a hundredth is above it, and one more would be too many
    assert (normal > 1).mean() <= 0.01 < ((normal >= 1).sum() + 1) / (len(normal) + 1)
    assert detector.threshold_ == 1.0


def test_one_step_after_the_other_is_judged_as_the_whole():
    x, spans, _ = plant(11, 300)
    detector = fitted()
    online = detector.online()
    found = [(online.score_next(row, dt), *online.features) for row, dt in zip(x, spans, strict=True)]
    expected = np.column_stack([f(x, timespans=spans) for f in (detector.decision_function, detector.explain)])
    # logits in float32, read step by step: some roundings
    assert np.abs(np.array(found) - expected).max() < 1e-4 * (1 + np.abs(expected).max())


def test_a_file_brings_it_back_and_every_backend_says_the_same(backend, tmp_path):
    x, spans, _ = plant(12, 300)
    expected = fitted().decision_function(x, timespans=spans)
    fitted().save(tmp_path / "d.safetensors")
    read = LiquidAnomalyDetector.load(tmp_path / "d.safetensors")
    with use_backend(backend):
        found = read.decision_function(x, timespans=spans)
    assert np.abs(found - expected).max() < 1e-3 * (1 + np.abs(expected).max())
    if backend == "numpy":
        assert (found == expected).all()


def test_all_anomalous_steps_weigh_as_much_as_all_normal_ones():
    labels = [np.array([0.0, 0.0, 0.0, 1.0])]

    class Silent:  # a network that gives 0 for each step: both classes cost log 2 a step
        def body(self, x, state, timespans):
            return x, state

        def head(self, y):
            return y[..., :1] * 0

    batch = {"x": np.ones((1, 4, 1)), "timespans": None, "target": labels[0][None], "asked": np.ones((1, 4), bool)}
    # three anomalies' worth on one step, one on each of three: (3 + 3) log 2 over 4 steps
    assert loss(labels)(Silent(), batch) == pytest.approx(6 / 4 * np.log(2.0))


def test_windows_show_the_labels_of_their_steps_and_hide_a_feature_now_and_then():
    steps = 64
    values = np.arange(1.0, steps + 1, dtype="float32")[:, None].repeat(2, 1)
    one = Steps(values, np.ones((steps, 2), bool), np.zeros((steps, 0), "float32"), np.ones(steps, "float32"))
    labels = (np.arange(steps) % 5 == 0).astype("float64")
    with use_backend("numpy"):
        batches = [*windows([one], [labels], 16, 8, ops.random.key(0))(0)]
    hidden = []
    for batch in batches:
        place = np.maximum(batch["x"][:, :, 0], batch["x"][:, :, 1]).astype(int) - 1
        assert (batch["target"] == labels[place]).all()
        assert not batch["asked"][:, :4].any()
        assert batch["asked"][:, 4:].all()
        seen = batch["x"][:, :, 2:]
        assert (batch["x"][:, :, :2] == seen * (place[..., None] + 1)).all()
        hidden += [*(1 - seen[:, 0]).sum(1)]
    # three of ten of 128 windows: 38, with a standard deviation of 5
    assert 18 < sum(hidden) < 58
    assert max(hidden) == 1


def test_labels_that_are_none_are_refused_by_name():
    x, spans, y = plant(0, 400)
    with pytest.raises(ArgumentError, match="requires y"):
        LiquidAnomalyDetector(**SMALL).fit(x, timespans=spans)
    with pytest.raises(ArgumentError, match=r"no anomalies.*one class"):
        LiquidAnomalyDetector(**SMALL).fit(x, 0 * y, timespans=spans)
    with pytest.raises(ArgumentError, match="nothing but anomalies"):
        LiquidAnomalyDetector(**SMALL).fit(x, 0 * y + 1, timespans=spans)
    with pytest.raises(ArgumentError, match="2 in series 0, step 3"):
        LiquidAnomalyDetector(**SMALL).fit(x, np.where(np.arange(400) == 3, 2, y), timespans=spans)
    with pytest.raises(ShapeError, match=r"y of shape \(399,\)"):
        LiquidAnomalyDetector(**SMALL).fit(x, y[1:], timespans=spans)
    with pytest.raises(ShapeError, match="y for 1 series"):
        LiquidAnomalyDetector(**SMALL).fit([x, x], [y], timespans=[spans, spans])
    late = np.where(np.arange(400) < 300, y, 1)
    with pytest.raises(ArgumentError, match="no normal step"):
        LiquidAnomalyDetector(**{**SMALL, "epochs": 1}).fit(x, late, timespans=spans)
    # a nan is no label, either
    with pytest.raises(ArgumentError, match="nan in series 0"):
        labels_of("detector", [[0.0, 1.0, float("nan")]], [3], [2], several=True)


def test_the_other_modes_do_not_look_at_labels():
    x, spans, y = plant(0, 400)
    detector = LiquidAnomalyDetector(units=4, epochs=1, window=32, spans=(8.0,), baseline=None, contamination=0.1)
    plain = detector.fit_predict(x, timespans=spans)
    assert (detector.fit_predict(x, ["no", y], timespans=spans) == plain).all()
