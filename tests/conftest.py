"""A test that takes `backend` runs on each installed one; one that is missing is reported, never skipped in silence."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import emberharmony
from emberharmony.backend import registry

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what it runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

BACKENDS = ("numpy", "torch", "mlx")
INSTALLED = [name for name in BACKENDS if name in emberharmony.available_backends()]

_quiet = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
settings.register_profile(
    "few", max_examples=8, derandomize=True, deadline=None, database=None, suppress_health_check=_quiet
)
settings.register_profile("full", max_examples=200, deadline=None, suppress_health_check=_quiet)
settings.load_profile("full" if os.environ.get("EMBERHARMONY_TESTS") == "full" else "few")


@pytest.fixture(scope="session", params=INSTALLED)
def _backend_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def backend(_backend_name: str) -> Iterator[str]:
    """The name of a backend, current during the test."""
    if _backend_name == "torch":
        import torch

        torch.set_num_threads(1)
    with emberharmony.use_backend(_backend_name):
        yield _backend_name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A declared gap must fail on its backend, with the declared error."""
    for item in items:
        for gap in item.iter_markers("gap"):
            name = getattr(item, "callspec", None) and item.callspec.params.get("_backend_name")
            if name == gap.args[0]:
                item.add_marker(pytest.mark.xfail(strict=True, raises=gap.kwargs["raises"], reason=gap.kwargs["why"]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    missing = [name for name in BACKENDS if name not in INSTALLED]
    for name in missing:
        terminalreporter.write_line(f"NOT TESTED on {name}: {registry.how_to_install(name)}", yellow=True)
    if not missing:
        terminalreporter.write_line(f"tested on {', '.join(INSTALLED)}")
