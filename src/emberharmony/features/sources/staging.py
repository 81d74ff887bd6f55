"""A stream written once as Parquet, in files of a fixed number of rows; from then on it is a source like any other.

A file is written under another name, made durable, renamed, and entered in a journal. Who is killed loses one file's
work: the next call reads the stream from its start, leaves out the rows that are staged, and goes on; the files have
the same bytes then, however often it was killed and whatever batches the stream came in.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.parquet as pq

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointError, DiskFullError, SchemaError, SourceError
from emberharmony.features.flow.checkpoint import (
    NO_ROOM,
    CheckpointStore,
    clear_unfinished,
    sync_folder,
    write_atomically,
)

from .files import Files
from .names import check_names, plain
from .parquet import ParquetSource
from .source import ROWS_PER_SHARD, Source, Stream

MANIFEST = "stage.json"
PROGRESS = "progress"
VALUES_PER_GROUP = 2**23  # of a row group, which is held in memory: a thousand columns are written in smaller groups


@runtime_checkable
class Marked(Protocol):
    """A stream that can say what its rows are: names and sizes of files, options, a version. None if it cannot."""

    def mark(self) -> Mapping[str, str] | None:
        """What must be equal for a stage to be of the same rows."""
        ...


@runtime_checkable
class Quarantining(Protocol):
    """A stream that may leave bad rows out of its batches, and counts them."""

    @property
    def quarantined(self) -> int:
        """How many rows the last reading left out."""
        ...


def stage(stream: Stream, folder: str | Path, *, rows_per_file: int = ROWS_PER_SHARD) -> ParquetSource:
    """Write the rows of a stream to Parquet files in `folder`, once, and read them from there.

    A finished stage of the same input is returned without reading the input; an unfinished one is gone on with; a stage
    of another input is refused. The same input is: files of the same names, sizes and times, read with the same
    options, or an iterable of the same `version`. An iterable without a version can be staged in an empty folder only.

    >>> import tempfile
    >>> from emberharmony.features.sources import from_arrow
    >>> rows = from_arrow(({"x": i} for i in range(5)), version="2024-06")
    >>> stage(rows, tempfile.mkdtemp()).plan().rows
    5
    """
    folder = Path(folder)
    if rows_per_file < 1:
        raise ArgumentError(f"rows_per_file={rows_per_file}", expected="at least 1", mend="leave it out")
    mark = stream.mark() if isinstance(stream, Marked) else None
    _check_folder(folder, stream.name, mark)
    identity = {"rows per file": str(rows_per_file), **(mark or {"version": "none"})}
    with CheckpointStore(folder / PROGRESS, identity) as store:
        manifest = folder / MANIFEST
        clear_unfinished(manifest)
        if not manifest.exists():
            _write(stream, folder, rows_per_file, store)
        return _finished(folder, json.loads(manifest.read_bytes()))


def frozen(rows: Source | Stream, folder: str | Path | None = None) -> Source:
    """`rows` itself if it is a source already; a stream is staged in `folder`.

    Without a folder the stage is temporary: it is removed when the source that came back is let go of.

    >>> from emberharmony.features.sources import from_arrow
    >>> source = from_arrow(pa.table({"x": [1]}))
    >>> frozen(source, "not used") is source
    True
    """
    if isinstance(rows, Source):
        return rows
    if folder is not None:
        return rows.stage(folder)
    return in_temporary_folder(rows.stage)


def in_temporary_folder(make: Callable[[Path], Source]) -> Source:
    """The source that `make` writes into a folder, which is removed when that source is let go of."""
    folder = Path(tempfile.mkdtemp(prefix="emberharmony-"))
    try:
        source = make(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(source, shutil.rmtree, folder, ignore_errors=True)
    return source


def _check_folder(folder: Path, name: str, mark: Mapping[str, str] | None) -> None:
    found = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if found and PROGRESS not in found:
        raise ArgumentError(
            f"the folder {str(folder)!r} holds {found[0]!r} and is not a stage",
            expected="an empty folder, a new one, or a stage",
            mend="stage in another folder",
        )
    if found and mark is None and (folder / PROGRESS / "header.json").exists():
        raise CheckpointError(
            f"the folder {str(folder)!r} holds a stage, and {name} does not say whether it is of the same rows",
            expected="a stream with a mark: files, or an iterable with a version",
            mend=f"from_arrow(rows, version='...'); or remove {folder} to stage anew",
        )


def _write(stream: Stream, folder: Path, rows_per_file: int, store: CheckpointStore) -> None:
    schema = plain(stream.schema())
    check_names(schema.names, stream.name)
    _check_types(schema, stream.name)
    parts: list[dict[str, Any]] = list(store.records)
    _check_parts(folder, parts)
    pieces = _pieces(_after(stream, schema, sum(part["rows"] for part in parts)), schema, rows_per_file)
    while (piece := next(pieces, None)) is not None or not parts:
        if parts and parts[-1]["rows"] < rows_per_file:
            raise _changed(stream.name, folder, "has more rows than when it was staged")
        name = f"part-{len(parts):05}.parquet"
        first = schema.empty_table() if piece is None else piece
        size, rows = _write_part(folder, name, schema, first, pieces, rows_per_file)
        part = {"name": name, "rows": rows, "bytes": size}
        store.append(part)
        parts.append(part)
    manifest = {
        "input": stream.name,
        "rows": sum(part["rows"] for part in parts),
        "quarantined": stream.quarantined if isinstance(stream, Quarantining) else 0,
        "schema": [[field.name, str(field.type)] for field in schema],
        "identity": store.identity,
        "parts": parts,
    }
    write_atomically(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n")


def _after(stream: Stream, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The batches of the stream without its first `rows` rows."""
    skip = rows
    for batch in stream.record_batches():
        if plain(batch.schema) != schema:
            raise SchemaError(
                f"{stream.name}: a batch has the columns {', '.join(f'{f.name} {f.type}' for f in batch.schema)}",
                expected=f"those of its schema: {', '.join(f'{f.name} {f.type}' for f in schema)}",
                mend="cast the batches to one schema",
            )
        piece = batch.slice(min(skip, batch.num_rows))
        skip -= batch.num_rows - piece.num_rows
        if piece.num_rows:
            yield piece
    if skip:
        raise _changed(stream.name, None, f"has {rows - skip} rows, of which {rows} were staged already")


def _pieces(batches: Iterator[pa.RecordBatch], schema: pa.Schema, rows_per_file: int) -> Iterator[pa.Table]:
    """The rows in row groups: cut by count alone, so the batches they came in leave no trace."""
    group = min(122_880, max(1024, VALUES_PER_GROUP // max(1, len(schema)) // 1024 * 1024))
    held: list[pa.RecordBatch] = []
    rows, left = 0, rows_per_file
    for batch in batches:
        while batch.num_rows:
            size = min(group, left)
            part = batch.slice(0, size - rows)
            held.append(part)
            rows += part.num_rows
            batch = batch.slice(part.num_rows)
            if rows == size:
                yield _table(held, schema)
                held, rows, left = [], 0, left - size or rows_per_file
    if held:
        yield _table(held, schema)


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    columns = [pa.chunked_array([batch.column(i) for batch in batches], field.type) for i, field in enumerate(schema)]
    return pa.table(columns, schema=schema).unify_dictionaries().combine_chunks()


def _write_part(
    folder: Path, name: str, schema: pa.Schema, piece: pa.Table, pieces: Iterator[pa.Table], rows_per_file: int
) -> tuple[int, int]:
    """One file from pieces that are cut at its end; its size and rows. Under its final name it is whole."""
    new = folder / f".{name}.new"
    rows = 0
    try:
        with pq.ParquetWriter(new, schema, compression="zstd", compression_level=1, version="2.6") as writer:
            while True:
                writer.write_table(piece, row_group_size=max(1, piece.num_rows))
                rows += piece.num_rows
                if rows == rows_per_file or (following := next(pieces, None)) is None:
                    break
                piece = following
        with new.open("rb+") as file:
            os.fsync(file)
            size = file.seek(0, os.SEEK_END)
        os.replace(new, folder / name)
        sync_folder(folder)
    except OSError as error:
        size = new.stat().st_size if new.exists() else 0
        new.unlink(missing_ok=True)
        if error.errno not in NO_ROOM:
            raise
        raise DiskFullError(
            f"no room in {folder}: {name} had {size} bytes when it was full, {shutil.disk_usage(folder).free} are free",
            expected="room for one file more at least",
            mend="free some there, then run the same call again: the files before it are kept",
        ) from error
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return size, rows


def _finished(folder: Path, manifest: Mapping[str, Any]) -> ParquetSource:
    parts = manifest["parts"]
    _check_parts(folder, parts)
    return ParquetSource(Files(folder, tuple(part["name"] for part in parts), str(folder)))


def _check_parts(folder: Path, parts: list[dict[str, Any]]) -> None:
    for part in parts:
        path = folder / part["name"]
        size = path.stat().st_size if path.exists() else None
        if size != part["bytes"]:
            raise CheckpointError(
                f"the staged file {path} " + ("is gone" if size is None else f"has {size} bytes"),
                expected=f"{part['bytes']} bytes with {part['rows']} rows, as the journal says",
                mend=f"remove {folder} to stage anew",
            )


def _check_types(schema: pa.Schema, name: str) -> None:
    for field in schema:
        try:
            pq.write_table(pa.schema([field]).empty_table(), BytesIO())
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid, OSError) as error:
            raise SchemaError(
                f"{name}: the column {field.name!r} is {field.type}, which Parquet cannot hold: {error}",
                expected="a type that Parquet knows",
                mend=f"cast {field.name!r} to another type, or leave the column out",
            ) from error


def _changed(name: str, folder: Path | None, what: str) -> SourceError:
    return SourceError(
        f"{name} {what}",
        expected="the same rows each time, in the same order",
        mend="give it another version" if folder is None else f"remove {folder} to stage anew",
    )
