"""Files that survive kill -9: written whole or not at all, and a journal in which what was appended stays.

    with CheckpointStore(folder, {"pipeline": pipeline.hash, "source": plan.fingerprint}) as store:
        done = {record["shard"] for record in store.records}
        ...
        store.append({"shard": 7, "rows": 983040})      durable when it returns
        store.save(state)                               bytes; the state before it is kept as well

A folder holds `header.json` (format and identity), two generations of `state-<n>.bin`, `journal.jsonl` and `lock`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import hashlib
import json
import os
import shutil
import threading
import zlib
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Self

from emberharmony.features.errors import CheckpointError, CheckpointMismatchError, DiskFullError
from emberharmony.log import logger

__all__ = ["CheckpointStore", "Journal", "clear_unfinished", "sync_folder", "write_atomically"]

FORMAT = 1
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
MARK = b"EMBER-STATE\n"
DIGEST = hashlib.sha256().digest_size


def write_atomically(path: str | Path, data: bytes | memoryview) -> None:
    """Replace the file at `path` by `data`, durably: after a crash at any moment it holds the old bytes or the new.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "numbers.txt"
    >>> write_atomically(path, b"1 2 3")
    >>> path.read_bytes()
    b'1 2 3'
    """
    path = Path(path)
    new = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    try:
        with _room(path.parent, memoryview(data).nbytes):
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
            try:
                _write_all(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def clear_unfinished(path: str | Path) -> None:
    """Remove what a process that was killed inside `write_atomically` left; for him who holds the folder's lock.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> left = folder / ".numbers.txt.99-1.new"
    >>> left.touch()
    >>> clear_unfinished(folder / "numbers.txt")
    >>> left.exists()
    False
    """
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        left.unlink(missing_ok=True)


class Journal:
    """Records, one JSON line each, that are only ever appended; `records` are those found and those appended since.

    Every line carries the checksum of itself and of all lines before it. A last line without its end, which is what
    kill -9 in the middle of a write leaves, is cut off: `append` had not returned. Any other damage is an error.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "journal.jsonl"
    >>> with Journal(path) as journal:
    ...     journal.append({"shard": 0})
    >>> with Journal(path) as journal:
    ...     journal.records
    [{'shard': 0}]
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.records: list[Any] = []
        self._sum = 0
        self._lock = threading.Lock()
        self._file: int | None = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            self._end = self._read()
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)
        except BaseException:
            self.close()
            raise
        sync_folder(self.path.parent)

    def append(self, record: Any) -> None:
        """Add one record; it is on the disk when this returns. Threads may append at once."""
        body = json.dumps(record, separators=(",", ":")).encode()
        with self._lock:
            if self._file is None:
                raise CheckpointError(f"the journal {self.path} is closed", mend="append before it is closed")
            total = zlib.crc32(body, self._sum)
            line = _line(total, body)
            try:
                with _room(self.path.parent, len(line)):
                    _write_all(self._file, line)
                    os.fsync(self._file)
            except BaseException:
                os.ftruncate(self._file, self._end)  # a half line must not come before the next one
                raise
            self._sum = total
            self._end += len(line)
            self.records.append(json.loads(body))  # as it will be read again: a tuple has become a list

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> int:
        """Take in all whole lines; returns where they end."""
        lines = self.path.read_bytes().split(b"\n")
        end = 0
        for number, line in enumerate(lines[:-1], 1):
            body = line[len(_line(0, b"")) - 2 : -1]
            total = zlib.crc32(body, self._sum)
            if line + b"\n" != _line(total, body):
                raise CheckpointError(
                    f"line {number} of {len(lines) - 1} of the journal {self.path} is damaged",
                    expected=f"the checksum {total:08x} for what stands there",
                    mend=f"head -n {number - 1} of it keeps the sound records; the work of the others is done again",
                )
            self._sum = total
            self.records.append(json.loads(body))
            end += len(line) + 1
        return end


class CheckpointStore:
    """A folder with a run's state and journal, for one process at a time and for one identity.

    `identity` says whose results these are (hashes of the pipeline, the source, the schema): a folder that was made for
    another is refused. `state` is what was saved last, None before that. If those bytes are damaged, the state saved
    before them is taken and a warning is logged; if both are, an error is raised.

    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> with CheckpointStore(folder, {"pipeline": "5f1c"}) as store:
    ...     store.save(b"the state")
    ...     store.append({"shard": 0})
    >>> with CheckpointStore(folder, {"pipeline": "5f1c"}) as store:
    ...     store.state, store.records
    (b'the state', [{'shard': 0}])
    """

    def __init__(self, folder: str | Path, identity: Mapping[str, str]) -> None:
        self.folder = Path(folder)
        self.identity = dict(identity)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.folder / "lock")
        try:
            for left in self.folder.glob(".*.new"):  # of a process that was killed while it wrote
                left.unlink()
            self._check_header()
            self.generation, self.state = self._read_state()
            self._journal = Journal(self.folder / "journal.jsonl")
        except BaseException:
            os.close(self._lock)
            raise
        self._open = True

    @property
    def records(self) -> list[Any]:
        """What was appended, in order."""
        return self._journal.records

    def append(self, record: Any) -> None:
        """Add one JSON-able record to the journal; it is on the disk when this returns."""
        self._journal.append(record)

    def save(self, state: bytes) -> None:
        """Make `state` the state; it is on the disk when this returns, and so is the one before it."""
        if not self._open:
            raise CheckpointError(f"the checkpoint {self.folder} is closed", mend="save before it is closed")
        generation = self.generation + 1
        write_atomically(self._state_path(generation), MARK + hashlib.sha256(state).digest() + state)
        self.generation, self.state = generation, bytes(state)
        for old in self._generations():
            if old < generation - 1:
                self._state_path(old).unlink()

    def close(self) -> None:
        """Let go of the folder, so that another process may open it."""
        if self._open:
            self._open = False
            self._journal.close()
            os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_header(self) -> None:
        path = self.folder / "header.json"
        if not path.exists():
            if self._generations() or (self.folder / "journal.jsonl").exists():
                raise _damaged(path, "it is missing beside a journal or a state")
            header = {"format": FORMAT, "identity": self.identity}
            write_atomically(path, json.dumps(header, indent=2, sort_keys=True).encode() + b"\n")
            return
        try:
            header = json.loads(path.read_bytes())
            version, identity = header["format"], dict(header["identity"])
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, str(error)) from error
        if version != FORMAT:
            raise CheckpointError(
                f"{path} is of format {version}",
                expected=f"format {FORMAT}, which this version reads",
                mend=f"the version of emberharmony that wrote it, or another folder than {self.folder}",
            )
        names = sorted({*identity, *self.identity})
        wrong = [name for name in names if identity.get(name) != self.identity.get(name)]
        if wrong:
            raise CheckpointMismatchError(
                f"the checkpoint {self.folder} is of another {', '.join(wrong)}: "
                + "; ".join(f"{name} was {identity.get(name)}, is {self.identity.get(name)}" for name in wrong),
                expected="what it was begun with: going on would mix two runs in one result",
                mend=f"another folder for this run, or remove {self.folder} to begin again",
            )

    def _state_path(self, generation: int) -> Path:
        return self.folder / f"state-{generation}.bin"

    def _generations(self) -> list[int]:
        numbers = (path.stem.removeprefix("state-") for path in self.folder.glob("state-*.bin"))
        return sorted((int(number) for number in numbers if number.isdecimal()), reverse=True)

    def _read_state(self) -> tuple[int, bytes | None]:
        generations = self._generations()
        for generation in generations:
            path = self._state_path(generation)
            content = path.read_bytes()
            digest, state = content[len(MARK) : len(MARK) + DIGEST], content[len(MARK) + DIGEST :]
            if content.startswith(MARK) and hashlib.sha256(state).digest() == digest:
                return generation, state  # the next save replaces a damaged one
            logger(__name__).warning("%s is damaged; the state before it is taken", path)
        if generations:
            raise _damaged(self._state_path(generations[0]), "and so is every state before it")
        return 0, None


def _line(total: int, body: bytes) -> bytes:
    return b'{"crc":"%08x","record":%s}\n' % (total, body)


def _damaged(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"{path} is damaged: {why}",
        expected="a file as CheckpointStore wrote it",
        mend=f"remove {path.parent} to begin again, or bring back a copy of it",
    )


def _write_all(file: int, data: bytes | memoryview) -> None:
    left = memoryview(data).cast("B")
    while left:
        left = left[os.write(file, left) :]


def sync_folder(folder: Path) -> None:
    """Make names durable: a new file is not there after a power cut until its folder was written.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / "numbers.txt").touch()
    >>> sync_folder(folder)
    """
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextlib.contextmanager
def _room(folder: Path, needed: int) -> Generator[None]:
    """Say by name that the disk is full, where that is what the system means."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise DiskFullError(
            f"no room in {folder}: {needed} bytes are needed, {shutil.disk_usage(folder).free} are free",
            expected="room for what was asked to be written; no half-written file was left",
            mend=f"free {needed} bytes or more there, then run the same call again: what was committed is kept",
        ) from error


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Generator[None]:
    """Hold the lock file at `path`; whoever comes second is refused, and told who holds it.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with one_at_a_time(folder / "lock"):
    ...     (folder / "lock").exists()
    True
    """
    file = _lock(path)
    try:
        yield
    finally:
        os.close(file)


def _lock(path: Path) -> int:
    """The open lock file; the system lets go of it when the process ends, however it ends."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(file, 0)
        with _room(path.parent, 16):
            _write_all(file, b"%d\n" % os.getpid())
    except BlockingIOError:
        holder = os.pread(file, 32, 0).decode().strip() or "another"
        os.close(file)
        raise CheckpointError(
            f"the folder {path.parent} is in use by process {holder}",
            expected="one process at a time: two would overwrite each other",
            mend=f"wait for process {holder}, end it, or choose another folder",
        ) from None
    except BaseException:
        with contextlib.suppress(OSError):
            os.close(file)
        raise
    return file
