"""Faults that a close reading found once, each with the smallest table that shows it."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from
from tests.features.tables import telemetry
from tests.features.test_pipeline import bits, whole

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import LeakageError, NotFittedError, SchemaError, SourceError
from emberharmony.features.fitted import FittedPipeline
from emberharmony.features.pipeline import fit_steps


def run(steps: list[Any], table: pa.Table, split: Any = None, **ways: Any) -> pa.Table:
    source = ef.from_arrow(table)
    return whole(ef.Pipeline(steps, **ways).fit(source, split), source)


def test_keeping_all_columns_changes_nothing_that_is_learnt():
    table = telemetry(500)
    source, split = ef.from_arrow(table), ef.HashSplit("id")
    scale = ef.StandardScale(["y"])
    plain = ef.Pipeline([scale]).fit(source, split)
    kept = ef.Pipeline([ef.Keep(table.schema.names), scale]).fit(source, split)
    assert kept.constants[1] == plain.constants[0]
    lag = ef.Lag(["y"], by="id", order="t")
    after = run([ef.Keep(["y", "id", "t"]), lag], table)
    before = run([lag, ef.Keep(["y", "id", "t", "y:lag1"])], table)
    assert bits(after) == bits(before)


def test_columns_called_as_those_of_a_table_of_constants_are_left_alone():
    table = pa.table({"c": ["a", "a", "b"], "value": [10.0, 20.0, 30.0], "key": [7, 8, 9], "all": [1.0, 2.0, 3.0]})
    found = run([ef.CountEncode(["c"])], table)
    assert found["c"].to_pylist() == [2.0, 2.0, 1.0]
    assert found.drop_columns(["c"]).equals(table.drop_columns(["c"]))


def test_rows_keep_their_order_where_constants_outnumber_them(tmp_path):
    pq.write_table(pa.table({"c": [f"c{i:05}" for i in range(3000)]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"c": [f"c{(i * 977) % 3000:05}" for i in range(20)]}), tmp_path / "b.parquet")
    source = ef.read_parquet(tmp_path)
    found = whole(ef.Pipeline([ef.Ordinal(["c"])]).fit(source), source)["c"].to_pylist()
    assert found == [*range(3000), *((i * 977) % 3000 for i in range(20))]


POOL = [
    ef.Impute(["x"]),
    ef.Derive("x", ef.col("n") * 100.0),
    ef.Derive("y", ef.col("x") + ef.col("y")),
    ef.StandardScale(["x"]),
    ef.StandardScale(["x", "y"]),
    ef.Winsorise(["y"]),
    ef.Clip(["n"], low=0.0),
    ef.Impute(["n"], strategy="mean"),
    ef.RobustScale(["n"]),
    ef.Rename({"flag": "held"}),
    ef.Drop(["note"]),
]


@given(lists(sampled_from(POOL), min_size=2, max_size=6, unique_by=id))
def test_steps_that_share_passes_learn_what_they_learn_one_after_the_other(steps):
    source = ef.from_arrow(telemetry(80))
    together = ef.Pipeline(steps).fit(source).constants
    alone: list[Any] = []
    for count in range(1, len(steps) + 1):
        # the steps before are given as constants: their fit is not run again
        done = FittedPipeline(ef.Pipeline(steps[: count - 1]), source.schema(), None, {}, alone)
        from emberharmony.features.pipeline import passes_over
        from emberharmony.features.resources import Resources

        alone += fit_steps(done.frame, [steps[count - 1]], passes_over(source, Resources.of(1)))
    assert list(together) == alone


def test_an_entity_stays_itself_whatever_a_step_makes_of_its_key():
    table = pa.table({"id": ["a", "b", "c", "a", "b", "c"], "t": range(6), "x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    for change in (ef.Ordinal(["id"], order=["a"]), ef.CountEncode(["id"]), ef.HashEncode(["id"], buckets=2)):
        found = run([change, ef.Lag(["x"], by="id", order="t")], table).sort_by("t")
        assert found["x:lag1"].to_pylist() == [None, None, None, 1.0, 2.0, 3.0]


def test_patterns_and_partitions_in_paths_are_only_names(tmp_path):
    folder = tmp_path / "x=99"
    folder.mkdir()
    pq.write_table(pa.table({"x": [1.0]}), folder / "d[1]*.parquet")
    pq.write_table(pa.table({"x": [2.0]}), folder / "d1.parquet")
    source = ef.read_parquet(folder / "d[1]*.parquet")
    assert whole(ef.Pipeline([ef.Clip(["x"], low=0.0)]).fit(source), source)["x"].to_pylist() == [1.0]


def test_nan_is_missing_in_expressions_and_remainders_are_pythons():
    table = pa.table({"x": [math.nan, 95.0, -7.0]})
    x = ef.col("x")
    cases = {
        "held": (x.clip(0.0, 90.0), [None, 90.0, 0.0]),
        "high": (ef.where(x > 50.0, 1.0, 0.0), [0.0, 1.0, 0.0]),
        "rest": (x % 3.0, [None, 2.0, -7.0 % 3.0]),
        "root": (x**0.5, [None, 95.0**0.5, None]),
    }
    found = run([ef.Derive(name, expression) for name, (expression, _) in cases.items()], table)
    for name, (_, expected) in cases.items():
        assert found[name].to_pylist() == expected, name


def test_the_answer_is_no_feature_and_nobody_writes_it():
    table = telemetry(100)
    fitted = ef.Pipeline([ef.TargetEncode(["kind"], target="label", by="id")]).fit(ef.from_arrow(table))
    assert "label" not in fitted.feature_names
    with pytest.raises(LeakageError, match="would use the target"):
        ef.Pipeline([ef.Derive("label", ef.col("x"))], target="label")


def test_categories_that_differ_by_case_are_named():
    with pytest.raises(SchemaError, match=r"'k=a' beside 'k=A'"):
        run([ef.OneHot(["k"])], pa.table({"k": ["a", "A"]}))


def test_a_share_of_nothing_gets_no_row():
    table = pa.table({"t": [datetime(2024, 1, 1) + timedelta(hours=i) for i in range(50)]})
    assert "test" not in run([], table, ef.TimeSplit("t", train=0.8, val=0.2, test=0.0))["split"].to_pylist()
    assert set(run([], table, ef.TimeSplit("t", train=1.0, val=0.0, test=0.0))["split"].to_pylist()) == {"train"}


def test_a_cut_without_a_zone_does_not_cut_times_with_one():
    times = pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("us", "America/New_York"))
    with pytest.raises(ArgumentError, match="with a zone for times with one"):
        run([], pa.table({"t": times}), ef.TimeSplit("t", "2024-01-01T00:00", "2024-01-02T00:00"))
    same = pa.array([datetime(2024, 1, 1)] * 8 + [datetime(2024, 1, 2)] * 2, pa.timestamp("us"))
    with pytest.raises(SchemaError, match="rows to train on"):
        run([], pa.table({"t": same}), ef.TimeSplit("t", train=0.5, val=0.3, test=0.2))


def test_a_missing_key_with_two_labels_is_an_entity_with_two_labels():
    table = pa.table({"k": ["a", None, None], "y": ["u", "u", "v"]})
    with pytest.raises(SchemaError, match="has the labels"):
        run([], table, ef.StratifiedSplit("k", "y"))


@pytest.mark.parametrize("unit", [5e-324, 1e-200, 1e200])
def test_values_at_the_ends_of_what_a_float_can_hold_are_scaled(unit):
    table = pa.table({"x": [0.0, unit, 2 * unit] * 10})
    found = run([ef.StandardScale(["x"])], table)["x"].to_pylist()
    assert found[1] == pytest.approx(0.0, abs=1e-12)
    assert found[2] == pytest.approx(math.sqrt(1.5), rel=0.3 if unit == 5e-324 else 1e-12)  # a step of 5e-324 is coarse
    run([ef.RobustScale(["x"])], table)


def test_products_beyond_a_float_are_refused_by_name():
    table = pa.table({"a": [1e200, -1e200, 3e199], "b": [1.0, 2.0, 3.0]})
    with pytest.raises(SchemaError, match=r"PCA cannot learn from 'a', 'b'"):
        run([ef.PCA(["a", "b"], 1)], table)


def test_the_mode_does_not_depend_on_which_zero_comes_first():
    tables = [pa.table({"x": [a, b, a, None]}) for a, b in ((0.0, -0.0), (-0.0, 0.0))]
    states = [ef.Pipeline([ef.Impute(["x"], "mode")]).fit(ef.from_arrow(table)).table() for table in tables]
    assert states[0].equals(states[1])
    assert math.copysign(1.0, states[0]["real"][0].as_py()) == 1.0


def test_ranks_outside_of_what_was_seen_are_nothing_and_all():
    fitted = ef.Pipeline([ef.QuantileScale(["x"], points=11)]).fit(
        ef.from_arrow(pa.table({"x": [0.0] * 5 + [9.0] * 5}))
    )
    assert fitted.transform_row({"x": -100.0}) == {"x": 0.0}
    assert fitted.transform_row({"x": 100.0}) == {"x": 1.0}


def test_a_logarithm_is_a_straight_line_far_below_its_unit():
    fitted = ef.Pipeline([ef.Log(["x"])]).fit(ef.from_arrow(pa.table({"x": [1.0]})))
    for x in (1e-300, 1e-17, 1e-10, 1e-3, 0.5, 1e10, 1e300):
        assert fitted.transform_row({"x": -x})["x"] == pytest.approx(-math.log1p(x), rel=1e-15)


def test_kinds_that_no_engine_holds_are_refused_by_name():
    for kind, value in ((pa.duration("us"), timedelta(1)), (pa.float16(), 1.0), (pa.decimal256(50, 2), None)):
        with pytest.raises(SchemaError, match="column 'd'"):
            run([], pa.table({"d": pa.array([value], kind)}))


def test_constants_of_another_kind_are_refused_by_name():
    table = pa.table({"s": ["a", None], "b": [True, None], "n": [1, None]})
    assert run([ef.Impute(["b"], "constant", True)], table)["b"].to_pylist() == [1.0, 1.0]
    for step in (ef.Impute(["s"], "constant", 1.0), ef.Impute(["n"], "constant", "x"), ef.Ordinal(["n"], order=["1"])):
        with pytest.raises(SchemaError, match="of type"):
            run([step], table)
    with pytest.raises(SchemaError, match="does not fit the types"):
        run([ef.Derive("z", ef.col("s") + 1)], table)


def test_a_column_may_be_renamed_from_anything(tmp_path):
    fitted = ef.Pipeline([ef.Rename({"is": "was"})]).fit(ef.from_arrow(pa.table({"is": [1.0]})))
    fitted.save(tmp_path / "state")
    assert ef.FittedPipeline.load(tmp_path / "state").transform_row({"is": 2.0}) == {"was": 2.0}


def test_a_zone_elsewhere_does_not_move_an_instant():
    times = [datetime(2024, 1, 1, 12, tzinfo=timezone(timedelta(hours=5))), datetime(2024, 6, 1, tzinfo=UTC)]
    table = pa.table({"t": pa.array(times, pa.timestamp("us", "Asia/Karachi"))})
    found = run([ef.Derive("s", ef.col("t").seconds())], table)["s"].to_pylist()
    assert found == [time.timestamp() for time in times]


def test_text_becomes_numbers_and_times():
    table = pa.table(
        {"n": [" 1.234,5 €", "-7", "N/A", "", None], "t": ["25/08/2023 14:05", "-", None, "", "01/01/1969 00:00"]}
    )
    numbers = ef.Parse(["n"], decimal=",", thousands=".", strip="€")
    times = ef.Parse(["t"], to="time", format="%d/%m/%Y %H:%M")
    found = run([numbers, times], table)
    assert found["n"].to_pylist() == [1234.5, -7.0, None, None, None]
    assert found["t"].to_pylist() == [datetime(2023, 8, 25, 14, 5), None, None, None, datetime(1969, 1, 1)]
    with pytest.raises(SchemaError, match="column 'n' is no number: x7"):
        run([ef.Parse(["n"])], pa.table({"n": ["x7"]}))
    assert run([ef.Parse(["n"], unparsed="missing")], pa.table({"n": ["x7", "7"]}))["n"].to_pylist() == [None, 7.0]


def test_explain_shows_the_constants_of_the_steps_a_feature_went_through():
    table = pa.table({"km": [1.0, None, 5.0], "h": [1.0, 2.0, 4.0]})
    steps = [ef.Impute(["km"]), ef.Derive("speed", ef.col("km") / ef.col("h")), ef.StandardScale(["speed", "h"])]
    fitted = ef.Pipeline(steps).fit(ef.from_arrow(table))
    shown = {
        row["feature"]: [(c["transform"], c["column"]) for c in json.loads(row["constants"])]
        for row in fitted.explain().to_pylist()
    }
    assert shown["speed"] == [("Impute", "km"), ("StandardScale", "speed")]
    assert shown["h"] == [("StandardScale", "h")]
    assert shown["km"] == [("Impute", "km")]


def test_naive_calls_are_told_what_to_type():
    source = ef.from_arrow(pa.table({"x": [1.0], "id": [1]}))
    with pytest.raises(ArgumentError, match=r"ef\.HashSplit\('id'\)"):
        ef.Pipeline([ef.StandardScale(["x"])]).fit(source, "id")
    with pytest.raises(ArgumentError, match="a list of steps"):
        ef.Pipeline(ef.StandardScale(["x"]))
    with pytest.raises(ArgumentError, match="is StandardScale"):
        ef.Pipeline([ef.StandardScale])
    with pytest.raises(NotFittedError, match="has not learnt anything yet"):
        ef.Pipeline([ef.StandardScale(["x"])]).write(source, "out")
    with pytest.raises(ArgumentError, match="a list of whole numbers"):
        ef.Lag(["x"], by="id", order="t", lags=1)
    with pytest.raises(ArgumentError, match=r"isin\(\['abc'\]\)"):
        ef.col("x").isin("abc")
    fitted = ef.Pipeline([ef.StandardScale(["x"])]).fit(source)
    with pytest.raises(ArgumentError, match=r"columns=\['x'\]"):
        next(fitted.stream(source, columns="x"))


def test_features_are_not_written_among_the_rows_they_come_from(tmp_path):
    pq.write_table(telemetry(50), tmp_path / "rows.parquet")
    source = ef.read_parquet(tmp_path)
    fitted = ef.Pipeline([ef.StandardScale(["y"])]).fit(source)
    with pytest.raises(ArgumentError, match="holds the source"):
        fitted.write(source, tmp_path)
    report = fitted.write(source, tmp_path / "out")
    assert pq.read_table(tmp_path / "out").num_rows == report.rows_read == 50
    with pytest.raises(SchemaError, match="'x' has"):
        next(iter(fitted.to_tensors(source, 8)))


def test_an_error_in_a_late_batch_and_a_broken_file_have_names_of_ours(tmp_path):
    rows = 300_000
    table = pa.table({"k": ["a"] * (rows - 1) + ["new"]})
    fitted = ef.Pipeline([ef.OneHot(["k"], unknown="error")]).fit(ef.from_arrow(table.slice(0, 10)))
    with pytest.raises(SchemaError, match="did not see: new"):
        list(fitted.stream(ef.from_arrow(table)))
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": [float(i * i % 977) for i in range(20_000)]}), path, use_dictionary=False)
    scale = ef.Pipeline([ef.StandardScale(["x"])]).fit(ef.read_parquet(path))
    data = bytearray(path.read_bytes())
    data[4:60] = b"\xff" * 56
    path.write_bytes(data)
    with pytest.raises(SourceError, match="cannot be read to its end"):
        list(scale.stream(ef.read_parquet(path)))


def test_a_source_column_named_as_the_side_of_a_row_is_refused_before_any_row_is_read():
    table = pa.table({"id": range(9), "split": ["a"] * 9, "x": [1.0] * 9})
    seen: list[Any] = []
    pipeline = ef.Pipeline([ef.StandardScale(["x"])])
    with pytest.raises(SchemaError, match="a column 'split'"):
        pipeline.fit(ef.from_arrow(table), ef.HashSplit("id"), progress=seen.append)
    assert not seen
    for first in (ef.Drop(["split"]), ef.Rename({"split": "old"}), ef.Keep(["id", "x"])):
        found = run([first, ef.StandardScale(["x"])], table, ef.HashSplit("id"))
        assert set(found["split"].to_pylist()) <= {"train", "val", "test"}
    assert run([], table)["split"].to_pylist() == ["a"] * 9
