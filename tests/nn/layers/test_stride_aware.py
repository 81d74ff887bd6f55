"""A slower clock: what moves when, over which time, and that cuts do not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.nn.networks import distance, normal, uniform

from emberharmony import nn, ops, random
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.nn.layers import MultiStride, StrideAwareCfC
from emberharmony.nn.wirings import AutoNCP

CLOSE = 1e-13


def layer(stride, pool="last", units=5, **settings):
    return StrideAwareCfC(3, units, stride=stride, pool=pool, key=random.key(0), dtype="float64", **settings)


def test_stride_one_is_the_layer_itself(backend):
    x, dt = normal(1, (2, 6, 3)), uniform(2, (2, 6))
    plain = nn.CfC(3, 5, key=random.key(0), dtype="float64")
    for pool in ("last", "mean", "conv"):
        assert distance(layer(1, pool)(x, timespans=dt)[0], plain(x, timespans=dt)[0]) == 0


@given(
    stride=st.integers(1, 5),
    phase=st.integers(0, 4),
    pool=st.sampled_from(["last", "mean", "conv"]),
    memory=st.booleans(),
    cuts=st.lists(st.integers(0, 11), max_size=4).map(sorted),
)
def test_any_chunking_equals_one_shot(backend, stride, phase, pool, memory, cuts):
    net = layer(stride, pool, phase=phase % stride, mixed_memory=memory)
    x, dt = normal(3, (2, 11, 3)), uniform(4, (2, 11))
    whole, _ = net(x, timespans=dt)
    pieces, state = [], None
    for a, b in zip([0, *cuts], [*cuts, 11], strict=True):
        y, state = net(x[:, a:b], state, timespans=dt[:, a:b])
        pieces.append(y)
    assert distance(ops.concat(pieces, axis=1), whole) <= CLOSE
    assert state[-1] == 11
    alone, _ = net(x[1], timespans=dt[1])
    assert distance(alone, whole[1]) <= CLOSE


def test_it_moves_on_what_its_block_holds(backend):
    net = layer(3, "mean", phase=1, time_scale=0.5)
    x, dt = normal(1, (2, 8, 3)), uniform(2, (2, 8))
    y, _ = net(x, timespans=dt)
    blocks = [(0, 2), (2, 5), (5, 8)]  # it moves at 1, 4 and 7
    pooled = ops.stack([ops.mean(x[:, a:b], axis=1) for a, b in blocks], axis=1)
    time = ops.stack([0.5 * ops.sum(dt[:, a:b], axis=1) for a, b in blocks], axis=1)
    moved, _ = net.layer(pooled, timespans=time)
    expected = ops.stack([moved[:, 0] * 0, *(moved[:, i] for i in (0, 0, 0, 1, 1, 1, 2))], axis=1)
    assert distance(y, expected) <= CLOSE


def test_what_comes_later_changes_nothing_before(backend):
    net, x = layer(3, "conv"), normal(1, (1, 9, 3))
    for t in range(9):
        later = ops.concat([x[:, :t], x[:, t:] + 1.0], axis=1)
        assert distance(net(later)[0][:, :t], net(x)[0][:, :t]) == 0


def test_the_order_inside_a_block_is_lost_in_the_mean(backend):
    net, x = layer(3, "mean", phase=2), normal(1, (1, 6, 3))
    turned = ops.concat([ops.flip(x[:, :3], axis=1), x[:, 3:]], axis=1)
    assert distance(net(turned)[0], net(x)[0]) <= CLOSE


def test_scale_and_weights_are_trained(backend):
    net, x = layer(3, "conv", learn_time_scale=True, units=AutoNCP(12, 3)), normal(1, (1, 7, 3))
    slopes = ops.grad(lambda net: ops.sum(net(x, timespans=0.3)[0] ** 2))(net)
    assert float(ops.sum(ops.abs(slopes.weights))) > 0
    assert float(ops.abs(slopes.time_scale)) > 0


def test_several_clocks_stand_side_by_side(backend):
    many = MultiStride(3, 4, strides=(1, 3), key=random.key(0), dtype="float64")
    x = normal(1, (2, 7, 3))
    y, _ = many(x)
    assert distance(y, ops.concat([net(x)[0] for net in many.layers], axis=-1)) == 0
    first, state = many(x[:, :4])
    rest, _ = many(x[:, 4:], state)
    assert distance(ops.concat([first, rest], axis=1), y) <= CLOSE


def test_settings_that_mean_nothing_are_refused(backend):
    for wrong in (
        {"stride": 0},
        {"stride": 2, "phase": 2},
        {"stride": 2, "pool": "max"},
        {"stride": 1, "time_scale": 0},
    ):
        with pytest.raises(ArgumentError, match="StrideAwareCfC got"):
            layer(**wrong)
    with pytest.raises(ShapeError, match="what the last call returned"):
        layer(2)(normal(1, (1, 4, 3)), normal(2, (1, 5)))
