"""Activations, their limits, and comparisons of whole arrays."""

import math
import warnings

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError

EPS = 2**-52
reals = st.floats(-50, 50)
arrays = hnp.arrays(np.float64, (3, 4), elements=reals)
EDGES = [0.0, 1.0, -1.0, 800.0, -800.0, math.inf, -math.inf, math.nan]


def by_definition(name, x):
    with np.errstate(all="ignore"):
        return {
            "relu": lambda: np.maximum(x, 0),
            "leaky_relu": lambda: np.where(x >= 0, x, 0.01 * x),
            "elu": lambda: np.where(x > 0, x, np.expm1(x)),
            "sigmoid": lambda: scipy.special.expit(x),
            "silu": lambda: x * scipy.special.expit(x),
            "softplus": lambda: np.logaddexp(x, 0),
            "gelu": lambda: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        }[name]()


NAMES = ("relu", "leaky_relu", "elu", "sigmoid", "silu", "softplus", "gelu")


@pytest.mark.parametrize("name", NAMES)
@given(x=arrays)
def test_activations_are_their_definitions(backend, name, x):
    got, wanted = ops.to_numpy(getattr(ops, name)(ops.asarray(x))), by_definition(name, x)
    # up to ten roundings of what is added (1 + tanh cancels, so the bound is absolute next to |x|), on each side
    assert np.all(np.abs(got - wanted) <= 20 * EPS * np.maximum(np.abs(x), 1))


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "sigmoid", "softplus"])
def test_activations_neither_overflow_nor_warn(backend, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = ops.to_numpy(getattr(ops, name)(ops.asarray(np.asarray(EDGES))))
    wanted = by_definition(name, np.asarray(EDGES))
    assert np.array_equal(np.isnan(got), np.isnan(wanted))
    limit = np.isfinite(wanted) & ~np.isnan(wanted)
    assert np.array_equal(got[~limit], wanted[~limit], equal_nan=True)
    assert np.all(np.abs(got[limit] - wanted[limit]) <= 20 * EPS * np.maximum(np.abs(wanted[limit]), 2**-1022))


def test_exact_gelu_uses_the_distribution(backend):
    x = np.linspace(-10, 5, 40)
    got = ops.to_numpy(ops.gelu(ops.asarray(x), approximate=False))
    # a backend may add 1 to an error function: absolute next to |x|, then; SciPy's ndtr rounds x / sqrt(2)
    assert np.all(np.abs(got - x * scipy.special.ndtr(x)) <= 20 * EPS * np.maximum(np.abs(x), 1))


@given(x=arrays, axis=st.sampled_from([-1, 0, (0, 1)]))
def test_softmax_and_its_logarithm_agree_with_scipy(backend, x, axis):
    y = ops.asarray(x)
    # an exponential of up to 100 in size carries its argument's rounding, 100 eps, on each side
    got, wanted = ops.to_numpy(ops.softmax(y, axis)), scipy.special.softmax(x, axis)
    assert np.all(np.abs(got - wanted) <= 250 * EPS * wanted)
    assert np.max(np.abs(ops.to_numpy(ops.log_softmax(y, axis)) - scipy.special.log_softmax(x, axis))) <= 250 * EPS
    wanted = scipy.special.logsumexp(x, axis, keepdims=True)
    assert np.max(np.abs(ops.to_numpy(ops.logsumexp(y, axis=axis, keepdims=True)) - wanted)) <= 250 * EPS


def test_the_limits_of_logsumexp(backend):
    assert float(ops.logsumexp(ops.zeros((0,)))) == -math.inf
    assert float(ops.logsumexp(ops.asarray([-math.inf, -math.inf]))) == -math.inf
    assert float(ops.logsumexp(ops.asarray([math.inf, 0.0]))) == math.inf
    assert math.isnan(float(ops.logsumexp(ops.asarray([math.nan, 0.0]))))
    assert tuple(ops.softmax(ops.zeros((0, 3))).shape) == (0, 3)


@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
def test_one_hot_puts_the_classes_where_it_is_told(backend, axis):
    x = ops.asarray([[0, 2, 1], [1, -1, 3]])
    wanted = np.moveaxis((np.asarray([[0, 2, 1], [1, -1, 3]])[..., None] == np.arange(3)).astype(np.float32), -1, axis)
    got = ops.one_hot(x, 3, dtype="float32", axis=axis)
    assert ops.dtype_name(got) == "float32"
    assert ops.to_numpy(got).tolist() == wanted.tolist()
    with pytest.raises(ArgumentError, match="axis=3"):
        ops.one_hot(x, 3, axis=3)
    with pytest.raises(DTypeError, match="integers"):
        ops.one_hot(ops.asarray([1.0]), 3)


@pytest.mark.parametrize("name", [*NAMES, "softmax", "log_softmax", "logsumexp"])
def test_dtypes_stay_and_integers_become_floating(backend, name):
    function = getattr(ops, name)
    assert ops.dtype_name(function(ops.asarray([1.0], dtype="float32"))) == "float32"
    assert tuple(function(ops.zeros((2, 3))).shape) == (() if name == "logsumexp" else (2, 3))
    if name != "relu":
        assert ops.dtype_name(function(ops.asarray([1, 2]))) == ops.dtype_name(ops.asarray([0.5]))


@given(data=st.data())
def test_closeness_is_numpys(backend, data):
    elements = st.sampled_from([0.0, 1.0, 1.0 + 1e-6, 1.0 + 1e-4, 1e-9, math.inf, -math.inf, math.nan])
    a, b = (data.draw(hnp.arrays(np.float64, (4,), elements=elements)) for _ in range(2))
    x, y = ops.asarray(a), ops.asarray(b)
    for equal_nan in (False, True):
        assert ops.isclose(x, y, equal_nan=equal_nan).tolist() == np.isclose(a, b, equal_nan=equal_nan).tolist()
        assert bool(ops.allclose(x, y, equal_nan=equal_nan)) == np.allclose(a, b, equal_nan=equal_nan)
        assert bool(ops.array_equal(x, y, equal_nan=equal_nan)) == np.array_equal(a, b, equal_nan=equal_nan)
    assert not bool(ops.array_equal(x, y[:3]))
    assert ops.isclose(ops.asarray([1, 2]), 1).tolist() == [True, False]


def test_errstate_reaches_numpy_and_leaves_the_others_alone(backend):
    x = ops.asarray([1.0])
    with ops.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert ops.divide(x, ops.zeros_like(x)).tolist() == [math.inf]
    if backend == "numpy":
        with ops.errstate(all="raise"), pytest.raises(FloatingPointError):
            ops.divide(x, ops.zeros_like(x))
