"""A pytest plugin: every test starts from the same state of the process's random numbers, so that two runs compare."""

import random

import numpy as np


def pytest_runtest_setup() -> None:
    random.seed(0)
    np.random.seed(0)
