"""Rewrite files, prove the rewrites, and write what is to be kept."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.errors import EmberError
from emberharmony.purify.durable import write_whole
from emberharmony.purify.flow import Project
from emberharmony.purify.neighbours import neighbours
from emberharmony.purify.rewrite import Left, Meant, Slower, rewrite
from emberharmony.purify.source import Source, too_deep
from emberharmony.purify.verify import Verdict, VerifySettings, verify

if TYPE_CHECKING:
    from emberharmony.purify.settings import Settings


class ChangedError(EmberError, RuntimeError):
    """A file that somebody else changed while it was being ported."""


@dataclass(frozen=True, slots=True)
class Port:
    """A file and its rewrite: the functions that changed, those that were left and why, and what verification said."""

    source: Source
    text: str
    ported: list[str]
    left: list[Left]
    slower: list[Slower] = field(default_factory=list[Slower])
    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.text != self.source.text

    def diff(self) -> str:
        """The change as a unified diff; empty if there is none."""
        name = self.source.name.lstrip("/")
        old, new = (text.splitlines(keepends=True) for text in (self.source.text, self.text))
        lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
        return "".join(
            line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in lines
        )

    def write(self) -> None:
        """Put the rewrite in the place of the file, whole or not at all, unless the file is no longer what was read."""
        data = self.source.encode(self.text)
        if self.source.path.read_bytes() != self.source.data:
            raise ChangedError(
                f"{self.source.name}: has changed since it was read",
                expected="a file that nobody else writes meanwhile",
                mend="look at the change, and run the command again",
            )
        write_whole(self.source.path, data)


def in_order(sources: Iterable[Source], roots: tuple[str, ...]) -> list[Source]:
    """What others import comes first, so that a function is judged beside helpers that are ported already."""
    given = {str(source.path.absolute()): source for source in sources}
    before = {path: neighbours(path, source.text, roots) for path, source in given.items()}
    ordered: list[Source] = []
    seen: set[str] = set()

    def visit(path: str) -> None:
        if path in seen or path not in given:
            return
        seen.add(path)  # in a circle the first one asked for comes last
        for other in before[path]:
            visit(other)
        ordered.append(given[path])

    for path in given:
        visit(path)
    return ordered


def fix(
    source: Source,
    settings: Settings,
    only: frozenset[str] | None = None,
    *,
    project: Project | None = None,
    trace: Path | None = None,
) -> Port:
    """The rewrite of a file, in memory.

    What a comment or the settings except, or is not asked for, stays as it is, with the function that holds it.
    `only` names the functions that may change; `project` holds the modules that several files import, and is made with
    `ported=True`; `trace` is a recorded run.
    """
    _ = source.tree  # what does not parse is told as everywhere
    project = Project(ported=True) if project is None else project
    project.told = None
    if trace is not None:
        from emberharmony.purify.trace import Trace
        from emberharmony.purify.trace.told import told

        project.told = told(Trace.load(trace), source.path)
    try:
        found = rewrite(
            source.text,
            source.path,
            target=settings.target,
            operators=settings.operators,
            only=only,
            project=project,
            meant=_meant(source, settings, trace),
        )
    except RecursionError:
        raise too_deep(source.name) from None
    return Port(source, found.text, found.ported, found.left, found.slower)


def _meant(source: Source, settings: Settings, trace: Path | None) -> list[Meant]:
    """The findings that ask for no change: explained, of a backend's own file, or of rules that nobody asked for."""
    from emberharmony.purify.examine import Examiner, Setup, wants
    from emberharmony.purify.suppress import MARK

    chosen = settings.select or settings.ignore or settings.per_path_ignores
    if not (chosen or settings.exceptions or settings.backend or MARK in source.text):
        return []
    asked = wants(settings, source.path)
    everything = replace(settings, select=(), ignore=(), per_path_ignores=())
    roots = (str(settings.root), str(settings.root / "src"))
    found: list[Meant] = []
    for entry in Examiner(Setup(everything, roots, str(trace) if trace else "")).entries(source):
        if not asked(entry.code):
            why = f"{entry.code} in line {entry.line} is not asked for"
        elif entry.reason in ("documented", "backend"):
            why = f"{entry.code} in line {entry.line} is accepted: {entry.why}"
        else:
            continue
        found.append(Meant(entry.line, entry.column, entry.end_line, entry.end_column, why))
    return found


def proved(
    source: Source,
    settings: Settings,
    how: VerifySettings,
    *,
    project: Project | None = None,
    keep_unverified: bool = False,
    progress: Callable[[Verdict], None] | None = None,
) -> Port:
    """The rewrite of a file with a verdict on every function that changed; those that are not verified are left.

    A function that was verified beside the port of another is judged again without it, until all that is kept holds.
    """
    port = first = fix(source, settings, project=project, trace=how.trace)
    told: dict[str, Verdict] = {}
    while port.changed:
        functions = [name for name in port.ported if name != "<module>"]
        found = verify(source.text, port.text, source.path, functions, settings=how, progress=progress)
        told |= {verdict.function: verdict for verdict in found}
        good = frozenset(verdict.function for verdict in found if verdict.status == "verified")
        if keep_unverified or good >= set(functions):
            break
        if not good:
            port = Port(source, source.text, [], first.left)
            break
        port = fix(source, settings, good, project=project, trace=how.trace)
    slower = [each for each in port.slower if each.function in port.ported]
    return Port(source, port.text, port.ported, first.left, slower, list(told.values()))
