from __future__ import annotations

import math
import random
from collections import Counter
from functools import reduce
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import KINDS as COLUMN_KINDS

from emberharmony import _core
from emberharmony.errors import ArgumentError
from emberharmony.features.types import Evidence
from emberharmony.features.types.cardinality import BITS, REGISTERS, STANDARD_ERROR, estimate
from emberharmony.features.types.tally import MOST_VALUES

TEXTS = st.sampled_from(
    ["", " ", "NA", "yes", "7", "007", "-1.5", "1e400", "$3", "2024-01-31", "20240131", "größe", "x y"]
)
KINDS = [*COLUMN_KINDS, (pa.string(), TEXTS)]


@st.composite
def columns(draw: st.DrawFn) -> pa.Array:
    kind, values = draw(st.sampled_from(KINDS))
    found = draw(st.lists(st.none() | values, max_size=30))
    if pa.types.is_dictionary(kind):
        return pa.array(found, kind.value_type).dictionary_encode()
    return pa.array(found, kind)


@given(array=columns(), data=st.data())
def test_any_cut_any_order_and_any_grouping_give_the_same_bits(array, data):
    order = data.draw(st.permutations(range(len(array))))
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, len(array)), max_size=5))), len(array)]
    shuffled = array.take(pa.array(order, pa.int64()))
    parts = [Evidence.of(shuffled.slice(a, b - a)) for a, b in pairwise(cuts)]
    while len(parts) > 1:  # a tree of merges, drawn too
        one = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        other = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        parts.append(one.merge(other))
    assert parts[0].to_json() == Evidence.of(array).to_json()


@given(array=columns())
def test_evidence_survives_json(array):
    evidence = Evidence.of(array)
    assert Evidence.from_json(evidence.to_json()) == evidence


@given(array=columns())
def test_nothing_changes_nothing(array):
    evidence, nothing = Evidence.of(array), Evidence.nothing(pa.field("x", array.type))
    assert evidence.merge(nothing) == nothing.merge(evidence) == evidence


@given(values=st.lists(st.none() | st.floats(), max_size=50))
def test_numbers_are_counted_as_arrow_counts_them(values):
    array = pa.array(values, pa.float64())
    evidence = Evidence.of(array)
    finite = array.filter(pc.fill_null(pc.is_finite(array), False))
    assert evidence.nulls == array.null_count
    assert evidence.nans == sum(x is not None and math.isnan(x) for x in values)
    assert evidence.infinities == sum(x is not None and math.isinf(x) for x in values)
    assert (evidence.low, evidence.high) == tuple(pc.min_max(finite).as_py().values())
    assert evidence.wholes == sum(x.is_integer() for x in finite.to_pylist())
    assert evidence.values == Counter(x for x in values if x is not None and not math.isnan(x))


@given(values=st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=50))
def test_texts_are_counted_as_arrow_counts_them(values):
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        evidence = Evidence.of(pa.array(values, kind))
        lengths = [len(text) for text in values if text is not None]
        assert (evidence.shortest, evidence.longest) == (min(lengths, default=None), max(lengths, default=None))
        assert evidence.length == sum(lengths)
        assert evidence.values == Counter(text for text in values if text is not None)
        assert sum(evidence.kinds) == len(lengths)


@pytest.mark.parametrize("values", [[1], [2**53, 2**53 + 1], [-(2**63), 2**63 - 1]])
def test_integers_are_exact_to_the_last_digit(values):
    evidence = Evidence.of(pa.array(values, pa.int64()))
    assert (evidence.low, evidence.high, evidence.distinct) == (min(values), max(values), len(values))


def test_integers_without_a_sign_reach_their_end():
    evidence = Evidence.of(pa.array([0, 2**64 - 1], pa.uint64()))
    assert (evidence.low, evidence.high, evidence.negatives) == (0, 2**64 - 1, 0)


@pytest.mark.parametrize("count", [MOST_VALUES, MOST_VALUES + 1])
def test_values_are_exact_up_to_the_cap_and_estimated_beyond_it(count):
    numbers = [i % count for i in range(3 * count)]
    for array in (pa.array(numbers), pa.array([f"v{i}" for i in numbers])):
        parts = [Evidence.of(array.slice(at, 700)) for at in range(0, len(array), 700)]
        for evidence in (Evidence.of(array), reduce(Evidence.merge, parts), reduce(Evidence.merge, reversed(parts))):
            assert (evidence.values is None) == (count > MOST_VALUES)
            assert abs(evidence.distinct - count) <= (0 if count == MOST_VALUES else 5 * STANDARD_ERROR * count)


def test_a_long_text_is_not_kept():
    evidence = Evidence.of(pa.array(["a", "x" * 257]))
    assert evidence.values is None
    assert evidence.distinct == 2


@pytest.mark.parametrize("count", [10, 1000, 20_000, 300_000])
def test_the_estimate_is_within_five_standard_errors(count):
    registers = bytearray(REGISTERS)
    data = pa.array(range(7, 7 + count), pa.int64())
    _core.tally_int64(memoryview(data.buffers()[1]).cast("B"), None, (0, count), 0, registers)
    assert abs(estimate(registers) - count) <= 5 * STANDARD_ERROR * count + 1  # 1: few hashes may share a register


def test_the_estimate_has_the_standard_error_that_it_claims():
    r, errors = random.Random(0), []
    for _ in range(60):
        registers = bytearray(REGISTERS)
        data = pa.array([r.getrandbits(63) for _ in range(5000)], pa.int64())
        _core.tally_int64(memoryview(data.buffers()[1]).cast("B"), None, (0, 5000), 0, registers)
        errors.append(estimate(registers) / 5000 - 1)
    spread = math.sqrt(sum(error**2 for error in errors) / len(errors))
    assert spread <= STANDARD_ERROR * (
        1 + 4 / math.sqrt(2 * len(errors))
    )  # a root mean square of 60, four deviations up


def test_registers_that_have_seen_all_are_not_estimated_as_none():
    assert estimate(bytes([64 - BITS + 1]) * REGISTERS) == math.inf


def test_evidence_of_another_column_is_refused():
    with pytest.raises(ArgumentError, match="a column of int64 and of one of string"):
        Evidence.of(pa.array([1])).merge(Evidence.of(pa.array(["a"])))


def test_evidence_of_other_registers_is_refused():
    text = Evidence.of(pa.array([1])).to_json().replace('"kinds":{}', '"kinds":{"telepathy":1}')
    with pytest.raises(ArgumentError, match="telepathy"):
        Evidence.from_json(text)


def test_a_slice_is_what_it_holds():
    for array in (
        pa.array([5, None, 7, 7, None]),
        pa.array(["a", None, "bb", "bb", "c"]),
        pa.array([True, None, False, True]),
    ):
        assert Evidence.of(array.slice(1, 3)) == Evidence.of(pa.array(array.to_pylist()[1:4], array.type))
