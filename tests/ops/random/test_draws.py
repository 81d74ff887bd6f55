"""Bits, uniforms and integers by their definitions; shapes, prefixes, threads, dtypes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy import stats

from emberharmony import _core, ops
from emberharmony.errors import ArgumentError, DTypeError, MixedBackendsError, ShapeError
from emberharmony.ops import random

KEY = random.key(2026)
SIZES = {"int8": 8, "int16": 16, "int32": 32, "int64": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
DRAWS = {
    "bits": lambda n: random.bits(KEY, (n,)),
    "uniform": lambda n: random.uniform(KEY, (n,)),
    "normal": lambda n: random.normal(KEY, (n,)),
    "exponential": lambda n: random.exponential(KEY, (n,)),
    "gumbel": lambda n: random.gumbel(KEY, (n,)),
    "randint": lambda n: random.randint(KEY, (n,), -7, 2**50),
    "bernoulli": lambda n: random.bernoulli(KEY, 0.3, (n,)),
    "gamma": lambda n: random.gamma(KEY, 0.7, (n,)),
    "beta": lambda n: random.beta(KEY, 0.7, 3.0, (n,)),
    "poisson": lambda n: random.poisson(KEY, 12.0, (n,)),
    "binomial": lambda n: random.binomial(KEY, 40, 0.4, (n,)),
    "truncated_normal": lambda n: random.truncated_normal(KEY, -1.0, 1.0, (n,)),
    "dirichlet": lambda n: random.dirichlet(KEY, ops.asarray([0.5, 2.0]), (n,)),
    "categorical": lambda n: random.categorical(KEY, ops.asarray([0.5, 2.0]), shape=(n,)),
    "choice": lambda n: random.choice(KEY, 10, (n,)),
}


def host(x):
    return np.asarray(ops.to_numpy(x))


def words(n):
    """The 64-bit words of the definition."""
    return [low | high << 32 for low, high in (_core.threefry(*KEY.words, 0, i) for i in range(n))]


def test_bits_are_the_words_of_the_definition(backend):
    pairs = [word for i in range(50) for word in _core.threefry(*KEY.words, 0, i)]
    assert host(random.bits(KEY, (99,))).tolist() == pairs[:99]
    assert host(random.bits(KEY, (50,), "uint64")).tolist() == words(50)
    assert host(random.bits(KEY, (99,), "uint8")).tolist() == [w >> 24 for w in pairs[:99]]
    assert host(random.bits(KEY, (99,), "uint16")).tolist() == [w >> 16 for w in pairs[:99]]


def test_uniforms_are_the_top_bits(backend):
    w32, w64 = host(random.bits(KEY, (500,))), host(random.bits(KEY, (500,), "uint64"))
    wanted = {"float32": (w32 >> 8) * 2.0**-24, "float64": (w64 >> np.uint64(11)) * 2.0**-53}
    wanted["float16"] = (w32 >> 21) * 2.0**-11
    for dtype, numbers in wanted.items():
        assert host(random.uniform(KEY, (500,), dtype)).tolist() == numbers.tolist()
    if backend != "numpy":
        assert host(random.uniform(KEY, (500,), "bfloat16")).tolist() == ((w32 >> 24) * 2.0**-8).tolist()


def test_a_scaled_uniform_stays_below_its_end(backend):
    # 2**24 + u rounds up to the end for half of all u: without care it would be there
    y = host(random.uniform(KEY, (1000,), "float32", 2.0**24 - 1, 2.0**24))
    assert (y == 2.0**24 - 1).all()
    y = host(random.uniform(KEY, (1000,), "float16", -1.0, 1.0))
    assert ((y >= -1) & (y < 1)).all()


def test_bounds_of_uniform_may_be_arrays(backend):
    low, high = ops.asarray([0.0, 10.0]), ops.asarray([1.0, 20.0])
    y = host(random.uniform(KEY, (300, 2), minval=low, maxval=high))
    assert (y[:, 0] < 1).all()
    assert ((y[:, 1] >= 10) & (y[:, 1] < 20)).all()
    assert (host(random.uniform(KEY, (3,), "float32", 0.0, 1)) == host(random.uniform(KEY, (3,), "float32"))).all()


@pytest.mark.parametrize("name", DRAWS)
def test_a_draw_is_the_head_of_a_longer_one(backend, name):
    long = host(DRAWS[name](301))
    for n in (0, 1, 2, 300):
        np.testing.assert_array_equal(host(DRAWS[name](n)), long[:n])


@pytest.mark.parametrize("name", DRAWS)
def test_the_number_of_threads_changes_nothing(monkeypatch, name):
    drawn = []
    for threads in ("1", "3", "0", ""):
        monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
        drawn.append(host(DRAWS[name](70001 if name in ("bits", "uniform") else 9001)))
    for other in drawn[1:]:
        np.testing.assert_array_equal(drawn[0], other)


@pytest.mark.parametrize("threads", ["-1", "two", "1.5"])
def test_a_bad_number_of_threads_is_refused(monkeypatch, threads):
    monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
    with pytest.raises(ArgumentError, match=f"EMBERHARMONY_THREADS={threads}"):
        random.normal(KEY, (3,))


def test_shapes_are_whatever_a_tuple_can_say(backend):
    flat = host(random.normal(KEY, 24))
    for shape in ((24,), (2, 3, 4), (24, 1), [4, 6]):
        np.testing.assert_array_equal(host(random.normal(KEY, shape)).ravel(), flat)
    assert tuple(random.normal(KEY).shape) == tuple(random.poisson(KEY, 3.0).shape) == ()
    for shape in ((0,), (3, 0), (0, 2)):
        for draw in (random.normal, random.bits, lambda k, s: random.gamma(k, 2.0, s)):
            assert tuple(draw(KEY, shape).shape) == shape
    for shape in (-1, (2, -3), 1.5, "ab", (2.0,), (2**40, 2**40)):
        with pytest.raises(ShapeError):
            random.normal(KEY, shape)


def test_dtypes_are_those_that_were_asked_for(backend):
    default = ops.asarray(0.5).dtype
    for name in ("uniform", "normal", "exponential", "gumbel"):
        draw = getattr(random, name)
        assert draw(KEY, (2,)).dtype == default
        for dtype in ("float16", "float32", "float64", *(["bfloat16"] if backend != "numpy" else [])):
            assert draw(KEY, (2,), dtype).dtype == getattr(ops, dtype)
        with pytest.raises(DTypeError):
            draw(KEY, (2,), "int32")
        with pytest.raises(DTypeError):
            draw(KEY, (2,), "complex64")
    assert random.gamma(KEY, 2.0, (2,), "float16").dtype == ops.float16
    with pytest.raises(DTypeError):
        random.bits(KEY, (2,), "int32")


def test_sixteen_bits_are_float32_rounded(backend):
    for name in ("normal", "exponential", "gumbel"):
        draw = getattr(random, name)
        wanted = ops.astype(draw(KEY, (500,), "float32"), "float16")
        np.testing.assert_array_equal(host(draw(KEY, (500,), "float16")), host(wanted))


# -- randint --


@given(low=integers(-(2**63), 2**63 - 1), span=integers(1, 2**64), seed=integers(0, 2**64 - 1))
def test_randint_is_the_floor_of_the_fraction_of_its_words(backend, low, span, seed):
    high = min(low + span, 2**63)
    span, key = high - low, random.key(seed)
    w = [a | b << 32 for a, b in (_core.threefry(*key.words, 0, i) for i in range(8))]
    if span <= 2**31:
        wanted = [low + (w[i] * span >> 64) for i in range(4)]
    else:
        wanted = [low + ((w[2 * i] << 64 | w[2 * i + 1]) * span >> 128) for i in range(4)]
    assert host(random.randint(key, (4,), low, high)).tolist() == wanted
    bounds = ops.asarray(low, dtype="int64"), ops.asarray(high - 1, dtype="int64")
    if span > 1:
        a = host(random.randint(key, (4,), low, high - 1)).tolist()
        assert (
            a
            == host(random.randint(key, (4,), *bounds)).tolist()
            == host(random.randint(key, (4,), low, bounds[1])).tolist()
        )


@pytest.mark.parametrize("dtype", SIZES)
def test_randint_spans_all_of_every_integer_type(backend, dtype):
    bits = SIZES[dtype]
    low = 0 if dtype.startswith("u") else -(2 ** (bits - 1))
    y = random.randint(KEY, (2000,), low, low + 2**bits, dtype)
    assert y.dtype == getattr(ops, dtype)
    numbers = [int(v) - low for v in host(y)]
    # the mean of 2000 uniform numbers is off by 6 deviations once in 5e8 cases; and both halves appear
    assert abs(np.mean(numbers) / 2**bits - 0.5) < 6 / np.sqrt(12 * 2000)
    assert min(numbers) < 2**bits / 100 < 2**bits * 0.99 < max(numbers)
    assert host(random.randint(KEY, (3,), low + 1, low + 2, dtype)).tolist() == [low + 1] * 3
    for wrong in ((low - 1, low + 5), (low, low + 2**bits + 1)):
        with pytest.raises(ArgumentError, match=r"m..val"):
            random.randint(KEY, (3,), *wrong, dtype)


def test_randint_is_uniform():
    # 20 faces, 19 degrees of freedom: a true die fails once in 1e6 cases
    counts = np.bincount(host(random.randint(KEY, (20000,), 0, 20)), minlength=20)
    assert stats.chisquare(counts).pvalue > 1e-6


def test_randint_takes_arrays_of_bounds(backend):
    low, high = ops.asarray([[0], [100]]), ops.asarray([10, 2**40])
    y = host(random.randint(KEY, (500, 2, 2), low[:, :], ops.maximum(high, low + 1)))
    assert ((y[:, 0, 0] >= 0) & (y[:, 0, 0] < 10)).all()
    assert (y[:, 1, 0] == 100).all()
    assert y[:, 0, 1].max() > 2**38
    for wrong in ((ops.asarray([5, 1]), 3), (0.5, 3), (ops.asarray([0.5]), 3), (True, 3)):
        with pytest.raises((ArgumentError, DTypeError)):
            random.randint(KEY, (2,), *wrong)
    with pytest.raises(ShapeError, match="broadcast"):
        random.randint(KEY, (2,), ops.asarray([0, 0, 0]), 3)


def test_empty_intervals_are_refused(backend):
    for low, high in ((1.0, 1.0), (2.0, 1.0)):
        with pytest.raises(ArgumentError, match="minval below maxval"):
            random.uniform(KEY, (2,), minval=low, maxval=high)
        with pytest.raises(ArgumentError, match="minval below maxval"):
            random.randint(KEY, (2,), int(low), int(high))
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ArgumentError, match="maxval="):
            random.uniform(KEY, (2,), maxval=bad)
    with pytest.raises(ArgumentError):
        random.uniform(KEY, (2,), maxval=ops.asarray([1.0, -1.0]))


def test_arrays_of_another_backend_are_refused(backend):
    other = np.asarray([2.0]) if backend != "numpy" else pytest.importorskip("torch").asarray([2.0])
    with pytest.raises(MixedBackendsError):
        random.gamma(KEY, other)
    with pytest.raises(MixedBackendsError):
        random.permutation(KEY, other)


def test_a_gradient_flows_to_the_bounds_of_uniform(backend):
    u = host(random.uniform(KEY, (4,), "float32"))
    slope = ops.grad(lambda b: ops.sum(random.uniform(KEY, (4,), "float32", 0.0, b)))(ops.asarray(2.0, dtype="float32"))
    assert abs(float(slope) - u.sum()) <= 4 * 2.0**-23 * 4


def test_integer_bounds_are_compared_as_integers(backend):
    low = ops.asarray([2**62], dtype="int64")
    assert host(random.randint(KEY, (3,), low, low + 1)).tolist() == [2**62] * 3


def test_a_difference_of_bounds_that_overflows_is_refused(backend):
    with pytest.raises(ArgumentError, match="at most"):
        random.uniform(KEY, (2,), "float32", -3e38, 3e38)
