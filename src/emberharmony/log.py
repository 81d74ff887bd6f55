"""The library's logger: silent unless an application adds a handler. The standard module is loaded on first use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from logging import Logger


def logger(name: str = "emberharmony") -> Logger:
    """`logging.getLogger(name)`, below a root of ours that has a NullHandler."""
    import logging

    root = logging.getLogger("emberharmony")
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    return logging.getLogger(name)
