"""The chunker against tables whose rows change their width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.errors import ArgumentError
from emberharmony.features.flow.chunks import AdaptiveChunker
from emberharmony.features.flow.memory import Level

TARGET = 64_000_000


def settled(width: float, chunks: int = 60) -> AdaptiveChunker:
    chunker = AdaptiveChunker(TARGET, lowest=1, highest=10**9)
    for _ in range(chunks):
        chunker.observe(chunker.rows, int(chunker.rows * width))
    return chunker


def sizes(chunker: AdaptiveChunker, width: float, chunks: int) -> list[float]:
    """Bytes of the next chunks over the target."""
    found: list[float] = []
    for _ in range(chunks):
        found.append(chunker.rows * width / TARGET)
        chunker.observe(chunker.rows, int(chunker.rows * width))
    return found


@given(width=st.floats(8.0, 10_000.0), jump=st.floats(0.01, 100.0))
def test_a_jump_of_the_width_settles_in_ten_chunks_without_swinging(width, jump):
    chunker = settled(width)
    found = sizes(chunker, width * jump, 40)
    assert all(0.5 <= size <= 2 for size in found[10:])
    assert all(0.9 <= size <= 1.1 for size in found[20:])
    # it comes from one side and passes the target by less than the factor 2 that one step may be
    beyond = found[1:] if jump < 1 else [1 / size for size in found[1:]]
    assert max(beyond) <= 2


@given(widths=st.lists(st.floats(1.0, 1e6), min_size=2, max_size=30))
def test_no_step_is_more_than_a_factor_of_two_and_none_leaves_the_bounds(widths):
    chunker = AdaptiveChunker(TARGET, lowest=100, highest=1_000_000)
    for width in widths:
        before = chunker.rows
        after = chunker.observe(before, int(before * width))
        assert before / 2 - 1 <= after <= 2 * before + 1  # whole rows
        assert 100 <= after <= 1_000_000


@given(levels=st.lists(st.sampled_from([*Level]), max_size=40))
def test_pressure_halves_and_calm_grows_by_a_quarter(levels):
    chunker = settled(100.0)
    top = rows = chunker.rows
    for level in levels:
        before, rows = rows, chunker.observe(rows, rows * 100, level)
        if level >= Level.SOFT:
            assert rows in (before // 2, 1)
        else:
            assert before - 1 <= rows <= max(1.25 * before, before + 1) or rows <= top
    for _ in range(150):
        chunker.observe(chunker.rows, chunker.rows * 100)
    assert chunker.rows == pytest.approx(top, rel=0.01)  # the last digits of rows that are whole


def test_a_short_chunk_tells_the_width_and_an_empty_one_nothing():
    chunker = settled(100.0)
    rows = chunker.rows
    assert chunker.observe(7, 700) == pytest.approx(rows, rel=0.01)
    assert chunker.observe(0, 0) == pytest.approx(rows, rel=0.01)


def test_settings_that_make_no_sense_are_refused():
    for bad in ({"target_bytes": 0}, {"gamma": 0.0}, {"gamma": 1.5}, {"lowest": 0}, {"lowest": 9, "highest": 8}):
        with pytest.raises(ArgumentError):
            AdaptiveChunker(**{"target_bytes": 100} | bad)
