"""What the NumPy backend does otherwise than NumPy."""

import array
import math
import warnings

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.errors import ArgumentError, DeviceError, NotAnArrayError, ShapeError


@pytest.fixture(autouse=True)
def _numpy():
    with eh.use_backend("numpy"):
        yield


@pytest.mark.parametrize(
    "bad", ["text", [None], [{}], object(), np.asarray(["a"]), np.asarray([1], dtype="M8[s]"), b"x"]
)
def test_what_is_not_numbers_is_refused_by_its_type(bad):
    with pytest.raises(NotAnArrayError, match="got"):
        ops.asarray(bad)


@pytest.mark.parametrize("large", [2**63, -(2**63) - 1, [2**63], [2**63, -1], [[1.0, 2**64]], 10**30])
def test_integers_beyond_int64_are_refused(large):
    with pytest.raises(ArgumentError, match="int64"):
        ops.asarray(large)
    assert ops.asarray(2**63, dtype="uint64").tolist() == 2**63
    assert ops.asarray([1e30]).tolist() == [1e30]
    assert ops.asarray([np.uint64(2**63)]).dtype == np.uint64


def test_ragged_lists_and_impossible_views_are_refused():
    with pytest.raises(ShapeError, match="equal lengths"):
        ops.asarray([[1], [1, 2]])
    with pytest.raises(ArgumentError, match="copy=False"):
        ops.asarray([1.0], copy=False)


def test_a_number_becomes_an_array_without_axes_and_an_array_stays():
    x = ops.asarray(1.5)
    assert isinstance(x, np.ndarray)
    assert x.shape == ()
    assert ops.asarray(x) is x
    assert ops.asarray(x, copy=True) is not x
    assert ops.asarray(array.array("d", [1.0])).tolist() == [1.0]
    assert ops.asarray([True]).dtype == np.bool_


def test_an_immutable_array_is_seen_and_not_written():
    mx = pytest.importorskip("mlx.core")
    y = ops.asarray(mx.array([1.0, 2.0]))
    assert not y.flags.writeable
    assert ops.asarray(mx.array([1.0, 2.0]), copy=True).flags.writeable


def test_division_by_and_of_infinities_follows_the_limit():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = ops.floor_divide(
            ops.asarray([math.inf, -math.inf, 1.0, -1.0, 7.0]), ops.asarray([2.0, 2.0, -math.inf, math.inf, 2.0])
        )
    assert got.tolist() == [math.inf, -math.inf, -0.0, -0.0, 3.0]
    assert ops.signbit(got).tolist() == [False, True, True, True, False]
    assert ops.floor_divide(7, ops.asarray([2, -2])).tolist() == [3, -4]


def test_nothing_is_written_into_an_argument():
    x = ops.asarray([complex(math.inf, 0.0), complex(-math.inf, math.inf)])
    before = x.tolist()
    assert ops.expm1(x).tolist() == [complex(math.inf, 0.0), complex(-1.0, 0.0)]
    assert ops.tanh(x).real.tolist() == [1.0, -1.0]
    assert x.tolist() == before
    y = ops.arange(3)
    ops.at(y)[0].set(7)
    assert y.tolist() == [0, 1, 2]


def test_there_is_one_device():
    assert ops.__array_namespace_info__().devices() == ("cpu",)
    with pytest.raises(DeviceError, match="cuda:0"):
        ops.zeros(3, device="cuda:0")
    assert ops.memory_info()["total"] >= ops.memory_info()["used"] > 0


def test_eigenvalues_are_complex_whatever_their_values():
    assert ops.linalg.eigvals(ops.eye(2)).dtype == np.complex128
    assert ops.linalg.eig(ops.eye(2, dtype="float32")).eigenvectors.dtype == np.complex64
