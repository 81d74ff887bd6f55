"""A source knows its files when it is made, wherever the process is when they are read."""

from __future__ import annotations

import os

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emberharmony.errors import ArgumentError
from emberharmony.features import by_entity
from emberharmony.features.sources import from_arrow, read_csv, read_duckdb, read_jsonl, read_parquet, stage

TABLE = pa.table({"id": [1, 1, 2], "t": [1, 2, 1]})


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Files in one folder, where the process is, and a function that brings it to another."""
    (tmp_path / "here" / "parts").mkdir(parents=True)
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    pq.write_table(TABLE, "parts/a.parquet")
    with open("t.csv", "w") as file:
        file.write("id,t\n1,1\n1,2\n2,1\n")
    with open("t.jsonl", "w") as file:
        file.write('{"id": 1, "t": 1}\n{"id": 1, "t": 2}\n{"id": 2, "t": 1}\n')
    with duckdb.connect("t.duckdb") as base:
        base.register("given", TABLE)
        base.execute("CREATE TABLE rows AS FROM given")
    return lambda: monkeypatch.chdir(tmp_path / "there")


SOURCES = {
    "file": lambda: read_parquet("parts/a.parquet"),
    "folder": lambda: read_parquet("parts"),
    "glob": lambda: read_parquet("parts/*.parquet"),
    "list": lambda: read_parquet(["parts/a.parquet"]),
    "duckdb": lambda: read_duckdb("t.duckdb", "rows"),
    "stage": lambda: stage(from_arrow(TABLE.to_batches(), version="1"), "stage"),
    "entities": lambda: by_entity(from_arrow(TABLE), "id", "t", "entities"),
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_a_source_reads_the_same_rows_from_any_folder_and_is_the_same_table(make, elsewhere):
    source, again = make(), make()
    expected = again.plan().fingerprint
    elsewhere()
    assert source.plan().fingerprint == expected
    rows = [row for batch in source.batches(columns=["id", "t"]) for row in batch.data.to_pylist()]
    assert rows == TABLE.to_pylist()
    assert str(os.getcwd()) not in source.name


@pytest.mark.parametrize(
    "read", [lambda **more: read_csv("t.csv", **more), lambda **more: read_jsonl("t.jsonl", **more)]
)
def test_a_stream_reads_the_same_rows_from_any_folder_and_its_bad_rows_stay_where_they_were_asked_for(read, elsewhere):
    stream = read(on_bad_rows="quarantine", quarantine="bad.jsonl")
    mark, here = stream.mark(), os.getcwd()
    elsewhere()
    assert pa.Table.from_batches(stream.record_batches()) == TABLE
    assert stream.mark() == mark
    assert os.listdir() == []
    assert os.path.exists(os.path.join(here, "bad.jsonl"))


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_a_column_is_asked_for_once_and_no_column_leaves_the_count_of_rows(make, elsewhere):
    source = make()
    with pytest.raises(ArgumentError, match=r"twice[\s\S]*columns=\['t'\]"):
        list(source.batches(columns=["t", "t"]))
    with pytest.raises(ArgumentError, match=r"columns=\['t'\]"):
        list(source.batches(columns="t"))
    assert sum(batch.data.num_rows for batch in source.batches(columns=[])) == 3


def test_a_table_without_columns_is_counted_batch_by_batch():
    assert [batch.data.num_rows for batch in from_arrow(TABLE).batches(columns=[], rows=2)] == [2, 1]
