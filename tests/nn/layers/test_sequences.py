"""What every layer promises about sequences: shapes, time spans, masks, states, chunks, rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nn.networks import INPUTS, KINDS, distance, network, normal, numpy, uniform

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError

every_kind = pytest.mark.parametrize("kind", KINDS)
# rounding: sums of some 20 terms of size 10 in another order, over a dozen steps that contract
CLOSE = 1e-12


@every_kind
def test_output_and_state_have_the_promised_shapes(backend, kind):
    layer = network(kind)
    y, state = layer(normal(1, (2, 5, INPUTS)))
    assert tuple(y.shape) == (2, 5, layer.output_size)
    states = state if isinstance(state, tuple) else (state,)
    assert [tuple(s.shape) for s in states] == [(2, n) for n in layer.cell.state_sizes]
    assert ops.dtype_name(y) == "float64"


@every_kind
def test_a_single_sequence_is_a_batch_of_one(backend, kind):
    layer, x, dt = network(kind), normal(1, (5, INPUTS)), uniform(2, (5,))
    y, state = layer(x, timespans=dt)
    many, states = layer(x[None], timespans=dt)
    assert distance(y, many[0]) == 0
    again, _ = layer(x, state, timespans=dt)
    assert distance(again, layer(x[None], states, timespans=dt)[0][0]) == 0


@every_kind
@given(cuts=st.lists(st.integers(0, 7), max_size=3).map(sorted), seed=st.integers(0, 3))
def test_any_chunking_equals_one_shot(backend, kind, cuts, seed):
    layer = network(kind, seed)
    x, dt = normal(seed, (2, 7, INPUTS)), uniform(seed + 9, (2, 7))
    mask = uniform(seed + 5, (2, 7)) < 1.4
    whole, last = layer(x, timespans=dt, mask=mask)
    pieces, state = [], None
    for a, b in zip([0, *cuts], [*cuts, 7], strict=True):
        y, state = layer(x[:, a:b], state, timespans=dt[:, a:b], mask=mask[:, a:b])
        pieces.append(y)
    assert distance(ops.concat(pieces, axis=1), whole) <= CLOSE
    assert distance(state, last) <= CLOSE


@every_kind
@given(rows=st.sampled_from([1, 3, 5, 6, 12]), seed=st.integers(0, 3))
def test_a_batch_equals_a_loop_over_its_rows(backend, kind, rows, seed):
    layer = network(kind, seed)  # 6 rows are as many as the units of some: nothing may be spread over the wrong axis
    x, dt = normal(seed, (rows, 4, INPUTS)), uniform(seed + 9, (rows, 4))
    y, _ = layer(x, timespans=dt)
    alone = ops.stack([layer(x[i], timespans=dt[i])[0] for i in range(rows)])
    assert distance(y, alone) <= CLOSE


@every_kind
def test_all_forms_of_time_spans_mean_the_same(backend, kind):
    layer, x = network(kind), normal(1, (2, 4, INPUTS))
    same = [0.5, ops.asarray(0.5), *(ops.full(shape, 0.5, dtype="float64") for shape in [(4,), (2, 4), (2, 4, 1)])]
    ys = [layer(x, timespans=dt)[0] for dt in same]
    assert all(distance(y, ys[0]) <= CLOSE for y in ys)
    assert distance(layer(x)[0], layer(x, timespans=1)[0]) == 0


@every_kind
def test_padding_changes_nothing_and_may_hold_anything(backend, kind):
    layer, lengths = network(kind), (4, 2, 0)
    x, dt = normal(1, (3, 4, INPUTS)), uniform(2, (3, 4))
    mask = ops.asarray([[t < n for t in range(4)] for n in lengths])
    junk = ops.where(mask[..., None], x, float("nan"))
    y, state = layer(junk, timespans=ops.where(mask, dt, 7.0), mask=mask)
    states = state if isinstance(state, tuple) else (state,)
    for i, n in enumerate(lengths):
        alone, last = layer(x[i, :n], timespans=dt[i, :n])
        assert distance(y[i, :n], alone) <= CLOSE
        assert distance(tuple(s[i] for s in states), last if isinstance(last, tuple) else (last,)) <= CLOSE
        for t in range(n, 4):  # y repeats the output of the state that waits
            assert n == 0 or distance(y[i, t], y[i, n - 1]) <= CLOSE


@every_kind
def test_no_gradient_comes_from_padding(backend, kind):
    layer = network(kind)
    mask = ops.asarray([[True, False, True, True, False]])  # a signal needs three steps through the layers of a wiring
    junk = ops.where(mask[..., None], normal(1, (1, 5, INPUTS)), float("nan"))
    gradient = ops.grad(lambda x: ops.sum(layer(x, mask=mask)[0]))(junk)
    slopes = numpy(gradient)
    assert (slopes[0, 1] == 0).all()
    assert (slopes[0, 4] == 0).all()
    assert (slopes[0, 0] != 0).any()
    assert np.isfinite(slopes).all()


@every_kind
def test_the_last_output_alone_is_that_of_the_sequence(backend, kind):
    x = normal(1, (2, 4, INPUTS))
    mask = ops.asarray([[True, True, False, False], [True] * 4])
    all_, state = network(kind)(x, mask=mask)
    last, same = network(kind, return_sequences=False)(x, mask=mask)
    assert distance(last, all_[:, -1]) <= CLOSE
    assert distance(same, state) <= CLOSE


@every_kind
def test_a_step_is_a_sequence_of_one(backend, kind):
    layer, x = network(kind), normal(1, (2, 3, INPUTS))
    dt = uniform(2, (2, 3))
    y, state = layer.step(x[:, 0], dt=dt[:, 0])
    y, state = layer.step(x[:, 1], state, dt[:, 1])
    assert distance(y, layer(x, timespans=dt)[0][:, 1]) <= CLOSE
    alone, _ = layer.step(x[0, 0], dt=0.5)
    assert distance(alone, layer(x[0, :1], timespans=0.5)[0][0]) <= CLOSE


@every_kind
def test_nothing_comes_from_no_steps_and_no_rows(backend, kind):
    layer = network(kind)
    y, state = layer(ops.zeros((2, 0, INPUTS), dtype="float64"))
    assert tuple(y.shape) == (2, 0, layer.output_size)
    assert distance(state, tuple(s * 0 for s in state) if isinstance(state, tuple) else state * 0) == 0
    assert tuple(layer(ops.zeros((0, 3, INPUTS), dtype="float64"))[0].shape) == (0, 3, layer.output_size)


def test_what_cannot_be_a_sequence_is_refused_by_name(backend):
    layer, x = network("cfc"), normal(1, (2, 4, INPUTS))
    with pytest.raises(ShapeError, match=r"x of shape \(2, 4, 2\)"):
        layer(x[..., :2])
    with pytest.raises(NotAnArrayError, match="x of type list"):
        layer([[1.0, 2.0, 3.0]])
    with pytest.raises(DTypeError, match="float32 and has weights of float64"):
        layer(ops.astype(x, "float32"))
    with pytest.raises(ShapeError, match=r"timespans of shape \(2,\)"):
        layer(x, timespans=ops.ones(2, dtype="float64"))
    with pytest.raises(ArgumentError, match="timespans with -1"):
        layer(x, timespans=ops.asarray([1.0, -1.0, 1.0, 1.0]))
    with pytest.raises(ArgumentError, match=r"timespans with -0\.5"):
        layer(x, timespans=-0.5)
    with pytest.raises(ArgumentError, match="timespans with nan"):
        layer(x, timespans=ops.asarray([1.0, float("nan"), 1.0, 1.0]))
    with pytest.raises(DTypeError, match="mask of float64"):
        layer(x, mask=ops.ones((2, 4), dtype="float64"))
    with pytest.raises(ShapeError, match=r"mask of shape \(4, 2\)"):
        layer(x, mask=ops.ones((4, 2), dtype="bool"))
    with pytest.raises(ShapeError, match=r"state of \(6,\)"):
        layer(x, ops.zeros(6, dtype="float64"))
    with pytest.raises(ShapeError, match="a tuple of"):
        network("cfc-memory")(x, ops.zeros((2, 6), dtype="float64"))


def test_dropout_needs_a_key(backend):
    layer = network("cfc-deep", backbone_dropout=0.5)
    x = normal(1, (2, 4, INPUTS))
    plain = layer(x)[0]
    assert distance(layer(x)[0], plain) == 0
    one, other = (layer(x, key=random.key(seed))[0] for seed in (1, 2))
    assert distance(one, plain) > 0.01
    assert distance(one, other) > 0.01
    assert distance(layer(x, key=random.key(1))[0], one) == 0
    assert distance(network("cfc-deep")(x, key=random.key(1))[0], plain) <= CLOSE


# -- layers of layers --


def test_stacked_layers_feed_each_other(backend):
    one, two = nn.CfC(INPUTS, 6, key=random.key(0), dtype="float64"), nn.LTC(6, 4, key=random.key(1), dtype="float64")
    both = nn.Stacked((one, two))
    x, dt = normal(1, (2, 5, INPUTS)), uniform(2, (2, 5))
    y, states = both(x, timespans=dt)
    assert distance(y, two(one(x, timespans=dt)[0], timespans=dt)[0]) == 0
    first, state = both(x[:, :2], timespans=dt[:, :2])
    rest, last = both(x[:, 2:], state, timespans=dt[:, 2:])
    assert distance(ops.concat([first, rest], axis=1), y) <= CLOSE
    assert distance(last, states) <= CLOSE
    dropping = nn.Stacked((one, two), dropout=0.5)
    assert distance(dropping(x)[0], both(x)[0]) == 0
    assert distance(dropping(x, key=random.key(3))[0], both(x)[0]) > 1e-3
    with pytest.raises(ArgumentError, match="gives 4 features"):
        nn.Stacked((two, one))


def test_backwards_is_forwards_of_what_is_turned_around(backend):
    one, two = (nn.LTC(INPUTS, 6, key=random.key(seed), dtype="float64") for seed in (0, 1))
    both = nn.Bidirectional(one, two)
    x, times = normal(1, (2, 5, INPUTS)), ops.asarray([[0.0, 1.0, 1.5, 4.0, 6.0], [1.0, 2.0, 3.5, 4.0, 9.0]])
    times = ops.astype(times, "float64")
    dt = ops.concat([times[:, :1] + 1.0, ops.diff(times, axis=1)], axis=1)
    y, (forwards, backwards) = both(x, timespans=dt)
    # turned around, what came at time t comes at time -t: the distances between neighbours stay
    turned = -ops.flip(times, axis=1)
    back = ops.concat([dt[:, :1], ops.diff(turned, axis=1)], axis=1)
    z, last = two(ops.flip(x, axis=1), timespans=back)
    assert distance(y[..., 6:], ops.flip(z, axis=1)) <= CLOSE
    assert distance(y[..., :6], one(x, timespans=dt)[0]) == 0
    assert distance(backwards, last) <= CLOSE
    assert distance(forwards, one(x, timespans=dt)[1]) == 0


def test_backwards_begins_at_the_end_of_each_row(backend):
    both = nn.Bidirectional(*(nn.LTC(INPUTS, 6, key=random.key(seed), dtype="float64") for seed in (0, 1)))
    x, dt = normal(1, (2, 5, INPUTS)), uniform(2, (2, 5))
    mask = ops.asarray([[True] * 3 + [False] * 2, [True] * 5])
    y, _ = both(x, timespans=dt, mask=mask)
    alone, _ = both(x[0, :3], timespans=dt[0, :3])
    assert distance(y[0, :3], alone) <= CLOSE
    same, _ = both(x, timespans=dt[..., None], mask=mask[..., None])
    assert distance(same, y) == 0
