"""The examples of flow and handover run as they stand."""

import doctest
import importlib

import pytest

from emberharmony import ops

MODULES = [
    "flow.breaker",
    "flow.checkpoint",
    "flow.chunks",
    "flow.memory",
    "flow.parallel",
    "flow.progress",
    "handover.loader",
    "handover.tensors",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    module = importlib.import_module(f"emberharmony.features.{name}")
    found = doctest.testmod(module, extraglobs={"ops": ops})
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_has_an_example_or_is_a_record(name):
    module = importlib.import_module(f"emberharmony.features.{name}")
    without = {
        public
        for public in module.__all__
        if callable(value := getattr(module, public)) and ">>>" not in (value.__doc__ or "")
    }
    assert without <= {"Level", "Reading", "Event", "Layout", "Missing", "State"}
