"""Memory of the host, within the limits of a control group."""

import sys

import pytest

from emberharmony import ops
from emberharmony.backend import memory


def test_memory_of_every_backend_adds_up(backend):
    found = ops.memory_info("cpu")
    assert 0 < found["free"] <= found["total"]
    assert 0 < found["used"] < found["total"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="control groups are Linux's")
def test_the_tightest_limit_on_the_way_to_the_root_counts(monkeypatch, tmp_path):
    group = tmp_path / "outer" / "inner"
    group.mkdir(parents=True)
    (tmp_path / "outer" / "memory.max").write_text("1048576\n")
    (tmp_path / "outer" / "memory.current").write_text("48576\n")
    (group / "memory.max").write_text("max\n")
    monkeypatch.setattr(memory, "CGROUP", str(tmp_path))
    real = memory._read

    def read(path: str) -> str:
        return "0::/outer/inner\n" if path == "/proc/self/cgroup" else real(path)

    monkeypatch.setattr(memory, "_read", read)
    assert memory.host_memory() == {"free": 1000000, "used": 48576, "total": 1048576}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="control groups are Linux's")
def test_without_a_limit_the_machine_counts(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CGROUP", str(tmp_path))
    found = memory.host_memory()
    assert found["free"] + found["used"] == found["total"]
