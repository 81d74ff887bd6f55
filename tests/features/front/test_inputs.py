"""Rows come in any shape; a view of them is the first ones, numbered, from any place."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony import features as ef
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SourceError
from emberharmony.features.front.inputs import source_of, table_of
from emberharmony.features.front.views import view
from emberharmony.features.sources.source import Position


class Frame:
    """A frame of another library, as Arrow sees it."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return self.table.num_rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


class Interchanged:
    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __dataframe__(self, **ways: object) -> object:
        return self.table.__dataframe__(**ways)


def test_a_table_is_the_same_rows_in_every_shape_it_may_come_in(tmp_path):
    table = pa.table({"x": [1, 2, 3], "y": ["a", "b", None]})
    pq.write_table(table, tmp_path / "t.parquet")
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv" / "t.csv").write_text("x,y\n1,a\n2,b\n3,\n")
    (tmp_path / "t.jsonl").write_text('{"x":1,"y":"a"}\n{"x":2,"y":"b"}\n{"x":3,"y":null}\n')
    shapes = [
        table, table.to_batches()[0], table.to_reader(), Frame(table), Interchanged(table), table.to_pylist(),
        table.to_pydict(), lambda: iter(table.to_pylist()), ef.from_arrow(table), tmp_path / "t.parquet",
        str(tmp_path / "csv"), tmp_path / "t.jsonl",
    ]  # fmt: skip
    for shape in shapes:
        assert table_of(shape).to_pylist() == table.to_pylist(), shape


@pytest.mark.parametrize("nothing", [3, 1.5, object()])
def test_what_is_no_rows_is_refused(nothing):
    with pytest.raises(ArgumentError, match="for rows"):
        source_of(nothing)


def test_a_path_that_does_not_tell_what_it_is_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="several kinds"):
        source_of(tmp_path)
    with pytest.raises(SourceError, match="suffix"):
        source_of("rows.bin")


@given(integers(1, 40), integers(1, 12), integers(1, 50))
def test_a_view_is_the_first_rows_with_their_numbers_from_any_place(rows, size, limit):
    table = pa.table({"x": range(rows)})
    seen = view(ef.from_arrow(table), limit=limit, extra="row_number")
    expected = table.append_column("row_number", table["x"]).slice(0, limit)
    read = list(seen.batches(rows=3, rows_per_shard=size))
    assert pa.Table.from_batches([b.data for b in read], seen.schema()).equals(expected)
    plan = seen.plan(size)
    assert plan.rows == min(rows, limit)
    for place, batch in enumerate(read[:-1]):
        again = [b.data for b in seen.batches(batch.after, rows=3, rows_per_shard=size)]
        assert again == [b.data for b in read[place + 1 :]]
    assert seen.scan(seen.plan().shards[0]).table.equals(expected)
    streamed = view(ef.from_arrow(lambda: table.to_batches(max_chunksize=size)), limit=limit, extra="row_number")
    assert pa.Table.from_batches(streamed.record_batches(), streamed.schema()).equals(expected)
    assert seen.batches(Position(0, 0), columns=["row_number"]).__next__().data.schema.names == ["row_number"]


def test_a_limit_does_not_read_what_comes_after_it():
    def rows():
        yield {"x": 1}
        yield {"x": 2}
        raise AssertionError("read too far")

    batches = lambda: (pa.RecordBatch.from_pylist([row]) for row in rows())  # noqa: E731
    seen = view(ef.from_arrow(batches), limit=2)
    assert [row["x"] for b in seen.record_batches() for row in b.to_pylist()] == [1, 2]
