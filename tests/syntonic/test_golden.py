from __future__ import annotations

import copy
import math
import numbers
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntonic.numbers import dens, goldens, integers, pair, times, wholes

from emberharmony.syntonic import Golden, GoldenExact, fib, lucas, phi, phi_power, sqrt5

flint = pytest.importorskip("flint")
FIELD = None


def decimal_value(x: Golden, digits: int) -> Decimal:
    with localcontext() as context:
        context.prec = digits
        root = Decimal(5).sqrt()
        return (Decimal(2 * x.a + x.b) + Decimal(x.b) * root) / (2 * x.den)


@given(x=goldens, y=goldens)
def test_the_field_is_pairs_of_fractions_with_phi_squared_one_more_than_phi(x, y):
    assert pair(x + y) == tuple(p + q for p, q in zip(pair(x), pair(y), strict=True))
    assert pair(x - y) == tuple(p - q for p, q in zip(pair(x), pair(y), strict=True))
    assert pair(x * y) == times(pair(x), pair(y))
    if y:
        assert x / y * y == x
        assert y * y.inverse() == 1
        assert x == (x // y) * y + x % y
        assert abs(x % y) < abs(y)


@given(x=goldens, y=goldens)
def test_norm_and_trace_are_rational_and_the_conjugate_is_an_automorphism(x, y):
    assert (x * y).conj() == x.conj() * y.conj()
    assert (x + y).conj() == x.conj() + y.conj()
    assert x * x.conj() == x.norm()
    assert x + x.conj() == x.trace()
    assert (x * y).norm() == x.norm() * y.norm()
    assert x * x - x * x.trace() + x.norm() == 0
    assert isinstance(x.norm(), Fraction)
    assert (x.galois_conjugate(), x.field_norm(), x.field_trace()) == (x.conj(), x.norm(), x.trace())


@given(x=wholes, y=wholes)
def test_products_are_those_of_flint_polynomials_modulo_x_squared_minus_x_minus_one(x, y):
    z = flint.fmpz_poly([x.a, x.b]) * flint.fmpz_poly([y.a, y.b]) % flint.fmpz_poly([-1, -1, 1])
    assert (int(z[0]), int(z[1])) == ((x * y).a, (x * y).b)


@given(x=goldens, y=goldens)
def test_the_order_is_that_of_real_numbers(x, y):
    wanted = decimal_value(x - y, 4000) if x != y else Decimal(0)
    assert (x > y, x < y, x == y) == (wanted > 0, wanted < 0, wanted == 0)
    assert (x - y).sign() == (x > y) - (x < y)
    assert abs(x) == max(x, -x)


def test_the_sign_is_right_next_to_zero():
    for n in range(1, 500):
        tiny = fib(n) * phi - fib(n + 1)  # -(-1/phi)^n
        assert tiny.sign() == (1 if n % 2 else -1)
        assert tiny * (-1) ** (n + 1) == phi_power(-n)


@given(x=goldens)
def test_floor_ceil_trunc_and_round_are_the_integers_around(x):
    assert math.floor(x) <= x < math.floor(x) + 1
    assert math.ceil(x) == -math.floor(-x)
    assert math.trunc(x) == int(x) == (math.floor(x) if x >= 0 else math.ceil(x))
    assert abs(round(x) - x) <= Fraction(1, 2)
    assert abs(round(x, 7) - x) <= Fraction(1, 2 * 10**7)
    assert isinstance(round(x, 7), Fraction)
    assert round(x, -3) % 1000 == 0


def test_halves_go_to_the_even_neighbour():
    assert [round(Golden(n, 0, 2)) for n in (-5, -3, -1, 1, 3, 5)] == [-2, -2, 0, 0, 2, 2]


@given(x=goldens)
def test_the_float_is_the_nearest_double(x):
    try:
        y = float(x)
    except OverflowError:
        assert abs(x) >= Fraction(2**1024 - 2**970)
        return
    around = [z for z in (math.nextafter(y, -math.inf), math.nextafter(y, math.inf)) if math.isfinite(z)]
    assert all(abs(x - Fraction(y)) <= abs(x - Fraction(z)) for z in around)
    assert x.to_float() == y


@given(x=goldens, digits=st.integers(1, 60))
def test_decimals_have_the_digits_asked_for_and_are_nearest(x, digits):
    y = x.to_decimal(digits)
    _, figures, exponent = y.as_tuple()
    assert not x or len(figures) == digits
    assert abs(x - Fraction(y)) <= Fraction(10) ** exponent / 2


@given(x=goldens)
def test_text_pickle_and_copies_come_back_as_the_number(x):
    assert Golden.parse(str(x)) == x
    assert eval(repr(x)) == x
    assert pickle.loads(pickle.dumps(x)) == copy.deepcopy(x) == x


@given(n=integers, d=dens)
def test_rational_numbers_equal_and_hash_as_pythons(n, d):
    assert Golden(n) == n
    assert hash(Golden(n)) == hash(n)
    assert Golden(n, 0, d) == Fraction(n, d)
    assert hash(Golden(n, 0, d)) == hash(Fraction(n, d))
    assert Golden(Fraction(n, d)) == Fraction(n, d)
    assert {Golden(n): 1}[n] == 1


@given(x=goldens)
def test_equal_numbers_hash_alike(x):
    same = Golden(x.a * 7, x.b * 7, x.den * 7)
    assert same == x
    assert hash(same) == hash(x)
    assert (same.a, same.b, same.den) == (x.a, x.b, x.den)


@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_stands_for_the_binary_fraction_that_it_is(x):
    assert Golden(x) == Fraction(x) == x
    assert phi + x == phi + Fraction(x)
    assert float(Golden(x)) == x


def test_infinities_compare_and_do_not_mix():
    assert phi < math.inf
    assert phi > -math.inf
    assert phi != math.nan
    assert phi != math.nan
    assert not phi < math.nan
    for bad in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="finite"):
            phi + bad
        with pytest.raises(ValueError, match="finite"):
            Golden(bad)


@given(n=st.integers(-500, 500))
def test_powers_of_phi_are_fibonacci_and_lucas_numbers(n):
    assert phi**n == Golden(fib(n - 1), fib(n)) == phi_power(n)
    assert (phi**n).trace() == lucas(n)
    assert (phi**n).norm() == (-1) ** n
    assert (phi**n - phi.conj() ** n) / sqrt5 == fib(n)


def test_known_powers():
    assert phi**100 == Golden(218922995834555169026, 354224848179261915075)
    assert lucas(100) == 792070839848372253127
    assert [fib(n) for n in range(-6, 11)] == [-8, 5, -3, 2, -1, 1, 0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55]
    assert fib(300) == int(flint.fmpz.fib_ui(300))


@given(m=st.integers(0, 200), n=st.integers(0, 200), r=st.integers(0, 50))
def test_identities_of_fibonacci_numbers(m, n, r):
    assert fib(n - 1) * fib(n + 1) - fib(n) ** 2 == (-1) ** n
    assert fib(m) * fib(n + 1) - fib(m + 1) * fib(n) == (-1) ** n * fib(m - n)
    assert fib(n) ** 2 - fib(n + r) * fib(n - r) == (-1) ** abs(n - r) * fib(r) ** 2
    assert math.gcd(fib(m), fib(n)) == fib(math.gcd(m, n))
    assert fib(2 * n) == fib(n) * lucas(n)
    assert lucas(n) ** 2 - 5 * fib(n) ** 2 == 4 * (-1) ** n
    assert sum(map(fib, range(n + 1))) == fib(n + 2) - 1


def test_constants_of_the_field():
    assert phi**2 == phi + 1
    assert phi * phi.conj() == -1
    assert phi + phi.conj() == 1
    assert sqrt5**2 == 5
    assert GoldenExact is Golden
    assert isinstance(phi, numbers.Number)
    assert isinstance(phi, numbers.Real)


@pytest.mark.parametrize(
    "make", [lambda: phi / 0, lambda: Golden(1, 2, 0), lambda: Golden(0).inverse(), lambda: phi % 0]
)
def test_division_by_zero_is_the_error_of_python(make):
    with pytest.raises(ZeroDivisionError, match="zero"):
        make()


def test_zero_to_a_negative_power_is_a_division_by_zero():
    with pytest.raises(ZeroDivisionError):
        Golden(0) ** -1
    assert Golden(0) ** 0 == 1


@pytest.mark.parametrize(
    "bad", ["", "x", "1 +", "phi phi", "1/0", "1 + phi/2", "2**phi", "1.5", "(1 + phi", "--1", "1/-2"]
)
def test_text_that_is_no_number_says_what_is(bad):
    with pytest.raises(ValueError, match="expected a sum"):
        Golden.parse(bad)


@pytest.mark.parametrize(
    ("text", "number"),
    [("phi", phi), ("-phi", -phi), ("3 - 5*phi", Golden(3, -5)), ("(1+phi)/2", Golden(1, 1, 2)),
     ("7/3", Golden(7, 0, 3)), ("2phi + 1", Golden(1, 2)), ("1 + 1", Golden(2))],
)  # fmt: skip
def test_text_is_read_as_it_is_written_by_hand(text, number):
    assert Golden.parse(text) == number


def test_operands_of_other_kinds_are_refused_by_name():
    for bad in ("1", None, [1], 1j):
        with pytest.raises(TypeError):
            phi + bad
    with pytest.raises(TypeError, match="expected a Golden, int, Fraction or float"):
        Golden("1")
    with pytest.raises(TypeError):
        phi**phi
    assert (phi == "phi") is False


def test_a_number_too_large_for_a_float_names_its_size():
    with pytest.raises(OverflowError, match="1389 bits"):
        float(phi**2000)
    assert float(phi**-2000) == 0.0
