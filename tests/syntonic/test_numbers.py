"""Divisibility in Z[phi], and the last power of phi below a number."""

import math

import pytest
from hypothesis import assume, given
from hypothesis.strategies import integers
from tests.syntonic.strategies import field, ring, wholes

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, fib, phi_power
from emberharmony.syntonic.numbers import canonical, euclidean_divmod, gcd, phi_exponent

exponents = integers(-400, 400)


@given(x=ring, y=ring.filter(bool))
def test_division_leaves_a_remainder_of_a_smaller_norm(x, y):
    q, r = euclidean_divmod(x, y)
    assert x == q * y + r
    assert q.is_integral()
    assert 16 * abs(r.norm()) <= 5 * abs(y.norm())


@given(x=ring, y=ring, z=ring)
def test_the_divisor_divides_both_and_common_factors_stay(x, y, z):
    assume(x or y)
    d = gcd(x, y)
    assert (x / d).is_integral()
    assert (y / d).is_integral()
    assert gcd(x / d, y / d) == 1
    assert gcd(x * z, y * z) == canonical(d * z)
    assert gcd(y, x) == d


@given(m=wholes, n=wholes)
def test_of_integers_it_is_the_usual_one(m, n):
    assert gcd(m, n) == math.gcd(m, n)


@given(x=ring.filter(bool), k=exponents)
def test_associates_have_one_representative(x, k):
    best = canonical(x)
    assert best == canonical(x * phi_power(k)) == canonical(-x * phi_power(k))
    assert (best / x).norm() in (1, -1)
    ratio = best / abs(best.conj())
    assert 1 <= ratio < phi_power(2)


@given(x=field.map(abs).filter(bool))
def test_the_exponent_is_the_last_power_that_is_not_larger(x):
    k = phi_exponent(x)
    assert phi_power(k) <= x < phi_power(k + 1)


@given(k=exponents)
def test_the_exponent_is_right_at_powers_themselves_and_just_below(k):
    assert phi_exponent(phi_power(k)) == k
    assert phi_exponent(phi_power(k) - phi_power(k - 600)) == k - 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: phi_exponent(Golden(0)),
        lambda: phi_exponent(Golden(2, -2)),
        lambda: gcd(Golden(1, 0, 2), Golden(1)),
        lambda: canonical(Golden(1, 1, 3)),
        lambda: euclidean_divmod(Golden(1), Golden(0, 1, 2)),
    ],
)
def test_what_has_no_answer_is_an_error(call):
    with pytest.raises(EmberError):
        call()


def test_division_by_zero_is_one():
    with pytest.raises(ZeroDivisionError):
        euclidean_divmod(Golden(1), Golden(0))


@given(m=integers(1, 60), n=integers(1, 60))
def test_consecutive_fibonacci_numbers_share_no_factor_in_the_ring_either(m, n):
    assert gcd(fib(m), fib(n)) == fib(math.gcd(m, n))
