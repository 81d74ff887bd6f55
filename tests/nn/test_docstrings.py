"""Every public function of nn and of trees has an example that runs on every backend."""

import doctest
import math

import pytest

from emberharmony import nn, ops, pytree

PUBLIC = {
    f"{module.__name__}.{name}": value
    for module in (nn, pytree)
    for name in module.__all__
    if callable(value := getattr(module, name)) and (not isinstance(value, type) or ">>>" in (value.__doc__ or ""))
}


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_runs(backend, name):
    scope = {
        "ops": ops,
        "math": math,
        **{key: getattr(module, key) for module in (pytree, nn) for key in module.__all__},
    }
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder(recurse=False).find(PUBLIC[name], name, globs=scope):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries or not name.startswith("emberharmony.nn") or isinstance(PUBLIC[name], type)
