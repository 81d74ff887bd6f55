"""Padding, stacking, splitting and diagonals: nothing is rounded, so everything equals NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, ShapeError

arrays = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4), elements=st.integers(-9, 9)
)


def equal(ours, wanted):
    ours = ops.to_numpy(ours)
    assert ours.shape == wanted.shape
    assert ours.tolist() == wanted.tolist()


@given(x=arrays, mode=st.sampled_from(["constant", "edge", "reflect", "wrap"]), data=st.data())
def test_pad_is_numpys(backend, x, mode, data):
    widths = data.draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=x.ndim, max_size=x.ndim))
    equal(ops.pad(ops.asarray(x), widths, mode), np.pad(x, widths, mode))


@pytest.mark.parametrize("widths", [2, (1, 2), ((1, 2),), [[1, 0], [0, 2]]])
def test_pad_takes_any_spelling_of_the_widths(backend, widths):
    x = np.arange(6).reshape(2, 3)
    equal(ops.pad(ops.asarray(x), widths, constant_values=7), np.pad(x, widths, constant_values=7))


def test_pad_refuses_what_it_cannot_do(backend):
    x = ops.zeros((2, 3), dtype="int32")
    with pytest.raises(ArgumentError, match="pad_width"):
        ops.pad(x, ((1, 1), (1, 1), (1, 1)))
    with pytest.raises(ArgumentError, match="'constant', 'edge'"):
        ops.pad(x, 1, "mirror")
    with pytest.raises(DTypeError, match="int32"):
        ops.pad(x, 1, constant_values=0.5)
    with pytest.raises(ShapeError, match="axis 0"):
        ops.pad(ops.zeros((0,)), 1, "edge")
    assert tuple(ops.pad(ops.zeros((0,)), 1).shape) == (2,)


@given(x=arrays, n=st.integers(0, 3))
def test_a_whole_number_is_a_shape_of_one_axis(backend, x, n):
    one, y = int(x.flat[0]), ops.asarray(x)
    equal(ops.broadcast_to(ops.asarray(one), n), np.broadcast_to(one, n))
    equal(ops.broadcast_to(ops.asarray([one]), n), np.broadcast_to([one], n))
    equal(ops.tile(y, n), np.tile(x, n))


@given(x=arrays)
def test_axes_may_stand_in_a_list(backend, x):
    axes = [*range(x.ndim)]
    equal(ops.moveaxis(ops.asarray(x), axes, axes[::-1]), np.moveaxis(x, axes, axes[::-1]))


@given(n=st.integers(0, 4), k=st.integers(-3, 3), m=st.integers(0, 4))
def test_diagonals_and_triangles_are_numpys(backend, n, k, m):
    equal(ops.diag(ops.arange(n), k), np.diag(np.arange(n), k))
    equal(ops.diag(ops.reshape(ops.arange(n * m), (n, m)), k), np.diag(np.arange(n * m).reshape(n, m), k))
    for ours, theirs in ((ops.tril_indices, np.tril_indices), (ops.triu_indices, np.triu_indices)):
        for a, b in zip(ours(n, k, m), theirs(n, k, m), strict=True):
            equal(a, b)


@given(x=arrays)
def test_stacks_and_splits_are_numpys(backend, x):
    y = ops.asarray(x)
    equal(ops.vstack([y, y]), np.vstack([x, x]))
    equal(ops.hstack([y, y]), np.hstack([x, x]))
    equal(ops.ravel(y), x.ravel())
    equal(ops.atleast_2d(y), np.atleast_2d(x))
    equal(ops.swapaxes(y, 0, -1), x.swapaxes(0, -1))
    for cut in ([1], [1, 2], [], x.shape[-1]):
        for a, b in zip(ops.split(y, cut, axis=-1), np.split(x, cut, axis=-1), strict=True):
            equal(a, b)
    for a, b in zip(ops.atleast_1d(y, ops.asarray(3)), (x, np.asarray([3])), strict=True):
        equal(a, b)


def test_an_uneven_split_is_refused(backend):
    with pytest.raises(ShapeError, match="2 sections for axis 0 of size 3"):
        ops.split(ops.zeros(3), 2)
    with pytest.raises(ArgumentError, match="axis=2"):
        ops.swapaxes(ops.zeros((2, 2)), 0, 2)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_apply_along_axis_puts_results_where_the_vectors_were(backend, axis):
    x = np.arange(24).reshape(2, 3, 4)
    y = ops.asarray(x)
    equal(ops.apply_along_axis(ops.sum, axis, y), np.apply_along_axis(np.sum, axis, x))
    equal(ops.apply_along_axis(lambda v: v[:2], axis, y), np.apply_along_axis(lambda v: v[:2], axis, x))
    equal(ops.apply_along_axis(lambda v: 7, axis, y), np.apply_along_axis(lambda v: 7, axis, x))
    equal(ops.apply_along_axis(ops.diag, axis, y), np.apply_along_axis(np.diag, axis, x))


def test_the_short_names_are_those_of_linalg():
    assert (ops.trace, ops.diagonal, ops.outer) == (ops.linalg.trace, ops.linalg.diagonal, ops.linalg.outer)
