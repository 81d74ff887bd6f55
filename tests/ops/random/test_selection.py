"""Permutations and choices."""

import itertools

import numpy as np
import pytest
from scipy import stats

from emberharmony import ops, use_backend
from emberharmony.errors import ArgumentError, AxisError, EmberError, ShapeError
from emberharmony.ops import random

KEY = random.key(11)


def host(x):
    return np.asarray(ops.to_numpy(x))


def test_a_permutation_has_every_number_once(backend):
    for n in (0, 1, 2, 1000):
        y = random.permutation(KEY, n)
        assert y.dtype == ops.int64
        assert sorted(host(y).tolist()) == list(range(n))
    assert host(random.permutation(KEY, 1000)).tolist() != list(range(1000))


def test_all_orders_of_four_are_equally_probable():
    with use_backend("numpy"):
        drawn = [tuple(random.permutation(k, 4).tolist()) for k in random.split(KEY, 4800)]
    counts = [drawn.count(order) for order in itertools.permutations(range(4))]
    assert sum(counts) == 4800
    assert stats.chisquare(counts).pvalue > 1e-6  # 200 expected of each; a fair shuffle fails once in 1e6 seeds


def test_an_array_is_permuted_along_an_axis(backend):
    x = ops.reshape(ops.arange(24), (4, 3, 2))
    order = host(random.permutation(KEY, 3))
    np.testing.assert_array_equal(host(random.permutation(KEY, x, axis=1)), host(x)[:, order])
    np.testing.assert_array_equal(host(random.permutation(KEY, x, axis=-2)), host(x)[:, order])
    with pytest.raises(EmberError):
        random.permutation(KEY, x, axis=3)


def test_independent_orders_differ_and_keep_their_vectors(backend):
    x = ops.reshape(ops.arange(60), (3, 20))
    y = host(random.permutation(KEY, x, axis=1, independent=True))
    for row, before in zip(y, host(x), strict=True):
        assert sorted(row) == list(before)
    assert len({tuple(row - row.min()) for row in y}) == 3


def test_choice_with_replacement_is_an_index(backend):
    a = ops.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    index = host(random.choice(KEY, 3, (2, 4)))
    np.testing.assert_array_equal(host(random.choice(KEY, a, (2, 4), axis=1)), host(a)[:, index])
    assert tuple(random.choice(KEY, a).shape) == (3,)
    assert tuple(random.choice(KEY, 5).shape) == ()
    np.testing.assert_array_equal(index, host(random.randint(KEY, (2, 4), 0, 3)))


def test_choice_without_replacement_has_no_repeats(backend):
    weights = ops.asarray([0.0, 1.0, 5.0, 0.5, 0.0, 2.0])
    for key in random.split(KEY, 20):
        assert len(set(host(random.choice(key, 10, (10,), False)).tolist())) == 10
        chosen = host(random.choice(key, 6, (4,), False, weights)).tolist()
        assert sorted(chosen) == [1, 2, 3, 5]


def test_weighted_choices_have_their_probabilities():
    weights = np.asarray([1.0, 0.0, 4.0, 5.0])
    with use_backend("numpy"):
        counts = np.bincount(random.choice(KEY, 4, (20000,), p=weights), minlength=4)
        pairs = [tuple(random.choice(k, 4, (2,), False, weights).tolist()) for k in random.split(KEY, 6000)]
    assert counts[1] == 0
    assert stats.chisquare(counts[[0, 2, 3]], 2000 * weights[[0, 2, 3]]).pvalue > 1e-6
    # one after the other: p_i, then p_j of what is left
    p = weights / weights.sum()
    orders = [(i, j) for i in (0, 2, 3) for j in (0, 2, 3) if i != j]
    wanted = [6000 * p[i] * p[j] / (1 - p[i]) for i, j in orders]
    assert stats.chisquare([pairs.count(order) for order in orders], wanted).pvalue > 1e-6


def test_a_gradient_flows_through_a_permutation(backend):
    x = ops.asarray([1.0, 2.0, 3.0])
    scale = ops.asarray([1.0, 10.0, 100.0])
    order = host(random.permutation(KEY, 3))
    slope = host(ops.grad(lambda x: ops.sum(random.permutation(KEY, x) * scale))(x))
    assert slope[order].tolist() == [1.0, 10.0, 100.0]


def test_mistakes_are_refused(backend):
    cases = [
        (ArgumentError, lambda: random.permutation(KEY, -1)),
        (ArgumentError, lambda: random.permutation(KEY, 2.5)),
        (ArgumentError, lambda: random.choice(KEY, 3, (4,), False)),
        (ArgumentError, lambda: random.choice(KEY, 0, (1,))),
        (ArgumentError, lambda: random.choice(KEY, 2, (1,), p=[0.5, 0.5])),
        (ArgumentError, lambda: random.choice(KEY, 2, (1,), p=ops.asarray([-0.5, 0.5]))),
        (ArgumentError, lambda: random.choice(KEY, 2, (1,), p=ops.asarray([0.0, 0.0]))),
        (ArgumentError, lambda: random.choice(KEY, 2, (2,), False, ops.asarray([0.0, 1.0]))),
        (ShapeError, lambda: random.choice(KEY, 2, (1,), p=ops.asarray([0.1, 0.2, 0.7]))),
        ((ArgumentError, AxisError), lambda: random.choice(KEY, ops.zeros((2,)), axis=1)),
    ]
    for error, call in cases:
        with pytest.raises(error):
            call()
