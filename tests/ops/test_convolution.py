"""Convolution and pooling of small integers: no sum is rounded, so the definition, written as loops, holds exactly."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError


def by_loops(x, weight, bias, stride, padding, dilation, groups):
    """The definition: y[n, o, t] = bias[o] + sum of weight[o, c, k] x[n, c, t stride + k dilation - padding]."""
    ndim = x.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    kernel = weight.shape[2:]
    sizes = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    y = np.zeros((x.shape[0], weight.shape[0], *sizes)) + bias.reshape(-1, *[1] * ndim)
    width, out = x.shape[1] // groups, weight.shape[0] // groups
    for o, place in itertools.product(range(weight.shape[0]), itertools.product(*map(range, sizes))):
        group = o // out
        for k in itertools.product(*map(range, kernel)):
            at = tuple(t * s + i * d for t, s, i, d in zip(place, stride, k, dilation, strict=True))
            part = x[(slice(None), slice(group * width, (group + 1) * width), *at)]
            y[(slice(None), o, *place)] += part @ weight[(o, slice(None), *k)]
    return y


@st.composite
def cases(draw, ndim):
    sizes = st.tuples(*[st.integers(5, 7)] * ndim)
    some = lambda low, high: draw(st.tuples(*[st.integers(low, high)] * ndim))  # noqa: E731
    groups, inputs, outputs = draw(st.sampled_from([(1, 2, 3), (2, 4, 2), (3, 3, 6)]))
    kernel = some(1, 3)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.integers(-4, 5, (2, inputs, *draw(sizes))).astype(float)
    weight = rng.integers(-4, 5, (outputs, inputs // groups, *kernel)).astype(float)
    return x, weight, rng.integers(-4, 5, outputs).astype(float), some(1, 3), some(0, 2), some(1, 2), groups


@pytest.mark.parametrize("ndim", [1, 2])
@given(data=st.data())
def test_convolution_is_its_definition(backend, ndim, data):
    x, weight, bias, stride, padding, dilation, groups = data.draw(cases(ndim))
    conv = ops.conv1d if ndim == 1 else ops.conv2d
    got = conv(*map(ops.asarray, (x, weight, bias)), stride=stride, padding=padding, dilation=dilation, groups=groups)
    wanted = by_loops(x, weight, bias, stride, padding, dilation, groups)
    assert tuple(got.shape) == wanted.shape
    assert ops.to_numpy(got).tolist() == wanted.tolist()


@pytest.mark.parametrize("ndim", [1, 2])
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_the_transposed_convolution_is_the_adjoint(backend, ndim, data, seed):
    x, weight, _, stride, padding, dilation, groups = data.draw(cases(ndim))
    shape = by_loops(x, weight, np.zeros(weight.shape[0]), stride, padding, dilation, groups).shape
    y = np.random.default_rng(seed).integers(-4, 5, shape).astype(float)
    conv = ops.conv_transpose1d if ndim == 1 else ops.conv_transpose2d
    # output_padding names which of the input sizes that lead to this output size is meant: that of x
    axes = zip(x.shape[2:], shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    rest = [n - ((m - 1) * s - 2 * p + d * (k - 1) + 1) for n, m, k, s, p, d in axes]
    assume(all(r < max(s, d) for r, s, d in zip(rest, stride, dilation, strict=True)))
    places = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    got = conv(ops.asarray(y), ops.asarray(weight), output_padding=tuple(rest), **places)
    assert tuple(got.shape) == x.shape
    forward = by_loops(x, weight, np.zeros(weight.shape[0]), stride, padding, dilation, groups)
    assert float(np.sum(forward * y)) == float(np.sum(x * ops.to_numpy(got)))


def test_same_keeps_the_length_and_valid_adds_nothing(backend):
    x, weight = ops.ones((1, 1, 5)), ops.ones((1, 1, 2))
    assert ops.conv1d(x, weight, padding="same").tolist() == [[[2.0, 2.0, 2.0, 2.0, 1.0]]]
    assert tuple(ops.conv1d(x, weight, padding="valid", dilation=2).shape) == (1, 1, 3)
    assert tuple(ops.conv2d(ops.ones((1, 1, 5, 4)), ops.ones((1, 1, 3, 4)), padding="same").shape) == (1, 1, 5, 4)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"stride": 0}, ArgumentError),
        ({"stride": 2, "padding": "same"}, ArgumentError),
        ({"padding": "full"}, ArgumentError),
        ({"padding": -1}, ArgumentError),
        ({"dilation": (1, 1)}, ArgumentError),
        ({"groups": 2}, ShapeError),
        ({"dilation": 9}, ShapeError),
    ],
)
def test_what_does_not_fit_is_refused_by_name(backend, arguments, error):
    with pytest.raises(error, match=r"ops\.conv1d"):
        ops.conv1d(ops.ones((1, 3, 5)), ops.ones((2, 3, 2)), **arguments)


def test_shapes_that_do_not_fit_are_refused_by_name(backend):
    with pytest.raises(ShapeError, match=r"ops\.conv2d"):
        ops.conv2d(ops.ones((1, 1, 5)), ops.ones((1, 1, 5)))
    with pytest.raises(ShapeError, match="bias"):
        ops.conv1d(ops.ones((1, 1, 5)), ops.ones((2, 1, 2)), ops.ones(3))
    with pytest.raises(ArgumentError, match="output_padding"):
        ops.conv_transpose1d(ops.ones((1, 1, 5)), ops.ones((1, 1, 2)), stride=2, output_padding=2)


@pytest.mark.parametrize("ndim", [1, 2])
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_pooling_is_its_definition(backend, ndim, data, seed):
    some = lambda low, high: data.draw(st.tuples(*[st.integers(low, high)] * ndim))  # noqa: E731
    kernel, stride = some(1, 3), data.draw(st.none() | st.tuples(*[st.integers(1, 3)] * ndim))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    x = np.random.default_rng(seed).integers(-9, 10, (2, 3, *some(4, 6))).astype(float)
    y = ops.asarray(x)
    steps = stride or kernel
    edges = [(0, 0), (0, 0), *((p, p) for p in padding)]
    parts = {
        name: sliding_window_view(np.pad(z, edges, constant_values=fill), kernel, tuple(range(2, 2 + ndim)))[
            (slice(None), slice(None), *(slice(None, None, s) for s in steps))
        ]
        for name, z, fill in (("max", x, -np.inf), ("sum", x, 0.0), ("count", np.ones_like(x), 0.0))
    }
    last = tuple(range(2 + ndim, 2 + 2 * ndim))
    most = (ops.max_pool1d if ndim == 1 else ops.max_pool2d)(y, kernel, stride=stride, padding=padding)
    assert ops.to_numpy(most).tolist() == parts["max"].max(last).tolist()
    average = ops.avg_pool1d if ndim == 1 else ops.avg_pool2d
    for include in (True, False):
        got = ops.to_numpy(average(y, kernel, stride=stride, padding=padding, count_include_pad=include))
        count = np.prod(kernel) if include else parts["count"].sum(last)
        # a backend may multiply by 1 / count (1 rounding more), or divide each of up to 9 elements of at most 9 first
        assert np.max(np.abs(got - parts["sum"].sum(last) / count), initial=0.0) <= 9 * 9 * 2**-52


def test_pooling_refuses_what_does_not_fit(backend):
    with pytest.raises(ArgumentError, match="half"):
        ops.max_pool1d(ops.ones((1, 1, 5)), 2, padding=2)
    with pytest.raises(ShapeError, match="max_pool2d"):
        ops.max_pool2d(ops.ones((1, 1, 5)), 2)
    with pytest.raises(ShapeError, match="fits"):
        ops.avg_pool1d(ops.ones((1, 1, 2)), 3)
    assert ops.max_pool1d(ops.asarray([[[1, 5, 2]]]), 3, padding=1, stride=2).tolist() == [[[5, 5]]]
