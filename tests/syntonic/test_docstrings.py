"""Every public function of the exact arithmetic of numbers, words and figures has an example, and it runs."""

import doctest
import importlib
import inspect

import pytest

MODULES = ["expansions", "number_theory", "numbers", "words"]
FIGURES = ["cones", "coxeter", "icosians", "petrie", "plane", "roots", "tilings"]
FOUND = {
    f"{module}.{name}": value
    for module in [*MODULES, *(f"geometry.{name}" for name in FIGURES)]
    for name, value in vars(importlib.import_module(f"emberharmony.syntonic.{module}")).items()
    if inspect.isfunction(value) and not name.startswith("_") and value.__module__.endswith(module)
}


@pytest.mark.parametrize("name", FOUND)
def test_the_example_runs(name):
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder(recurse=False).find(FOUND[name], name, globs=dict(FOUND[name].__globals__)):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries


ARRAYS = ["array", "layout", "linalg", "nonlinear", "order", "products", "reductions", "rounding"]


@pytest.mark.parametrize("name", ARRAYS)
def test_the_examples_of_arrays_run(name):
    module = importlib.import_module(f"emberharmony.syntonic.{name}")
    names = vars(importlib.import_module("emberharmony.syntonic"))
    result = doctest.testmod(module, extraglobs={key: names[key] for key in ("GoldenArray", "Golden", "phi")})
    assert result.attempted
    assert not result.failed


def test_the_example_of_the_package_runs():
    result = doctest.testmod(importlib.import_module("emberharmony.syntonic"))
    assert result.attempted
    assert not result.failed
