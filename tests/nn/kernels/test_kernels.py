"""The native kernels against the plain loop that defines them, in every way in which they can be called."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nn.networks import INPUTS, distance, network, normal, numpy, uniform

from emberharmony import nn, ops, random
from emberharmony.nn import kernels

KERNELS = ["ltc", "ltc-full", "cfc", "cfc-deep", "cfc-bare", "cfc-pure", "cfc-solution", "cfc-memory", "cfc-wired"]
every_kind = pytest.mark.parametrize("kind", KERNELS)


def case(kind, rows, steps, dtype="float64", seed=0):
    layer = network(kind, seed, dtype=dtype)
    sizes = layer.cell.state_sizes
    state = tuple(normal(seed + 3 + i, (rows, n), dtype) for i, n in enumerate(sizes))
    x, dt = normal(seed, (rows, steps, INPUTS), dtype), uniform(seed + 9, (rows, steps), dtype)
    return layer, x, state, dt, uniform(seed + 5, (rows, steps)) < 1.6


def both(kind, layer, x, state, dt, mask, sequences=True):
    """By the kernel and by the plain loop."""
    return (f(layer.cell, x, state, dt, mask, sequences) for f in (kernels.run, kernels.steps))


@every_kind
@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-13), ("float32", 1e-5)])
@given(
    rows=st.sampled_from([1, 2, 7, 17, 33]),
    steps=st.integers(1, 6),
    form=st.sampled_from(["number", "one", "steps", "all"]),
    masked=st.booleans(),
    sequences=st.booleans(),
)
def test_values_are_those_of_the_plain_loop(backend, kind, dtype, bound, rows, steps, form, masked, sequences):
    layer, x, state, dt, mask = case(kind, rows, steps, dtype)
    dt = {"number": 0.7, "one": dt[0, 0], "steps": dt[0], "all": dt}[form]
    (y, last), (expected, state) = both(kind, layer, x, state, dt, mask if masked else None, sequences)
    assert distance((y, *last), (expected, *state)) <= bound
    assert ops.dtype_name(y) == dtype


@every_kind
@given(form=st.sampled_from(["number", "one", "steps", "all"]), masked=st.booleans(), sequences=st.booleans())
def test_gradients_are_those_of_the_plain_loop(backend, kind, form, masked, sequences):
    layer, x, state, dt, mask = case(kind, 5, 6)
    dt = {"number": 0.7, "one": dt[0, 0], "steps": dt[0], "all": dt}[form]
    mask = mask if masked else None

    def loss(run):
        def of(cell, x, state, dt):
            y, last = run(cell, x, state, dt, mask, sequences)
            return ops.sum(ops.sin(y)) + sum(ops.sum(s * s) for s in last)

        return ops.grad(of, argnums=(0, 1, 2) if form == "number" else (0, 1, 2, 3))(layer.cell, x, state, dt)

    found, expected = (nn.parameters(loss(run)) for run in (kernels.run, kernels.steps))
    assert [*found] == [*expected]
    for name, g in found.items():
        scale = max(1.0, np.abs(numpy(expected[name])).max())
        assert distance(g, expected[name]) <= 1e-12 * scale, name


@every_kind
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(cuts=st.lists(st.integers(0, 9), max_size=3).map(sorted), rows=st.sampled_from([1, 3, 16, 21]))
def test_chunks_and_rows_have_the_same_bits(backend, kind, dtype, cuts, rows):
    layer, x, _, dt, mask = case(kind, rows, 9, dtype)
    whole, last = layer(x, timespans=dt, mask=mask)
    pieces, state = [], None
    for a, b in zip([0, *cuts], [*cuts, 9], strict=True):
        y, state = layer(x[:, a:b], state, timespans=dt[:, a:b], mask=mask[:, a:b])
        pieces.append(y)
    assert distance(ops.concat(pieces, axis=1), whole) == 0
    assert distance(state, last) == 0
    alone, _ = layer(x[-1], timespans=dt[-1], mask=mask[-1])
    assert distance(alone, whole[-1]) == 0


@every_kind
def test_threads_do_not_change_a_bit(backend, kind, monkeypatch):
    layer, x, state, dt, mask = case(kind, 70, 5, "float32")

    def all_of_it():
        def loss(cell, x, state, dt):
            y, last = kernels.run(cell, x, state, dt, mask, True)
            return ops.sum(ops.sin(y)) + sum(ops.sum(s) for s in last), y

        (_, y), g = ops.value_and_grad(loss, argnums=(0, 1, 2, 3), has_aux=True)(layer.cell, x, state, dt)
        return (y, *nn.parameters(g).values())

    found = []
    for threads in ("1", "2", "3"):
        monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
        found.append(all_of_it())
    assert distance(found[0], found[1]) == 0
    assert distance(found[0], found[2]) == 0


@every_kind
def test_a_nan_stays_in_its_row(backend, kind):
    layer, x, _, dt, _ = case(kind, 18, 4)
    clean, _ = layer(x, timespans=dt)
    bad = ops.at(x)[3, 1, 0].set(float("nan"))
    y = numpy(layer(bad, timespans=dt)[0])
    others = [i for i in range(18) if i != 3]
    assert (y[others] == numpy(clean)[others]).all()
    assert np.isnan(y[3]).any()


@every_kind
def test_second_derivatives_and_rows_by_vmap_go_through_the_plain_loop(backend, kind):
    layer, x, state, dt, _ = case(kind, 2, 2)

    def slope(run, x):
        return ops.grad(lambda x: ops.sum(run(layer.cell, x, state, dt, None, True)[0] ** 2))(x)

    second = [ops.grad(lambda x, run=run: ops.sum(ops.sin(slope(run, x))))(x) for run in (kernels.run, kernels.steps)]
    assert distance(second[0], second[1]) <= 1e-11 * max(1.0, np.abs(numpy(second[1])).max())
    rows = ops.vmap(lambda row: layer(row)[0])(x)
    assert distance(rows, layer(x)[0]) <= 1e-13


def test_arrays_in_any_layout_are_read_right(backend):
    layer, x, _, dt, _ = case("cfc", 4, 5)
    turned = ops.permute_dims(ops.permute_dims(x, (1, 0, 2)) + 0.0, (1, 0, 2))  # (B, T, I) with T outside in memory
    assert distance(layer(turned, timespans=dt)[0], layer(x, timespans=dt)[0]) == 0
    every_other = normal(0, (4, 10, INPUTS))[:, ::2]
    assert distance(layer(every_other)[0], layer(every_other + 0.0)[0]) == 0


def test_the_memory_of_training_grows_with_steps_and_units_alone(backend):
    from emberharmony import _core

    def kept(rows, steps, units):
        cell = nn.LTC(INPUTS, units, key=random.key(0), dtype="float32").cell.bare()
        with_numpy = nn.kernels.ltc.parts(_on_host(cell))
        x, v = np.zeros((rows, steps, INPUTS), "float32"), np.zeros((rows, units), "float32")
        trail = _core.ltc_forward(x, v, np.ones(1, "float32"), None, *with_numpy, None, np.empty_like(v), True, 1)
        return trail.nbytes

    assert kept(32, 64, 16) <= 7 * 4 * 32 * 65 * 16  # at most a number for each row, neuron and piece of a step
    assert kept(32, 64, 32) == pytest.approx(2 * kept(32, 64, 16), rel=0.05)
    assert kept(32, 128, 16) == pytest.approx(2 * kept(32, 64, 16), rel=0.05)


def _on_host(tree):
    from emberharmony.pytree import tree_map

    return tree_map(lambda a: np.ascontiguousarray(ops.to_numpy(a)), tree)


# -- single steps --

STEPPERS = [*KERNELS, "ltc-rk4", "ltc-memory", "cfc-wired-memory", "gru", "lstm"]


@pytest.mark.parametrize("kind", STEPPERS)
@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-13), ("float32", 1e-5)])
def test_a_stepper_gives_what_the_layer_gives(backend, kind, dtype, bound):
    layer, x, _, dt, _ = case(kind, 3, 4, dtype)
    y, last = layer(x, timespans=dt[0])
    step, state = layer.stepper(), None
    for t in range(4):
        found, state = step(x[:, t], state, float(dt[0, t]))
        assert distance(found, y[:, t]) <= bound
    assert distance(state, last) <= bound
    alone, _ = step(x[1, 0], None, float(dt[0, 0]))
    assert distance(alone, y[1, 0]) <= bound
    assert type(found) is type(y)


def test_a_stepper_stays_as_it_was_made(backend):
    layer, x, _, _, _ = case("ltc", 1, 1)
    step = layer.stepper()
    before, _ = step(x[0, 0])
    after = nn.replace(layer, cell=nn.replace(layer.cell, rest=layer.cell.rest + 1.0))
    assert distance(step(x[0, 0])[0], before) == 0
    assert distance(after.stepper()(x[0, 0])[0], before) > 0.01


def test_a_stepper_keeps_its_hands_off_its_arguments(backend):
    layer, x, _, _, _ = case("cfc", 1, 2)
    step = layer.stepper()
    _, state = step(x[0, 0])
    kept = numpy(state).copy()
    step(x[0, 1], state)
    assert (numpy(state) == kept).all()


# -- torch alone --


def test_torch_may_compile_and_go_back_twice():
    torch = pytest.importorskip("torch")
    from emberharmony import use_backend

    with use_backend("torch"):
        layer = network("cfc", dtype="float32")
        module = nn.to_torch(layer)
        x = torch.randn(4, 6, INPUTS)
        y, _ = module(x)
        loss = (y**2).sum()
        loss.backward(retain_graph=True)
        first = [p.grad.clone() for p in module.parameters()]
        loss.backward()
        assert all(torch.equal(p.grad, 2 * g) for p, g in zip(module.parameters(), first, strict=True))
        with torch.no_grad():
            assert torch.equal(module(x)[0], y)
        compiled = torch.compile(module, backend="eager")
        assert torch.allclose(compiled(x)[0], y, atol=1e-6)
