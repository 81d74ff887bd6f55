"""One file: the rules meet its nodes, in one walk."""

from __future__ import annotations

import ast
import hashlib
import marshal
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.purify import rules, suppress, uses
from emberharmony.purify.cache import Kept
from emberharmony.purify.discover import Found, patterns, relative
from emberharmony.purify.figures import seed_figures
from emberharmony.purify.findings import Entry, Finding, Reason, Rule
from emberharmony.purify.neighbours import neighbours
from emberharmony.purify.reasons import reason_of
from emberharmony.purify.source import RULE as UNREADABLE
from emberharmony.purify.source import Source, SourceError, read, too_deep

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow, Kind, Project
    from emberharmony.purify.settings import Settings
    from emberharmony.purify.trace import Trace

# a file that has none of these words in it is tied to no array library; looking for them is a hundred times faster
# than parsing
WORDS = (
    "numpy",
    "scipy",
    "torch",
    "pandas",
    "mlx",
    "jax",
    "cupy",
    "tensorflow",
    "emberharmony",
    "array_namespace",
    suppress.MARK,
    ".tolist(",
    ".item(",
    ".cpu(",
    ".astype(",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """How files are examined: the same for all of a run."""

    settings: Settings
    roots: tuple[str, ...] = ()
    trace: str = ""
    figures: bool = False


def all_rules() -> dict[str, Rule]:
    """Every rule by code: those that look at nodes, and those for files and comments."""
    found = {code: check.rule for code, check in rules.every().items()}
    found |= {UNREADABLE.code: UNREADABLE, suppress.RULE.code: suppress.RULE}
    return dict(sorted(found.items()))


class Examiner:
    """Examines one file after the other under one setup."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._settings = setup.settings
        self._codes = all_rules()

    def examine(self, found: Found, known: bytes = b"") -> Kept | None:
        """What is to be kept of a file; None if its bytes have the hash `known`."""
        try:
            source = read(found.path, found.name, max_bytes=self._settings.max_file_size)
        except SourceError as problem:
            return self._kept(found, b"", [problem_entry(found.name, problem)], None)
        digest = hashlib.blake2b(source.data, digest_size=16).digest()
        if digest == known:
            return None
        figures: Mapping[str, int] = {}
        try:
            if self._setup.figures:
                figures = seed_figures(source.tree)
            entries = self.entries(source)
        except SourceError as problem:
            entries = [problem_entry(found.name, problem)]
        except (RecursionError, MemoryError):
            entries = [problem_entry(found.name, too_deep(found.name))]
        except Exception as problem:
            problem.add_note(f"while examining {found.path}")  # a fault of a rule: say where it shows
            raise
        return self._kept(found, digest, entries, source, figures)

    def forget(self) -> None:
        """Let go of the modules that were followed."""
        self._project.forget()

    def entries(self, source: Source) -> list[Entry]:
        """The findings in a source, in the order of their places."""
        if not any(word in source.text for word in WORDS):
            return []
        place = relative(str(source.path), str(self._settings.root))
        asked = wants(self._settings, source.path)
        self._project.told = self._told(source.path)
        tree = self._project.tree(source.path, source.data) or source.tree
        flow = self._project.flow(tree, source.path)
        found = [self._entry(source, flow, each) for each in self._findings(tree, flow, asked)]
        found.sort(key=lambda entry: (entry.line, entry.column, entry.code))
        if found and patterns(self._settings.backend).fits(place):
            found = [_accepted(entry, Reason.BACKEND) if entry.open else entry for entry in found]
        found = [self._excepted(entry, place) if entry.open else entry for entry in found]
        found = list(suppress.apply(source, found, self._codes, asked))
        return sorted(found, key=lambda entry: (entry.line, entry.column, entry.code))

    def _excepted(self, entry: Entry, place: str) -> Entry:
        """An entry that the settings give a reason for."""
        for each in self._settings.exceptions:
            if entry.code.startswith(each.rules) and _fits(each.pattern, place):
                return replace(entry, reason=Reason.DOCUMENTED.name.lower(), why=each.why)
        return entry

    def _findings(self, tree: ast.Module, flow: Flow, asked: Callable[[str], bool]) -> Iterator[Finding]:
        table = {
            kind: [check for code, check in checks if asked(code)] for kind, checks in self._table.items()
        }  # what is not asked for is not looked for
        named = table.pop(ast.Name, [])
        for name in uses.candidates(flow) if named else ():
            for node in flow.names.uses.get(name, ()):
                for check in named:
                    yield from check(node, flow)
        for node in (tree, *flow.names.parents):  # every node, as the scopes were made from them
            checks = table.get(node.__class__)
            if checks is not None:
                for check in checks:
                    yield from check(node, flow)

    @cached_property
    def _table(self) -> dict[type[ast.AST], list[tuple[str, Callable[[ast.AST, Flow], Iterator[Finding]]]]]:
        table: dict[type[ast.AST], list[tuple[str, Callable[[ast.AST, Flow], Iterator[Finding]]]]] = {}
        for code, check in rules.every().items():
            for kind in check.nodes:
                table.setdefault(kind, []).append((code, check.check))
        return table

    def _told(self, path: Path) -> Callable[[str, ast.AST, str], Kind | None] | None:
        """What a recorded run tells of the variables of a file."""
        if self._trace is None:
            return None
        from emberharmony.purify.trace.told import told

        return told(self._trace, path)

    @cached_property
    def _trace(self) -> Trace | None:
        if not self._setup.trace:
            return None
        from emberharmony.purify.trace import Trace

        return Trace.load(Path(self._setup.trace))

    @cached_property
    def _project(self) -> Project:
        from emberharmony.purify.flow import Project

        return Project([Path(root) for root in self._setup.roots])

    def _entry(self, source: Source, flow: Flow, found: Finding) -> Entry:
        rule, reason = found.rule, reason_of(found, flow, self._settings.boundaries)
        return Entry(
            source.name,
            *source.place(found.node),
            rule.code,
            rule.severity,
            flow.function(found.node),
            found.note,
            mend_of(rule),
            reason.name.lower() if reason else None,
            reason.value if reason else "",
            found.sure,
        )

    def _kept(
        self,
        found: Found,
        digest: bytes,
        entries: list[Entry],
        source: Source | None,
        figures: Mapping[str, int] | None = None,
    ) -> Kept:
        # written as fast as the clock ticks, a file may change again and look the same: then its hash is asked
        recent = time.time_ns() - found.mtime_ns < 50_000_000
        packed, counts = pack(entries, [line_mark(source, entry.line) for entry in entries])
        mtime = -1 if recent or not digest else found.mtime_ns
        around = neighbours(found.path, source.text, self._setup.roots) if source else ()
        rests_on = tuple((path, file_hash(path)) for path in around)
        return Kept(found.size, mtime, digest, rests_on, counts, dict(figures or {}), packed)


def wants(settings: Settings, path: Path) -> Callable[[str], bool]:
    """Whether a rule is asked for in a file."""
    place = relative(str(path), str(settings.root))
    ignored = tuple(code for glob, codes in settings.per_path_ignores for code in codes if _fits(glob, place))
    return lambda code: settings.wants(code) and not code.startswith(ignored)


@lru_cache(maxsize=4096)
def _hash_of(path: str, size: int, mtime_ns: int) -> bytes:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).digest()


def file_hash(path: str) -> bytes:
    """The hash of a file's bytes; empty if it is gone."""
    try:
        state = os.stat(path)
        return _hash_of(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return b""


def problem_entry(name: str, problem: SourceError) -> Entry:
    """The finding for what cannot be read."""
    place = problem.line, problem.column, problem.line, problem.column
    note = problem.what.removeprefix(f"{name}:{problem.line}: ").removeprefix(f"{name}: ")
    return Entry(name, *place, UNREADABLE.code, UNREADABLE.severity, "", note, problem.mend)


@cache
def mend_of(rule: Rule) -> str:
    """What to do about a rule, in one line."""
    return rule.mend or f"write {rule.good.strip().splitlines()[-1].strip()}"


def line_mark(source: Source | None, line: int) -> str:
    """A short hash of a line of code without its margins."""
    text = source.line(line).strip() if source else ""
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def pack(entries: list[Entry], marks: list[str]) -> tuple[bytes, dict[tuple[str, str], int]]:
    """Findings as bytes, and their number by rule and reason (empty if open)."""
    rows = [
        (
            e.line,
            e.column,
            e.end_line,
            e.end_column,
            e.code,
            e.severity,
            e.function,
            e.note,
            e.mend,
            e.reason,
            e.why,
            e.sure,
            mark,
        )
        for e, mark in zip(entries, marks, strict=True)
    ]
    return marshal.dumps(rows) if rows else b"", dict(Counter((e.code, e.reason or "") for e in entries))


def unpack(name: str, packed: bytes) -> list[tuple[Entry, str]]:
    """The findings of the file `name`, each with the hash of its line."""
    return [(Entry(name, *row[:-1]), row[-1]) for row in marshal.loads(packed)] if packed else []


def _accepted(entry: Entry, reason: Reason) -> Entry:
    return replace(entry, reason=reason.name.lower(), why=reason.value)


def _fits(glob: str, place: str) -> bool:
    return patterns((glob,)).fits(place)
