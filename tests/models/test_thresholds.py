"""A threshold promises a share: it holds on fresh data, and the law of the tail is the one that SciPy finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from

from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.models.thresholds import THRESHOLDS, mad, pot, quantile, tail


def loss(excess: np.ndarray, shape: float, scale: float) -> float:
    """-log likelihood of a generalised Pareto law."""
    return -float(np.sum(scipy.stats.genpareto.logpdf(excess, shape, 0, scale)))


@given(shape=floats(-0.4, 0.6), scale=sampled_from([1e-6, 1.0, 1e6]), seed=integers(0, 99))
def test_no_law_near_the_tail_that_was_found_is_more_likely(shape, scale, seed):
    excess = scipy.stats.genpareto.rvs(shape, 0, scale, size=400, random_state=seed)
    scores = np.concatenate([np.linspace(-2 * scale, -1e-9 * scale, 19_600), excess])
    found = tail(scores)
    above = scores[scores > found.start] - found.start
    assert found.peaks == len(above) == 400
    ours = loss(above, found.shape, found.scale)
    peer = scipy.stats.genpareto.fit(above, floc=0)
    assert ours <= loss(above, peer[0], peer[2]) + 1e-6 * abs(ours)
    # four standard errors of the estimates, (1 + shape) / sqrt(n) and sqrt(2 (1 + shape) / n), and what the start adds
    assert abs(found.shape - shape) < 4 * (1 + shape) / 20 + 0.01
    assert abs(found.scale / scale - 1) < 4 * math.sqrt(2 * (1 + shape)) / 20 + 0.01


@pytest.mark.parametrize("method", ["quantile", "pot", "mad"])
@pytest.mark.parametrize("share", [0.05, 0.01, 0.001])
def test_the_share_holds_on_fresh_scores_of_a_bell(method, share):
    rng = np.random.default_rng(3)
    found = THRESHOLDS[method](rng.normal(size=20_000), share)
    fresh = 1 - scipy.stats.norm.cdf(found)
    # of n scores a share s is known to sqrt(s (1 - s) / n); the median's own spread moves a bell's tail by less
    assert abs(fresh - share) < 4 * math.sqrt(share / 20_000) + 0.06 * share


def test_a_rare_share_is_reached_beyond_what_was_seen():
    scores = np.random.default_rng(1).exponential(size=5000)
    assert pot(scores, 1e-6) > scores.max()
    with pytest.raises(ArgumentError, match="at least 999999"):
        quantile(scores, 1e-6)


@given(seed=integers(0, 99), n=integers(20, 300))
def test_a_quantile_keeps_its_promise_exactly_on_average(seed, n):
    # the next of n + 1 exchangeable scores is above the k-th of the others with probability 1 - k / (n + 1)
    x = np.random.default_rng(seed).normal(size=n + 1)
    above = sum(x[i] > quantile(np.delete(x, i), 0.1) for i in range(n + 1))
    assert above <= 0.1 * (n + 1)


def test_half_of_the_scores_may_be_anything_for_mad():
    x = np.random.default_rng(0).normal(size=2001)
    assert mad(np.concatenate([x, np.full(200, 1e9)]), 0.01) < 1.3 * mad(x, 0.01)


@pytest.mark.parametrize("method", ["quantile", "pot", "mad"])
def test_what_is_no_score_and_no_share_is_refused(method):
    find = THRESHOLDS[method]
    for scores in ([], [math.nan] * 50, [1.0] * 49 + [math.inf]):
        with pytest.raises(ArgumentError, match=method):
            find(np.array(scores), 0.1)
    for share in (0.0, 1.0, -0.1, math.nan):
        with pytest.raises(ArgumentError, match="share"):
            find(np.arange(50.0), share)
    with pytest.raises(ShapeError):
        find(np.ones((3, 3)), 0.1)


def test_a_tail_of_equal_or_few_scores_names_the_mend():
    with pytest.raises(ArgumentError, match="all the same"):
        pot(np.ones(5000), 0.001)
    with pytest.raises(ArgumentError, match="more than 30"):
        pot(np.arange(20.0), 0.001)
