"""Places where a sequence goes wrong without a word; each was wrong once, here or in a library before us."""

import numpy as np
import pytest
from tests.nn.networks import INPUTS, distance, network, normal, numpy, uniform

from emberharmony import nn, ops, random, use_backend
from emberharmony.errors import ArgumentError, MixedBackendsError, ShapeError, WeightsError
from emberharmony.nn import kernels
from emberharmony.nn.wirings import AutoNCP, FullyConnected
from emberharmony.viz import draw_wiring

CLOSE = 1e-13


def twins():
    """Two networks with other wirings of equal size."""
    sizes = {}
    for seed in range(40):
        wiring = AutoNCP(16, 4, seed=seed).build(INPUTS)
        counts = wiring.synapse_count, wiring.sensory_synapse_count
        if counts in sizes:
            return [nn.LTC(INPUTS, w, key=random.key(7), dtype="float64") for w in (sizes[counts], wiring)]
        sizes[counts] = wiring
    raise AssertionError("no two wirings of one size")


def test_weights_of_another_wiring_are_refused_by_name(backend, tmp_path):
    one, other = twins()
    nn.save(one, tmp_path / "one")
    with pytest.raises(WeightsError, match=r"cell\.wiring"):
        nn.load(other, tmp_path / "one")
    assert distance(nn.load(one, tmp_path / "one")(normal(1, (4, INPUTS)))[0], one(normal(1, (4, INPUTS)))[0]) == 0


def test_the_kernel_and_the_plain_loop_read_the_same_synapses(backend):
    one, other = twins()
    mixed, x = nn.load_state_dict(other, nn.state_dict(one)), normal(1, (2, 5, INPUTS))
    state = ops.zeros((2, 16), dtype="float64")
    expected, _ = kernels.steps(mixed.cell, x, (state,), 1.0, None, True)
    assert distance(mixed(x)[0], expected) <= CLOSE
    assert distance(mixed(x)[0], one(x)[0]) <= CLOSE


@pytest.mark.parametrize("there", [[0, 0, 1, 1, 1, 1], [1, 1, 0, 1, 0, 1], [1, 1, 1, 1, 0, 0], [0, 1, 0, 0, 0, 0]])
@pytest.mark.parametrize("whole", [True, False])
def test_backwards_goes_from_step_to_step_wherever_the_holes_are(backend, there, whole):
    both = nn.Bidirectional(*(nn.LTC(INPUTS, 6, key=random.key(seed), dtype="float64") for seed in (0, 1)))
    x, dt = normal(1, (1, 6, INPUTS)), uniform(2, (1, 6))
    mask, steps = ops.asarray([[bool(i) for i in there]]), [t for t, i in enumerate(there) if i]
    kept = ops.stack([x[:, t] for t in steps], axis=1), ops.stack([dt[:, t] for t in steps], axis=1)
    y, _ = both(x, timespans=dt if whole else dt[0], mask=mask)
    alone, _ = both(kept[0], timespans=kept[1])
    assert distance(ops.stack([y[:, t] for t in steps], axis=1), alone) <= CLOSE


def test_spans_of_the_padding_may_be_anything(backend):
    layer, x = network("ltc"), normal(1, (2, 3, INPUTS))
    mask = ops.asarray([[True, True, False], [True, True, True]])
    junk = ops.asarray([[1.0, 0.5, -1e9], [1.0, 1.0, 1.0]], dtype="float64")
    clean = ops.where(mask, junk, 1.0)
    assert distance(layer(x, timespans=junk, mask=mask)[0], layer(x, timespans=clean, mask=mask)[0]) == 0
    with pytest.raises(ArgumentError, match="timespans with inf"):
        layer(x, timespans=float("inf"))


def test_a_buffer_that_is_used_again_changes_nothing():
    with use_backend("numpy"):
        layer = nn.StrideAwareCfC(INPUTS, 4, key=random.key(0), stride=4, pool="mean", dtype="float64")
        x, buffer = normal(1, (1, 12, INPUTS)), np.empty((1, 3, INPUTS))
        state, pieces = None, []
        for i in range(0, 12, 3):
            buffer[:] = x[:, i : i + 3]
            y, state = layer(buffer, state)
            pieces.append(y)
        assert distance(np.concatenate(pieces, axis=1), layer(x)[0]) <= CLOSE


@pytest.mark.parametrize("kind", ["ltc", "ltc-full", "cfc", "cfc-memory", "cfc-wired", "gru"])
def test_an_output_is_not_the_memory_of_the_state(kind):
    with use_backend("numpy"):
        layer, x = network(kind, return_sequences=False), normal(1, (2, 4, INPUTS))
        step = layer.stepper()
        for y, state in (layer(x), step(x[0, 0])):
            kept = [numpy(s).copy() for s in (state if isinstance(state, tuple) else (state,))]
            y *= 0.5
            assert all(
                (a == b).all() for a, b in zip(kept, state if isinstance(state, tuple) else (state,), strict=True)
            )


@pytest.mark.parametrize("kind", ["ltc", "cfc", "cfc-wired"])
def test_a_span_for_each_row_of_a_cell_stands_in_a_column(backend, kind):
    cell = network(kind).cell
    rows = cell.state_sizes[0]  # as many rows as neurons: what lies in a row would fit
    x, state = normal(1, (rows, INPUTS)), ops.zeros((rows, rows), dtype="float64")
    with pytest.raises(ShapeError, match="got dt of shape"):
        cell(x, state, uniform(2, (rows,)))
    assert tuple(cell(x, state, uniform(2, (rows, 1)))[1].shape) == (rows, rows)


def test_ncps_gives_all_of_its_last_layer_and_so_do_we_where_asked(backend):
    pytest.importorskip("ncps.torch")
    layer = nn.CfC(INPUTS, FullyConnected(8, 2), key=random.key(0), compat="ncps")
    x = normal(1, (2, 4, INPUTS), "float32")
    y, _ = nn.to_ncps(layer)(ops.convert(x, "torch"))
    assert np.abs(numpy(layer(x)[0]) - y.detach().numpy()).max() <= 5e-6
    assert nn.CfC(INPUTS, FullyConnected(8, 2), key=random.key(0)).output_size == 2


def test_a_projected_cell_stands_still_when_no_time_goes_by(backend):
    layer = nn.LTC(INPUTS, 6, key=random.key(0), implicit_param_constraints=False, dtype="float64")
    slipped = nn.replace(layer, cell=nn.replace(layer.cell, capacity=layer.cell.capacity - 1.0)).projected()
    y, _ = slipped(normal(1, (1, 3, INPUTS)), timespans=ops.asarray([1.0, 0.0, 1.0], dtype="float64"))
    assert np.isfinite(numpy(y)).all()
    assert distance(y[:, 0], y[:, 1]) == 0


@pytest.mark.parametrize("kind", ["ltc", "cfc", "gru", "ltc-rk4"])
def test_arrays_of_two_backends_are_refused_with_the_way_out(kind):
    pytest.importorskip("torch")
    with use_backend("numpy"):
        layer, x = network(kind), normal(1, (2, 3, INPUTS))
        with pytest.raises(MixedBackendsError, match="weights of numpy and got x of torch"):
            layer(ops.convert(x, "torch"))
        with pytest.raises(MixedBackendsError, match="got timespans of torch"):
            layer(x, timespans=ops.convert(uniform(2, (2, 3)), "torch"))


def test_dropout_follows_the_arrays_and_not_the_current_backend():
    pytest.importorskip("torch")
    with use_backend("torch"):
        layer, x = network("cfc-deep", backbone_dropout=0.5), normal(1, (2, 3, INPUTS))
    with use_backend("numpy"):
        one, other = (layer(x, key=random.key(seed))[0] for seed in (0, 1))
        assert distance(one, other) > 1e-3
        assert type(one) is type(x)


def test_memory_that_is_not_aligned_or_of_another_byte_order_is_read_right():
    with use_backend("numpy"):
        layer, x = network("cfc", dtype="float32"), normal(1, (2, 3, INPUTS), "float32")
        shifted = np.frombuffer(b"\0" + x.tobytes(), "f4", offset=1).reshape(x.shape)
        assert distance(layer(shifted)[0], layer(x)[0]) == 0
        assert distance(layer(x.astype(">f4"))[0], layer(x)[0]) == 0


def test_what_looks_like_a_wiring_is_refused_by_name(backend):
    with pytest.raises(ArgumentError, match="draw_wiring got AutoNCP"):
        draw_wiring(AutoNCP(16, 2))
    ncps = pytest.importorskip("ncps.wirings")
    with pytest.raises(ArgumentError, match="LTC got units="):
        nn.LTC(INPUTS, ncps.AutoNCP(16, 2), key=random.key(0))
    assert nn.LTC(INPUTS, np.int64(4), key=random.key(0)).output_size == 4
    assert network("ltc-memory").wiring.units == 7
    with pytest.raises(ArgumentError, match="has no wiring"):
        _ = network("cfc").wiring


def test_features_may_be_large(backend):
    layer = nn.LTC(INPUTS, 6, key=random.key(0), input_mapping=None)  # float32
    cell = layer.cell
    far = nn.replace(layer, cell=nn.replace(cell, inputs=nn.replace(cell.inputs, mu=cell.inputs.mu + 2048.0)))
    x, state = normal(1, (2, 8, INPUTS), "float32") + 2048.0, ops.zeros((2, 6), dtype="float32")
    y, _ = kernels.run(far.cell, x, (state,), 1.0, None, True)
    assert distance(y, kernels.steps(far.cell, x, (state,), 1.0, None, True)[0]) <= 5e-6  # as of features of size 1
