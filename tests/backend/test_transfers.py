"""Conversion is explicit, shares memory where it may, and is counted."""

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.errors import ArgumentError, HiddenTransferError

DTYPES = ("bool", "int8", "int64", "uint8", "float16", "float32", "float64", "complex64")


@pytest.mark.parametrize("target", eh.available_backends())
@pytest.mark.parametrize("dtype", DTYPES)
def test_there_and_back_is_the_same(backend, target, dtype):
    x = ops.asarray(np.arange(6).reshape(2, 3) % 2 if dtype == "bool" else np.arange(6).reshape(2, 3), dtype=dtype)
    y = ops.convert(x, target)
    assert ops.dtype_name(y) == dtype
    z = ops.convert(y, like=x)
    assert type(z) is type(x)
    assert ops.dtype_name(z) == dtype
    assert np.array_equal(ops.to_numpy(z), ops.to_numpy(x))


@pytest.mark.parametrize("target", eh.available_backends())
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (1,)])
def test_empty_and_zero_dimensional_arrays_convert(backend, target, shape):
    assert tuple(ops.convert(ops.zeros(shape), target).shape) == shape


def test_a_copy_is_counted_and_shared_memory_is_not(backend):
    x = ops.asarray(np.arange(8, dtype="float32"))
    with ops.transfers() as ledger:
        view = ops.convert(x, "numpy")
        copy = ops.convert(view, "mlx") if "mlx" in eh.available_backends() else None
    assert [t for t in ledger if t.target.startswith("numpy")] == []
    if copy is not None and backend != "mlx":
        (entry,) = [t for t in ledger if t.target.startswith("mlx")]
        assert (entry.nbytes, entry.explicit, entry.op) == (32, True, "convert")
        assert __file__ in entry.where
        assert ledger.nbytes == 32


def test_a_view_of_an_immutable_array_is_read_only():
    if "mlx" not in eh.available_backends():
        pytest.skip("mlx is not installed")
    with eh.use_backend("mlx"):
        x = ops.asarray([1.0, 2.0])
    view = ops.to_numpy(x)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 5.0
    ops.to_numpy(x, copy=True)[0] = 5.0
    if "torch" in eh.available_backends():
        ops.convert(x, "torch")[0] = 5.0
    assert x.tolist() == [1.0, 2.0]


def test_to_numpy_copy_never_shares(backend):
    x = ops.asarray([1.0, 2.0])
    y = ops.to_numpy(x, copy=True)
    y[0] = 7.0
    assert x.tolist() == [1.0, 2.0]


def test_a_hidden_copy_raises_where_it_is_forbidden_and_is_counted_elsewhere():
    from emberharmony.backend import transfers

    with ops.no_transfers(), pytest.raises(HiddenTransferError, match="unique_values would copy 8 bytes"):
        transfers.record("unique_values", 8, "mlx", "host")
    with ops.transfers() as outer, ops.transfers() as inner:
        transfers.record("unique_values", 8, "mlx", "host")
    assert outer == inner
    assert len(outer.hidden) == 1


def test_data_dependent_shapes_are_hidden_copies_on_mlx():
    if "mlx" not in eh.available_backends():
        pytest.skip("mlx is not installed")
    with eh.use_backend("mlx"):
        x = ops.asarray([3, 1, 3])
        with ops.transfers() as ledger:
            assert ops.unique_values(x).tolist() == [1, 3]
        assert ledger.hidden
        with ops.no_transfers(), pytest.raises(HiddenTransferError):
            ops.nonzero(x)


def test_convert_needs_exactly_one_target(backend):
    x = ops.zeros(2)
    for arguments in ({}, {"like": x, "backend": "numpy"}):
        with pytest.raises((ArgumentError, TypeError)):
            ops.convert(x, **arguments)


def test_item_and_tolist_are_python_numbers(backend):
    assert type(ops.item(ops.asarray([2.5]))) is float
    assert ops.tolist(ops.asarray([[True], [False]])) == [[True], [False]]
    with pytest.raises(ArgumentError, match=r"got shape \(2,\)"):
        ops.item(ops.zeros(2))
