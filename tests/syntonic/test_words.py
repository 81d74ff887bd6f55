"""Fibonacci words and Wythoff's sequences: two definitions of each give the same."""

from itertools import pairwise
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, fib, lucas, penrose, phi, phi_power
from emberharmony.syntonic.expansions import zeckendorf
from emberharmony.syntonic.words import beatty, fibonacci_word, lower_wythoff, upper_wythoff

COUNT = 2000


def test_the_word_is_made_of_differences_of_floors():
    floors = beatty(phi, COUNT + 1).tolist()
    letters = [str(2 + first - second) for first, second in pairwise(floors)]
    assert fibonacci_word(COUNT) == "".join(letters)


def test_the_rule_leaves_the_word_as_it_is():
    word = fibonacci_word(COUNT)
    grown = word.replace("0", "x").replace("1", "0").replace("x", "01")
    assert grown.startswith(word)
    assert "11" not in word
    assert "000" not in word


@given(k=integers(3, 20))
def test_a_word_of_fibonacci_length_has_fibonacci_many_letters_of_each_kind(k):
    word = fibonacci_word(fib(k))
    assert (word.count("0"), word.count("1")) == (fib(k - 1), fib(k - 2))


@given(n=integers(0, 500))
def test_a_word_has_one_factor_more_than_letters(n):
    assert len({fibonacci_word(4000)[i : i + n] for i in range(4000 - n)}) == n + 1  # Sturmian: n + 1 of length n


def test_each_positive_integer_is_in_one_of_wythoffs_sequences():
    lower, upper = lower_wythoff(COUNT).tolist(), upper_wythoff(COUNT).tolist()
    assert sorted(lower + upper)[:COUNT] == [*range(1, COUNT + 1)]
    assert not {*lower} & {*upper}
    assert [b - a for a, b in zip(lower, upper, strict=True)] == [*range(1, COUNT + 1)]


def test_wythoffs_sequences_are_beattys_of_phi_and_its_square():
    assert (lower_wythoff(COUNT) == beatty(phi, COUNT)).all()
    assert (upper_wythoff(COUNT) == beatty(phi**2, COUNT)).all()


def test_an_integer_is_of_the_lower_sequence_where_its_last_index_is_even():
    lower = {*lower_wythoff(COUNT).tolist()}
    assert all((zeckendorf(n)[-1] % 2 == 0) == (n in lower) for n in range(1, COUNT))


@given(x=builds(Golden, integers(-(2**70), 2**70), integers(-(2**70), 2**70), integers(1, 2**40)))
def test_beatty_rounds_each_multiple_down(x):
    assert beatty(x, 20).tolist() == [floor(k * x) for k in range(1, 21)]


@pytest.mark.parametrize("made", [fibonacci_word, lower_wythoff, upper_wythoff, lambda n: beatty(phi, n)])
def test_a_number_of_terms_is_an_integer_from_0_on(made):
    assert len(made(0)) == 0
    for n in (-1, 2.5, "3"):
        with pytest.raises(EmberError, match=f"n={n!r}"):
            made(n)


@pytest.mark.parametrize("made", [fib, lucas, phi_power, zeckendorf, penrose])
def test_an_index_is_an_integer(made):
    made(np.int64(2))
    for n in (1.5, 2.0, "3"):
        with pytest.raises(EmberError, match="an integer"):
            made(n)
