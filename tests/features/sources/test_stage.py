from __future__ import annotations

import gc
import hashlib
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.sources.tables import KINDS, same, tables, together

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CheckpointError, CheckpointMismatchError, SchemaError, SourceError
from emberharmony.features.sources import from_arrow, frozen, read_csv, stage


def parts(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("part-*")}


@given(table=tables(), size=st.integers(1, 50), rows_per_file=st.integers(1, 50))
def test_a_stage_holds_the_table_in_files_of_one_size_whatever_the_batches_were(table, size, rows_per_file):
    table = table.unify_dictionaries().combine_chunks()
    with tempfile.TemporaryDirectory() as folder:
        stream = from_arrow(lambda: table.to_batches(max_chunksize=size), schema=table.schema, version="1")
        if not table.num_rows:
            stream = from_arrow(lambda: table, version="1")
        staged = stage(stream, Path(folder, "one"), rows_per_file=rows_per_file)
        same(together([batch.data for batch in staged.batches()], staged.schema()), table)
        rows = [shard.rows for shard in staged.plan().shards]
        assert rows == [min(rows_per_file, table.num_rows - at) for at in range(0, table.num_rows, rows_per_file)]
        again = stage(from_arrow(lambda: table, version="1"), Path(folder, "other"), rows_per_file=rows_per_file)
        assert parts(Path(folder, "one")) == parts(Path(folder, "other"))
        assert again.plan() == staged.plan()


def test_all_kinds_of_columns_survive(tmp_path):
    values = {f"{i} {kind}": pa.nulls(3, kind) for i, (kind, _) in enumerate(KINDS)}
    numbers = {"x": [float("nan"), float("inf"), None], "d": pa.array([None, "a", "a"]).dictionary_encode()}
    table = pa.table({**values, **numbers, **{f"c{i}": [i, None, 2] for i in range(1000)}})
    staged = stage(from_arrow(lambda: table), tmp_path / "stage")
    same(together([batch.data for batch in staged.batches()], staged.schema()), table)


def test_a_finished_stage_is_returned_without_reading(tmp_path):
    first = stage(from_arrow([{"x": 1}], version="1"), tmp_path)

    def never():
        raise AssertionError("read again")

    again = stage(from_arrow(never, version="1"), tmp_path)
    assert again.plan() == first.plan()
    manifest = json.loads((tmp_path / "stage.json").read_text())
    assert manifest["rows"] == 1
    assert manifest["schema"] == [["x", "int64"]]


def test_a_stage_of_another_input_is_refused_and_says_which(tmp_path):
    csv = tmp_path / "t.csv"
    csv.write_text("a,b\n1,2\n")
    stage(read_csv(csv), tmp_path / "stage")
    assert stage(read_csv(csv), tmp_path / "stage").plan().rows == 1
    with pytest.raises(CheckpointMismatchError, match="delimiter"):
        stage(read_csv(csv, delimiter=";"), tmp_path / "stage")
    with pytest.raises(CheckpointMismatchError, match="rows per file"):
        stage(read_csv(csv), tmp_path / "stage", rows_per_file=7)
    csv.write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(CheckpointMismatchError, match=r"file t\.csv was 8 bytes"):
        stage(read_csv(csv), tmp_path / "stage")
    with pytest.raises(CheckpointMismatchError, match="version was 1, is 2"):
        [stage(from_arrow([{"x": 1}], version=v), tmp_path / "other") for v in "12"]


def test_an_iterable_without_a_version_is_staged_in_an_empty_folder_only(tmp_path):
    assert from_arrow([{"x": 1}]).stage(tmp_path / "stage").plan().rows == 1
    with pytest.raises(CheckpointError, match="does not say whether it is of the same rows"):
        from_arrow([{"x": 1}]).stage(tmp_path / "stage")


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ArgumentError, match=r"thesis\.txt"):
        from_arrow([{"x": 1}], version="1").stage(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_source_is_frozen_as_it_is_and_a_stream_is_staged(tmp_path):
    table = pa.table({"x": [1, 2]})
    source = from_arrow(table)
    assert frozen(source, tmp_path / "none") is source
    assert not (tmp_path / "none").exists()
    assert frozen(from_arrow(lambda: table), tmp_path / "stage").plan().rows == 2


def test_a_temporary_stage_lives_as_long_as_its_source():
    source = frozen(from_arrow([{"x": 1}]))
    folder = source.files.root
    assert source.plan().rows == 1
    assert folder.exists()
    del source
    gc.collect()
    assert not folder.exists()


def test_a_type_that_parquet_cannot_hold_is_refused_by_name(tmp_path):
    with pytest.raises(SchemaError, match="'never' is struct<>"):
        from_arrow(lambda: pa.table({"x": [1], "never": pa.array([{}])})).stage(tmp_path / "stage")


def rows_then_failure(rows: int):
    for i in range(rows):
        yield pa.record_batch({"x": [i]})
    raise RuntimeError("the line was cut")


def test_a_stage_that_was_interrupted_goes_on_and_keeps_what_it_has(tmp_path):
    with pytest.raises(RuntimeError, match="cut"):
        stage(from_arrow(lambda: rows_then_failure(25), version="1"), tmp_path, rows_per_file=10)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("part-*")}
    assert sorted(kept) == ["part-00000.parquet", "part-00001.parquet"]
    table = pa.table({"x": range(33)})
    staged = stage(from_arrow(lambda: table, version="1"), tmp_path, rows_per_file=10)
    assert [row["x"] for batch in staged.batches() for row in batch.data.to_pylist()] == [*range(33)]
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in kept} == kept


def test_a_stream_that_has_become_shorter_is_refused(tmp_path):
    with pytest.raises(RuntimeError, match="cut"):
        stage(from_arrow(lambda: rows_then_failure(25), version="1"), tmp_path, rows_per_file=10)
    with pytest.raises(SourceError, match="has 5 rows, of which 20 were staged already"):
        stage(from_arrow(lambda: pa.table({"x": range(5)}), version="1"), tmp_path, rows_per_file=10)


def test_a_staged_file_that_is_gone_is_missed(tmp_path):
    stage(from_arrow([{"x": 1}], version="1"), tmp_path)
    (tmp_path / "part-00000.parquet").unlink()
    with pytest.raises(CheckpointError, match=r"part-00000\.parquet is gone"):
        stage(from_arrow([{"x": 1}], version="1"), tmp_path)


SCRIPT = """
import sys
import pyarrow as pa
from emberharmony.features.sources import from_arrow, stage

def rows():
    for start in range(0, 60_000, 700):
        numbers = range(start, min(start + 700, 60_000))
        yield pa.record_batch({"x": pa.array(numbers), "s": pa.array([str(i) for i in numbers])})

stage(from_arrow(rows, version="1"), sys.argv[1], rows_per_file=2048)
"""


def test_who_was_killed_while_staging_goes_on_to_the_same_bytes(tmp_path):
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "whole")], check=True)
    whole, random_waits, kills = parts(tmp_path / "whole"), random.Random(7), 0
    for _ in range(6):
        before = len(names(tmp_path / "cut"))
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(tmp_path / "cut")])
        while process.poll() is None and len(names(tmp_path / "cut")) <= before:
            time.sleep(0.001)  # until it writes: then at any moment
        time.sleep(random_waits.random() * 0.02)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 3
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path / "cut")], check=True)
    assert parts(tmp_path / "cut") == whole
    assert not [path for path in (tmp_path / "cut").iterdir() if path.name.startswith(".")]
    manifests = [json.loads((tmp_path / name / "stage.json").read_text()) for name in ("whole", "cut")]
    assert manifests[0] == manifests[1]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("part-*")]


FULL = """
import resource, sys
import pyarrow as pa
from emberharmony.features.errors import DiskFullError
from emberharmony.features.sources import from_arrow, stage

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    stage(from_arrow(lambda: pa.table({"x": pa.array(range(60_000))}), version="1"), sys.argv[1], rows_per_file=50_000)
except DiskFullError as error:
    print(error)
    sys.exit(7)
"""


def test_a_file_that_finds_no_room_leaves_nothing_half_written(tmp_path):
    folder = tmp_path / "stage"
    done = subprocess.run([sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert f"no room in {folder}: part-00000.parquet had" in done.stdout
    assert [path.name for path in folder.iterdir()] == ["progress"]
    table = pa.table({"x": pa.array(range(60_000))})
    assert stage(from_arrow(lambda: table, version="1"), folder, rows_per_file=50_000).plan().rows == 60_000
