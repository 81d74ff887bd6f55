"""Sides of a table: disjoint, leak-free, nothing left out in silence, and every choice means something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from emberharmony import features as ef
from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointError, NotFittedError, SchemaError
from emberharmony.features.front import (
    TerabyteFeatureExtractor,
)


def orders(rows: int = 300, seed: int = 0) -> pa.Table:
    """A table as people have it: an id, measures with holes, categories, and columns that tell nothing."""
    rng = np.random.default_rng(seed)
    return pa.table(
        {
            "order": [f"o-{i:05}" for i in range(rows)],
            "price": pa.array(rng.normal(50, 9, rows), mask=rng.random(rows) < 0.1),
            "weight": pa.array(rng.normal(3, 1, rows), mask=rng.random(rows) < 0.95),
            "kind": rng.choice(["a", "b", "c"], rows),
            "grade": rng.integers(1, 4, rows),
            "paid": rng.random(rows) < 0.5,
            "same": ["x"] * rows,
            "late": rng.integers(0, 2, rows),
        }
    )


def test_sides_are_disjoint_whole_and_as_the_split_says():
    table = orders()
    data = TerabyteFeatureExtractor(table).prepare_data(target_column="late", index_col="order")
    sides = [pa.table(side) for side in data[:3]]
    seen = [name for side in sides for name in side["order"].to_pylist()]
    assert sorted(seen) == table["order"].to_pylist()
    expected = ef.HashSplit("order")
    for side, name in zip(sides, ("train", "val", "test"), strict=True):
        cut = ef.Pipeline([]).fit(ef.from_arrow(table), expected)
        rows = pa.Table.from_batches(cut.stream(ef.from_arrow(table), split=name))
        assert side["order"].to_pylist() == rows["order"].to_pylist()
        assert side["late"].to_pylist() == rows["late"].to_pylist()
    assert data.train.table().column_names == ["order", *data.feature_names, "late"]
    assert data.feature_names == data.spec.feature_names
    assert not {"order", "late"} & set(data.feature_names)


def test_every_column_is_a_feature_or_is_named_with_the_reason_why_not():
    table = orders()
    data = TerabyteFeatureExtractor(table).prepare_data(target_column="late", index_col="order", drop_columns=["grade"])
    assert set(data.report.dropped) == {"weight", "same", "grade"}
    assert "90.0%" in data.report.dropped["weight"]
    assert data.report.dropped["same"].startswith("constant")
    sources = {name for feature in data.feature_names for name in data.spec.frame[feature].sources}
    assert sources | set(data.report.dropped) | {"order", "late"} == set(table.column_names)


def test_no_row_of_validation_or_test_changes_the_spec():
    table = orders()
    ways = {"target_column": "late", "index_col": "order"}
    spec = TerabyteFeatureExtractor(table).prepare_data(**ways).spec
    train = set(pa.table(TerabyteFeatureExtractor(table).prepare_data(**ways).train)["order"].to_pylist())
    mine = pa.array([name in train for name in table["order"].to_pylist()])
    wild = {
        "price": pc.if_else(mine, table["price"], 1e9),
        "weight": pc.if_else(mine, table["weight"], 1.0),
        "kind": pc.if_else(mine, table["kind"], "unheard"),
        "same": pc.if_else(mine, table["same"], table["order"]),
        "grade": pc.if_else(mine, table["grade"], None),
    }
    other = table
    for name, column in wild.items():
        other = other.set_column(table.column_names.index(name), name, column)
    assert TerabyteFeatureExtractor(other).prepare_data(**ways).spec.hash == spec.hash


def test_a_category_can_be_forced_and_a_type_can_be_said():
    table = orders()
    ways = {"target_column": "late", "index_col": "order"}
    plain = TerabyteFeatureExtractor(table).prepare_data(**ways, overrides={"grade": "integer"})
    forced = TerabyteFeatureExtractor(table).prepare_data(**ways, force_categorical_columns=["grade", "price"])
    assert "grade" in plain.feature_names
    assert {"grade=1", "grade=2", "grade=3"} <= set(forced.feature_names)
    assert any(name.startswith("price=") for name in forced.feature_names)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_columns_with_more_holes_than_the_threshold_are_left_out(threshold):
    data = TerabyteFeatureExtractor(orders()).prepare_data(
        target_column="late", index_col="order", high_null_threshold=threshold
    )
    left = {name for name, why in data.report.dropped.items() if "no value" in why}
    assert left == {0.0: {"price", "weight"}, 1.0: set()}[threshold]


def test_a_column_without_any_value_is_named_and_the_names_fit_the_columns():
    table = orders().append_column("void", pa.nulls(300, pa.float64()))
    data = TerabyteFeatureExtractor(table).prepare_data(
        target_column="late", index_col="order", high_null_threshold=1.0
    )
    assert data.report.dropped["void"].startswith("empty")
    for batch in data.train:
        assert batch.schema.names == ["order", *data.feature_names, "late"]


def test_without_an_index_rows_are_numbered_and_a_limit_takes_the_first():
    table = orders().drop_columns(["order"])
    data = TerabyteFeatureExtractor(table).prepare_data(target_column="late", limit=100)
    assert sum(pa.table(side).num_rows for side in data[:3]) == 100
    assert "row_number" not in pa.table(data.train).column_names
    numbered = table.append_column("n", pa.array(range(300))).slice(0, 100)
    same = TerabyteFeatureExtractor(numbered).prepare_data(target_column="late", index_col="n")
    assert same.spec.feature_names == data.feature_names
    assert pa.table(data.val).equals(pa.table(same.val).drop_columns(["n"]))


def test_times_are_cut_in_order_and_all_of_the_future_is_later():
    day = datetime(2024, 1, 1, tzinfo=UTC)
    table = orders().append_column("at", pa.array([day + timedelta(minutes=17 * i) for i in range(300)]))
    split = ef.TimeSplit("at", train=0.6, val=0.2, test=0.2, embargo=3600)
    data = TerabyteFeatureExtractor(table).prepare_data(target_column="late", index_col="at", split=split)
    train, val, test = (pa.table(side)["at"] for side in data[:3])
    assert pc.max(train).as_py() + timedelta(hours=1) <= pc.min(val).as_py()
    assert pc.max(val).as_py() + timedelta(hours=1) <= pc.min(test).as_py()


def test_what_is_asked_for_and_not_there_is_refused_by_name():
    extractor = TerabyteFeatureExtractor(orders())
    with pytest.raises(SchemaError, match="did you mean 'late'"):
        extractor.prepare_data(target_column="latte")
    with pytest.raises(SchemaError, match="no column 'grad'"):
        extractor.prepare_data(drop_columns=["grad"])
    with pytest.raises(ArgumentError, match="'late' is the target"):
        extractor.prepare_data(target_column="late", drop_columns=["late"])
    with pytest.raises(ArgumentError, match="high_null_threshold=2"):
        extractor.prepare_data(high_null_threshold=2)
    with pytest.raises(ArgumentError, match="limit=0"):
        extractor.prepare_data(limit=0)
    with pytest.raises(NotFittedError):
        next(TerabyteFeatureExtractor(orders()).transform())
    with pytest.raises(ArgumentError, match="no rows"):
        TerabyteFeatureExtractor().plan()


def test_without_a_target_no_column_is_taken_for_one():
    data = TerabyteFeatureExtractor(orders()).prepare_data(index_col="order")
    assert data.spec.pipeline.target is None
    assert "late" in data.feature_names


def test_a_write_is_gone_on_with_by_a_new_extractor(tmp_path):
    pq.write_table(orders(), tmp_path / "a.parquet")
    extractor = TerabyteFeatureExtractor(tmp_path / "a.parquet", checkpoint_dir=tmp_path / "ck")
    extractor.fit(target="late", index_col="order", split=(0.8, 0.1, 0.1))
    first = extractor.write(tmp_path / "out")
    whole = (tmp_path / "out" / "part-000000.parquet").read_bytes()
    (tmp_path / "out" / "part-000000.parquet").unlink()
    again = TerabyteFeatureExtractor(tmp_path / "a.parquet", checkpoint_dir=tmp_path / "ck").resume()
    assert (first.rows_read, again.rows_read) == (300, 300)
    assert (tmp_path / "out" / "part-000000.parquet").read_bytes() == whole
    streamed = pa.Table.from_batches(extractor.transform())
    written = pq.read_table(tmp_path / "out" / "part-000000.parquet")
    assert {*written.column_names} == {*streamed.column_names, "late", "split"}
    assert written.select(streamed.column_names).to_pylist() == streamed.to_pylist()
    with pytest.raises(CheckpointError, match="nothing to go on with"):
        TerabyteFeatureExtractor(orders(), checkpoint_dir=tmp_path / "empty").resume()


def test_a_spec_does_not_depend_on_the_shape_the_rows_come_in(tmp_path):
    table = orders(120).drop_columns(["weight"])
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=7)
    shapes = [table, tmp_path / "a.parquet", lambda: table.to_batches(max_chunksize=11)]
    hashes = {
        TerabyteFeatureExtractor(rows).fit(target="late", index_col="order", split=(0.8, 0.1, 0.1)).hash
        for rows in shapes
    }
    assert len(hashes) == 1


def test_a_side_without_rows_has_the_columns_of_the_others():
    data = TerabyteFeatureExtractor(orders(60)).prepare_data(target_column="late", index_col="order", split=(1, 0, 0))
    assert data.test.table().schema == data.train.table().schema == data.test.schema
    assert data.test.table().num_rows == 0


def test_rows_of_later_need_no_target_and_no_row_number():
    extractor = TerabyteFeatureExtractor(orders().drop_columns(["order", "weight"]))
    data = extractor.prepare_data(target_column="late")
    later = orders(50, seed=1).drop_columns(["order", "weight", "late"])
    found = pa.Table.from_batches(extractor.transform(later))
    assert found.column_names == data.feature_names
    one = data.spec.transform_row({**later.to_pylist()[7], "row_number": 0})
    assert found.to_pylist()[7] == one


def test_tensors_of_a_side_are_the_numbers_of_its_table(backend):
    data = TerabyteFeatureExtractor(orders(100).drop_columns(["order", "weight"])).prepare_data(target_column="late")
    loader = data.spec.to_tensors(data.train.source, 32, split="train", dtype="float32")
    batches = [(ops.to_numpy(batch["features"]), ops.to_numpy(batch["target"])) for batch in loader]
    table = data.train.table()
    expected = np.stack([table[name].to_numpy() for name in data.feature_names], axis=1).astype("f4")
    np.testing.assert_array_equal(np.concatenate([features for features, _ in batches]), expected)
    target = np.concatenate([target for _, target in batches]).reshape(-1)
    np.testing.assert_array_equal(target, table["late"].to_numpy())
