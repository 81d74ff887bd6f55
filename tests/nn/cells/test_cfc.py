"""The closed-form cell: its bounds, its limits in time, and its masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nn.networks import distance, normal, numpy, uniform

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells import CfCCell, WiredCfCCell
from emberharmony.nn.wirings import AutoNCP, FullyConnected

EPS = float(np.finfo(np.float64).eps)


def cell(mode="default", seed=0, **settings):
    made = CfCCell(3, 5, key=random.key(seed), mode=mode, backbone_units=7, dtype="float64", **settings)
    if made.w_tau is None:
        return made
    return nn.replace(made, w_tau=normal(seed + 50, (5,)), a=normal(seed + 51, (5,)))


@given(seed=st.integers(0, 20), dt=st.floats(0, 1e6))
def test_the_state_stays_in_its_bounds(backend, seed, dt):
    x, h = normal(seed, (4, 3)) * 9, normal(seed + 1, (4, 5)) * 9
    assert (np.abs(numpy(cell("default", seed)(x, h, dt)[1])) <= 1).all()
    assert (np.abs(numpy(cell("no_gate", seed)(x, h, dt)[1])) <= 2).all()


def test_endless_time_leaves_one_head(backend):
    c, x, h = cell(), normal(1, (4, 3)), normal(2, (4, 5))
    z = c._features(x, h, None)
    f1, f2, rate = ops.tanh(c.ff1(z)), ops.tanh(c.ff2(z)), c.time_a(z)
    expected = ops.where(rate > 0, f2, f1)
    assert distance(c(x, h, 1e9)[1], expected) == 0


@pytest.mark.parametrize("mode", ["pure", "solution"])
def test_endless_time_ends_at_a(backend, mode):
    c = cell(mode)
    assert distance(c(normal(1, (4, 3)), normal(2, (4, 5)), 1e6)[1], ops.stack([c.a] * 4)) <= 4 * EPS


def test_the_gate_opens_with_time_where_its_rate_is_positive(backend):
    c, x, h = cell(), normal(1, (1, 3)), normal(2, (1, 5))
    z = c._features(x, h, None)
    towards = numpy(ops.tanh(c.ff2(z)) - ops.tanh(c.ff1(z))) * np.sign(numpy(c.time_a(z)))
    states = np.stack([numpy(c(x, h, dt)[1]) for dt in (0.0, 0.1, 0.5, 2.0, 4.0)])
    assert (np.diff(states, axis=0) * towards > 0).all()


def test_the_law_of_the_paper_depends_on_where_it_starts(backend):
    x = normal(1, (1, 3))
    c = cell("solution", backbone_layers=0)
    # with the weights of h at zero, only the starting point is left of it
    blind = nn.replace(c, ff1=nn.replace(c.ff1, weight=ops.concat([c.ff1.weight[:3], c.ff1.weight[3:] * 0])))
    h, dt = normal(2, (1, 5)), 0.3
    f = ops.sigmoid(blind.ff1(ops.concat([x, h], axis=-1)))
    expected = (h - c.a) * ops.exp(-dt * (ops.abs(c.w_tau) + f)) * (1 - f) + c.a
    assert distance(blind(x, h, dt)[1], expected) <= 16 * EPS
    assert distance(blind(x, h + 1, dt)[1] - blind(x, h, dt)[1], expected * 0) > 1e-3


def test_masked_weights_are_inert(backend):
    mask = ops.astype(uniform(4, (8, 5)) < 1.0, "float64")
    c = cell(backbone_layers=0, mask=mask)
    x, h = normal(1, (2, 3)), normal(2, (2, 5))
    moved = nn.replace(c, time_a=nn.replace(c.time_a, weight=c.time_a.weight + 5 * (1 - mask)))
    assert distance(moved(x, h, 0.4)[1], c(x, h, 0.4)[1]) == 0
    slopes = ops.grad(lambda c: ops.sum(c(x, h, 0.4)[1]))(c)
    for head in (slopes.ff1, slopes.ff2, slopes.time_a, slopes.time_b):
        assert (numpy(head.weight)[numpy(mask) == 0] == 0).all()
        assert (numpy(head.weight)[numpy(mask) == 1] != 0).all()
    assert slopes.mask is None


def test_a_wired_cell_reacts_along_its_wiring_alone(backend):
    wiring = AutoNCP(12, 3).build(3)
    c = WiredCfCCell(wiring, key=random.key(0), dtype="float64")
    order = [neuron for layer in wiring.layers for neuron in layer]
    slopes = numpy(ops.jacobian(lambda s: c(normal(1, (3,)), s, 0.5)[1])(uniform(2, (12,))))
    layers = {neuron: number for number, layer in enumerate(wiring.layers) for neuron in layer}
    seen = np.abs(np.asarray(wiring.adjacency_matrix)) + np.eye(12)
    seen = seen[np.ix_(order, order)].T
    inside = np.asarray([[layers[a] == layers[b] for b in order] for a in order])
    # of the state, a neuron sees its own layer; the layers before it reach it through this step's outputs
    direct = inside & (seen != 0)
    first = [i for i, n in enumerate(order) if layers[n] == 0]
    assert ((slopes[np.ix_(first, first)] != 0) == direct[np.ix_(first, first)]).all()
    reach = np.zeros((12, 12), dtype=bool)
    for i, target in enumerate(order):
        for k, via in enumerate(order):
            if layers[via] == layers[target] - 1 and seen[i, k]:
                reach[i] |= reach[k]
        reach[i] |= direct[i]
    assert ((slopes != 0) == reach).all()


def test_a_wiring_that_jumps_over_a_layer_is_refused(backend):
    wiring = AutoNCP(12, 3).build(3)
    inter, motor = wiring.layers[0][0], wiring.layers[-1][0]
    with pytest.raises(ArgumentError, match=f"from neuron {inter} to neuron {motor}"):
        WiredCfCCell(wiring.add_synapse(inter, motor, 1), key=random.key(0))


def test_settings_that_mean_nothing_are_refused(backend):
    for wrong in ({"mode": "fast"}, {"activation": "step"}, {"backbone_units": 0}, {"backbone_dropout": 1.0}):
        with pytest.raises(ArgumentError, match=f"CfC got {next(iter(wrong))}"):
            nn.CfC(3, 5, key=random.key(0), **wrong)
    with pytest.raises(ArgumentError, match="a wired CfC has no backbone"):
        nn.CfC(3, FullyConnected(5), key=random.key(0), backbone_units=3)
    with pytest.raises(ArgumentError, match="units='many'"):
        nn.LTC(3, "many", key=random.key(0))
