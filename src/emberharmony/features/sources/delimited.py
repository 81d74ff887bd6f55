"""Delimited text cut into fields, by Arrow: blocks of columns of bytes; every row knows its number in the file."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from emberharmony.features.errors import FeatureError, SourceError

from .badrows import BadRow
from .bytestream import Tail, open_bytes, shown, utf8

BLOCK = 2 << 20  # bytes that are cut at once; no row may be longer. Memory is some forty times as much
LOOK = 1 << 20  # bytes that show names and delimiter
DELIMITERS = (",", "\t", ";", "|")


@dataclass(frozen=True)
class Head:
    """How the rows of a file are cut: the names of its fields, what parts them, and the lines before the first row."""

    names: tuple[str, ...]
    delimiter: str
    lines: int


@dataclass(frozen=True)
class Block:
    """Some rows of a file, all columns as bytes; null where a field is one of the words for a missing value."""

    file: str
    data: pa.RecordBatch
    aside: Sequence[BadRow]  # rows that could not be cut, all of them before the last row here
    delimiter: str
    _before: int  # good rows
    _gaps: list[int]  # of each bad row, the good rows before it

    def number(self, place: int) -> int:
        """The number in the file, from 1, of the row at `place`."""
        good = self._before + place
        return good + 1 + bisect_right(self._gaps, good)

    def texts(self, places: Sequence[int]) -> list[str]:
        """Rows as lines, their quotes made anew."""
        rows = self.data.take(pa.array(places, pa.int64()))
        columns = [[shown(field or b"") for field in column.to_pylist()] for column in rows.columns]
        return [_line(fields, self.delimiter) for fields in zip(*columns, strict=True)]


def look(path: Path, encoding: str, delimiter: str | None, names: tuple[str, ...] | None) -> Head:
    """Names and delimiter, from the beginning of a file; `delimiter` and `names` if they are known."""
    try:
        with open_bytes(path) as raw:
            data = utf8(raw, encoding).read(LOOK)
    except (OSError, UnicodeError, pa.ArrowException) as error:
        raise _unreadable(path, encoding, error) from error
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    delimiter = delimiter or _delimiter(text, names)
    if names is not None:
        return Head(names, delimiter, 0)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        first = next((row for row in reader if row), None)
    except csv.Error as error:
        raise _unreadable(path, encoding, error) from error
    if first is None:
        raise SourceError(
            f"{path} is empty",
            expected="a first row with the names of the columns",
            mend="header=['id', ...] names the columns of files without such a row",
        )
    return Head(tuple(first), delimiter, reader.line_num)


def blocks(path: Path, file: str, head: Head, absent: Sequence[str], encoding: str) -> Iterator[Block]:
    """The rows of a file in order. Those with too few or many fields, or an open quote at the end, are set aside."""
    gaps: list[int] = []
    waiting: list[BadRow] = []

    def invalid(row: Any) -> str:  # an error raised here would be lost in Arrow
        number = row.number - head.lines
        gaps.append(number - 1 - len(gaps))
        waiting.append(BadRow(file, number, f"{row.actual_columns} fields, not {row.expected_columns}", row.text))
        return "skip"

    done = 0
    try:
        with open_bytes(path) as raw:
            tail = Tail(utf8(raw, encoding), 2 * BLOCK)
            reader = _reader(tail, head, absent, invalid)
            batch = next(reader, None)
            while batch is not None:
                following = next(reader, None)
                block = Block(file, batch, (), head.delimiter, done, gaps)
                done += batch.num_rows
                if following is None and batch.num_rows and _unclosed(tail.last(), batch, head.delimiter):
                    last = batch.num_rows - 1
                    waiting.append(
                        BadRow(file, block.number(last), "a quote that is never closed", *block.texts([last]))
                    )
                    block = replace(block, data=batch.slice(0, last))
                # Arrow may have cut the next block already: which rows are told now must not depend on that
                end = block.number(block.data.num_rows - 1)
                yield replace(block, aside=[row for row in waiting if row.row < end])
                waiting = [row for row in waiting if row.row >= end]
                batch = following
            if waiting:
                nothing = pa.RecordBatch.from_pylist([], schema=pa.schema([(name, pa.binary()) for name in head.names]))
                yield Block(file, nothing, waiting, head.delimiter, done, gaps)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        if isinstance(error, FeatureError):
            raise
        raise _unreadable(path, encoding, error) from error


def _reader(tail: Tail, head: Head, absent: Sequence[str], invalid: Any) -> Iterator[pa.RecordBatch]:
    names = list(head.names)
    try:
        return arrow_csv.open_csv(
            tail,
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=names, skip_rows=head.lines
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=head.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=len(names) > 1,  # of one column, an empty line is a missing value
                invalid_row_handler=invalid,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.binary() for name in names},
                check_utf8=False,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                null_values=list(absent),
            ),
        )
    except pa.ArrowInvalid:
        if tail.last():
            raise
        return iter(())  # Arrow refuses a file of no bytes, which has no rows


def _delimiter(text: str, names: tuple[str, ...] | None) -> str:
    """The one that cuts most rows into as many fields as the first, or as there are names; a comma if none does."""
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            widths = [len(row) for row in islice(reader, 200) if row]
        except csv.Error:
            continue
        if not widths:
            continue
        width = widths[0] if names is None else len(names)
        score = (Counter(widths)[width] / len(widths), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _unclosed(tail: bytes, batch: pa.RecordBatch, delimiter: str) -> bool:
    """Whether the last field was quoted and its quote is missing: Arrow takes all that follows, and does not say so."""
    value: bytes = batch.column(batch.num_columns - 1)[batch.num_rows - 1].as_py() or b""
    begun = b'"' + value.replace(b'"', b'""')
    tail = tail[-len(begun) - 4 :]
    edges = (delimiter.encode(), b"\n", b"\r", b"")

    def ends(text: bytes, with_this: bytes) -> bool:
        return text.endswith(with_this) and text[: -len(with_this)][-1:] in edges

    closed = any(ends(tail.removesuffix(newline), begun + b'"') for newline in (b"", b"\n", b"\r\n", b"\r"))
    return ends(tail, begun) and not closed


def _line(fields: Sequence[str], delimiter: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(fields)
    return line.getvalue()


def _unreadable(path: Path, encoding: str, error: BaseException) -> SourceError:
    return SourceError(
        f"{path} cannot be read any further: {error}",
        expected=f"delimited text in {encoding}, no row longer than {BLOCK >> 20} MiB",
        mend="mend the file; a quote that is never closed makes one row of all that follow",
    )
