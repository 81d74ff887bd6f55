from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import same, tables, together, walk

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError
from emberharmony.features.sources import Source, Stream, from_arrow


@given(table=tables(), rows=st.integers(1, 50), rows_per_shard=st.integers(1, 50))
def test_batches_from_any_position_are_the_rest_of_the_table(table, rows, rows_per_shard):
    source = from_arrow(table)
    assert isinstance(source, Source)
    walk(source, rows, rows_per_shard)
    same(together([batch.data for batch in source.batches()], source.schema()), table.combine_chunks())


@given(table=tables())
def test_the_mark_depends_on_values_and_not_on_chunks(table):
    whole = table.unify_dictionaries().combine_chunks()
    assert from_arrow(table.unify_dictionaries()).plan() == from_arrow(whole).plan()
    if table.num_rows:
        assert from_arrow(table.slice(1)).plan().content != from_arrow(whole).plan().content


def test_a_changed_value_changes_the_mark():
    before = from_arrow(pa.table({"x": [1, 2, 3]})).plan()
    assert from_arrow(pa.table({"x": [1, 2, 4]})).plan().fingerprint != before.fingerprint
    assert from_arrow(pa.record_batch({"x": [1, 2, 3]})).plan() == before


def test_every_kind_of_iterable_gives_the_same_rows():
    table = pa.table({"x": [1, 2, None], "s": ["a", None, "c"]})
    batches = table.to_batches(max_chunksize=2)
    kinds = [
        batches,
        iter(batches),
        (batch for batch in batches),
        pa.RecordBatchReader.from_batches(table.schema, batches),
        table.to_pylist(),
        (row for row in table.to_pylist()),
        lambda: iter(batches),
        lambda: table,
        duckdb.connect().from_arrow(table),
    ]
    for rows in kinds:
        stream = from_arrow(rows)
        assert isinstance(stream, Stream)
        assert not isinstance(stream, Source)
        assert stream.schema() == table.schema
        same(together(list(stream.record_batches()), stream.schema()), table)


def test_what_can_be_read_once_says_so_the_second_time():
    batches = pa.table({"x": [1, 2]}).to_batches()
    for rows in (iter(batches), pa.RecordBatchReader.from_batches(batches[0].schema, batches)):
        stream = from_arrow(rows, name="orders")
        assert stream.schema().names == ["x"]
        assert sum(batch.num_rows for batch in stream.record_batches()) == 2
        with pytest.raises(SourceError, match="orders was read already"):
            list(stream.record_batches())
    for rows in (batches, lambda: iter(batches)):
        stream = from_arrow(rows)
        assert [sum(batch.num_rows for batch in stream.record_batches()) for _ in range(3)] == [2, 2, 2]


def test_a_batch_of_another_schema_is_refused_by_name():
    batches = [pa.record_batch({"x": [1]}), pa.record_batch({"x": [1.5]})]
    with pytest.raises(SchemaError, match="batch 1 has the column 'x' as double; it was int64 before"):
        list(from_arrow(batches).record_batches())


def test_dictionaries_that_do_not_fit_are_refused_with_their_rows():
    rows = [{"x": 1}] * 8192 + [{"x": 1.5}]
    with pytest.raises(SchemaError, match="column 'x' of the rows 8193 to 8193"):
        list(from_arrow(rows).record_batches())
    schema = pa.schema([("x", pa.float64())])
    assert sum(batch.num_rows for batch in from_arrow(rows, schema=schema).record_batches()) == 8193
    with pytest.raises(SchemaError, match="row 8193 has the column 'y'"):
        list(from_arrow([{"x": 1}] * 8192 + [{"y": 1}]).record_batches())
    assert from_arrow([{"x": 1}, {"y": "a"}]).schema() == pa.schema([("x", pa.int64()), ("y", pa.string())])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1.5, pa.int64()),
        (300, pa.int8()),
        (dt.datetime(2024, 1, 1, 12), pa.date32()),
        (dt.datetime(2024, 1, 1, 12, microsecond=5), pa.timestamp("s")),
        (dt.datetime(2024, 1, 1, tzinfo=dt.UTC), pa.timestamp("us")),
        (dt.datetime(2024, 1, 1), pa.timestamp("us", "UTC")),
        (dt.timedelta(microseconds=5), pa.duration("s")),
        (2**60 + 1, pa.float64()),
    ],
)
def test_a_value_that_would_be_cut_to_fit_is_refused(value, kind):
    with pytest.raises(SchemaError, match="'x'"):
        list(from_arrow([{"x": value}], schema=pa.schema([("x", kind)])).record_batches())


def test_an_iterable_without_rows_needs_a_schema():
    with pytest.raises(SourceError, match="no rows"):
        from_arrow([]).schema()
    schema = pa.schema([("x", pa.int8())])
    assert from_arrow([], schema=schema).schema() == schema
    assert sum(batch.num_rows for batch in from_arrow(iter([]), schema=schema).record_batches()) == 0


def test_what_is_no_table_is_refused():
    with pytest.raises(ArgumentError, match="int"):
        from_arrow(7).schema()
    with pytest.raises(ArgumentError, match="hands out int"):
        from_arrow([7]).schema()
    with pytest.raises(SchemaError, match="same name"):
        from_arrow(pa.table({"x": [1], "X": [2]}))
    with pytest.raises(ArgumentError, match="beside a table"):
        from_arrow(pa.table({"x": [1]}), version="1")
