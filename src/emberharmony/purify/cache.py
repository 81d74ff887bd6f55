"""What the audit found the last time, so that an unchanged file is neither opened nor parsed.

One file per project in the user's cache folder. It holds for these settings, this Python and these sources of purify
alone; a damaged or unwritable cache is told and does no harm.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from emberharmony.purify.durable import write_whole

MAGIC = b"emberharmony purify 1\n"
DIGEST = 16


class Kept(NamedTuple):
    """What is kept of a file: what tells that it has changed, the hash of its bytes, the files that its findings rest
    on besides it (with their hashes), the number of its findings by rule and reason, its figures, and its packed
    findings."""

    size: int
    mtime_ns: int
    hash: bytes
    rests_on: tuple[tuple[str, bytes], ...]
    counts: dict[tuple[str, str], int]
    figures: dict[str, int]
    packed: bytes


@dataclass(slots=True)
class Cache:
    """The cache of a project; `files` by absolute path. `note` says why there is nothing in it, if that is a fault."""

    place: Path
    key: bytes
    files: dict[str, Kept]
    note: str = ""

    def save(self) -> None:
        """Write it; where that cannot be done, `note` says why."""
        body = marshal.dumps({path: tuple(kept) for path, kept in self.files.items()})
        digest = hashlib.blake2b(body, digest_size=DIGEST).digest()
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.place, MAGIC + self.key + digest + body)
        except OSError as problem:
            self.note = f"the cache cannot be written: {problem.filename or self.place}: {problem.strerror}"


def load(root: Path, settings: object) -> Cache:
    """The cache of the project at `root`; empty if it was made under other settings."""
    key = _key(settings)
    place = folder() / f"{root.name or 'root'}-{_digest(str(root).encode()).hex()}.cache"
    try:
        data = place.read_bytes()
    except FileNotFoundError:
        return Cache(place, key, {})
    except OSError as problem:
        return Cache(place, key, {}, f"the cache cannot be read: {place}: {problem.strerror}")
    head = len(MAGIC)
    if not data.startswith(MAGIC):
        return Cache(place, key, {}, f"the cache is damaged and is made anew: {place}")
    if data[head : head + DIGEST] != key:
        return Cache(place, key, {})
    body = data[head + 2 * DIGEST :]
    # marshal trusts what it reads, so damage must be found before it
    if _digest(body) != data[head + DIGEST : head + 2 * DIGEST]:
        return Cache(place, key, {}, f"the cache is damaged and is made anew: {place}")
    found: dict[str, tuple[Any, ...]] = marshal.loads(body)
    return Cache(place, key, {path: Kept(*kept) for path, kept in found.items()})


def folder() -> Path:
    """Where caches live: $XDG_CACHE_HOME, or ~/.cache."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    # the standard wants an absolute path and no other
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "emberharmony" / "purify"


def _key(settings: object) -> bytes:
    return _digest(repr((sys.version, settings)).encode() + _sources())


@cache
def _sources() -> bytes:
    """The hash of purify's own files: a changed rule finds other things."""
    whole = hashlib.blake2b(digest_size=DIGEST)
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        whole.update(file.read_bytes())
    return whole.digest()


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=DIGEST).digest()
