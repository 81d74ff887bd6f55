"""Ticks are round, few, and cover what is drawn; an axis keeps order and ends."""

import math
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis.strategies import floats, integers, lists

from emberharmony.errors import ArgumentError
from emberharmony.viz.scales import HOUR, STEPS, Axis, log_axis, log_ticks, number_axis, ticks, time_axis, time_ticks

numbers = floats(-1e250, 1e250)
positive = floats(1e-250, 1e250)
moments = floats(-6e10, 2e11)  # the years 68 to 8307
few = integers(3, 12)


def is_round(number, digits=(1, 2, 5)):
    """A digit times a power of ten, as exactly as a float can be."""
    power = math.floor(math.log10(number))
    return any(number == float(f"{digit}e{power + shift}") for digit in digits for shift in (-1, 0, 1))


@given(a=numbers, b=numbers, most=few)
def test_ticks_cover_the_range_and_are_no_more_than_asked_for(a, b, most):
    low, high = sorted([a, b])
    at = ticks(low, high, most)
    assert at[0] <= low
    assert high <= at[-1]
    assert 2 <= len(at) <= most


@given(a=integers(-(10**6), 10**6), b=integers(-(10**6), 10**6), power=integers(-20, 20), most=few)
def test_ticks_are_multiples_of_one_two_or_five_times_a_power_of_ten(a, b, power, most):
    assume(a != b)
    low, high = sorted([float(f"{a}e{power}"), float(f"{b}e{power}")])
    at = ticks(low, high, most)
    exact = [Fraction(str(tick)) for tick in at]  # the shortest decimal that is that float
    steps = {y - x for x, y in pairwise(exact)}
    assert len(steps) == 1
    step = steps.pop()
    assert is_round(float(step))
    assert all((tick / step).denominator == 1 for tick in exact)


@given(low=numbers, most=few)
def test_a_range_without_width_has_ticks_on_both_sides(low, most):
    at = ticks(low, low, most)
    assert at[0] < low < at[-1]
    assert len(at) <= most


def test_a_step_wastes_less_than_the_next_finer_one_could_save():
    """The next step is at most 2.5 times the last: of n - 1 steps at least (n - 1) / 2.5 - 2 are filled."""
    for most in range(6, 13):
        for high in range(1, 400):
            at = ticks(0.0, high / 7, most)
            assert len(at) - 1 >= (most - 1) / 2.5 - 2


@given(a=positive, b=positive, most=few)
def test_ticks_of_ratios_cover_the_range_and_are_no_more_than_asked_for(a, b, most):
    low, high = sorted([a, b])
    at = log_ticks(low, high, most)
    assert at[0] <= low
    assert high <= at[-1]
    assert 2 <= len(at) <= most
    assert at == sorted(set(at))
    assert all(map(is_round, at))


@given(begin=moments, span=floats(1e-1, 1e10), most=integers(2, 10))
def test_moments_lie_within_the_time_and_are_no_more_than_asked_for(begin, span, most):
    at = time_ticks(begin, begin + span, most)
    assert len(at) <= most
    assert all(begin <= moment <= begin + span for moment, _ in at)
    assert [moment for moment, _ in at] == sorted({moment for moment, _ in at})


@given(begin=moments, span=floats(1e2, 1e10))
def test_a_time_has_at_least_three_moments_however_long_it_is(begin, span):
    """A step is at most 2.5 times the one before it, which fits eight times or more: 8 / 2.5 steps have three ends."""
    assert len(time_ticks(begin, begin + span, 8)) >= 3


@given(begin=moments, step=integers(STEPS.index(1), len(STEPS) - 5), most=integers(3, 10))
def test_moments_within_a_day_are_equally_far_from_each_other_and_from_midnight(begin, step, most):
    begin = float(math.floor(begin))
    at = [moment for moment, _ in time_ticks(begin, begin + STEPS[step] * (most - 1) + 1, most)]
    gaps = {b - a for a, b in pairwise(at)}
    assert len(gaps) <= 1
    for gap in gaps:
        assert all(moment % min(gap, 12 * HOUR) == 0 for moment in at)


def test_months_and_years_begin_where_the_calendar_says():
    begin, end = (datetime(year, month, 15, tzinfo=UTC).timestamp() for year, month in ((2023, 11), (2024, 5)))
    assert [text for _, text in time_ticks(begin, end)] == [
        *("Dec 2023", "Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024", "May 2024"),
    ]
    long = [text for _, text in time_ticks(begin, begin + 30 * 366 * 86400)]
    assert long == ["2025", "2030", "2035", "2040", "2045", "2050"]


@given(values=lists(numbers, min_size=1, max_size=20))
def test_every_value_has_a_place_on_its_axis_and_order_is_kept(values):
    axis = number_axis(values)
    places = [axis.place(value) for value in sorted(values)]
    # one rounding each in two halvings, two differences and a quotient
    assert all(-1e-15 <= place <= 1 + 1e-15 for place in places)
    assert places == sorted(places)
    assert (axis.place(axis.low), axis.place(axis.high)) == (0.0, 1.0)


@given(values=lists(positive, min_size=1, max_size=20))
def test_equal_ratios_are_equally_far_on_an_axis_of_ratios(values):
    axis = log_axis(values)
    middle = math.sqrt(axis.low) * math.sqrt(axis.high)
    # logarithms are below 600, their difference above log(2): an error of 600 * 2**-52 / 0.69 each, and four of them
    assert axis.place(middle) == pytest.approx(0.5, abs=1e-12)
    assert axis.place(-1.0) == 0.0


def test_values_that_are_none_have_an_axis_all_the_same():
    assert (number_axis([]).low, number_axis([math.nan, math.inf]).high) == (0.0, 1.0)
    assert time_axis(5.0, 5.0).low < 5.0 < time_axis(5.0, 5.0).high
    assert Axis(0.0, 1e300, []).place(-1e300) == -1.0


def test_what_cannot_be_covered_is_refused_by_its_numbers():
    with pytest.raises(ArgumentError, match=r"2\.0 to 1\.0"):
        ticks(2.0, 1.0)
    with pytest.raises(ArgumentError, match="nan"):
        ticks(math.nan, 1.0)
    with pytest.raises(ArgumentError, match="at most 2"):
        ticks(0.0, 1.0, 2)
    with pytest.raises(ArgumentError, match=r"0\.0 to 1\.0"):
        log_ticks(0.0, 1.0)
    with pytest.raises(ArgumentError, match="unix seconds"):
        time_ticks(5.0, 5.0)
