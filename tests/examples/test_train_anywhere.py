"""The same model, seed and data give the same losses on every backend; the page that shows it needs nothing else."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

import emberharmony as eh

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("train_anywhere", EXAMPLES / "train_anywhere.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def first(example):
    return example.train("numpy", 200)


def test_two_hundred_steps_give_the_same_losses(backend, example, first):
    run = example.train(backend, 200)
    assert len(run.losses) == 200
    assert run.losses[-1] < 0.8 * run.losses[0]  # it learns
    # rounding of sums of 400 terms, grown by 200 steps: far below what is asked
    assert max(example.difference(first.losses, run.losses)) <= 1e-9


def test_the_other_example_runs_too(capsys):
    spec = importlib.util.spec_from_file_location("one_function", EXAMPLES / "one_function.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()
    assert "largest difference" in capsys.readouterr().out


def test_another_seed_gives_other_losses(example, first):
    assert example.train("numpy", 2, seed=1).losses[0] != first.losses[0]


def test_the_page_stands_alone(example, tmp_path, monkeypatch, capsys):
    out = tmp_path / "new folder" / "demo.html"
    monkeypatch.setattr(sys, "argv", ["train_anywhere", "--steps", "12", "--out", str(out)])
    example.main()
    page = out.read_text()
    printed = capsys.readouterr().out
    for name in eh.available_backends():
        if name in ("numpy", "torch", "mlx"):
            assert example.report.NAMES[name] in page
            assert name in printed
    assert not re.search(r'(src|href)="', page)  # nothing is loaded
    assert page.count("<svg") == (4 if len(eh.available_backends()) > 1 else 3)
    assert "nan" not in page


def test_a_curve_of_zeros_and_a_single_step_can_be_drawn(example):
    assert "<polyline" in example.report.curves({"torch": [0.0]}, "none")
    assert "<polyline" in example.report.curves({"torch": [0.0, 1e-16], "mlx": [1e-15, 0.0]}, "some")
