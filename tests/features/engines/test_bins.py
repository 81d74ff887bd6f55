"""A histogram that the core counts is the grouping of integers that defines it; nothing is counted outside its bins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import booleans, floats, integers, lists, sampled_from

from emberharmony import features as ef
from emberharmony.features.engines.bins import Bins
from emberharmony.features.errors import SourceError
from emberharmony.features.pipeline import answer, passes_over
from emberharmony.features.resources import Resources
from emberharmony.features.statistics import Grid, Histogram, Question
from emberharmony.features.transforms.frame import Frame, as_number


def asked(table: pa.Table, grid: Grid, *, as_groups: bool) -> Any:
    """The histogram of column x, by the core or by the groups that define it."""
    frame = Frame.over(table.schema)

    def ask(x: Any) -> Any:
        histogram = Histogram(x, grid)
        return histogram.groups if as_groups else histogram

    def fit() -> Any:
        (found,) = yield [Question((as_number(frame["x"].value),), ask)]
        return found

    return answer(frame, fit(), passes_over(ef.from_arrow(table), Resources.of(1)))


SCALES = sampled_from([5e-324, 1e-300, 1e-9, 1.0, 3.0, 1e6, 1e300])


@given(arrays(np.float64, integers(1, 80), elements=floats(-1, 1, width=64)), lists(booleans(), max_size=9), SCALES)
def test_the_core_counts_what_the_grouping_counts(values, missing, scale):
    values = values * scale
    nulls = np.resize(np.array([*missing, False]), len(values))
    table = pa.table({"x": pa.array(values, mask=nulls)})
    low, high = values.min(), values.max()
    grid = Grid.over(float(low + 0.0), float(high + 0.0))
    by_core, by_groups = (asked(table, grid, as_groups=way) for way in (False, True))
    assert by_core == {key: tuple(map(int, row)) for key, row in by_groups.items()}
    assert sum(count for count, _, _ in by_core.values()) == len(values) - nulls.sum()


def test_slices_and_columns_without_nulls_or_without_values_are_read_in_place():
    bins = Bins(Grid.over(0.0, 7.0))
    column = pa.array([7.0, 1.0, None, 3.0, 7.0])
    for piece in (column.slice(1, 3), column.slice(0, 0), column.slice(2, 1), column.slice(3)):
        bins.add(piece)
    whole = Bins(Grid.over(0.0, 7.0))
    whole.add(pa.array([1.0, 3.0, 3.0, 7.0]))
    assert bins.answer() == whole.answer()


@pytest.mark.parametrize("value", [-1.0, 8.5, float("inf"), float("nan")])
def test_a_value_that_was_not_there_in_the_pass_before_is_refused(value):
    with pytest.raises(SourceError, match="not those of the pass before"):
        Bins(Grid.over(0.0, 1.0)).add(pa.array([value]))
