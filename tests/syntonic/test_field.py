"""The golden field by its closed forms: nothing here has a tolerance."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import gcd

import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from tests.syntonic.strategies import field, ring

from emberharmony.syntonic import Golden, fib, lucas, phi, phi_power, sqrt5

small = integers(-500, 500)

# -- ring and field --


def test_phi_is_the_root_of_its_equation():
    assert phi**2 == phi + 1
    assert phi * phi.conj() == -1
    assert phi + phi.conj() == 1
    assert sqrt5**2 == 5


@given(x=field, y=field, z=field)
def test_sums_and_products_follow_the_laws_of_a_ring(x, y, z):
    assert x + y == y + x
    assert x * y == y * x
    assert (x + y) + z == x + (y + z)
    assert (x * y) * z == x * (y * z)
    assert x * (y + z) == x * y + x * z
    assert x + -x == 0
    assert x - y == x + -y


@given(x=field.filter(bool))
def test_every_number_but_zero_has_an_inverse(x):
    assert x * x.inverse() == 1
    assert x**-1 == 1 / x


@given(x=field, y=field)
def test_conjugation_is_an_automorphism(x, y):
    assert (x + y).conj() == x.conj() + y.conj()
    assert (x * y).conj() == x.conj() * y.conj()
    assert x.conj().conj() == x


@given(x=field, y=field)
def test_the_norm_is_multiplicative_and_the_trace_additive_and_both_are_rational(x, y):
    assert (x * y).norm() == x.norm() * y.norm()
    assert (x + y).trace() == x.trace() + y.trace()
    assert type(x.norm()) is type(x.trace()) is Fraction
    assert x * x.conj() == x.norm()
    assert x + x.conj() == x.trace()


@given(x=field)
def test_every_number_is_a_root_of_its_own_equation(x):
    assert x * x - x.trace() * x + x.norm() == 0


@given(x=field, y=field)
def test_arithmetic_is_that_of_pairs_of_fractions(x, y):
    (a, b), (c, d) = ((Fraction(n.a, n.den), Fraction(n.b, n.den)) for n in (x, y))
    assert Golden(a + c, b + d) == x + y
    assert Golden(a * c + b * d, a * d + b * c + b * d) == x * y


# -- powers --


@given(n=small)
def test_powers_of_phi_are_fibonacci_numbers(n):
    power = phi_power(n)
    assert power == Golden(fib(n - 1), fib(n)) == phi**n
    assert power.trace() == lucas(n)
    assert power.norm() == (-1) ** n
    assert (power - power.conj()) / sqrt5 == fib(n)  # Binet


@given(n=integers(-600, 600))
def test_fibonacci_and_lucas_numbers_follow_their_recurrence(n):
    assert (fib(0), fib(1), lucas(0), lucas(1)) == (0, 1, 2, 1)
    assert fib(n + 1) == fib(n) + fib(n - 1)
    assert lucas(n + 1) == lucas(n) + lucas(n - 1)


def test_the_hundredth_power_has_the_digits_of_the_book():
    assert phi_power(100) == Golden(218922995834555169026, 354224848179261915075)
    assert lucas(100) == 792070839848372253127
    assert str(phi_power(93)) == "7540113804746346429 + 12200160415121876738*phi"  # past 64 bits, with its sign


# -- identities --


@given(m=integers(0, 300), n=integers(0, 300), r=integers(-40, 40))
def test_the_identities_of_fibonacci_numbers_hold(m, n, r):
    assert fib(n - 1) * fib(n + 1) - fib(n) ** 2 == (-1) ** n  # Cassini
    assert fib(m) * fib(n + 1) - fib(m + 1) * fib(n) == (-1) ** n * fib(m - n)  # d'Ocagne
    assert fib(n) ** 2 - fib(n + r) * fib(n - r) == (-1) ** (n - r) * fib(r) ** 2  # Catalan
    assert gcd(fib(m), fib(n)) == fib(gcd(m, n))
    assert fib(2 * n) == fib(n) * lucas(n)
    assert lucas(n) ** 2 - 5 * fib(n) ** 2 == 4 * (-1) ** n
    assert sum(map(fib, range(n + 1))) == fib(n + 2) - 1


# -- order --


def value(x: Golden) -> Decimal:
    """To 1,200 digits: numbers below are longer than 2^-4000 where they are not zero."""
    root = Decimal(5).sqrt()
    return (Decimal(2 * x.a + x.b) + Decimal(x.b) * root) / (2 * Decimal(x.den))


@given(k=integers(1, 900), off=sampled_from([0, 1, -1]), steps=integers(1, 300))
def test_signs_near_zero_are_those_of_four_hundred_digits(k, off, steps):
    tiny = fib(k) * phi - fib(k + 1) + off * abs(phi_power(-k - steps))
    with localcontext() as context:
        context.prec = 400 + 200  # F(900) has 188 digits before those that cancel
        exact = value(tiny)
    assert tiny.sign() == (exact > 0) - (exact < 0)
    assert (tiny > 0, tiny == 0, tiny < 0) == (exact > 0, exact == 0, exact < 0)


@given(x=field, y=field)
def test_order_is_that_of_the_decimals(x, y):
    with localcontext() as context:
        context.prec = 2500  # of 4,000 bits at most on either side: 1,205 digits and as many that cancel
        assert (x < y) == (value(x) < value(y))
        assert (x == y) == (value(x) == value(y))


def test_sorting_by_a_key_keeps_equal_numbers_in_order():
    numbers = [(phi_power(-k % 3), k) for k in range(30)]
    ordered = sorted(numbers, key=lambda pair: pair[0])
    assert ordered == sorted(numbers)  # by value, then by place


@given(x=field)
def test_equal_numbers_hash_alike(x):
    rational = x.norm()
    assert hash(Golden(rational)) == hash(rational)
    assert hash(x * 3 / 3) == hash(x)


# -- peers --


@given(x=ring, y=ring.filter(bool))
def test_the_field_is_that_of_flint(x, y):
    flint = pytest.importorskip("flint", reason="the oracle python-flint is not installed")

    def matrix(n):  # a + b phi as the matrix of its product with 1 and phi
        a, b = (flint.fmpq(flint.fmpz(part), flint.fmpz(n.den)) for part in (n.a, n.b))
        return flint.fmpq_mat([[a, b], [b, a + b]])

    assert matrix(x) * matrix(y) == matrix(x * y)
    assert matrix(x) + matrix(y) == matrix(x + y)
    assert matrix(x) * matrix(y).inv() == matrix(x / y)


@given(n=integers(0, 20_000))
def test_fibonacci_numbers_are_those_of_flint(n):
    flint = pytest.importorskip("flint", reason="the oracle python-flint is not installed")
    assert fib(n) == int(flint.fmpz.fib_ui(n))


@given(x=field, y=field)
def test_products_are_those_of_sympy(x, y):
    sympy = pytest.importorskip("sympy", reason="the oracle sympy is not installed")
    numbers = sympy.QQ.algebraic_field(sympy.sqrt(5))

    def theirs(n):  # a + b phi = (a + b / 2) + b / 2 sqrt 5
        return numbers([sympy.QQ(n.b, 2 * n.den), sympy.QQ(2 * n.a + n.b, 2 * n.den)])

    assert theirs(x) * theirs(y) == theirs(x * y)
