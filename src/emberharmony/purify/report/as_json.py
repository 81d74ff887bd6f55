"""For scripts: one JSON object.

    {"version": 1, "base": "/project",
     "summary": {"files": 2, "open": 1, "accepted": 0, "rules": {"IMP01": {"open": 1}}},
     "notes": [],
     "files": [{"path": "a.py", "hash": "0123...", "findings": [
        {"line": 1, "column": 8, "end_line": 1, "end_column": 19, "code": "IMP01", "severity": "error",
         "function": "<module>", "note": "...", "mend": "...", "reason": null, "why": "", "sure": true}]}]}

Lines and columns count from 1, columns in characters; a finding is open while its reason is null. Keys may be added;
the version changes when one changes its meaning or goes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit
    from emberharmony.purify.findings import Entry

VERSION = 1


def render(found: Audit) -> str:
    """The audit as JSON, with a line end at its end."""
    return json.dumps(as_data(found), ensure_ascii=False, indent=1) + "\n"


def as_data(found: Audit) -> dict[str, Any]:
    """The same as plain data."""
    rules: dict[str, dict[str, int]] = {}
    for (code, reason), count in sorted(found.counts.items()):
        rules.setdefault(code, {})[reason or "open"] = count
    accepted = sum(found.counts.values()) - found.open
    return {
        "version": VERSION,
        "base": str(found.base),
        "summary": {"files": len(found.files), "open": found.open, "accepted": accepted, "rules": rules},
        "notes": list(found.notes),
        "files": [
            {"path": file.path, "hash": file.hash.hex(), "findings": [_finding(entry) for entry in file.entries]}
            for file in found.files
        ],
    }


def _finding(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name != "path"}
