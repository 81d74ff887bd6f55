"""Exact arrays through `ops`: the function is written once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntonic.numbers import arrays

import emberharmony
from emberharmony import ops
from emberharmony.errors import UnsupportedError
from emberharmony.ops.dispatch import TABLES
from emberharmony.syntonic import Golden, GoldenArray, phi
from emberharmony.syntonic.table import FUNCTIONS

small = st.integers(-9, 9)
ONE = ["abs", "negative", "positive", "square", "floor", "relu", "sum", "prod", "max", "min"]
MOVED = ["matrix_transpose", "ravel", "cumulative_sum", "sort", "unstack", "tril", "triu"]
SAME = ["argmax", "argmin", "argsort", "any", "all", "count_nonzero", "nonzero", "isfinite", "isnan"]
PAIRS = ["add", "subtract", "multiply", "maximum", "minimum", "matmul", "vecdot", "dot", "tensordot"]
COMPARISONS = ["less", "less_equal", "greater", "greater_equal", "equal", "not_equal"]


def op(name):
    found = ops
    for part in name.split("."):
        found = getattr(found, part)
    return found


@given(x=arrays((3, 3), small, den=st.just(1)))
def test_ops_of_whole_numbers_are_those_of_numpy(x):
    a = x.a.astype(np.int64)
    x = GoldenArray.from_ints(a)
    for name in [*ONE, *MOVED]:
        named = {"axis": 1} if name in ("cumulative_sum",) else {}
        got, wanted = op(name)(x, **named), op(name)(a, **named)
        if name == "unstack":
            got, wanted = ops.stack(got), ops.stack(wanted)
        assert np.array_equal(got.to_floats(), wanted), name
    for name in SAME:
        assert np.array_equal(op(name)(x), op(name)(a)), name
    for name in PAIRS:
        assert np.array_equal(op(name)(x, x + 1).to_floats(), op(name)(a, a + 1)), name
    assert np.array_equal(ops.linalg.outer(x[0], x[1]).to_floats(), np.outer(a[0], a[1]))
    for name in COMPARISONS:
        assert np.array_equal(op(name)(x, 1), op(name)(a, 1)), name
        assert np.array_equal(op(name)(x, a), op(name)(a, a)), name


@given(x=arrays((2, 3), small), y=arrays((2, 3), small))
def test_generic_code_runs_on_exact_numbers(x, y):
    def variance_of_sums(p, q):
        total = ops.where(ops.greater(p, q), ops.add(p, q), ops.multiply(q, 2))
        centred = ops.subtract(total, ops.mean(total, axis=0, keepdims=True))
        return ops.mean(ops.square(centred), axis=0)

    exact = variance_of_sums(x, y)
    rounded = variance_of_sums(x.to_floats(), y.to_floats())
    # sums of a few products of numbers below 60: well within 1e-9 where no comparison is a tie of unequal floats
    assert np.allclose(exact.to_floats(), rounded, atol=1e-9)
    assert (exact == ops.var(ops.where(x > y, x + y, y * 2), axis=0)).all()


def test_masks_indices_and_integers_of_numpy_stand_beside_exact_numbers():
    x = GoldenArray.from_ints([[1, 2], [3, 4]], [[0, 1], [1, 0]])
    assert ops.take(x, np.asarray([1, 0]), axis=1).tolist() == [[Golden(2, 1), 1], [4, Golden(3, 1)]]
    assert ops.where(np.asarray([True, False]), x, 0).tolist() == [[1, 0], [Golden(3, 1), 0]]
    assert ops.add(x, np.asarray([1, 2])).tolist() == ops.add(np.asarray([1, 2]), x).tolist()
    assert ops.multiply(x, phi).tolist() == ops.multiply(phi, x).tolist()
    assert ops.concat([x, x], axis=1).shape == (2, 4)
    assert ops.stack([x, x]).shape == (2, 2, 2)
    assert ops.expand_dims(x, axis=0).shape == (1, 2, 2)
    assert ops.squeeze(ops.expand_dims(x, axis=0)).shape == (2, 2)
    assert ops.permute_dims(x, (1, 0)).tolist() == x.T.tolist()
    assert ops.moveaxis(x, 0, 1).tolist() == x.T.tolist()
    assert ops.reshape(x, (4,)).tolist() == ops.ravel(x).tolist()
    assert ops.clip(x, 2, 3).tolist() == [[2, 3], [3, 3]]
    assert [ops.zeros_like(x).tolist(), ops.full_like(x, 2).tolist()] == [[[0, 0]] * 2, [[2, 2]] * 2]
    assert ops.linalg.det(x).item() == 4 - Golden(2, 1) * Golden(3, 1)
    assert (x @ ops.linalg.inv(x) == GoldenArray.eye(2)).all()
    assert ops.linalg.trace(x).item() == 5
    assert ops.pow(x, 3).tolist() == (x**3).tolist()
    assert ops.divide(x, 2).tolist() == (x / 2).tolist()
    assert ops.sign(x - 3).tolist() == [[-1, 1], [1, 1]]


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "softmax"])
def test_what_leaves_the_field_points_at_the_method_with_a_bound(name):
    with pytest.raises(NotImplementedError, match=rf"ops\.{name} .*\n.*\n.*x\.{name}\(bound=\.\.\.\)"):
        op(name)(GoldenArray.from_ints([1]))


def test_arrays_that_are_made_beside_others_keep_their_policy():
    x = GoldenArray.from_ints([1, 2], overflow="raise")
    for made in (ops.zeros_like(x), ops.ones_like(x), ops.full_like(x, phi)):
        assert made.overflow == "raise"
    assert ops.full_like(x, phi).tolist() == [phi, phi]


def test_what_has_no_exact_meaning_raises_by_name():
    x = GoldenArray.from_ints([1, 2])
    for call in (
        lambda: ops.std(x),
        lambda: ops.atan2(x, x),
        lambda: ops.round(x),
        lambda: ops.sum(x, dtype="float32"),
    ):
        with pytest.raises(NotImplementedError, match=r"ops\."):
            call()


def test_exact_arrays_do_not_mix_with_other_libraries(backend):
    if backend == "numpy":
        return
    x = GoldenArray.from_ints([1, 2])
    with emberharmony.use_backend(backend), pytest.raises(TypeError, match=backend):
        ops.add(x, ops.asarray([1, 2]))


def test_every_row_stands_under_the_name_of_an_op():
    hooks = {"convert", "item", "tolist", "unsupported"}
    assert not [name for name in FUNCTIONS if name not in TABLES and name not in hooks]


@given(x=arrays())
def test_exact_numbers_come_to_the_host_as_they_are(x):
    assert ops.tolist(x) == x.tolist()
    for number in x.reshape(-1).tolist()[:3]:
        assert ops.item(GoldenArray.from_numbers([[number]])) == ops.item(number) == ops.tolist(number) == number


def test_leaving_the_field_is_said_by_name(backend):
    x = GoldenArray.from_ints([1, 2])
    for call in (lambda: ops.convert(x, backend), lambda: ops.convert(phi, like=ops.ones(2)), lambda: ops.to_numpy(x)):
        with pytest.raises(UnsupportedError, match=r"x\.to_floats\(\)"):
            call()
    with pytest.raises(UnsupportedError, match=r"ops\.ceil\(x\.to_floats\(\)\)"):
        ops.ceil(x)
    with pytest.raises(UnsupportedError, match=r"x\.erf\(bound=\.\.\.\)"):
        ops.special.erf(x)
