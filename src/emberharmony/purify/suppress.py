"""Exceptions that the code itself explains: `# purify: ignore[CAST01] the plot wants a number`.

The comment stands on a line of the finding, or on a line of its own above the statement; `ignore-file[...]` holds for
the whole file. One without a reason, with a rule that nobody knows, or that nothing is the matter with, is a finding.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from emberharmony.purify.findings import Entry, Reason, Rule
from emberharmony.purify.source import Source, SourceError

RULE = Rule(
    code="SUP01",
    name="poor-suppression",
    severity="warning",
    what="A `purify: ignore` comment without a reason, with an unknown rule, or that suppresses nothing.",
    why="An exception that nobody explains stays for ever, and one that is not needed hides the next mistake.",
    bad="import numpy as np  # purify: ignore[IMP01]\n",
    good="import numpy as np  # purify: ignore[IMP01] the file format is NumPy's own\n",
    mend="name the rules and say why: # purify: ignore[CODE] reason; or take the comment out",
)
MARK = "purify:"

_COMMENT = re.compile(r"#\s*purify:\s*(?P<verb>[\w-]*)\s*(?:\[(?P<codes>[^\]]*)\])?\s*[-:]?\s*(?P<reason>.*)")
_LAYOUT = frozenset({tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT})


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: its place, the lines that it speaks of (all if `last` is 0), its rules and its reason."""

    line: int
    column: int
    end_column: int
    first: int
    last: int
    codes: tuple[str, ...]
    reason: str
    problem: str = ""

    def covers(self, entry: Entry) -> bool:
        """Whether the comment speaks of this finding."""
        return entry.code in self.codes and (
            self.last == 0 or (entry.line <= self.last and entry.end_line >= self.first)
        )


def apply(
    source: Source, entries: Iterable[Entry], codes: Collection[str], asked: Callable[[str], bool]
) -> Iterator[Entry]:
    """The findings with the reasons that comments give, and a finding for each poor comment.

    `codes` are all rules that exist; of those that were not `asked` for, nobody knows whether a comment is needed.
    """
    if MARK not in source.text:
        yield from entries
        return
    found = list(suppressions(source, codes))
    good = [each for each in found if not each.problem]
    used: set[tuple[Suppression, str]] = set()
    for entry in entries:
        by = next((each for each in good if each.covers(entry)), None)
        if by is None:
            yield entry
        else:
            used.add((by, entry.code))
            yield replace(entry, reason=Reason.DOCUMENTED.name.lower(), why=by.reason)
    if not asked(RULE.code):
        return
    for each in found:
        if each.problem:
            yield _entry(source, each, each.problem)
        elif idle := [code for code in each.codes if (each, code) not in used and asked(code)]:
            yield _entry(source, each, f"there is no {', '.join(idle)} here to suppress")


def suppressions(source: Source, codes: Collection[str]) -> Iterator[Suppression]:
    """The comments of the file that speak to us."""
    waiting: list[tuple[tokenize.TokenInfo, re.Match[str]]] = []  # on lines of their own, of the statement to come
    begun: int | None = None  # the first line of the statement that we are in
    code_line = 0
    for token in _tokens(source):
        row = token.start[0]
        if token.type == tokenize.COMMENT:
            match = _COMMENT.fullmatch(token.string)
            if match is None:
                continue
            if match["verb"] == "ignore-file":
                yield _suppression(token, match, codes, 1, 0)
            elif code_line == row:
                yield _suppression(token, match, codes, row, row)
            elif begun is not None:  # between the lines of a statement: of the next one
                yield _suppression(token, match, codes, row, row + 1)
            else:
                waiting.append((token, match))
        elif token.type == tokenize.NEWLINE:
            for comment, match in waiting:
                yield _suppression(comment, match, codes, begun or row, row)
            waiting, begun = [], None
        elif token.type not in _LAYOUT:
            begun = row if begun is None else begun
            code_line = token.end[0]
    for comment, match in waiting:
        yield _suppression(comment, match, codes, comment.start[0], comment.start[0])


def _suppression(
    token: tokenize.TokenInfo, match: re.Match[str], codes: Collection[str], first: int, last: int
) -> Suppression:
    named = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
    reason = match["reason"].strip()
    unknown = [code for code in named if code not in codes]
    problem = ""
    if match["verb"] not in ("ignore", "ignore-file"):
        problem = f"'purify: {match['verb']}' means nothing"
    elif not named:
        problem = "it names no rule"
    elif unknown:
        problem = f"there is no rule {', '.join(unknown)}"
    elif not any(letter.isalnum() for letter in reason):
        problem = "it gives no reason"
    place = token.start[0], token.start[1] + 1, token.end[1] + 1
    return Suppression(*place, first, last, named, reason, problem)


def _tokens(source: Source) -> Iterator[tokenize.TokenInfo]:
    try:
        # line ends as the parser sees them; a form feed is none
        yield from tokenize.generate_tokens(io.StringIO(source.text, newline=None).readline)
    except (tokenize.TokenError, SyntaxError) as problem:
        raise SourceError(
            f"{source.name}: its comments cannot be read: {problem.args[0]}",
            expected="Python that the tokenize module reads",
            mend="correct the file, or exclude it",
        ) from None


def _entry(source: Source, at: Suppression, note: str) -> Entry:
    place = at.line, at.column, at.line, at.end_column
    return Entry(source.name, *place, RULE.code, RULE.severity, "", note, RULE.mend)
