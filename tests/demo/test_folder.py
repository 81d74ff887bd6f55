"""A folder of a plant is whole, made once, and of one plant."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emberharmony.demo import Plant
from emberharmony.errors import ArgumentError

TINY = Plant(rows=4000, machines=2, fault_every_hours=0.5)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_plant_writes_the_same_bytes_and_only_once(tmp_path):
    made = TINY.write(tmp_path / "a")
    assert [path.name for path in made] == [
        "part-000000.parquet",
        "part-000001.parquet",
        "faults.parquet",
        "plant.json",
    ]
    assert TINY.write(tmp_path / "a") == ()
    TINY.write(str(tmp_path / "b"))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    rows = pq.read_table(tmp_path / "a" / "telemetry")
    assert (
        rows.replace_schema_metadata().combine_chunks().equals(pa.Table.from_batches(TINY.batches()).combine_chunks())
    )
    assert pq.read_table(tmp_path / "a" / "faults.parquet").replace_schema_metadata().equals(TINY.faults())
    about = json.loads((tmp_path / "a" / "plant.json").read_text())
    assert Plant(**about["definition"]) == TINY
    assert about["train_until"] == TINY.train_until.isoformat()


def test_a_half_written_folder_is_completed(tmp_path):
    TINY.write(tmp_path)
    whole = contents(tmp_path)
    first, second = sorted((tmp_path / "telemetry").glob("*.parquet"))
    second.write_bytes(second.read_bytes()[:-100])
    (tmp_path / "telemetry" / ".part-000001.parquet").write_bytes(b"half")
    (tmp_path / "plant.json").unlink()
    stamp = first.stat().st_mtime_ns
    assert [path.name for path in TINY.write(tmp_path)] == ["part-000001.parquet", "plant.json"]
    assert contents(tmp_path) == whole
    assert first.stat().st_mtime_ns == stamp


def test_a_killed_write_is_completed(tmp_path):
    plant = Plant(rows=400_000, machines=10, fault_every_hours=2.0)
    program = f"from emberharmony.demo import Plant; {plant!r}.write({str(tmp_path)!r})"
    child = subprocess.Popen([sys.executable, "-c", program])
    until = time.monotonic() + 60
    while not list(tmp_path.glob("telemetry/part-*.parquet")) and time.monotonic() < until:
        time.sleep(0.005)
    child.kill()
    assert child.wait() != 0
    before = {path.name for path in tmp_path.glob("telemetry/part-*.parquet")}
    assert 0 < len(before) < 10
    made = plant.write(tmp_path)
    assert not before & {path.name for path in made}
    assert len(before) + len(made) == 12
    assert plant.write(tmp_path) == ()
    assert not list(tmp_path.rglob(".*"))


def test_another_plant_in_the_folder_is_refused(tmp_path):
    TINY.write(tmp_path)
    with pytest.raises(ArgumentError, match="another plant"):
        replace(TINY, seed=7).write(tmp_path)
    shutil.rmtree(tmp_path / "telemetry")
    (tmp_path / "faults.parquet").unlink()
    with pytest.raises(ArgumentError, match=r"plant\.json"):
        replace(TINY, seed=7).write(tmp_path)
