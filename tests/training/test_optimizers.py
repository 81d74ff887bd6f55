"""Optimizers are PyTorch's, step by step; clipping gives the norm that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.nn.wirings import AutoNCP
from emberharmony.pytree import tree_flatten, tree_leaves
from emberharmony.training.optimizers import SGD, Adam, AdamW, RMSprop, clip_norm

EPS = 2.0**-52
SHAPES = {"a": (3, 2), "b": (), "c": (5,)}
STEPS, RATE = 6, 0.1

CASES = {
    "sgd": (SGD(RATE), lambda p: torch.optim.SGD(p, RATE)),
    "momentum": (SGD(RATE, momentum=0.9), lambda p: torch.optim.SGD(p, RATE, momentum=0.9)),
    "nesterov": (SGD(RATE, 0.8, True), lambda p: torch.optim.SGD(p, RATE, momentum=0.8, nesterov=True)),
    "rmsprop": (RMSprop(RATE, 0.9), lambda p: torch.optim.RMSprop(p, RATE, alpha=0.9)),
    "adam": (Adam(RATE), lambda p: torch.optim.Adam(p, RATE)),
    "adam-betas": (Adam(RATE, (0.5, 0.7), 1e-3), lambda p: torch.optim.Adam(p, RATE, betas=(0.5, 0.7), eps=1e-3)),
    "adamw": (AdamW(RATE, 0.3), lambda p: torch.optim.AdamW(p, RATE, weight_decay=0.3)),
}


def arrays(generator, low=0.5, high=2.0):
    """Sizes from 0.5 to 2, of either sign: second moments are neither near zero nor large."""
    return {
        name: generator.uniform(low, high, shape) * generator.choice([-1.0, 1.0], shape)
        for name, shape in SHAPES.items()
    }


@pytest.mark.parametrize("case", CASES)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_step_is_that_of_torch(backend, case, seed):
    ours, theirs = CASES[case]
    generator = np.random.default_rng(seed)
    start = arrays(generator)
    peer = {name: torch.tensor(x, requires_grad=True) for name, x in start.items()}
    optimizer = theirs([*peer.values()])
    model = {name: ops.asarray(x, dtype="float64") for name, x in start.items()}
    state = ours.init(model)
    # The quotient m / sqrt(v) is at most 2 / 0.5 in size and comes from at most 16 roundings of numbers of that size;
    # a velocity is a sum of at most 10 gradients of size 2. Adding it to a parameter rounds twice. Gradients do not
    # depend on the parameters: nothing of it grows.
    size = 20.0 if isinstance(ours, SGD) else 4.0
    atol = 0.0
    for _ in range(STEPS):
        gradients = arrays(generator)
        for name, x in peer.items():
            x.grad = torch.tensor(gradients[name])
        optimizer.step()
        model, state = ours.step({n: ops.asarray(g, dtype="float64") for n, g in gradients.items()}, state, model)
        largest = max(float(x.detach().abs().max()) for x in peer.values())
        atol += EPS * (16 * RATE * size + 2 * largest)
        for name, x in peer.items():
            assert np.max(np.abs(ops.to_numpy(model[name]) - x.detach().numpy())) <= atol


@pytest.mark.parametrize("case", CASES)
def test_scale_multiplies_the_rate_and_a_schedule_is_asked_with_the_count(backend, case):
    ours, _ = CASES[case]
    asked = []

    def schedule(count):
        asked.append(count)
        return RATE * (count + 1)

    scheduled = type(ours)(**{**vars(ours), "rate": schedule})
    model = ops.asarray([1.0, -2.0], dtype="float64")
    one, one_state = model, ours.init(model)
    two, two_state = model, scheduled.init(model)
    for count in range(4):
        g = ops.asarray([0.5, count - 1.5], dtype="float64")
        one, one_state = ours.step(g, one_state, one, scale=count + 1)
        two, two_state = scheduled.step(g, two_state, two)
        # (count + 1) * 0.1 is the same product in either order
        assert ops.tolist(one) == ops.tolist(two)
    assert asked == [0, 1, 2, 3]


@pytest.mark.parametrize("case", CASES)
def test_leaves_without_a_gradient_stay_the_same_objects(backend, case):
    ours, _ = CASES[case]
    layer = nn.LTC(3, AutoNCP(8, 2), key=random.key(0))
    model = {"layer": layer, "texts": ["a", 3], "numbers": ops.asarray([1, 2]), "w": ops.ones(2, dtype="float64")}

    def loss(model):
        y = model["layer"](ops.ones((2, 4, 3), dtype="float32"))[0]
        return ops.sum(y * y) + ops.astype(ops.sum(model["w"]), "float32")

    gradients = ops.grad(loss)(model)
    changed, state = ours.step(gradients, ours.init(model), model)
    flags = [g is not None for g in holes(model, gradients)]
    before, after = tree_leaves(model), tree_leaves(changed)
    assert [a is b for a, b in zip(before, after, strict=True)] == [not flag for flag in flags]
    assert tree_flatten(changed)[1] == tree_flatten(model)[1]
    for a, b in zip(before, after, strict=True):
        assert not hasattr(a, "shape") or (tuple(a.shape), a.dtype) == (tuple(b.shape), b.dtype)
    frozen, _ = ours.step({**gradients, "layer": None}, state, changed)  # a hole for a whole branch
    assert all(a is b for a, b in zip(tree_leaves(frozen["layer"]), tree_leaves(changed["layer"]), strict=True))
    assert ops.tolist(frozen["w"]) != ops.tolist(changed["w"])


def holes(model, gradients):
    paths = dict.fromkeys(tree_flatten(model)[1].paths())
    leaves, structure = tree_flatten(gradients)
    return (paths | dict(zip(structure.paths(), leaves, strict=True))).values()


@given(seed=st.integers(0, 2**32 - 1), maximum=st.floats(0.01, 20.0))
def test_clipping_is_that_of_torch_to_its_epsilon(backend, seed, maximum):
    given = arrays(np.random.default_rng(seed))
    peer = [torch.zeros(x.shape, dtype=torch.float64, requires_grad=True) for x in given.values()]
    for x, g in zip(peer, given.values(), strict=True):
        x.grad = torch.tensor(g)
    norm = torch.nn.utils.clip_grad_norm_(peer, maximum)
    clipped, ours = clip_norm({name: ops.asarray(g, dtype="float64") for name, g in given.items()}, maximum)
    assert abs(ops.item(ours) - norm.item()) <= 12 * EPS * norm.item()  # a sum of 12 squares and a root
    for mine, x in zip(clipped.values(), peer, strict=True):
        # torch divides by the norm + 1e-6, and the norm is above 0.5 * sqrt(12)
        np.testing.assert_allclose(ops.to_numpy(mine), x.grad.numpy(), rtol=1e-6, atol=0)


@given(seed=st.integers(0, 2**32 - 1), maximum=st.floats(0.01, 20.0))
def test_a_clipped_gradient_has_the_norm_asked_for_and_a_shorter_one_its_own(backend, seed, maximum):
    given = {n: ops.asarray(g, dtype="float64") for n, g in arrays(np.random.default_rng(seed)).items()}
    clipped, norm = clip_norm(given, maximum)
    again = ops.item(clip_norm(clipped, 1e9)[1])
    if ops.item(norm) <= maximum:
        assert [ops.tolist(a) for a in clipped.values()] == [ops.tolist(a) for a in given.values()]
    else:
        assert abs(again - maximum) <= 32 * EPS * maximum  # 12 products, squares, their sum, roots and a quotient


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_norm_that_is_not_finite_is_told_and_the_gradient_left(backend, value):
    same, norm = clip_norm([ops.asarray([1.0, value])], 1.0)
    assert str(ops.item(norm)) == str(value)
    assert str(ops.tolist(same[0])) == str([1.0, value])


def test_half_precision_does_not_overflow_in_the_norm(backend):
    _, norm = clip_norm([ops.full(4, 3000.0, dtype="float16"), ops.zeros(2, dtype="float32")], 1.0)
    assert ops.item(norm) == 6000.0


def test_mistakes_are_named(backend):
    model = {"w": ops.ones(2), "b": ops.ones(3)}
    optimizer = Adam()
    state = optimizer.init(model)
    with pytest.raises(ShapeError, match=r"shape \(3,\) came for w, which is float\d+ of shape \(2,\)"):
        optimizer.step({"w": ops.ones(3), "b": None}, state, model)
    with pytest.raises(ArgumentError, match=r"the gradient is a tree dict\(w=\*\)"):
        optimizer.step({"w": ops.ones(2)}, state, model)
    with pytest.raises(ShapeError, match="came for n, which is no trainable array"):
        optimizer.step({"n": ops.ones(1)}, optimizer.init({"n": ops.ones(1)}), {"n": ops.asarray([1])})
    with pytest.raises(DTypeError, match="z is complex64"):
        optimizer.init({"z": ops.zeros(1, dtype="complex64")})
    for mistake in (lambda: Adam(-1.0), lambda: SGD(0.1, 1.0), lambda: RMSprop(float("nan")), lambda: AdamW(decay=-1)):
        with pytest.raises(ArgumentError, match="Expected:"):
            mistake()
    with pytest.raises(ArgumentError, match=r"nesterov=True and momentum=0\.0"):
        SGD(0.1, nesterov=True)
    with pytest.raises(ArgumentError, match="maximum=0"):
        clip_norm(model, 0)
