"""Where arrays have no axes, no elements, or planes wider than their numbers; and what stands beside them."""

from __future__ import annotations

import pickle
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest

from emberharmony import _core
from emberharmony.errors import DTypeError, EmberError, WidthError
from emberharmony.syntonic import Golden, GoldenArray, explain, linalg, matmul, phi, snap

HUGE = GoldenArray.from_ints([[2**100, 1, -3, 5]])
MANY = 2**62  # so large that its square needs Python's integers


def test_an_array_without_axes_has_a_sum_a_mean_a_variance_and_a_product():
    for value in (7, 2**200):
        x = GoldenArray.from_ints(value, 1, 3)
        number = x.item()
        for axis in (None, ()):
            assert x.sum(axis).item() == x.mean(axis).item() == x.prod(axis).item() == number
            assert x.var(axis).item() == 0
    assert (HUGE.sum(()) == HUGE).all()


def test_no_elements_of_big_planes_sort_to_none():
    assert HUGE[:, :0].sort().shape == HUGE[:, :0].argsort().shape == (1, 0)


def test_one_float_becomes_an_array_without_axes():
    assert snap(1.5, 8).shape == GoldenArray.from_dyadic(1.5).shape == ()
    assert snap(2.0**70, 8).item() == 2**70
    assert snap(np.zeros((2, 0)), 8).shape == (2, 0)


def test_what_numpy_keeps_beside_plain_arrays_is_seen():
    with pytest.raises(DTypeError, match="masked"):
        GoldenArray.from_ints(np.ma.masked_array([1, 2], [True, False]))
    matrix = np.asarray([[1, 2], [3, 4]]).view(np.matrix)
    assert GoldenArray.from_ints(matrix).sum(0).shape == (2,)
    if np.dtype(np.longdouble).itemsize > 8:
        with pytest.raises(DTypeError, match="64 bits"):
            GoldenArray.from_dyadic(np.ones(1, np.longdouble) / 3)


def test_numbers_of_numpy_stand_on_both_sides():
    x = GoldenArray.from_ints([1, 2], [0, 1])
    for half in (np.float16(0.5), np.float32(0.5), np.float64(0.5), Fraction(1, 2)):
        assert (half * x == x * half).all()
        assert (x * half == x / 2).all()
        assert (x / half == x * 2).all()
    assert (x ** np.int64(2) == x * x).all()
    assert (x / np.asarray(2) == x / 2).all()
    with pytest.raises(TypeError):
        x / "2"


def test_a_number_is_in_an_array_of_any_axes():
    x = GoldenArray.from_ints([[1, 2], [3, 4]], [[0, 0], [0, 1]])
    assert 3 in x
    assert 4 + phi in x
    assert 4 not in x
    assert "4" not in x


def test_every_number_stands_to_infinity_and_nan_as_zero_does():
    x = GoldenArray.from_ints([-1, 2])
    assert ((x < inf) & (x > -inf) & (x != inf) & (x != nan)).all()
    assert not ((x > inf) | (x < nan) | (x >= nan) | (x == inf) | (x == nan)).any()
    with pytest.raises(ValueError, match="finite"):
        x + nan


def test_the_bounds_of_a_view_are_looked_at_before_it_is_refused():
    x = GoldenArray.from_ints([2**63 - 1, 1, 2], [2**63 - 1, 0, 1], overflow="raise")
    assert x[1:].conj().tolist() == [Golden(1), Golden(2, 1).conj()]
    with pytest.raises(WidthError):
        x.conj()


def test_the_policy_reaches_every_result():
    x = GoldenArray.from_ints([[MANY, 1], [1, MANY]], overflow="raise")
    y = GoldenArray.from_ints([MANY, 1])
    small = GoldenArray.from_ints([[2, 1], [1, 2]], den=2, overflow="raise")
    for call in (linalg.det, linalg.charpoly, lambda x: linalg.det(x[None]), lambda x: linalg.matrix_power(x, 2)):
        with pytest.raises(WidthError, match="bits"):
            call(x)
    results = [linalg.det(small), linalg.det(small[None]), linalg.charpoly(small), linalg.inv(small), small**0,
               linalg.matrix_power(small, 0), linalg.solve(x, y), pickle.loads(pickle.dumps(small))]  # fmt: skip
    assert {z.overflow for z in results} == {"raise"}
    assert linalg.solve(x, y).tolist() == [1, 0]  # wide on the way, narrow at the end
    assert linalg.det(GoldenArray.from_ints(x.a)).item() == MANY**2 - 1


def test_a_power_of_many_matrices_has_their_shape():
    x = GoldenArray.from_ints(np.ones((5, 2, 2), int))
    assert all(linalg.matrix_power(x, n).shape == (5, 2, 2) for n in range(4))
    assert (linalg.matrix_power(x, 0) == GoldenArray.eye(2)).all()


def test_explain_tells_the_width_that_comes_out_and_refuses_what_matmul_refuses():
    for size in (1, 100, 2**14, 2**25, 2**40):
        x = GoldenArray.from_ints(np.full((9, 9), size))
        assert explain(x, x).width == (x @ x).width
    with pytest.raises(ValueError, match="a plan that holds them"):
        explain(x, x, "int16")
    with pytest.raises(ValueError, match="one of"):
        explain(x, x, "fast")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("size", [1, 2**30, 2**60])
def test_stacks_of_matrices_that_do_not_fit_are_named_by_every_plan(size):
    x, y = GoldenArray.zeros((2, 20, 30)) + size, GoldenArray.zeros((3, 30, 20)) + size
    for plan in ("auto", "integers", "residues"):
        with pytest.raises(EmberError, match="do not fit together"):
            matmul(x, y, plan=plan)


def test_conditions_that_do_not_fit_and_corrections_that_are_no_whole_numbers_are_named():
    x = GoldenArray.from_ints([[1, 2, 3]])
    with pytest.raises(EmberError, match="do not fit together"):
        x.where(np.asarray([True, False]), 0)
    with pytest.raises(EmberError, match="whole number"):
        x.var(correction=1.5)  # pyright: ignore[reportArgumentType]
    with pytest.raises(EmberError, match="got y of type list"):
        linalg.solve(x.T @ x, [1, 2, 3])  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("largest", [5, 2**31, 2**60, 2**62, 2**63 - 1, 2**64])
def test_requantize_rounds_halves_to_even_in_every_width(largest):
    values = [largest, -largest, largest - 1, 1 - largest, 5, -5, 3, -3, 0]
    for den, wanted in ((2, 1), (10, 5), (4, 6), (2**70, 1)):
        found = GoldenArray.from_ints(values, values[::-1], den).requantize(wanted)
        rounded = [round(Fraction(v, den) * wanted) for v in values]
        assert found.a.tolist() == rounded
        assert found.b.tolist() == rounded[::-1]


def test_kernels_refuse_what_are_no_primes_and_no_residues():
    u32 = np.uint32
    (p,) = _core.golden_primes(2**24, 1)
    for primes in ([0], [1], [4], [2**32 - 1]):
        with pytest.raises(ValueError, match="golden_primes"):
            _core.golden_words(primes)
        with pytest.raises(ValueError, match="golden_primes"):
            _core.golden_solve(np.zeros(2, u32), np.zeros(2, u32), 1, primes, 1)
        with pytest.raises(ValueError, match="golden_primes"):
            _core.golden_rank(np.zeros(2, u32), np.zeros(2, u32), 1, primes, 1)
        with pytest.raises(ValueError, match="golden_primes"):
            _core.golden_charpoly(np.zeros(4, u32), np.zeros(2, u32), 1, primes, 1)
    with pytest.raises(ValueError, match="below it"):
        _core.golden_solve(np.zeros(2, u32), np.full(2, p, u32), 1, [p], 1)
    for n in (2**32, 2**64 - 1):
        with pytest.raises(ValueError, match="golden_charpoly"):
            _core.golden_charpoly(np.zeros(0, u32), np.zeros(0, u32), n, [], 1)
    with pytest.raises(ValueError, match="denominator 0"):
        _core.golden_floats(np.zeros(1), (np.zeros(1, np.int8), np.zeros(1, np.int8)), 0, 1)


def test_results_that_would_fill_the_memory_are_refused():
    for n in (2**40, -(2**70), 2**200):
        for x in (phi, Golden(2), Golden(1, 0, 3)):
            with pytest.raises(OverflowError, match="2\\^36"):
                x**n
        assert Golden(1) ** n == Golden(-1) ** n == 1
    assert Golden(-1) ** (2**70 + 1) == -1
    with pytest.raises(OverflowError, match="digits"):
        phi.to_decimal(10**18)
    with pytest.raises(OverflowError, match="digits"):
        round(phi, 2**31 - 1)


def test_what_is_beside_an_exact_array_by_mistake_is_named_with_the_way_out():
    x = GoldenArray.from_ints([1, 2])
    for mistake in (
        lambda: x * np.array([0.5, 1.0]),
        lambda: np.array([0.5, 1.0]) + x,
        lambda: x < np.array([0.5, 1.0]),
    ):
        with pytest.raises(TypeError, match="from_dyadic"):
            mistake()
    with pytest.raises(TypeError, match=r"linalg\.det got ndarray"):
        linalg.det(np.eye(2))
    with pytest.raises(TypeError, match="from_ints"):
        GoldenArray([1, 2])
    for nothing in (lambda: Golden(None), lambda: GoldenArray.from_numbers([None])):
        with pytest.raises(TypeError, match="NoneType"):
            nothing()
    assert Golden() == 0
    assert Golden(b=1) == phi
