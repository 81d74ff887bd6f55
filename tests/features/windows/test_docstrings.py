"""Every public name of the windows has an example, and it runs on every backend."""

import doctest

import pytest

from emberharmony import ops
from emberharmony.features import windows
from emberharmony.features.windows import covariance
from emberharmony.features.windows.memory import host

PUBLIC = {name: getattr(windows, name) for name in windows.__all__} | {"gram_twin": covariance.gram_twin}
DATA = {"Cut", "Components"}  # fields alone


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_runs(backend, name):
    report = []
    runner = doctest.DocTestRunner()
    scope = {"ops": ops, "host": host, **PUBLIC}
    for case in doctest.DocTestFinder(recurse=False).find(PUBLIC[name], name, globs=scope):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries or name in DATA
