"""Medians, quantiles and the reductions that pass over nan, against NumPy."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, ShapeError

EPS = 2**-52
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
numbers = st.integers(-8, 8).map(float)
arrays = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5), elements=numbers)
gaps = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=5), elements=numbers | st.just(np.nan)
)
shares = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 1.0])


def quiet(function, *arguments, **named):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **named)


def close(ours, wanted, ulps=4):
    """Equal shapes; values of magnitude at most 8 within a few roundings."""
    ours, wanted = ops.to_numpy(ours), np.asarray(wanted)
    assert ours.shape == wanted.shape
    assert np.array_equal(np.isnan(ours), np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        assert np.all((ours == wanted) | np.isnan(wanted) | (np.abs(ours - wanted) <= ulps * 8 * EPS))


@pytest.mark.parametrize("method", METHODS)
@given(x=gaps, q=shares | st.lists(shares, min_size=1, max_size=3), data=st.data())
def test_quantiles_are_numpys(backend, method, x, q, data):
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1) | st.permutations(range(x.ndim)).map(tuple))
    keep = data.draw(st.booleans())
    y = ops.asarray(x)
    close(
        ops.quantile(y, q, axis=axis, method=method, keepdims=keep),
        quiet(np.quantile, x, q, axis, method=method, keepdims=keep),
    )
    wanted = quiet(np.nanquantile, x, q, axis, method=method, keepdims=keep)
    close(ops.nanquantile(y, q, axis=axis, method=method, keepdims=keep), wanted)


@given(x=gaps, keep=st.booleans())
def test_medians_are_numpys(backend, x, keep):
    y = ops.asarray(x)
    close(ops.median(y, axis=-1, keepdims=keep), quiet(np.median, x, -1, keepdims=keep))
    close(ops.nanmedian(y, axis=-1, keepdims=keep), quiet(np.nanmedian, x, -1, keepdims=keep))
    close(ops.median(y), quiet(np.median, x))


def test_an_array_of_shares_may_live_on_the_device(backend):
    x, q = ops.asarray([0.0, 1.0, 4.0]), ops.asarray([[0.0, 0.5], [0.75, 2.0]])
    close(ops.quantile(x, q), [[0.0, 1.0], [2.5, np.nan]])
    close(ops.percentile(x, ops.asarray([50.0])), [1.0])
    with ops.no_transfers():
        ops.quantile(x, q)


def test_infinities_are_elements_like_others(backend):
    x = ops.asarray([-np.inf, -np.inf, 1.0, np.inf, np.inf])
    close(
        ops.quantile(x, [0.0, 0.1, 0.25, 0.3, 0.5, 0.6, 1.0]), [-np.inf, -np.inf, -np.inf, -np.inf, 1.0, np.inf, np.inf]
    )
    assert np.isnan(float(ops.median(ops.asarray([-np.inf, np.inf]))))


def test_quantiles_of_nothing_are_nan_and_of_integers_floating(backend):
    assert np.isnan(ops.to_numpy(ops.median(ops.zeros((2, 0)), axis=1))).tolist() == [True, True]
    assert tuple(ops.quantile(ops.zeros((0, 2)), [0.5, 0.6], axis=1).shape) == (2, 0)
    assert float(ops.median(ops.asarray([1, 2]))) == 1.5
    assert ops.dtype_name(ops.median(ops.asarray([1.0], dtype="float32"))) == "float32"


def test_quantiles_refuse_what_they_cannot_do(backend):
    x = ops.zeros(3)
    with pytest.raises(ArgumentError, match=r"q=1\.5"):
        ops.quantile(x, 1.5)
    with pytest.raises(ArgumentError, match="nearest"):
        ops.quantile(x, 0.5, method="cubic")
    with pytest.raises(ArgumentError, match="axis=1"):
        ops.median(x, axis=1)
    with pytest.raises(DTypeError, match="complex"):
        ops.median(ops.asarray([1j]))


NAN = ("nansum", "nanprod", "nanmax", "nanmin", "nanmean", "nanvar", "nanstd")


@pytest.mark.parametrize("name", NAN)
@given(x=gaps, data=st.data(), keep=st.booleans())
def test_reductions_that_pass_over_nan_are_numpys(backend, name, x, data, keep):
    axis = data.draw(st.none() | st.integers(-x.ndim, x.ndim - 1))
    wanted = quiet(getattr(np, name), x, axis=axis, keepdims=keep)
    got = getattr(ops, name)(ops.asarray(x), axis=axis, keepdims=keep)
    # up to 125 elements: sums of integers are exact, the mean is one division, a squared distance of at most 256 has 3
    # more roundings, which the sum of positive terms keeps, and the product one for each factor
    scale = np.abs(wanted) if name == "nanprod" else 256.0
    got = ops.to_numpy(got)
    assert got.shape == np.shape(wanted)
    assert np.array_equal(np.isnan(got), np.isnan(wanted))
    assert np.all(np.isnan(wanted) | (np.abs(got - wanted) <= 125 * EPS * np.where(np.isnan(scale), 0, scale)))


@given(x=gaps, axis=st.sampled_from([None, 0, -1]), keep=st.booleans())
def test_places_pass_over_nan_and_say_when_nothing_is_left(backend, x, axis, keep):
    for ours, place, edge in ((ops.nanargmax, np.argmax, -np.inf), (ops.nanargmin, np.argmin, np.inf)):
        wanted = place(np.where(np.isnan(x), edge, x), axis=axis, keepdims=keep)
        wanted = np.where(np.isnan(x).all(axis=axis, keepdims=keep), -1, wanted)
        got = ours(ops.asarray(x), axis=axis, keepdims=keep)
        assert ops.to_numpy(got).tolist() == wanted.tolist()
        assert ops.dtype_name(got) == "int64"


def test_an_infinity_is_found_behind_a_nan(backend):
    assert int(ops.nanargmax(ops.asarray([np.nan, -np.inf]))) == 1
    assert float(ops.nanmax(ops.asarray([np.nan, -np.inf]))) == -np.inf


def test_integers_have_no_nan(backend):
    x = ops.asarray([[1, 2], [3, 5]])
    assert ops.nansum(x, axis=0).tolist() == [4, 7]
    assert ops.nanmax(x).tolist() == 5
    assert ops.nanargmin(x, axis=1).tolist() == [0, 0]
    assert ops.nanmean(x).tolist() == 2.75
    with pytest.raises(ShapeError, match="nanmax"):
        ops.nanmax(ops.zeros((0,)))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_nan_to_num_is_numpys(backend, dtype):
    x = np.asarray([np.nan, np.inf, -np.inf, 1.0], dtype=dtype)
    if dtype == "complex64":
        x = x + 1j * x[::-1]
    for named in ({}, {"nan": 2.0, "posinf": 3.0, "neginf": 4.0}):
        got = ops.nan_to_num(ops.asarray(x), **named)
        assert ops.dtype_name(got) == dtype
        assert ops.to_numpy(got).tolist() == np.nan_to_num(x, **named).tolist()
    assert ops.nan_to_num(ops.asarray([1])).tolist() == [1]
