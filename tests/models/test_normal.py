"""A shrunk covariance is the peer's; distances know neither units nor a rotation of what they were learnt from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers
from sklearn.covariance import LedoitWolf

from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.normal import LEAST, Normal


def correlated(seed: int, n: int, p: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)) @ rng.normal(size=(p, p)) + rng.normal(size=p)


@given(seed=integers(0, 999), n=integers(5, 60), p=integers(1, 12))
def test_shrinkage_and_distance_are_those_of_the_peer_in_units_of_the_columns(seed, n, p):
    x = correlated(seed, n, p)
    ours = Normal.of(x)
    z = (x - x.mean(0)) / x.std(0)
    peer = LedoitWolf(assume_centered=True).fit(z)
    assert abs(ours.shrinkage - max(peer.shrinkage_, LEAST)) < 1e-10
    expected = peer.mahalanobis(z)
    # the inverse costs digits by the condition of the shrunk matrix
    bound = 1e-12 * np.linalg.cond(peer.covariance_) * max(1.0, expected.max())
    assert np.abs(ours.distance(x) - expected).max() < bound


@given(seed=integers(0, 999), scale=floats(1e-6, 1e6), shift=floats(-1e3, 1e3))
def test_units_and_offsets_change_no_distance(seed, scale, shift):
    x = correlated(seed, 200, 4)
    moved = x.copy()
    moved[:, 1] = moved[:, 1] * scale + shift * scale
    a, b = Normal.of(x).distance(x), Normal.of(moved).distance(moved)
    assert np.abs(a - b).max() < 1e-7 * a.max()  # the shift costs up to 1e3 of 1e16 digits, squared and inverted


@given(seed=integers(0, 99))
def test_contributions_add_up_and_point_at_the_column_that_is_off(seed):
    x = np.random.default_rng(seed).normal(size=(400, 5))
    normal = Normal.of(x)
    odd = x[:1].copy()
    odd[0, 3] += 12.0
    parts = normal.contributions(odd)
    assert abs(parts.sum() - normal.distance(odd)[0]) < 1e-9 * parts.sum()
    assert parts[0].argmax() == 3


def test_columns_that_never_varied_are_told_when_they_do():
    x = np.random.default_rng(0).normal(size=(100, 3))
    x[:, 1] = 7.0
    normal = Normal.of(x)
    assert normal.distance(x).max() < 40
    off = x[:1].copy()
    off[0, 1] = 7.1
    assert normal.distance(off)[0] > 1e6
    for rows in (np.ones((10, 2)), np.array([[1.0, 2.0], [3.0, 5.0]])):
        assert np.isfinite(Normal.of(rows).distance(rows)).all()


def test_what_cannot_be_learnt_from_is_refused():
    for rows in (np.ones(3), np.ones((2, 2, 2))):
        with pytest.raises(ShapeError):
            Normal.of(rows)
    with pytest.raises(ArgumentError, match="1 rows"):
        Normal.of(np.ones((1, 2)))
    with pytest.raises(ArgumentError, match="nan or inf"):
        Normal.of(np.array([[1.0], [np.nan]]))
    with pytest.raises(ShapeError, match=r"\(N, 2\)"):
        Normal.of(correlated(0, 9, 2)).distance(np.ones((3, 3)))


def test_arrays_of_any_backend_are_taken(backend):
    from emberharmony import ops

    x = correlated(1, 50, 3)
    assert np.allclose(Normal.of(ops.asarray(x)).distance(ops.asarray(x)), Normal.of(x).distance(x), rtol=1e-5)
