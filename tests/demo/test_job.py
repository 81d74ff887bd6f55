"""The whole job on a small plant and on files: it ends in a report, is done once, and goes on where it was."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emberharmony.cli import main
from emberharmony.demo import Plant
from emberharmony.demo.baselines import PCA
from emberharmony.demo.job import Job
from emberharmony.demo.telemetry import Telemetry
from emberharmony.errors import ArgumentError, EmberError

PLANT = Plant(rows=24_000, machines=2, seed=7, fault_every_hours=1.0)


def job(folder: Path, **settings) -> Job:
    given = {"epochs": 1, "baselines": (PCA(),), "workers": 1, **settings}
    return Job(given.pop("subject", PLANT), folder / "work", folder / "report.html", **given)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("job")
    return folder, job(folder).run()


def told(data: dict) -> dict:
    """What a report says, without what it cost."""
    kept = {name: part for name, part in data.items() if name not in ("verdict", "resources")}
    training = {name: part for name, part in data["training"].items() if name != "steps_per_second"}
    methods = [{name: part for name, part in method.items() if name != "seconds"} for method in data["baselines"]]
    return {**kept, "training": training, "baselines": methods}


def table(rows: int = 3000, seed: int = 0) -> pa.Table:
    """Two pumps of two sensors that follow one load; in the last part one of them is off."""
    rng = np.random.default_rng(seed)
    columns: dict[str, list] = {"when": [], "pump": [], "heat": [], "flow": [], "state": [], "bad": []}
    for pump in ("a", "b"):
        t = np.cumsum(rng.uniform(5, 15, rows // 2))
        load = np.sin(t / 200)
        bad = (np.arange(len(t)) > 1200) & (np.arange(len(t)) < 1300) & (pump == "a")
        columns["when"] += [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=float(s)) for s in t]
        columns["pump"] += [pump] * len(t)
        columns["heat"] += (50 + 5 * load + 0.1 * rng.normal(size=len(t)) + 2.0 * bad).tolist()
        columns["flow"] += (9 - 2 * load + 0.1 * rng.normal(size=len(t))).tolist()
        columns["state"] += np.where(load > 0, "high", "low").tolist()
        columns["bad"] += bad.astype(int).tolist()
    return pa.table(columns)


def test_the_report_has_every_section_filled(done):
    folder, result = done
    assert result.report == folder / "report.html"
    page = result.report.read_text()
    for name in ("profile", "provenance", "training", "wiring", "detections", "baselines", "resources"):
        assert f'id="{name}"' in page
    assert "This section is empty" not in page
    assert result.verdict in page
    data = result.data
    assert {column["name"] for column in data["profile"]["columns"]} >= {"speed", "mode", "time"}
    assert len(data["detections"]["signals"]) == 6
    assert all(any(x is not None for x in signal["expected"]) for signal in data["detections"]["signals"])
    assert [method["name"] for method in data["baselines"]] == ["liquid network", "PCA"]
    assert all(0 < method["auc_pr"] < 1 for method in data["baselines"])
    faults = [cell["total"] for row in data["detections"]["recall"]["cells"] for cell in row]
    held = [fault for fault in PLANT.faults().to_pylist() if fault["begin"] >= PLANT.train_until]
    assert sum(faults) == len(held)
    stages = [stage["name"] for stage in data["resources"]["stages"]]
    assert stages == ["plant", "profile", "features", "training", "scoring", "PCA", "verdict"]
    assert all(stage["seconds"] > 0 and stage["peak_memory"] > 1e6 for stage in data["resources"]["stages"])


def test_alarms_are_a_table_with_the_loudest_first(done):
    _, result = done
    rows = list(csv.DictReader(result.alarms.open()))
    assert rows[0].keys() == {"entity", "sensor", "begin", "end", "peak"}
    peaks = [float(row["peak"]) for row in rows]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[-1] > 1
    assert all(datetime.fromisoformat(row["begin"]) >= PLANT.train_until for row in rows)
    shown = result.data["detections"]["loudest"]
    assert [(each["entity"], each["sensor"]) for each in shown] == [(row["entity"], row["sensor"]) for row in rows[:20]]
    assert "Loudest alarms" in result.report.read_text()


def test_a_second_run_does_nothing_twice(done):
    folder, result = done
    seen = []
    again = job(folder, tell=lambda name, note: seen.append(note.result is not None)).run()
    assert all(seen)
    assert again.data == result.data


def test_what_was_interrupted_goes_on_to_the_same_result(done, tmp_path):
    _, result = done
    for stage in ("profile", "training", "scoring", "verdict"):

        def stop(name, note, stage=stage):
            if name == stage and note.result is not None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            job(tmp_path, tell=stop).run()
    assert told(job(tmp_path).run().data) == told(result.data)


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_to_the_same_result(done, tmp_path):
    _, result = done
    code = (
        "from pathlib import Path; from emberharmony.demo import Plant; from emberharmony.demo.baselines import PCA;"
        "from emberharmony.demo.job import Job;"
        f"Job({PLANT!r}, Path({str(tmp_path / 'work')!r}), Path({str(tmp_path / 'report.html')!r}), epochs=1,"
        " baselines=(PCA(),), workers=1).run()"
    )
    killed = 0
    for wait in np.linspace(1.0, 9.0, 12):
        process = subprocess.Popen([sys.executable, "-c", code])
        time.sleep(wait)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    assert killed > 3
    assert told(job(tmp_path).run().data) == told(result.data)


def test_a_changed_setting_begins_what_depends_on_it_anew(done, tmp_path):
    job(tmp_path, epochs=2).run()
    began = []
    job(tmp_path, epochs=1, tell=lambda name, note: note.result is None and began.append(name)).run()
    assert began == ["training", "scoring", "PCA", "verdict"]


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_a_file_of_ones_own_ends_in_a_report(kind, tmp_path):
    rows = table()
    path = tmp_path / f"pumps.{kind}"
    if kind == "parquet":
        pq.write_table(rows, path)
    elif kind == "jsonl":
        path.write_text(
            "".join(json.dumps({**row, "when": row["when"].isoformat()}) + "\n" for row in rows.to_pylist())
        )
    else:
        with path.open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(rows.column_names)
            out.writerows(row.values() for row in rows.to_pylist())
    subject = Telemetry.of_file(path, "when", entity="pump", label="bad")
    result = job(tmp_path, subject=subject, baselines=(), epochs=8 if kind == "csv" else 1).run()
    assert kind != "csv" or result.data["baselines"][0]["auc_roc"] > 0.8
    assert kind != "csv" or {row["entity"] for row in csv.DictReader(result.alarms.open())} >= {"a"}
    assert [c["name"] for c in result.data["profile"]["columns"] if c["histogram"]] == ["heat", "flow"]


def test_without_an_entity_and_a_label_alarms_are_raised_and_nothing_is_claimed(tmp_path):
    rows = table().filter(pa.compute.equal(table()["pump"], "a")).drop_columns(["pump", "bad"])
    rows = rows.set_column(0, "when", pa.array(np.arange(len(rows)) * 10.0))  # numbers of seconds
    pq.write_table(rows.take(np.random.default_rng(0).permutation(len(rows))), tmp_path / "one.parquet")
    subject = Telemetry.of_file(tmp_path / "one.parquet", "when")
    result = job(tmp_path, subject=subject, baselines=(), epochs=8).run()
    assert "cannot be told: no label was given" in result.verdict
    assert "The loudest is" in result.verdict
    begins = [float(row["begin"]) for row in csv.DictReader(result.alarms.open())]
    assert any(12_000 <= begin <= 13_100 for begin in begins)  # rows 1201 to 1299, and what remembers them
    assert result.data["baselines"] is None


def test_labels_reach_no_model(tmp_path):
    rows = table()
    lies = rows.set_column(5, "bad", pa.array((np.arange(len(rows)) % 1500 < 100).astype(int)))
    results = []
    for name, data in (("true", rows), ("lies", lies)):
        folder = tmp_path / name
        folder.mkdir()
        pq.write_table(data, folder / "pumps.parquet")
        subject = Telemetry.of_file(folder / "pumps.parquet", "when", entity="pump", label="bad")
        job(folder, subject=subject, baselines=(PCA(),)).run()
        scores = [
            pq.read_table(folder / "work" / stage / "scores").drop_columns(["label"]) for stage in ("scoring", "PCA")
        ]
        results.append(scores)
    assert results[0] == results[1]


def test_what_is_judged_teaches_nothing(tmp_path):
    rows = table()
    cut = sorted(rows["when"].to_pylist())[int(len(rows) * 0.6)]
    late = np.asarray([when >= cut for when in rows["when"].to_pylist()])
    poisoned = rows.set_column(2, "heat", pa.array(np.where(late, 1e6, rows["heat"].to_numpy())))
    networks = []
    for name, data in (("true", rows), ("poisoned", poisoned)):
        folder = tmp_path / name
        folder.mkdir()
        pq.write_table(data, folder / "pumps.parquet")
        job(
            folder,
            subject=Telemetry.of_file(folder / "pumps.parquet", "when", entity="pump", held_from=cut),
            baselines=(),
        ).run()
        networks.append((folder / "work" / "training" / "detector.safetensors").read_bytes())
    assert networks[0] == networks[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"time": "moment"}, "no column 'moment'"),
        ({"time": "state"}, "named as the time, is string"),
        ({"label": "state"}, "named as the label"),
        ({"sensors": ("state",)}, "'state' was chosen as a sensor"),
        ({"held_from": datetime(2020, 1, 1)}, "said to begin at"),
        ({"held_from": "7"}, "said to begin at 7.0, and the column 'when'"),
        ({"entity": "when"}, "one column was named twice"),
    ],
)
def test_a_wrong_column_is_refused_by_name(change, said, tmp_path):
    pq.write_table(table(600), tmp_path / "pumps.parquet")
    named = {"time": "when", "entity": "pump", "label": "bad", **change}
    with pytest.raises(EmberError, match=said):
        job(tmp_path, subject=Telemetry.of_file(tmp_path / "pumps.parquet", named.pop("time"), **named)).run()


@pytest.mark.parametrize(
    "names", [("row", "entity", "side"), ("score", "time", "label"), ("a, b", 'with "quotes"', "é")]
)
def test_columns_may_have_any_name(names, tmp_path):
    rows = table(1200).rename_columns(["when", "pump", *names, "bad"])
    pq.write_table(rows, tmp_path / "pumps.parquet")
    subject = Telemetry.of_file(tmp_path / "pumps.parquet", "when", entity="pump", label="bad")
    result = job(tmp_path, subject=subject, baselines=()).run()
    assert {row["sensor"] for row in csv.DictReader(result.alarms.open())} <= set(names[:2])


def test_what_says_nothing_is_left_out_and_the_rest_is_judged(tmp_path):
    rows = table(1200)
    nan, n = float("nan"), np.arange(1200)
    seconds = np.where(n % 50 == 3, nan, np.where(n % 50 == 4, np.inf, n * 10.0))
    for name, column in {
        "seconds": pa.array(seconds),
        "spike": pa.array(np.where(n % 100 == 0, np.inf, rows["flow"].to_numpy())),
        "wrong": pa.array(np.where(n % 3 == 0, nan, 0.0)),
        "flag": pa.array(n % 2 == 0),
        "late": pa.array(np.where(n < 900, nan, 1.0 * n)),
        "name": pa.array([f"row {i}" for i in n]),
    }.items():
        rows = rows.append_column(name, column)
    pq.write_table(rows, tmp_path / "pumps.parquet")
    subject = Telemetry.of_file(
        tmp_path / "pumps.parquet", "seconds", label="wrong", sensors=("heat", "flow", "spike", "late")
    )
    data = job(tmp_path, subject=subject, baselines=()).run().data
    assert [each["feature"] for each in data["provenance"]][:3] == ["heat", "flow", "spike"]
    assert "late" not in [each["feature"] for each in data["provenance"]]
    said = " ".join(data["training"]["notes"])
    assert "shown pump, state, flag" in said
    assert "Left out is late: it has too few readings" in said
    assert "Left out is name: it was not chosen" in said
    assert "the labels call all of the judged rows the same" in data["verdict"]["text"]


def test_an_empty_file_and_a_bad_place_for_the_page_are_refused_at_once(tmp_path):
    pq.write_table(table().slice(0, 0), tmp_path / "pumps.parquet")
    with pytest.raises(EmberError, match="has no rows"):
        job(tmp_path, subject=Telemetry.of_file(tmp_path / "pumps.parquet", "when")).run()
    for settings, said in (({"epochs": 0}, "epochs=0"), ({"memory": "lots"}, "lots")):
        with pytest.raises(ArgumentError, match=said):
            job(tmp_path, **settings).run()
    for page in (tmp_path / "report", tmp_path, Path(".")):
        with pytest.raises(ArgumentError, match="a file for the page"):
            Job(PLANT, tmp_path / "report", page).run()


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match="there is no file"):
        Telemetry.of_file(tmp_path / "nothing.csv", "t")
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(ArgumentError, match=r"called \*\.xlsx"):
        Telemetry.of_file(tmp_path / "a.xlsx", "t").source()


def test_the_command_says_where_the_report_is_and_goes_on(tmp_path, capsys):
    pq.write_table(table(), tmp_path / "pumps.parquet")
    out = tmp_path / "reports" / "pumps.html"
    command = [
        "demo",
        "--data",
        str(tmp_path / "pumps.parquet"),
        "--time",
        "when",
        "--entity",
        "pump",
        "--no-baselines",
    ]
    assert main([*command, "--epochs", "1", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert str(out) in said.out
    assert str(out.with_name("pumps_alarms.csv")) in said.out
    assert "training ..." in said.err
    assert out.exists()
    assert main([*command, "--epochs", "1", "--out", str(out), "--quiet", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out)["title"] == "pumps.parquet"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "x.csv"], "without --time"),
        (["--entity", "pump"], "without --data"),
        (["--data", "x.csv", "--time", "t", "--rows", "5"], "--rows was given with --data"),
        (["--data", "x.csv", "--time", "t"], "there is no file 'x.csv'"),
        (["--rows", "100"], "no room for a fault"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments, said, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert os.listdir(tmp_path) == []
