"""For people: file by file, one line a finding, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit
    from emberharmony.purify.findings import Entry


def render(found: Audit, *, accepted: bool = False) -> str:
    """The open findings and a summary; with `accepted`, those that have a reason as well."""
    lines = [*_files(found, accepted), *_summary(found)]
    return "\n".join(lines) + "\n"


def _files(found: Audit, accepted: bool) -> Iterator[str]:
    for file in found.files:
        shown = [entry for entry in file.entries if accepted or entry.open] if file.counts else []
        if not shown:
            continue
        for entry in shown:
            yield line(entry)
        told: dict[str, str] = {entry.code: entry.mend for entry in shown if entry.open}
        for code, mend in told.items():
            yield f"    {code}: {mend}"
        yield ""


def line(entry: Entry) -> str:
    """`path:line:col CODE message`, as editors and terminals read it."""
    doubt = "" if entry.sure else " (not sure)"
    reason = f" [{entry.reason}: {entry.why}]" if entry.reason else ""
    return f"{entry.path}:{entry.line}:{entry.column} {entry.code} {entry.note}{doubt}{reason}"


def _summary(found: Audit) -> Iterator[str]:
    counts = found.counts
    by_rule: Counter[str] = Counter()
    by_reason: Counter[str] = Counter()
    for (code, reason), count in counts.items():
        if reason:
            by_reason[reason] += count
        else:
            by_rule[code] += count
    for note in found.notes:
        yield f"note: {note}"
    for code, count in sorted(by_rule.items()):
        yield f"{count:8,}  {code}"
    for reason, count in sorted(by_reason.items()):
        yield f"{count:8,}  accepted: {reason}"
    files = f"{len(found.files):,} file{'s' * (len(found.files) != 1)}"
    yield f"{found.open:,} open, {by_reason.total():,} accepted, in {files}"
