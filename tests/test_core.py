"""The native core and the logger: what the whole house stands on."""

import importlib.metadata
import logging

from emberharmony import _core
from emberharmony.log import logger


def test_the_core_has_the_version_of_the_package():
    assert importlib.metadata.version("emberharmony") == _core.VERSION


def test_the_chosen_level_is_the_widest_of_this_machine():
    levels = _core.simd_levels()
    assert levels[0] == "portable"
    assert _core.simd_level() == levels[-1]


def test_the_logger_is_silent_until_an_application_listens(caplog):
    log = logger("emberharmony.test")
    assert any(isinstance(h, logging.NullHandler) for h in logging.getLogger("emberharmony").handlers)
    with caplog.at_level(logging.INFO, logger="emberharmony"):
        log.info("heard")
    assert "heard" in caplog.text
