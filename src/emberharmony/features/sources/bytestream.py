"""Files of text as bytes of UTF-8: unpacked, brought over from other encodings, the last bytes kept in sight."""

from __future__ import annotations

import codecs
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from emberharmony.errors import ArgumentError

PACKED = (".gz", ".zst", ".bz2")


class Bytes(Protocol):
    """What can be read from its start."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def open_bytes(path: Path) -> pa.NativeFile:
    """The bytes of a file; gzip, Zstandard and bzip2 are unpacked, as its name says."""
    return pa.input_stream(path, compression="detect", buffer_size=1 << 20)


def utf8(raw: Bytes, encoding: str) -> Bytes:
    """The same text in UTF-8. What cannot be decoded stays as bytes that are no UTF-8 either: its row is refused."""
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise ArgumentError(
            f"encoding={encoding!r}", expected="a codec of Python", mend="encoding='latin-1'"
        ) from error
    return raw if codec.name in ("utf-8", "ascii") else _Recoded(raw, codec)


def shown(data: bytes) -> str:
    r"""Bytes for people to read: what is no text is written as \x81."""
    if data.isascii():
        return data.decode()
    with suppress(UnicodeError):  # bytes that `utf8` made surrogates of are themselves again
        data = data.decode("utf-8", "surrogatepass").encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


class _Recoded:
    def __init__(self, raw: Bytes, codec: codecs.CodecInfo) -> None:
        self._raw = raw
        assert codec.incrementaldecoder is not None  # every text codec of Python has one
        self._decoder = codec.incrementaldecoder("surrogateescape")
        self._ready = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, though the text may need more room in UTF-8; none at the end only."""
        while not self._ready and not self._ended:
            data = self._raw.read(size)
            self._ended = not data
            self._ready = self._decoder.decode(data, self._ended).encode("utf-8", "surrogatepass")
        data, self._ready = self._ready[:size], self._ready[size:]
        return data


class Tail:
    """A file for Arrow to read that remembers its last bytes, at least `size` of them."""

    closed = False

    def __init__(self, source: Bytes, size: int) -> None:
        self._source = source
        self._size = size
        self._last: list[bytes] = []

    def read(self, size: int = -1, /) -> bytes:
        """What the file has next."""
        data = self._source.read(size)
        if data:
            self._last.append(data)
            while sum(map(len, self._last[1:])) >= self._size:
                self._last.pop(0)
        return data

    def last(self) -> bytes:
        """The last bytes that were read."""
        return b"".join(self._last)

    def readable(self) -> bool:
        """Arrow asks for it."""
        return True

    def seekable(self) -> bool:
        """Arrow asks for it."""
        return False

    def writable(self) -> bool:
        """Arrow asks for it."""
        return False

    def close(self) -> None:
        """Who opened the file closes it."""
