"""What ties the files below some paths to an array library.

    found = audit([Path("src")], settings)
    for entry in found.entries(): ...

Files are examined in processes of their own when there are many, in the order of their names whoever was first; what
has not changed since the last time is taken from the cache.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.errors import EmberError
from emberharmony.purify import baseline as baselines
from emberharmony.purify import cache as caches
from emberharmony.purify.cache import Cache, Kept
from emberharmony.purify.collector import waiting
from emberharmony.purify.discover import Found, discover
from emberharmony.purify.examine import Examiner, Setup, all_rules, file_hash, line_mark, pack, problem_entry, unpack
from emberharmony.purify.figures import FIGURES
from emberharmony.purify.settings import read_settings

if TYPE_CHECKING:
    from emberharmony.purify.baseline import Baseline, Key
    from emberharmony.purify.findings import Entry
    from emberharmony.purify.settings import Settings

__all__ = ["Audit", "FileReport", "audit"]

Progress = Callable[[int, int], None]
ALONE = 40  # files: fewer are done before another process has started
BATCH, BATCH_BYTES = 240, 4_000_000


class AuditError(EmberError, RuntimeError):
    """An audit that could not go on."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What was found in a file. `counts` is the number of findings by rule and reason ("" if open), `figures` what
    `figures.py` counts, `hash` of the bytes, empty if they could not be read."""

    path: str
    hash: bytes
    counts: dict[tuple[str, str], int]
    figures: dict[str, int]
    packed: bytes = field(repr=False)

    @property
    def entries(self) -> list[Entry]:
        """The findings in the order of their places."""
        return [entry for entry, _ in self.marked()]

    def marked(self) -> list[tuple[Entry, str]]:
        """The findings, each with the hash of its line."""
        return unpack(self.path, self.packed)

    @property
    def open(self) -> int:
        """How many findings ask for action."""
        return sum(count for (_, reason), count in self.counts.items() if not reason)


@dataclass(frozen=True, slots=True)
class Audit:
    """The files in the order of their names, which start at `base`; `notes` are what else the user should know."""

    base: Path
    files: tuple[FileReport, ...]
    notes: tuple[str, ...] = ()
    fresh: int = 0  # files that were examined now, not taken from the cache

    def entries(self) -> Iterator[Entry]:
        """All findings, file by file."""
        for file in self.files:
            yield from file.entries

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """The number of findings by rule and reason ("" if open)."""
        whole: Counter[tuple[str, str]] = Counter()
        for file in self.files:
            whole.update(file.counts)
        return whole

    @property
    def open(self) -> int:
        """How many findings ask for action."""
        return sum(file.open for file in self.files)

    @property
    def figures(self) -> dict[str, int]:
        """In how many files each of the figures is not zero."""
        return {name: sum(file.figures.get(name, 0) > 0 for file in self.files) for name in FIGURES}


def audit(
    paths: Sequence[Path | str],
    settings: Settings | None = None,
    *,
    jobs: int = 1,
    cached: bool = True,
    trace: Path | None = None,
    figures: bool = False,
    progress: Progress | None = None,
) -> Audit:
    """Examine the files at and below `paths`, under the settings of the nearest pyproject.toml if none are given.

    More than one of `jobs` starts processes, which import the caller's main module: it must be safe to import.
    `figures` counts, too, what is no finding. Nothing of the user's code is run.
    """
    settings = settings or read_settings(Path(paths[0]) if paths else Path.cwd(), all_rules())
    found = discover(paths, root=settings.root, exclude=settings.exclude)
    setup = Setup(settings, _roots(paths, settings), str(trace) if trace else "", figures)
    key = (setup, trace.read_bytes() if trace else b"")
    store = caches.load(settings.root, key) if cached else Cache(Path(), b"", {})
    kept, fresh = _kept(found.files, store, setup, jobs, progress)
    if cached and (fresh or store.note):
        noted = store.note
        store.save()
        store.note = store.note or noted
    reports = [_report(file.name, each) for file, each in zip(found.files, kept, strict=True)]
    for name, problem in found.problems:
        packed, counts = pack([problem_entry(name, problem)], [line_mark(None, 1)])
        reports.append(FileReport(name, b"", counts, {}, packed))
    notes = [store.note] if store.note else []
    if settings.baseline is not None:
        known = baselines.read(settings.root / settings.baseline)
        reports = [_known(report, known, notes) for report in reports]
        notes += _gone(known, reports)
    return Audit(Path.cwd(), tuple(sorted(reports, key=lambda report: report.path)), tuple(notes), fresh)


def _roots(paths: Sequence[Path | str], settings: Settings) -> tuple[str, ...]:
    """Where the project's own modules are looked for."""
    folders = [os.path.abspath(path) for path in paths if os.path.isdir(path)]
    return tuple(dict.fromkeys([*folders, str(settings.root), str(settings.root / "src")]))


def _report(name: str, kept: Kept) -> FileReport:
    return FileReport(name, kept.hash, kept.counts, kept.figures, kept.packed)


def _known(report: FileReport, baseline: Baseline, notes: list[str]) -> FileReport:
    marked = report.marked()
    entries, stale = baseline.apply(report.path, marked)
    notes += [_stale(key, count) for key, count in stale.items()]
    packed, counts = pack(entries, [mark for _, mark in marked])
    return replace(report, counts=counts, packed=packed)


def _gone(baseline: Baseline, reports: Sequence[FileReport]) -> list[str]:
    """What is stale because its file is no more."""
    here = {baseline.place(report.path) for report in reports}
    gone = {key.path for key in baseline.known if key.path not in here and not (baseline.folder / key.path).exists()}
    return [_stale(key, count) for key, count in baseline.known.items() if key.path in gone]


def _stale(key: Key, count: int) -> str:
    return f"{key.path}: the baseline knows {count} {key.code} in {key.function} that are there no more: write it anew"


def _kept(
    files: Sequence[Found], store: Cache, setup: Setup, jobs: int, progress: Progress | None
) -> tuple[list[Kept], int]:
    """What is known of each file, and how many had to be examined."""
    done: dict[str, Kept] = {}
    tasks: list[tuple[Found, bytes]] = []
    same = _Unchanged(files, store)
    for file in files:
        old = store.files.get(file.path)
        if old is None or not same.around(old):
            tasks.append((file, b""))
        elif same.looks(file, old):
            done[file.path] = old
        else:
            tasks.append((file, old.hash))
    for (file, _), new in zip(tasks, _examined(tasks, setup, jobs, progress, len(files)), strict=True):
        # the same bytes under another time
        done[file.path] = new or store.files[file.path]._replace(size=file.size, mtime_ns=file.mtime_ns)
    store.files.update(done)
    return [done[file.path] for file in files], len(tasks)


class _Unchanged:
    """Whether a file, and those that its findings rest on, are as they were."""

    def __init__(self, files: Sequence[Found], store: Cache) -> None:
        self._store = store
        self._files = {file.path: file for file in files}
        self._same: dict[str, bool] = {}

    def looks(self, file: Found, old: Kept) -> bool:
        return (file.size, file.mtime_ns) == (old.size, old.mtime_ns)

    def around(self, old: Kept) -> bool:
        """Whether the modules that a file imports from are unchanged, and those that they import from."""
        return all(self._unchanged(path, digest) for path, digest in old.rests_on)

    def _unchanged(self, path: str, digest: bytes) -> bool:
        if path not in self._same:
            file, old = self._files.get(path), self._store.files.get(path)
            now = old.hash if file and old and self.looks(file, old) else file_hash(path)
            self._same[path] = now == digest  # modules may import each other in a circle: this ends it
            if self._same[path] and old is not None and not self.around(old):
                self._same[path] = False
        return self._same[path]


def _examined(
    tasks: Sequence[tuple[Found, bytes]], setup: Setup, jobs: int, progress: Progress | None, total: int
) -> Iterator[Kept | None]:
    done = total - len(tasks)
    batches = list(_batches(tasks))
    if jobs <= 1 or len(tasks) < ALONE:
        for batch in batches:
            yield from _batch(setup, batch)
            done += len(batch)
            if progress:
                progress(done, total)
        return
    # fresh processes: a copy of one with threads in it, as the caller's may be, can hang
    pool = ProcessPoolExecutor(min(jobs, len(batches)), get_context("spawn"), initializer=_mortal)
    try:
        for batch, results in zip(batches, pool.map(_batch, [setup] * len(batches), batches), strict=True):
            yield from results
            done += len(batch)
            if progress:
                progress(done, total)
    except BrokenProcessPool:
        raise AuditError(
            f"a process of the audit was killed after {done:,} of {total:,} files",
            expected="enough memory for the processes",
            mend="use fewer of them: --jobs 1",
        ) from None
    finally:  # after Ctrl-C, too: what waits is dropped
        pool.shutdown(wait=True, cancel_futures=True)


def _batches(tasks: Sequence[tuple[Found, bytes]]) -> Iterator[list[tuple[Found, bytes]]]:
    """Neighbours together: they import the same modules."""
    batch: list[tuple[Found, bytes]] = []
    size = 0
    for task in tasks:
        if batch and (len(batch) == BATCH or size + task[0].size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(task)
        size += task[0].size
    if batch:
        yield batch


def _mortal() -> None:
    """Let Ctrl-C end the process at once and in silence: the one that was called speaks for all."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _batch(setup: Setup, batch: Sequence[tuple[Found, bytes]]) -> list[Kept | None]:
    """Examine some files. The modules that they share are followed once, and forgotten with the batch."""
    examiner = Examiner(setup)
    with waiting():
        try:
            return [examiner.examine(found, known) for found, known in batch]
        finally:
            examiner.forget()
