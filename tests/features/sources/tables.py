"""Tables with every kind of column, and the walk along a source."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from emberharmony.features.sources import Position, Source

NAMES = [
    "a",
    "select",
    "we ird",
    'quo"te',
    "it's",
    "größe",
    "日本",
    "a.b",
    "%s",
    "semi;colon",
    "tab\tname",
    "$1",
    "x" * 200,
]


def _integers(bits: int, signed: bool) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else st.integers(0, 2**bits - 1)


_ticks = st.integers(-(2**33), 2**33)  # as many seconds as fit as nanoseconds
_days = st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))
_decimals = st.decimals(-(10**15), 10**15, places=4)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)

KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.bool_(), st.booleans()),
    *[(getattr(pa, f"int{bits}")(), _integers(bits, True)) for bits in (8, 16, 32, 64)],
    *[(getattr(pa, f"uint{bits}")(), _integers(bits, False)) for bits in (8, 16, 32, 64)],
    (pa.float32(), st.floats(width=32)),
    (pa.float64(), st.floats()),
    (pa.decimal128(20, 4), _decimals.map(lambda x: x.quantize(decimal.Decimal("0.0001")))),
    (pa.date32(), _days),
    *[(pa.timestamp(unit, zone), _ticks) for unit in ("ms", "us", "ns") for zone in (None, "UTC", "Europe/Berlin")],
    *[(pa.duration(unit), _ticks) for unit in ("s", "ms", "us", "ns")],
    (pa.time32("ms"), st.integers(0, 86_399_999)),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.string(), _texts),
    (pa.large_string(), _texts),
    (pa.binary(), st.binary(max_size=8)),
    (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["red", "green", ""])),
    (pa.list_(pa.float64()), st.lists(st.floats(allow_nan=False), max_size=3)),
    (pa.struct([("x", pa.int64()), ("y", pa.string())]), st.fixed_dictionaries({"x": st.integers(0, 9), "y": _texts})),
    (pa.null(), st.none()),
]


@st.composite
def tables(draw: st.DrawFn, max_rows: int = 40, kinds: Sequence[tuple[pa.DataType, Any]] = KINDS) -> pa.Table:
    """A table of some rows, its columns of some kinds, with nulls, NaN and infinities, in some chunks."""
    rows = draw(st.integers(0, max_rows))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
    columns: dict[str, pa.Array] = {}
    for name in names:
        kind, values = draw(st.sampled_from(kinds))
        found = draw(st.lists(st.none() | values, min_size=rows, max_size=rows))
        dictionary = pa.types.is_dictionary(kind)
        array = pa.array(found, kind.value_type if dictionary else kind)
        columns[name] = array.dictionary_encode() if dictionary else array
    table = pa.table(columns)
    cuts = sorted(draw(st.lists(st.integers(0, rows), max_size=3)))
    pieces = [table.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, rows], strict=True)]
    return pa.concat_tables(pieces)


def together(batches: Sequence[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(list(batches), schema=schema).unify_dictionaries().combine_chunks()


def same(a: pa.Table, b: pa.Table) -> None:
    """Equal schemas and equal values, NaN being equal to NaN; a dictionary may have another order."""
    assert a.schema.names == b.schema.names
    assert a.num_rows == b.num_rows
    for name in a.schema.names:
        assert a[name].type == b[name].type, name
        x, y = (countable(t[name].combine_chunks()) for t in (a, b))
        assert repr(x.to_pylist()) == repr(y.to_pylist()), name


def countable(array: Any) -> Any:
    """As what Python has an exact value for: nanoseconds are counted."""
    array = pa.concat_arrays(array.chunks) if isinstance(array, pa.ChunkedArray) else array
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_timestamp(array.type) or pa.types.is_duration(array.type):
        return array.cast(pa.int64())
    return array


def walk(source: Source, rows: int, rows_per_shard: int) -> None:
    """Whatever the size of a batch and the start, what is read is the rest of the table."""
    plan = source.plan(rows_per_shard)
    batches = list(source.batches(rows=rows, rows_per_shard=rows_per_shard))
    whole = together([batch.data for batch in batches], plan.schema)
    assert whole.num_rows == plan.rows == source.row_estimate()
    assert all(0 < batch.data.num_rows <= rows for batch in batches)
    assert all(batch.after.row <= plan.shards[batch.after.shard].rows <= rows_per_shard for batch in batches)
    starts = [Position(shard.index, 0) for shard in plan.shards] + [batch.after for batch in batches]
    for start in starts[:: max(1, len(starts) // 6)]:
        before = sum(shard.rows for shard in plan.shards[: start.shard]) + start.row
        rest = [batch.data for batch in source.batches(start, rows=rows, rows_per_shard=rows_per_shard)]
        same(together(rest, plan.schema), whole.slice(before))
