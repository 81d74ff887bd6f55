"""The liquid cell against what its equation says in closed form."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nn.networks import distance, normal, numpy, uniform

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells import LTCCell
from emberharmony.nn.wirings import AutoNCP, FullyConnected, Wiring

SOLVERS = ("fused", "exp_euler", "exp_midpoint", "rk4")
EPS = float(np.finfo(np.float64).eps)


def cell(seed=0, units=6, **settings):
    return LTCCell(FullyConnected(units).build(3), key=random.key(seed), dtype="float64", **settings)


@pytest.mark.parametrize("solver", ["fused", "exp_euler"])
@given(seed=st.integers(0, 9), dt=st.sampled_from([1e-3, 0.3, 1.0, 50.0, 1e6]))
def test_the_state_is_a_mean_of_itself_its_rest_and_its_reversals(backend, solver, seed, dt):
    c = cell(seed, solver=solver)
    v = normal(seed, (4, 6)) * 3
    new = numpy(c(normal(seed + 1, (4, 3)), v, dt)[1])
    bounds = [numpy(c.rest), numpy(c.neurons.erev), numpy(c.inputs.erev), [0.0]]  # epsilon pulls to zero
    low = np.minimum(numpy(v).min(), min(np.min(b) for b in bounds))
    high = np.maximum(numpy(v).max(), max(np.max(b) for b in bounds))
    assert (new >= low - 64 * EPS).all()
    assert (new <= high + 64 * EPS).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_no_time_is_no_change(backend, solver):
    c, x, v = cell(solver=solver), normal(1, (2, 3)), normal(2, (2, 6))
    assert distance(c(x, v, 0.0)[1], v) == 0
    assert distance(c(x, v, 1e-9)[1], v) < 1e-6  # the change is dt times a slope of at most some hundreds


@pytest.mark.parametrize("solver", ["fused", "exp_euler", "exp_midpoint"])
def test_endless_time_ends_somewhere(backend, solver):
    new = numpy(cell(solver=solver)(normal(1, (2, 3)), normal(2, (2, 6)), 1e12)[1])
    assert np.isfinite(new).all()
    assert (np.abs(new) <= 4).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_without_synapses_it_is_a_leaky_integrator(backend, solver):
    c = LTCCell(Wiring(4, 3, 1), key=random.key(0), dtype="float64", solver=solver, ode_unfolds=5, epsilon=0.0)
    bare, v, dt = c.bare(), normal(2, (2, 4)), 0.7
    capacity, leak, rest = (numpy(getattr(bare, name)) for name in ("capacity", "leak", "rest"))
    rate = leak / capacity
    h = dt / 5
    power = {
        "fused": (1 / (1 + h * rate)) ** 5,
        "rk4": sum((-h * rate) ** k / math.factorial(k) for k in range(5)) ** 5,
    }.get(solver, np.exp(-rate * dt))
    expected = rest + (numpy(v) - rest) * power
    assert np.abs(numpy(c(normal(1, (2, 3)), v, dt)[1]) - expected).max() <= 64 * EPS


def test_one_synapse_that_stays_open_is_followed_exactly(backend):
    wiring = Wiring(1, 1, 1, sensory=[(0, 0, -1)])
    c = LTCCell(wiring, key=random.key(3), dtype="float64", solver="exp_euler", epsilon=0.0, input_mapping=None)
    bare, x, v, dt = c.bare(), 0.4, 0.9, 1.3
    w, sigma, mu, erev = (float(getattr(bare.inputs, name)[0]) for name in ("w", "sigma", "mu", "erev"))
    capacity, leak, rest = (float(getattr(bare, name)[0]) for name in ("capacity", "leak", "rest"))
    g = w / (1 + math.exp(-sigma * (x - mu)))
    end = (leak * rest + g * erev) / (leak + g)
    expected = end + (v - end) * math.exp(-dt * (leak + g) / capacity)
    found = c(ops.asarray([x], dtype="float64"), ops.asarray([v], dtype="float64"), dt)[1]
    assert abs(float(found[0]) - expected) <= 32 * EPS


@pytest.mark.parametrize(("solver", "order"), [("fused", 1), ("exp_euler", 1), ("exp_midpoint", 2), ("rk4", 4)])
def test_the_error_falls_with_the_order_of_the_solver(backend, solver, order):
    x, v = normal(1, (3, 3)), normal(2, (3, 6))
    truth = cell(solver="rk4", ode_unfolds=400, epsilon=0.0)(x, v, 0.5)[1]
    coarse, fine = 8, 16
    errors = [distance(cell(solver=solver, ode_unfolds=n, epsilon=0.0)(x, v, 0.5)[1], truth) for n in (coarse, fine)]
    assert order - 0.35 <= math.log2(errors[0] / errors[1]) <= order + 0.6


def test_both_ways_to_positive_parameters_begin_the_same(backend):
    x, v = normal(1, (2, 3)), normal(2, (2, 6))
    one = cell(implicit_param_constraints=True)(x, v)[1]
    assert distance(one, cell(implicit_param_constraints=False)(x, v)[1]) <= 1e-13  # log and exp of the parameters


def test_projection_mends_a_sign(backend):
    c = cell(implicit_param_constraints=False)
    slipped = nn.replace(c, leak=c.leak - 10.0, neurons=nn.replace(c.neurons, w=-c.neurons.w))
    mended = slipped.projected()
    assert float(ops.min(mended.leak)) == 0
    assert float(ops.max(mended.neurons.w)) == 0
    assert distance(mended.capacity, c.capacity) == 0
    assert cell().projected().implicit_param_constraints


def test_only_what_is_connected_reacts(backend):
    wiring = AutoNCP(10, 3).build(3)
    c = LTCCell(wiring, key=random.key(0), dtype="float64", ode_unfolds=1, input_mapping=None, output_mapping=None)
    v = uniform(2, (10,))
    slopes = numpy(ops.jacobian(lambda v: c(normal(1, (3,)), v, 0.5)[1])(v))
    connected = np.abs(np.asarray(wiring.adjacency_matrix).T) + np.eye(10)
    assert ((slopes != 0) == (connected != 0)).all()


def test_settings_that_mean_nothing_are_refused(backend):
    for wrong in ({"solver": "euler"}, {"ode_unfolds": 0}, {"input_mapping": "cubic"}, {"epsilon": -1.0}):
        with pytest.raises(ArgumentError, match=f"LTC got {next(iter(wrong))}"):
            cell(**wrong)
