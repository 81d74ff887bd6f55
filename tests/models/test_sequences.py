"""Every way in which people give sequences means the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops
from emberharmony.errors import EmberError
from emberharmony.models import scaling
from emberharmony.models.sequences import as_sequences

NAME = "Model"
lengths = st.lists(st.integers(1, 5), min_size=1, max_size=5)


def drawn(counts, features, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 1, (n, features)) for n in counts]


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))


@given(counts=lengths, features=st.integers(1, 3))
def test_lists_and_nested_lists_and_arrays_of_objects_are_the_same(backend, counts, features):
    parts = drawn(counts, features)
    objects = np.empty(len(parts), dtype=object)
    objects[:] = parts
    own = [ops.asarray(x, dtype="float32") for x in parts]
    assert same(as_sequences(NAME, parts).values, parts)
    assert same(as_sequences(NAME, objects).values, parts)
    assert same(as_sequences(NAME, own).values, [x.astype("float32") for x in parts])
    if len({*counts}) > 1:
        assert same(as_sequences(NAME, [x.tolist() for x in parts]).values, parts)


@given(count=st.integers(1, 4), steps=st.integers(1, 4))
def test_a_table_is_an_array_of_one_feature(count, steps):
    table = np.random.default_rng(0).normal(0, 1, (count, steps))
    found, whole = as_sequences(NAME, table), as_sequences(NAME, table[:, :, None])
    assert same(found.values, whole.values)
    assert same(found.values, as_sequences(NAME, [*table]).values)
    assert (found.is_table, found.width, whole.is_table, whole.width) == (True, steps, False, 1)


@given(counts=lengths, seed=st.integers(0, 99))
def test_padding_and_a_mask_are_a_list(counts, seed):
    parts, longest = drawn(counts, 2, seed), max(counts)
    spans = [np.random.default_rng(seed).random(n) for n in counts]
    padded = np.full((len(parts), longest, 2), np.nan)
    times = np.zeros((len(parts), longest))
    mask = np.zeros((len(parts), longest), dtype=bool)
    for i, (x, s) in enumerate(zip(parts, spans, strict=True)):
        padded[i, : len(x)], times[i, : len(x)], mask[i, : len(x)] = x, s, True
    found = as_sequences(NAME, padded, times, mask)
    assert same(found.values, parts)
    assert same(found.spans, spans)


def test_spans_may_have_an_axis_for_their_feature():
    x = np.zeros((2, 3, 1))
    assert same(as_sequences(NAME, x, np.ones((2, 3, 1))).spans, [np.ones(3)] * 2)


def test_what_is_given_is_not_changed():
    x = np.array([[[1.0], [np.nan]], [[3.0], [4.0]]])
    kept = x.copy()
    scales = scaling.fitted(as_sequences(NAME, x), scale=True)
    scales(as_sequences(NAME, x).values[0])
    assert np.array_equal(x, kept, equal_nan=True)


@given(seed=st.integers(0, 99), factor=st.floats(1e-3, 1e3), shift=st.floats(-1e3, 1e3))
def test_scaled_numbers_have_the_mean_zero_and_the_spread_one(seed, factor, shift):
    x = as_sequences(NAME, factor * (np.random.default_rng(seed).normal(0, 1, (4, 5, 2)) + shift))
    scales = scaling.fitted(x, scale=True)
    rows = np.concatenate([scales(v) for v in x.values])
    # 20 numbers up to (1 + |shift|) spreads, each rounded to 2^-53 of itself: 1e3 * 2^-53 * 40
    assert np.abs(rows.mean(0)).max() < 1e-11
    assert np.abs(rows.std(0) - 1).max() < 1e-9


def test_a_feature_that_never_changes_becomes_zero_and_one_that_is_never_seen_too():
    x = np.ones((3, 4, 3))
    x[..., 1] = 1e9 + 0.1
    x[..., 2] = np.nan
    found = as_sequences(NAME, x)
    rows = scaling.fitted(found, scale=True)(found.values[0])
    assert np.abs(rows[:, :3]).max() < 1e-6
    assert (rows[:, 3] == 1.0).all()


class Sparse:
    def toarray(self):
        raise AssertionError


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (3.0, "shape ()"),
        (np.zeros((0, 3)), "0 sequences"),
        (np.zeros((2, 0, 3)), "0 steps"),
        (np.zeros((2, 3, 0)), "0 feature(s)"),
        (np.zeros((2, 3)) * 1j, "Complex data not supported"),
        (Sparse(), "sparse"),
        ([[1.0, 2.0], ["a"]], "'a'"),
    ],
)
def test_what_is_no_sequence_is_refused_by_name(x, said):
    with pytest.raises((EmberError, ValueError)) as caught:
        as_sequences(NAME, x)
    assert said in str(caught.value)
