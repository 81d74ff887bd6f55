"""Sums of Fibonacci numbers, of powers of phi, and continued fractions: each is unique, and gives its number back."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, lists
from tests.syntonic.strategies import ring, wholes

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, fib, phi, phi_power, sqrt5
from emberharmony.syntonic.expansions import (
    beta_expand,
    continued_fraction,
    from_beta,
    from_zeckendorf,
    zeckendorf,
)

gaps = lists(integers(2, 9), min_size=1, max_size=40)
rationals = builds(Fraction, wholes, integers(1, 10**6))


def falling(gaps, least):
    places = [least]
    for gap in gaps:
        places.append(places[-1] + gap)
    return places[::-1]


@given(n=wholes.map(abs))
def test_an_integer_is_the_sum_of_its_fibonacci_numbers(n):
    indices = zeckendorf(n)
    assert from_zeckendorf(indices) == n
    assert all(above - below >= 2 for above, below in pairwise(indices))


@given(gaps=gaps, least=integers(2, 9))
def test_each_choice_of_fibonacci_numbers_without_neighbours_is_the_expansion_of_its_sum(gaps, least):
    indices = falling(gaps, least)
    assert zeckendorf(from_zeckendorf(indices)) == indices


def test_a_fibonacci_number_is_its_own_expansion():
    assert [zeckendorf(fib(k)) for k in range(2, 300)] == [[k] for k in range(2, 300)]
    assert zeckendorf(fib(300) - 1) == [*range(299, 2, -2)]


@given(x=ring.map(abs))
def test_a_number_of_the_ring_is_the_sum_of_its_powers_of_phi(x):
    assert from_beta(beta_expand(x)) == x


@given(gaps=gaps, least=integers(-200, 50))
def test_each_choice_of_powers_without_neighbours_is_the_expansion_of_its_sum(gaps, least):
    exponents = falling(gaps, least)
    assert beta_expand(from_beta(exponents)) == exponents


def test_small_integers_have_the_known_expansions():
    assert [beta_expand(n) for n in range(6)] == [[], [0], [1, -2], [2, -2], [2, 0, -2], [3, -1, -4]]


@pytest.mark.parametrize("x", [Golden(1, 0, 2), Golden(Fraction(3, 7)), Golden(1, 1, 2)])
def test_what_has_a_denominator_has_no_finite_expansion(x):
    with pytest.raises(EmberError, match="no finite expansion"):
        beta_expand(x)


@pytest.mark.parametrize(
    "call",
    [
        lambda: zeckendorf(-1),
        lambda: beta_expand(-phi),
        lambda: from_zeckendorf([3, 1]),
        lambda: from_zeckendorf([4, 3]),
        lambda: from_beta([0, 0]),
        lambda: from_beta([-2, 1]),
    ],
)
def test_what_is_no_expansion_is_an_error(call):
    with pytest.raises(EmberError):
        call()


def backwards(quotients, rest):
    for quotient in reversed(quotients):
        rest = quotient + 1 / rest
    return rest


@given(x=rationals)
def test_a_rational_is_its_finite_continued_fraction(x):
    head, period = continued_fraction(Golden(x))
    assert period == ()
    assert backwards(head[:-1], Golden(head[-1])) == x
    assert all(quotient > 0 for quotient in head[1:])
    assert len(head) == 1 or head[-1] > 1  # or one more quotient, 1, would say the same


@given(a=integers(-40, 40), b=integers(-20, 20).filter(bool), den=integers(1, 12))
def test_an_irrational_number_is_its_period(a, b, den):
    x = Golden(a, b, den)
    head, period = continued_fraction(x)
    assert all(quotient > 0 for quotient in (head + period)[1:])
    rest = x
    for quotient in head:
        rest = 1 / (rest - quotient)
    assert backwards(period, rest) == rest  # the number whose quotients repeat
    assert rest > 1
    assert all(backwards(period[:k], rest) != rest for k in range(1, len(period)))  # and no shorter period does


def test_known_continued_fractions_come_out():
    assert continued_fraction(phi_power(1)) == ((), (1,))
    assert continued_fraction(sqrt5) == ((2,), (4,))
    assert continued_fraction(phi_power(3)) == ((), (4,))
    assert continued_fraction(phi_power(2)) == ((2,), (1,))
    assert continued_fraction(Golden(0)) == ((0,), ())


@given(a=integers(-40, 40), b=integers(-20, 20).filter(bool), den=integers(1, 12))
def test_continued_fractions_are_those_of_sympy(a, b, den):
    sympy = pytest.importorskip("sympy", reason="the oracle sympy is not installed")
    sign = 1 if b > 0 else -1  # (2a + b + b sqrt 5) / 2 den, over a root that is positive
    *head, period = sympy.continued_fraction_periodic(sign * (2 * a + b), sign * 2 * den, 5 * b * b)
    assert continued_fraction(Golden(a, b, den)) == (tuple(head), tuple(period))
