"""What is meant to stay as it is: uses that a comment or the settings explain, and whether a plan would change them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Range, flat
from emberharmony.purify.trees import children, inside

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces, Text
    from emberharmony.purify.rewrite.unit import Unit


@dataclass(frozen=True, slots=True)
class Meant:
    """A place, its lines and columns (in characters) counted from 1, and the reason why nothing is changed there."""

    line: int
    column: int
    end_line: int
    end_column: int
    why: str


class MeantError(RefusedError):
    """The port would change what is meant to stay; the function stays with it."""


@dataclass(frozen=True)
class Kept:
    """The reasons by the places of one text; in the texts that come of it, by the lines of the units that hold them."""

    text: Text
    places: Mapping[tuple[int, int], str]
    imports: frozenset[str] = frozenset()  # dumps of their trees
    lines: Mapping[str, str] = field(default_factory=dict[str, str])

    @staticmethod
    def at(meant: Sequence[Meant], text: Text, tree: ast.Module) -> Kept:
        """The places, as offsets in the text."""

        def offset(line: int, column: int) -> int:
            return text.starts[line - 1] + column - 1

        places = {(offset(at.line, at.column), offset(at.end_line, at.end_column)): at.why for at in meant}
        kept = Kept(text, places)
        imports = (node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) and kept.why(node))
        return replace(kept, imports=frozenset(map(ast.dump, imports)))

    def by_lines(self, units: Iterable[ast.stmt]) -> Kept:
        """The same for texts in which the rest of the file has changed."""
        held: dict[str, str] = {}
        for unit in units if self.places else ():
            if why := next((why for node in inside(unit) if (why := self.why(node))), ""):
                held[_written(self.text, unit)] = why
        return replace(self, places={}, lines=held)

    def barred(self, units: Iterable[ast.stmt], text: Text) -> dict[ast.AST, str]:
        """The units that are known by their lines, and why they stay."""
        if not self.lines:
            return {}
        return {unit: self.lines[lines] for unit in units if (lines := _written(text, unit)) in self.lines}

    def why(self, node: ast.AST) -> str:
        """The reason why a node stays; "" where there is none."""
        return self.places.get(self.text.span(node), "") if self.places and isinstance(node, _PLACED) else ""

    def check(self, unit: Unit) -> None:
        """Raise where the plan of a unit changes what is meant to stay."""
        if not self.places:
            return
        standing = set(_standing(unit.node, unit.edits, set()))
        for node in inside(unit.node):
            head = node.func if isinstance(node, ast.Call) else node
            if (why := self.why(node)) and not {node, head} <= standing:
                raise MeantError(node, why)

    def refusal(self, refused: RefusedError) -> RefusedError:
        """The same refusal, with the user's own reason where the use is meant."""
        node = refused.node
        why = self.why(node) or (self.why(node.func) if isinstance(node, ast.Call) else "")
        return MeantError(node, why) if why else refused


def _written(text: Text, unit: ast.stmt) -> str:
    """The lines of a unit, with the comments on them."""
    return "".join(text.lines[unit.lineno - 1 : unit.end_lineno])


_PLACED = (ast.stmt, ast.expr, ast.arg, ast.alias, ast.keyword, ast.excepthandler)


def _standing(node: ast.AST, edits: Mapping[ast.AST, Pieces], opened: set[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that are in the new text as they were written, around the edits of what is in them."""
    if node in edits and node not in opened:
        for piece in flat(edits[node]):
            for hole in piece.nodes if isinstance(piece, Range) else [piece]:
                if isinstance(hole, ast.AST):
                    yield from _standing(hole, edits, opened | {node})
        return
    yield node
    for child in children(node):
        yield from _standing(child, edits, opened)
