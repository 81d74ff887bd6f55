"""What a regressor learns, and in which form numbers go in and out."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score
from tests.models.data import cut, sums

from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models import LiquidRegressor

EPS = 2.0**-23


def small(**settings):
    return LiquidRegressor(**({"units": 6, "epochs": 12} | settings))


def test_it_learns_means_of_sequences_it_has_not_seen(backend):
    x, y = sums(steps=4)
    fresh, truth = sums(steps=4, seed=1)
    assert small(pool="mean", epochs=20, rate=0.05).fit(x, y).score(fresh, truth) > 0.8


def test_predictions_have_the_shape_and_the_unit_of_the_targets():
    x, y = sums()
    both = np.stack([y, 1000.0 - 50.0 * y], axis=1)
    model = small(epochs=40).fit(x, both)
    assert model.predict(x).shape == both.shape
    assert small(epochs=1).fit(x, y).predict(x).shape == y.shape
    assert small(epochs=1).fit(x, y[:, None]).predict(x).shape == (len(y), 1)
    assert abs(model.predict(x)[:, 1].mean() - 1000.0) < 50.0


def test_targets_may_have_any_unit():
    x, y = sums()
    found = [small(epochs=2).fit(x, y * unit).predict(x) / unit for unit in (1.0, 1024.0)]
    assert found[0].tobytes() == found[1].tobytes()  # a power of two is exact


def test_the_score_is_that_of_scikit_learn():
    x, y = sums()
    both = np.stack([y, y**2], axis=1)
    weight = np.random.default_rng(0).uniform(0, 1, len(y))
    model = small(epochs=2).fit(x, both)
    # both sum 64 numbers of about 1 in float64
    assert abs(model.score(x, both, weight) - r2_score(both, model.predict(x), sample_weight=weight)) < 1e-12


def test_the_latest_value_is_found_in_sequences_of_any_length():
    x = cut(np.random.default_rng(0).normal(0, 1, (64, 8, 1)))
    y = np.array([one[-1, 0] for one in x])
    assert small(epochs=40).fit(x, y).score(x, y) > 0.9


def test_a_constant_target_is_predicted_as_it_is():
    model = small(epochs=30, decay=0.0).fit(sums()[0], np.full(64, 5.0))
    assert np.abs(model.predict(sums()[0]) - 5.0).max() < 0.2


@pytest.mark.parametrize(
    ("y", "said"),
    [([0.0, np.nan], "y[1] = nan"), ([0.0, np.inf], "y[1] = inf"), ([1.0], "2 sequences and y of shape (1,)")],
)
def test_targets_that_are_no_numbers_are_refused_by_name(y, said):
    with pytest.raises((ArgumentError, ShapeError)) as caught:
        small().fit(np.zeros((2, 3)), y)
    assert said in str(caught.value)


def test_validation_data_have_as_many_outputs():
    with pytest.raises(ShapeError, match="same number of outputs"):
        small().fit(np.zeros((4, 3)), np.arange(4.0), validation=(np.zeros((2, 3)), np.zeros((2, 2))))
