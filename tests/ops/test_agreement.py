"""What NumPy, PyTorch and MLX would each do differently by themselves, and what all three do here."""

import numpy as np
import pytest

from emberharmony import available_backends, ops, use_backend
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError


def test_integers_average_and_spread_as_floats(backend):
    x = ops.asarray([1, 2, 6])
    assert float(ops.mean(x)) == 3.0
    assert float(ops.mean(x, keepdims=True)[0]) == 3.0
    assert abs(float(ops.var(x)) - 14 / 3) < 4e-6  # eight roundings of float32
    assert ops.isdtype(ops.mean(ops.asarray([True, False])).dtype, "real floating")


@pytest.mark.parametrize("bound", [2.5, -0.5])
def test_an_integer_array_is_not_clipped_to_a_fraction(backend, bound):
    x = ops.asarray([1, 5, 9])
    with pytest.raises(DTypeError, match="astype"):
        ops.clip(x, bound, None)
    assert ops.clip(x, 2.0, 7).tolist() == [2, 5, 7]
    assert ops.dtype_name(ops.clip(ops.asarray([1], dtype="int8"), 0, 300)) == "int8"


def test_integers_have_no_negative_powers(backend):
    with pytest.raises((ArgumentError, ValueError), match="power"):
        ops.pow(ops.asarray([2, 3]), -1)


def test_a_running_sum_of_a_matrix_needs_an_axis(backend):
    with pytest.raises(ValueError, match="axis"):
        ops.cumulative_sum(ops.ones((2, 2)))


@pytest.mark.parametrize("name", ["tril", "triu"])
def test_a_vector_has_no_triangle(backend, name):
    with pytest.raises((ValueError, RuntimeError), match=r"2|two"):
        getattr(ops, name)(ops.ones(3))


@pytest.mark.parametrize("name", ["det", "inv", "slogdet", "svdvals", "eigvals", "cholesky", "matrix_norm"])
def test_integer_matrices_become_floats(backend, name):
    a = np.asarray([[4, 1], [1, 3]])
    ours = getattr(ops.linalg, name)(ops.asarray(a))
    theirs = getattr(np.linalg, name)(a)
    parts = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    for x, y in parts:
        assert np.allclose(np.sort(ops.to_numpy(x), axis=None), np.sort(y, axis=None), rtol=1e-5)


def test_an_integer_beyond_64_bits_is_refused(backend):
    for value in (2**63, [2**63], -(2**63) - 1):
        with pytest.raises((ArgumentError, OverflowError)):
            ops.asarray(value)


@pytest.mark.parametrize("method", ["set", "add", "multiply", "min", "max"])
def test_changing_no_place_changes_nothing(backend, method):
    x = ops.asarray([[[0, 0]], [[1, 1]], [[2, 2]]])
    index = (slice(3, -2, -1), ops.asarray([0, 0]), slice(0, 0, 1))
    y = getattr(ops.at(x)[index], method)(ops.zeros((1, 2, 0), dtype="int64"))
    assert y.tolist() == x.tolist()


@pytest.mark.parametrize("name", ["add", "multiply", "where", "concat"])
def test_arguments_are_never_written(backend, name):
    x, y = ops.asarray([1.0, 2.0]), ops.asarray([3.0, 4.0])
    calls = {
        "add": lambda: ops.add(x, y),
        "multiply": lambda: ops.multiply(x, 2.0),
        "where": lambda: ops.where(ops.greater(x, 1.0), x, y),
        "concat": lambda: ops.concat([x, y]),
    }
    calls[name]()
    assert (x.tolist(), y.tolist()) == ([1.0, 2.0], [3.0, 4.0])


def test_an_index_out_of_range_never_wraps():
    for name in ("numpy", "torch"):  # MLX would have to wait to know
        if name not in available_backends():
            continue
        with use_backend(name):
            x = ops.reshape(ops.arange(6), (2, 3))
            with pytest.raises((IndexError, RuntimeError), match="out of"):
                ops.take_along_axis(x, ops.asarray([[0], [9]]), axis=1)
            assert ops.take_along_axis(x, ops.asarray([[-1]]), axis=1).tolist() == [[2], [5]]
            assert ops.take(x, 1, axis=1).tolist() == [1, 4]


def test_fractions_are_no_indices(backend):
    with pytest.raises((TypeError, ValueError, IndexError)):
        ops.synchronize(ops.take(ops.arange(3), ops.asarray([1.7])))


def test_a_list_is_no_value_to_write(backend):
    with pytest.raises(NotAnArrayError, match="asarray"):
        ops.at(ops.zeros(5))[1:3].set([1, 2])


def test_one_number_is_a_shape(backend):
    assert tuple(ops.reshape(ops.ones((2, 3)), -1).shape) == (6,)


def test_completion_shows_names_and_not_files():
    assert {"add", "linalg", "float32", "made_like"} <= set(dir(ops))
    assert not {"gamma", "math", "like", "names", "annotations", "dispatch"} & set(dir(ops))
