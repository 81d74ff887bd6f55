"""A run that is stopped at any step and resumed is the run that nobody stopped, bit for bit."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.training.runs import batches, column, falling_then_rising, loss, network, trainer, windowed_loss

from emberharmony import nn, ops, random
from emberharmony.errors import ShapeError, WeightsError
from emberharmony.features.handover.loader import Loader
from emberharmony.training import SGD, Adam, Batches, Plateau, RunError, Trainer, mse

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 3
PLAN = {"epochs": EPOCHS, "patience": 2, "plateau": Plateau(0.5, patience=0, threshold=0.5), "monitor": "mae"}


def bits(tree):
    return {name: np.asarray(ops.to_numpy(x)).tobytes() for name, x in nn.parameters(tree).items()}


def stop_at(*places):
    """A callback that asks for a stop at these kinds and steps."""
    return lambda event: (event.kind, event.step) in places


def whole(backend, made, plan, known={}):  # noqa: B006 - what a run without a stop gives is computed once
    key = (backend, made.__name__)
    if key not in known:
        run = made()
        known[key] = run.fit(batches(), batches(key=None, seed=1), **plan), bits(run.model)
    return known[key]


def plain(**settings):
    return trainer(**settings)


def windowed(**settings):
    return trainer(windowed_loss, tbptt=3, **settings)


def stopped(made, folder, batch, every=None):
    """The run that goes on from the folder, for so many batches."""
    done = []

    def told(event):
        if event.kind == "step":
            done.append(event.step)
        return event.kind == "step" and len(done) == batch

    run = made(callbacks=[told])
    history = run.fit(batches(), batches(key=None, seed=1), checkpoint=folder, every=every, **PLAN)
    return run, history, len(done)


@pytest.mark.parametrize("made", [plain, windowed])
def test_stopped_after_every_single_batch_it_is_the_run_that_nobody_stopped(backend, made, tmp_path):
    history, model = whole(backend, made, PLAN)
    done = 1
    while done:
        run, resumed, done = stopped(made, tmp_path, 1)
    assert resumed == history
    assert bits(run.model) == model


def test_the_best_model_and_how_long_it_is_ago_survive_a_stop_at_every_batch(backend, tmp_path):
    def resumed(folder, *stops):
        run = falling_then_rising(callbacks=[stop_at(*stops)])
        history = run.fit([column(1.0)], [column(1.0, 1.0)], epochs=50, patience=3, checkpoint=folder)
        return history, ops.tolist(run.model)

    for step in range(1, 6):
        resumed(tmp_path / "many", ("step", step))
    assert resumed(tmp_path / "many") == resumed(tmp_path / "one")
    assert resumed(tmp_path / "many")[1] == [0.0]
    assert len(resumed(tmp_path / "many")[0]) == 5


@pytest.mark.slow
@pytest.mark.parametrize("made", [plain, windowed])
@given(stops=st.lists(st.integers(1, 9), max_size=4), every=st.integers(1, 5))
def test_stopped_anywhere_it_is_the_run_that_nobody_stopped(backend, made, stops, every, tmp_path_factory):
    history, model = whole(backend, made, PLAN)
    folder = tmp_path_factory.mktemp("run")
    for batch in stops:
        stopped(made, folder, batch, every)
    run, resumed, _ = stopped(made, folder, 10**9)
    assert resumed == history
    assert bits(run.model) == model


def test_the_last_model_and_the_state_of_the_optimizer_are_the_same_bits(backend, tmp_path):
    plan = {"epochs": 2}
    one = trainer()
    one.fit(batches(), checkpoint=tmp_path / "one", **plan)
    for _ in range(2):
        two = trainer(callbacks=[stop_at(("step", 2), ("step", 4))])
        two.fit(batches(), checkpoint=tmp_path / "two", **plan)
    two = trainer()
    two.fit(batches(), checkpoint=tmp_path / "two", **plan)
    files = [newest(tmp_path / name) for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()


def newest(folder):
    return sorted(folder.glob("*.safetensors"))[-1]


def test_a_finished_run_gives_its_result_again_and_goes_on_with_more_epochs(backend, tmp_path):
    history, model = whole(backend, plain, PLAN)
    first = trainer()
    assert first.fit(batches(), batches(key=None, seed=1), checkpoint=tmp_path, **PLAN) == history
    again = trainer()
    assert again.fit(batches(), batches(key=None, seed=1), checkpoint=tmp_path, **PLAN) == history
    assert bits(again.model) == model == bits(first.model)
    short = trainer()
    short.fit(batches(), epochs=1, checkpoint=tmp_path / "short")
    assert trainer().fit(batches(), epochs=2, checkpoint=tmp_path / "short") == trainer().fit(batches(), epochs=2)


def test_ctrl_c_writes_a_checkpoint_and_goes_on_to_the_caller(backend, tmp_path):
    seen = []

    def interrupted(model, batch, key):
        seen.append(1)
        if len(seen) == 5:
            raise KeyboardInterrupt
        return loss(model, batch, key)

    history = trainer().fit(batches(), epochs=3)
    with pytest.raises(KeyboardInterrupt):
        trainer(interrupted).fit(batches(), epochs=3, checkpoint=tmp_path)
    assert json.loads((tmp_path / "run-00000002.json").read_text())["body"]["run"]["step"] == 4
    assert trainer().fit(batches(), epochs=3, checkpoint=tmp_path) == history


@pytest.mark.parametrize("kind", ["json", "safetensors"])
def test_a_damaged_newest_checkpoint_leaves_the_one_before(backend, tmp_path, kind, caplog):
    history = trainer().fit(batches(), epochs=3)
    trainer(callbacks=[stop_at(("step", 7))]).fit(batches(), epochs=3, checkpoint=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"run-0000000{number}.{ending}" for number in (2, 3) for ending in ("json", "safetensors")
    ]
    file = sorted(tmp_path.glob(f"*.{kind}"))[-1]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with caplog.at_level("WARNING", logger="emberharmony"):
        assert trainer().fit(batches(), epochs=3, checkpoint=tmp_path) == history
    assert f"{file.name} is damaged" in caplog.text
    for path in tmp_path.glob("*.json"):
        path.write_text("{")
    with pytest.raises(RunError, match=r"run-\d+\.json is damaged.*run-\d+\.json is damaged"):
        trainer().fit(batches(), epochs=3, checkpoint=tmp_path)


def test_arrays_without_their_json_are_nothing(backend, tmp_path):
    trainer().fit(batches(), epochs=1, checkpoint=tmp_path)
    (tmp_path / "run-00000001.json").unlink()
    assert trainer().fit(batches(), epochs=1, checkpoint=tmp_path) == trainer().fit(batches(), epochs=1)


def test_another_run_is_refused_by_the_name_of_what_differs(backend, tmp_path):
    trainer().fit(batches(), epochs=1, checkpoint=tmp_path)

    def resumed(data=None, **settings):
        return trainer(**settings).fit(data or batches(), epochs=2, checkpoint=tmp_path)

    with pytest.raises(RunError, match=r"clip_norm = 1\.0\n.*clip_norm = 2\.0"):
        resumed(clip_norm=2.0)
    with pytest.raises(RunError, match="seed = 3"):
        resumed(seed=4)
    with pytest.raises(RunError, match=r"data = \{'items': 11, 'size': 4"):
        resumed(batches(5))
    with pytest.raises(RunError, match=r"'key': \[0, 8\]"):
        resumed(batches(key=8))
    for optimizer in (Adam(0.05), SGD(0.1)):
        with pytest.raises(RunError, match=r"optimizer = AdamW\(rate=Cosine\(peak=0.05"):
            Trainer(network(), loss, optimizer, clip_norm=1.0, seed=3).fit(batches(), epochs=2, checkpoint=tmp_path)
    other = trainer()
    other.model = {**other.model, "head": nn.Linear(2, 3, key=random.key(0))}
    with pytest.raises((ShapeError, WeightsError), match=r"model\.head\.weight"):
        other.fit(batches(), epochs=2, checkpoint=tmp_path)
    other.model = {**network(), "more": ops.ones(1)}
    with pytest.raises(WeightsError, match=r"missing .*'model\.more'"):
        other.fit(batches(), epochs=2, checkpoint=tmp_path)


def table():
    generator = np.random.default_rng(0)
    x = generator.normal(size=50).astype("float32")
    return pa.table({"x": x, "y": 3.0 * x})


def line(model, batch):
    return mse(batch["x"] * model, batch["y"])


COLUMNS = {"x": ["x"], "y": ["y"]}


def loader(epoch, start=None):
    key = random.fold_in(random.key(0), epoch)
    return Loader(table(), 8, columns=COLUMNS, shuffle_key=key, block_rows=10, start=start)


def counted(epoch):
    """The same batches, from a function that knows nothing of where to go on."""
    return iter(loader(epoch))


@pytest.mark.parametrize("data", [loader, counted])
def test_any_function_that_opens_batches_can_be_resumed(backend, tmp_path, data):
    def made(*stops):
        return Trainer(ops.zeros((1,), dtype="float32"), line, Adam(0.1), callbacks=[stop_at(*stops)])

    history = made().fit(data, epochs=3)
    for step in (3, 9, 14, 20):
        made(("step", step)).fit(data, epochs=3, checkpoint=tmp_path)
    run = made()
    assert run.fit(data, epochs=3, checkpoint=tmp_path) == history
    assert len(history) == 3
    assert history[-1]["step"] == 21


def test_data_that_became_shorter_are_refused(backend, tmp_path):
    data = [{"x": ops.ones(1, dtype="float32"), "y": ops.ones(1, dtype="float32")}] * 5
    model = ops.zeros(1, dtype="float32")
    Trainer(model, line, SGD(0.1), callbacks=[stop_at(("step", 4))]).fit(data, epochs=1, checkpoint=tmp_path)
    with pytest.raises(RunError, match="gave 2 batches in epoch 1; the run had seen 4"):
        Trainer(model, line, SGD(0.1)).fit(data[:2], epochs=1, checkpoint=tmp_path)


def test_scores_that_are_no_numbers_survive_the_disk(backend, tmp_path):
    def nothing(model, batch):
        from emberharmony.training import AUC

        return {"auc": AUC()}

    data = Batches({"x": ops.ones(3, dtype="float32"), "y": ops.ones(3, dtype="float32")}, 2)
    for _ in range(2):
        run = Trainer(ops.zeros(1, dtype="float32"), line, SGD(0.1), metrics=nothing)
        record = run.fit(data, data, epochs=1, checkpoint=tmp_path)[0]
        assert math.isnan(record["validation_auc"])


KILLED = """
import sys
from pathlib import Path
import emberharmony
with emberharmony.use_backend(sys.argv[1]):
    from tests.training.runs import batches, trainer
    print("ready", flush=True)
    trainer().fit(batches(), epochs=int(sys.argv[3]), checkpoint=Path(sys.argv[2]), every=1)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_from_what_it_had_written(backend, tmp_path):
    epochs = 60
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}  # as here: sums of several threads round differently
    history = trainer().fit(batches(), epochs=epochs)
    for seconds in (0.05, 0.2, 0.11, 0.3):
        child = subprocess.Popen(
            [sys.executable, "-c", KILLED, backend, str(tmp_path), str(epochs)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=one_thread,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        child.kill()
        child.communicate()
    reached = json.loads(sorted(tmp_path.glob("*.json"))[-1].read_text())["body"]["run"]["step"]
    assert reached > 0
    assert trainer().fit(batches(), epochs=epochs, checkpoint=tmp_path) == history
