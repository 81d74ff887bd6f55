"""The examples of the pictures run."""

import doctest

import pytest

from emberharmony import viz


@pytest.mark.parametrize("name", viz.__all__)
def test_the_example_runs(name):
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(getattr(viz, name), name, globs=vars(viz).copy()):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
