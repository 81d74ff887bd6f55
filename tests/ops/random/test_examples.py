"""Every public name of `ops.random` has an example, and it runs on every backend."""

import doctest

import pytest

from emberharmony import ops
from emberharmony.ops import random


@pytest.mark.parametrize("name", random.__all__)
def test_the_example_runs(backend, name):
    value = getattr(random, name)
    cases = doctest.DocTestFinder(recurse=name == "Key").find(value, name, globs={"ops": ops})
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for case in cases:
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries, f"{name} has no example"
