"""A source file: its bytes, text and tree, and where a node stands in them.

What cannot be read is a `SourceError`, which the audit reports as a finding: hostile input ends no run.
"""

from __future__ import annotations

import ast
import os
import re
import stat
import sys
import tokenize
import warnings
from codecs import BOM_UTF8
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from emberharmony.errors import EmberError
from emberharmony.purify.findings import Rule

MAX_BYTES = 8_000_000
RULE = Rule(
    code="SRC01",
    name="unreadable-source",
    severity="error",
    what="A file that cannot be read as Python.",
    why="What it does is not known, so it cannot count as clean.",
    bad="def broken(:\n    pass\n",
    mend="correct the file, or leave it out with `exclude` in [tool.emberharmony.purify]",
)

_LINE_END = re.compile(rb"\r\n|\r|\n")
# what a line looks like that another Python reads
_PYTHON_2 = re.compile(r"^\s*(print|exec)\s+[^=(\s]|^\s*except\s+[\w.]+\s*,\s*\w+\s*:|`[^`]*`|\bur['\"]|\b0\d+\b|<>")
_PYTHON_3_12 = re.compile(r"^\s*type\s+\w+.*=|^\s*(async\s+)?(def|class)\s+\w+\s*\[|\b[rR]?[fF][rR]?['\"]")
_PYTHON_3_14 = re.compile(r"\b[rR]?[tT][rR]?['\"]")


class SourceError(EmberError, ValueError):
    """A file that cannot be read as Python; `line` and `column` count from 1."""

    def __init__(self, what: str, *, expected: str, mend: str, line: int = 1, column: int = 1) -> None:
        super().__init__(what, expected=expected, mend=mend)
        self.what, self.mend, self.line, self.column = what, mend, line, column

    def __reduce__(self) -> tuple[object, ...]:  # errors travel between processes
        return _again, (self.what, str(self), self.mend, self.line, self.column)


def _again(what: str, text: str, mend: str, line: int, column: int) -> SourceError:
    error = SourceError(what, expected="", mend=mend, line=line, column=column)
    error.args = (text,)
    return error


@dataclass(frozen=True)
class Source:
    """One file. `text` keeps the line ends of the file and lacks its byte order mark; `name` is how reports call it."""

    path: Path
    name: str
    data: bytes
    text: str
    encoding: str = "utf-8"
    bom: bool = False

    @cached_property
    def utf8(self) -> bytes:
        """The text as UTF-8: `span` and `offset` count in it, as `ast` does."""
        return self.text.encode()

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; a `SourceError` where there is none."""
        return _parse(self.text, self.name)

    @cached_property
    def newline(self) -> str:
        """The line end of the first line."""
        found = _LINE_END.search(self.utf8)
        return found.group().decode() if found else "\n"

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in _LINE_END.finditer(self.utf8))]

    def line(self, number: int) -> str:
        """The line with that number, counted from 1, without its end; empty beyond the last."""
        starts = self._starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.utf8)
        return self.utf8[starts[number - 1] : end].decode().rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """Where `ast`'s (lineno, col_offset) stands in `utf8`."""
        return self._starts[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins and ends in `utf8`."""
        line, column, end_line, end_column = _position(node)
        return self.offset(line, column), self.offset(end_line, end_column)

    def place(self, node: ast.AST) -> tuple[int, int, int, int]:
        """Line, column, last line and the column behind the end: from 1, columns in characters."""
        line, column, end_line, end_column = _position(node)
        return line, self._character(line, column), end_line, self._character(end_line, end_column)

    def segment(self, node: ast.AST) -> str:
        """The text of a node, as it stands in the file."""
        start, end = self.span(node)
        return self.utf8[start:end].decode()

    def encode(self, text: str) -> bytes:
        """Another text in the encoding of this file, with its byte order mark.

        A file whose own text does not come back as its own bytes is refused: an edit would change what it never
        touched.
        """
        head = BOM_UTF8 if self.bom else b""
        try:
            if head + self.text.encode(self.encoding) == self.data:
                return head + text.encode(self.encoding)
        except UnicodeError:
            pass
        raise SourceError(
            f"{self.name}: the text cannot be written as {self.encoding} without a loss",
            expected="a text that the file's encoding can hold",
            mend="save the file as UTF-8 and take its encoding declaration out",
        )

    def _character(self, line: int, column: int) -> int:
        start = self._starts[line - 1]
        return (column if self._ascii else len(self.utf8[start : start + column].decode())) + 1

    @cached_property
    def _ascii(self) -> bool:
        return self.text.isascii()


def read(path: Path | str, name: str | None = None, *, max_bytes: int = MAX_BYTES) -> Source:
    """The file at `path`; only a regular file of at most `max_bytes` is opened and read."""
    name = str(path) if name is None else name
    data = _data(path, name, max_bytes)
    return _decoded(Path(path), name, data)


def _data(path: Path | str, name: str, max_bytes: int) -> bytes:
    # not blocking: opening a pipe would wait for its writer
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        file = os.open(path, flags)
    except FileNotFoundError:
        what = "a link to nothing" if os.path.islink(path) else "no such file"
        raise SourceError(f"{name}: {what}", expected="a Python file", mend="correct the path") from None
    except (OSError, ValueError) as problem:  # ValueError: a path with a null byte
        why = getattr(problem, "strerror", None) or str(problem)
        raise SourceError(
            f"{name}: cannot be opened: {why}", expected="a file that you may read", mend="chmod u+r, or exclude it"
        ) from None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(
                f"{name}: is not a regular file", expected="a file, no folder, pipe or device", mend="exclude it"
            )
        if found.st_size > max_bytes:
            raise _too_big(name, found.st_size, max_bytes)
        with open(file, "rb", closefd=False) as opened:
            data = opened.read(max_bytes + 1)
    except OSError as problem:
        why = problem.strerror or str(problem)
        raise SourceError(f"{name}: cannot be read: {why}", expected="a readable file", mend="exclude it") from None
    finally:
        os.close(file)
    if len(data) > max_bytes:  # it grew, or its size was never true
        raise _too_big(name, len(data), max_bytes)
    return data


def _too_big(name: str, size: int, limit: int) -> SourceError:
    return SourceError(
        f"{name}: {size:,} bytes are too many",
        expected=f"at most {limit:,} bytes",
        mend=f"exclude it, or set max-file-size = {size} in [tool.emberharmony.purify]",
    )


def _decoded(path: Path, name: str, data: bytes) -> Source:
    bom = data.startswith(BOM_UTF8)
    encoding = "utf-8"
    try:
        if b"coding" in data[:400]:  # the declaration stands in one of the first two lines
            encoding = tokenize.detect_encoding(BytesIO(data).readline)[0].removesuffix("-sig")
        text = data[len(BOM_UTF8) if bom else 0 :].decode(encoding)
        text.encode()  # some encodings can write half of a surrogate pair
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise SourceError(
            f"{name}: byte 0x{data[problem.start]:02x} at {problem.start} is no {encoding}",
            expected="UTF-8, or the encoding that the file declares in its first two lines",
            mend="save the file as UTF-8, or declare its encoding: # -*- coding: latin-1 -*-",
            line=line,
        ) from None
    except (SyntaxError, LookupError, UnicodeError, ValueError) as problem:
        raise SourceError(
            f"{name}: its encoding cannot be read: {problem}",
            expected="an encoding of text that Python knows, and no other than UTF-8 after a byte order mark",
            mend="save the file as UTF-8 and take its encoding declaration out",
        ) from None
    null = text.find("\0")
    if null >= 0:
        raise SourceError(
            f"{name}: has a null byte",
            expected="text",
            mend="exclude it: it is data, or damaged",
            line=text.count("\n", 0, null) + 1,
        )
    return Source(path, name, data, text, encoding, bom)


def _parse(text: str, name: str) -> ast.Module:
    try:
        with warnings.catch_warnings():  # of the parser on the user's strings: not ours to tell
            warnings.simplefilter("ignore")
            return ast.parse(text, name)
    except SyntaxError as problem:
        line = problem.lineno or 1
        raise SourceError(
            f"{name}:{line}: {problem.msg}",
            expected=f"Python {sys.version_info[0]}.{sys.version_info[1]}{_other_python(problem)}",
            mend="correct it, exclude the file, or run the audit with the Python that reads it",
            line=line,
            column=max(problem.offset or 1, 1),
        ) from None
    except (RecursionError, MemoryError):
        raise too_deep(name) from None
    except (ValueError, OverflowError) as problem:
        raise SourceError(f"{name}: {problem}", expected="Python", mend="exclude the file") from None


def too_deep(name: str) -> SourceError:
    """The error for an expression nested deeper than Python's stack."""
    return SourceError(
        f"{name}: is nested too deeply for Python's own parser",
        expected="expressions that are nested a few hundred deep at most",
        mend="exclude the file: no person wrote it",
    )


def _other_python(problem: SyntaxError) -> str:
    line = problem.text or ""
    for shape, version in ((_PYTHON_2, "2"), (_PYTHON_3_14, "3.14 or newer"), (_PYTHON_3_12, "3.12 or newer")):
        if shape.search(line):
            return f" (the line reads like Python {version})"
    return ""


def _position(node: ast.AST) -> tuple[int, int, int, int]:
    if isinstance(node, ast.Module):
        return 1, 0, 1, 0
    line: int = getattr(node, "lineno", 1)
    column: int = getattr(node, "col_offset", 0)
    return line, column, getattr(node, "end_lineno", None) or line, getattr(node, "end_col_offset", None) or column
