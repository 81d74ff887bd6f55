"""Every way out to the host is counted while a port runs, and none afterwards."""

import numpy as np
import pytest
from scipy import special

import emberharmony
from emberharmony import ops
from emberharmony.purify.verify.hops import watched

pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__")  # of PyTorch, as NumPy sees it

WAYS = {
    "np.asarray": lambda x: np.asarray(x),
    "np.array of a list": lambda x: np.array([x, x]),
    "a ufunc": lambda x: np.sin(x),
    "a function of NumPy": lambda x: np.concatenate([x, x]),
    "a ufunc of SciPy": lambda x: special.erf(x),
    "a ufunc of two libraries": lambda x: np.multiply(np.ones(3), x),
    "tolist": lambda x: x.tolist(),
    "ops.to_numpy": lambda x: ops.to_numpy(x),
    "ops.tolist": lambda x: ops.tolist(x),
}


@pytest.fixture(params=["torch", "mlx"])
def array(request):
    with emberharmony.use_backend(request.param, device="cpu"):
        yield ops.asarray([1.0, 2.0, 3.0])


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_to_the_host_is_a_hop_with_its_line(array, way):
    with watched(("torch", "mlx")) as hops:
        with hops.watching():
            WAYS[way](array)
        assert hops.hops
        assert any("test_hops.py" in hop for hop in hops.hops)
        found = dict(hops.hops)
        WAYS[way](array)
        assert hops.hops == found  # not while watching


def test_a_number_that_is_read_is_no_hop(array):
    with watched(("torch", "mlx")) as hops:
        with hops.watching():
            assert float(array[0]) == 1.0
            assert bool(ops.all(array > 0))
            assert array[1].item() == 2.0
            assert ops.item(array[1]) == 2.0
        assert (list(hops.hops), hops.reads) == ([], pytest.approx(4, abs=1))  # `ops.item` may read through two doors


def test_what_stays_on_the_device_is_neither(array):
    with watched(("torch", "mlx")) as hops:
        with hops.watching():
            ops.linalg.vector_norm(ops.sin(array) * 2 + ops.mean(array))
        assert (list(hops.hops), hops.reads) == ([], 0)


def test_the_libraries_are_as_they_were_afterwards(array):
    before = [np.asarray, *vars(type(array)).values()]
    with watched(("torch", "mlx")):
        assert [np.asarray, *vars(type(array)).values()] != before
    assert [np.asarray, *vars(type(array)).values()] == before
