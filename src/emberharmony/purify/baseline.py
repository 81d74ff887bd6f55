"""Findings that were there when somebody began to look: a file in the repository that keeps them out of the way.

A finding is known by its path, rule, function and line of code, so it may move up and down its file. What has been
mended since is stale, and told: a baseline only shrinks.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from emberharmony.errors import EmberError
from emberharmony.purify.durable import write_whole
from emberharmony.purify.findings import Entry, Reason

VERSION = 1


class BaselineError(EmberError, ValueError):
    """A baseline that is not there, or is none."""


class Key(NamedTuple):
    """What a finding is known by; `line` is the hash of its line of code, `path` is relative to the baseline."""

    path: str
    code: str
    function: str
    line: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """How many findings of each kind are known."""

    folder: Path
    known: dict[Key, int]

    def apply(self, path: str, entries: Iterable[tuple[Entry, str]]) -> tuple[list[Entry], dict[Key, int]]:
        """The findings of one file, each with the hash of its line, with a reason where they are known; and what of
        the baseline is left over for this file: it is stale."""
        place = self.place(path)
        left = {key: count for key, count in self.known.items() if key.path == place}
        found: list[Entry] = []
        for entry, line in entries:
            key = Key(place, entry.code, entry.function, line)
            if entry.open and left.get(key):
                left[key] -= 1
                entry = replace(entry, reason=Reason.BASELINE.name.lower(), why=Reason.BASELINE.value)
            found.append(entry)
        return found, {key: count for key, count in left.items() if count}

    def place(self, path: str) -> str:
        """A path as the baseline writes it."""
        return _from(path, self.folder)


def read(file: Path) -> Baseline:
    """The baseline in a file."""
    try:
        found: Any = json.loads(file.read_bytes())
        if found["version"] != VERSION:
            raise BaselineError(
                f"{file}: version {found['version']!r}",
                expected=f"version {VERSION}",
                mend="write it anew: emberharmony purify audit --write-baseline",
            )
        known = {Key(*map(str, key)): int(count) for *key, count in found["findings"]}
    except FileNotFoundError:
        raise BaselineError(
            f"{file}: there is no such baseline",
            expected="a file that `emberharmony purify audit --write-baseline` wrote",
            mend="write it, or take `baseline` out of the settings",
        ) from None
    except (ValueError, TypeError, KeyError) as problem:
        if isinstance(problem, BaselineError):
            raise
        raise BaselineError(
            f"{file}: is no baseline: {problem}",
            expected="a file that `emberharmony purify audit --write-baseline` wrote",
            mend="write it anew",
        ) from None
    return Baseline(file.parent.absolute(), known)


def write(file: Path, entries: Iterable[tuple[Entry, str]]) -> int:
    """Write the open findings, each with the hash of its line; their number."""
    folder = file.parent.absolute()
    counts = Counter(
        Key(_from(entry.path, folder), entry.code, entry.function, line) for entry, line in entries if entry.open
    )
    rows = [[*key, count] for key, count in sorted(counts.items())]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{{"version": {VERSION}, "findings": [\n{lines}\n]}}\n'
    write_whole(file, text.encode())
    return sum(counts.values())


def _from(path: str, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")
