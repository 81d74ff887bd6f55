"""Lines of JSON cut into blocks and parsed by Arrow; lines that are no object, or do not fit, are found one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pyarrow import json as arrow_json

from emberharmony.features.errors import SourceError

from .badrows import BadRow
from .bytestream import open_bytes, shown, utf8

BLOCK = 4 << 20
BLANK = b" \t\r"
SECOND_NULL = re.compile(rb"\}[ \t\r]*null")


class Lines(NamedTuple):
    """Lines of a file that are not blank, and their numbers in it, from 1."""

    texts: list[bytes]
    numbers: Sequence[int]

    def some(self, start: int, stop: int) -> Lines:
        """Those from `start` to `stop`."""
        return Lines(self.texts[start:stop], self.numbers[start:stop])


@dataclass(frozen=True)
class Piece:
    """Lines that were parsed together; those of them that could not be are set aside."""

    file: str
    data: pa.RecordBatch
    lines: Lines
    aside: Sequence[BadRow]

    def number(self, place: int) -> int:
        """The number in the file, from 1, of the line of the row at `place`."""
        return self.lines.numbers[place]

    def texts(self, places: Sequence[int]) -> list[str]:
        """Lines."""
        return [_shown(self.lines.texts[place]) for place in places]


def lines(path: Path, encoding: str) -> Iterator[Lines]:
    """The lines of a file, some megabytes at a time."""
    before, rest = 0, b""
    try:
        with open_bytes(path) as raw:
            source = utf8(raw, encoding)
            while data := source.read(BLOCK):
                data = rest + (data if before or rest else data.removeprefix(b"\xef\xbb\xbf"))
                end = data.rfind(b"\n") + 1
                rest = data[end:]
                if end:
                    found = data[: end - 1].split(b"\n")
                    yield _without_blanks(found, before)
                    before += len(found)
            if rest:
                yield _without_blanks([rest], before)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise SourceError(
            f"{path} cannot be read any further: {error}",
            expected=f"lines of JSON in {encoding}",
            mend="mend the file, or leave it out",
        ) from error


def parse(file: str, some: Lines, schema: pa.Schema | None, others: str, *, strict: bool) -> Iterator[Piece]:
    """The lines as columns of `schema` and, if `others` is "infer", of what else they hold. Lines that do not parse
    together are parsed in halves: without a schema, pieces may have other types then. If `strict`, a piece ends with a
    bad line, so that who refuses it need not wait for those after it.
    """
    run: list[Piece] = []
    known: pa.Schema | None = None  # of the lines in the run
    for piece in _halved(file, some, schema, others):
        if piece.lines.texts:
            if known is not None and piece.data.schema != known:
                yield _joined(run)
                run = []
            known = piece.data.schema
        run.append(piece)
        if strict and piece.aside:
            yield _joined(run)
            run, known = [], None
    if run:
        yield _joined(run)


def can_hold(kind: pa.DataType) -> bool:
    """Whether Arrow's reader of JSON knows a type."""
    options = arrow_json.ParseOptions(explicit_schema=pa.schema([("x", kind)]))
    try:
        arrow_json.read_json(pa.BufferReader(b'{"x": null}'), parse_options=options)
    except pa.ArrowNotImplementedError:
        return False
    return True


def keys_of(line: bytes) -> list[str]:
    """The keys of the object on a line, in their order; none if it is no object."""
    try:
        value = json.loads(line)
    except ValueError:
        return []
    return list(value) if isinstance(value, dict) else []


def _parse(some: Lines, schema: pa.Schema | None, others: str) -> pa.RecordBatch:
    data = b"\n".join(some.texts)
    data.decode()  # Arrow does not look whether bytes are text
    # Arrow crashes on a null where an object belongs
    if not data.startswith(b"{") or data.count(b"\n{") < len(some.texts) - 1 or SECOND_NULL.search(data):
        for line in some.texts:
            odd = not line.lstrip(BLANK).startswith(b"{") or SECOND_NULL.search(line)
            if odd and not isinstance(json.loads(line), dict):
                raise ValueError("not an object")
    table = arrow_json.read_json(
        pa.BufferReader(data),
        read_options=arrow_json.ReadOptions(use_threads=False, block_size=max(len(data), 1)),
        parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior=others),
    )
    if table.num_rows != len(some.texts):
        raise ValueError("not one object a line")
    batches = table.combine_chunks().to_batches()
    return batches[0] if len(batches) == 1 else pa.RecordBatch.from_pylist([{}] * table.num_rows, pa.schema([]))


def _halved(file: str, some: Lines, schema: pa.Schema | None, others: str) -> Iterator[Piece]:
    """Pieces that parse, and between them bad lines, each in a piece without rows."""
    if not some.texts:
        return
    try:
        data = _parse(some, schema, others)
    except (ValueError, pa.ArrowNotImplementedError) as error:
        if len(some.texts) > 1:
            half = len(some.texts) // 2
            yield from _halved(file, some.some(0, half), schema, others)
            yield from _halved(file, some.some(half, len(some.texts)), schema, others)
        else:
            bad = BadRow(file, some.numbers[0], _reason(error), _shown(some.texts[0]))
            yield Piece(file, pa.RecordBatch.from_pylist([], schema or pa.schema([])), Lines([], []), [bad])
    else:
        yield Piece(file, data, some, [])


def _joined(run: list[Piece]) -> Piece:
    """Neighbours of one schema as one piece."""
    if len(run) == 1:
        return run[0]
    whole = [piece.data for piece in run if piece.lines.texts]
    data = pa.concat_batches(whole) if whole else run[0].data
    texts = [text for piece in run for text in piece.lines.texts]
    numbers = [number for piece in run for number in piece.lines.numbers]
    return Piece(run[0].file, data, Lines(texts, numbers), [row for piece in run for row in piece.aside])


def _without_blanks(found: list[bytes], before: int) -> Lines:
    if all(map(bytes.strip, found)):
        return Lines(found, range(before + 1, before + len(found) + 1))
    numbers = [before + number for number, line in enumerate(found, 1) if line.strip(BLANK)]
    return Lines([found[number - before - 1] for number in numbers], numbers)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "bytes that are not of the encoding"
    return re.sub(r" in row \d+$", "", str(error).splitlines()[0])


def _shown(line: bytes) -> str:
    return shown(line.strip(BLANK))
