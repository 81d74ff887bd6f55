"""Segments, bins, interpolation and weighted means, against NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import emberharmony as eh
from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, HiddenTransferError, ShapeError

EPS = 2**-52
small = st.integers(-9, 9).map(float)
vectors = hnp.arrays(np.float64, st.integers(1, 12), elements=small)


def equal(ours, wanted):
    assert ops.to_numpy(ours).tolist() == np.asarray(wanted).tolist()


@given(x=hnp.arrays(np.float64, (6, 2), elements=small), ids=hnp.arrays(np.int64, 6, elements=st.integers(-2, 5)))
def test_segments_sum_their_rows_and_leave_out_strangers(backend, x, ids):
    wanted = np.stack([x[ids == i].sum(axis=0) for i in range(4)])
    equal(ops.segment_sum(ops.asarray(x), ops.asarray(ids), 4), wanted)
    inside = np.abs(ids)
    wanted = np.stack([x[inside == i].sum(axis=0) for i in range(inside.max() + 1)])
    equal(ops.segment_sum(ops.asarray(x), ops.asarray(inside)), wanted)


def test_a_known_number_of_segments_looks_at_no_data(backend):
    x, ids = ops.asarray([1.0, 2.0]), ops.asarray([1, 1])
    with ops.no_transfers():
        assert ops.segment_sum(x, ids, 2) is not None
        assert ops.bincount(ids, length=3) is not None
        if backend == "mlx":
            with pytest.raises(HiddenTransferError, match="segment_sum"):
                ops.segment_sum(x, ids)


@given(x=hnp.arrays(np.int64, st.integers(0, 9), elements=st.integers(0, 6)), least=st.integers(0, 9))
def test_bincount_is_numpys(backend, x, least):
    weights = np.arange(x.size) / 2
    equal(ops.bincount(ops.asarray(x), minlength=least), np.bincount(x, minlength=least))
    equal(ops.bincount(ops.asarray(x), ops.asarray(weights)), np.bincount(x, weights))
    equal(ops.bincount(ops.asarray(x), length=3), np.bincount(x, minlength=3)[:3])


@given(
    x=vectors,
    bins=st.integers(1, 5) | st.just([-9.0, -1.0, 0.0, 4.0]),
    density=st.booleans(),
    limits=st.sampled_from([None, (-3.0, 5.0)]),
)
def test_histogram_is_numpys(backend, x, bins, density, limits):
    weights = np.arange(x.size) / 4 + 0.25
    for w in (None, weights):
        wanted, edges = np.histogram(x, bins, limits, density=density, weights=w)
        got, ours = ops.histogram(
            ops.asarray(x), bins, limits, density=density, weights=None if w is None else ops.asarray(w)
        )
        # an edge is low + i * width: three roundings of numbers up to 18
        assert np.max(np.abs(ops.to_numpy(ours) - edges)) <= 3 * 18 * EPS
        if density:
            # density: two quotients and a sum of exact numbers; the widths carry the edges' error over at least 1 / 5
            assert np.all((np.abs(ops.to_numpy(got) - wanted) <= 5 * 6 * 18 * EPS * np.abs(wanted)) | np.isnan(wanted))
        else:
            equal(got, wanted)


@given(x=vectors, right=st.booleans(), falling=st.booleans())
def test_digitize_is_numpys(backend, x, right, falling):
    bins = np.asarray([-4.0, 0.0, 0.0, 3.0])[:: -1 if falling else 1]
    equal(ops.digitize(ops.asarray(x), ops.asarray(bins.copy()), right), np.digitize(x, bins, right))
    equal(ops.digitize(ops.asarray(x), bins.tolist(), right), np.digitize(x, bins, right))


@given(x=vectors, seed=st.integers(0, 99), ends=st.sampled_from([{}, {"left": -1.0}, {"right": 7.0}, {"period": 5.0}]))
def test_interp_is_numpys(backend, x, seed, ends):
    rng = np.random.default_rng(seed)
    # within one period no two points fall on one another
    low, high = (-1, 9) if "period" in ends else (-18, 22)
    xp = np.sort(rng.choice(np.arange(low, high), 6, replace=False)) / 2
    fp = rng.integers(-9, 9, 6).astype(float)
    got = ops.interp(ops.asarray(x), ops.asarray(xp), ops.asarray(fp), **ends)
    # y0 + share * (y1 - y0): four roundings of numbers up to 18; NumPy's slope times distance has as many
    assert np.max(np.abs(ops.to_numpy(got) - np.interp(x, xp, fp, **ends))) <= 8 * 18 * EPS
    assert float(ops.interp(float(xp[2]), ops.asarray(xp), ops.asarray(fp))) == fp[2]


@given(x=hnp.arrays(np.float64, (3, 4), elements=small), y=hnp.arrays(np.float64, (2, 4), elements=small))
def test_averages_and_covariances_are_numpys(backend, x, y):
    a, b = ops.asarray(x), ops.asarray(y)
    weights, counts = np.asarray([0.5, 1.0, 2.0, 0.25]), np.asarray([1, 2, 3, 1])
    w, f = ops.asarray(weights), ops.asarray(counts)
    # sums of at most 10 products below 81 * 7 in two different orders, then a division
    bound = 20 * 81 * 7 * EPS

    def close(got, wanted):
        got = ops.to_numpy(got)
        assert got.shape == np.shape(wanted)
        assert np.all(np.abs(got - wanted) <= bound)

    close(ops.average(a, axis=1, weights=w), np.average(x, 1, weights))
    close(ops.average(a, weights=ops.abs(a) + 1.0), np.average(x, weights=np.abs(x) + 1))
    close(ops.average(a, axis=0, keepdims=True), np.average(x, 0, keepdims=True))
    close(ops.ptp(a, axis=1), np.ptp(x, 1))
    for named in ({}, {"bias": True}, {"ddof": 2}):
        close(ops.cov(a, b, **named), np.cov(x, y, **named))
        close(ops.cov(a, fweights=f, aweights=w, **named), np.cov(x, fweights=counts, aweights=weights, **named))
    close(ops.cov(a, rowvar=False), np.cov(x, rowvar=False))
    close(ops.cov(a[0]), np.cov(x[0]))
    varied = x + np.asarray([20.0, -20.0, 7.0, 0.0]) * np.asarray([[1.0], [2.0], [-1.0]])
    close(ops.corrcoef(ops.asarray(varied)), np.corrcoef(varied))


def test_complex_covariance_is_hermitian(backend):
    z = np.asarray([[1 + 1j, 2 - 1j, 0], [1j, 1, 2]], dtype="complex64")
    got = ops.to_numpy(ops.cov(ops.asarray(z)))
    assert np.max(np.abs(got - np.cov(z))) <= 20 * 6 * 2.0**-23  # as above, with entries below 6


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ops.segment_sum(ops.zeros(3), ops.asarray([0, 1]), 2), ShapeError, "segment_ids"),
        (lambda: ops.bincount(ops.asarray([1.0])), DTypeError, "integers"),
        (lambda: ops.bincount(ops.asarray([-1])), ArgumentError, "-1"),
        (lambda: ops.histogram(ops.zeros(3), 0), ArgumentError, "bins=0"),
        (lambda: ops.histogram(ops.zeros(3), 2, (1.0, 0.0)), ArgumentError, "range"),
        (lambda: ops.histogram(ops.zeros(3), [1.0]), ShapeError, "edges"),
        (lambda: ops.interp(1.0, ops.zeros(3), ops.zeros(2)), ShapeError, "xp"),
        (lambda: ops.interp(1.0, ops.zeros(3), ops.zeros(3), period=0.0), ArgumentError, "period"),
        (lambda: ops.average(ops.zeros((2, 3)), axis=0, weights=ops.zeros(3)), ShapeError, "weights"),
        (lambda: ops.cov(ops.zeros((2, 3)), fweights=ops.asarray([1, 1])), ShapeError, "fweights"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(backend, call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_bodies_stay_on_the_arguments_backend(backend):
    x = ops.asarray([3.0, 1.0, 2.0])
    with eh.use_backend("numpy"):
        results = [
            ops.median(x),
            ops.pad(x, 1),
            ops.histogram(x)[0],
            ops.diag(x),
            ops.quantile(x, [0.1]),
            ops.isclose(x, 1.0),
        ]
        results += [
            ops.one_hot(ops.astype(x, "int64"), 4),
            ops.digitize(x, [1.0]),
            ops.interp(1.5, x, x),
            ops.at(x)[0].add(1),
        ]
    assert {type(y) for y in results} == {type(x)}
