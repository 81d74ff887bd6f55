"""Every public name of models has an example that runs."""

from __future__ import annotations

import doctest

import pytest

from emberharmony import models, ops, use_backend
from emberharmony.models.deviations import Deviations, Tracker
from emberharmony.models.normal import Normal
from emberharmony.models.online import Online
from emberharmony.models.thresholds import THRESHOLDS

ESTIMATORS = [models.LiquidAnomalyDetector, models.LiquidClassifier, models.LiquidForecaster, models.LiquidRegressor]
PARTS = [Deviations, Tracker, Normal, Online, *THRESHOLDS.values()]


@pytest.mark.parametrize("shown", [*ESTIMATORS, *PARTS, models.LiquidForecaster.forecast], ids=lambda x: x.__qualname__)
def test_the_example_runs(shown):
    scope = {name: getattr(models, name) for name in models.__all__} | {"ops": ops}
    scope |= {part.__name__: part for part in PARTS}
    report = []
    runner = doctest.DocTestRunner()
    with use_backend("numpy"):
        for case in doctest.DocTestFinder(recurse=False).find(shown, shown.__qualname__, globs=scope):
            runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
