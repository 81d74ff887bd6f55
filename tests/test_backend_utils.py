"""The helpers under their first names."""

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import backend_utils, ops
from emberharmony.errors import ArgumentError, UnknownBackendError


def test_the_current_backend_has_its_name(backend):
    assert backend_utils.get_current_backend() == backend == backend_utils.set_preferred_backend()
    with pytest.raises(UnknownBackendError):
        backend_utils.set_preferred_backend("nunpy")


def test_tensors_reach_numpy_whatever_they_are(backend):
    x = backend_utils.convert_to_tensor_safe([[1.0, 2.0]])
    assert type(x) is type(ops.zeros(1))
    assert type(backend_utils.tensor_to_numpy_safe(x)) is np.ndarray


def test_rows_are_stacked_and_shapes_that_do_not_fit_raise(backend):
    rows = [ops.asarray([1.0, 2.0]), ops.asarray([3.0, 4.0])]
    assert backend_utils.vstack_safe(rows).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    with pytest.raises((ValueError, RuntimeError)):
        backend_utils.vstack_safe([rows[0], ops.asarray([1.0])])


def test_cyclic_features_come_round(backend):
    s, c = backend_utils.sin_cos_transform(ops.asarray([0.0, 6.0, 24.0]), period=24.0)
    assert np.allclose(ops.to_numpy(s), [0, 1, 0], atol=1e-6)
    assert np.allclose(ops.to_numpy(c), [1, 0, 1], atol=1e-6)
    assert type(s) is type(ops.zeros(1))
    with pytest.raises(ArgumentError, match="period"):
        backend_utils.sin_cos_transform(ops.zeros(1), period=0.0)


def test_the_report_and_the_probe_name_a_backend():
    assert backend_utils.get_backend_info()["backends"]["numpy"]["installed"]
    assert backend_utils.auto_select_backend()[0] in eh.available_backends()


@pytest.mark.parametrize("order", [None, "fro", 1, float("inf")])
def test_norms_are_numpys(backend, order):
    a = np.asarray([[1.0, -2.0], [3.0, 4.0]], dtype="float32")
    assert np.allclose(float(ops.linalg.norm(ops.asarray(a), order)), np.linalg.norm(a, order), rtol=1e-6)
    kept = ops.linalg.norm(ops.asarray(a[None]), order, axis=(1, 2), keepdims=True)
    assert np.allclose(ops.to_numpy(kept), np.linalg.norm(a[None], order, axis=(1, 2), keepdims=True), rtol=1e-6)


def test_least_squares_is_numpys(backend):
    a = np.asarray([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], dtype="float32")
    b = np.asarray([1.0, 2.0, 4.0], dtype="float32")
    ours = ops.linalg.lstsq(ops.asarray(a), ops.asarray(b))
    assert np.allclose(ops.to_numpy(ours), np.linalg.lstsq(a, b, rcond=None)[0], atol=1e-5)
