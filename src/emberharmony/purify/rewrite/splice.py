"""Text with holes: an edit replaces a node by pieces, and a piece that is a node brings its own bytes and edits."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from emberharmony.purify.trees import children


@dataclass(frozen=True, slots=True)
class Range:
    """Text from one place to another, with the edits of the nodes in it: the inside of a call keeps its comments."""

    start: int
    end: int
    nodes: tuple[ast.AST, ...]


Pieces = Sequence["str | ast.AST | Range | Pieces"]


class Text:
    """A source text, addressed by the nodes of its tree; offsets are of characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[str] = []
        self.starts: list[int] = []
        start = 0
        for line in _lines(text):
            self.starts.append(start)
            self.lines.append(line)
            start += len(line)
        self.edits: dict[ast.AST, Pieces] = {}
        self._open: set[ast.AST] = set()
        self.cuts: list[tuple[int, int]] = []
        self.inserted: dict[int, str] = {}  # whole lines, before the line of this number

    def offset(self, line: int, column: int) -> int:
        """The place of a line and a column in UTF-8 bytes, as trees count them."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if not text.isascii():
            column = len(text.encode()[:column].decode(errors="ignore"))
        return self.starts[line - 1] + column if line <= len(self.starts) else len(self.text)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins and ends."""
        placed = cast("ast.expr", node)  # whoever asks has a node with a place, as statements and arguments are, too
        end = self.offset(placed.end_lineno or placed.lineno, placed.end_col_offset or placed.col_offset)
        return self.offset(placed.lineno, placed.col_offset), end

    def source(self, node: ast.AST) -> str:
        """A node as it was written."""
        start, end = self.span(node)
        return self.text[start:end]

    def render(self, node: ast.AST) -> str:
        """A node with all edits in it."""
        if node in self.edits and node not in self._open:
            return self._edited(node)
        start, end = self.span(node)
        return self._patched(start, end, children(node))

    def joined(self, pieces: Pieces | str) -> str:
        """Pieces as text."""
        if isinstance(pieces, str):
            return pieces
        return "".join(self._piece(piece) for piece in pieces)

    def _piece(self, piece: ast.AST | Range | Pieces | str) -> str:
        if isinstance(piece, Range):
            return self._patched(piece.start, piece.end, list(piece.nodes))
        return self.render(piece) if isinstance(piece, ast.AST) else self.joined(piece)

    def whole(self, tree: ast.Module) -> str:
        """The whole text with all edits and insertions."""
        places = [(*self.span(node), self._edited(node)) for node in self._outermost(list(tree.body))]
        for line, text in self.inserted.items():
            start = self.offset(line, 0)
            places.append((start, start, text))
        places += [(start, end, "") for start, end in self.cuts]
        return _spliced(self.text, 0, len(self.text), places)

    def _patched(self, start: int, end: int, children: list[ast.AST]) -> str:
        places = [(*self.span(node), self._edited(node)) for node in self._outermost(children)]
        return _spliced(self.text, start, end, places)

    def _edited(self, node: ast.AST) -> str:
        """The edit of a node, in which the node itself stands as it would without."""
        self._open.add(node)
        try:
            return self.joined(self.edits[node])
        finally:
            self._open.discard(node)

    def _outermost(self, nodes: list[ast.AST]) -> list[ast.AST]:
        """The edited nodes that stand in no other edit."""
        found: list[ast.AST] = []
        stack = list(nodes)
        while stack:
            node = stack.pop()
            if node in self.edits and node not in self._open:
                found.append(node)
            else:
                stack += children(node)
        return found


def _spliced(text: str, start: int, end: int, places: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    for first, last, new in sorted(places, key=lambda place: place[:2]):
        parts += [text[start:first], new]
        start = last
    return "".join([*parts, text[start:end]])


def _lines(text: str) -> list[str]:
    """Lines as Python's parser counts them: form feeds and other separators do not end one."""
    found = text.split("\n")
    lines = [line + "\n" for line in found[:-1]] + ([found[-1]] if found[-1] else [])
    if "\r" not in text:
        return lines
    split: list[str] = []
    for line in lines:  # a lone carriage return ends a line, too
        parts = line.split("\r")
        for i, part in enumerate(parts[:-1]):
            if i == len(parts) - 2 and parts[-1] == "\n":
                split.append(part + "\r\n")
            else:
                split.append(part + "\r")
        if parts[-1] and not (len(parts) > 1 and parts[-1] == "\n"):
            split.append(parts[-1])
    return split


def joined(parts: Sequence[Pieces | ast.AST]) -> Pieces:
    """Pieces with commas between them."""
    return [piece for i, part in enumerate(parts) for piece in ((", ",) if i else ()) + (part,)]


def flat(pieces: Pieces) -> list[object]:
    """Pieces out of their lists."""
    found: list[object] = []
    for piece in pieces:
        if isinstance(piece, list | tuple):
            found += flat(piece)
        else:
            found.append(piece)
    return found
