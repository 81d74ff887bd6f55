"""One way to publish a file: whole or not there, and known again by its record."""

from __future__ import annotations

import errno
import os
from hashlib import sha256

import duckdb
import pytest

from emberharmony.features.errors import DiskFullError
from emberharmony.features.parts import intact, kept, published


def write(data: bytes):
    def made(path) -> int:
        path.write_bytes(data)
        return len(data)

    return made


def failing(error: BaseException):
    def made(path) -> int:
        path.write_bytes(b"half")
        raise error

    return made


def test_a_file_and_its_record_say_the_same_and_nothing_else_is_left(tmp_path):
    record = published(tmp_path, "a", write(b"12345"))
    assert record == {"file": "a", "rows": 5, "bytes": 5, "sha256": sha256(b"12345").hexdigest()}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert intact(tmp_path, record)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_has_a_name_whoever_finds_it(tmp_path, code):
    published(tmp_path, "a", write(b"before"))
    for error in (OSError(code, os.strerror(code)), duckdb.IOException(f"Could not write: {os.strerror(code)}")):
        with pytest.raises(DiskFullError, match="call write again"):
            published(tmp_path, "a", failing(error))
        assert [path.name for path in tmp_path.iterdir()] == ["a"]
        assert (tmp_path / "a").read_bytes() == b"before"


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "no"), duckdb.IOException("no"), KeyboardInterrupt()])
def test_any_other_error_stays_what_it_is_and_leaves_no_half_file(tmp_path, error):
    with pytest.raises(type(error)) as caught:
        published(tmp_path, "a", failing(error))
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_of_each_key_the_last_record_counts_while_its_file_is_intact(tmp_path):
    records = [{"shard": i, **published(tmp_path, f"{i}", write(b"first"))} for i in range(4)]
    records += [{"other": 0, **published(tmp_path, "other", write(b"x"))}]
    records += [{"shard": 0, **published(tmp_path, "0", write(b"second"))}]
    (tmp_path / "1").unlink()
    (tmp_path / "2").write_bytes(b"fyrst")
    assert kept(tmp_path, records, "shard", workers=2) == {0: records[-1], 3: records[3]}
