"""Sums of products of columns, exact as all statistics: what covariances and principal components need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from emberharmony.features.statistics import Extent, Fit, Grid, Measure, Question, Totals, extent, together


@dataclass(frozen=True)
class Products:
    """Count, sums and sums of products of several columns on their grids, over the rows where none is missing."""

    count: int
    grids: tuple[Grid, ...]
    sums: tuple[int, ...]
    products: Mapping[tuple[int, int], int]

    @property
    def means(self) -> list[float]:
        """The mean of each column."""
        return [grid.value(Fraction(total, self.count)) for grid, total in zip(self.grids, self.sums, strict=True)]

    def covariance(self, correction: int = 1) -> list[list[float]]:
        """The symmetric matrix of covariances: exact on the grids, each entry rounded once."""
        n, below = self.count, self.count * max(self.count - correction, 1)
        size = len(self.grids)
        matrix = [[0.0] * size for _ in range(size)]
        for (i, j), product in self.products.items():
            scale = Fraction(2) ** (self.grids[i].power + self.grids[j].power)
            matrix[i][j] = matrix[j][i] = float(Fraction(n * product - self.sums[i] * self.sums[j], below) / scale)
        return matrix


PRODUCT_BITS = 31  # two of them multiply within 64 bits


def products(columns: Sequence[Any]) -> Fit[Products | Extent]:
    """Everything that a covariance needs; an `Extent` without values for a column that has none."""
    import ibis

    complete = columns[0].notnull()
    for column in columns[1:]:
        complete = complete & column.notnull()
    columns = [ibis.ifelse(complete, column, ibis.null("float64")) for column in columns]
    extents = yield from together({i: extent(column) for i, column in enumerate(columns)})
    grids: list[Grid] = []
    for found in extents.values():
        if found.low is None or found.high is None:
            return found
        grids.append(Grid.over(found.low, found.high, PRODUCT_BITS))
    pairs = [(i, j) for i in range(len(columns)) for j in range(i, len(columns))]

    def ask(*indices: Any) -> Totals:
        sums = [Measure("sum", index) for index in indices]
        return Totals((*sums, *(Measure("sum", indices[i] * indices[j]) for i, j in pairs)))

    operands = tuple(grid.index(column) for grid, column in zip(grids, columns, strict=True))
    (found,) = yield [Question(operands, ask)]
    size = len(columns)
    return Products(extents[0].count, tuple(grids), tuple(found[:size]), dict(zip(pairs, found[size:], strict=True)))
