"""Every function of the standard against its reference implementation, array-api-strict, on every backend.

Shapes from none to three axes, empty ones too; every dtype the function takes; special values among the ordinary ones.
What only moves, compares or counts must be equal; the rest is bounded by rounding, as said beside each bound.
"""

from __future__ import annotations

import warnings

import array_api_strict as strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops
from emberharmony.backend import registry

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float32", "float64")
COMPLEX = ("complex64", "complex128")
REAL = INTEGERS + FLOATS
NUMERIC = REAL + COMPLEX
ALL = ("bool", *NUMERIC)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan]

shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
seeds = st.integers(0, 2**32 - 1)


def numbers(seed: int, shape: tuple[int, ...], dtype: str, *, special: bool = False, low: float = -3) -> np.ndarray:
    """Reproducible numbers of a dtype; some of them special where asked."""
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype in INTEGERS:
        return rng.integers(0 if dtype.startswith("u") else -5, 6, shape).astype(dtype)
    x = rng.uniform(low, 3, shape)
    if special:
        x = np.where(rng.random(shape) < 0.3, rng.choice(SPECIAL, shape), x)
    if dtype in COMPLEX:
        return (x + 1j * rng.uniform(low, 3, shape)).astype(dtype)
    return x.astype(dtype)


def supported(dtype: str) -> str:
    """The dtype itself, or what stands in for it where the backend declares that it has none."""
    return dtype if dtype in registry.current().dtypes else {"complex128": "complex64"}[dtype]


def both(x: np.ndarray):
    """The same numbers for the backend under test and for the reference."""
    return ops.asarray(x), strict.asarray(x.copy())


def same(ours, reference, ulps: float = 0, scale: float = 0.0) -> None:
    """Equal shape, dtype and values; `ulps` of each value and of `scale` are allowed."""
    a, b = ops.to_numpy(ours), np.asarray(reference)
    assert ops.dtype_name(ours) == b.dtype.name
    assert a.shape == b.shape
    eps = np.finfo(b.dtype).eps if b.dtype.kind in "fc" else 0
    if not ulps:
        assert np.array_equal(a, b, equal_nan=b.dtype.kind in "fc")
        return
    with np.errstate(all="ignore"):
        close = np.abs(a - b) <= ulps * eps * (np.abs(b) + scale) + np.finfo(np.float32).tiny
    assert np.all(close | (a == b) | (np.isnan(a) & np.isnan(b)))


# name: dtypes, ulps of the result. libm is right to 4 ulp on every platform we know; complex functions compose several
UNARY = {
    **dict.fromkeys(["abs"], (REAL, 0)),
    **dict.fromkeys(["negative", "positive", "square"], (REAL, 0)),
    **dict.fromkeys(["sign", "round", "floor", "ceil", "trunc"], (REAL, 0)),
    **dict.fromkeys(["isfinite", "isinf", "isnan"], (NUMERIC, 0)),
    **dict.fromkeys(["signbit"], (FLOATS, 0)),
    **dict.fromkeys(["conj", "real", "imag"], (COMPLEX, 0)),
    **dict.fromkeys(["sqrt", "reciprocal"], (FLOATS, 1)),
    **dict.fromkeys(["acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh"], (FLOATS, 8)),
    **dict.fromkeys(["exp", "expm1", "log", "log1p", "log2", "log10", "sin", "sinh", "tan", "tanh"], (FLOATS, 8)),
    "bitwise_invert": (("bool", *INTEGERS), 0),
    "logical_not": (("bool",), 0),
}
BINARY = {
    **dict.fromkeys(["add", "subtract", "multiply"], (REAL, 0)),
    **dict.fromkeys(["maximum", "minimum"], (REAL, 0)),
    **dict.fromkeys(["equal", "not_equal"], (ALL, 0)),
    **dict.fromkeys(["greater", "greater_equal", "less", "less_equal"], (REAL, 0)),
    **dict.fromkeys(["logical_and", "logical_or", "logical_xor"], (("bool",), 0)),
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], (("bool", *INTEGERS), 0)),
    **dict.fromkeys(["copysign", "nextafter"], (FLOATS, 0)),
    **dict.fromkeys(["divide"], (FLOATS, 1)),
    **dict.fromkeys(["atan2", "hypot", "logaddexp", "pow"], (FLOATS, 8)),
}


@pytest.mark.parametrize("name", UNARY)
@given(shape=shapes, seed=seeds, which=st.integers(0, 99))
def test_unary_functions(backend, name, shape, seed, which):
    dtypes, ulps = UNARY[name]
    x, y = both(numbers(seed, shape, supported(dtypes[which % len(dtypes)]), special=True))
    with np.errstate(all="ignore"):
        same(getattr(ops, name)(x), getattr(strict, name)(y), ulps)


@pytest.mark.parametrize("name", BINARY)
@given(shape=shapes, seed=seeds, which=st.integers(0, 99), drop=st.integers(0, 3))
def test_binary_functions_broadcast(backend, name, shape, seed, which, drop):
    dtypes, ulps = BINARY[name]
    dtype = supported(dtypes[which % len(dtypes)])
    a = numbers(seed, shape, dtype, special=True)
    if name == "pow" and dtype in ("float32", "float64"):
        # for the one power 0.5 NumPy takes a root, and gives nan for -inf where the standard says inf
        a = np.where(np.isneginf(a), np.asarray(-2.0, dtype), a)
    x, y = both(a)
    u, v = both(numbers(seed + 1, shape[drop:], dtype, special=True))
    with np.errstate(all="ignore"):
        # logaddexp cancels near zero: its error is that of the larger of its arguments
        same(getattr(ops, name)(x, u), getattr(strict, name)(y, v), ulps, scale=3 if name == "logaddexp" else 0)


@pytest.mark.parametrize("name", ["floor_divide", "remainder"])
@given(shape=shapes, seed=seeds, dtype=st.sampled_from(REAL))
def test_division_rounds_towards_minus_infinity(backend, name, shape, seed, dtype):
    a, b = numbers(seed, shape, dtype), numbers(seed + 1, shape, dtype)
    b[b == 0] = 1
    x, y = both(a)
    u, v = both(b)
    same(getattr(ops, name)(x, u), getattr(strict, name)(y, v), 1, scale=3)


@pytest.mark.parametrize("name", ["bitwise_left_shift", "bitwise_right_shift"])
@given(shape=shapes, seed=seeds, dtype=st.sampled_from(INTEGERS))
def test_shifts(backend, name, shape, seed, dtype):
    x, y = both(numbers(seed, shape, dtype))
    u, v = both(np.abs(numbers(seed + 1, shape, dtype)))
    same(getattr(ops, name)(x, u), getattr(strict, name)(y, v))


REDUCTIONS = {
    "sum": 1,
    "prod": 1,
    "mean": 1,
    "std": 1,
    "var": 1,
    "max": 0,
    "min": 0,
    "all": 0,
    "any": 0,
    "count_nonzero": 0,
}


@pytest.mark.parametrize("name", REDUCTIONS)
@given(shape=shapes, seed=seeds, which=st.integers(0, 99), data=st.data())
def test_reductions(backend, name, shape, seed, which, data):
    dtypes = FLOATS if name in ("mean", "std", "var") else REAL
    axes = st.sampled_from([None, *range(-len(shape), len(shape))]) if shape else st.none()
    axis, keepdims = data.draw(axes), data.draw(st.booleans())
    n = int(np.prod(shape if axis is None else shape[axis]))
    if not n and name not in ("sum", "prod", "all", "any", "count_nonzero"):
        return
    x, y = both(numbers(seed, shape, dtypes[which % len(dtypes)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = getattr(strict, name)(y, axis=axis, keepdims=keepdims)
    # |x| <= 3: a sum of n terms errs by n eps of 3 n, a product by n eps of itself, a variance by that of squares
    same(
        getattr(ops, name)(x, axis=axis, keepdims=keepdims), expected, REDUCTIONS[name] * (2 * n + 8), scale=9 * (n + 1)
    )


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod"])
@given(shape=shapes.filter(len), seed=seeds, dtype=st.sampled_from(REAL), initial=st.booleans(), data=st.data())
def test_running_sums(backend, name, shape, seed, dtype, initial, data):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    x, y = both(numbers(seed, shape, dtype))
    expected = getattr(strict, name)(y, axis=axis, include_initial=initial)
    same(getattr(ops, name)(x, axis=axis, include_initial=initial), expected, 16, scale=81)  # as for reductions, n <= 4


MOVES = {
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=-1),
    "flip": lambda xp, x: xp.flip(x),
    "flip axis": lambda xp, x: xp.flip(x, axis=0),
    "permute_dims": lambda xp, x: xp.permute_dims(x, tuple(reversed(range(x.ndim)))),
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, -1),
    "reshape": lambda xp, x: xp.reshape(x, (-1,)),
    "roll": lambda xp, x: xp.roll(x, 1),
    "roll axis": lambda xp, x: xp.roll(x, -2, axis=0),
    "stack": lambda xp, x: xp.stack([x, x], axis=-1),
    "concat": lambda xp, x: xp.concat([x, x], axis=0),
    "concat flat": lambda xp, x: xp.concat([x, x], axis=None),
    "tile": lambda xp, x: xp.tile(x, (2, 1)),
    "repeat": lambda xp, x: xp.repeat(x, 2),
    "repeat axis": lambda xp, x: xp.repeat(x, 3, axis=0),
    "unstack": lambda xp, x: xp.stack(xp.unstack(x, axis=0)) if x.shape[0] else x,
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (2, *x.shape)),
    "squeeze": lambda xp, x: xp.squeeze(xp.expand_dims(x, axis=0), axis=0),
    "where": lambda xp, x: xp.where(xp.astype(x, xp.bool), x, xp.zeros_like(x)),
    "take": lambda xp, x: xp.take(x, xp.asarray([0, 0], dtype=xp.int64), axis=0) if x.shape[0] else x,
    "astype": lambda xp, x: xp.astype(x, xp.float64),
    "zeros_like": lambda xp, x: xp.zeros_like(x),
    "ones_like": lambda xp, x: xp.ones_like(x),
    "full_like": lambda xp, x: xp.full_like(x, 1),
}


@pytest.mark.parametrize("name", MOVES)
@given(shape=shapes.filter(len), seed=seeds, dtype=st.sampled_from(("bool", *REAL)))
def test_what_only_moves_values(backend, name, shape, seed, dtype):
    x, y = both(numbers(seed, shape, dtype))
    before = ops.to_numpy(x, copy=True)
    same(MOVES[name](ops, x), MOVES[name](strict, y))
    assert np.array_equal(ops.to_numpy(x), before)  # nothing writes into an argument


ORDERS = {
    "sort": lambda xp, x: xp.sort(x, axis=0),
    "sort descending": lambda xp, x: xp.sort(x, axis=-1, descending=True),
    "argsort": lambda xp, x: xp.argsort(x, axis=0),
    "argsort descending": lambda xp, x: xp.argsort(x, axis=-1, descending=True),
    "argmax": lambda xp, x: xp.argmax(x, axis=0) if x.shape[0] else xp.zeros(0, dtype=xp.int64),
    "argmin flat": lambda xp, x: xp.argmin(x) if 0 not in x.shape else xp.zeros(0, dtype=xp.int64),
    "unique_values": lambda xp, x: xp.sort(xp.unique_values(x)),
    "nonzero": lambda xp, x: xp.stack(xp.nonzero(x)),
    "searchsorted": lambda xp, x: xp.searchsorted(xp.sort(xp.reshape(x, (-1,))), xp.reshape(x, (-1,)), side="right"),
    "tril": lambda xp, x: xp.tril(xp.stack([x, x], axis=-1), k=-1),
    "triu": lambda xp, x: xp.triu(xp.stack([x, x], axis=-1), k=1),
    "diff": lambda xp, x: xp.diff(x, axis=0) if x.shape[0] else x,
}


@pytest.mark.parametrize("name", ORDERS)
@given(shape=shapes.filter(len), seed=seeds, dtype=st.sampled_from(REAL))
def test_order_and_sets(backend, name, shape, seed, dtype):
    x, y = both(numbers(seed, shape, dtype))
    same(ORDERS[name](ops, x), ORDERS[name](strict, y))


@given(shape=shapes, seed=seeds, dtype=st.sampled_from(INTEGERS), invert=st.booleans())
def test_membership(backend, shape, seed, dtype, invert):
    x, u = numbers(seed, shape, dtype), np.asarray([1, 3], dtype=dtype)
    # the reference forgets `invert`: NumPy is the oracle
    same(ops.isin(ops.asarray(x), ops.asarray(u), invert=invert), np.isin(x, u, invert=invert))


PRODUCTS = {
    "matmul": lambda xp, x, y: xp.matmul(x, xp.matrix_transpose(y)),
    "tensordot": lambda xp, x, y: xp.tensordot(x, y, axes=((-1,), (-1,))),
    "vecdot": lambda xp, x, y: xp.vecdot(x, y),
}


@pytest.mark.parametrize("name", PRODUCTS)
@given(shape=st.lists(st.integers(0, 4), min_size=2, max_size=3).map(tuple), seed=seeds, dtype=st.sampled_from(REAL))
def test_products_of_integers_are_exact_and_of_floats_rounded(backend, name, shape, seed, dtype):
    x, y = both(numbers(seed, shape, dtype))
    u, v = both(numbers(seed + 1, shape, dtype))
    same(
        PRODUCTS[name](ops, x, u), PRODUCTS[name](strict, y, v), 0 if dtype in INTEGERS else 8, scale=36
    )  # 4 terms of 9


@given(n=st.integers(1, 5), seed=seeds, dtype=st.sampled_from(FLOATS))
def test_factorizations_multiply_back(backend, n, seed, dtype):
    """The textbook backward error of each is a small multiple of n eps times the norm; 64 n is far above that."""
    a = numbers(seed, (2, n, n), dtype)
    x = ops.asarray(a)
    t, atol = ops.matrix_transpose, 64 * n * np.finfo(dtype).eps * max(np.abs(a).max(), 1) * n

    def back(y, target=a):
        assert np.abs(ops.to_numpy(y) - target).max() <= atol

    q, r = ops.linalg.qr(x)
    back(ops.matmul(q, r))
    u, s, vh = ops.linalg.svd(x)
    back(ops.matmul(u * s[..., None, :], vh))
    spd = ops.matmul(x, t(x)) + ops.asarray(np.eye(n, dtype=dtype))
    w, v = ops.linalg.eigh(spd)
    atol *= 10 * n  # spd is as large as the square of a
    back(ops.matmul(v * w[..., None, :], t(v)), ops.to_numpy(spd))
    low = ops.linalg.cholesky(spd)
    back(ops.matmul(low, t(low)), ops.to_numpy(spd))
    identity = np.broadcast_to(np.eye(n, dtype=dtype), a.shape)
    condition = float(np.linalg.cond(ops.to_numpy(spd)).max())
    atol *= condition
    back(ops.matmul(spd, ops.linalg.inv(spd)), identity)
    back(ops.matmul(spd, ops.linalg.solve(spd, x)), a)
    sign, logdet = ops.linalg.slogdet(spd)
    assert np.allclose(ops.to_numpy(sign) * np.exp(ops.to_numpy(logdet)), ops.to_numpy(ops.linalg.det(spd)), rtol=1e-3)


@given(seed=seeds, n=st.integers(1, 4))
def test_eigenvalues_of_rotations_are_complex(backend, seed, n):
    angle = np.random.default_rng(seed).uniform(0.1, 3)
    rotation = np.asarray([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype="float32")
    values, vectors = ops.linalg.eig(ops.asarray(np.broadcast_to(rotation, (n, 2, 2)).copy()))
    w, v = ops.to_numpy(values), ops.to_numpy(vectors)
    assert np.abs(rotation @ v - v * w[..., None, :]).max() < 32 * np.finfo("float32").eps
    assert np.allclose(np.sort(w.imag), np.broadcast_to([-np.sin(angle), np.sin(angle)], (n, 2)), atol=1e-6)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_singular_matrix_raises(backend, dtype):
    x = ops.zeros((2, 2), dtype=dtype)
    for call in (lambda: ops.linalg.inv(x), lambda: ops.linalg.solve(x, ops.ones(2, dtype=dtype))):
        with pytest.raises(Exception, match=r"(?i)singular"):
            ops.synchronize(call())


TRANSFORMS = ["fft", "ifft", "rfft", "ihfft", "fftn", "ifftn", "rfftn"]


@pytest.mark.parametrize("name", TRANSFORMS)
@given(shape=st.lists(st.integers(1, 6), min_size=1, max_size=2).map(tuple), seed=seeds)
def test_fourier_transforms(backend, name, shape, seed):
    dtype = "float32" if name in ("rfft", "ihfft", "rfftn") else "complex64"
    x, y = both(numbers(seed, shape, dtype))
    # errors of a transform of n <= 36 numbers below 5 stay under log2(n) eps times the norm
    same(getattr(ops.fft, name)(x), getattr(strict.fft, name)(y), 8, scale=180)


@given(n=st.integers(1, 8), seed=seeds)
def test_real_transforms_invert(backend, n, seed):
    x = ops.asarray(numbers(seed, (2, n), "float32"))
    back = ops.fft.irfft(ops.fft.rfft(x), n=n)
    assert np.abs(ops.to_numpy(back) - ops.to_numpy(x)).max() <= 16 * np.finfo("float32").eps * 3
    assert ops.dtype_name(back) == "float32"


@given(
    start=st.integers(-9, 9),
    count=st.integers(0, 9),
    step=st.integers(1, 3),
    dtype=st.sampled_from(("int32", "float64")),
)
def test_creation(backend, start, count, step, dtype):
    same(ops.arange(start, start + count * step, step, dtype=dtype), strict.arange(
        start, start + count * step, step, dtype=getattr(strict, dtype)))  # fmt: skip
    same(ops.linspace(start, start + step, count, dtype="float64"), strict.linspace(start, start + step, count), 4, 12)
    same(ops.eye(count, step, k=-1, dtype=dtype), strict.eye(count, step, k=-1, dtype=getattr(strict, dtype)))
    assert ops.dtype_name(ops.arange(3)) == "int64"
    assert ops.dtype_name(ops.asarray([2**40 + 1])) == "int64"
    assert ops.asarray([2**40 + 1]).tolist() == [2**40 + 1]
