"""Categories to numbers: one column each, an order, counts, a seeded hash, or the mean of the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.engines.constants import bind
from emberharmony.features.errors import LeakageError, SchemaError
from emberharmony.features.hashing import hashed
from emberharmony.features.statistics import Fit, GroupedMeans, TooMany, counts, grouped_means, pooled_mean, together
from emberharmony.features.transforms.frame import Column, Frame
from emberharmony.features.transforms.step import Constants, no_values, nothing, numeric, wrong_type

Unknown = Literal["bucket", "ignore", "error"]
MOST = 1_000_000


def category(frame: Frame, name: str, step: str) -> Column:
    """A column of categories: text, whole numbers, booleans, dates."""
    column = frame[name]
    kind = column.value.type()
    if kind.is_boolean():
        return replace(column, value=column.value.cast("int8"))
    if not (kind.is_string() or kind.is_integer()):
        raise wrong_type(
            step,
            name,
            kind,
            "categories: text, whole numbers or booleans",
            f"ef.Bin([{name!r}]) before it, for numbers",
        )
    return column


def _table(found: Mapping[Any, int] | TooMany, name: str, step: str) -> Mapping[Any, int]:
    if isinstance(found, TooMany):
        raise SchemaError(
            f"{step}: column {name!r} has more than {found.most:,} distinct values",
            expected="categories",
            mend=f"ef.HashEncode([{name!r}], buckets=1024)",
        )
    if not found:
        raise no_values(step, name)
    return found


def _frequencies(frame: Frame, names: Sequence[str], step: str) -> Fit[dict[str, Mapping[Any, int]]]:
    values = {name: category(frame, name, step).value for name in names}
    found = yield from together({name: counts(value, most=MOST) for name, value in values.items()})
    return {name: _table(table, name, step) for name, table in found.items()}


def _bound(value: Any) -> Any:
    return bind(value, "string" if isinstance(value, str) else "int64")


def _checked(column: Column, known: Any, unknown: Unknown, name: str, step: str, value: Any) -> Any:
    """`value`, or an error from the engine where the category is neither missing nor known."""
    if unknown != "error":
        return value
    import ibis

    from emberharmony.features.engines.constants import failure

    text = bind(f"{step}: column {name!r} has a category that the fit did not see: ", "string")
    problem = failure(text.concat(column.value.cast("string")), value.type())
    return ibis.ifelse(column.value.notnull() & ~known, problem, value)


@dataclass(frozen=True)
class OneHot:
    """One column for each of the `most` most frequent categories of the train rows: `<column>=<category>`, 1 or 0.

    A category that is rarer, new or missing is 1 in `<column>:other` (`unknown="bucket"`) or 0 everywhere ("ignore");
    with "error" a new category ends the run, by name.
    """

    columns: Sequence[str]
    most: int = 100
    unknown: Unknown = "bucket"

    def __post_init__(self) -> None:
        _check_unknown("OneHot", self.unknown)
        if not 1 <= self.most <= 4096:
            raise ArgumentError(
                f"OneHot got most={self.most}", expected="from 1 to 4096", mend="ef.HashEncode for more"
            )

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from _frequencies(frame, self.columns, "OneHot")
        return {name: {"categories": sorted(list(table)[: self.most])} for name, table in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        columns: dict[str, Column] = {}
        for name in self.columns:
            column, known = category(frame, name, "OneHot"), constants[name]
            categories: Any = known["categories"]
            flags = {f"{name}={c}": column.value.identical_to(_bound(c)) for c in categories}
            seen = column.value.isin([_bound(c) for c in categories]).fill_null(ibis.literal(False))
            if self.unknown == "bucket":
                flags[f"{name}:other"] = ~seen
            for label, flag in flags.items():
                value = _checked(column, seen, self.unknown, name, "OneHot", flag.cast("int8"))
                columns[label] = column.after(value, "OneHot")
        return frame.fresh(columns, without=self.columns, owner="OneHot")


def _check_unknown(step: str, unknown: str) -> None:
    if unknown not in ("bucket", "ignore", "error"):
        raise ArgumentError(f"{step} got unknown={unknown!r}", expected="'bucket', 'ignore' or 'error'")


def _looked_up(
    frame: Frame, name: str, step: str, values: Mapping[Any, Any], kind: pa.DataType
) -> tuple[Frame, Any, Any]:
    """The frame with a table of constants joined, the value of each row's category, and whether it is known."""
    keys = list(values)
    text = bool(keys) and isinstance(keys[0], str)
    column = category(frame, name, step)
    key = column.value if text else column.value.cast("int64")
    table = pa.table(
        {"key": pa.array(keys, pa.string() if text else pa.int64()), "value": pa.array(list(values.values()), kind)}
    )
    joined, found = frame.joined(key, f"ember_{len(frame.tables)}", table)
    return joined, found["value"], found["key"].notnull()


@dataclass(frozen=True)
class Ordinal:
    """The place of the category among `order`, or among the sorted categories of the train rows, from 0.

    An unknown or missing category is -1 ("bucket"), missing ("ignore"), or an error ("error": new ones only).
    """

    columns: Sequence[str]
    order: Sequence[str | int] | None = None
    unknown: Unknown = "bucket"

    def __post_init__(self) -> None:
        _check_unknown("Ordinal", self.unknown)
        if self.order is not None and len(set(self.order)) != len(self.order):
            raise ArgumentError(f"Ordinal got order={list(self.order)}", expected="each category once")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        if self.order is not None:
            kind = str if all(isinstance(c, str) for c in self.order) else int
            for name in self.columns:
                found = category(frame, name, "Ordinal").value.type()
                if found.is_string() != (kind is str) or not all(isinstance(c, kind) for c in self.order):
                    raise wrong_type("Ordinal", name, found, f"categories as in order={list(self.order)}")
            yield from nothing()
            return {name: {"categories": list(self.order)} for name in self.columns}
        found = yield from _frequencies(frame, self.columns, "Ordinal")
        return {name: {"categories": sorted(table)} for name, table in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        for name in self.columns:
            categories: Any = constants[name]["categories"]
            places = {value: place for place, value in enumerate(categories)}
            frame, value, known = _looked_up(frame, name, "Ordinal", places, pa.int32())
            column = category(frame, name, "Ordinal")
            if self.unknown == "bucket":
                value = value.fill_null(ibis.literal(-1, type="int32"))
            value = _checked(column, known, self.unknown, name, "Ordinal", value)
            frame = frame.put({name: column.after(value, "Ordinal")})
        return frame


@dataclass(frozen=True)
class CountEncode:
    """How often the category occurs in the train rows, or its share (`share=True`); 0 where it is new or missing."""

    columns: Sequence[str]
    share: bool = False

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        found = yield from _frequencies(frame, self.columns, "CountEncode")
        return {name: {"categories": list(table), "counts": list(table.values())} for name, table in found.items()}

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        for name in self.columns:
            known: Any = constants[name]
            total = sum(known["counts"]) if self.share else 1
            shares = {c: count / total for c, count in zip(known["categories"], known["counts"], strict=True)}
            frame, value, _ = _looked_up(frame, name, "CountEncode", shares, pa.float64())
            column = category(frame, name, "CountEncode")
            frame = frame.put({name: column.after(value.fill_null(bind(0.0)), "CountEncode")})
        return frame


@dataclass(frozen=True)
class HashEncode:
    """The category's seeded hash modulo `buckets`: nothing is learnt, any number of them fits, some share a place.

    The same number on every engine and in every process. A missing category has a place of its own: `buckets`.
    """

    columns: Sequence[str]
    buckets: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        if not 2 <= self.buckets <= 2**30:
            raise ArgumentError(f"HashEncode got buckets={self.buckets}", expected="from 2 to 2**30")

    def reads(self) -> tuple[str, ...]:
        return tuple(self.columns)

    def fit(self, frame: Frame) -> Fit[Constants]:
        for name in self.columns:
            category(frame, name, "HashEncode")
        return nothing()

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        columns: dict[str, Column] = {}
        for name in self.columns:
            column = category(frame, name, "HashEncode")
            h = hashed(column.value, self.seed, owner="HashEncode", name=name) % self.buckets
            bucket = ibis.ifelse(column.value.isnull(), ibis.literal(self.buckets, type="int64"), h)
            columns[name] = column.after(bucket.cast("int32"), "HashEncode")
        return frame.put(columns)


@dataclass(frozen=True)
class TargetEncode:
    """The mean of the target over the category's train rows, drawn towards the mean of all by `weight` rows of it.

        (sum_c + weight mean) / (count_c + weight)

    A train row gets the value of the other folds, never its own: rows fall into `folds` folds by a hash of `by`, the
    entity, so no row of an entity helps to encode another of the same. Rows of validation and test get the value of
    all train rows; an unknown or missing category the mean of all. Without a split every row is a train row.
    """

    columns: Sequence[str]
    target: str
    by: str
    folds: int = 5
    weight: float = 20.0
    seed: int = 0

    def __post_init__(self) -> None:
        if self.target in self.columns:
            raise LeakageError(
                f"TargetEncode would encode the target {self.target!r} by itself", expected="other columns"
            )
        if not 2 <= self.folds <= 100 or self.weight < 0.0:
            raise ArgumentError(
                f"TargetEncode got folds={self.folds}, weight={self.weight}",
                expected="2 to 100 folds, a weight of at least 0",
            )

    def reads(self) -> tuple[str, ...]:
        return (*self.columns, self.target, self.by)

    def _fold(self, frame: Frame) -> Any:
        # a seed of its own: the split hashes the same key, and its train rows must spread over all folds
        h = hashed(frame[self.by].value, self.seed + 7919, owner="TargetEncode", name=self.by)
        return h % self.folds

    def fit(self, frame: Frame) -> Fit[Constants]:
        target = numeric(frame, self.target, "TargetEncode").number
        fold = self._fold(frame)
        fits: dict[tuple[str, int], Any] = {}
        for name in self.columns:
            value = category(frame, name, "TargetEncode").value
            for k in range(self.folds):
                fits[name, k] = grouped_means(_only(target, fold == k), value, most=MOST)
        fits["", 0] = grouped_means(target, fold)
        found = yield from together(fits)
        everything = found.pop(("", 0))
        if not isinstance(everything, GroupedMeans):
            raise no_values("TargetEncode", self.target)
        prior = everything.mean()
        others = [everything.mean([j for j in range(self.folds) if j != k], prior=prior) for k in range(self.folds)]
        constants: dict[str, Any] = {self.target: {"mean": prior, "others": others}}
        for name in self.columns:
            parts = [found[name, k] for k in range(self.folds)]
            constants[name] = _encoded(parts, name, prior, others, float(self.weight))
        return constants

    def apply(self, frame: Frame, constants: Constants) -> Frame:
        import ibis

        mean: Any = constants[self.target]["mean"]
        others: Any = constants[self.target]["others"]
        for name in self.columns:
            known: Any = constants[name]
            columns = {"key": known["categories"], "all": known["all"]}
            columns |= {f"fold{k}": known[f"fold{k}"] for k in range(self.folds)}
            text = bool(known["categories"]) and isinstance(known["categories"][0], str)
            kinds = {"key": pa.string() if text else pa.int64()}
            table = pa.table({n: pa.array(v, kinds.get(n, pa.float64())) for n, v in columns.items()})
            column = category(frame, name, "TargetEncode")
            key = column.value if text else column.value.cast("int64")
            frame, found = frame.joined(key, f"ember_{len(frame.tables)}", table)
            fold = self._fold(frame)
            held_out = ((fold == k, ibis.coalesce(found[f"fold{k}"], bind(others[k]))) for k in range(self.folds))
            value = ibis.cases(*held_out)
            if frame.train is not None:
                value = ibis.ifelse(frame.train, value, ibis.coalesce(found["all"], bind(mean)))
            column = frame[name]
            frame = frame.put({name: column.after(value, "TargetEncode", frame[self.by])})
        return frame


def _only(x: Any, where: Any) -> Any:
    import ibis

    return ibis.ifelse(where, x, ibis.null("float64"))


def _encoded(parts: Sequence[Any], name: str, prior: float, others: Sequence[float], weight: float) -> dict[str, Any]:
    """For each category the encoding from all folds, and from all but each."""
    for part in parts:
        if isinstance(part, TooMany):
            _table(part, name, "TargetEncode")
    found = {k: part for k, part in enumerate(parts) if isinstance(part, GroupedMeans)}
    categories = sorted({key for part in found.values() for key in part.sums})
    if not categories:
        raise no_values("TargetEncode", name)
    totals = [{k: part.total([c]) for k, part in found.items()} for c in categories]
    values: dict[str, Any] = {"categories": categories}
    values["all"] = [pooled_mean(by_fold.values(), prior=prior, weight=weight) for by_fold in totals]
    for k, other in enumerate(others):
        rest = [[total for j, total in by_fold.items() if j != k] for by_fold in totals]
        values[f"fold{k}"] = [pooled_mean(pairs, prior=other, weight=weight) for pairs in rest]
    return values
