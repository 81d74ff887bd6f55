"""The exact covariance: its error, its bits, and what it does with holes and constants."""

import itertools
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.windows.cases import by_definition, in_pieces, rows, seeds, shapes

from emberharmony import _core, ops
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointMismatchError
from emberharmony.features.windows import Cut, Grid, WindowCovariance
from emberharmony.features.windows.covariance import gram_twin


def covariance_of(pieces, cut, grid):
    found = WindowCovariance(grid, cut)
    for piece in pieces:
        found.add(piece)
    return found


def bits(found):
    return found.windows, found.left_out, found.state_dict()["sums"].to_pylist()


def exact(windows):
    """The covariance of the floats as they are, in fractions."""
    columns = [[Fraction(v) for v in column] for column in windows.T.tolist()]
    n = len(windows)
    means = [sum(c) / n for c in columns]
    centred = [[v - m for v in c] for c, m in zip(columns, means, strict=True)]
    return [[sum(a * b for a, b in zip(x, y, strict=True)) / (n - 1) for y in centred] for x in centred]


@given(seed=seeds, n=st.integers(0, 60), f=st.integers(1, 3), shape=shapes, holes=st.integers(0, 3))
def test_the_kernel_sums_what_its_twin_says(seed, n, f, shape, holes):
    x, cut = rows(seed, n, f), Cut(*shape)
    grid = Grid(f).scan(x)
    x[np.random.default_rng(seed).integers(0, max(n, 1), holes if n else 0), 0] = np.nan
    found = WindowCovariance(grid, cut).add(x)
    sums, products = gram_twin(x, cut, grid.shift, grid.scale)
    words = [int.from_bytes(word, "little", signed=True) for word in found.state_dict()["sums"].to_pylist()]
    assert words == sums + [products[i][j] for i in range(len(sums)) for j in range(i, len(sums))]
    whole = np.isfinite(by_definition(x, *cut)).all(axis=(1, 2))
    assert (found.windows, found.left_out) == (whole.sum(), (~whole).sum())


@pytest.mark.parametrize("kind", ["normal", "cauchy", "decimal"])
def test_at_an_offset_of_a_million_nine_digits_are_right(kind):
    rng = np.random.default_rng(7)
    noise = {"normal": rng.normal, "cauchy": rng.standard_cauchy, "decimal": lambda size: rng.integers(0, 9, size) / 10}
    x = noise[kind](size=(400, 2)) + 1e6
    cut = Cut(3, 2)
    grid = Grid(2).scan(x)
    found = WindowCovariance(grid, cut).add(x).covariance
    expected = exact(by_definition(x, *cut).reshape(-1, 6))
    deviation = np.sqrt([float(expected[i][i]) for i in range(6)])
    # the bound of the class: each number is off by at most d, and six roundings of the result are far below it
    d = np.tile((grid.high - grid.low) * 2.0**-42, 3)
    for i, j in itertools.product(range(6), repeat=2):
        error = abs(float(Fraction(float(found[i, j])) - expected[i][j]))
        bound = d[i] * deviation[j] + d[j] * deviation[i] + d[i] * d[j] + 6 * 2.0**-53 * deviation[i] * deviation[j]
        assert error <= bound
        assert error <= 1e-9 * deviation[i] * deviation[j]
    columns = by_definition(x, *cut).reshape(-1, 6).T.tolist()
    means = [float(sum(map(Fraction, column)) / len(column)) for column in columns]
    ours = WindowCovariance(grid, cut).add(x).mean
    assert (np.abs(ours - means) <= d + 2.0**-52 * np.abs(means)).all()


@given(seed=seeds, cuts=st.lists(st.integers(0, 90), max_size=4), order=st.permutations(range(3)))
def test_pieces_and_their_order_change_no_bit(seed, cuts, order):
    series = [rows(seed + i, 30 * i, 2) * 10.0**i for i in range(1, 4)]
    grid = Grid(2)
    for x in series:
        grid.scan(x)
    cut = Cut(4, 3)
    whole = covariance_of(series, cut, grid)
    merged = WindowCovariance(grid, cut)
    for i in order:
        # windows do not reach over cuts: pieces overlap by what a window that starts before a cut needs
        for piece in in_pieces(len(series[i]), [3 * c for c in cuts]):
            starts = range(piece.start, piece.stop, 3)
            part = WindowCovariance(grid, cut)
            if starts:
                part.add(series[i][starts[0] : starts[-1] + cut.span])
            merged.merge(part)
    assert bits(merged) == bits(whole)
    assert merged.covariance.tobytes() == whole.covariance.tobytes()


def test_threads_change_no_bit(monkeypatch):
    x = rows(1, 50_000, 3)
    found = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
        found.append(bits(WindowCovariance(Grid(3).scan(x), Cut(3)).add(x)))
    assert found[0] == found[1] == found[2]


def test_the_bits_are_those_of_every_machine():
    x = (np.arange(3000) * 7919 % 1009 / 64.0).reshape(-1, 2)  # dyadic: no library's rounding is in it
    found = WindowCovariance(Grid(2).scan(x), Cut(2, 3, 2)).add(x)
    words = [int.from_bytes(word, "little", signed=True) for word in found.state_dict()["sums"].to_pylist()]
    sums, products = gram_twin(x, Cut(2, 3, 2), found.grid.shift, found.grid.scale)
    assert words[:4] == sums
    assert words[4:8] == products[0]


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6, -1e300, 5e-324])
def test_constants_have_no_variance_and_no_nan(value):
    x = np.full((50, 2), value)
    found = WindowCovariance(Grid(2).scan(x), Cut(3)).add(x)
    assert found.covariance.tolist() == np.zeros((6, 6)).tolist()
    assert found.mean.tolist() == [value] * 6


def test_windows_with_holes_are_left_out_and_counted():
    x = rows(2, 100, 2)
    grid = Grid(2).scan(x)
    x[[10, 50], [0, 1]] = np.nan, np.inf
    cut = Cut(4)
    found = WindowCovariance(grid, cut).add(x)
    parts = covariance_of([x[:10], x[11:50], x[51:]], cut, grid)
    assert found.left_out == 8
    assert (found.windows, found.state_dict()["sums"]) == (parts.windows, parts.state_dict()["sums"])


def test_the_matrix_is_symmetric_and_positive_and_its_trace_is_the_variance():
    x = rows(5, 500, 3)
    found = WindowCovariance(Grid(3).scan(x), Cut(4)).add(x).covariance
    assert found.tolist() == found.T.tolist()
    windows = by_definition(x, 4, 1, 1).reshape(-1, 12)
    # a sum of 497 squares in floats, and a sum of 12 of those
    np.testing.assert_allclose(np.trace(found), windows.var(axis=0, ddof=1).sum(), rtol=520 * 2.0**-53)
    assert np.linalg.eigvalsh(found).min() > -12 * 2.0**-53 * np.trace(found)


def test_backends_sum_the_same_bits(backend):
    x = rows(9, 200, 2, "float32")
    native = ops.asarray(x)
    assert bits(WindowCovariance(Grid(2).scan(native), Cut(3)).add(native)) == bits(
        WindowCovariance(Grid(2).scan(x), Cut(3)).add(x)
    )


def test_a_state_goes_on_in_the_same_bits():
    x = rows(4, 300, 2)
    grid = Grid(2).scan(x)
    whole = covariance_of([x[:150], x[150:]], Cut(3), grid)
    half = covariance_of([x[:150]], Cut(3), grid)
    other = WindowCovariance(grid, Cut(3))
    other.load_state_dict(half.state_dict())
    assert bits(other.add(x[150:])) == bits(whole)
    wrong = half.state_dict() | {"sums": pa.array([b"0" * 16] * 3, pa.binary(16))}
    with pytest.raises(CheckpointMismatchError, match="48 bytes"):
        other.load_state_dict(wrong)


def test_a_value_that_the_first_pass_did_not_see_is_named():
    grid = Grid.of_ranges([0.0, 0.0], [1.0, 1.0])
    x = np.full((5, 2), 0.5)
    x[3, 1] = 7.0
    found = WindowCovariance(grid, Cut(1))
    with pytest.raises(ArgumentError, match=r"row 3 has 7\.0 in feature 1, whose range is 0\.0 to 1\.0"):
        found.add(x)
    assert found.windows == 0


def test_other_grids_do_not_merge():
    with pytest.raises(ArgumentError, match="another grid"):
        WindowCovariance(Grid.of_ranges([0.0], [1.0]), Cut(1)).merge(
            WindowCovariance(Grid.of_ranges([0.0], [2.0]), Cut(1))
        )


@pytest.mark.parametrize(("low", "high"), [([0.0], [1.0, 2.0]), ([1.0], [0.0]), ([float("nan")], [0.0])])
def test_ranges_out_of_order_are_refused(low, high):
    with pytest.raises(ArgumentError, match="ranges of"):
        Grid.of_ranges(low, high)


def test_the_kernel_refuses_what_does_not_fit():
    gram = _core.WindowGram(4)
    two = np.zeros(2)
    with pytest.raises(ValueError, match="windows of 6 numbers; expected 4"):
        gram.add(np.zeros((5, 2)), (3, 1, 1), two, two, 1)
    with pytest.raises(ValueError, match="hop 0"):
        gram.add(np.zeros((5, 2)), (2, 0, 1), two, two, 1)
    with pytest.raises(TypeError, match="float32 or float64"):
        gram.add(np.zeros((5, 2), np.int32), (2, 1, 1), two, two, 1)
    framer = _core.WindowFramer(2, (2, 1, 1), True)
    with pytest.raises(ValueError, match="out of 4 elements; expected 20"):
        framer.push(np.zeros((5, 2)), None, None, None, np.zeros((1, 4)), np.zeros(5, np.int64))
    with pytest.raises(ValueError, match="1 columns; expected 2"):
        framer.push([two], None, None, None, np.zeros((5, 4)), np.zeros(5, np.int64))
    with pytest.raises(ValueError, match="a column of 3 elements; expected 2"):
        framer.push([two, np.zeros(3)], None, None, None, np.zeros((2, 4)), np.zeros(2, np.int64))
