"""What only MLX can get wrong: hidden evaluation, float64 in single precision, integer products, LAPACK's silence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emberharmony import ops, use_backend
from emberharmony.backend import registry
from emberharmony.errors import (
    ArgumentError,
    DeviceError,
    DTypeError,
    EmberError,
    HiddenTransferError,
    NotAnArrayError,
    ShapeError,
)

mx = pytest.importorskip("mlx.core")
L = ops.linalg
EPS32, EPS64 = 2.0**-23, 2.0**-52
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


@pytest.fixture(autouse=True)
def _on_mlx():
    with use_backend("mlx"):
        yield


def double(values: object) -> mx.array:
    return ops.asarray(np.asarray(values, dtype=np.float64))


def poisoned() -> mx.array:
    """A 3 by 3 array that can be computed with, but not evaluated."""
    return mx.linalg.inv(mx.zeros((3, 3)), stream=mx.cpu)


# -- nothing is evaluated --

ELEMENTWISE = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "floor",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "log",
    "log10",
    "log1p",
    "log2",
    "negative",
    "positive",
    "real",
    "reciprocal",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
    "relu",
    "sigmoid",
    "softmax",
    "logsumexp",
    "log_softmax",
    "softplus",
    "silu",
    "gelu",
    "erf",
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "count_nonzero",
    "diff",
    "flip",
    "max",
    "mean",
    "min",
    "prod",
    "sort",
    "std",
    "sum",
    "tril",
    "triu",
    "var",
    "matrix_transpose",
    "unstack",
    "median",
    "zeros_like",
]
PAIRS = [
    "add",
    "atan2",
    "copysign",
    "divide",
    "equal",
    "floor_divide",
    "greater",
    "hypot",
    "isin",
    "less",
    "logaddexp",
    "matmul",
    "maximum",
    "minimum",
    "multiply",
    "nextafter",
    "not_equal",
    "pow",
    "remainder",
    "subtract",
    "tensordot",
    "vecdot",
    "isclose",
    "dot",
    "kron",
]
OTHERS = {
    "bitwise_left_shift": lambda x: ops.bitwise_left_shift(ops.astype(x, "int32"), 40),
    "integer matmul": lambda x: ops.matmul(ops.astype(x, "int64"), ops.astype(x, "int64")),
    "integer floor_divide": lambda x: ops.floor_divide(ops.astype(x, "int64"), ops.astype(x, "int64")),
    "float64 exp": lambda x: ops.exp(ops.astype(x, "float64")),
    "complex expm1": lambda x: ops.expm1(ops.astype(x, "complex64")),
    "where": lambda x: ops.where(x > 0, 1, 2),
    "clip": lambda x: ops.clip(x, 0.0, 1.0),
    "cumulative_sum": lambda x: ops.cumulative_sum(x, axis=0, include_initial=True),
    "take": lambda x: ops.take(x, ops.asarray([0, 2]), axis=1),
    "at": lambda x: ops.at(x)[ops.asarray([0, 0])].add(1.0),
    "at mask": lambda x: ops.at(x)[x > 0].set(0.0),
    "searchsorted": lambda x: ops.searchsorted(x[0], x),
    "astype": lambda x: ops.astype(x, "bool"),
    "list of arrays": lambda x: ops.asarray([x, x]),
    "repeat": lambda x: ops.repeat(x, 2, axis=0),
    "roll": lambda x: ops.roll(x, 1),
    "pad": lambda x: ops.pad(x, 1),
    "einsum": lambda x: ops.einsum("ij,kj->ik", x, x),
    "conv1d": lambda x: ops.conv1d(x[None], x[:, :, None]),
    "fftn": lambda x: ops.fft.fftn(x),
    "hfft": lambda x: ops.fft.hfft(x),
    **{
        name: getattr(L, name)
        for name in ["cholesky", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matrix_norm"]
    },
    **{
        name: getattr(L, name)
        for name in ["matrix_rank", "pinv", "qr", "slogdet", "svd", "svdvals", "trace", "vector_norm"]
    },
    "solve": lambda x: L.solve(x, x[0]),
    "cross": lambda x: L.cross(x, x),
    "complex solve": lambda x: L.solve(ops.astype(x, "complex64"), x[0]),
    "complex qr": lambda x: L.qr(ops.astype(x, "complex64")),
}


@pytest.mark.parametrize("name", [*ELEMENTWISE, *PAIRS, *OTHERS])
def test_no_op_evaluates(name):
    x = poisoned()
    with ops.no_transfers():
        OTHERS[name](x) if name in OTHERS else getattr(ops, name)(*[x] * (2 if name in PAIRS else 1))


def test_the_poison_works():
    with pytest.raises(RuntimeError):
        mx.eval(ops.add(poisoned(), 1.0))


@pytest.mark.parametrize("name", ["nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"])
def test_what_decides_a_shape_says_that_it_looks(name):
    x = ops.asarray([0.0, 1.0, 1.0])
    with ops.transfers() as ledger:
        getattr(ops, name)(x)
    assert [(t.op, t.nbytes, t.source, t.target) for t in ledger.hidden] == [(name, 8, "mlx", "host")]  # one number
    with ops.no_transfers(), pytest.raises(HiddenTransferError):
        getattr(ops, name)(x)
    with ops.no_transfers(), pytest.raises(HiddenTransferError):
        ops.repeat(x, ops.asarray([1, 0, 2]))


@given(
    x=hnp.arrays(
        st.sampled_from(["int64", "float64", "float32", "bool", "complex64"]),
        hnp.array_shapes(min_dims=1, min_side=0, max_side=4),
        elements=st.sampled_from([0, 1]),
        fill=st.nothing(),
    ),
    hole=st.booleans(),
)
def test_sets_and_places_are_numpys(x, hole):
    x = x * 3 - 1 if x.dtype != bool else x
    if hole and x.dtype.kind in "fc" and x.size:
        x.flat[0] = np.nan
    found = ops.unique_all(ops.convert(x, "mlx"))
    wanted = np.unique(x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)
    for ours, theirs in zip(found, wanted, strict=True):
        assert np.array_equal(ops.to_numpy(ours).ravel(), theirs.ravel(), equal_nan=theirs.dtype.kind in "fc")
    for ours, theirs in zip(ops.nonzero(ops.convert(x, "mlx")), np.nonzero(x), strict=True):
        assert np.array_equal(ops.to_numpy(ours), theirs)


def network(x):
    y = ops.softmax(ops.matmul(ops.tanh(x), ops.ones((3, 3))))
    return ops.mean(ops.add(ops.exp(-y), ops.sin(x)) * ops.sigmoid(x))


def test_ops_run_inside_grad_vmap_and_compile():
    x = ops.asarray([[0.1, 0.2, 0.3], [-1.0, 0.0, 2.0]])
    value, slope = mx.value_and_grad(network)(x)
    step = 1e-3
    bump = ops.asarray([[step, 0.0, 0.0], [0.0, 0.0, 0.0]])
    difference = (network(x + bump) - network(x - bump)).item() / (2 * step)
    assert abs(slope[0, 0].item() - difference) < 1e-3  # a difference of float32 values near 1 over 2e-3
    assert abs(mx.vmap(network)(mx.stack([x, 2 * x]))[0].item() - value.item()) < 4 * EPS32
    assert abs(mx.compile(lambda x: ops.mean(ops.add(x, 1.0)))(x).item() - ops.mean(x + 1.0).item()) < 4 * EPS32


# -- float64 --


@pytest.mark.parametrize(
    ("name", "ulps", "reach"), [("exp", 2, 700.0), ("sin", 4, 1e6), ("cos", 4, 1e6), ("tan", 2, 1e6)]
)
def test_float64_has_double_precision(name, ulps, reach):
    rng = np.random.default_rng(1)
    x = np.concatenate(
        [rng.uniform(-reach, reach, 20000), rng.uniform(-1, 1, 2000), np.arange(50) * np.pi / 2, [0.0, -0.0]]
    )
    ours, theirs = ops.to_numpy(getattr(ops, name)(ops.asarray(x))), getattr(np, name)(x)
    assert ours.dtype == np.float64
    assert np.all(np.abs(ours - theirs) <= (ulps + 1) * np.spacing(np.abs(theirs)))  # NumPy's own ulp on top


@pytest.mark.parametrize("name", ["exp", "sin", "cos", "tan", "expm1"])
def test_derivatives_of_float64_have_double_precision(name):
    f, x = getattr(ops, name), mx.array(0.7, mx.float64)
    e, t = math.exp(0.7), math.tan(0.7)
    first, second = {
        "exp": (e, e), "expm1": (e, e), "sin": (math.cos(0.7), -math.sin(0.7)), "cos": (-math.sin(0.7), -math.cos(0.7)),
        "tan": (1 + t * t, 2 * t * (1 + t * t)),
    }[name]  # fmt: skip
    assert mx.grad(f)(x).item() == pytest.approx(first, rel=16 * EPS64)
    assert mx.grad(mx.grad(f))(x).item() == pytest.approx(second, rel=32 * EPS64)
    assert mx.jvp(f, [x], [mx.array(1.0, mx.float64)])[1][0].item() == pytest.approx(first, rel=16 * EPS64)
    assert mx.vmap(mx.grad(f))(mx.stack([x, x]))[1].item() == pytest.approx(first, rel=16 * EPS64)


@pytest.mark.parametrize("name", ["logaddexp", "logsumexp", "softmax", "sigmoid", "conv1d", "det"])
def test_what_is_made_of_exp_and_products_has_double_precision_too(name):
    rng = np.random.default_rng(2)
    a, b = rng.uniform(-5, 5, (2, 6, 6))
    x, y = ops.asarray(a), ops.asarray(b)
    ours, theirs = {
        "logaddexp": lambda: (ops.logaddexp(x, y), np.logaddexp(a, b)),
        "logsumexp": lambda: (ops.logsumexp(x), np.log(np.exp(a).sum())),
        "softmax": lambda: (ops.softmax(x), np.exp(a) / np.exp(a).sum(-1, keepdims=True)),
        "sigmoid": lambda: (ops.sigmoid(x), 1 / (1 + np.exp(-a))),
        "conv1d": lambda: (ops.conv1d(x[None], y[:, :, None])[0], b @ a),
        "det": lambda: (L.det(x), np.linalg.det(a)),
    }[name]()
    assert np.allclose(ops.to_numpy(ours), theirs, rtol=1e-13, atol=1e-13)  # 36 terms below 25


# -- integers --


@pytest.mark.parametrize("dtype", INTEGERS)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from([(1, 3, 2), (30, 70, 40)]))
def test_integer_products_wrap_as_integers_do(dtype, seed, size):
    m, k, n = size
    limits, rng = np.iinfo(dtype), np.random.default_rng(seed)
    a, b = (rng.integers(limits.min, limits.max, s, dtype=dtype, endpoint=True) for s in ((2, m, k), (k, n)))
    ours = ops.to_numpy(ops.matmul(ops.asarray(a), ops.asarray(b)))
    assert ours.dtype == a.dtype
    assert np.array_equal(ours, a @ b)
    assert np.array_equal(ops.to_numpy(ops.tensordot(ops.asarray(a), ops.asarray(b), axes=1)), a @ b)


def test_long_integer_products_are_exact():
    k = 300_000  # more than one block
    a = np.full((1, k), 2**31 - 1, dtype=np.int64)
    assert ops.matmul(ops.asarray(a), ops.asarray(a.T)).item() == int((a @ a.T)[0, 0])


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_division_by_zero_and_overflow_do_not_end_the_process(dtype):
    limits = np.iinfo(dtype)
    a = np.asarray([limits.min, limits.max, 5, 0], dtype=dtype)
    for divisor in ([0, 0, 0, 0], [-1, -1, -1, -1] if limits.min else [1, 1, 1, 1]):
        b = np.asarray(divisor, dtype=dtype)
        with np.errstate(all="ignore"):
            assert np.array_equal(ops.to_numpy(ops.floor_divide(ops.asarray(a), ops.asarray(b))), a // b)
            assert np.array_equal(ops.to_numpy(ops.remainder(ops.asarray(a), ops.asarray(b))), a % b)
            assert np.array_equal(ops.to_numpy(ops.floor_divide(ops.asarray(a), int(b[0]))), a // b)


def test_means_of_integers_and_of_half_precision_do_not_overflow():
    big = 2**31 - 1
    assert ops.mean(ops.asarray([big] * 3, dtype="int32")).item() == pytest.approx(big, rel=EPS32)
    half = ops.full((1000,), 1000.0, dtype="float16")
    assert ops.mean(half).item() == 1000.0
    assert ops.std(half).item() <= 4 * EPS32 * 1000  # the mean is rounded in float32
    assert ops.cumulative_sum(ops.ones(4096, dtype="float16"))[-1].item() == 4096.0


def test_indices_and_counts_are_int64():
    x = ops.asarray([[3.0, 1.0], [2.0, 2.0]])
    results = [ops.argmax(x), ops.argsort(x), ops.count_nonzero(x), *ops.nonzero(x), ops.searchsorted(x[0], x[1])]
    assert {
        str(y.dtype) for y in [*results, ops.asarray([1]), ops.arange(3), ops.sum(x > 0), *ops.unique_all(x)[1:]]
    } == {"mlx.core.int64"}


def test_mixed_wide_integers_are_refused_not_rounded():
    a, b = ops.asarray([2**63 + 1], dtype="uint64"), ops.asarray([1])
    for f in (ops.floor_divide, ops.isin, ops.bitwise_left_shift):
        with pytest.raises(DTypeError, match="no common integer"):
            f(a, b)


# -- making arrays --


def test_nothing_is_narrowed_on_the_way_in():
    torch = pytest.importorskip("torch")
    third = np.float64(1) / 3
    for source in (
        np.asarray([third]),
        [third],
        torch.tensor([third], dtype=torch.float64),
        np.asarray([third], dtype=">f8"),
    ):
        x = ops.asarray(source)
        assert (x.dtype == mx.float64, x[0].item()) == (True, third)
    assert ops.from_dlpack(np.asarray([third]))[0].item() == third
    assert ops.asarray([1.0]).dtype == mx.float32
    with pytest.raises(DTypeError, match="complex128"):
        ops.asarray(np.asarray([1j]))
    assert ops.asarray(np.asarray([1j]), dtype="complex64").tolist() == [1j]
    conjugate = torch.tensor([1 + 2j]).conj()
    assert ops.asarray(conjugate).tolist() == [1 - 2j]
    assert ops.asarray(np.arange(6.0).reshape(2, 3)[::-1, ::2]).tolist() == [[3.0, 5.0], [0.0, 2.0]]


def test_integers_that_do_not_fit_raise():
    for call in (
        lambda: ops.asarray(2**63),
        lambda: ops.asarray([2**63, 1]),
        lambda: ops.asarray([2**70]),
        lambda: ops.asarray(300, dtype="uint8"),
        lambda: ops.asarray([-1], dtype="uint8"),
        lambda: ops.full(2, 2**40, dtype="int32"),
    ):
        with pytest.raises(EmberError, match="fit"):
            call()
    assert ops.asarray(2**64 - 1, dtype="uint64").item() == 2**64 - 1
    assert ops.full(1, 2**64 - 1, dtype="uint64").tolist() == [2**64 - 1]


@pytest.mark.parametrize("bad", [None, "1", b"1", {1: 2}, {1}, object(), [None], ["a"], [b"a"]])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(NotAnArrayError):
        ops.asarray(bad)


def test_lists():
    assert ops.asarray([]).dtype == mx.float32
    assert ops.asarray([[True], [False]]).dtype == mx.bool_
    assert ops.asarray([1, 2.5, True]).tolist() == [1.0, 2.5, 1.0]
    assert ops.asarray([[mx.array(1.0), 2], [3, np.float32(4)]]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert mx.grad(lambda x: ops.asarray([x, 2 * x]).sum())(mx.array(1.0)).item() == 3.0
    with pytest.raises(ShapeError, match="uneven"):
        ops.asarray([[1], [1, 2]])
    with pytest.raises(ArgumentError, match="copy=False"):
        ops.asarray(np.ones(2), copy=False)


def test_arange_does_not_drift():
    for dtype, eps in (("float32", EPS32), ("float64", EPS64)):
        x = ops.arange(0, 100_000, 0.1, dtype=dtype)
        assert x.shape == (1_000_000,)
        assert abs(x[-1].item() - 99_999.9) <= 2 * eps * 1e5
    assert ops.arange(2**60 + 1, 2**60 + 4).tolist() == [2**60 + 1, 2**60 + 2, 2**60 + 3]
    assert ops.arange(2**24, 2**24 + 3, dtype="float64").tolist() == [2.0**24, 2.0**24 + 1, 2.0**24 + 2]


def test_empty_arrays_from_numpy_reduce():
    for _ in range(200):  # MLX returns what lay in memory now and then
        x = mx.array(np.zeros((2, 0, 4)))
        assert (ops.any(x).item(), ops.all(x).item(), ops.sum(x).item(), ops.prod(x).item()) == (False, True, 0.0, 1.0)


def test_to_numpy_shares_memory_and_is_read_only():
    x = ops.asarray([1.0, 2.0])
    view = ops.to_numpy(x)
    assert not view.flags.writeable
    assert np.shares_memory(view, ops.to_numpy(x))
    assert not np.shares_memory(view, ops.to_numpy(x, copy=True))
    assert ops.to_numpy(ops.asarray([1.5], dtype="bfloat16")).dtype == np.float32


def test_devices_by_any_name():
    functions = registry.load("mlx").functions
    for name in ("cpu", "CPU", "cpu:0", mx.cpu, mx.Device(mx.cpu), None):
        assert functions["native_device"](name) in ops.devices()
    assert ops.zeros(2, device=mx.cpu).tolist() == [0.0, 0.0]
    absent = "gpu:9" if mx.is_available(mx.gpu) else "gpu"
    for name in (absent, "tpu", "cpu:3"):
        with pytest.raises(DeviceError, match="cpu"):
            ops.zeros(2, device=name)
    info = ops.memory_info("cpu")
    assert 0 < info["used"] < info["total"]


# -- places --


def test_updates_beside_ints_keep_the_order_of_the_axes():
    a = np.arange(60.0, dtype=np.float32).reshape(3, 4, 5)
    for index in ((0, slice(None), [1, 2]), (slice(None), 0, [1, 2]), ([0, 1], slice(1, 3), [2, 3]), (..., [0, 0])):
        native = tuple(ops.asarray(i) if isinstance(i, list) else i for i in index)
        value = np.random.default_rng(0).uniform(1, 2, a[index].shape).astype(np.float32)
        x, y = ops.asarray(a), ops.asarray(value)
        for name, ufunc in (("add", np.add), ("multiply", np.multiply), ("min", np.minimum), ("max", np.maximum)):
            expected = a.copy()
            ufunc.at(expected, index, value)
            assert np.allclose(ops.to_numpy(getattr(ops.at(x)[native], name)(y)), expected, rtol=4 * EPS32)
        assert x.tolist() == a.tolist()


# -- linear algebra --


def test_a_matrix_that_is_not_positive_definite_has_no_factor():
    for dtype in ("float32", "float64", "complex64"):
        x = ops.asarray([[[1.0, 2.0], [2.0, 1.0]], [[4.0, 0.0], [0.0, 9.0]]], dtype=dtype)
        lower = ops.to_numpy(L.cholesky(x))
        assert np.isnan(lower[0]).any()
        assert np.allclose(lower[1], np.diag([2, 3]), rtol=4 * EPS32)


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 6), batch=st.sampled_from([(), (2,)]))
def test_complex_matrices(seed, n, batch):
    """Residuals, relative to the norms: each factorization is backward stable, 64 n eps is far above its constant."""
    rng = np.random.default_rng(seed)
    a, b = (
        (rng.uniform(-1, 1, (*batch, n, n)) + 1j * rng.uniform(-1, 1, (*batch, n, n))).astype(np.complex64)
        for _ in "ab"
    )
    x, eye = ops.asarray(a), np.eye(n)
    bound = 64 * n * EPS32

    def close(y, target, scale):
        assert np.abs(ops.to_numpy(y) - target).max() <= bound * scale

    q, r = L.qr(x)
    close(ops.matmul(q, r), a, n)
    close(ops.matmul(ops.conj(q.mT), q), eye, 1)
    condition = float(np.linalg.cond(a).max())
    close(ops.matmul(x, L.inv(x)), eye, n * condition)
    close(ops.matmul(x, L.solve(x, ops.asarray(b))), b, n * condition)
    close(L.det(x), np.linalg.det(a.astype(np.complex128)), n ** (n / 2) * 4)
    definite = a @ np.conj(np.swapaxes(a, -1, -2)) + eye
    low = L.cholesky(ops.asarray(definite.astype(np.complex64)))
    close(ops.matmul(low, ops.conj(low.mT)), definite, 2 * n)


def test_solve_in_single_precision_is_as_good_as_lapack():
    rng = np.random.default_rng(0)
    a, x = rng.standard_normal((100, 100)), rng.standard_normal(100)
    a32, b32 = a.astype(np.float32), (a @ x).astype(np.float32)
    y = ops.to_numpy(L.solve(ops.asarray(a32), ops.asarray(b32))).astype(np.float64)
    assert np.linalg.norm(a32 @ y - b32) <= 4 * EPS32 * np.linalg.norm(a32) * np.linalg.norm(y)


def test_thin_factors_of_long_matrices_stay_thin():
    x = ops.asarray(np.random.default_rng(0).standard_normal((20_000, 3)).astype(np.float32))
    u, s, vh = L.svd(x, full_matrices=False)  # the square factor would take 1.6 GB
    assert (u.shape, s.shape, vh.shape) == ((20_000, 3), (3,), (3, 3))
    assert np.abs(ops.to_numpy(ops.matmul(u * s, vh) - x)).max() < 64 * EPS32 * s[0].item()
    q, r = L.qr(x[:6], mode="complete")
    assert (q.shape, r.shape) == ((6, 6), (6, 3))


DERIVATIVES = {
    "inv": lambda x: L.inv(x), "solve": lambda x: L.solve(x, double(np.arange(9.0).reshape(3, 3))),
    "cholesky": lambda x: L.cholesky(ops.matmul(x, x.mT)), "slogdet": lambda x: L.slogdet(x).logabsdet, "det": L.det,
    "eigh": lambda x: ops.square(L.eigh(ops.matmul(x, x.mT)).eigenvectors), "eigvalsh": lambda x: L.eigvalsh(x + x.mT),
    "matrix_power": lambda x: L.matrix_power(x, -2), "matrix_norm": L.matrix_norm,
}  # fmt: skip


@pytest.mark.parametrize("name", DERIVATIVES)
def test_linear_algebra_has_derivatives_twice(name):
    weights = double(np.random.default_rng(1).uniform(1, 2, (3, 3)))
    x = double(np.random.default_rng(0).standard_normal((3, 3)) + 3 * np.eye(3))

    def f(x):
        return ops.sum(ops.square(DERIVATIVES[name](x)) * (weights if DERIVATIVES[name](x).ndim == 2 else 1.0))

    def slope(x):
        return ops.sum(mx.grad(f)(x) * weights)

    for function in (f, slope):
        gradient, step = ops.to_numpy(mx.grad(function)(x)), 1e-5
        numeric = np.zeros((3, 3))
        for i, j in np.ndindex(3, 3):
            bump = np.zeros((3, 3))
            bump[i, j] = step
            numeric[i, j] = (function(x + double(bump)) - function(x - double(bump))).item() / (2 * step)
        # central differences: step^2 times a third derivative, plus eps / step, both near 1e-10 of the largest entry
        assert np.abs(gradient - numeric).max() <= 1e-5 * np.abs(gradient).max()
