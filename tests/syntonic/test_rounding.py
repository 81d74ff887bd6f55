from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntonic.numbers import arrays, goldens

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, GoldenArray, phi, snap

reals = st.floats(-4, 4) | st.floats(-1e6, 1e6) | st.integers(-20, 20).map(lambda n: n / 2)


def nearest(x, bound):
    """The definition, by trying every b."""
    elements = [
        Golden(a, b) for b in range(-bound, bound + 1) for a in (math.floor(x - b * phi), math.ceil(x - b * phi))
    ]
    return min(elements, key=lambda z: (abs(z - x), z.b, z.a))


@given(x=st.lists(reals, max_size=4), bound=st.integers(0, 20))
def test_snapping_is_the_definition_for_floats_and_for_exact_numbers(x, bound):
    wanted = [nearest(Golden(v), bound) for v in x]
    assert snap(x, bound).tolist() == wanted
    assert GoldenArray.from_dyadic(x).snap(bound).tolist() == wanted


@given(x=goldens, bound=st.integers(0, 12))
def test_exact_numbers_of_any_size_are_snapped_exactly(x, bound):
    assert snap(x, bound).item() == nearest(x, bound)


@given(a=st.integers(-1000, 1000), b=st.integers(-200, 200), shift=st.integers(-(2**30), 2**30))
def test_snapping_keeps_elements_shifts_and_signs(a, b, shift):
    z = Golden(a, b)
    assert snap([float(z)], 200).item() == z  # 3.0 stays 3, and phi stays phi
    x = 0.3 + a / 7
    here = snap([x], 50).item()
    assert snap([-x], 50).item() == -here  # no tie here
    assert snap(GoldenArray.from_dyadic([x]) + shift, 50).item() == here + shift


@pytest.mark.parametrize(("bound", "radius"), [(100, 0.00406531), (1000, 3.66569e-4), (10_000, 3.30535e-5)])
def test_the_error_is_half_of_the_largest_gap(bound, radius):
    x = np.random.default_rng(0).uniform(-2, 2, 200_000)
    error = np.abs(snap(x, bound).to_floats() - x).max()
    assert radius * 0.99 < error <= radius * 1.00001


def test_floats_beyond_64_bits_are_their_own_nearest():
    x = snap([1e300, -(2.0**62), 0.25], 10)
    assert x.width == "big"
    assert x[0].item() == int(1e300)
    assert x[1].item() == -(2**62)
    with pytest.raises(OverflowError):
        GoldenArray.from_floats([1e300], bound=10, overflow="raise")


@given(x=arrays(values=st.integers(-(2**63), 2**63) | st.integers(-(2**900), 2**900)))
def test_floats_are_the_nearest_doubles(x):
    assert x.to_floats().reshape(-1).tolist() == [float(v) for v in x.reshape(-1).tolist()]


@given(x=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=5))
def test_binary_fractions_are_taken_and_given_exactly(x):
    y = GoldenArray.from_dyadic(x)
    assert y.tolist() == x
    assert y.to_floats().tolist() == x


@given(x=arrays(values=st.integers(-(2**70), 2**70)), den=st.integers(1, 50))
def test_requantizing_moves_each_integer_to_the_nearest_multiple(x, den):
    y = x.requantize(den)
    assert y.den == den
    for old, new in zip(x.reshape(-1).tolist(), y.reshape(-1).tolist(), strict=True):
        assert new.a * (den // new.den) == round(Fraction(old.a * den, old.den))
        assert new.b * (den // new.den) == round(Fraction(old.b * den, old.den))


@given(x=st.lists(reals, min_size=1, max_size=3), window=st.sampled_from([Fraction(1, 2), 1, phi, 3]))
def test_projection_stays_in_its_window_and_products_in_its_square(x, window):
    y = GoldenArray.from_dyadic(x).project(window)
    assert (abs(y.conj()) <= window).all()
    assert (abs((y * y).conj()) <= window * window).all()
    # the chain has gaps of at most phi^2 for a window of 1/2, less for wider ones
    assert (abs(y - GoldenArray.from_dyadic(x)) <= phi**2).all()


@pytest.mark.parametrize("bad", [[math.nan], [math.inf], [0.5, -math.inf]])
def test_what_is_not_finite_is_refused(bad):
    for make in (lambda: snap(bad, 10), lambda: GoldenArray.from_dyadic(bad)):
        with pytest.raises(ValueError, match="finite"):
            make()


def test_mistakes_are_named():
    for bound in (-1, 2**23, 1.5, True, None):
        with pytest.raises(ValueError, match="bound"):
            snap([0.5], bound)
    with pytest.raises(ValueError, match="den=0"):
        GoldenArray.from_ints([1]).requantize(0)
    with pytest.raises(ValueError, match="window"):
        GoldenArray.from_ints([1]).project(0)
    with pytest.raises(TypeError):
        snap(["x"], 3)
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"ops\.convert"):
        snap(torch.ones(2), 3)
    with pytest.raises(OverflowError, match="too large"):
        (GoldenArray.from_ints([1]) * 10**400).to_floats()


@given(x=st.floats(-1e6, 1e6), bound=st.integers(0, 50))
def test_one_number_is_snapped_as_a_row_of_one(x, bound):
    row = snap([x], bound)
    for one in (x, np.asarray(x), np.float64(x)):
        assert snap(one, bound).shape == ()
        assert snap(one, bound).item() == row[0].item()
    assert snap(1e300, bound).item() == int(1e300)
    with pytest.raises(EmberError, match="nan"):
        snap(math.nan, bound)
