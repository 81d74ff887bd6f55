"""Counts with integers: closed forms, and sums that must come out."""

from collections import Counter
from math import gcd, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from emberharmony.errors import EmberError
from emberharmony.syntonic import fib, lucas, phi_power
from emberharmony.syntonic.number_theory import (
    factors,
    generation,
    mertens,
    mobius,
    mobius_upto,
    pisano,
    squarefree_mask,
    winding_states,
)

LIMIT = 3000


def test_the_sieve_has_the_moebius_function():
    assert mobius_upto(LIMIT).tolist() == [0, *map(mobius, range(1, LIMIT + 1))]
    assert [mobius_upto(n).tolist() for n in range(3)] == [[0], [0, 1], [0, 1, -1]]


def test_the_sum_over_divisors_is_one_at_one_only():
    mu = mobius_upto(LIMIT).tolist()
    sums = [0] * (LIMIT + 1)
    for d in range(1, LIMIT + 1):
        for multiple in range(d, LIMIT + 1, d):
            sums[multiple] += mu[d]
    assert sums == [0, 1] + [0] * (LIMIT - 1)


@given(m=integers(1, 5000), n=integers(1, 5000))
def test_the_moebius_function_is_multiplicative(m, n):
    assert gcd(m, n) > 1 or mobius(m * n) == mobius(m) * mobius(n)


@given(n=integers(1, 10**10))
def test_the_factors_give_their_number_back(n):
    found = list(factors(n))
    assert prod(p**count for p, count in found) == n
    assert all(list(factors(p)) == [(p, 1)] for p, _ in found)


@given(n=integers(1, 10**9))
def test_factors_and_the_moebius_function_are_those_of_sympy(n):
    sympy = pytest.importorskip("sympy", reason="the oracle sympy is not installed")
    assert dict(factors(n)) == sympy.factorint(n)
    assert mobius(n) == sympy.functions.combinatorial.numbers.mobius(n)


def test_thirteen_of_the_first_twenty_are_free_of_squares():
    mask = squarefree_mask(20)
    assert mask.dtype == bool
    assert [n for n, free in enumerate(mask, start=1) if not free] == [4, 8, 9, 12, 16, 18, 20]
    assert squarefree_mask(10_000).sum() == 6083  # about 10,000 * 6 / pi^2


def test_mertens_at_powers_of_ten_is_as_published():
    assert [mertens(10**k) for k in range(8)] == [1, -1, 1, 2, -23, -48, 212, 1037]
    assert mertens(0) == 0


@given(n=integers(0, 20_000))
def test_mertens_is_the_sum_of_the_sieve(n):
    assert mertens(n) == mobius_upto(n).sum()


def test_the_period_modulo_ten_is_sixty_and_grows_tenfold():
    assert [pisano(10**k) for k in range(3)] == [1, 60, 300]
    assert [pisano(10**k) for k in range(3, 19)] == [15 * 10 ** (k - 1) for k in range(3, 19)]


def test_periods_are_those_that_counting_finds():
    def counted(m):
        pair, steps = (1 % m, 1 % m), 1
        while pair != (0, 1 % m):
            pair, steps = (pair[1], sum(pair) % m), steps + 1
        return steps

    assert [pisano(m) for m in range(1, 200)] == [counted(m) for m in range(1, 200)]


@given(m=integers(2, 10**6))
def test_fibonacci_numbers_repeat_after_the_period(m):
    n = pisano(m)
    assert (pow_phi := phi_power_modulo(n, m)) == (1, 0), pow_phi
    assert all(phi_power_modulo(n // q, m) != (1, 0) for q, _ in factors(n))


def phi_power_modulo(n, m):
    a, b, c, d = 1, 0, 0, 1
    while n:
        if n & 1:
            a, b = (a * c + b * d) % m, (a * d + b * c + b * d) % m
        c, d = (c * c + d * d) % m, (2 * c * d + d * d) % m
        n >>= 1
    return a, b


@pytest.mark.parametrize("norm2", [0, 1, 3, 4, 10, 25, 30])
def test_as_many_states_have_a_norm_as_jacobi_counts(norm2):
    states = winding_states(norm2)
    norms = Counter((states.astype(int) ** 2).sum(axis=1).tolist())
    jacobi = {k: 8 * sum(d for d in range(1, k + 1) if k % d == 0 and d % 4) for k in range(1, norm2 + 1)}
    assert norms == Counter({0: 1, **jacobi})
    assert [*map(tuple, states)] == sorted(set(map(tuple, states)))


def test_the_states_of_norm_twenty_five_are_three_thousand_one_hundred_and_twenty_one():
    assert winding_states(25).shape == (3121, 4)


@pytest.mark.parametrize("reach", range(4))
def test_the_states_in_a_cube_are_all_of_them(reach):
    states = winding_states(max=reach)
    assert states.shape == ((2 * reach + 1) ** 4, 4)
    assert abs(states).max() == reach


@given(n=lists(integers(-(10**40), 10**40), min_size=1, max_size=4))
def test_the_generation_is_the_last_power_of_phi_that_is_not_larger(n):
    found = generation(n)
    largest = max(map(abs, n))
    assert largest == 0 if found == 0 else phi_power(found - 1) <= largest < phi_power(found)


def test_the_generation_is_right_around_fibonacci_and_lucas_numbers():
    near = [f(k) + off for f in (fib, lucas) for k in range(1, 60) for off in (-1, 0, 1)]
    for n in filter(None, near):
        found = generation(n)
        assert phi_power(found - 1) <= n < phi_power(found)
    assert generation([[n, 0, 0, -n] for n in near]).tolist() == [*map(generation, near)]
    assert generation(winding_states(max=1)).shape == (81,)
    assert generation(winding_states(max=1)[:0]).shape == (0,)
    assert generation(np.asarray([[-128, 0], [0, 0]], "int8")).tolist() == [11, 0]  # 128 is more than int8 holds


@pytest.mark.parametrize(
    "call",
    [
        lambda: mobius(0),
        lambda: mobius_upto(-1),
        lambda: squarefree_mask(-1),
        lambda: mertens(-1),
        lambda: pisano(0),
        lambda: winding_states(),
        lambda: winding_states(3, max=2),
        lambda: winding_states(-1),
        lambda: winding_states(max=-1),
        lambda: generation([[]]),
    ],
)
def test_what_has_no_answer_is_an_error(call):
    with pytest.raises(EmberError):
        call()
