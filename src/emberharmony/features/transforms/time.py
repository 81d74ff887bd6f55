"""Looking back in time, entity by entity: earlier values, differences, statistics of the last rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, list_quantile
from emberharmony.features.statistics import Fit
from emberharmony.features.transforms.frame import ENTITY, ROW, Column, Frame
from emberharmony.features.transforms.step import Constants, nothing, numeric

Statistic = Literal["mean", "std", "min", "max", "slope", "median"]
STATISTICS: tuple[Statistic, ...] = ("mean", "std", "min", "max", "slope", "median")
LONGEST = 256


def _past(frame: Frame) -> Any:
    """The rows of the same entity, in order: by the key as the source has it, whatever a step has made of it."""
    import ibis

    return ibis.window(group_by=frame.columns[ENTITY].value, order_by=frame.columns[ROW].value)


def _ready(frame: Frame, names: Sequence[str]) -> Frame:
    """A frame whose named columns are plain: a window cannot look through another one."""
    return frame.staged() if any(frame[name].windowed for name in names) else frame


def _check_lags(step: str, lags: Sequence[int]) -> None:
    if isinstance(lags, int) or not lags or any(not isinstance(k, int) or not 1 <= k <= 10_000 for k in lags):
        raise ArgumentError(
            f"{step} got lags={lags!r}",
            expected="a list of whole numbers from 1 to 10000: rows to look back",
            mend=f"ef.{step}([...], by='id', order='t', lags=(1, 2))",
        )


@dataclass(frozen=True)
class Lag:
    """The value `k` rows earlier of the same entity: `<column>:lag<k>`; missing where there is none.

    `by` names the entity's column and `order` the time that puts its rows in order (rows of equal time stay in the
    order of the source).
    """

    columns: Sequence[str]
    by: str
    order: str
    lags: Sequence[int] = (1,)

    def __post_init__(self) -> None:
        _check_lags("Lag", self.lags)

    @property
    def looks_back(self) -> int:
        """How many earlier rows of the entity it needs."""
        return max(self.lags)

    def reads(self) -> tuple[str, ...]:
        return (*self.columns, self.by, self.order)

    def fit(self, frame: Frame) -> Fit[Constants]:
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        frame = _ready(frame, self.columns)
        past = _past(frame)
        made: dict[str, Column] = {}
        for name in self.columns:
            column = frame[name]
            for k in self.lags:
                made[f"{name}:lag{k}"] = column.after(
                    column.value.lag(k).over(past), "Lag", frame.columns[ENTITY], windowed=True
                )
        return frame.fresh(made, owner="Lag")


@dataclass(frozen=True)
class Difference:
    """The value minus that `k` rows earlier of the same entity: `<column>:diff<k>`; missing where one of them is.

    For times the difference is in seconds, with fractions.
    """

    columns: Sequence[str]
    by: str
    order: str
    lags: Sequence[int] = (1,)

    def __post_init__(self) -> None:
        _check_lags("Difference", self.lags)

    @property
    def looks_back(self) -> int:
        """How many earlier rows of the entity it needs."""
        return max(self.lags)

    def reads(self) -> tuple[str, ...]:
        return (*self.columns, self.by, self.order)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            self._value(frame, name)
        return nothing()

    def _value(self, frame: Frame, name: str) -> Any:
        from emberharmony.features.engines.constants import microseconds

        kind = frame[name].value.type()
        return microseconds(frame[name].value) if kind.is_timestamp() else numeric(frame, name, "Difference").number

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        frame = _ready(frame, self.columns)
        past = _past(frame)
        made: dict[str, Column] = {}
        for name in self.columns:
            column, x = frame[name], self._value(frame, name)
            for k in self.lags:
                change = x - x.lag(k).over(past)
                value = change / bind(1e6) if column.value.type().is_timestamp() else change
                made[f"{name}:diff{k}"] = column.after(value, "Difference", frame.columns[ENTITY], windowed=True)
        return frame.fresh(made, owner="Difference")


@dataclass(frozen=True)
class Rolling:
    """Statistics of the last `window` rows of the entity, this row among them: `<column>:mean8`, `<column>:slope8`, ...

    At the start of an entity they are those of the rows there are. Missing values are passed over; all missing gives
    missing. "std" divides by the number of values; "slope" is the least-squares change per row and needs a full window
    without a missing value; "quantile" levels are given by `quantiles`: `<column>:q90_8`.
    """

    columns: Sequence[str]
    by: str
    order: str
    window: int = 8
    statistics: Sequence[Statistic] = ("mean", "std")
    quantiles: Sequence[float] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.window, int) or not 2 <= self.window <= LONGEST:
            raise ArgumentError(
                f"Rolling got window={self.window!r}",
                expected=f"from 2 to {LONGEST} rows",
                mend="for longer memories use several lags, or ef.TerabyteTemporalStrideProcessor with a dilation",
            )
        for statistic in self.statistics:
            if statistic not in STATISTICS:
                raise ArgumentError(
                    f"Rolling got the statistic {statistic!r}", expected=", ".join(map(repr, STATISTICS))
                )
        if any(not 0.0 <= q <= 1.0 for q in self.quantiles):
            raise ArgumentError(f"Rolling got quantiles={list(self.quantiles)}", expected="levels from 0 to 1")

    @property
    def looks_back(self) -> int:
        """How many earlier rows of the entity it needs."""
        return self.window - 1

    def reads(self) -> tuple[str, ...]:
        return (*self.columns, self.by, self.order)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            numeric(frame, name, "Rolling")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        # the last rows become columns, added up in a fixed order: an engine's own running sums of floats depend on
        # where a frame lies in its blocks
        frame = _ready(frame, self.columns)
        past = _past(frame)
        lagged: dict[str, Column] = {}
        for name in self.columns:
            column = frame[name]
            x = numeric(frame, name, "Rolling").number
            for k in range(self.window):
                value = x.lag(k).over(past) if k else x
                lagged[_hidden(name, k)] = Column(value, column.sources, column.steps, windowed=True)
        frame = frame.put(lagged).staged()
        made: dict[str, Column] = {}
        for name in self.columns:
            column = frame[name]
            values = [frame.columns[_hidden(name, k)].value for k in range(self.window)]
            for label, value in self._statistics(values):
                made[f"{name}:{label}"] = column.after(value, "Rolling", frame.columns[ENTITY])
        return frame.fresh(made, without=lagged, owner="Rolling")

    def _statistics(self, values: Sequence[Any]) -> list[tuple[str, Any]]:
        import ibis

        w = self.window
        present: list[Any] = [v.notnull().cast("int64") for v in values]
        n = reduce(add, present).cast("float64").nullif(bind(0.0))
        found: list[tuple[str, Any]] = []
        for statistic in self.statistics:
            match statistic:
                case "mean":
                    value = _total(values) / n
                case "std":
                    # around the newest value there is: the spread of 1e9 +- 1 is not lost in the squares of 1e9
                    origin = ibis.coalesce(*values)
                    steps = [v - origin for v in values]
                    mean = _total(steps) / n
                    spread = _total([step * step for step in steps]) / n - mean * mean
                    # rounding may leave a spread of nothing a little below it
                    floor: Any = ibis.ifelse(spread < bind(0.0), bind(0.0), spread)
                    value = floor.sqrt()
                case "min":
                    value = list_quantile(ibis.array(list(values)), 0.0)
                case "max":
                    value = list_quantile(ibis.array(list(values)), 1.0)
                case "slope":
                    middle = (w - 1) / 2
                    weights = [(middle - k) / (w * (w * w - 1) / 12) for k in range(w)]  # the newest row is k = 0
                    value = values[0] * bind(weights[0])
                    for v, weight in zip(values[1:], weights[1:], strict=True):
                        value = value + v * bind(weight)
                case "median":
                    value = list_quantile(ibis.array(list(values)), 0.5)
            found.append((f"{statistic}{w}", value))
        found += [(f"q{_percent(q)}_{w}", list_quantile(ibis.array(list(values)), q)) for q in self.quantiles]
        return found


def _hidden(name: str, k: int) -> str:
    return f"__ember_{k}_{name}"


def _percent(q: float) -> str:
    return f"{q * 100:.12g}"


def _total(values: Sequence[Any]) -> Any:
    total = values[0].fill_null(bind(0.0))
    for value in values[1:]:
        total = total + value.fill_null(bind(0.0))
    return total
