"""Every public name of models has an example that runs."""

from __future__ import annotations

import doctest

import pytest

from emberharmony import models, use_backend

ESTIMATORS = [models.LiquidClassifier, models.LiquidForecaster, models.LiquidRegressor]


@pytest.mark.parametrize("shown", [*ESTIMATORS, models.LiquidForecaster.forecast], ids=lambda x: x.__qualname__)
def test_the_example_runs(shown):
    scope = {name: getattr(models, name) for name in models.__all__}
    report = []
    runner = doctest.DocTestRunner()
    with use_backend("numpy"):
        for case in doctest.DocTestFinder(recurse=False).find(shown, shown.__qualname__, globs=scope):
            runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
