"""Which rows a fit may learn from: by entity, by time, or by entity within strata; never by the position of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind, microseconds
from emberharmony.features.errors import SchemaError
from emberharmony.features.hashing import NULL_TEXT, hashed, span
from emberharmony.features.statistics import Distribution, Fit, Groups, Measure, Question, TooMany, distribution
from emberharmony.features.transforms.frame import TEST, TRAIN, VALIDATION, Frame
from emberharmony.features.transforms.step import Constants, nothing, wrong_type

MOST_ENTITIES = 1_000_000
BEYOND = 2**62  # no hash and no time comes so far
SPLIT_COLUMN = "split"  # what it is called among the features
NAMES = {TRAIN: "train", VALIDATION: "val", TEST: "test"}


@runtime_checkable
class Split(Protocol):
    """Assigns each row to train, validation, test, or none of them."""

    def fit(self, frame: Frame) -> Fit[Constants]:
        """What must be known of keys and times before rows can be assigned."""
        ...

    def assign(self, frame: Frame, constants: Constants) -> Any:
        """0, 1, 2 or null for each row, as an int8 expression."""
        ...

    def train_rows(self, frame: Frame, constants: Constants) -> Any:
        """Whether a row is on the side 0: the same, in fewer operations, for the passes of a fit."""
        ...


def _shares(owner: str, train: float, val: float, test: float) -> tuple[Fraction, Fraction]:
    """The two cuts of the unit interval."""
    shares = [Fraction(str(share)) for share in (train, val, test)]
    if any(share < 0 for share in shares) or sum(shares) != 1 or shares[0] == 0:
        raise ArgumentError(
            f"{owner} got train={train}, val={val}, test={test}",
            expected="shares of at least 0 that add up to 1, and something to train on",
            mend=f"{owner}(..., train=.8, val=.1, test=.1)",
        )
    return shares[0], shares[0] + shares[1]


def _cut(h: Any, first: Any, second: Any) -> Any:
    """0 below the first cut, 1 below the second, else 2."""
    return (h >= first).cast("int8") + (h >= second).cast("int8")


@dataclass(frozen=True)
class HashSplit:
    """By a hash of the entity's key: all rows of an entity lie on one side, on every engine, in any order of the rows.

    The shares hold on average over entities; a missing key counts as one entity.
    """

    key: str
    train: float = 0.8
    val: float = 0.1
    test: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        _shares("HashSplit", self.train, self.val, self.test)

    def fit(self, frame: Frame) -> Fit[Constants]:
        """Nothing has to be known."""
        return nothing()

    def assign(self, frame: Frame, constants: Constants) -> Any:
        """By comparing the hash with two cuts of its span."""
        h, first, second = self._places(frame)
        return _cut(h, first, second)

    def train_rows(self, frame: Frame, constants: Constants) -> Any:
        """By the first cut alone."""
        h, first, _ = self._places(frame)
        return h < first

    def _places(self, frame: Frame) -> tuple[Any, Any, Any]:
        key = frame[self.key].value
        h = hashed(key, self.seed, owner="HashSplit", name=self.key)
        cuts = [int(share * span(key.type())) for share in _shares("HashSplit", self.train, self.val, self.test)]
        return h, bind(cuts[0], "int64"), bind(cuts[1], "int64")


@dataclass(frozen=True)
class StratifiedSplit:
    """By a hash of the entity's key, with cuts chosen for each label so that the shares hold within every label.

    Every row of an entity must carry the same label; an entity with two labels is refused, because it could cross.
    """

    key: str
    label: str
    train: float = 0.8
    val: float = 0.1
    test: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        _shares("StratifiedSplit", self.train, self.val, self.test)

    def _hash(self, frame: Frame) -> Any:
        return hashed(frame[self.key].value, self.seed, owner="StratifiedSplit", name=self.key)

    def fit(self, frame: Frame) -> Fit[Constants]:
        """For each label, the hashes that cut its rows by the shares."""

        label, key = frame[self.label].value, frame[self.key].value
        if label.type().is_floating():
            raise wrong_type("StratifiedSplit", self.label, label.type(), "a label: text, whole numbers or booleans")

        def ask(key: Any, h: Any, text: Any) -> Groups:
            measures = (Measure("min", h), Measure("min", text), Measure("max", text), Measure("count", h))
            return Groups(key, measures, MOST_ENTITIES)

        (found,) = yield [Question((_named(key), self._hash(frame), _named(label)), ask)]
        if isinstance(found, TooMany):
            raise ArgumentError(
                f"StratifiedSplit counts the entities of {self.key!r}, and there are more than {found.most:,}",
                mend="HashSplit: with that many entities its shares hold within every label as well",
            )
        of: dict[str, list[tuple[int, int]]] = {}
        for entity, (bucket, low, high, rows) in found.items():
            if low != high:
                raise SchemaError(
                    f"StratifiedSplit: {self.key} {entity!r} has the labels {low!r} and {high!r}",
                    expected="one label for each entity, or its rows would lie on two sides",
                    mend=f"HashSplit({self.key!r}), or a key that is finer",
                )
            of.setdefault(low, []).append((bucket, rows))
        shares = _shares("StratifiedSplit", self.train, self.val, self.test)
        labels: list[Any] = sorted(of)
        first, second = ([_weighted_cut(sorted(of[v]), share) for v in labels] for share in shares)
        return {"cuts": {"label": labels, "first": list(first), "second": list(second)}}

    def assign(self, frame: Frame, constants: Constants) -> Any:
        """By comparing the hash with the cuts of the row's label; a label that the fit never saw belongs to none."""
        import ibis

        text, h = _named(frame[self.label].value), self._hash(frame)
        cuts: Any = constants["cuts"]
        branches = [
            (text == bind(label, "string"), _cut(h, bind(first, "int64"), bind(second, "int64")))
            for label, first, second in zip(cuts["label"], cuts["first"], cuts["second"], strict=True)
        ]
        return ibis.cases(*branches, else_=ibis.null("int8")) if branches else ibis.null("int8")

    def train_rows(self, frame: Frame, constants: Constants) -> Any:
        """As `assign` says."""
        return self.assign(frame, constants) == TRAIN


def _named(value: Any) -> Any:
    """A key or a label as text; a missing one has a name of its own."""
    return value.cast("string").fill_null(bind(NULL_TEXT, "string"))


def _weighted_cut(buckets: Sequence[tuple[int, int]], share: Fraction) -> int:
    """The hash below which about `share` of the rows lie: the nearest that whole entities allow."""
    if share == 1:
        return BEYOND
    total = sum(rows for _, rows in buckets)
    below = 0
    for bucket, rows in buckets:
        if 2 * (share * total - below) < rows:
            return bucket
        below += rows
    return buckets[-1][0] + 1


@dataclass(frozen=True)
class TimeSplit:
    """By time: train before validation before test, with `embargo` between them left out of all three.

    `val_from` and `test_from` are times (datetime or ISO text; without a zone they are read as the column is), or leave
    them out and give shares: the cuts are then quantiles of the times. Rows in the embargo, the last stretch before
    each cut, and rows without a time belong to none. A column of numbers is a time, too; cuts and embargo are then
    numbers in its unit.
    """

    time: str
    val_from: str | datetime | float | None = None
    test_from: str | datetime | float | None = None
    train: float = 0.8
    val: float = 0.1
    test: float = 0.1
    embargo: float | timedelta = 0.0

    def __post_init__(self) -> None:
        _shares("TimeSplit", self.train, self.val, self.test)
        for name in ("val_from", "test_from"):
            if isinstance(moment := getattr(self, name), datetime):
                object.__setattr__(self, name, moment.isoformat())
        gap = self.embargo.total_seconds() if isinstance(self.embargo, timedelta) else float(self.embargo)
        object.__setattr__(self, "embargo", gap)
        if not 0.0 <= gap < float("inf"):
            raise ArgumentError(f"TimeSplit got embargo={gap}", expected="a span of at least 0: seconds or a timedelta")
        if (self.val_from is None) != (self.test_from is None):
            raise ArgumentError("TimeSplit got one of val_from and test_from", expected="both, or none and shares")
        if len({type(_instant(cut)) for cut in (self.val_from, self.test_from)}) > 1:
            raise ArgumentError(
                f"TimeSplit got val_from={self.val_from!r} and test_from={self.test_from!r}",
                expected="two times, or two numbers",
            )
        if self._given is not None and self._given["val"] > self._given["test"]:
            raise ArgumentError(
                f"TimeSplit got val_from={self.val_from} after test_from={self.test_from}", expected="an order in time"
            )

    @property
    def _given(self) -> dict[str, float] | None:
        val, test = _instant(self.val_from), _instant(self.test_from)
        return None if val is None or test is None else {"val": val, "test": test}

    def _time(self, frame: Frame) -> Any:
        import ibis

        time = frame[self.time].value
        kind = time.type()
        if kind.is_floating():  # for engines nan is the last of all times
            return ibis.ifelse(time.isnan() | time.isinf(), ibis.null("float64"), time.cast("float64"))
        if kind.is_numeric():
            return time.cast("float64")
        if not (kind.is_timestamp() or kind.is_date()):
            raise wrong_type("TimeSplit", self.time, kind, "timestamps, dates or numbers")
        return microseconds(time.cast("timestamp") if kind.is_date() else time)

    def _place(self, frame: Frame, cut: Any, gap: float = 0.0) -> Any:
        """So long before a cut, in the unit of `_time`."""
        if frame[self.time].value.type().is_numeric():
            return bind(float(cut) - gap, "float64")
        return bind(int(cut) - round(gap * 1e6), "int64")

    def fit(self, frame: Frame) -> Fit[Constants]:
        """The cuts: as given, or as quantiles of all times."""
        if self._given is not None:
            self._check_kinds(frame)
            return {"cuts": self._given}
        shares = [float(share) for share in _shares("TimeSplit", self.train, self.val, self.test)]
        found = yield from distribution(self._time(frame).cast("float64"), quantiles=shares, tolerance=0.0)
        if not isinstance(found, Distribution):
            raise SchemaError(f"TimeSplit: column {self.time!r} has no time at all", expected="at least one")
        is_number, gap = frame[self.time].value.type().is_numeric(), float(str(self.embargo))
        first, second = (
            BEYOND if share == 1.0 else found.quantile(share) if is_number else round(found.quantile(share))
            for share in shares
        )
        if first - (gap if is_number else round(gap * 1e6)) <= (found.extent.low or 0.0):
            raise SchemaError(
                f"TimeSplit: no row of {self.time!r} lies before the first cut and its embargo",
                expected="rows to train on",
                mend="a larger share for train, a smaller embargo, or val_from and test_from of your own",
            )
        return {"cuts": {"val": first, "test": second}}

    def _check_kinds(self, frame: Frame) -> None:
        """A cut is a number exactly if the column holds numbers, and has a zone exactly if the column has one."""
        kind = frame[self.time].value.type()
        if isinstance(self.val_from, int | float) != kind.is_numeric():
            raise ArgumentError(
                f"TimeSplit got val_from={self.val_from!r} for column {self.time!r} of type {kind}",
                expected="a number" if kind.is_numeric() else "a datetime, or ISO text",
            )
        if kind.is_numeric():
            return
        zone = kind.timezone if kind.is_timestamp() else None
        for name in ("val_from", "test_from"):
            text = str(getattr(self, name))
            if (datetime.fromisoformat(text).tzinfo is not None) != (zone is not None):
                raise ArgumentError(
                    f"TimeSplit got {name}={text!r} for column {self.time!r} of type {kind}",
                    expected="a time with a zone for times with one, and without for those without",
                    mend=f"{name}='{text}+00:00'" if zone is not None else "leave the zone out",
                )

    def assign(self, frame: Frame, constants: Constants) -> Any:
        """By comparing the time with the cuts."""
        import ibis

        t = self._time(frame)
        cuts: Any = constants["cuts"]
        val, test, gap = cuts["val"], cuts["test"], float(str(self.embargo))
        return ibis.cases(
            (t < self._place(frame, val, gap), TRAIN),
            ((t >= self._place(frame, val)) & (t < self._place(frame, test, gap)), VALIDATION),
            (t >= self._place(frame, test), TEST),
            else_=ibis.null("int64"),
        ).cast("int8")

    def train_rows(self, frame: Frame, constants: Constants) -> Any:
        """By the first cut alone."""
        return self._time(frame) < self._place(frame, constants["cuts"]["val"], float(str(self.embargo)))


def _instant(cut: str | float | datetime | None) -> int | float | None:
    """A number as it is; of a time the microseconds since 1970."""
    if cut is None or isinstance(cut, float):
        return cut
    if isinstance(cut, int):
        return float(cut)
    text = str(cut)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentError(
            f"TimeSplit got the time {text!r}", expected="ISO text such as '2026-01-31T12:00'"
        ) from None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
