"""The examples of the job and of its parts run."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

MODULES = ("job", "journal", "moments", "stages.curves", "stages.summary")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    report: list[str] = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(import_module(f"emberharmony.demo.{name}")):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
