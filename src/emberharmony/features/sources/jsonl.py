"""Lines of JSON as a stream: objects to columns, nested ones to structs; types by the evidence of every line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.types as t

from emberharmony.features.errors import SchemaError, SourceError

from .badrows import OnBadRows, Quarantine
from .bytestream import PACKED
from .casting import Types, cast_columns, known_types
from .files import Files, Paths, find_files
from .jsonlines import Lines, Piece, can_hold, keys_of, lines, parse
from .names import check_names
from .parquet import ParquetSource
from .staging import stage
from .text import TIMES, Evidence, Parser, can_parse, pc

SUFFIXES = tuple(kind + packed for kind in (".jsonl", ".ndjson", ".json") for packed in ("", *PACKED))
EXACT = 2**53  # integers beyond it are rounded by a float64


def read_jsonl(
    paths: Paths,
    *,
    schema: Types | None = None,
    encoding: str = "utf-8",
    on_bad_rows: OnBadRows = "error",
    quarantine: str | Path | None = None,
) -> JsonlSource:
    """Lines of JSON objects as a stream: a file (`.gz`, `.zst` and `.bz2` are unpacked), a folder, a glob or a list.

    `schema` is a schema with all columns that are wanted, or types of some columns by name; a type that is not given
    is found in a pass over all lines. A key that is missing is null. Integers and other numbers in one column make
    float64, texts that all are dates or moments become such; a number here and a text there is refused by name. A line
    that is no object, or has a value that is not of its column's type, is an error; with `on_bad_rows="quarantine"`
    such lines are kept in the file `quarantine`.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.jsonl"
    >>> _ = path.write_text('{"id": "007", "price": 1}\\n{"id": "008", "price": 2.5}\\n')
    >>> [str(field.type) for field in read_jsonl(path).schema()]
    ['string', 'double']
    """
    files = find_files(paths, SUFFIXES)
    types = known_types(schema, files.name, _can_parse)
    return JsonlSource(files, types, isinstance(schema, pa.Schema), encoding, Quarantine(on_bad_rows, quarantine))


class JsonlSource:
    """Rows from lines of JSON; `read_jsonl` makes one."""

    def __init__(
        self,
        files: Files,
        types: Mapping[str, pa.DataType],
        only_these: bool,
        encoding: str,
        quarantine: Quarantine,
    ) -> None:
        self.files = files
        self.types = types
        self.only_these = only_these
        self.encoding = encoding
        self.quarantine = quarantine

    def __repr__(self) -> str:
        return f"read_jsonl({self.name!r})"

    @property
    def name(self) -> str:
        """The path as it was given."""
        return self.files.name

    @property
    def quarantined(self) -> int:
        """How many lines the last whole reading set aside."""
        return self.quarantine.count

    def schema(self) -> pa.Schema:
        """The columns. Types that were not given cost one pass over all lines, once."""
        return self._schema

    def row_estimate(self) -> int | None:
        """Only reading would tell."""
        return None

    def mark(self) -> Mapping[str, str]:
        """Files and options: a stage of the same ones is found again."""
        types = ", ".join(f"{name} {kind}" for name, kind in self.types.items())
        told = {"kind": "json lines", "types": types, "only these": str(self.only_these), "encoding": self.encoding}
        return {**told, **self.quarantine.mark(), **self.files.mark()}

    def record_batches(self) -> Iterator[pa.RecordBatch]:
        """The lines in order, as columns of their types."""
        schema = self._schema
        read_as = pa.schema([(field.name, _read_as(field.type)) for field in schema])
        parsers = {
            field.name: Parser(field.type)
            for field, read in zip(schema, read_as.types, strict=True)
            if read != field.type
        }
        with self.quarantine.reading() as report:
            for piece in self._pieces(read_as, "ignore" if self.only_these else "error"):
                if not self.only_these:
                    self._check_rounding(piece)
                yield cast_columns(piece, schema, parsers, report)

    def stage(self, folder: str | Path) -> ParquetSource:
        """Write the rows to Parquet files in `folder`, once."""
        return stage(self, folder)

    def _pieces(self, schema: pa.Schema | None, others: str) -> Iterator[Piece]:
        for file in self.files.names:
            for some in lines(self.files.path(file), self.encoding):
                yield from parse(file, some, schema, others, strict=self.quarantine.path is None)

    @cached_property
    def _schema(self) -> pa.Schema:
        if self.only_these:
            return pa.schema(list(self.types.items()))
        found: dict[str, pa.DataType] = {}
        times: dict[str, Evidence] = {}
        for file in self.files.names:
            for some in lines(self.files.path(file), self.encoding):
                for piece in self._with_texts(file, some, found):
                    for field, column in zip(piece.data.schema, piece.data.columns, strict=True):
                        if field.name in self.types and column.null_count == len(column):
                            continue  # Arrow makes up what no line has
                        found[field.name] = self._merge(field, piece, found)
                        if t.is_string(field.type):
                            times.setdefault(field.name, Evidence(TIMES, absent=())).add(column)
        if not found:
            raise SourceError(
                f"{self.name} has no row with a column",
                expected="lines of JSON objects, or schema=",
                mend="read_jsonl(path, schema=pa.schema([('x', pa.float64())]))",
            )
        check_names(found, self.name)
        unknown = [name for name in self.types if found.get(name, pa.null()) == pa.null()]
        if unknown:
            raise SchemaError(
                f"no line of {self.name} has a value in the column {', '.join(map(repr, unknown))}",
                expected=f"some of {', '.join(map(repr, list(found)[:20]))}",
                mend="correct the name in schema=; a whole pa.Schema may have columns that no line has",
            )
        for name, evidence in times.items():
            if found[name] == pa.string() and evidence.seen:
                found[name] = evidence.type()
        return pa.schema(list({**found, **self.types}.items()))

    def _with_texts(self, file: str, some: Lines, found: dict[str, pa.DataType]) -> list[Piece]:
        """Lines parsed without a schema, but texts that look like moments to Arrow stay texts, for us to look at.
        `found` gets the first names in the order of the line, which a parse with known columns does not keep.
        """
        if not found and some.texts:
            found.update(dict.fromkeys(keys_of(some.texts[0]), pa.null()))
        known = {name: pa.string() for name, kind in found.items() if kind == pa.string()}
        known.update({name: _read_as(kind) for name, kind in self.types.items()})
        while True:
            schema = pa.schema(list(known.items())) if known else None
            pieces: list[Piece] = []
            for piece in parse(file, some, schema, "infer", strict=self.quarantine.path is None):
                for row in piece.aside:
                    self.quarantine.look(row)
                pieces.append(piece)
            moments = {field.name for piece in pieces for field in piece.data.schema if t.is_timestamp(field.type)}
            if moments <= known.keys():
                return pieces
            known.update(dict.fromkeys(moments, pa.string()))

    def _merge(self, field: pa.Field, piece: Piece, found: Mapping[str, pa.DataType]) -> pa.DataType:
        if field.name in self.types:
            return self.types[field.name]
        old, new = found.get(field.name, pa.null()), _texts(field.type)
        both = _merged(old, new)
        if both is None:
            first, last = piece.number(0), piece.number(piece.data.num_rows - 1)
            raise SchemaError(
                f"the column {field.name!r} is {new} in the lines {first} to {last} of {piece.file!r}; "
                f"it was {old} before",
                expected="one kind of value in a column: numbers, texts, booleans, objects of one shape",
                mend=f"schema={{{field.name!r}: '{old}'}}, on_bad_rows='quarantine', quarantine='bad.jsonl' "
                "sets the others aside",
            )
        return both

    def _check_rounding(self, piece: Piece) -> None:
        """Refuse an identifier in a column of float64, which would change in its last digits."""
        for field, column in zip(piece.data.schema, piece.data.columns, strict=True):
            if field.name in self.types or not _holds_large(column):
                continue
            for place, line in enumerate(piece.lines.texts):
                rounded = _rounded(json.loads(line).get(field.name), field.type)
                if rounded is not None:
                    raise SchemaError(
                        f"{piece.file}, row {piece.number(place)}: {rounded} in the column {field.name!r} would be "
                        "rounded: other values there are no integers of 64 bits, which makes it a column of float64",
                        expected="numbers that a float64 holds exactly, or int64 in all rows",
                        mend=f"write {field.name!r} as text; or schema={{{field.name!r}: 'float64'}} rounds it",
                    )


def _read_as(kind: pa.DataType) -> pa.DataType:
    """What Arrow's reader is asked for: a time is a text first, and parsed as in every other source."""
    direct = t.is_nested(kind) or t.is_boolean(kind) or t.is_integer(kind) or t.is_floating(kind) or t.is_null(kind)
    return kind if direct or t.is_decimal(kind) or t.is_binary(kind) else pa.string()


def _can_parse(kind: pa.DataType) -> bool:
    return can_parse(kind) if _read_as(kind) != kind else can_hold(kind)


def _texts(kind: pa.DataType) -> pa.DataType:
    """The type with texts for the moments that Arrow saw in them."""
    if t.is_timestamp(kind):
        return pa.string()
    if isinstance(kind, pa.StructType):
        return pa.struct([(field.name, _texts(field.type)) for field in kind])
    return pa.list_(_texts(kind.value_type)) if isinstance(kind, pa.ListType) else kind


def _merged(a: pa.DataType, b: pa.DataType) -> pa.DataType | None:
    """One type for two kinds of JSON values: integers are numbers, objects take the keys of both."""
    if a == b or t.is_null(b):
        return a
    if t.is_null(a):
        return b
    if {a, b} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if isinstance(a, pa.ListType) and isinstance(b, pa.ListType):
        value = _merged(a.value_type, b.value_type)
        return None if value is None else pa.list_(value)
    if isinstance(a, pa.StructType) and isinstance(b, pa.StructType):
        fields = {field.name: field.type for field in a}
        for field in b:
            both = _merged(fields.get(field.name, pa.null()), field.type)
            if both is None:
                return None
            fields[field.name] = both
        return pa.struct(list(fields.items()))
    return None


def _holds_large(column: pa.Array) -> bool:
    """Whether a float64 in it, however deep, is so large that an integer may have been rounded."""
    if t.is_float64(column.type):
        return bool(pc.any(pc.greater_equal(pc.abs(column), EXACT)).as_py())
    if isinstance(column, pa.StructArray):
        return any(_holds_large(column.field(i)) for i in range(column.type.num_fields))
    return isinstance(column, pa.ListArray) and _holds_large(column.flatten())


def _rounded(value: Any, kind: pa.DataType) -> int | None:
    """The first integer in a value of JSON that its type would round."""
    if t.is_float64(kind) and isinstance(value, int) and int(float(value)) != value:
        return value
    inside: Sequence[tuple[Any, pa.DataType]] = ()
    if isinstance(kind, pa.StructType) and isinstance(value, dict):
        inside = [(value.get(field.name), field.type) for field in kind]
    elif isinstance(kind, pa.ListType) and isinstance(value, list):
        inside = [(item, kind.value_type) for item in value]
    return next((found for item, of in inside if (found := _rounded(item, of)) is not None), None)
