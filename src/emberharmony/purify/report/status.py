"""The status table: each file that is, or was, tied to NumPy, and how far it has come.

A page that has the marks `<!-- purify status -->` and `<!-- end -->` keeps what is around them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING

from emberharmony.errors import EmberError

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit, FileReport

BEGIN, END = "<!-- purify status -->", "<!-- end -->"
PURIFIED, PARTIAL, NOT_PURIFIED = "✅ Purified", "⚠️ Partial", "❌ Not Purified"
MANY = 10  # findings: a file with more of them, an import of an array library among them, has not been begun


class StatusError(EmberError, ValueError):
    """A status page whose marks do not fit together."""


def table(found: Audit, before: Collection[str] = ()) -> str:
    """The table in Markdown. A file without any finding is in it if it was `before`."""
    rows = [f"| {_cell(file.path)} | {status} | {_cell(notes)} |" for file, status, notes in _rows(found, before)]
    return "\n".join(["| File | Status | Notes |", "|------|--------|-------|", *rows]) + "\n"


def page(found: Audit, old: str = "") -> str:
    """The page with the table of now: in the place of the old table, or a page of its own.

    A file of the old table that has no finding any more stays, purified; one that is gone does not.
    """
    before = _paths(old.partition(BEGIN)[2].partition(END)[0])
    counts = Counter(status for _, status, _ in _rows(found, before))
    summary = ", ".join(f"{counts[status]} {status}" for status in (PURIFIED, PARTIAL, NOT_PURIFIED))
    count = f"{len(found.files)} file{'s' * (len(found.files) != 1)}"
    block = f"{BEGIN}\n{summary}; {count} in all.\n\n{table(found, before)}{END}"
    if not old.strip():
        title = "# Backend Purification Status\n\nWhat still ties these files to one array library; written by"
        return f"{title} `emberharmony purify status`.\n\n{block}\n"
    head, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in after:
        raise StatusError(
            "the page has no place for the table",
            expected=f"one line {BEGIN} and below it one line {END}",
            mend="put the two lines where the table belongs, or name another file",
        )
    return head + block + after


def status_of(file: FileReport) -> str:
    """One of the three words."""
    if not file.open:  # what a baseline lets wait is not done
        return PARTIAL if any(reason == "baseline" for _, reason in file.counts) else PURIFIED
    imports = any(code.startswith("IMP") and not reason for code, reason in file.counts)
    return NOT_PURIFIED if imports and file.open > MANY else PARTIAL


def _rows(found: Audit, before: Collection[str]) -> list[tuple[FileReport, str, str]]:
    return [(file, status_of(file), _notes(file)) for file in found.files if file.counts or _cell(file.path) in before]


def _paths(old: str) -> set[str]:
    """The files of a table, as its cells have them."""
    cells = (line.removeprefix("| ").partition(" | ")[0] for line in old.splitlines() if line.startswith("| "))
    return set(cells) - {"File"}


def _notes(file: FileReport) -> str:
    if not file.counts:
        return "no finding is left"
    still: Counter[str] = Counter()
    fine: Counter[str] = Counter()
    for (code, reason), count in file.counts.items():
        (fine if reason else still)[reason or code] += count
    parts = [", ".join(f"{count} {name}" for name, count in still.most_common())] if still else []
    if fine:
        parts.append("accepted: " + ", ".join(f"{count} {name}" for name, count in fine.most_common()))
    return "; ".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
