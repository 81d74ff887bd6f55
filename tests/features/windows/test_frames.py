"""Windows by their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.windows.cases import by_definition, rows, seeds, shapes

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.features.windows import frames, window_count


@given(seed=seeds, n=st.integers(0, 40), f=st.integers(1, 3), shape=shapes)
def test_windows_hold_the_rows_of_the_definition(backend, seed, n, f, shape):
    x = rows(seed, n, f, "float32")
    found = frames(ops.asarray(x), *shape)
    assert ops.to_numpy(found).tobytes() == by_definition(x, *shape).tobytes()
    assert tuple(found.shape) == (window_count(n, *shape), shape[0], f)


def test_a_row_has_one_gradient_for_each_window_that_holds_it(backend):
    x = ops.zeros((6, 1), dtype="float32")
    count = ops.grad(lambda x: ops.sum(frames(x, 3)))(x)
    assert ops.to_numpy(count).ravel().tolist() == [1, 2, 3, 3, 2, 1]


def test_one_feature_needs_no_axis(backend):
    assert tuple(frames(ops.arange(5), 2, dilation=3).shape) == (2, 2)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(ArgumentError, match="hop"):
        frames(np.zeros((4, 1)), 2, wrong)


def test_three_axes_are_refused():
    with pytest.raises(ShapeError, match=r"\(2, 2, 2\)"):
        frames(np.zeros((2, 2, 2)), 1)
