"""Every baseline scores every row, by its own definition; what was never observed or never varied breaks none."""

from __future__ import annotations

import doctest
import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers
from scipy.stats import skew

from emberharmony import use_backend
from emberharmony.demo import baselines
from emberharmony.demo.baselines import (
    BASELINES,
    COPOD,
    ECOD,
    LSTM,
    PCA,
    IsolationForest,
    MovingZScore,
    Series,
    filled,
    lstm,
    moving,
    series,
)
from emberharmony.demo.baselines.tails import Tails
from emberharmony.errors import ArgumentError, MissingPackageError, ShapeError
from emberharmony.training.errors import RunError

QUICK = (MovingZScore(), IsolationForest(trees=10), ECOD(), COPOD(), PCA(), LSTM(units=4, window=16, batch=4, steps=6))
NAMES = [one.name for one in QUICK]
seeds = integers(0, 999)


def a_series(seed: int, steps: int = 120, features: int = 3, contexts: int = 2, missing: float = 0.3) -> Series:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(steps, features)).astype("float32")
    values[rng.uniform(size=values.shape) < missing] = np.nan
    spans = rng.uniform(0, 20, steps).astype("float32")
    return Series(values, spans, rng.normal(size=(steps, contexts)).astype("float32"))


def scored(fitted, one: Series):
    return fitted.rows(fitted.sensors(one))


def plain(values) -> Series:
    """Values (T, F) that were all observed, every 10 s, without context."""
    values = np.asarray(values, "float32")
    return Series(values, np.full(len(values), 10, "float32"), np.zeros((len(values), 0), "float32"))


def part(one: Series, stop: int) -> Series:
    return Series(*(x[:stop] for x in one))


# -- what all of them promise --


def test_the_table_has_each_name_once():
    assert len({*NAMES}) == len(NAMES) == 6
    assert [one.name for one in BASELINES] == NAMES


@pytest.mark.parametrize("baseline", QUICK, ids=NAMES)
def test_one_finite_score_for_each_row(backend, baseline):
    healthy = [a_series(0), a_series(1, steps=80)]
    healthy[0].values[:40, 1] = np.nan  # nothing was known before
    before = [Series(*(x.copy() for x in one)) for one in healthy]
    fitted = baseline.fit(healthy)
    for one in (*healthy, a_series(2, steps=1), a_series(3, missing=1.0), a_series(4, steps=30)):
        scores = scored(fitted, one)
        assert isinstance(scores, np.ndarray)
        assert scores.dtype == np.float64
        assert scores.shape == (len(one.values),)
        assert np.isfinite(scores).all()
    for one, same in zip(healthy, before, strict=True):  # the caller's arrays are the caller's
        assert all(np.array_equal(x, y, equal_nan=True) for x, y in zip(one, same, strict=True))


@pytest.mark.parametrize("baseline", QUICK, ids=NAMES)
def test_one_feature_and_a_column_that_never_varied_are_no_trouble(baseline):
    steady = plain(np.full((60, 1), 0.1))
    assert np.isfinite(scored(baseline.fit([steady]), plain([[0.1], [0.2], [1e6]]))).all()
    one = a_series(0)
    one.values[:, 1] = 0.1
    assert np.isfinite(scored(baseline.fit([one]), one)).all()


@pytest.mark.parametrize("baseline", QUICK, ids=NAMES)
def test_what_comes_later_changes_no_score(baseline):
    one, cut = a_series(5), 50
    fitted = baseline.fit([one])
    # an LSTM multiplies other numbers of rows at once: BLAS may sum its 60 terms in another order
    assert scored(fitted, part(one, cut)) == pytest.approx(scored(fitted, one)[:cut], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("baseline", QUICK, ids=NAMES)
def test_the_same_fit_gives_the_same_bits(baseline):
    one = a_series(6)
    assert scored(baseline.fit([one]), one).tobytes() == scored(baseline.fit([one]), one).tobytes()


@pytest.mark.parametrize("baseline", QUICK, ids=NAMES)
def test_what_cannot_be_learnt_from_is_refused_by_name(baseline):
    one = a_series(0)
    for wrong, error in (
        ([], ArgumentError),
        ([part(one, 0)], ArgumentError),
        ([one, a_series(0, features=2)], ShapeError),
        ([one, a_series(0, contexts=1)], ShapeError),
        ([Series(one.values, one.spans[1:], one.context)], ShapeError),
    ):
        with pytest.raises(error, match=baseline.name):
            baseline.fit(wrong)


@pytest.mark.parametrize(
    ("baseline", "name", "value"),
    [
        *[(MovingZScore, *wrong) for wrong in (("seconds", 0.0), ("seconds", np.inf), ("fewest", 0), ("least", 0.0))],
        *[(LSTM, *wrong) for wrong in (("units", 0), ("window", 3), ("batch", 0), ("steps", 0), ("held_back", 1.0))],
        *[(baseline, "rows", 0) for baseline in (IsolationForest, ECOD, COPOD, PCA)],
        (IsolationForest, "trees", 0), (IsolationForest, "subsample", 1), (PCA, "minor", 0.0),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_by_name(baseline, name, value):
    with pytest.raises(ArgumentError, match=name):
        baseline(**{name: value})


# -- filling and sampling --


@given(seed=seeds, missing=floats(0, 1))
def test_filled_is_the_last_known_reading_and_0_before(seed, missing):
    values = a_series(seed, steps=40, missing=missing).values
    expected, last = np.zeros_like(values), np.zeros(3, "float32")
    for t, row in enumerate(values):
        last = np.where(np.isnan(row), last, row)
        expected[t] = last
    assert np.array_equal(filled(values), expected)


@given(lengths=integers(1, 30), most=integers(1, 100))
def test_a_sample_is_evenly_spaced_rows_of_all_series(lengths, most):
    all_of_them = [a_series(seed, steps=lengths + 3 * seed) for seed in range(3)]
    values, context = series.sample(all_of_them, most)
    whole = np.concatenate([filled(one.values) for one in all_of_them])
    count = min(most, len(whole))
    places = [i * len(whole) // count for i in range(count)]
    assert np.array_equal(values, whole[places])
    assert np.array_equal(context, np.concatenate([one.context for one in all_of_them])[places])


# -- ECOD and COPOD --


def tails(train, x):
    """-log of both empirical tails, by counting; in float64, as the definition is written."""
    left = -np.log(np.maximum((train[None] <= x[:, None]).sum(1), 1) / len(train))
    right = -np.log(np.maximum((train[None] >= x[:, None]).sum(1), 1) / len(train))
    varied = train.min(0) < train.max(0)
    s = np.where(varied, np.sign(skew(train + ~varied * np.arange(len(train))[:, None], axis=0)), 0)
    return left, right, left * -np.sign(s - 1) + right * np.sign(s + 1)


def whole_numbers(seed: int, steps: int = 200) -> np.ndarray:
    """With ties, skewed to the right, to the left, not at all (mirrored), and constant."""
    x = np.random.default_rng(seed).poisson(2.0, (steps // 2, 4)).astype("float32")
    x[:, 1] *= -1
    x = np.concatenate([x, x])
    x[steps // 2 :, 2] *= -1
    x[:, 3] = 0.1
    return x


@pytest.mark.parametrize(
    ("baseline", "combined"),
    [
        (ECOD(), lambda left, right, skewed: np.maximum(np.maximum(left, right), skewed)),
        (COPOD(), lambda left, right, skewed: np.maximum(skewed, (left + right) / 2)),
    ],
    ids=["ECOD", "COPOD"],
)
@given(seed=seeds)
def test_ecod_and_copod_are_their_definitions_ties_and_new_rows_included(baseline, combined, seed):
    train, x = whole_numbers(seed), np.random.default_rng(seed + 1).integers(-12, 12, (50, 4)).astype("float32")
    fitted = baseline.fit([plain(train)])
    for rows in (train, x):
        expected = combined(*tails(train, rows)).sum(1)
        # four features, each a logarithm of at most log(200) = 5.3 and a sum of two: some ulp of 42
        assert np.abs(scored(fitted, plain(rows)) - expected).max() < 1e-12


def test_a_column_that_is_its_own_mirror_image_has_no_skewness():
    half = np.random.default_rng(0).normal(size=500).astype("float32")
    assert Tails.of(np.concatenate([half, -half])[:, None]).skews == [0.0]
    assert Tails.of(np.exp(half)[:, None]).skews == [1.0]
    assert Tails.of(-np.exp(half)[:, None]).skews == [-1.0]
    assert Tails.of(np.full((7, 1), 0.1, "float32")).skews == [0.0]


# -- PCA --


@given(seed=seeds, features=integers(1, 6))
def test_pca_is_the_mahalanobis_distance_where_there_is_a_covariance(seed, features):
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(300, features)) @ (rng.normal(size=(features, features)) + 3 * np.eye(features))).astype("f4")
    z = x.astype("float64") - x.astype("float64").mean(0)
    covariance = z.T @ z / len(z)
    expected = ((z @ np.linalg.inv(covariance)) * z).sum(1)
    bound = 1e-13 * np.linalg.cond(covariance) * expected.max()  # an inverse costs digits by the condition
    every_component = PCA(minor=np.inf)
    assert np.abs(scored(every_component.fit([plain(x)]), plain(x)) - expected).max() < bound


@given(seed=seeds)
def test_minor_components_see_what_breaks_an_agreement_and_nothing_else(seed):
    load = np.random.default_rng(seed).normal(size=400)
    x = np.stack([load, 2 * load, -load], axis=1) + np.random.default_rng(seed + 1).normal(0, 0.01, (400, 3))
    fitted = PCA().fit([plain(x)])
    assert fitted.components.shape == (3, 2)
    lone, far = scored(fitted, plain([[1, 2, 1], [3, 6, -3]]))
    # off by 2 in one feature, at least 1 along a minor component: (1 / 0.01)^2; nothing but slopes known to 0.01 / 20
    assert lone > 5000 > 10 > far


def test_a_column_that_never_varied_is_far_off_once_it_does():
    x = a_series(0, missing=0.0).values
    x[:, 1] = 0.1
    fitted = PCA().fit([plain(x)])
    moved = x.copy()
    moved[:, 1] += 0.1
    # 0.1^2 / (1e-9 of an eigenvalue that is 1.5 at most)
    assert scored(fitted, plain(moved)).min() > 0.9 * 0.01 / 1.5e-9 > 1e5 * scored(fitted, plain(x)).max()


# -- the moving z-score --


@given(seed=seeds)
def test_a_moving_score_is_that_of_each_reading_among_those_before(seed):
    one, settings = a_series(seed), MovingZScore(seconds=200.0, fewest=4)
    times = np.cumsum(one.spans.astype("float64"))
    expected = np.zeros(one.values.shape)
    for f in range(3):
        last = 0.0
        for t, x in enumerate(one.values[:, f].astype("float64")):
            if not np.isnan(x):
                window = one.values[:t, f][times[:t] >= times[t] - 200].astype("float64")
                window = window[~np.isnan(window)]
                last = abs(x - window.mean()) / window.std() if len(window) >= 4 else 0.0
            expected[t, f] = last
    # readings are cut to steps of 2^-14, an error of 2^-15; |x| < 6, and a spread of 4 of them is above 0.01
    error = 2 * 2**-15
    assert scored(settings.fit([one]), one) == pytest.approx(expected.max(1), rel=error / 0.01, abs=error / 0.01)


def test_a_constant_stretch_has_no_spread_and_no_score():
    x = np.full((5000, 1), 50.123, "float32")
    x[:10] = 1e3
    scores = scored(MovingZScore().fit([plain(x)]), plain(x))
    assert (scores[200:] <= 2**-15 / 1e-3).all()  # the mean is cut to 1/16384: half a step over the least spread
    x[4000] += 0.5
    assert scored(MovingZScore(), plain(x))[4000] == pytest.approx(0.5 / 1e-3, abs=2**-15 / 1e-3 + 0.01)


def test_totals_that_wrap_change_no_window(monkeypatch):
    x = np.where(np.arange(400) % 2, 64, -64)[:, None].astype("float32")
    x[-1] = 32
    monkeypatch.setattr(moving, "STEPS", 1 << 24)  # squares of 2^60: their total leaves 63 bits after 8 readings
    settings = MovingZScore(seconds=45.0, fewest=4)  # windows of 4 do not
    assert scored(settings, plain(x))[4:].tolist() == [1.0] * 395 + [0.5]


# -- the Isolation Forest --


def test_the_forest_is_that_of_the_peer_on_filled_readings_and_context_in_chunks_or_not(monkeypatch):
    from sklearn.ensemble import IsolationForest as Peer

    one = a_series(0, steps=300)
    rows = np.concatenate([filled(one.values), one.context], axis=1)
    expected = -Peer(n_estimators=20, max_samples=64, random_state=3).fit(rows).score_samples(rows)
    fitted = IsolationForest(trees=20, subsample=64, seed=3).fit([one])
    assert np.array_equal(scored(fitted, one), expected)
    monkeypatch.setattr("emberharmony.demo.baselines.isolation.AT_ONCE", 7)
    assert np.array_equal(scored(fitted, one), expected)


def test_without_scikit_learn_the_forest_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(MissingPackageError, match="pip install scikit-learn"):
        IsolationForest().fit([a_series(0)])


# -- the LSTM --


def waves(steps: int, seed: int = 0) -> Series:
    """Two sines of one phase, a third of the readings missing."""
    rng, t = np.random.default_rng(seed), np.arange(steps)
    values = np.stack([np.sin(0.3 * t), np.cos(0.3 * t)], 1).astype("float32") + rng.normal(0, 0.05, (steps, 2))
    values[rng.uniform(size=values.shape) < 0.3] = np.nan
    return plain(values)


SMALL = LSTM(units=12, window=32, batch=8, steps=80, rate=0.03)


def test_the_lstm_finds_what_the_past_does_not_foretell(backend):
    losses: list[float] = []
    healthy, one = waves(2000), waves(600, seed=1)
    fitted = SMALL.fit([healthy], callbacks=[lambda event: losses.append(event.loss)])
    assert len(steps := [loss for loss in losses if np.isfinite(loss)]) == SMALL.steps
    assert np.mean(steps[-10:]) < 0.2 * np.mean(steps[:5])
    one.values[300:360] *= -1  # the phase jumps: every value is one that was seen before
    scores = scored(fitted, one)
    assert np.mean(scores[300:330]) > 10 * np.mean(scores[100:290])


def test_pieces_side_by_side_score_as_row_by_row_from_as_far_back(monkeypatch):
    one = waves(400)
    fitted = replace(SMALL, steps=10).fit([one])
    monkeypatch.setattr(lstm, "PIECE", 25)
    monkeypatch.setattr(lstm, "TOGETHER", 3)
    found = lstm._errors(fitted.network, one, fitted.usual, 32)
    known = lstm.Known.of(one, fitted.usual)
    with use_backend("numpy"):
        for t in (0, 31, 32, 56, 57, 200, 399):
            first = 0 if t < 57 else (t - 32) // 25 * 25  # a piece gives its last 25 rows, the first all
            y = fitted.network(known.inputs(first, t - first + 1)[None])[0][0, -1]
            seen = known.seen[t]
            # 61 terms a gate, in another order for another number of rows; errors of a contracting state do not add up
            assert found[t, seen] == pytest.approx((known.values[t] - y)[seen], abs=1e-5)


def test_an_error_stays_until_the_next_reading():
    one = waves(200)
    one.values[150:170, 0] = np.nan
    fitted = replace(SMALL, steps=2).fit([one])
    errors = lstm._errors(fitted.network, one, fitted.usual, 32)
    assert (errors[150:170, 0] == errors[149, 0]).all()
    assert len(np.unique(errors[150:170, 1])) > 5


def test_a_row_is_forecast_from_the_rows_before_it():
    one = a_series(0, steps=20)
    known = lstm.Known.of(one, 10.0)
    x = known.inputs(5, 8)
    assert np.array_equal(x[:, :3], filled(one.values)[4:12])
    assert np.array_equal(x[:, 3:6], ~np.isnan(one.values[4:12]))
    assert np.array_equal(x[:, 6:8], one.context[5:13])
    assert x[:, 8] == pytest.approx(np.log1p(one.spans[5:13] / 10), rel=1e-6)  # float32
    assert (known.inputs(0, 4)[0, :6] == 0).all()
    assert (known.inputs(18, 8)[2:] == 0).all()


def test_a_stopped_training_goes_on_to_the_same_bits(backend, tmp_path, monkeypatch):
    monkeypatch.setattr(lstm, "EVERY", 3)
    one = waves(200)
    settings = replace(SMALL, steps=8)
    expected = scored(settings.fit([one]), one)

    def stop(event):
        if event.kind == "step" and event.step == 5:
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        settings.fit([one], callbacks=[stop], checkpoint=tmp_path)
    seen: list[int] = []
    resumed = settings.fit([one], callbacks=[lambda event: seen.append(event.step)], checkpoint=tmp_path)
    assert seen[0] == 3  # not from the beginning
    assert scored(resumed, one).tobytes() == expected.tobytes()
    with pytest.raises(RunError, match="data"):
        settings.fit([waves(200, seed=1)], checkpoint=tmp_path)
    with pytest.raises(RunError, match="data"):
        replace(settings, units=13).fit([one], checkpoint=tmp_path)


def test_a_series_too_short_to_forecast_is_refused():
    with pytest.raises(ArgumentError, match="7 rows"):
        SMALL.fit([waves(7)])


# -- examples --


@pytest.mark.parametrize("name", ["series", "ecod", "copod", "pca", "isolation", "moving", "lstm"])
def test_the_examples_run(name):
    module = importlib.import_module(f"{baselines.__name__}.{name}")
    with use_backend("numpy"):
        result = doctest.testmod(module, extraglobs=vars(baselines) | {"filled": filled})
    assert result.failed == 0
    assert result.attempted > 0
