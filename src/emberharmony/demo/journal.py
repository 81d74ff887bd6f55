"""Which stages of a job are done, what came out of each, and what it cost: a folder a stage, with a note in it."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from emberharmony.errors import ArgumentError
from emberharmony.features.flow.checkpoint import clear_unfinished, one_at_a_time, write_atomically

__all__ = ["Journal", "Note"]

NOTE = "stage.json"
OLD = ".old"  # how the folder of a stage is called while it is removed
EVERY = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Note:
    """One stage: the key of what went in, what came out, and the cost of all attempts that could tell it."""

    key: str
    result: dict[str, Any] | None = None  # None while it is not done
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory: int = 0
    rows: int = 0
    attempts: int = 0


class Journal:
    """The stages of a job in a folder, in the order in which they are asked for; one process at a time.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for work in (lambda _: {"sum": 6}, lambda _: 1 / 0):  # done once, it is not done again
    ...     with Journal(folder) as journal:
    ...         journal.stage("count", {"to": 3}, work)
    {'sum': 6}
    {'sum': 6}
    """

    def __init__(self, folder: Path, tell: Callable[[str, Note], Any] | None = None) -> None:
        self.folder = folder
        self.notes: dict[str, Note] = {}
        self._tell = tell or (lambda name, note: None)
        self._key = ""
        self._lock = one_at_a_time(folder / "lock")

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.__exit__(None, None, None)

    def stage(self, name: str, about: Any, work: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
        """What `work(folder)` returned, now or in an earlier run; its result is kept as JSON.

        `about` is what the stage depends on, apart from the stages before. When any of that has changed, the stage's
        folder is emptied; else what an interrupted call left lies there, for `work` to go on with. A result may say
        how many `rows` were worked on.
        """
        folder = self.folder / name
        _clear(self.folder, name)
        told = json.dumps([self._key, name, about], sort_keys=True, default=str)
        self._key = key = hashlib.sha256(told.encode()).hexdigest()[:16]
        before = _read(folder / NOTE)
        if before is not None and before.key == key and before.result is not None:
            self.notes[name] = before
            self._tell(name, before)
            return before.result
        clear_unfinished(folder / NOTE)
        if before is None and folder.exists() and any(folder.iterdir()):
            raise ArgumentError(
                f"the folder {str(folder)!r} is not empty, and is not a stage of a job",
                expected="a folder of its own for the job",
                mend="another folder: --work reports/another",
            )
        if before is not None and before.key != key:
            folder.rename(self.folder / f".{name}{OLD}")  # at once: half of a folder would be nobody's
            _clear(self.folder, name)
            before = None
        folder.mkdir(parents=True, exist_ok=True)
        note = before or Note(key)
        self._write(name, replace(note, attempts=note.attempts + 1))
        self._tell(name, self.notes[name])
        with _measured() as cost:
            try:
                result = work(folder)
            except BaseException:
                self._write(name, _spent(self.notes[name], *cost()))
                raise
        result = json.loads(json.dumps(result))
        self._write(name, replace(_spent(self.notes[name], *cost()), result=result, rows=result.get("rows", 0)))
        self._tell(name, self.notes[name])
        return result

    def _write(self, name: str, note: Note) -> None:
        self.notes[name] = note
        write_atomically(self.folder / name / NOTE, json.dumps(asdict(note)).encode())


def _clear(folder: Path, name: str) -> None:
    """Remove what a change has made useless."""
    left = folder / f".{name}{OLD}"
    if left.exists():
        shutil.rmtree(left)


def _spent(note: Note, seconds: float, cpu: float, peak: int) -> Note:
    return replace(
        note,
        seconds=note.seconds + seconds,
        cpu_seconds=note.cpu_seconds + cpu,
        peak_memory=max(note.peak_memory, peak),
    )


def _read(path: Path) -> Note | None:
    try:
        return Note(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        raise ArgumentError(
            f"{path} is no note of a stage",
            expected="what an earlier run has written",
            mend=f"remove the folder {str(path.parent)!r}",
        ) from None


@contextmanager
def _measured() -> Generator[Callable[[], tuple[float, float, int]]]:
    """Wall time, processor time, and the most memory that the process held, as looks at short distances see it."""
    import psutil

    process = psutil.Process()
    peak, over = process.memory_info().rss, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(EVERY):
            peak = max(peak, process.memory_info().rss)

    start, cpu = time.monotonic(), time.process_time()
    thread = threading.Thread(target=watch, name="memory watch", daemon=True)
    thread.start()
    try:
        yield lambda: (time.monotonic() - start, time.process_time() - cpu, peak)
    finally:
        over.set()
        thread.join()
