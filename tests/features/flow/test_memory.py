"""Memory: amounts as people write them, the least of all limits, and marks that are told once they are reached."""

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.backend import memory as host
from emberharmony.errors import ArgumentError
from emberharmony.features.errors import MemoryBudgetExceeded
from emberharmony.features.flow.memory import Level, MemoryMonitor, memory_limit, parse_bytes

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="control groups are Linux's")


@given(n=st.integers(1, 2**60))
def test_a_number_is_bytes_with_and_without_its_unit(n):
    assert parse_bytes(n) == parse_bytes(str(n)) == parse_bytes(f" {n} b ") == n
    for power, prefix in enumerate("KMGT", 1):
        assert parse_bytes(f"{n}{prefix}") == parse_bytes(f"{n} {prefix.lower()}b") == n * 1000**power
        assert parse_bytes(f"{n}{prefix}iB") == n * 1024**power


@given(percent=st.integers(1, 100), total=st.integers(100, 2**50))
def test_a_share_is_of_the_total(percent, total):
    assert abs(parse_bytes(f"{percent}%", total=total) - percent * total / 100) <= 1 + total * 2.0**-50


@pytest.mark.parametrize(
    "bad", ["", "GB", "-1", "0", "0.5", "1 PB", "120%", "0%", "2 G B", "1e9", "nan", True, -3, 1.5e300]
)
def test_what_is_no_amount_is_refused_with_itself_in_the_message(bad):
    with pytest.raises(ArgumentError) as caught:
        parse_bytes(bad, total=1000)
    assert repr(bad) in str(caught.value)


def test_the_limit_is_the_least_of_all():
    limit = memory_limit()
    assert 0 < limit <= host.host_memory()["total"]
    assert memory_limit(limit + 1) == limit
    assert memory_limit(1_000_000) == 1_000_000
    assert memory_limit("50%") == limit // 2


@pytest.mark.parametrize("kind", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_an_rlimit_counts(kind):
    code = (
        "import resource as r, sys; from emberharmony.features.flow.memory import memory_limit\n"
        f"r.setrlimit(r.{kind}, (int(sys.argv[1]), r.getrlimit(r.{kind})[1])); print(memory_limit())"
    )
    room = min(host.host_memory()["total"], 3 << 30) - 4096
    done = subprocess.run([sys.executable, "-c", code, str(room)], capture_output=True, text=True, check=True)
    assert int(done.stdout) == room


@linux
@pytest.mark.parametrize(
    ("line", "folder", "file"),
    [("0::/outer/inner", "outer", "memory.max"), ("5:cpu,memory:/outer", "memory/outer", "memory.limit_in_bytes")],
)
def test_a_control_group_above_counts_and_max_and_missing_files_do_not(monkeypatch, tmp_path, line, folder, file):
    (tmp_path / folder / "inner").mkdir(parents=True)
    (tmp_path / folder / "inner" / file).write_text("max\n")
    (tmp_path / folder / file).write_text("7654321\n")
    real = host._read
    monkeypatch.setattr(host, "CGROUP", str(tmp_path))
    monkeypatch.setattr(host, "_read", lambda path: line if path == "/proc/self/cgroup" else real(path))
    assert memory_limit() == 7654321
    (tmp_path / folder / file).unlink()
    assert memory_limit() > 7654321


@given(used=st.lists(st.integers(0, 2000), min_size=1))
def test_the_level_follows_the_marks_and_the_peak_is_the_most_seen(used):
    seen = iter(used)
    monitor = MemoryMonitor(1000, soft=0.5, high=0.75, hard=1.0, meter=lambda: next(seen))
    for now in used:
        reading = monitor.sample()
        expected = [Level.CALM, Level.SOFT, Level.HIGH, Level.HARD][(now >= 500) + (now >= 750) + (now >= 1000)]
        assert reading == (now, 1000, now / 1000, expected)
    assert monitor.peak == max(used)


def test_the_hard_mark_raises_with_the_breakdown_and_no_other_does():
    monitor = MemoryMonitor("1GB", meter=lambda: 919_999_999)
    assert monitor.check().level is Level.HIGH
    with pytest.raises(MemoryBudgetExceeded, match=r"930 MB are used, 93% of 1000 MB \(used 930 MB, arrow") as caught:
        MemoryMonitor("1GB", meter=lambda: 930_000_000).check()
    assert isinstance(caught.value, MemoryError)


def test_marks_out_of_order_are_refused():
    for marks in ({"soft": 0.9}, {"soft": 0.0}, {"hard": 1.1}, {"high": 0.95}):
        with pytest.raises(ArgumentError, match="soft < high < hard"):
            MemoryMonitor(1000, **marks)


def test_real_memory_is_seen():
    monitor = MemoryMonitor("100%")
    before = monitor.sample().used
    size = 64 << 20
    arrow = monitor.breakdown()["arrow"]
    block = bytearray(size)
    block[::4096] = b"x" * len(block[::4096])  # touched, or the system gives nothing
    kept = pa.allocate_buffer(1 << 20)
    assert monitor.sample().used >= before + size // 2  # the allocator may have had some of it before
    assert monitor.breakdown()["arrow"] >= arrow + kept.size
