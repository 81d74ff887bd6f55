"""Einstein sums of small integers: every order of summation gives the same, so everything equals NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError

SIZES = {"i": 2, "j": 3, "k": 4, "l": 1, "m": 2}
CASES = [
    "i->i", "ij->ji", "ii->i", "ii->", "ii", "ij->", "ij,jk->ik", "ij,jk", "ij,kj->ik", "i,j->ij", "i,i->i", "i,i",
    "ij,ij->", "mij,mjk->mik", "iij,jk->ik", "ij,jk,kl->il", "ij,jk,km,mi->", "...i,...i->...", "...ij,jk->...ik",
    "i...->...", "ij,j->i", "ijk,jil->kl", "ki,jki->j", "iji->j", "ij , jk -> ik", "i,j,k->kji", "...,...",
    "m...,m...->m...",
]  # fmt: skip


def operands(subscripts, seed, dtype):
    rng = np.random.default_rng(seed)
    for term in subscripts.replace(" ", "").split("->")[0].split(","):
        before, dots, after = term.partition("...")
        shape = [SIZES[c] for c in before] + [2, 3] * bool(dots) + [SIZES[c] for c in after]
        yield rng.integers(-3, 4, shape).astype(dtype)


@pytest.mark.parametrize("subscripts", CASES)
@given(seed=st.integers(0, 2**32 - 1), dtype=st.sampled_from(["int64", "float32", "float64"]))
def test_einsum_is_numpys(backend, subscripts, seed, dtype):
    arrays = list(operands(subscripts, seed, dtype))
    wanted = np.einsum(subscripts, *arrays)
    got = ops.einsum(subscripts, *(ops.asarray(x) for x in arrays))
    assert ops.dtype_name(got) == dtype
    assert tuple(got.shape) == wanted.shape
    assert ops.to_numpy(got).tolist() == wanted.tolist()


def test_axes_of_size_one_and_none_broadcast(backend):
    x, y = np.arange(3.0).reshape(1, 3), np.arange(6.0).reshape(2, 3)
    assert ops.einsum("ij,ij->i", ops.asarray(x), ops.asarray(y)).tolist() == np.einsum("ij,ij->i", x, y).tolist()
    assert ops.einsum("...j,...j->...", ops.asarray(x), ops.asarray(y[0])).tolist() == [5.0]
    assert ops.einsum("ij,jk->ik", ops.zeros((2, 0)), ops.zeros((0, 2))).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("subscripts", "error"),
    [
        ("ij", ArgumentError),
        ("ij,jk->iz", ArgumentError),
        ("ij,jk->ii", ArgumentError),
        ("i1,jk", ArgumentError),
        ("ijk,jk", ShapeError),
        ("ij,ij", ShapeError),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(backend, subscripts, error):
    with pytest.raises(error, match="einsum"):
        ops.einsum(subscripts, ops.zeros((2, 3)), ops.zeros((3, 2)))


SHAPES = [((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (4, 3, 2))]


@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_dot_and_kron_are_numpys(backend, first, second):
    x, y = np.arange(np.prod(first, dtype=int)).reshape(first), np.arange(np.prod(second, dtype=int)).reshape(second)
    for ours, theirs in ((ops.dot, np.dot), (ops.kron, np.kron)):
        got, wanted = ops.to_numpy(ours(ops.asarray(x), ops.asarray(y))), np.asarray(theirs(x, y))
        assert got.shape == wanted.shape
        assert got.tolist() == wanted.tolist()
    assert ops.dot(2, ops.asarray([1, 2])).tolist() == [2, 4]
