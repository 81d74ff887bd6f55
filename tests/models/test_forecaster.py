"""What a forecaster makes of series: better than the naive ones, wherever steps are missing, and at any time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import LiquidForecaster


def small(**settings):
    return LiquidForecaster(**({"units": 8, "window": 8, "epochs": 20} | settings))


def autoregressive(steps=400, factor=0.8, seed=0):
    noise = np.random.default_rng(seed).normal(0.0, 1.0, steps)
    x = np.zeros(steps)
    for t in range(1, steps):
        x[t] = factor * x[t - 1] + noise[t]
    return x


def sine(count=250, seed=0):
    """A sine that is looked at now and then: values, and times."""
    times = np.cumsum(np.random.default_rng(seed).uniform(0.2, 2.0, count))
    return np.sin(times), times


def test_an_autoregression_is_forecast_better_than_by_its_last_value():
    x = autoregressive()
    model = small(cell="cfc", units=4).fit(x[:300])
    naive = r2_score(x[301:], x[300:-1])
    best = r2_score(x[301:], 0.8 * x[300:-1])  # what nobody beats, but by luck
    assert naive + 0.5 * (best - naive) < model.score(x[300:]) < best + 0.05


def test_time_spans_are_worth_having():
    x, times = sine()
    timed = small(window=6).fit(x[:200], times=times[:200]).score(x[200:], times=times[200:])
    assert timed > 0.8
    assert timed > small(window=6).fit(x[:200]).score(x[200:]) + 0.1


def test_a_season_is_forecast_better_than_by_the_season_before():
    rng = np.random.default_rng(0)
    season = np.array([0.0, 3.0, 1.0, -2.0])
    x = np.tile(season, 300) + rng.normal(0, 1.0, 1200)
    model = small(rate=0.05).fit(x[:300])
    assert model.score(x[300:]) > r2_score(x[304:], x[300:-4])


def test_series_that_share_a_folder_for_checkpoints_do_not_share_a_run(tmp_path):
    x, times = sine(40)
    plain, kept = (small(epochs=1, checkpoint=folder) for folder in (None, tmp_path))
    for series, at in ((x, times), (-x, times), (x, 2.0 * times + times**2)):
        assert kept.fit(series, times=at).predict(2).tobytes() == plain.fit(series, times=at).predict(2).tobytes()


def test_any_history_that_holds_the_window_gives_the_same_forecast(backend):
    x, times = sine(60)
    model = small(epochs=1, horizon=2).fit(x, times=times)
    whole = model.predict(5)
    assert model.forecast(x, 5, times=times).tobytes() == whole.tobytes()
    assert model.forecast(x[-8:], 5, times=times[-8:]).tobytes() == whole.tobytes()
    assert model.forecast(x[-9:], 5, times=times[-9:] - 7.0).shape == whole.shape


def test_a_forecast_is_not_told_what_comes():
    x, times = sine(60)
    model = small(epochs=1, horizon=2).fit(x, times=times)
    first = model.forecast(x[:40], 2, times=times[:40], at=times[40:42])
    spoiled = np.concatenate([x[:40], [1e6, -1e6]])
    assert model.forecast(spoiled[:40], 2, times=times[:40], at=times[40:42]).tobytes() == first.tobytes()


def test_a_long_forecast_begins_like_a_short_one_and_goes_on_from_it():
    x, _ = sine(60)
    model = small(epochs=1, horizon=3).fit(x)
    long = model.predict(7)
    assert long[:3].tobytes() == model.predict(3).tobytes()
    assert long[:2].tobytes() == model.predict(2).tobytes()
    further = model.forecast(np.concatenate([x, long[:3].astype(float)]), 3)
    assert further.tobytes() == long[3:6].tobytes()


def test_forecasts_take_the_form_of_the_series():
    x = np.random.default_rng(0).normal(0, 1, (30, 2))
    assert small(epochs=1).fit(x).predict(3).shape == (3, 2)
    assert small(epochs=1).fit(x[:, 0]).predict(3).shape == (3,)
    levels = small(epochs=1, quantiles=(0.1, 0.5, 0.9))
    assert levels.fit(x).predict(3).shape == (3, 2, 3)
    several = levels.fit([x, x[:7]]).predict(3)
    assert [y.shape for y in several] == [(3, 2, 3), (3, 2, 3)]


def test_quantiles_ascend_and_hold_the_part_they_say():
    rng = np.random.default_rng(0)
    x = rng.normal(0, 1, 400)
    model = small(units=4, epochs=10, quantiles=(0.1, 0.5, 0.9)).fit(x[:300])
    y = np.stack([model.forecast(x[t - 8 : t], 1)[0] for t in range(300, 400)])
    assert (np.diff(y, axis=1) >= 0).all()
    inside = ((x[300:] > y[:, 0]) & (x[300:] < y[:, 2])).mean()
    # a binomial of 100 at 0.8 has a deviation of 0.04: three of them, and as much again for what is learnt from 300
    assert abs(inside - 0.8) < 0.24


def test_gaps_are_bridged():
    x = np.sin(np.arange(300.0))
    gone = np.random.default_rng(0).random(300) < 0.2
    model = small().fit(np.where(gone, np.nan, x)[:250])
    assert model.score(np.where(gone, np.nan, x)[250:]) > 0.8
    assert np.isfinite(model.predict(10)).all()


def test_patience_looks_at_the_end_of_the_series_only():
    x = autoregressive(200)
    spoiled = x.copy()
    spoiled[180:] = 100.0
    settings = {"patience": 50, "epochs": 2, "validation": 0.1}
    a, b = (small(**settings).fit(s) for s in (x, spoiled))
    assert [r["loss"] for r in a.history_] == [r["loss"] for r in b.history_]
    assert a.scaling_.centre == b.scaling_.centre
    assert a.history_[-1]["validation_loss"] < b.history_[-1]["validation_loss"]


@pytest.mark.parametrize(
    ("settings", "fit", "said"),
    [
        ({"horizon": 0}, {"X": [1.0, 2.0, 3.0]}, "horizon=0"),
        ({"quantiles": (0.1, 0.9)}, {"X": [1.0, 2.0, 3.0]}, "0.5 among them"),
        ({}, {"X": [1.0]}, "n_samples=1"),
        ({}, {"X": [1.0, 2.0, 3.0], "times": [0.0, 2.0, 1.0]}, "1.0 in series 0, step 2"),
        ({}, {"X": [1.0, 2.0, 3.0], "times": [0.0, 2.0]}, "shape (2,)"),
        ({"patience": 1}, {"X": [1.0, 2.0, 3.0]}, "validation=0.1"),
    ],
)
def test_series_that_cannot_be_learnt_are_refused_by_name(settings, fit, said):
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        small(**settings).fit(**fit)
    assert said in str(caught.value)


def test_times_are_given_where_there_were_times():
    x, times = sine(30)
    timed, untimed = small(epochs=1).fit(x, times=times), small(epochs=1).fit(x)
    with pytest.raises(ArgumentError, match="no time spans"):
        timed.forecast(x)
    with pytest.raises(ArgumentError, match="without times"):
        untimed.predict(at=[31.0])
    with pytest.raises(ArgumentError, match="do not ascend"):
        timed.predict(at=[times[-1] - 1.0])
    with pytest.raises(ArgumentError, match="horizon"):
        timed.predict(x)
