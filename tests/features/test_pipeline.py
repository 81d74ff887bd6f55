"""A fit has the same bits however the table is cut and computed; every way to run a pipeline gives the same rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis.strategies import integers, permutations, sampled_from
from tests.features.tables import telemetry

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointError, LeakageError, SchemaError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.sources.source import ArrowScan, Plan, Shard

ROWS = 2000


@dataclass(frozen=True)
class Cut:
    """A table as a source of shards of a given size."""

    table: pa.Table
    size: int
    name: str = "a table"

    def schema(self) -> pa.Schema:
        return self.table.schema

    def row_estimate(self) -> int:
        return self.table.num_rows

    def plan(self, rows_per_shard: int = 0) -> Plan:
        starts = range(0, self.table.num_rows, self.size)
        shards = (Shard(i, "table", s, min(self.size, self.table.num_rows - s)) for i, s in enumerate(starts))
        return Plan(self.table.schema, tuple(shards), "content")

    def scan(self, shard: Shard) -> ArrowScan:
        return ArrowScan(self.table.slice(shard.start, shard.rows))

    def batches(self, *_: object, **__: object):
        raise AssertionError("engines read by scans")


def wide() -> list[object]:
    """Most transforms in one pipeline, some of them over what others make."""
    return [
        ef.Impute(["x"], indicator=True),
        ef.Impute(["kind"], strategy="mode"),
        ef.Winsorise(["x"]),
        ef.StandardScale(["x", "y"]),
        ef.OneHot(["kind"]),
        ef.Ordinal(["n"]),
        ef.Calendar(["t", "at"], parts=("hour", "day"), harmonics=2),
        ef.TextStats(["note"], keep=True),
        ef.HashedTfIdf(["note"], buckets=4),
        ef.Bin(["y"], count=5),
        ef.Derive("z", ef.where(ef.col("x") > 0, (ef.col("x") + 1).log(), -1.0) + ef.col("n") / ef.col("id")),
        ef.Interact(["x", "z"]),
        ef.PCA(["x", "z", "y"], 2, keep=True),
        ef.TargetEncode(["flag"], target="label", by="id"),
    ]


def flat() -> list[object]:
    """Steps that do not wait for one another: few passes."""
    return [
        ef.Impute(["x"], indicator=True),
        ef.RobustScale(["y"]),
        ef.OneHot(["kind"]),
        ef.CountEncode(["n"]),
        ef.HashedTfIdf(["note"], buckets=4),
        ef.TargetEncode(["flag"], target="label", by="id"),
        ef.Calendar(["t"]),
    ]


def back() -> list[object]:
    """Steps that look at earlier rows, one over another."""
    ways = {"by": "id", "order": "t"}
    return [
        ef.Lag(["y", "kind"], lags=(1, 3), **ways),
        ef.Difference(["t", "y"], **ways),
        ef.Rolling(["y", "x"], window=4, statistics=("mean", "std", "min", "max", "slope", "median"), **ways),
        ef.Lag(["y:mean4"], **ways),
        ef.StandardScale(["y:mean4"]),
    ]


def whole(fitted: FittedPipeline, source: object, **ways: object) -> pa.Table:
    batches = list(fitted.stream(source, **ways))
    return pa.Table.from_batches(batches)


def bits(table: pa.Table) -> pa.Table:
    """The same table with floats as the integers of their bits: NaN is equal to NaN, and -0.0 not to 0.0."""
    whole_numbers = {pa.float32(): pa.int32(), pa.float64(): pa.int64()}
    columns = [column.combine_chunks() for column in table.columns]
    return pa.table([c.view(whole_numbers.get(c.type, c.type)) for c in columns], names=table.schema.names)


def same(a: object, b: object) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


@cache
def fitted_whole(split: object) -> FittedPipeline:
    return ef.Pipeline(flat(), target="label").fit(Cut(telemetry(ROWS), ROWS), split, workers=1)


SPLITS = [None, ef.HashSplit("id"), ef.TimeSplit("t", embargo=600), ef.StratifiedSplit("t", "label")]


SIZES = sampled_from([211, 997, 1024, ROWS])


@given(size=SIZES, workers=integers(1, 3), seed=integers(0, 99), split=sampled_from(SPLITS))
def test_a_fit_has_the_same_bits_for_any_cut_number_of_workers_and_order_of_rows(size, workers, seed, split):
    table = telemetry(ROWS)
    shuffled = table.take(pa.array(np.random.default_rng(seed).permutation(ROWS)))
    again = ef.Pipeline(flat(), target="label").fit(Cut(shuffled, size), split, workers=workers)
    assert again.table().equals(fitted_whole(split).table())


@given(size=SIZES, workers=integers(1, 3))
def test_the_rows_are_the_same_for_any_cut_and_number_of_workers(size, workers):
    table = telemetry(ROWS)
    fitted = fitted_whole(SPLITS[1])
    expected = whole(fitted, Cut(table, ROWS), workers=1)
    assert bits(whole(fitted, Cut(table, size), workers=workers)) == bits(expected)
    assert expected["id"].equals(table["id"])  # in the order of the source


@cache
def fitted_wide() -> FittedPipeline:
    return ef.Pipeline(wide(), target="label").fit(ef.from_arrow(telemetry(400)), ef.HashSplit("id"))


def test_one_row_is_the_row_of_the_table_bit_for_bit():
    table, fitted = telemetry(400), fitted_wide()
    found = whole(fitted, ef.from_arrow(table)).drop_columns(["split", "label"]).to_pylist()
    for row, expected in list(zip(table.to_pylist(), found, strict=True))[::37]:
        given_row = fitted.transform_row(row)
        assert list(given_row) == list(expected)
        assert all(same(given_row[name], expected[name]) for name in expected)


def test_one_row_with_its_history_is_the_row_of_the_table_bit_for_bit():
    table = telemetry(600)
    fitted = ef.Pipeline(back()).fit(ef.from_arrow(table), ef.HashSplit("id"))
    past: dict[int, list[dict[str, object]]] = {}
    for row in table.to_pylist():
        past.setdefault(row["id"], []).append(row)
    found: dict[int, list[dict[str, object]]] = {}
    for row in whole(fitted, ef.from_arrow(table)).drop_columns(["split"]).to_pylist():
        found.setdefault(row["id"], []).append(row)
    assert {k: len(v) for k, v in found.items()} == {k: len(v) for k, v in past.items()}
    for key, rows in list(past.items())[::4]:
        for i in (0, 1, 5, len(rows) - 1):
            given_row = fitted.transform_row(rows[i], history=rows[max(0, i - 8) : i])
            assert all(same(given_row[name], found[key][i][name]) for name in given_row)


@cache
def fitted_back() -> tuple[FittedPipeline, pa.Table]:
    source = Cut(telemetry(600), 600)
    fitted = ef.Pipeline(back()).fit(source)
    return fitted, bits(whole(fitted, source))


@given(order=permutations(range(6)), workers=integers(1, 2))
def test_rows_by_entity_are_the_same_for_any_cut_and_number_of_workers(order, workers):
    table = telemetry(600)
    fitted, expected = fitted_back()
    pieces = pa.concat_tables([table.slice(100 * i, 100) for i in order])  # times are distinct: no tie to break
    assert bits(whole(fitted, Cut(pieces, 70), workers=workers)) == expected


def test_a_side_is_the_rows_that_the_whole_says_it_has():
    table = telemetry(900)
    for steps in (flat(), back()):
        fitted = ef.Pipeline(steps).fit(ef.from_arrow(table), ef.TimeSplit("t"))
        source = ef.from_arrow(table)
        everything = whole(fitted, source)
        for side in ("train", "val", "test"):
            assert bits(whole(fitted, source, split=side)) == bits(
                everything.filter(pc.equal(everything["split"], side))
            )


def test_a_state_that_is_read_back_gives_the_same_rows(tmp_path):
    table = telemetry(500)
    looking_back = ef.Pipeline(back(), target="label").fit(ef.from_arrow(table), ef.StratifiedSplit("t", "label"))
    for fitted in (fitted_wide(), looking_back):
        fitted.save(tmp_path / "state.arrow")
        again = ef.FittedPipeline.load(tmp_path / "state.arrow")
        assert again.hash == fitted.hash
        assert bits(whole(again, ef.from_arrow(table))) == bits(whole(fitted, ef.from_arrow(table)))


def test_a_state_that_was_changed_is_refused(tmp_path):
    fitted = ef.Pipeline([ef.StandardScale(["y"])]).fit(ef.from_arrow(telemetry(50)))
    table = fitted.table()
    place = table.schema.get_field_index("real")
    changed = table.set_column(place, "real", pc.add(table["real"], 1.0)).replace_schema_metadata(table.schema.metadata)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, changed.schema) as writer:
        writer.write_table(changed)
    with pytest.raises(CheckpointError, match="hash"):
        FittedPipeline.from_bytes(sink.getvalue().to_pybytes())
    with pytest.raises(SchemaError, match="not a fitted state"):
        FittedPipeline.from_bytes(b"nothing of the kind")


@pytest.mark.parametrize("side", [1e300, *(pytest.param(v, marks=pytest.mark.slow) for v in (0.0, -1e300, math.nan))])
def test_nothing_outside_of_train_changes_what_is_learnt_or_what_train_rows_get(side):
    table = telemetry(ROWS)
    split = ef.TimeSplit("t", embargo=3600)
    for steps in (flat(), back()):
        fitted = ef.Pipeline(steps, target="label").fit(ef.from_arrow(table), split)
        rows = whole(fitted, ef.from_arrow(table), split="train")
        cut = table["t"][int(ROWS * 0.8)].as_py()
        later = pc.greater_equal(table["t"], pa.scalar(cut, pa.timestamp("us")))
        spoilt = table
        for name, value in (
            ("x", side),
            ("y", side),
            ("n", 7),
            ("kind", "new"),
            ("flag", True),
            ("note", "spoilt"),
            ("label", 1),
        ):
            place = table.schema.get_field_index(name)
            kind = table.schema.field(name).type
            spoilt = spoilt.set_column(
                place, name, pc.if_else(later, pa.scalar(value).cast(kind, safe=False), table[name])
            )
        again = ef.Pipeline(steps, target="label").fit(ef.from_arrow(spoilt), split)
        assert again.table().equals(fitted.table())
        assert bits(whole(again, ef.from_arrow(spoilt), split="train")) == bits(rows)


def test_explain_names_the_columns_and_transforms_behind_every_feature():
    fitted = fitted_wide()
    explained = {row["feature"]: row for row in fitted.explain().to_pylist()}
    assert list(explained) == whole(fitted, ef.from_arrow(telemetry(5))).schema.names
    assert explained["kind=a"]["columns"] == ["kind"]
    assert explained["kind=a"]["transforms"] == ["Impute", "OneHot"]
    assert explained["x*z"]["columns"] == ["x", "n", "id"]
    assert explained["pc0"]["transforms"][-1] == "PCA"


@pytest.mark.parametrize("count", [40, pytest.param(990, marks=pytest.mark.slow)])
def test_a_thousand_columns_and_odd_names_go_through(count):
    names = [f"c{i}" for i in range(count)] + [
        '"',
        "select",
        "a b",
        "ü",
        "a;drop table rows",
        "%s",
        "{}",
        "x'y",
        "NULL",
        ".",
    ]
    table = pa.table({name: pa.array([float(i), None, 2.0]) for i, name in enumerate(names)})
    fitted = ef.Pipeline([ef.Impute(names), ef.MinMaxScale(names)]).fit(ef.from_arrow(table))
    found = whole(fitted, ef.from_arrow(table))
    assert found.schema.names == names
    assert all(0.0 <= value <= 1.0 for value in found["a;drop table rows"].to_pylist())


def test_categories_that_look_like_sql_are_only_values():
    nasty = ["'); DROP TABLE rows; --", "$1", "getvariable('k0')", "\\", "\n", "0x"]
    table = pa.table({"k": nasty * 3, "y": [float(i) for i in range(18)]})
    fitted = ef.Pipeline([ef.OneHot(["k"]), ef.StandardScale(["y"])]).fit(ef.from_arrow(table))
    found = whole(fitted, ef.from_arrow(table))
    assert found[f"k={nasty[0]}"].to_pylist() == [1, 0, 0, 0, 0, 0] * 3
    values = [value for value, _ in fitted.query(columns=[f"k={nasty[0]}", "y"]).values.values()]
    assert nasty[0] in values


def test_an_empty_table_can_be_run_and_not_be_learnt_from():
    empty = telemetry(10).slice(0, 0)
    fitted = ef.Pipeline([ef.StandardScale(["y"])]).fit(ef.from_arrow(telemetry(10)))
    assert sum(batch.num_rows for batch in fitted.stream(ef.from_arrow(empty))) == 0
    with pytest.raises(SchemaError, match="no value in the train rows"):
        ef.Pipeline([ef.StandardScale(["y"])]).fit(ef.from_arrow(empty))


def test_mistakes_get_errors_that_name_them():
    source = ef.from_arrow(telemetry(20))
    with pytest.raises(SchemaError, match=r"no column 'z'.*\n.*\n.*did you mean"):
        ef.Pipeline([ef.StandardScale(["z"])]).fit(ef.from_arrow(pa.table({"zz": [1.0]})))
    with pytest.raises(SchemaError, match="column 'kind' of type string"):
        ef.Pipeline([ef.StandardScale(["kind"])]).fit(source)
    with pytest.raises(ArgumentError, match="columns='x'"):
        ef.Pipeline([ef.StandardScale("x")])
    for step in (ef.StandardScale(["x"]), ef.Derive("z", ef.col("x") * 2), ef.Rename({"x": "z"})):
        with pytest.raises(LeakageError, match="would use the target"):
            ef.Pipeline([step], target="x")
    with pytest.raises(SchemaError, match="x=missing"):
        ef.Pipeline([ef.Impute(["x"], indicator=True), ef.Impute(["x"], indicator=True)]).fit(source).explain()
    with pytest.raises(ArgumentError, match="for a source"):
        ef.Pipeline([ef.StandardScale(["x"])]).fit(telemetry(5))
    with pytest.raises(SchemaError, match="reach from"):
        ef.Pipeline([ef.StandardScale(["v"])]).fit(ef.from_arrow(pa.table({"v": [1.0, math.inf]})))
    fitted = ef.Pipeline([ef.OneHot(["kind"], unknown="error")]).fit(source)
    with pytest.raises(SchemaError, match="did not see: brand new"):
        fitted.transform_row({**telemetry(1).to_pylist()[0], "kind": "brand new"})
    with pytest.raises(SchemaError, match="the row has no 'id'"):
        fitted.transform_row({"kind": "a"})
