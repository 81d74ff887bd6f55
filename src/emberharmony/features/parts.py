"""Parquet files as parts of a result: each is whole or not there, and known again by a record of its bytes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

from emberharmony.features.errors import DiskFullError
from emberharmony.features.flow.checkpoint import NO_ROOM, sync_folder
from emberharmony.features.flow.parallel import in_order
from emberharmony.log import logger

__all__ = ["intact", "kept", "published"]


def published(folder: Path, name: str, write: Callable[[Path], int]) -> dict[str, Any]:
    """Have `write` make one file beside its place, which returns its rows; put it on the disk for good, then in place.

    The record of it, for a journal: file, rows, bytes, sha256.
    """
    new = folder / f".{name}"
    with _room(folder, new):
        rows = write(new)
        size, mark = _synced(new)
        os.replace(new, folder / name)
        sync_folder(folder)
    return {"file": name, "rows": rows, "bytes": size, "sha256": mark}


def intact(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether the file of a record is still there with every byte that was noted; it is read for that."""
    path = folder / record["file"]
    try:
        with path.open("rb") as file:
            same = os.fstat(file.fileno()).st_size == record["bytes"]
            same = same and hashlib.file_digest(file, "sha256").hexdigest() == record["sha256"]
    except FileNotFoundError:
        return False
    if not same:
        logger(__name__).warning("%s is not as it was written, and is written again", path)
    return same


def kept(folder: Path, records: Iterable[Mapping[str, Any]], key: str, workers: int) -> dict[Any, Mapping[str, Any]]:
    """The last record of each `key`, where its file is intact; records of another kind have no such key."""
    noted = {record[key]: record for record in records if key in record}
    whole = in_order(lambda record: intact(folder, record), noted.values(), workers=workers)
    return {which: record for (which, record), good in zip(noted.items(), whole, strict=True) if good}


def _synced(path: Path) -> tuple[int, str]:
    """Put a file on the disk for good; its size and SHA-256."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        mark = hashlib.file_digest(file, "sha256").hexdigest()
        return file.tell(), mark


@contextlib.contextmanager
def _room(folder: Path, new: Path) -> Generator[None]:
    """A full disk becomes an error with its name, and no half-written file is left."""
    import duckdb

    try:
        yield
    except (OSError, duckdb.Error) as error:
        new.unlink(missing_ok=True)
        if not _is_full(error):
            raise
        raise DiskFullError(
            f"the disk of {str(folder)!r} is full ({shutil.disk_usage(folder).free:,} bytes free)",
            expected="room for one more part; the parts written so far are safe",
            mend="make room and call write again with the same arguments: it goes on from there",
        ) from error
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in NO_ROOM
    return any(os.strerror(code) in str(error) for code in NO_ROOM)  # an engine's error has the system's words only
