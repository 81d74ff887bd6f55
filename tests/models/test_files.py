"""What is kept of an estimator: files, runs that go on, and bits that do not depend on threads."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from tests.models.data import cut, directions, sums

from emberharmony import nn
from emberharmony.errors import ArgumentError, WeightsError
from emberharmony.models import LiquidClassifier, LiquidForecaster, LiquidRegressor, UnfittedError, classifier


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cell": "cfc", "mixed_memory": True, "layers": 2},
        {"bidirectional": True, "class_weight": {"rises": 2.0, "falls": 1.0}},
        {"wiring": nn.AutoNCP(8, 3), "pool": "mean"},
    ],
)
def test_a_file_gives_back_the_settings_and_the_predictions(backend, tmp_path, settings):
    x, y = directions()
    x[0, 0, 1] = np.nan
    parts, spans = cut(x), [np.ones(len(one)) for one in cut(x)]
    model = LiquidClassifier(units=4, epochs=1, **settings).fit(parts, y, timespans=spans)
    model.save(tmp_path / "model.safetensors")
    again = LiquidClassifier.load(tmp_path / "model.safetensors")
    assert again.get_params() == model.get_params()
    assert again.history_ == model.history_
    assert again.classes_.dtype == model.classes_.dtype
    found = again.predict_proba(parts, timespans=spans)
    assert found.tobytes() == model.predict_proba(parts, timespans=spans).tobytes()


def test_a_regressor_and_a_forecaster_come_back_from_their_files(tmp_path):
    x, y = sums()
    regressor = LiquidRegressor(units=4, epochs=1).fit(x, y)
    regressor.save(tmp_path / "regressor")
    assert LiquidRegressor.load(tmp_path / "regressor").predict(x).tobytes() == regressor.predict(x).tobytes()
    series = [x[:, 0], x[:9, 1]]
    for times in (None, [np.arange(64.0), np.arange(9.0) * 2]):
        forecaster = LiquidForecaster(units=4, window=8, epochs=1, quantiles=(0.2, 0.5)).fit(series, times=times)
        forecaster.save(tmp_path / "forecaster")
        again = LiquidForecaster.load(tmp_path / "forecaster")
        assert again.quantiles == (0.2, 0.5)
        for a, b in zip(again.predict(5), forecaster.predict(5), strict=True):
            assert a.tobytes() == b.tobytes()


def test_a_file_of_something_else_is_refused_by_name(tmp_path):
    x, y = sums()
    LiquidRegressor(units=4, epochs=1).fit(x, y).save(tmp_path / "regressor")
    with pytest.raises(WeightsError, match="holds a LiquidRegressor"):
        LiquidClassifier.load(tmp_path / "regressor")
    nn.save({"w": np.zeros(3)}, tmp_path / "weights")
    with pytest.raises(WeightsError, match="no whole file of an estimator"):
        LiquidClassifier.load(tmp_path / "weights")
    whole = (tmp_path / "regressor").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="no whole file of an estimator"):
        LiquidRegressor.load(tmp_path / "cut")


def test_a_setting_that_json_cannot_hold_is_refused_and_no_file_is_made(tmp_path):
    x, y = sums()
    model = LiquidRegressor(units=4, epochs=1).fit(x, y).set_params(wiring=object())
    with pytest.raises(ArgumentError, match="wiring"):
        model.save(tmp_path / "model")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "ask", [lambda m: m.predict([[1.0]]), lambda m: m.save("nowhere"), lambda m: m.score([[1.0]], [0])]
)
def test_an_estimator_that_was_not_fitted_says_so(ask):
    with pytest.raises(UnfittedError, match="before fit"):
        ask(LiquidClassifier())


def test_a_setting_with_another_name_is_refused_by_name():
    with pytest.raises(ArgumentError, match="no setting 'unit'"):
        LiquidClassifier().set_params(unit=3)


def test_a_fit_that_was_stopped_goes_on_where_it_was(backend, tmp_path):
    x, y = directions()
    loss = classifier._loss
    whole = LiquidClassifier(units=4, epochs=4).fit(x, y)
    model = LiquidClassifier(units=4, epochs=4, checkpoint=tmp_path)
    steps = iter(range(8))

    def killed(network, batch):
        if next(steps) == 7:  # in the third of four epochs of three batches
            raise KeyboardInterrupt
        return loss(network, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "_loss", killed)
        with pytest.raises(KeyboardInterrupt):
            model.fit(x, y)
    assert [*tmp_path.iterdir()]
    again = model.fit(x, y)
    assert again.history_ == whole.history_
    assert again.predict_proba(x).tobytes() == whole.predict_proba(x).tobytes()


SCRIPT = """
import hashlib, sys
import numpy as np
from emberharmony.models import LiquidClassifier
rng = np.random.default_rng(0)
x, y = rng.normal(0, 1, (96, 12, 3)), rng.random(96) < 0.5
for cell in ("ltc", "cfc"):
    model = LiquidClassifier(units=32, cell=cell, epochs=2, batch_size=48, backend=sys.argv[1]).fit(x, y)
    sys.stdout.write(hashlib.sha256(model.predict_proba(x)).hexdigest())
"""


@pytest.mark.parametrize("library", ["numpy", *(pytest.param(n, marks=pytest.mark.slow) for n in ("torch", "mlx"))])
def test_any_number_of_threads_gives_the_same_bits(library):
    found = []
    for threads in ("1", "2"):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS")
        environment = os.environ | dict.fromkeys(names, threads)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, library], env=environment, capture_output=True, text=True, check=True
        )
        found.append(done.stdout)
    assert len(found[0]) == 128
    assert found[0] == found[1]
