"""Losses are PyTorch's; padding changes nothing; extremes and emptiness give finite gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_pinball_loss

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.training import losses
from emberharmony.training.losses import bce, cross_entropy, gaussian_nll, huber, mae, mse, quantile

F = torch.nn.functional
SEEDS = st.integers(0, 2**32 - 1)
N, T, C = 4, 5, 3
# Each loss is made of at most 20 operations and functions, each right to 4 ulp of numbers below 100, and sums of 60
ATOL = 2.0**-52 * (20 * 4 + 60) * 100

SHAPED = {
    "mse": (mse, lambda x, y, r: F.mse_loss(x, y, reduction=r)),
    "mae": (mae, lambda x, y, r: F.l1_loss(x, y, reduction=r)),
    "huber": (lambda *a, **k: huber(*a, delta=0.7, **k), lambda x, y, r: F.huber_loss(x, y, reduction=r, delta=0.7)),
    "bce": (
        lambda x, y, **k: bce(x, ops.sigmoid(y), pos_weight=2.5, **k),
        lambda x, y, r: F.binary_cross_entropy_with_logits(
            x, y.sigmoid(), reduction=r, pos_weight=torch.tensor(2.5, dtype=torch.float64)
        ),
    ),
    "nll": (
        lambda x, y, **k: gaussian_nll(x, 0.3 * x, y, **k),
        lambda x, y, r: F.gaussian_nll_loss(x, y, torch.exp(0.3 * x), reduction=r, full=True),
    ),
    "median": (lambda *a, **k: 2 * quantile(*a, **k), lambda x, y, r: F.l1_loss(x, y, reduction=r)),
}


def draw(seed, *shape):
    return np.random.default_rng(seed).normal(0, 3, shape)


def ours(x):
    return ops.asarray(x, dtype="float64" if x.dtype.kind == "f" else None)


def close(x, y, atol=ATOL):
    np.testing.assert_allclose(ops.to_numpy(x), y.detach().numpy(), rtol=0, atol=atol)


@pytest.mark.parametrize("case", SHAPED)
@given(seed=SEEDS, reduction=st.sampled_from(["mean", "sum", "none"]))
def test_the_loss_and_its_gradient_are_those_of_torch(backend, case, reduction, seed):
    function, peer = SHAPED[case]
    x, y = draw(seed, N, T), draw(seed + 1, N, T)
    leaf = torch.tensor(x, requires_grad=True)
    theirs = peer(leaf, torch.tensor(y), reduction)
    theirs.sum().backward()
    value, gradient = ops.value_and_grad(lambda x: ops.sum(function(x, ours(y), reduction=reduction)))(ours(x))
    close(function(ours(x), ours(y), reduction=reduction), theirs)
    close(value, theirs.sum(), 20 * ATOL)
    close(gradient, leaf.grad)


@pytest.mark.parametrize("integers", [False, True])
@given(seed=SEEDS, smoothing=st.sampled_from([0.0, 0.3]), weighted=st.booleans())
def test_cross_entropy_is_that_of_torch(backend, smoothing, weighted, integers, seed):
    generator = np.random.default_rng(seed)
    x, weights = draw(seed, N, C), generator.uniform(0.1, 2, C)
    y = generator.integers(0, C, N) if integers else generator.dirichlet(np.ones(C), N)
    leaf = torch.tensor(x, requires_grad=True)
    theirs = F.cross_entropy(
        leaf, torch.tensor(y), torch.tensor(weights) if weighted else None, label_smoothing=smoothing
    )
    theirs.backward()
    chosen = ours(weights) if weighted else None
    value, gradient = ops.value_and_grad(lambda x: cross_entropy(x, ours(y), smoothing=smoothing, class_weight=chosen))(
        ours(x)
    )
    close(value, theirs)
    close(gradient, leaf.grad)


@given(seed=SEEDS)
def test_several_quantiles_are_the_pinball_losses_of_scikit_learn(backend, seed):
    levels = (0.1, 0.5, 0.75)
    x, y = draw(seed, N, T, 3), draw(seed + 1, N, T)
    theirs = np.mean([mean_pinball_loss(y.ravel(), x[..., i].ravel(), alpha=q) for i, q in enumerate(levels)])
    assert abs(ops.item(quantile(ours(x), ours(y), levels)) - theirs) <= ATOL


MASKED = {
    **{name: pair[0] for name, pair in SHAPED.items()},
    "quantiles": lambda x, y, **k: quantile(ops.stack([x, x + 1.0], axis=-1), y, (0.2, 0.9), **k),
    "integers": lambda x, y, **k: cross_entropy(
        ops.stack([x, -x, 0.5 * x], axis=-1), ops.astype(ops.where(ops.isnan(y), 0.0, y) > 0, "int64"), **k
    ),
    "probabilities": lambda x, y, **k: cross_entropy(
        ops.stack([x, -x], axis=-1), ops.stack([ops.sigmoid(y), ops.sigmoid(-y)], axis=-1), smoothing=0.1, **k
    ),
}


@pytest.mark.parametrize("case", MASKED)
@given(seed=SEEDS, weighted=st.booleans())
def test_padding_of_nan_changes_neither_the_loss_nor_its_gradient(backend, case, seed, weighted):
    function = MASKED[case]
    generator = np.random.default_rng(seed)
    x, y, w = draw(seed, T), draw(seed + 1, T), generator.uniform(0, 2, T)
    there = np.zeros(T + 3, bool)
    there[np.sort(generator.choice(T + 3, T, replace=False))] = True

    def padded(a):
        full = np.full(T + 3, np.nan)
        full[there] = a
        return ours(full)

    plain = {"weight": ours(w)} if weighted else {}
    masked = {"weight": padded(w)} if weighted else {}
    value, gradient = ops.value_and_grad(lambda x: function(x, ours(y), **plain))(ours(x))
    same, wider = ops.value_and_grad(lambda x: function(x, padded(y), mask=ours(there), **masked))(padded(x))
    assert abs(ops.item(value) - ops.item(same)) <= ATOL
    expected = np.zeros(T + 3)
    expected[there] = ops.to_numpy(gradient)
    np.testing.assert_allclose(ops.to_numpy(wider), expected, rtol=0, atol=ATOL)


@pytest.mark.parametrize("case", MASKED)
def test_where_nothing_is_kept_the_loss_is_zero_and_so_is_its_gradient(backend, case):
    x = ops.asarray([1.0, -2.0], dtype="float64")
    none = {"mask": ops.asarray([False, False])}, {"weight": ops.zeros(2, dtype="float64")}
    for nothing in none:
        value, gradient = ops.value_and_grad(lambda x, nothing=nothing: MASKED[case](x, x, **nothing))(x)
        assert ops.item(value) == 0.0
        assert ops.tolist(gradient) == [0.0, 0.0]


@pytest.mark.parametrize("case", [name for name in MASKED if name != "nll"])
def test_extremes_give_finite_losses_and_gradients(backend, case):
    for dtype in ("float32", "float64"):
        x = ops.asarray([1e4, -1e4, 0.0, 1e4, -1e4], dtype=dtype)
        y = ops.asarray([1.0, 1.0, 0.0, 0.0, 0.0], dtype=dtype)
        value, gradient = ops.value_and_grad(lambda x, y=y: MASKED[case](x, y))(x)
        assert math.isfinite(ops.item(value))
        assert np.isfinite(ops.to_numpy(gradient)).all()


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_a_variance_has_a_floor(backend, size):
    x = ops.asarray([size], dtype="float64")
    value, gradient = ops.value_and_grad(lambda v: gaussian_nll(0.0 * v, v, 0.0 * v + 1.0))(x)
    variance = max(math.exp(min(size, 700)), 1e-6)
    spread = max(size, math.log(1e-6))
    expected = 0.5 * (math.log(2 * math.pi) + spread + 1 / variance)
    assert abs(ops.item(value) - expected) <= 1e-15 * expected * 16
    assert ops.tolist(gradient) == ([0.5] if size > 0 else [0.0])


def test_weights_of_leading_axes_count_for_all_behind_them(backend):
    x, y = ours(draw(0, N, T)), ours(draw(1, N, T))
    w = ops.asarray([0.0, 1.0, 3.0, 0.5], dtype="float64")
    full = ops.broadcast_to(w[:, None], (N, T))
    for reduction in ("mean", "sum", "none"):
        one, other = mse(x, y, weight=w, reduction=reduction), mse(x, y, weight=full, reduction=reduction)
        assert ops.tolist(one) == ops.tolist(other)
    assert ops.item(mse(x, y, weight=w)) == pytest.approx(ops.item(mse(x, y, weight=3.0 * w)), rel=1e-15 * 8)


def test_a_weight_for_each_column_of_positives(backend):
    x, y = draw(0, N, C), (draw(1, N, C) > 0) * 1.0
    weights = np.asarray([1.0, 2.0, 5.0])
    theirs = F.binary_cross_entropy_with_logits(torch.tensor(x), torch.tensor(y), pos_weight=torch.tensor(weights))
    close(bce(ours(x), ours(y), pos_weight=ours(weights)), theirs)


def test_shapes_that_would_be_broadcast_are_refused_by_name(backend):
    column, row = ops.zeros((3, 1)), ops.zeros(3)
    for loss in (mse, mae, huber, bce, quantile):
        with pytest.raises(ShapeError, match=r"shape \(3, 1\).* shape \(3,\)"):
            loss(column, row)
    with pytest.raises(ShapeError, match=r"for 2 levels and a target of shape \(3,\)"):
        quantile(column, row, (0.1, 0.9))
    with pytest.raises(ShapeError, match=r"logits of shape \(3, 1\) and integers of shape \(3, 1\)"):
        cross_entropy(column, ops.zeros((3, 1), dtype="int64"))
    with pytest.raises(ShapeError, match=r"class_weight of shape \(3,\) and logits of shape \(3, 1\)"):
        cross_entropy(column, ops.zeros(3, dtype="int64"), class_weight=row)
    with pytest.raises(ShapeError, match=r"a mask of shape \(2,\) for losses of shape \(3,\)"):
        mse(row, row, mask=ops.ones(2, dtype="bool"))
    with pytest.raises(ShapeError, match=r"a pos_weight of shape \(3,\)"):
        bce(column, column, pos_weight=row)


def test_other_mistakes_are_named(backend):
    x = ops.zeros(3)
    with pytest.raises(DTypeError, match="mask of float"):
        mse(x, x, mask=x)
    with pytest.raises(DTypeError, match="prediction of int64"):
        mse(ops.zeros(3, dtype="int64"), x)
    with pytest.raises(NotAnArrayError, match="target of type float"):
        mse(x, 1.0)
    with pytest.raises(ArgumentError, match="reduction='max'"):
        mse(x, x, reduction="max")
    with pytest.raises(ArgumentError, match="the class 5 and logits for 3 classes"):
        cross_entropy(ops.zeros((2, 3)), ops.asarray([0, 5]))
    with pytest.raises(ArgumentError, match="the class -1"):
        cross_entropy(ops.zeros((2, 3)), ops.asarray([0, -1]))
    for mistake in (
        lambda: huber(x, x, delta=0),
        lambda: quantile(x, x, 1.0),
        lambda: quantile(x, x, ()),
        lambda: gaussian_nll(x, x, x, floor=0),
        lambda: cross_entropy(x, x, smoothing=1.0),
    ):
        with pytest.raises(ArgumentError, match="Expected:"):
            mistake()
    assert {*losses.__all__} == {"bce", "cross_entropy", "gaussian_nll", "huber", "mae", "mse", "quantile"}
