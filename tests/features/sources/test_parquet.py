from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import same, tables, together, walk

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError
from emberharmony.features.sources import Position, Source, read_parquet


@given(table=tables(), rows=st.integers(1, 50), rows_per_shard=st.integers(1, 50), group=st.integers(1, 50))
def test_batches_from_any_position_are_the_rest_of_the_table(table, rows, rows_per_shard, group):
    with tempfile.TemporaryDirectory() as folder:
        half = table.num_rows // 2
        for name, part in (("b/1.parquet", table.slice(half)), ("a.parquet", table.slice(0, half))):
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            pq.write_table(part, path, row_group_size=group)
        source = read_parquet(folder)
        assert isinstance(source, Source)
        walk(source, rows, rows_per_shard)
        same(together([batch.data for batch in source.batches()], source.schema()), table.combine_chunks())


def test_a_plan_has_exact_counts_and_no_shard_for_an_empty_file(tmp_path):
    for name, rows in (("a", 10), ("b", 0), ("c", 7)):
        pq.write_table(pa.table({"x": pa.array(range(rows), pa.int64())}), tmp_path / f"{name}.parquet")
    plan = read_parquet(tmp_path).plan(4)
    assert [(shard.unit, shard.start, shard.rows) for shard in plan.shards] == [
        ("a.parquet", 0, 4), ("a.parquet", 4, 4), ("a.parquet", 8, 2), ("c.parquet", 0, 4), ("c.parquet", 4, 3),
    ]  # fmt: skip
    assert read_parquet(tmp_path / "b.parquet").plan().shards == ()
    assert list(read_parquet(tmp_path / "b.parquet").batches()) == []


def test_a_folder_that_moved_has_the_same_plan_and_one_that_changed_has_not(tmp_path):
    (tmp_path / "old").mkdir()
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "old" / "a.parquet")
    before = read_parquet(tmp_path / "old").plan()
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert read_parquet(tmp_path / "new").plan() == before
    assert read_parquet(str(tmp_path / "new" / "*.parquet")).plan() == before
    assert read_parquet([tmp_path / "new" / "a.parquet"]).plan() == before
    pq.write_table(pa.table({"x": [1, 3]}), tmp_path / "new" / "a.parquet")
    assert read_parquet(tmp_path / "new").plan().fingerprint != before.fingerprint


def test_only_the_columns_that_are_asked_for_are_handed_out_in_that_order(tmp_path):
    pq.write_table(pa.table({"x": [1], "a.b": ["t"], "a": [{"b": 2}]}), tmp_path / "t.parquet")
    source = read_parquet(tmp_path / "t.parquet")
    assert [batch.data.to_pylist() for batch in source.batches(columns=["a", "x"])] == [[{"a": {"b": 2}, "x": 1}]]
    assert [batch.data.num_rows for batch in source.batches(columns=[])] == [1]
    with pytest.raises(SchemaError, match="no column 'y'"):
        list(source.batches(columns=["y"]))


def test_hidden_files_and_other_suffixes_are_left_out_of_a_folder(tmp_path):
    for name in ("b.parquet", "a.parquet", ".c.parquet", "_d.parquet", "sub/e.parquet", "_sub/f.parquet", "g.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pq.write_table(pa.table({"x": [1]}), tmp_path / name)
    assert read_parquet(tmp_path).files.names == ("a.parquet", "b.parquet", "sub/e.parquet")


def test_files_that_differ_are_refused_by_name_and_united_without_loss(tmp_path):
    first = pa.table({"n": pa.array([1, None], pa.int8()), "s": ["a", "b"], "t": pa.array([1, 2], pa.timestamp("ms"))})
    second = pa.table(
        {
            "t": pa.array([3], pa.timestamp("us")),
            "n": pa.array([2.5], pa.float32()),
            "s": pa.array(["c"]).dictionary_encode(),
            "more": [True],
        }
    )
    pq.write_table(first, tmp_path / "1.parquet")
    pq.write_table(second, tmp_path / "2.parquet")
    with pytest.raises(SchemaError, match=r"'1.parquet' lacks the column 'more', which '2.parquet' has"):
        read_parquet(tmp_path).schema()
    source = read_parquet(tmp_path, drift="union")
    assert source.schema() == pa.schema(
        [("n", pa.float32()), ("s", pa.string()), ("t", pa.timestamp("us")), ("more", pa.bool_())]
    )
    table = together([batch.data for batch in source.batches()], source.schema())
    assert table["n"].to_pylist() == [1, None, 2.5]
    assert table["t"].cast(pa.int64()).to_pylist() == [1000, 2000, 3]
    assert table["more"].to_pylist() == [None, None, True]
    assert [source.scan(shard).schema.names for shard in source.plan().shards] == [
        first.column_names,
        second.column_names,
    ]


def test_types_without_a_common_one_are_refused_with_both_files_and_types(tmp_path):
    pq.write_table(pa.table({"n": pa.array([1], pa.int64())}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"n": pa.array([1.0])}), tmp_path / "2.parquet")
    for drift in ("error", "union"):
        with pytest.raises(SchemaError, match=r"'n' is int64 in '1.parquet' and double in '2.parquet'"):
            read_parquet(tmp_path, drift=drift).schema()


def test_whole_numbers_beside_floats_are_refused_with_the_statement_that_mends_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = 'n "of" it'
    pq.write_table(pa.table({"id": ["a"], name: pa.array([2**53 + 1])}), "old.parquet")
    pq.write_table(pa.table({"id": ["b"], name: [0.5]}), "other.parquet")
    with pytest.raises(SchemaError, match="above 2\\*\\*53") as caught:
        read_parquet(["old.parquet", "other.parquet"], drift="union").schema()
    duckdb.execute(str(caught.value).partition("in DuckDB: ")[2])
    source = read_parquet(["new.parquet", "other.parquet"])
    assert [batch.data[name].to_pylist() for batch in source.batches()] == [[2.0**53], [0.5]]


@pytest.mark.parametrize("names", [["x", "x"], ["x", "X"], ["__ember_row"], [""]])
def test_names_that_sql_cannot_tell_apart_are_refused(tmp_path, names):
    pq.write_table(pa.table([pa.array([1])] * len(names), names=names), tmp_path / "t.parquet")
    with pytest.raises(SchemaError):
        read_parquet(tmp_path / "t.parquet").schema()


def test_a_column_in_the_names_of_folders_is_not_lost_in_silence(tmp_path):
    (tmp_path / "year=2024").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "year=2024" / "t.parquet")
    with pytest.raises(SchemaError, match="year"):
        read_parquet(tmp_path).plan()


def test_files_that_are_missing_empty_or_broken_are_named(tmp_path):
    (tmp_path / "t.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(SourceError, match=r"t\.parquet cannot be read as Parquet"):
        read_parquet(tmp_path).plan()
    for wrong in (tmp_path / "none.parquet", str(tmp_path / "n*.parquet"), [tmp_path / "none.parquet"], []):
        with pytest.raises(SourceError):
            read_parquet(wrong)
    with pytest.raises(SourceError, match="twice"):
        read_parquet([tmp_path / "t.parquet", tmp_path / "." / "t.parquet"])
    with pytest.raises(ArgumentError, match="drift"):
        read_parquet(tmp_path, drift="loose")


def test_a_position_of_another_plan_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1, 2, 3]}), tmp_path / "t.parquet")
    source = read_parquet(tmp_path / "t.parquet")
    with pytest.raises(ArgumentError, match="shard 7"):
        list(source.batches(Position(7, 0)))
    assert list(source.batches(Position(1, 0))) == []


def test_a_thousand_columns_are_read(tmp_path):
    table = pa.table({f"c{i}": pa.array([i, None]) for i in range(1000)})
    pq.write_table(table, tmp_path / "t.parquet")
    source = read_parquet(tmp_path / "t.parquet")
    same(together([batch.data for batch in source.batches()], source.schema()), table)
