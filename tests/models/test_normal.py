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


@given(seed=integers(0, 99), share=floats(0.0, 0.2), far=floats(6.0, 1e4))
def test_rows_that_are_not_normal_do_not_say_what_is(seed, share, far):
    rng = np.random.default_rng(seed)
    mix = np.triu(rng.uniform(-1, 1, size=(4, 4)), 1) + np.eye(4)
    x = rng.normal(size=(2000, 4)) @ mix
    count = round(share * len(x))
    odd = (rng.normal(size=(count, 4)) + far * rng.choice([-1.0, 1.0], size=(count, 4))) @ mix
    ours = Normal.of(np.concatenate([x, odd]), kept=0.75)
    z = np.linalg.solve(mix.T, x.T).T
    true = (z**2).sum(1)
    # the quarter that is left out is as far to all sides: what remains has the shape, smaller. Of 1500 rows a variance
    # is known to sqrt(2 / 1500) = 0.04, of a sum of four directions; five of these are 0.2
    ratio = ours.distance(x)[true > 1] / true[true > 1]
    assert np.log(ratio).std() < 0.2
    assert not count or ours.distance(odd).min() > np.quantile(ours.distance(x), 0.999)


def test_a_column_that_hardly_ever_varies_keeps_its_unit():
    x = np.random.default_rng(0).normal(size=(1000, 2))
    x[:, 1] = np.arange(1000) % 10 == 0
    # of the nearest 750 none varies: a unit of 1e-6 would make 1e12 of every tenth row
    assert Normal.of(x, kept=0.75).distance(x).max() < 1e3


def test_what_cannot_be_learnt_from_is_refused():
    for kept in (0.4, 1.1, float("nan")):
        with pytest.raises(ArgumentError, match="kept"):
            Normal.of(correlated(0, 9, 2), kept=kept)
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
