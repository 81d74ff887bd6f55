"""Calls from a recorded run, as cases."""

from __future__ import annotations

from pathlib import Path

from emberharmony.purify.trace.kept import Trace
from emberharmony.purify.verify.subject import Case


def cases(trace: Path, path: Path, original: str) -> dict[str, list[Case]]:
    """The recorded calls of the functions of one file, by their names. No methods: their object is no data."""
    found: dict[str, list[Case]] = {}
    for name, args, kwargs in Trace.load(trace).calls(path, original.encode()):
        here = found.setdefault(name, [])
        here.append(Case("recorded", f"call {len(here) + 1}", args, kwargs))
    return found
