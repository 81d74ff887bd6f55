"""Delimited text as a stream: rows in flat memory, types by the evidence of every row, bad rows by name or set aside.

Arrow's reader splits fields but is not asked for types: it would take them from the first block, and fail at the first
row that disagrees. Columns come as bytes; a first pass over the whole input asks what they can be, a second one casts.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Never

import pyarrow as pa

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import SchemaError, SourceError

from .badrows import OnBadRows, Quarantine
from .bytestream import PACKED
from .casting import Types, cast_columns, known_types
from .delimited import Block, Head, blocks, look
from .files import Files, Paths, find_files
from .names import check_names
from .parquet import ParquetSource
from .staging import stage
from .text import ABSENT, Evidence, Parser

SUFFIXES = tuple(kind + packed for kind in (".csv", ".tsv", ".tab", ".txt", ".psv") for packed in ("", *PACKED))

PANDAS = {  # what the same is called here
    "sep": "delimiter=';'",
    "names": "header=['id', 'price']",
    "dtype": "schema={'price': 'float64'}",
    "usecols": "schema=pa.schema([('id', pa.string()), ('price', pa.float64())]) with the columns that are wanted",
    "na_values": "null_values=['', '-']",
    "keep_default_na": "null_values=['']: no other word is a missing value then",
    "parse_dates": "schema={'day': 'timestamp[us]'}; times as in ISO 8601 are found without it",
    "date_format": "schema={'day': 'string'}, then ef.Parse(['day'], to='time', format='%d/%m/%Y')",
    "dayfirst": "schema={'day': 'string'}, then ef.Parse(['day'], to='time', format='%d/%m/%Y')",
    "thousands": "schema={'price': 'string'}, then ef.Parse(['price'], thousands=',')",
    "on_bad_lines": "on_bad_rows='quarantine', quarantine='bad.jsonl'",
    "compression": "leave it out: .gz, .zst and .bz2 are unpacked",
    "chunksize": "leave it out: the rows are read in flat memory, batches with record_batches()",
    "index_col": "leave it out, and name the column in ef.Pipeline([...], index=['id'])",
}


def read_csv(
    paths: Paths,
    *,
    schema: Types | None = None,
    delimiter: str | None = None,
    encoding: str = "utf-8",
    header: bool | str | Path | Sequence[str] = True,
    null_values: Sequence[str] | None = None,
    decimal: str = ".",
    on_bad_rows: OnBadRows = "error",
    quarantine: str | Path | None = None,
    **others: Never,
) -> CsvSource:
    """CSV or TSV as a stream: a file (`.gz`, `.zst` and `.bz2` are unpacked), a folder, a glob or a list.

    `schema` is a schema with all columns that are wanted, or types of some columns by name; a type that is not given
    is found in a pass over all rows. Codes such as `007` stay text. `header` is True for a first row of names, a list
    of names, or the path of a file with the names. `null_values` are the words for a missing value, `("",)` for
    instance, in all columns; by default that is an empty field, and in columns that are not text also NA, N/A, null,
    NULL and None, in this spelling; other words, such as `-` or `?`, have to be given. A quoted empty field is an empty
    text. A row with too few or too many fields, a value that is not of its type, or bytes that
    are not of the `encoding` is an error; with `on_bad_rows="quarantine"` such rows become lines of `quarantine`.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.csv"
    >>> _ = path.write_text("id,price\\n007,1.5\\n008,\\n")
    >>> rows = read_csv(path)
    >>> [str(field.type) for field in rows.schema()]
    ['string', 'double']
    """
    for name in others:
        raise ArgumentError(
            f"read_csv got {name}=, which it does not have",
            expected="schema, delimiter, encoding, header, null_values, decimal, on_bad_rows, quarantine",
            mend=PANDAS.get(name, "leave it out"),
        )
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii()):
        raise ArgumentError(f"delimiter={delimiter!r}", expected="one ASCII character", mend="delimiter='\\t' for tabs")
    if decimal not in (".", ","):
        raise ArgumentError(f"decimal={decimal!r}", expected="'.' or ','", mend="decimal=','")
    if isinstance(null_values, str):
        raise ArgumentError(
            f"null_values={null_values!r}", expected="a list of words", mend=f"null_values=[{null_values!r}]"
        )
    names = None if header is True else _given_names(header)
    if names is not None:
        check_names(names, f"header={header!r}")
    files = find_files(paths, SUFFIXES)
    options = CsvOptions(
        types=known_types(schema, files.name),
        only_these=isinstance(schema, pa.Schema),
        delimiter=delimiter,
        encoding=encoding,
        names=names,
        null_values=None if null_values is None else tuple(null_values),
        decimal=decimal,
    )
    return CsvSource(files, options, Quarantine(on_bad_rows, quarantine))


@dataclass(frozen=True)
class CsvOptions:
    """How delimited text is meant."""

    types: Mapping[str, pa.DataType]
    only_these: bool  # columns without a type are left out
    delimiter: str | None
    encoding: str
    names: tuple[str, ...] | None
    null_values: tuple[str, ...] | None
    decimal: str


class CsvSource:
    """Rows of delimited text; `read_csv` makes one."""

    def __init__(self, files: Files, options: CsvOptions, quarantine: Quarantine) -> None:
        self.files = files
        self.options = options
        self.quarantine = quarantine

    def __repr__(self) -> str:
        return f"read_csv({self.name!r})"

    @property
    def name(self) -> str:
        """The path as it was given."""
        return self.files.name

    @property
    def quarantined(self) -> int:
        """How many rows the last whole reading set aside."""
        return self.quarantine.count

    def schema(self) -> pa.Schema:
        """The columns. Types that were not given cost one pass over all rows, once."""
        return self._schema

    def row_estimate(self) -> int | None:
        """Only reading would tell."""
        return None

    def mark(self) -> Mapping[str, str]:
        """Files and options: a stage of the same ones is found again."""
        told = {name: repr(value) for name, value in vars(self.options).items() if name != "types"}
        types = ", ".join(f"{name} {kind}" for name, kind in self.options.types.items())
        return {"kind": "csv", "types": types, **told, **self.quarantine.mark(), **self.files.mark()}

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        """The rows in order, cast to their types."""
        schema = self._schema
        parsers = {field.name: Parser(field.type, self._absent, self.options.decimal) for field in schema}
        with self.quarantine.reading() as report:
            for block in self._blocks():
                yield cast_columns(block, schema, parsers, report)

    def stage(self, folder: str | Path) -> ParquetSource:
        """Write the rows to Parquet files in `folder`, once."""
        return stage(self, folder)

    @property
    def _absent(self) -> Sequence[str]:
        return ABSENT if self.options.null_values is None else self.options.null_values

    @cached_property
    def _schema(self) -> pa.Schema:
        names, types = self._first.names, self.options.types
        unknown = [name for name in types if name not in names]
        if unknown:
            raise SchemaError(
                f"{self.name} has no column {', '.join(map(repr, unknown))}",
                expected=f"some of {', '.join(map(repr, names[:20]))}",
                mend="correct the name in schema=",
            )
        wanted = list(types) if self.options.only_these else list(names)
        found = self._evidence([name for name in wanted if name not in types])
        return pa.schema([(name, types[name] if name in types else found[name].type()) for name in wanted])

    def _evidence(self, names: Sequence[str]) -> dict[str, Evidence]:
        """What the columns can be."""
        found = {name: Evidence(absent=self._absent, decimal=self.options.decimal) for name in names}
        schema = pa.schema([(name, pa.string()) for name in names])
        parsers = {name: Parser(pa.string()) for name in names}
        for block in self._blocks() if names else ():
            batch = cast_columns(block, schema, parsers, self.quarantine.look)
            for name, column in zip(names, batch.columns, strict=True):
                found[name].add(column)
        return found

    @cached_property
    def _first(self) -> Head:
        return self._look(self.files.names[0], None)

    def _look(self, file: str, first: Head | None) -> Head:
        """How a file is cut; its columns are those of the first file, in any order."""
        delimiter = self.options.delimiter or (first.delimiter if first else None)
        head = look(self.files.path(file), self.options.encoding, delimiter, self.options.names)
        check_names(head.names, str(self.files.path(file)))
        apart = sorted({*head.names} ^ {*first.names}) if first else []
        if first and apart:
            has, lacks = (self.files.names[0], file) if apart[0] in first.names else (file, self.files.names[0])
            raise SchemaError(
                f"the file {lacks!r} lacks the column {apart[0]!r}, which {has!r} has",
                expected="the same columns in all files",
                mend="read files with other columns apart",
            )
        return head

    def _blocks(self) -> Iterator[Block]:
        absent = ("",) if self.options.null_values is None else self.options.null_values
        for file in self.files.names:
            head = self._first if file == self.files.names[0] else self._look(file, self._first)
            yield from blocks(self.files.path(file), file, head, absent, self.options.encoding)


def _given_names(header: bool | str | Path | Sequence[str]) -> tuple[str, ...]:
    """Names from a list, or from a file: one a line, or all in its first line."""
    if not isinstance(header, str | Path | Sequence):
        raise ArgumentError(
            f"header={header!r} leaves the columns without names",
            expected="True, a list of names, or the path of a file with the names",
            mend="header=['id', 'price']",
        )
    if not isinstance(header, str | Path):
        return tuple(header)
    try:
        lines = Path(header).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise SourceError(
            f"the header file {str(header)!r} cannot be read: {error}",
            expected="text in UTF-8 with the names of the columns, one a line or all in one line",
            mend="correct the path, or give the names as a list",
        ) from error
    if len(lines) > 1:
        return tuple(line.strip() for line in lines if line.strip())
    delimiter = next((sign for sign in "\t;|" if sign in "".join(lines)), ",")
    return tuple(next(csv.reader(lines, delimiter=delimiter), ()))
