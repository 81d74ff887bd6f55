"""Files that are whole or as they were: written beside their place, then put into it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`; its permissions stay, and a link stays a link."""
    place = Path(os.path.realpath(path))
    try:
        _write(place, data)
    except OSError as problem:  # of a name that nobody has given
        raise OSError(problem.errno, problem.strerror, str(path)) from problem


def _write(place: Path, data: bytes) -> None:
    file, new = tempfile.mkstemp(prefix=f".{place.name[:100]}.", suffix=".new", dir=place.parent)
    try:
        with open(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(file)
        os.chmod(new, place.stat().st_mode & 0o7777 if place.exists() else 0o666 & ~_umask())
        os.replace(new, place)
    except BaseException:
        Path(new).unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The mode bits that new files lack; it can be read only by setting it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask
