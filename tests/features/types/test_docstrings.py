"""The examples of type detection run as they stand."""

import doctest
import importlib

import pytest

MODULES = ["cardinality", "decide", "detect", "evidence", "family", "hints", "report", "scales"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name):
    found = doctest.testmod(importlib.import_module(f"emberharmony.features.types.{name}"))
    assert found.attempted
    assert not found.failed
