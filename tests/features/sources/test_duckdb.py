from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import KINDS, same, tables, together, walk

from emberharmony.features.errors import SchemaError, SourceError
from emberharmony.features.sources import Source, read_duckdb

# what DuckDB has a type of its own for
KEPT = [
    (kind, values)
    for kind, values in KINDS
    if not (pa.types.is_duration(kind) or pa.types.is_time(kind) or pa.types.is_large_string(kind))
    and not (pa.types.is_timestamp(kind) and kind.tz == "Europe/Berlin")
    and kind not in (pa.timestamp("ns", "UTC"), pa.timestamp("ms", "UTC"), pa.null())
    and not pa.types.is_dictionary(kind)
    and not pa.types.is_list(kind)
]


@given(table=tables(kinds=KEPT), rows=st.integers(1, 50), rows_per_shard=st.integers(9, 50))
def test_batches_from_any_position_are_the_rest_of_the_table(table, rows, rows_per_shard):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.duckdb")
        with duckdb.connect(path) as connection:
            connection.register("given", table)
            connection.execute("CREATE TABLE t AS FROM given")
        source = read_duckdb(path, "t")
        assert isinstance(source, Source)
        walk(source, rows, rows_per_shard)
        same(together([batch.data for batch in source.batches()], source.schema()), table.combine_chunks())


def test_counts_hold_where_rows_were_deleted(tmp_path):
    path = tmp_path / "t.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS id FROM range(300_000)")
        connection.execute("DELETE FROM t WHERE id % 3 = 0 OR id BETWEEN 100_000 AND 200_000")
        kept = [row[0] for row in connection.execute("SELECT id FROM t ORDER BY id").fetchall()]
    source = read_duckdb(path, ("main", "t"))
    plan = source.plan(50_000)
    assert plan.rows == len(kept)
    assert all(0 < shard.rows <= 50_000 for shard in plan.shards)
    assert [x for b in source.batches(rows=999, rows_per_shard=50_000) for x in b.data["id"].to_pylist()] == kept
    for shard in plan.shards:
        scan = source.scan(shard)
        with duckdb.connect(path, read_only=True) as connection:
            query = "SELECT count(*) FROM t WHERE rowid >= ? AND rowid < ?"
            assert connection.execute(query, [scan.start, scan.stop]).fetchone() == (shard.rows,)


def test_the_mark_changes_with_the_table_and_with_nothing_else(tmp_path):
    path = tmp_path / "t.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS id FROM range(5)")
    marks = [read_duckdb(path, "t").plan().content]
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute("FROM t").fetchall()
    path.rename(tmp_path / "moved.duckdb")
    path = tmp_path / "moved.duckdb"
    assert read_duckdb(path, "t").plan().content == marks[0]
    for change in ("UPDATE t SET id = 9 WHERE id = 0", "UPDATE t SET id = 0 WHERE id = 9", "INSERT INTO t VALUES (5)"):
        with duckdb.connect(path) as connection:
            connection.execute(change)
        marks.append(read_duckdb(path, "t").plan().content)
    with duckdb.connect(path) as connection:
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("UPDATE t SET id = 7 WHERE id = 1")
    assert path.with_name("moved.duckdb.wal").exists()
    marks.append(read_duckdb(path, "t").plan().content)
    assert len({*marks}) == len(marks)


def test_what_is_no_table_is_refused_with_the_mend(tmp_path):
    path = tmp_path / "t.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.t (x int); CREATE VIEW v AS FROM shop.t")
        connection.execute("CREATE TABLE r (rowid int)")
    with pytest.raises(SourceError, match="is a view"):
        read_duckdb(path, "v").schema()
    with pytest.raises(SourceError, match=r"table=\('shop', 't'\)"):
        read_duckdb(path, "shop.t").schema()
    with pytest.raises(SchemaError, match="rowid"):
        read_duckdb(path, "r").schema()
    assert read_duckdb(path, ("shop", "t")).plan().shards == ()
    (tmp_path / "no.duckdb").write_text("not a database, but long enough to be taken for one at first sight" * 9)
    for wrong in ("no.duckdb", "none.duckdb"):
        with pytest.raises(SourceError):
            read_duckdb(tmp_path / wrong, "t").schema()


def test_moments_are_told_in_utc_and_names_are_quoted(tmp_path):
    path = tmp_path / "t.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'America/New_York'")
        connection.execute("""CREATE TABLE "we""ird; t" AS SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00' AS "a""b" """)
    source = read_duckdb(path, 'we"ird; t')
    assert source.schema() == pa.schema([('a"b', pa.timestamp("us", "UTC"))])
    assert next(source.batches()).data.column(0).cast(pa.int64()).to_pylist() == [1_704_067_200_000_000]
