"""Long lines in few points: of each column of pixels the lowest and the highest sample, so none is lost to the eye."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from emberharmony.viz.words import LARGEST

COLUMNS = 1000
GAP = 8  # so many usual steps without a sample are a hole

Values = Sequence[float | None]
Points = list[tuple[float, float]]
Samples = list[tuple[float, float]]


def extremes(
    x: Sequence[float], y: Values, low: float, high: float, *, columns: int = COLUMNS, peaks: bool = False
) -> list[Points]:
    """Unbroken runs of points that look like the whole line on `columns` columns between `low` and `high`.

    With `peaks` the lowest samples are left out: of a score only what is high tells something. `x` ascends. The line
    is broken where samples are missing (None, nan), or where none was taken for long.

    >>> extremes(range(8), [0, 5, -5, 1, None, None, 2, 2], 0, 8, columns=4)
    [[(0, 0), (1, 5), (2, -5), (3, 1)], [(6, 2)]]
    """
    runs: list[Points] = []
    for run in _runs(x, y, low, high, columns):
        points: Points = []
        for column in run:
            lowest, highest = min(column, key=_second), max(column, key=_second)
            points += [highest] if peaks or lowest[1] == highest[1] else sorted([lowest, highest])
        runs.append(points)
    return runs


def envelope(
    x: Sequence[float], lower: Values, upper: Values, low: float, high: float, *, columns: int = COLUMNS
) -> list[Points]:
    """The corners of the area between two lines, one polygon for each unbroken run: there along the top, back below.

    >>> envelope([0, 1, 2], [0, 0, 1], [2, 3, 3], 0, 3, columns=3)
    [[(0, 2), (1, 3), (2, 3), (2, 1), (1, 0), (0, 0)]]
    """
    both = [None if a is None or b is None else a for a, b in zip(lower, upper, strict=True)]
    other = [None if a is None else b for a, b in zip(both, upper, strict=True)]
    areas: list[Points] = []
    for bottom, top in zip(_runs(x, both, low, high, columns), _runs(x, other, low, high, columns), strict=True):
        there = [(column[0][0], max(map(_second, column))) for column in top]
        back = [(column[0][0], min(map(_second, column))) for column in bottom]
        areas.append([*there, *reversed(back)])
    return areas


def _runs(x: Sequence[float], y: Values, low: float, high: float, columns: int) -> Iterator[list[Samples]]:
    """Runs of neighbouring columns, each a list of its samples; of what lies between `low` and `high`."""
    usual = median(b - a for a, b in pairwise(x)) if len(x) > 1 else 0.0
    width = (high - low) / columns or 1.0
    gap = max(GAP * usual, 2 * width)
    run: list[Samples] = []
    before, last, hole = 0, low, False
    for at, value in zip(x, y, strict=True):
        if value is None or not (low <= at <= high and -LARGEST < value < LARGEST):
            hole = True
            continue
        column = min(columns - 1, int((at - low) / width))
        if run and (at - last > gap or (hole and column > before + 1)):
            yield run
            run = []
        if run and column == before:
            run[-1].append((at, value))
        else:
            run.append([(at, value)])
        before, last, hole = column, at, False
    if run:
        yield run


def _second(sample: tuple[float, float]) -> float:
    return sample[1]
