"""Numbers are rounded once, carry their unit, and what is unknown is a dash."""

import doctest
import math
import re

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from emberharmony.viz import charts, markup, outline, scales, signal, words
from emberharmony.viz.markup import Markup, element, joined

SAID = (words.quantity, words.count, words.share, words.duration, words.size, words.moment)
SUPERSCRIPTS = {ord(mark): digit for mark, digit in zip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789", strict=True)}
SECONDS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "days": 86400.0}
BYTES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}


def read(text):
    """The number that a text says."""
    text = text.replace(",", "").replace(words.MINUS, "-")
    mantissa, _, power = text.partition(f" {words.TIMES} 10")
    return float(f"{mantissa}e{power.translate(SUPERSCRIPTS)}") if power else float(mantissa)


def total(text, units):
    return sum(read(number) * units[unit] for number, unit in re.findall(r"(\S+) (\S+)", text))


@pytest.mark.parametrize("module", [words, scales, outline, markup, charts, signal], ids=lambda m: m.__name__)
def test_the_examples_run(module):
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(module):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries


@pytest.mark.parametrize("say", SAID)
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash(say, value):
    assert say(value) == words.UNKNOWN


@given(value=floats(-1e200, 1e200))
def test_three_digits_are_right_to_half_of_the_last(value):
    # half a unit of the third digit is at most 1/200 of the number; below 1e-290 floats lose digits
    assert read(words.quantity(value)) == pytest.approx(value, rel=0.005 + 1e-12, abs=1e-290)


@given(value=floats(1e-6, 1e9))
def test_a_duration_says_its_seconds(value):
    # three digits, or whole seconds from a minute on, or whole minutes from an hour on: off by a sixtieth at most
    assert total(words.duration(value), SECONDS) == pytest.approx(value, rel=1 / 60)


@given(value=integers(0, 10**15))
def test_a_size_says_its_bytes_with_at_most_three_digits_before_the_unit(value):
    said = words.size(value)
    assert total(said, BYTES) == pytest.approx(value, rel=0.0051)
    assert len(said.split()[0]) <= 5


def test_a_rounded_number_takes_the_next_unit():
    assert words.duration(59.96) == "1 min"
    assert words.duration(3599.7) == "1 h"
    assert words.duration(0.9996) == "1 s"
    assert words.size(999_960) == "1 MB"
    assert words.count(999_999) == "1 million"
    assert words.quantity(999.6) == "1,000"


@given(low=integers(-(10**6), 10**6), span=integers(1, 10**6), power=integers(-9, 12))
def test_labels_of_ticks_differ_and_are_short(low, span, power):
    at = scales.ticks(low * 10.0**power, (low + span) * 10.0**power)
    said = words.labels(at)
    assert len({*said}) == len(at)


def test_what_is_not_markup_is_escaped_wherever_it_stands():
    bad = "<script>&\"'"
    assert "<script" not in element("p", bad, title=bad)
    assert joined(bad, Markup("<b/>"), None) == "&lt;script&gt;&amp;&quot;&#x27;<b/>"
    assert element("p", data_a=None, hidden=True, open=False, width=0.5) == '<p hidden="" width="0.5"></p>'
