"""Whatever ends a run, wherever it ends it: what the next one completes has the bytes of a run that nobody disturbed.

The runs are processes of their own, forked from one that has imported everything already.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from tests.features import jobs
from tests.features.jobs import KINDS, ROWS, SHARDS, SIZE

from emberharmony import features as ef
from emberharmony.features import gather
from emberharmony.features.errors import CheckpointError, CheckpointMismatchError, DiskFullError

PRELOAD = ["ibis.backends.sql.compilers.duckdb", "duckdb", "psutil", "tests.features.jobs"]


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOAD, "emberharmony.features.fitted", "emberharmony.features.write"])
    return context


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return jobs.make_data(tmp_path_factory.mktemp("durability") / "data")


@pytest.fixture(scope="module")
def undisturbed(data: Path) -> Callable[[str], dict[str, str]]:
    """The marks of all files that a run of one kind leaves under final names, and of those it stages."""
    known: dict[str, dict[str, str]] = {}

    def of(kind: str) -> dict[str, str]:
        if kind not in known:
            report = finish(kind, data, data.parent / kind)
            assert (report.rows_read, report.rows_reused) == (ROWS, 0)
            known[kind] = marks(data.parent / kind)
        return known[kind]

    return of


def marks(out: Path) -> dict[str, str]:
    """SHA-256 of every file of a run, output and stage, but for journals and for names that are not final."""
    found: dict[str, str] = {}
    for place in (out, out.with_name(f"{out.name}-stage")):
        for path in sorted(place.rglob("*")):
            inside = path.relative_to(place)
            if path.is_file() and not any(
                part.startswith(".") or part in ("_progress", "progress") for part in inside.parts
            ):
                name = f"{'out' if place == out else 'stage'}/{inside}"
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def check_partial(out: Path, expected: dict[str, str]) -> None:
    """What lies under a final name is whole, if it was not finished."""
    for name, mark in marks(out).items():
        assert mark == expected.get(name, mark), name
        assert name in expected or "/sorted-" in name, name  # what is sorted goes when the buckets are done


def left_over(out: Path) -> list[Path]:
    """Files of a finished run under names that are not final."""
    places = (out, out.with_name(f"{out.name}-stage"))
    return [path for place in places for path in place.rglob(".*") if path.is_file()]


def end(process: BaseProcess) -> int:
    process.join(60)
    assert process.exitcode is not None, "a run of a second has not ended in a minute"
    return process.exitcode


def finish(kind: str, data: Path, out: Path) -> ef.WriteReport:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "ROWS_PER_SHARD", SIZE)
        return jobs.run(kind, data, out)


def refusal(kind_of_error: type[Exception], kind: str, data: Path, out: Path) -> str:
    """What a run says that is refused in a way that is allowed; nothing if it comes to its end."""
    try:
        finish(kind, data, out)
    except kind_of_error as error:
        return str(error)
    return ""


# -- kill -9 --


@pytest.mark.parametrize(
    ("kind", "kills"),
    [("parquet", 4), ("csv", 1), ("entities", 1)]
    + [pytest.param(kind, n, marks=pytest.mark.slow) for kind, n in zip(KINDS, (200, 60, 60), strict=True)],
)
def test_a_run_that_is_killed_at_random_moments_ends_with_the_same_bytes(
    processes, data, undisturbed, tmp_path, kind, kills
):
    expected, moment, killed, turn = undisturbed(kind), random.Random(f"{kind} {kills}"), 0, 0
    longest = 0.8
    while killed < kills:
        out = tmp_path / f"out-{turn // 4}"  # up to four kills in a row on one folder
        process = processes.Process(target=jobs.run, args=(kind, data, out), kwargs={"fit": True})
        process.start()
        process.join(moment.uniform(0, longest))
        process.kill()
        killed += end(process) == -signal.SIGKILL
        check_partial(out, expected)
        turn += 1
        if killed == kills or turn % 4 == 0:
            finish(kind, data, out)
            assert marks(out) == expected
            assert left_over(out) == []
            shutil.rmtree(out)


@pytest.mark.parametrize(
    ("kind", "step"), [("entities", 110), *(pytest.param(k, 1, marks=pytest.mark.slow) for k in KINDS)]
)
def test_a_run_that_is_killed_at_any_change_of_a_file_ends_with_the_same_bytes(
    processes, data, undisturbed, tmp_path, kind, step
):
    expected = undisturbed(kind)
    for operation in range(step, 1000, step):
        out = tmp_path / "out"
        process = processes.Process(target=jobs.run_to_operation, args=(kind, data, out, operation))
        process.start()
        ended = end(process)
        check_partial(out, expected)
        report = finish(kind, data, out)
        assert (marks(out), left_over(out)) == (expected, [])
        if ended == 0:
            assert (report.rows_read, report.rows_reused) == (0, ROWS)
            assert operation > 3 * SHARDS  # a part: fsync, replace, a line of the journal
            return
        assert ended == -signal.SIGKILL
        shutil.rmtree(out)
        shutil.rmtree(tmp_path / "out-stage", ignore_errors=True)
    raise AssertionError("a thousand changes of files for a few small parts")


@pytest.mark.parametrize("kind", ["parquet", *(pytest.param(k, marks=pytest.mark.slow) for k in ("csv", "entities"))])
def test_a_run_that_was_killed_at_four_fifths_reads_the_rest_alone(processes, data, undisturbed, tmp_path, kind):
    expected, out = undisturbed(kind), tmp_path / "out"
    process = processes.Process(target=jobs.run_to_share, args=(kind, data, out, 0.8))
    process.start()
    assert end(process) == -signal.SIGKILL
    report = finish(kind, data, out)
    assert marks(out) == expected
    assert report.rows_read + report.rows_reused == ROWS
    assert report.rows_read <= 0.2 * ROWS  # what was under way when it was killed is among the last fifth
    assert sorted(report.parts) == [name.removeprefix("out/") for name in sorted(expected) if "out/part" in name]


# -- any order, any number of workers --


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 60))])
def test_the_parts_are_the_same_for_any_order_of_the_shards_and_number_of_workers(data, undisturbed, tmp_path, seed):
    order = random.Random(seed).sample(range(SHARDS), SHARDS)
    source = replace(jobs.source_of("parquet", data), order=lambda shards: [shards[i] for i in order])
    fitted = ef.FittedPipeline.load(data / "parquet.fitted")
    report = fitted.write(source, tmp_path / "out", workers=1 + seed % 3)
    assert report.parts == tuple(f"part-{i:06d}.parquet" for i in order)
    found, expected = marks(tmp_path / "out"), undisturbed("parquet")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == ["out/_manifest.json"]  # it keeps the order


# -- what does not belong together --


@pytest.fixture
def begun(data: Path, tmp_path: Path) -> Path:
    """A finished run of Parquet that a test may damage."""
    finish("parquet", data, tmp_path / "out")
    return tmp_path / "out"


def test_another_pipeline_source_or_folder_is_refused_by_name(data, tmp_path):
    source, out = jobs.source_of("parquet", data), tmp_path / "out"
    fitted = jobs.pipeline_of("parquet").fit(source.source)
    fitted.write(source, out)
    with pytest.raises(CheckpointMismatchError, match="of another pipeline: pipeline was"):
        ef.Pipeline([ef.StandardScale(["y"])]).fit(source.source).write(source, out)
    with pytest.raises(CheckpointMismatchError, match="of another source: source was"):
        fitted.write(replace(source, size=SIZE * 2), out)
    with pytest.raises(CheckpointMismatchError, match="of another folder: folder was"):
        fitted.write(source, tmp_path / "elsewhere", checkpoint=out / "_progress")
    with pytest.raises(CheckpointError, match="knows nothing of it"):
        fitted.write(source, out, checkpoint=tmp_path / "new")


def test_two_processes_on_one_checkpoint_are_refused_by_the_number_of_the_first(processes, data, undisturbed, tmp_path):
    here, there = processes.Pipe()
    first = processes.Process(target=jobs.run_to_share, args=("parquet", data, tmp_path / "out", 0.25, there))
    first.start()
    number = here.recv()
    with pytest.raises(CheckpointError, match=f"in use by process {number}"):
        finish("parquet", data, tmp_path / "out")
    here.send("go on")
    assert end(first) == 0
    assert marks(tmp_path / "out") == undisturbed("parquet")


# -- damage --


@pytest.mark.parametrize(
    ("kind", "flips"), [("parquet", 1), *(pytest.param(kind, 20, marks=pytest.mark.slow) for kind in KINDS)]
)
def test_a_flipped_byte_of_a_checkpoint_gives_the_same_output_or_a_clear_error(
    data, undisturbed, tmp_path, kind, flips
):
    out, dice = tmp_path / "out", random.Random(f"{kind} {flips}")
    finish(kind, data, out)
    journals = [path.parent for path in tmp_path.rglob("journal.jsonl")]
    files = [path for journal in journals for path in sorted(journal.iterdir())]
    assert {path.name for path in files} >= {"header.json", "journal.jsonl", "lock", "state-1.bin"}
    for path in files * flips:
        sound = path.read_bytes()
        i = dice.randrange(len(sound))
        path.write_bytes(sound[:i] + bytes([sound[i] ^ dice.randint(1, 255)]) + sound[i + 1 :])
        refused = refusal(CheckpointError, kind, data, out)
        if refused:
            assert path.name != "lock"
            assert str(path) in refused or "is of another" in refused
            path.write_bytes(sound)
        assert marks(out) == undisturbed(kind)


def test_a_part_that_vanished_or_has_another_size_is_written_again(data, undisturbed, begun):
    (begun / "part-000003.parquet").unlink()
    with (begun / "part-000007.parquet").open("ab") as part:
        part.write(b"more")
    report = finish("parquet", data, begun)
    assert (report.rows_read, report.rows_reused) == (2 * SIZE, ROWS - 2 * SIZE)
    assert marks(begun) == undisturbed("parquet")


# -- a full disk --


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of so many KiB, which a second call makes larger."""
    place = tmp_path / "disk"
    place.mkdir()

    def of(kibibytes: int) -> Path:
        ways = f"{'remount,' if os.path.ismount(place) else ''}size={kibibytes}k"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", ways, "tmpfs", place], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
        return place

    yield of
    if os.path.ismount(place):
        subprocess.run(["umount", place], check=True)


@pytest.mark.parametrize(
    ("kind", "step"), [("entities", 160), *(pytest.param(kind, 8, marks=pytest.mark.slow) for kind in KINDS)]
)
def test_a_full_disk_is_an_error_by_name_and_with_room_the_run_goes_on(data, undisturbed, small_disk, kind, step):
    sizes = iter(range(16, 4096, step))
    full, out = 0, small_disk(next(sizes)) / "out"
    while refused := refusal(DiskFullError, kind, data, out):
        assert "Mend" in refused
        assert left_over(out) == []
        check_partial(out, undisturbed(kind))
        full += 1
        small_disk(next(sizes))
    assert full >= 2
    assert marks(out) == undisturbed(kind)


# -- Ctrl-C --


def test_an_interrupt_ends_a_run_within_two_seconds_and_leaves_it_to_be_resumed(processes, data, undisturbed, tmp_path):
    here, there = processes.Pipe()
    process = processes.Process(target=jobs.run_to_share, args=("parquet", data, tmp_path / "out", 0.25, there))
    process.start()
    os.kill(here.recv(), signal.SIGINT)
    process.join(2.0)
    assert process.exitcode == 1
    report = finish("parquet", data, tmp_path / "out")
    assert report.rows_reused >= 3 * SIZE
    assert marks(tmp_path / "out") == undisturbed("parquet")


def test_a_stream_that_is_left_early_ends_its_threads_and_says_nothing(data):
    fitted = ef.FittedPipeline.load(data / "parquet.fitted")
    for _ in range(3):
        before = threading.active_count()
        stream = fitted.stream(jobs.source_of("parquet", data), workers=2)
        assert next(stream).num_rows
        stream.close()
        assert threading.active_count() == before
