"""Rows that do not fit are refused, files that changed are noticed, and a table without rows keeps its columns."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.features.tables import telemetry

from emberharmony import features as ef
from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.features import gather
from emberharmony.features.errors import BadRowError, CheckpointMismatchError
from emberharmony.features.handover import Loader

BACK = {"by": "id", "order": "t"}


def flip(path: Path, at: int) -> None:
    """Change one byte; the size stays, and so does the time of change, as where a disk forgets."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


# -- one row --

KINDS = {
    "n": pa.int64(),
    "day": pa.date32(),
    "naive": pa.timestamp("us"),
    "zoned": pa.timestamp("us", "UTC"),
    "second": pa.timestamp("s"),
    "clock": pa.time64("us"),
}
NOON = dt.datetime(2024, 5, 6, 12, 0)
ROW = {"n": 1, "day": NOON.date(), "naive": NOON, "zoned": NOON.replace(tzinfo=dt.UTC), "second": NOON, "clock": None}


@pytest.fixture(scope="module")
def plain() -> ef.FittedPipeline:
    table = pa.Table.from_pylist([ROW], schema=pa.schema(list(KINDS.items())))
    return ef.Pipeline([ef.Derive("twice", ef.col("n") * 2)]).fit(ef.from_arrow(table))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 1.7),
        ("n", 2**63),
        ("n", "1"),
        ("day", NOON),
        ("naive", ROW["zoned"]),
        ("naive", NOON.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))),
        ("zoned", NOON),
        ("second", NOON.replace(microsecond=5)),
        ("clock", dt.time(1, 2, tzinfo=dt.UTC)),
        ("clock", 1.5),
    ],
)
def test_a_value_of_a_row_that_would_be_cut_or_shifted_is_refused_by_its_column(plain, name, value):
    with pytest.raises(BadRowError, match=f"column '{name}'"):
        plain.transform_row({**ROW, name: value})


def test_values_that_fit_go_through_unchanged(plain):
    there = dt.timezone(dt.timedelta(hours=2))
    found = plain.transform_row({**ROW, "n": 7.0, "zoned": ROW["zoned"].astimezone(there), "clock": dt.time(3)})
    assert found == {**ROW, "n": 7, "clock": dt.time(3), "twice": 14}


@pytest.fixture(scope="module")
def back() -> ef.FittedPipeline:
    return ef.Pipeline([ef.Lag(["y"], **BACK)]).fit(ef.from_arrow(telemetry(60).select(["id", "t", "y"])))


def test_history_without_a_time_or_out_of_order_is_refused_by_name(back):
    rows = [{"id": 3, "t": NOON + dt.timedelta(hours=i), "y": float(i)} for i in range(3)]
    assert back.transform_row(rows[2], rows[:2])["y:lag1"] == 1.0
    with pytest.raises(ArgumentError, match=r"history\[1\] has no 't'"):
        back.transform_row(rows[2], [rows[0], {**rows[1], "t": None}])
    with pytest.raises(ArgumentError, match="row after history has no 't'"):
        back.transform_row({**rows[2], "t": None}, rows[:2])
    with pytest.raises(ArgumentError, match="do not go up in 't'"):
        back.transform_row(rows[1], [rows[0], rows[2]])
    with pytest.raises(BadRowError, match="column 't'"):  # a zone in one row of several
        back.transform_row(rows[2], [rows[0], {**rows[1], "t": rows[1]["t"].replace(tzinfo=dt.UTC)}])


# -- files that are not as they were written --


def scaled(table: pa.Table) -> ef.FittedPipeline:
    return ef.Pipeline([ef.StandardScale(["y"])]).fit(ef.from_arrow(table))


def test_a_part_with_a_flipped_byte_is_written_again_with_a_warning(tmp_path, caplog):
    table = telemetry(300)
    for i in range(3):
        pq.write_table(table.slice(100 * i, 100), tmp_path / f"{i}.parquet")
    fitted, out = scaled(table), tmp_path / "out"
    source = ef.read_parquet([tmp_path / f"{i}.parquet" for i in range(3)])
    report = fitted.write(source, out)
    sound = [(out / part).read_bytes() for part in report.parts]
    flip(out / report.parts[1], 200)
    with caplog.at_level(logging.WARNING, "emberharmony"):
        again = fitted.write(source, out)
    assert (again.rows_read, again.rows_reused) == (100, 200)
    assert [(out / part).read_bytes() for part in again.parts] == sound
    assert [record.args for record in caplog.records] == [(out / report.parts[1],)]
    assert fitted.write(source, out).rows_read == 0  # what is sound now is not read again


def test_a_bucket_with_a_flipped_byte_is_put_together_again(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(gather, "ROWS_PER_SHARD", 100)
    source = ef.from_arrow(telemetry(300))
    ef.by_entity(source, "id", "t", tmp_path)
    buckets = sorted(tmp_path.glob("bucket-*.parquet"))
    sound = [bucket.read_bytes() for bucket in buckets]
    assert len(sound) == 3
    flip(buckets[2], 200)
    with caplog.at_level(logging.WARNING, "emberharmony"):
        ef.by_entity(source, "id", "t", tmp_path)
    assert [bucket.read_bytes() for bucket in buckets] == sound
    assert [record.args for record in caplog.records] == [(buckets[2],)]


def test_a_table_that_was_written_anew_behind_the_same_footer_is_another_source(tmp_path):
    path = tmp_path / "t.parquet"
    ways = {"write_statistics": False, "compression": "none", "use_dictionary": False}
    pq.write_table(pa.table({"y": [1.0, 2.0, 3.0]}), path, **ways)
    fitted, before = scaled(pa.table({"y": [1.0, 2.0]})), path.read_bytes()
    fitted.write(ef.read_parquet(path), tmp_path / "out")
    pq.write_table(pa.table({"y": [1.0, 9.0, 3.0]}), path, **ways)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))  # a clock may be slower than two writes
    footer = int.from_bytes(before[-8:-4], "little") + 8
    assert path.read_bytes()[-footer:] == before[-footer:]
    assert path.read_bytes() != before
    with pytest.raises(CheckpointMismatchError, match="another source"):
        fitted.write(ef.read_parquet(path), tmp_path / "out")


# -- no rows at all --


def test_a_table_without_rows_keeps_its_columns_streamed_written_and_by_entity(tmp_path):
    table = telemetry(50)
    empty = ef.from_arrow(table.slice(0, 0))
    looking_back = ef.Pipeline([ef.Lag(["y"], **BACK), ef.StandardScale(["y"])]).fit(ef.from_arrow(table))
    for name, fitted in (("plain", scaled(table)), ("back", looking_back)):
        (batch,) = fitted.stream(empty)
        assert batch.num_rows == 0
        assert batch.schema == next(fitted.stream(ef.from_arrow(table))).schema
        report, out = fitted.write(empty, tmp_path / name), tmp_path / name
        assert (report.rows_read, report.parts) == (0, ("part-000000.parquet",))
        part = pq.read_table(out / report.parts[0])
        fitted.write(ef.from_arrow(table), tmp_path / f"{name}-whole")
        written = pq.read_schema(tmp_path / f"{name}-whole" / "part-000000.parquet")
        assert (part.schema.names, part.schema.types) == (written.names, written.types)  # without nulls they say so
        assert part.num_rows == json.loads((out / "_manifest.json").read_text())["rows"] == 0
        assert fitted.write(empty, out).parts == report.parts
    entities = ef.by_entity(empty, "id", "t", tmp_path / "entities")
    assert (entities.plan().shards, list(entities.batches())) == ((), [])


def test_a_side_without_rows_keeps_its_columns():
    table = telemetry(50)
    fitted = ef.Pipeline([ef.StandardScale(["y"])]).fit(
        ef.from_arrow(table), ef.HashSplit("id", train=1, val=0, test=0)
    )
    (batch,) = fitted.stream(ef.from_arrow(table), split="test")
    assert (batch.num_rows, batch.schema) == (0, next(fitted.stream(ef.from_arrow(table))).schema)


# -- positions --


def positions(loader: Loader) -> str:
    return loader.position()["order"]


def test_a_position_of_other_rows_in_the_same_shape_is_refused(tmp_path):
    tables = [pa.table({"x": [1.0, 2.0, value], "s": ["a", "b", "c"]}) for value in (3.0, 4.0)]
    paths = [tmp_path / str(i) / "t.parquet" for i in range(2)]
    for table, path in zip(tables, paths, strict=True):
        path.parent.mkdir()
        pq.write_table(table, path, write_statistics=False)
        os.utime(path, ns=(0, len(path.parent.name) + int(path.parent.name)))
    kinds = {
        "table": tables,
        "source": [ef.from_arrow(table) for table in tables],
        "files": paths,
        "files as a source": [ef.read_parquet(path) for path in paths],
    }
    for kind, (one, other) in kinds.items():
        token = Loader(one, 2, columns=["x"]).position()
        assert Loader(one, 1, columns=["x"], start=token).position() == token, kind
        with pytest.raises(CheckpointMismatchError, match="same rows"):
            Loader(other, 2, columns=["x"], start=token)
    again = pa.concat_tables([tables[0].slice(0, 1), tables[0].slice(1)])
    assert positions(Loader(again, 2)) == positions(Loader(tables[0], 2))  # however a table is chunked


def test_the_rows_of_a_function_are_told_apart_by_the_mark_it_is_given():
    def rows():
        return iter(pa.table({"x": [1.0, 2.0]}).to_batches())

    marks = [positions(Loader(rows, 1, mark=mark, shuffle_key=ops.random.key(0))) for mark in ("", "a", "b", "a")]
    assert marks[1] == marks[3]
    assert all(a != b for a, b in pairwise(marks))


def test_nan_in_a_file_of_parquet_is_missing_whatever_its_statistics_say(tmp_path):
    # writers leave nan out of the extremes, and an engine that believes these finds no nan
    rows = pa.table({"x": [1.0, float("nan"), 4.0, 5.0, 7.0] * 40, "k": [1, 2, 3, 4, 5] * 40, "t": range(200)})
    pq.write_table(rows, tmp_path / "rows.parquet")
    steps = [ef.Impute(["x"], strategy="mean", indicator=True), ef.StandardScale(["x"])]
    found = []
    for source in (ef.from_arrow(rows), ef.read_parquet(tmp_path / "rows.parquet")):
        fitted = ef.Pipeline(steps).fit(source)
        found.append(pa.Table.from_batches(fitted.stream(source)))
    assert found[0] == found[1]
    assert found[0]["x=missing"].to_pylist()[:5] == [0, 1, 0, 0, 0]
    ordered = ef.by_entity(ef.read_parquet(tmp_path / "rows.parquet"), "k", "t", tmp_path / "entities")
    assert ef.Pipeline(steps).fit(ordered).constants == ef.Pipeline(steps).fit(ef.from_arrow(rows)).constants
