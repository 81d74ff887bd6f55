from __future__ import annotations

import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import tables
from tests.features.types.labelled import COLUMNS, columns

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError
from emberharmony.features.sources import from_arrow, read_csv, read_duckdb, read_jsonl, read_parquet
from emberharmony.features.types import TypeReport, detect_types

ROWS = 5000


@pytest.fixture(scope="module")
def table() -> pa.Table:
    r = random.Random(0)
    return pa.table(
        {
            "key": range(ROWS),
            "price": [round(r.uniform(1, 99), 2) for _ in range(ROWS)],
            "paid": [r.choice(["yes", "no", None]) for _ in range(ROWS)],
            "city": [r.choice(["Rome", "Oslo", "Bern"]) for _ in range(ROWS)],
            "note": [" ".join(r.choices("abcdefghij", k=9)) for _ in range(ROWS)],
            "day": [f"2024-{r.randint(1, 12):02}-{r.randint(1, 28):02}" for _ in range(ROWS)],
        }
    )


EXPECTED = {
    "key": "identifier",
    "price": "continuous",
    "paid": "boolean",
    "city": "categorical",
    "note": "text",
    "day": "datetime",
}


def types(report: TypeReport) -> dict[str, str]:
    return {name: column.type for name, column in report.items()}


def facts(report: TypeReport) -> list[tuple]:
    return [(c.name, c.type, c.confidence, c.reason, c.evidence) for c in report.columns]


@given(table=tables(), rows=st.integers(1, 9), workers=st.integers(1, 3))
def test_any_chunks_and_any_number_of_workers_give_the_same_report(table, rows, workers):
    chunked = pa.Table.from_batches(table.to_batches(max_chunksize=rows), table.schema)
    whole = detect_types(table)
    assert facts(detect_types(chunked, workers=workers)) == facts(whole)
    assert facts(detect_types(from_arrow(lambda: chunked.to_batches(), schema=table.schema))) == facts(
        whole
    ) or not len(table)


def test_a_table_is_told_the_same_from_wherever_it_is_read(table, tmp_path):
    import duckdb

    whole = detect_types(table)
    assert types(whole) == EXPECTED
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=700)
    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("rows", table)
        connection.execute("create table t as select * from rows")
    sources = [from_arrow(table), read_parquet(tmp_path / "t.parquet"), read_duckdb(tmp_path / "t.duckdb", "t")]
    for source in sources:
        for workers in (1, 3):
            assert facts(detect_types(source, workers=workers)) == facts(whole)


def test_streams_are_read_in_one_pass(table, tmp_path):
    from pyarrow import csv

    csv.write_csv(table, tmp_path / "t.csv")
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps(row) for row in table.to_pylist()))
    for stream in (read_csv(tmp_path / "t.csv"), read_jsonl(tmp_path / "t.jsonl"), iter(table.to_batches())):
        report = detect_types(stream)
        assert types(report) == EXPECTED
        assert report.rows == report.of_rows == ROWS


def test_a_sample_is_spread_and_always_the_same(table, tmp_path):
    pq.write_table(pa.concat_tables([table] * 20), tmp_path / "t.parquet", row_group_size=5000)
    source = read_parquet(tmp_path / "t.parquet")
    for sample in (0.2, 20_000):
        report = detect_types(source, sample=sample)
        assert 20_000 <= report.rows < 22_000
        assert report.of_rows == 100_000
        assert "16 runs of up to 1,250 rows, spread evenly over 80" in report.sample
        assert report.sample in " ".join(str(report).split())
        assert facts(detect_types(source, sample=sample, workers=2)) == facts(report)
    assert detect_types(source, sample=1.0).sample == ""
    assert facts(detect_types(source, sample=10**9)) == facts(detect_types(source))


@pytest.mark.parametrize("sample", [0, -1, 0.0, 1.5, True, "10%", float("nan")])
def test_a_sample_of_nothing_is_refused(table, sample):
    with pytest.raises(ArgumentError, match="sample="):
        detect_types(table, sample=sample)


def test_a_sample_of_a_stream_is_refused(table):
    with pytest.raises(ArgumentError, match="stage"):
        detect_types(iter(table.to_batches()), sample=0.5)


def test_no_workers_are_refused(table):
    with pytest.raises(ArgumentError, match="workers=0"):
        detect_types(table, workers=0)


def test_overrides_are_taken_and_said(table):
    report = detect_types(table, overrides={"city": "ordinal", "key": "integer"})
    assert types(report) == {**EXPECTED, "city": "ordinal", "key": "integer"}
    assert report.overrides == {"city": "ordinal", "key": "integer"}
    assert report["city"].confidence == 1.0
    assert "found was categorical" in report["city"].reason
    again = report.override({"city": "text"})
    assert again["city"].type == "text"
    assert again["city"].reason == report["city"].reason
    assert again.overrides == {"city": "text", "key": "integer"}
    assert report["city"].type == "ordinal"


def test_overrides_of_unknown_columns_and_types_are_refused_by_name(table):
    with pytest.raises(SchemaError, match=r"'prise'.*(\n.*)*'price'"):
        detect_types(table, overrides={"prise": "continuous"})
    with pytest.raises(ArgumentError, match=r"'price' the type 'categoric'.*(\n.*)*'categorical'"):
        detect_types(table, overrides={"price": "categoric"})


def test_column_types_have_the_five_known_kinds(table):
    assert detect_types(table).column_types == {
        "numeric": ["price"],
        "categorical": ["city"],
        "datetime": ["day"],
        "boolean": ["paid"],
        "text": ["note"],
    }


def test_progress_counts_all_rows(table):
    seen = []
    detect_types(table, workers=2, progress=seen.append)
    assert (seen[-1].rows, seen[-1].rows_total, seen[-1].done, seen[-1].stage) == (ROWS, ROWS, True, "types")


def test_a_report_is_a_table_and_json(table):
    report = detect_types(table)
    lines = str(report).splitlines()
    assert len(lines) == 2 + table.num_columns
    assert max(map(len, lines)) <= 120
    data = json.loads(report.to_json())
    assert [column["name"] for column in data["columns"]] == table.column_names
    assert data["columns"][3]["evidence"]["distinct"] == 3
    assert {value for value, _ in data["columns"][3]["evidence"]["top"]} == {"Rome", "Oslo", "Bern"}
    with pytest.raises(KeyError):
        report["nothing"]


@pytest.mark.parametrize("rows", [0, 1])
def test_tables_of_no_and_of_one_row_have_a_report(rows):
    table = pa.table({column.name: column.values.slice(0, rows) for column in columns(COLUMNS)})
    report = detect_types(table)
    told = {*types(report).values()}
    assert told <= (
        {"empty", "constant", "boolean", "datetime", "duration", "list", "struct", "geo"} if rows else {"empty"}
    )
    assert json.loads(report.to_json())["rows"] == rows
    assert all(column.confidence <= 1.0 for column in report.columns)


def test_a_table_without_columns_has_a_report():
    report = detect_types(pa.table({}))
    assert (len(report), report.rows) == (0, 0)
    assert str(report)


def test_a_hundred_columns_of_every_kind_keep_their_types_through_parquet(tmp_path):
    labelled = [column for column in columns(COLUMNS) if not pa.types.is_null(column.values.type)]
    table = pa.table({f"{i}": column.values for i, column in enumerate(labelled)})
    pq.write_table(table, tmp_path / "t.parquet")
    assert types(detect_types(read_parquet(tmp_path / "t.parquet"))) == types(detect_types(table))
