"""Durable files: what was acknowledged is there after kill -9, and what is damaged is never taken for sound."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.features.errors import CheckpointError, CheckpointMismatchError, DiskFullError, FeatureError
from emberharmony.features.flow import checkpoint
from emberharmony.features.flow.checkpoint import CheckpointStore, Journal, write_atomically

WHO = {"pipeline": "5f1c", "source": "a0b1"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


# -- whole files --


@given(old=st.binary(), new=st.binary(max_size=4096))
def test_a_file_is_replaced_and_nothing_else_stays(tmp_path_factory, old, new):
    path = tmp_path_factory.mktemp("atomic") / "file"
    write_atomically(path, old)
    write_atomically(path, memoryview(new))
    assert path.read_bytes() == new
    assert [*path.parent.iterdir()] == [path]


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "state"
    write_atomically(path, b"old")
    _fill_the_disk_after(monkeypatch, 10)
    with pytest.raises(DiskFullError) as caught:
        write_atomically(path, b"x" * 1000)
    assert str(tmp_path) in str(caught.value)
    assert "1000 bytes are needed" in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"old"]


def test_another_failure_of_the_system_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "no" / "folder", b"")
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "taken", b"")
    assert [*tmp_path.iterdir()] == [tmp_path / "taken"]


# -- the journal --


@given(records=st.lists(json_values, max_size=6))
def test_what_was_appended_is_read_again(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("journal") / "j"
    for record in records:
        with Journal(path) as journal:
            journal.append(record)
    with Journal(path) as journal:
        assert journal.records == records


@given(records=st.lists(json_values, min_size=1, max_size=4), data=st.data())
def test_cut_anywhere_the_whole_lines_are_left_and_writing_goes_on(tmp_path_factory, records, data):
    path = tmp_path_factory.mktemp("journal") / "j"
    _written(path, records)
    content = path.read_bytes()
    cut = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:cut])
    whole = content[:cut].count(b"\n")
    with Journal(path) as journal:
        assert journal.records == records[:whole]
        for record in records[whole:]:
            journal.append(record)
    assert path.read_bytes() == content


@given(records=st.lists(json_values, min_size=1, max_size=4), data=st.data())
def test_a_flipped_bit_is_found_and_the_line_is_named(tmp_path_factory, records, data):
    path = tmp_path_factory.mktemp("journal") / "j"
    _written(path, records)
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    line = content[:at].count(b"\n") + 1
    last = at == len(content) - 1  # its newline is gone: a torn line, whose records before it are sound
    if last:
        with Journal(path) as journal:
            assert journal.records == records[:-1]
    else:
        with pytest.raises(CheckpointError, match=f"line {line} of"):
            Journal(path)


def test_a_missing_and_a_doubled_line_are_found(tmp_path):
    path = tmp_path / "j"
    _written(path, ["a", "b", "c"])
    first, second, third = path.read_bytes().splitlines(keepends=True)
    for lines in ([first, third], [first, second, second, third], [second, first, third]):
        path.write_bytes(b"".join(lines))
        with pytest.raises(CheckpointError, match="damaged"):
            Journal(path)


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "j"
    with Journal(path) as journal:
        journal.append(1)
        with monkeypatch.context() as patch:
            _fill_the_disk_after(patch, 5)
            with pytest.raises(DiskFullError):
                journal.append(2)
        journal.append(3)
    with Journal(path) as journal:
        assert journal.records == [1, 3]


def test_threads_append_whole_lines(tmp_path):
    with Journal(tmp_path / "j") as journal:
        threads = [threading.Thread(target=lambda i=i: [journal.append([i, j]) for j in range(10)]) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Journal(tmp_path / "j") as journal:
        assert sorted(journal.records) == [[i, j] for i in range(4) for j in range(10)]


def test_a_closed_journal_takes_nothing(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.close()
    journal.close()
    with pytest.raises(CheckpointError, match="closed"):
        journal.append(1)


KILLED = """
import sys
from emberharmony.features.flow.checkpoint import CheckpointStore
with CheckpointStore(sys.argv[1], {"who": "me"}) as store:
    n = len(store.records)
    while True:
        store.append({"n": n, "pad": "x" * (n * 37 % 5000)})
        store.save(b"%d " % n * 1000)
        n += 1
        print(n, flush=True)
"""


def _kill_after(folder, lines: int) -> int:
    """Run the writer, kill it after so many acknowledged steps; returns the last one it told of."""
    told = 0
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE) as process:
        for _ in range(lines):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        whole = [line for line in process.stdout.readlines() if line.endswith(b"\n")]
    return max([told, *map(int, whole)])


def _check_killed(folder, rounds):
    for i in range(rounds):
        told = _kill_after(folder, 1 + i * 7 % 13)
        with CheckpointStore(folder, {"who": "me"}) as store:
            numbers = [record["n"] for record in store.records]
            assert numbers == [*range(len(numbers))]
            assert told <= len(numbers) <= told + 1  # one more may be whole without having been told of
            assert store.state in (b"%d " % (told - 1) * 1000, b"%d " % told * 1000)


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path):
    _check_killed(tmp_path, 4)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_200_kills(tmp_path):
    _check_killed(tmp_path, 200)


# -- the store --


def test_a_state_is_kept_with_the_one_before_it(tmp_path):
    with CheckpointStore(tmp_path, WHO) as store:
        assert store.state is None
        for i in range(5):
            store.save(b"state %d" % i)
    assert sorted(path.name for path in tmp_path.glob("state-*")) == ["state-4.bin", "state-5.bin"]
    with CheckpointStore(tmp_path, WHO) as store:
        assert (store.state, store.generation) == (b"state 4", 5)


@given(data=st.data())
def test_a_damaged_state_gives_way_to_the_one_before_it_and_says_so(tmp_path_factory, caplog, data):
    folder = tmp_path_factory.mktemp("store")
    with CheckpointStore(folder, WHO) as store:
        store.save(b"first")
        store.save(b"second")
    path = folder / "state-2.bin"
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    caplog.clear()
    with CheckpointStore(folder, WHO) as store:
        assert store.state == b"first"
        assert "state-2.bin is damaged" in caplog.text
        store.save(b"third")
    with CheckpointStore(folder, WHO) as store:
        assert store.state == b"third"


def test_two_damaged_states_are_an_error(tmp_path):
    with CheckpointStore(tmp_path, WHO) as store:
        store.save(b"first")
        store.save(b"second")
    for path in tmp_path.glob("state-*"):
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="every state before it"):
        CheckpointStore(tmp_path, WHO)


def test_another_identity_is_refused_with_both_values(tmp_path):
    CheckpointStore(tmp_path, WHO).close()
    with pytest.raises(CheckpointMismatchError) as caught:
        CheckpointStore(tmp_path, {"pipeline": "5f1c", "source": "ffff", "schema": "77"})
    message = str(caught.value)
    assert "another schema, source" in message
    assert "source was a0b1, is ffff" in message
    assert "schema was None, is 77" in message
    assert "pipeline" not in message
    assert isinstance(caught.value, FeatureError)
    CheckpointStore(tmp_path, WHO).close()  # the refusal has let go of the lock


def test_a_header_of_another_format_or_none_is_refused(tmp_path):
    CheckpointStore(tmp_path, WHO).close()
    header = tmp_path / "header.json"
    header.write_text(json.dumps({"format": 99, "identity": WHO}))
    with pytest.raises(CheckpointError, match="format 99"):
        CheckpointStore(tmp_path, WHO)
    for content in ("{", "[]", '{"format": 1}'):
        header.write_text(content)
        with pytest.raises(CheckpointError, match="damaged"):
            CheckpointStore(tmp_path, WHO)
    header.unlink()
    with pytest.raises(CheckpointError, match="missing"):
        CheckpointStore(tmp_path, WHO)


def test_one_process_at_a_time_and_the_other_is_named(tmp_path):
    code = "import sys; from emberharmony.features.flow.checkpoint import CheckpointStore as S; S(sys.argv[1], {})"
    with CheckpointStore(tmp_path, {}):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
        assert f"in use by process {os.getpid()}" in done.stderr
        with pytest.raises(CheckpointError, match="in use"):
            CheckpointStore(tmp_path, {})
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path):
    CheckpointStore(tmp_path, {}).close()
    (tmp_path / ".state-1.bin.123-456.new").write_bytes(b"half")
    CheckpointStore(tmp_path, {}).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["header.json", "journal.jsonl", "lock"]


def test_a_closed_store_saves_nothing(tmp_path):
    store = CheckpointStore(tmp_path, {})
    store.close()
    with pytest.raises(CheckpointError, match="closed"):
        store.save(b"late")


def _written(path, records):
    with Journal(path) as journal:
        for record in records:
            journal.append(record)


def _fill_the_disk_after(patch, room: int) -> None:
    """The system writes `room` bytes, then says that there is no more: no test fills a real disk."""
    real, left = os.write, [room]

    def write(file, data):
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(file, bytes(data)[: left[0]])
        left[0] -= written
        return written

    patch.setattr(checkpoint.os, "write", write)
