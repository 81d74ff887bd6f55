"""What can stop a training run, by name: every message says what came, what was expected and how to mend it."""

from __future__ import annotations

from emberharmony.errors import EmberError

__all__ = ["NonFiniteError", "RunError"]


class NonFiniteError(EmberError, ArithmeticError):
    """A loss, a gradient or a score that is not a finite number; the model stays the last good one."""


class RunError(EmberError, RuntimeError):
    """A checkpoint that is damaged, or of another model, optimizer, setting or data."""
