"""Every public name of training has an example that runs on every backend."""

from __future__ import annotations

import doctest

import pytest

from emberharmony import ops, training

NAMES = [
    name for name in training.__all__ if name not in ("Event", "Metric", "NonFiniteError", "Optimizer", "RunError")
]
METHODS = [training.Batches.__call__, training.Trainer.evaluate, training.Trainer.predict]


@pytest.mark.parametrize(
    "shown", [*(getattr(training, name) for name in NAMES), *METHODS], ids=lambda x: x.__qualname__
)
def test_the_example_runs(backend, shown):
    scope = {"ops": ops, **{name: getattr(training, name) for name in training.__all__}}
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder(recurse=False).find(shown, shown.__qualname__, globs=scope):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
