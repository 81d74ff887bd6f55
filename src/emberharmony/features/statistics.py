"""What a fit may ask of a table, and the exact answers: counts, extremes, distributions, categories, products.

Everything is a count, a minimum, a maximum or a sum of integers, so an answer has the same bits for any order of the
rows, any cut and any number of threads. A statistic is a generator: it yields the questions of one pass over the
table and receives their answers, until it returns its result; the pipeline puts the questions of all steps together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from emberharmony.features.engines.constants import bind

if TYPE_CHECKING:
    import ibis.expr.types as ir

BITS = 45  # of the integer that stands for a value between the extremes: its step is 2**-43 of the range or finer
BIN_BITS = 14  # of them name the bin: from 4096 to 8192 bins are in use
REST_BITS = BITS - BIN_BITS  # the square of a rest fits 64 bits; `tables::REST_BITS` is the same

T = TypeVar("T")


class Measure(NamedTuple):
    """One number of a group: its rows, its values that are not null, their sum (of integers) or an extreme."""

    how: Literal["rows", "count", "sum", "min", "max"]
    of: ir.Value | None = None


@dataclass(frozen=True)
class Totals:
    """One row of measures."""

    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Groups:
    """A row of measures for each key; a null key is left out, and more than `most` keys end as `TooMany`."""

    key: ir.Value
    measures: tuple[Measure, ...]
    most: int


class TooMany(NamedTuple):
    """The answer to `Groups` with more than `most` keys."""

    most: int


@dataclass(frozen=True)
class Question:
    """Operands are computed once a row; `ask` gets them as columns and says what to measure."""

    operands: tuple[ir.Value, ...]
    ask: Callable[..., Totals | Groups | Histogram]


Answer = Any  # of Totals: a tuple; of Groups: a dict from key to tuple, or TooMany
Fit = Generator[Sequence[Question], Sequence[Answer], T]


def together(fits: Mapping[Any, Fit[T]]) -> Fit[dict[Any, T]]:
    """Run several statistics side by side: each pass carries the questions of all that are not done."""
    results: dict[Any, T] = {}
    waiting: dict[Any, tuple[Fit[T], Sequence[Question]]] = {}

    def go_on(name: Any, fit: Fit[T], answers: Sequence[Answer] | None) -> None:
        try:
            waiting[name] = fit, (next(fit) if answers is None else fit.send(answers))
        except StopIteration as end:
            waiting.pop(name, None)
            results[name] = end.value

    for name, fit in fits.items():
        go_on(name, fit, None)
    while waiting:
        asked = list(waiting.items())
        answers = yield [question for _, (_, questions) in asked for question in questions]
        start = 0
        for name, (fit, questions) in asked:
            go_on(name, fit, answers[start : start + len(questions)])
            start += len(questions)
    return {name: results[name] for name in fits}


@dataclass(frozen=True)
class Extent:
    """How many rows and values, and between which extremes they lie (None: there is no value)."""

    rows: int
    count: int
    low: float | None
    high: float | None

    @property
    def missing(self) -> int:
        """Rows without a value."""
        return self.rows - self.count


def extent(x: Any) -> Fit[Extent]:
    """Counts and extremes of a float64 column."""

    # adding 0.0 makes one zero of two, whose order would otherwise depend on the order of the rows
    def ask(v: Any) -> Totals:
        return Totals((Measure("rows"), Measure("count", v), Measure("min", v + 0.0), Measure("max", v + 0.0)))

    ((rows, count, low, high),) = yield [Question((x,), ask)]
    return Extent(rows or 0, count or 0, low, high)


@dataclass(frozen=True)
class Grid:
    """The integers that stand for values: round((x - low) * 2**power), from 0 below 2**BITS."""

    low: float
    power: int

    @staticmethod
    def over(low: float, high: float, bits: int = BITS) -> Grid:
        """The finest grid of `bits` bits from `low` to `high`; whole numbers are hit exactly where there is room."""
        width = high - low
        if not math.isfinite(width):
            raise OverflowError
        # one bit is kept free: high itself must stay below 2**bits after rounding
        return Grid(low, bits - 1 - math.frexp(width)[1] if width else 0)

    @property
    def factors(self) -> tuple[float, float]:
        """Two numbers whose product is 2**power, which may be beyond what one float64 can be."""
        return 2.0 ** min(self.power, 1000), 2.0 ** max(self.power - 1000, 0)

    def index(self, x: Any) -> Any:
        """The integer of a float64 column, as an expression."""
        scale, more = self.factors
        fine = (x - bind(self.low)) * bind(scale)
        if more != 1.0:
            fine = fine * bind(more)
        return (fine + 0.5).floor().cast("int64")

    def value(self, index: Fraction | int) -> float:
        """The value that an integer stands for."""
        return float(Fraction(self.low) + Fraction(index) / Fraction(2) ** self.power)


@dataclass(frozen=True)
class Histogram:
    """Of float64 values on a grid, for each bin that has some: how many, and sum and squares of their rests above it.

    `groups` says what that means; an engine may count in a way of its own.
    """

    of: ir.FloatingValue
    grid: Grid

    @property
    def groups(self) -> Groups:
        """The same as a grouping of integers."""
        index = self.grid.index(self.of)
        rest = index & ((1 << REST_BITS) - 1)
        measures = (Measure("count", index), Measure("sum", rest), Measure("sum", rest * rest))
        return Groups(index >> REST_BITS, measures, 1 << BIN_BITS)


class Bin(NamedTuple):
    """Values that share their high bits: where they begin on the grid, how many, sum and squares above that."""

    start: int
    size: int
    rests: int
    squares: int

    @property
    def single(self) -> bool:
        """Whether all values have the same place on the grid."""
        return self.size * self.squares == self.rests * self.rests


@dataclass(frozen=True)
class Distribution:
    """Moments and quantiles of one column, from exact counts on a grid."""

    extent: Extent
    grid: Grid
    bins: tuple[Bin, ...]  # in order of value
    whole: bool = False  # every value lies on the grid
    finer: Mapping[int, Distribution] = field(default_factory=dict[int, "Distribution"])  # of bins, by their start

    def _sums(self) -> tuple[int, int]:
        total = sum(b.start * b.size + b.rests for b in self.bins)
        squares = sum(b.start * b.start * b.size + 2 * b.start * b.rests + b.squares for b in self.bins)
        return total, squares

    @property
    def mean(self) -> float:
        """The mean: exact on the grid, rounded once."""
        return self.grid.value(Fraction(self._sums()[0], self.extent.count))

    def variance(self, correction: int = 0) -> float:
        """The sum of squared deviations over `count - correction`: exact on the grid, rounded once."""
        return float(self._spread(correction) / Fraction(4) ** self.grid.power)

    def deviation(self, correction: int = 0) -> float:
        """The root of the variance, also where the variance itself is too small or too large for a float."""
        return math.ldexp(math.sqrt(self._spread(correction)), -self.grid.power)

    def _spread(self, correction: int) -> Fraction:
        """The variance in steps of the grid."""
        n = self.extent.count
        total, squares = self._sums()
        return Fraction(n * squares - total * total, n * max(n - correction, 1))

    def quantile(self, q: float) -> float:
        """The value at rank q (count - 1), between neighbours by proportion, as `numpy.quantile`."""
        rank = Fraction(q) * (self.extent.count - 1)
        below = rank.numerator // rank.denominator
        low = self._at(below)
        return low if rank == below else low + float(rank - below) * (self._at(below + 1) - low)

    def rank_error(self, q: float) -> float:
        """The share of values that may lie between the quantile given and the true one; 0 if it is exact."""
        return self._unsure(int(q * (self.extent.count - 1))) / self.extent.count

    def holder(self, rank: int) -> tuple[Bin, int]:
        """The bin that holds the value of this rank, and the rank inside it."""
        for b in self.bins:
            if rank < b.size:
                return b, rank
            rank -= b.size
        raise AssertionError("a rank beyond the count")

    def _unsure(self, rank: int) -> int:
        if self.extent.low == self.extent.high:
            return 0
        b, inside = self.holder(rank)
        if b.start in self.finer:
            return self.finer[b.start]._unsure(inside)
        return 0 if b.size == 1 or (b.single and self.whole) else b.size

    def _at(self, rank: int) -> float:
        low, high = self.extent.low or 0.0, self.extent.high or 0.0
        if low == high:
            return low
        b, inside = self.holder(rank)
        if b.start in self.finer:
            return self.finer[b.start]._at(inside)
        # the values of one bin, taken as evenly spread with the bin's own mean and variance
        place = Fraction(b.rests, b.size)
        if not b.single:
            mean = b.rests / b.size
            reach = math.sqrt(3.0 * max(b.squares / b.size - mean * mean, 0.0))
            place += Fraction(reach * ((2 * inside + 1) / b.size - 1.0))
        return min(max(self.grid.value(b.start + place), low), high)


def distribution(
    x: Any,
    *,
    quantiles: Sequence[float] = (),
    tolerance: float = 1e-3,
    whole: bool = False,
    known: Extent | None = None,
) -> Fit[Distribution | Extent]:
    """Moments, and quantiles whose rank is off by at most `tolerance` of the values; an `Extent` if there is no value.

    Two passes: the extremes, then a histogram of 4096 bins or more. A bin that holds a wanted quantile and more than
    `tolerance` of the values is looked at again in the same way, between its own extremes, and so on. `whole` promises
    whole numbers, which a grid hits exactly.
    """
    within = known or (yield from extent(x))
    if not within.count:
        return within
    ranks = {rank for q in quantiles for rank in _ranks(q, within.count)}
    return (yield from _counted(x, within, ranks, max(1.0, tolerance * within.count), whole))


def _ranks(q: float, count: int) -> set[int]:
    rank = Fraction(q) * (count - 1)
    return {math.floor(rank), math.ceil(rank)}


def _counted(x: Any, within: Extent, ranks: set[int], most: float, whole: bool) -> Fit[Distribution]:
    """The distribution between two extremes; bins that hold one of the ranks and more than `most` values in detail."""
    import ibis

    low, high = within.low or 0.0, within.high or 0.0
    grid = Grid.over(low, high)
    if low == high:
        return Distribution(within, grid, (Bin(0, within.count, 0, 0),), whole)
    whole = whole and grid.power >= 0
    (found,) = yield [Question((x,), lambda x: Histogram(x, grid))]
    bins = tuple(sorted(Bin(key << REST_BITS, *sums) for key, sums in found.items()))
    rough = Distribution(within, grid, bins, whole)
    wanted: dict[Bin, set[int]] = {}
    for rank in ranks:
        b, inside = rough.holder(rank)
        if b.size > most and not (b.single and whole):
            wanted.setdefault(b, set()).add(inside)
    parts: dict[int, Fit[Distribution]] = {}
    for b, inside in wanted.items():
        inside_it = grid.index(x) >> REST_BITS == bind(b.start >> REST_BITS, "int64")
        of_bin = ibis.ifelse(inside_it, x, ibis.null("float64"))
        parts[b.start] = _inside(of_bin, inside, most)
    return replace(rough, finer=(yield from together(parts)))


def _inside(x: Any, ranks: set[int], most: float) -> Fit[Distribution]:
    within = yield from extent(x)
    return (yield from _counted(x, within, ranks, most, False))


def counts(x: Any, *, most: int = 1_000_000) -> Fit[dict[Any, int] | TooMany]:
    """How often each value occurs, the most frequent first, ties by value; null is left out."""
    (found,) = yield [Question((x,), lambda v: Groups(v, (Measure("count", v),), most))]
    if isinstance(found, TooMany):
        return found
    pairs = ((key, count) for key, (count,) in found.items())
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def missing(x: Any) -> Fit[tuple[int, int]]:
    """Rows, and rows whose value is not null, of a column of any type."""
    ((rows, count),) = yield [Question((x,), lambda v: Totals((Measure("rows"), Measure("count", v))))]
    return rows or 0, count or 0


@dataclass(frozen=True)
class GroupedMeans:
    """The sum of a value on a grid, and its count, for each key."""

    grid: Grid
    sums: Mapping[Any, tuple[int, int]]  # key -> (count, sum of grid integers)

    def mean(self, keys: Sequence[Any] | None = None, *, prior: float = 0.0, weight: float = 0.0) -> float:
        """(sum + weight prior) / (count + weight) over the keys, all if none are named; rounded once."""
        return pooled_mean([self.total(keys)], prior=prior, weight=weight)

    def total(self, keys: Sequence[Any] | None = None) -> tuple[int, Fraction]:
        """(count, sum) over the keys, all if none are named; exact on the grid."""
        chosen = self.sums.values() if keys is None else [self.sums[key] for key in keys if key in self.sums]
        count = sum(n for n, _ in chosen)
        return count, Fraction(self.grid.low) * count + sum(s for _, s in chosen) / Fraction(2) ** self.grid.power


def pooled_mean(totals: Iterable[tuple[int, Fraction]], *, prior: float = 0.0, weight: float = 0.0) -> float:
    """(sum + weight prior) / (count + weight) of all (count, sum) together; rounded once, `prior` where all is 0."""
    count, total = Fraction(weight), Fraction(weight) * Fraction(prior)
    for n, s in totals:
        count, total = count + n, total + s
    return float(total / count) if count else prior


def grouped_means(x: Any, key: Any, *, most: int = 1_000_000) -> Fit[GroupedMeans | TooMany | Extent]:
    """The mean of float64 `x` for each `key`, rows without either left out."""
    within = yield from extent(x)
    if within.low is None or within.high is None:
        return within
    grid = Grid.over(within.low, within.high)

    def ask(v: Any, k: Any) -> Groups:
        import ibis

        index = grid.index(v)
        return Groups(
            ibis.ifelse(v.isnull(), ibis.null(k.type()), k), (Measure("count", v), Measure("sum", index)), most
        )

    (found,) = yield [Question((x, key), ask)]
    return found if isinstance(found, TooMany) else GroupedMeans(grid, found)
