"""Moments, quantiles and products are exact: against fractions and NumPy, whatever the offset, tails and ties."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats, integers, lists, sampled_from

from emberharmony import features as ef
from emberharmony.features import statistics
from emberharmony.features.hashing import PRIME, hash_of
from emberharmony.features.pipeline import answer, passes_over
from emberharmony.features.products import products
from emberharmony.features.resources import Resources
from emberharmony.features.transforms.frame import Frame, as_number


def ask(table: pa.Table, fit: Any) -> Any:
    """What a statistic says of a table; `fit` makes it of the frame's columns."""
    source = ef.from_arrow(table)
    frame = Frame.over(table.schema)
    statistic = fit({name: frame[name].value for name in frame.names})
    return answer(frame, statistic, passes_over(source, Resources.of(1)))


def distribution(values: np.ndarray, **ways: Any) -> Any:
    return ask(pa.table({"x": values}), lambda c: statistics.distribution(as_number(c["x"]), **ways))


NUMBERS = floats(-1e6, 1e6, width=64)


@given(arrays(np.float64, integers(1, 60), elements=NUMBERS))
def test_mean_and_variance_are_those_of_fractions(x):
    found = distribution(x)
    exact = [Fraction(v) for v in x]
    mean = sum(exact) / len(exact)
    variance = sum((v - mean) ** 2 for v in exact) / len(exact)
    # the grid's step is at most range / 2**43: a value moves by half of it, a mean by as much, and a squared deviation
    # by range times that
    step = float(x.max() - x.min()) / 2**43
    assert abs(found.mean - float(mean)) <= step + 1e-15 * abs(float(mean))
    assert abs(found.variance() - float(variance)) <= step * float(x.max() - x.min()) + 1e-15 * float(variance)


@given(lists(integers(-(2**31), 2**31), min_size=1, max_size=50))
def test_whole_numbers_have_exact_moments(values):
    found = distribution(np.array(values, np.float64))
    exact = [Fraction(v) for v in values]
    mean = sum(exact) / len(exact)
    assert found.mean == float(mean)
    assert found.variance() == float(sum((v - mean) ** 2 for v in exact) / len(exact))


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e9])
def test_an_offset_costs_no_accuracy(offset):
    x = np.random.default_rng(0).normal(offset, 1.0, 20_000)
    found = distribution(x)
    exact = [Fraction(float(v)) for v in x]
    mean = sum(exact) / len(exact)
    variance = float(sum((v - mean) ** 2 for v in exact) / len(exact))
    assert found.mean == pytest.approx(float(mean), rel=1e-15)
    assert found.variance() == pytest.approx(variance, rel=1e-11)  # ten sigma over 2**43 steps, averaged


SHAPES = {
    "normal": lambda r, n: r.normal(size=n),
    "heavy tails": lambda r, n: r.standard_cauchy(n) ** 3,
    "ties": lambda r, n: r.integers(0, 5, n).astype(float),
    "one far away": lambda r, n: np.append(r.normal(size=n - 1), 1e12),
    "constant": lambda r, n: np.full(n, 3.7),
    "zeros of both signs": lambda r, n: np.where(r.random(n) < 0.5, 0.0, -0.0),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_quantiles_are_within_the_stated_rank_error(shape):
    x = SHAPES[shape](np.random.default_rng(1), 20_000)
    levels = (0.0, 0.01, 0.25, 0.5, 0.9, 1.0)
    found = distribution(x, quantiles=levels, tolerance=1e-3)
    for q in levels:
        assert found.rank_error(q) <= 1e-3
        below, upto = np.mean(x < found.quantile(q)), np.mean(x <= found.quantile(q))
        error = found.rank_error(q) + 1.0 / len(x)
        assert below - error <= q <= upto + error


@pytest.mark.parametrize("shape", ["normal", "ties", "constant"])
def test_quantiles_without_tolerance_are_numpys(shape):
    x = SHAPES[shape](np.random.default_rng(2), 5000)
    levels = (0.0, 0.1, 0.25, 0.5, 0.75, 0.999, 1.0)
    found = distribution(x, quantiles=levels, tolerance=0.0)
    step = float(x.max() - x.min()) / 2**43
    for q in levels:
        assert abs(found.quantile(q) - np.quantile(x, q)) <= step + 1e-15


@given(sampled_from([0.0, 1e6]), integers(2, 5))
def test_covariances_are_those_of_fractions(offset, width):
    rng = np.random.default_rng(width)
    x = rng.normal(size=(300, width)) @ rng.normal(size=(width, width)) + offset
    table = pa.table({f"c{i}": x[:, i] for i in range(width)})
    found = ask(table, lambda c: products(list(c.values())))
    matrix = found.covariance()
    columns = [[Fraction(float(v)) for v in x[:, i]] for i in range(width)]
    means = [sum(c) / len(c) for c in columns]
    for i in range(width):
        for j in range(width):
            exact = sum((a - means[i]) * (b - means[j]) for a, b in zip(columns[i], columns[j], strict=True)) / 299
            scale = np.sqrt(np.var(x[:, i]) * np.var(x[:, j]))
            assert abs(matrix[i][j] - float(exact)) <= 1e-9 * scale  # ten sigma over 2**29 steps, averaged


def test_rows_with_a_missing_value_do_not_count_in_products():
    table = pa.table({"a": [1.0, 2.0, None, 4.0, 5.0], "b": [2.0, float("nan"), 3.0, 8.0, 10.0]})
    found = ask(table, lambda c: products([as_number(x) for x in c.values()]))
    assert found.count == 3
    assert np.allclose(found.covariance(), np.cov([[1.0, 4.0, 5.0], [2.0, 8.0, 10.0]]), rtol=1e-8)


def test_categories_beyond_the_cap_are_said_to_be_too_many():
    table = pa.table({"k": [str(i) for i in range(50)]})
    found = ask(table, lambda c: statistics.counts(c["k"], most=49))
    assert found == statistics.TooMany(49)
    assert len(ask(table, lambda c: statistics.counts(c["k"], most=50))) == 50


@given(integers(-(2**63), 2**63 - 1), integers(0, 3))
def test_an_engines_hash_is_pythons(key, seed):
    table = pa.table({"n": pa.array([key, None], pa.int64()), "s": [str(key), None]})
    split = ef.Pipeline([ef.HashEncode(["n", "s"], buckets=2**20, seed=seed)])
    found = next(split.fit(ef.from_arrow(table)).stream(ef.from_arrow(table))).to_pylist()
    assert found[0] == {"n": hash_of(key, seed) % 2**20, "s": hash_of(str(key), seed) % 2**20}
    assert found[1] == {"n": 2**20, "s": 2**20}


@pytest.mark.parametrize("step", [1, 1000, 2**20, -1])
def test_the_hash_spreads_regular_keys_evenly(step):
    hashes = [hash_of(k * step, seed=5) for k in range(20_000)]
    counts = np.bincount([h * 20 // PRIME for h in hashes], minlength=20)
    # 19 degrees of freedom: chi-square stays below 50 in all but 1 of 7000 draws, and this draw is fixed
    assert ((counts - 1000) ** 2 / 1000).sum() < 50
    assert abs(np.corrcoef(hashes[1:], hashes[:-1])[0, 1]) < 0.03
