"""`emberharmony features`, as a user calls it: on real files, with real interrupts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.features.tables import telemetry

from emberharmony import features as ef
from emberharmony.cli import main
from emberharmony.features.fitted import FittedPipeline

RECIPE = """
target = "label"

[source]
kind = "parquet"
path = "data"

[split]
is = "HashSplit"
key = "id"
train = 0.6
val = 0.2
test = 0.2

[[step]]
is = "Impute"
columns = ["x", "y"]

[[step]]
is = "StandardScale"
columns = ["x"]

[[step]]
is = "Derive"
name = "ratio"
expression = "where(col('n') > 0, col('y') / col('n'), 0.0)"

[[step]]
is = "Drop"
columns = ["kind", "note", "t", "at"]
"""
SOURCE = '[source]\nkind = "parquet"\npath = "data"\n'
SHORT = SOURCE + '[[step]]\nis = "MaxAbsScale"\ncolumns = ["y"]\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a pipeline and its table of two files."""
    (tmp_path / "data").mkdir()
    for i in range(2):
        pq.write_table(telemetry(1500, seed=i), tmp_path / "data" / f"{i}.parquet")
    (tmp_path / "p.toml").write_text(RECIPE)
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main(["features", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("part-*.parquet"))}


class Library(NamedTuple):
    """What Python makes of the same pipeline and table."""

    hash: str
    parts: dict[str, bytes]
    passes: int


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    place, stages = tmp_path_factory.mktemp("library"), set()
    for i in range(2):
        pq.write_table(telemetry(1500, seed=i), place / f"{i}.parquet")
    source, split = ef.read_parquet(place), ef.HashSplit("id", train=0.6, val=0.2, test=0.2)
    fitted = pipeline().fit(source, split, progress=lambda event: stages.add(event.stage))
    fitted.write(source, place / "out")
    return Library(fitted.hash, contents(place / "out"), len(stages))


def pipeline() -> ef.Pipeline:
    ratio = ef.where(ef.col("n") > 0, ef.col("y") / ef.col("n"), 0.0)
    steps = [
        ef.Impute(["x", "y"]),
        ef.StandardScale(["x"]),
        ef.Derive("ratio", ratio),
        ef.Drop(["kind", "note", "t", "at"]),
    ]
    return ef.Pipeline(steps, target="label")


def test_a_plan_shows_rows_shards_columns_steps_and_passes(place, capsys, library):
    code, out, _ = call(capsys, "plan", place / "p.toml", "--json")
    assert code == 0
    found = json.loads(out)
    assert (found["rows"], found["shards"], found["target"], found["problem"]) == (3000, 2, "label", None)
    assert found["columns"]["x"] == "double"
    assert [step["is"] for step in found["steps"]] == ["Impute", "StandardScale", "Derive", "Drop"]
    assert found["passes"] == library.passes
    code, out, _ = call(capsys, "plan", place / "p.toml")
    assert code == 0
    assert "3,000 in 2 shards" in out
    assert "StandardScale(columns=['x'])" in out


def test_a_plan_tells_what_a_fit_would_stumble_over(place, capsys):
    (place / "p.toml").write_text(SOURCE + '[[step]]\nis = "StandardScale"\ncolumns = ["kind"]\n')
    code, out, _ = call(capsys, "plan", place / "p.toml")
    assert code == 2
    assert "StandardScale got column 'kind' of type string" in out


def test_a_fit_is_the_one_of_the_library_and_is_explained_from_its_file(place, capsys, library):
    code, out, _ = call(capsys, "fit", place / "p.toml", "--out", place / "state.arrow", "--quiet", "--json")
    assert code == 0
    assert FittedPipeline.load(place / "state.arrow").hash == library.hash == json.loads(out)["hash"]
    code, out, _ = call(capsys, "explain", place / "state.arrow", "--json")
    rows = {row["feature"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["x"]["transforms"] == ["Impute", "StandardScale"]
    assert rows["ratio"]["columns"] == ["n", "y"]
    assert {c["transform"] for c in rows["x"]["constants"]} == {"Impute", "StandardScale"}
    table = call(capsys, "explain", place / "state.arrow")[1].splitlines()
    assert table[0].split() == ["feature", "type", "columns", "transforms", "constants"]
    assert any("Impute > StandardScale" in line for line in table)


def test_a_run_writes_what_the_library_writes_and_a_second_one_writes_nothing(place, capsys, library):
    arguments = (
        "run",
        place / "p.toml",
        "--out",
        place / "out",
        "--checkpoint",
        place / "ck",
        "--memory",
        "1GB",
        "--json",
    )
    code, out, err = call(capsys, *arguments)
    assert code == 0
    assert json.loads(out)["rows_read"] == 3000
    assert "write 100%" in err
    first = contents(place / "out")
    assert first == library.parts
    code, out, err = call(capsys, *arguments, "--quiet")
    assert (code, err) == (0, "")
    assert (json.loads(out)["rows_read"], json.loads(out)["rows_reused"]) == (0, 3000)
    assert contents(place / "out") == first


def test_a_resume_needs_the_checkpoint_alone_and_fits_nothing_again(place, capsys, monkeypatch):
    (place / "p.toml").write_text(SHORT)
    call(capsys, "run", place / "p.toml", "--out", place / "out", "--checkpoint", place / "ck", "--quiet")
    whole = contents(place / "out")
    (place / "out" / "part-000001.parquet").unlink()
    monkeypatch.chdir("/")
    code, out, err = call(capsys, "resume", place / "ck", "--json")
    assert code == 0
    assert (json.loads(out)["rows_read"], json.loads(out)["rows_reused"]) == (1500, 1500)
    assert "fit" not in err
    assert contents(place / "out") == whole


def test_a_checkpoint_of_something_else_is_refused_and_says_of_what(place, capsys):
    (place / "p.toml").write_text(SHORT)
    call(capsys, "run", place / "p.toml", "--out", place / "out", "--checkpoint", place / "ck", "--quiet")
    before = contents(place / "out")

    def refused(text: str) -> str:
        (place / "p.toml").write_text(text)
        code, _, err = call(capsys, "resume", place / "ck", "--quiet")
        assert code == 2
        return err

    assert "another pipeline" in refused(SHORT.replace("MaxAbsScale", "MinMaxScale"))
    assert "another split" in refused(SHORT + '[split]\nis = "HashSplit"\nkey = "id"\n')
    pq.write_table(telemetry(1500, seed=9), place / "data" / "1.parquet")
    assert "another source" in refused(SHORT)
    assert contents(place / "out") == before


def test_a_pipeline_is_explained_as_its_state_is(place, capsys):
    (place / "p.toml").write_text(SHORT)
    call(capsys, "fit", place / "p.toml", "--out", place / "state.arrow", "--quiet")
    explained = [call(capsys, "explain", place / name, "--quiet")[1] for name in ("p.toml", "state.arrow")]
    assert explained[0] == explained[1]
    assert "MaxAbsScale(column=y, shift=0, scale=" in explained[0]


def test_a_csv_is_staged_once_and_its_change_is_noticed(place, capsys):
    table = telemetry(800).select(["id", "x", "label"])
    pa.csv.write_csv(table, place / "rows.csv")
    (place / "c.toml").write_text(
        '[source]\nkind = "csv"\npath = "rows.csv"\nschema = {id = "int64"}\n[[step]]\nis = "Impute"\ncolumns = ["x"]\n'
    )
    assert json.loads(call(capsys, "plan", place / "c.toml", "--json")[1])["rows"] is None
    code, out, _ = call(capsys, "run", place / "c.toml", "--out", place / "out", "--json", "--quiet")
    assert (code, json.loads(out)["rows_read"]) == (0, 800)
    assert call(capsys, "resume", place / "out" / "_progress", "--quiet")[0] == 0
    pa.csv.write_csv(table.slice(0, 700), place / "rows.csv")
    code, _, err = call(capsys, "resume", place / "out" / "_progress", "--quiet")
    assert code == 2
    assert "rows.csv" in err


def test_a_python_file_may_hold_the_pipeline(place, capsys):
    (place / "p.py").write_text(
        "from pathlib import Path\nfrom emberharmony import features as ef\n"
        "source = ef.read_parquet(Path(__file__).parent / 'data')\nsplit = ef.HashSplit('id')\n"
        "pipeline = ef.Pipeline([ef.Impute(['x'])], target='label')\n"
    )
    code, out, _ = call(capsys, "plan", place / "p.py", "--json")
    assert code == 0
    assert json.loads(out)["split"]["is"] == "HashSplit"
    (place / "q.py").write_text("x = 1\n")
    code, _, err = call(capsys, "plan", place / "q.py")
    assert code == 2
    assert "defines no `pipeline`" in err


@pytest.mark.parametrize(
    ("text", "named", "near"),
    [
        ('[[step]]\nis = "Inpute"\ncolumns = ["x"]', "'Inpute'", "did you mean 'Impute'?"),
        ('[[step]]\nis = "standardscale"\ncolumns = ["x"]', "'standardscale'", "did you mean 'StandardScale'?"),
        ('[[step]]\nis = "Impute"\ncolumn = ["x"]', "'column'", "did you mean 'columns'?"),
        ('[[step]]\nis = "Impute"\n', "'columns'", "step 1"),
        ('[[steps]]\nis = "Impute"', "'steps'", "did you mean 'step'?"),
        ('[split]\nis = "HashSplitt"\nkey = "id"', "'HashSplitt'", "did you mean 'HashSplit'?"),
        ('[source]\nkind = "parket"\npath = "data"', "'parket'", "did you mean 'parquet'?"),
        ('[source]\nkind = "csv"\npath = "a.csv"\ndelimeter = ";"', "'delimeter'", "did you mean 'delimiter'?"),
        ('[source]\nkind = "duckdb"\npath = "a.duckdb"', "'table'", "[source]"),
        ('[step]\nis = "Impute"', "[[step]]", "brackets"),
        ("target = 3", "target = 3", "name of a column"),
        ("target = ", "not TOML", "end of document"),
        (
            '[[step]]\nis = "Derive"\nname = "z"\nexpression = "__import__(\'os\')"',
            "__import__('os')",
            "has no meaning",
        ),
    ],
)
def test_what_a_file_may_not_say_is_refused_by_name(tmp_path, capsys, text, named, near):
    (tmp_path / "p.toml").write_text(text)
    code, _, err = call(capsys, "plan", tmp_path / "p.toml")
    assert code == 2
    assert named in err
    assert near in err


@pytest.mark.parametrize(
    "arguments", [("plan", "nowhere.toml"), ("resume", "nowhere"), ("explain", "nowhere.arrow"), ("explain", "data")]
)
def test_what_is_not_there_is_a_message(place, capsys, monkeypatch, arguments):
    monkeypatch.chdir(place)
    code, _, err = call(capsys, *arguments)
    assert code == 2
    assert arguments[1] in err
    assert "Traceback" not in err


def begun_and_ended(arguments: list[object], out: Path, sent: signal.Signals) -> tuple[int, str]:
    """Start a command, end it by a signal when two parts are there; its exit status and what it said."""
    command = [sys.executable, "-m", "emberharmony.cli", "features", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 120
    while len(contents(out)) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(process.pid, sent)
    _, err = process.communicate(timeout=120)
    return process.returncode, err


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)])
def test_a_run_that_is_interrupted_or_killed_goes_on_to_the_same_bytes(place, capsys, sent):
    (place / "p.toml").write_text(SHORT)
    for i in range(2, 12):
        pq.write_table(telemetry(200, seed=i), place / "data" / f"{i}.parquet")
    source = ef.read_parquet(place / "data")
    fitted = ef.Pipeline([ef.MaxAbsScale(["y"])]).fit(source)
    fitted.write(source, place / "whole")
    arguments = ["run", place / "p.toml", "--out", place / "out", "--checkpoint", place / "ck", "--workers", "1"]
    code, err = begun_and_ended(arguments, place / "out", sent)
    if sent == signal.SIGINT:
        assert code == 130, err
        assert f"emberharmony features resume {place / 'ck'}" in err
        assert "Traceback" not in err
    else:
        assert code == -sent
    assert not (place / "out" / "manifest.json").exists()
    code, shown, _ = call(capsys, "resume", place / "ck", "--quiet", "--json")
    assert code == 0
    assert json.loads(shown)["rows_reused"] > 0
    assert json.loads(shown)["hash"] == fitted.hash
    assert contents(place / "out") == contents(place / "whole")


def test_a_place_that_cannot_be_written_to_is_named_without_a_traceback(place, capsys):
    (place / "p.toml").write_text(SHORT)
    (place / "taken").write_text("")
    code, _, err = call(capsys, "run", place / "p.toml", "--out", place / "taken" / "out", "--quiet")
    assert code == 2
    assert f"{place / 'taken' / 'out'}" in err
    assert "Traceback" not in err
