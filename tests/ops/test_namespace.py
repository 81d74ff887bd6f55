"""`array_namespace`: what it makes lies beside the arrays, whatever the current backend is."""

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.errors import ArgumentError, MixedBackendsError

MADE = {
    "zeros": ((2, 3),),
    "ones": (2,),
    "empty": (2,),
    "full": ((2,), 7.0),
    "eye": (3,),
    "arange": (3,),
    "linspace": (0.0, 1.0, 3),
    "asarray": ([1.0, 2.0],),
    "tril_indices": (3,),
    "triu_indices": (3,),
    "asarray_chkfinite": ([1.0],),
}


@pytest.mark.parametrize("name", MADE)
def test_what_it_makes_is_of_the_backend_of_the_array(backend, name):
    x = ops.asarray([1.0, 2.0])
    with eh.use_backend("numpy"):
        made = getattr(ops.array_namespace(None, 2.0, [1], x), name)(*MADE[name])
    assert {type(y) for y in (made if isinstance(made, tuple) else (made,))} == {type(x)}


def test_the_parts_and_the_dtypes_are_bound_too(backend):
    x = ops.asarray([1.0, 2.0])
    with eh.use_backend("numpy"):
        xp = ops.array_namespace(x)
        assert type(xp.fft.fftfreq(4)) is type(x)
        assert xp.zeros(2, dtype=xp.float32).dtype == ops.zeros(2, dtype="float32").dtype or backend != "numpy"
        assert ops.dtype_name(xp.zeros(2, dtype=xp.int32)) == "int32"
        assert xp.sum is ops.sum
        assert xp.pi == np.pi
        assert xp.linalg.norm is ops.linalg.norm


def test_without_an_array_it_is_ops_itself():
    assert ops.array_namespace() is ops
    assert ops.array_namespace(1.0, None, [1, 2], "text") is ops


def test_a_number_of_numpy_says_nothing_beside_an_array(backend):
    x = ops.asarray([1.0, 2.0])
    for arguments in ((np.float64(3), x), (x, np.int64(3))):
        assert type(ops.array_namespace(*arguments).zeros(2)) is type(x)
    assert type(ops.array_namespace(np.float64(3)).zeros(2)) is np.ndarray


def test_arrays_of_two_backends_are_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(MixedBackendsError):
        ops.array_namespace(np.zeros(2), torch.zeros(2))


def test_finite_numbers_alone_pass_the_check(backend):
    assert ops.tolist(ops.asarray_chkfinite([1, 2])) == [1, 2]
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ArgumentError):
            ops.asarray_chkfinite([1.0, bad])


def test_without_an_axis_squeeze_takes_all_of_length_one(backend):
    assert tuple(ops.squeeze(ops.zeros((1, 3, 1))).shape) == (3,)


def test_pythons_complex_is_as_wide_as_the_backend_has_it(backend):
    wide = "complex64" if backend == "mlx" else "complex128"
    assert ops.dtype_name(ops.zeros(2, dtype=complex)) == wide
