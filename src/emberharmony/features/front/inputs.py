"""What a user has at hand, as a source or a stream: a path, a table, a frame of another library, rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SourceError
from emberharmony.features.sources import csv, from_arrow, jsonl, parquet, read_csv, read_jsonl, read_parquet
from emberharmony.features.sources.source import Source, Stream

READERS: tuple[tuple[tuple[str, ...], Any], ...] = (
    (parquet.SUFFIXES, read_parquet),
    (csv.SUFFIXES, read_csv),
    (jsonl.SUFFIXES, read_jsonl),
)


def source_of(data: Any) -> Source | Stream:
    """`data` as rows that a pipeline can read.

    A path is read by its suffix, a folder by those of the files in it. A frame (Polars, pandas, ...) is taken over as
    an Arrow table, without a copy where its library can do that; a reader, which may be larger than memory, as a
    stream.

    >>> source_of({"x": [1, 2]}).schema().names
    ['x']
    """
    if isinstance(data, Source | Stream):
        return data
    if isinstance(data, str | Path):
        return _of_path(Path(data))
    if isinstance(data, pa.Table | pa.RecordBatch):
        return from_arrow(data)
    if hasattr(data, "__arrow_c_stream__") and not isinstance(data, pa.RecordBatchReader) and hasattr(data, "__len__"):
        return from_arrow(pa.table(data))  # a frame in memory, that can be read again
    if hasattr(data, "__arrow_c_stream__"):
        return from_arrow(data)
    if hasattr(data, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        return from_arrow(from_dataframe(data))
    if isinstance(data, Mapping):
        return from_arrow(pa.table(dict(data)))
    if isinstance(data, Iterable) or callable(data):
        return from_arrow(data)
    raise ArgumentError(
        f"got a {type(data).__name__} for rows",
        expected="a path, a source, an Arrow table, a frame, columns as a dictionary, or an iterable of rows",
        mend="ef.read_parquet('data/'), or pa.table({...})",
    )


def table_of(data: Any) -> pa.Table:
    """`data` as a table in memory."""
    rows = source_of(data)
    batches = (batch.data for batch in rows.batches()) if isinstance(rows, Source) else rows.record_batches()
    return pa.Table.from_batches(batches, rows.schema())


def _of_path(path: Path) -> Source | Stream:
    name = str(path)
    if path.is_dir():
        found = sorted(p.name for p in path.rglob("*") if p.is_file() and not p.name.startswith((".", "_")))
        kinds = [reader for suffixes, reader in READERS if any(n.endswith(suffixes) for n in found)]
        if len(kinds) == 1:
            return kinds[0](path)
        raise SourceError(
            f"the folder {name!r} holds " + ("files of several kinds" if kinds else "no Parquet, CSV or JSON lines"),
            expected="files of one kind",
            mend=f"ef.read_parquet({name!r}), ef.read_csv({name!r}) or ef.read_jsonl({name!r})",
        )
    for suffixes, reader in READERS:
        if name.endswith(suffixes):
            return reader(path)
    raise SourceError(
        f"the suffix of {name!r} does not tell what it is",
        expected=", ".join(suffix for suffixes, _ in READERS for suffix in suffixes[:2]),
        mend=f"ef.read_csv({name!r}), or ef.read_duckdb({name!r}, table)",
    )
