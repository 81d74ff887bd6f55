"""The bodies of derived ops: a third-party backend gets them free, and they can be differentiated everywhere."""

import math

import array_api_strict as strict
import numpy as np
import pytest
import scipy.special

import emberharmony as eh
from emberharmony import ops
from emberharmony.backend import from_namespace, registry
from emberharmony.ops import dispatch, like

X = np.asarray([[0.5, -2.0, 3.0, 0.25], [1.5, 0.0, -1.0, 9.0]])
N = np.asarray([[0.5, np.nan, 3.0, np.nan], [1.5, 0.0, -1.0, 9.0]])
IDS = np.asarray([1, 0])
V = np.asarray([0.25, 1.0, 2.5, 4.0])
IMAGE, KERNEL = np.arange(24.0).reshape(1, 2, 3, 4), np.arange(8.0).reshape(2, 1, 2, 2)
LINE = IMAGE[:, 0, :, :]
# arguments for each op; an op that is missing here fails a test below
CALLS = {
    "framed": [X, [(1, 0), (0, 2)], 7.0], "sorted_at": [X, [0, 2, 2]],
    "relu": [X], "leaky_relu": [X], "elu": [X], "sigmoid": [X], "softplus": [X], "silu": [X], "gelu": [X, False],
    "logsumexp": [X], "softmax": [X], "log_softmax": [X], "one_hot": [IDS, 3], "special.erf": [X], "special.erfc": [X],
    "special.erfinv": [X / 10], "special.ndtr": [X], "special.ndtri": [(X + 3) / 13], "special.gammaln": [X],
    "special.digamma": [X], "special.betaln": [V, 2.0], "special.i0": [X], "special.i0e": [X], "special.i1": [X],
    "special.logit": [(X + 3) / 13], "special.xlogy": [V, V], "special.xlog1py": [V, V], "special.entr": [V],
    "mask_select": [X, X > 0], "index_get": [X, (0, ...)], "index_set": [X, (0, ...), 5.0],
    "index_write": [X, (0, ...), 5.0],
    "index_add": [X, (0, ...), 5.0], "index_multiply": [X, (slice(1), 2), 5.0], "index_min": [X, (0, ...), 0.0],
    "index_max": [X, (..., 1), 0.0], "isclose": [X, X], "allclose": [X, 2.0], "array_equal": [X, X],
    "linalg.norm": [X], "linalg.lstsq": [IMAGE[0, 0, :, :2] + np.eye(3, 2), np.ones(3)],
    "einsum": ["ij,kj->ik", X, X], "dot": [X, V], "kron": [X, X], "segment_sum": [X, IDS, 3], "bincount": [IDS],
    "histogram": [X, 3], "digitize": [X, V], "interp": [X, V, V], "pad": [X, 2, "reflect"], "diag": [V], "ravel": [X],
    "swapaxes": [X, 0, 1], "split": [X, 2], "vstack": [[X, X]], "hstack": [[X, X]], "nansum": [N], "nanprod": [N],
    "nanmax": [N], "nanmin": [N], "nanmean": [N], "nanvar": [N], "nanstd": [N], "nanargmax": [N], "nanargmin": [N],
    "nan_to_num": [N], "nanmedian": [N], "nanquantile": [N, 0.3], "average": [X, 1, V], "ptp": [X], "cov": [X],
    "corrcoef": [X], "median": [X], "quantile": [X, [0.3]], "percentile": [X, 30], "max_pool1d": [LINE, 2],
    "max_pool2d": [IMAGE, 2], "avg_pool1d": [LINE, 2], "avg_pool2d": [IMAGE, 2], "conv1d": [LINE, np.ones((2, 3, 2))],
    "correlate": [LINE, np.ones((2, 3, 2)), (1,), (2,), 1], "windows": [IMAGE, (2, 2), (1, 2), (1, 1)],
    "to_numpy": [X], "stop_gradient": [X], "diff": [X], "meshgrid": [V, V], "tensordot": [X, X], "vecdot": [X, X],
    "linalg.cross": [X[:, :3], X[:, 1:]], "linalg.outer": [V, V], "linalg.matrix_power": [X[:, :2], -3],
    "linalg.vector_norm": [X], "linalg.matrix_norm": [X], "fft.fftn": [X + 0j], "fft.ifftn": [X + 0j], "fft.rfftn": [X],
    "fft.irfftn": [X + 0j], "fft.hfft": [X + 0j], "fft.ihfft": [X],
}  # fmt: skip
NAMED = {
    "conv2d": ([IMAGE, KERNEL], {"groups": 2}),
    "conv_transpose1d": ([LINE[:, :1], KERNEL[0]], {"stride": 2, "padding": 1}),
    "conv_transpose2d": ([IMAGE, KERNEL], {"stride": (2, 1), "output_padding": (1, 0)}),
}


def converted(item, convert):
    if isinstance(item, np.ndarray):
        return convert(item)
    return [converted(one, convert) for one in item] if isinstance(item, list) else item


def flat(result):
    return [y for one in result for y in flat(one)] if isinstance(result, list | tuple) else [np.asarray(result)]


@pytest.fixture(scope="module")
def bare():
    """A backend of the standard alone."""
    types = (type(strict.zeros(1)),)
    eh.register_backend("bare", lambda: from_namespace("bare", strict, array_types=types), requires="array_api_strict")
    registry.load("bare")
    yield strict.asarray
    for table, key in ((registry._specs, "bare"), (registry._loaded, "bare"), (registry._types, types[0])):
        table.pop(key)
    registry._tell()


def function(name):
    home, _, last = name.rpartition(".")
    return getattr(getattr(ops, home) if home else ops, last, None) or dispatch.TABLES[name].body


@pytest.mark.parametrize("index", [(IDS, ...), (..., IDS), (slice(1), IDS), (IDS, slice(1, None)), (None, IDS, ...)])
def test_the_body_of_at_takes_one_array_among_slices(bare, index):
    wanted = X.copy()
    np.add.at(wanted, index, 1.0)
    got = dispatch.TABLES["index_add"].body(bare(X), tuple(bare(i) if i is IDS else i for i in index), 1.0)
    assert np.asarray(got).tolist() == wanted.tolist()


def test_every_derived_op_is_tried_here():
    derived = {name for name, table in dispatch.TABLES.items() if table.body is not None}
    assert derived == {*CALLS, *NAMED}


@pytest.mark.parametrize("name", [*CALLS, *NAMED])
def test_a_backend_of_the_standard_alone_has_every_derived_op(bare, name):
    arguments, named = NAMED.get(name) or (CALLS[name], {})
    got = flat(function(name)(*converted(arguments, bare), **named))
    wanted = flat(function(name)(*arguments, **named))
    for a, b in zip(got, wanted, strict=True):
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        # the same body, but for sums in another order: at most 12 terms, none larger than the largest result
        a, b = a.astype(complex), b.astype(complex)
        scale = np.max(np.abs(b[np.isfinite(b)]), initial=0.0)
        with np.errstate(invalid="ignore"):
            assert np.all((a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= 12 * 2**-52 * scale)), name


SLOPES = {
    "relu": lambda x: np.where(x > 0, 1.0, 0.0),
    "leaky_relu": lambda x: np.where(x >= 0, 1.0, 0.01),
    "elu": lambda x: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
    "sigmoid": lambda x: scipy.special.expit(x) * scipy.special.expit(-x),
    "softplus": scipy.special.expit,
    "silu": lambda x: scipy.special.expit(x) * (1 + x * scipy.special.expit(-x)),
    "special.erf": lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2)),
    "special.erfc": lambda x: -2 / math.sqrt(math.pi) * np.exp(-(x**2)),
    "special.ndtr": lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    "special.gammaln": scipy.special.psi,
    "special.digamma": lambda x: scipy.special.zeta(2, x),
    "special.i0": scipy.special.i1,
    "special.i1": lambda x: (scipy.special.i0(x) + scipy.special.iv(2, x)) / 2,
    "special.logit": lambda x: 1 / (x * (1 - x)),
    "special.ndtri": lambda x: math.sqrt(2 * math.pi) * np.exp(scipy.special.ndtri(x) ** 2 / 2),
    "special.erfinv": lambda x: math.sqrt(math.pi) / 2 * np.exp(scipy.special.erfinv(x) ** 2),
    "special.entr": lambda x: -np.log(x) - 1,
}
WHERE = {"logit": (0.01, 0.99), "ndtri": (0.01, 0.99), "erfinv": (-0.99, 0.99), "entr": (0.1, 2.0)}
POSITIVE = ("gammaln", "digamma")
ENGINES = [name for name in ("torch", "mlx") if name in eh.available_backends()]  # numpy has no derivatives of its own


def test_what_a_body_makes_lies_beside_its_argument():
    class Boxed:
        shape, ndim, dtype = (2,), 1, np.dtype("float32")

    eh.register_type(Boxed, {"zeros": lambda shape, *, dtype=None: "its own"}, companion="numpy")
    try:
        assert like.made_like(Boxed(), "zeros", 3) == "its own"
        made = like.made_like(Boxed(), "arange", 3, dtype="int8")
        assert made.tolist() == [0, 1, 2]
        assert made.dtype == np.int8
        assert like.dtype_like(Boxed(), "int64") == np.int64
        assert like.common_dtype(Boxed(), 1, True) == "float32"
        assert like.common_dtype(Boxed(), 1j) == "complex64"
    finally:
        registry._types.pop(Boxed)
        registry._tell()


def test_dtypes_promote_as_the_standard_says_and_numbers_follow_the_arrays(backend):
    default = ops.dtype_name(ops.asarray([0.5]))
    for x, y, wanted in (
        (ops.asarray([1], dtype="int8"), ops.asarray([1], dtype="uint8"), "int16"),
        (ops.asarray([1], dtype="int8"), 1, "int8"),
        (ops.asarray([True]), 1, "int64"),
        (ops.asarray([1]), 0.5, default),
        (ops.asarray([1]), ops.asarray([0.5], dtype="float32"), "float32"),
    ):
        a, b = like.common(x, y)
        assert (ops.dtype_name(a), ops.dtype_name(b)) == (wanted, wanted)
    assert ops.dtype_name(like.common(ops.asarray([1]), 2, inexact=True)[0]) == default


def slope(engine, body, x):
    if engine == "torch":
        import torch

        leaf = torch.tensor(x, requires_grad=True)
        return torch.autograd.grad(torch.sum(body(leaf)), leaf)[0].numpy()
    import mlx.core as mx

    return np.asarray(mx.grad(lambda leaf: mx.sum(body(leaf)))(mx.array(x, dtype=mx.float64)))


@pytest.mark.parametrize("native", [False, True], ids=["body", "native"])
@pytest.mark.parametrize("name", SLOPES)
@pytest.mark.parametrize("engine", ENGINES)
def test_the_derivative_is_right_at_the_seams_too(engine, name, native):
    last = name.rpartition(".")[2]
    low, high = WHERE.get(last, (0.05, 14.0) if last in POSITIVE else (-14.0, 14.0))
    seams = [] if last in ("relu", "leaky_relu") else [0.0, 0.5, 0.75, 1.0, -1.0, 2.0, 8.0, 12.0, 0.425, 0.925]
    x = np.asarray([*np.linspace(low, high, 34), *(s for s in seams if low < s < high)])
    got = slope(engine, function(name) if native else dispatch.TABLES[name].body, x)
    wanted = SLOPES[name](x)
    # what approximates a function to 2e-16 on an interval of length L with n terms approximates its slope to n^2 / L of
    # that (Markov): n is at most 28, L at least 1/2; and the function's own scale may exceed the slope's
    value = np.abs(function(name)(x))
    assert np.all(np.isfinite(got))
    assert np.all(np.abs(got - wanted) <= 2 * 28**2 * 2**-52 * np.maximum(np.maximum(np.abs(wanted), value), 1))
