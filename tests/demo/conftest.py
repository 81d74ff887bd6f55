"""The data of a full report, made once."""

import importlib.util
from pathlib import Path

import pytest


class Example(dict):
    """So long that a failing test would bury its message under it."""

    def __repr__(self):
        return "<the example>"


@pytest.fixture(scope="package")
def full():
    path = Path(__file__).with_name("example.py")
    module = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("example", path))
    spec.loader.exec_module(module)
    return Example(module.data())
