"""What can go wrong with an estimator, beside the arguments it was given."""

from __future__ import annotations

import functools
import sys
from typing import Any

from emberharmony.errors import EmberError

__all__ = ["UnfittedError", "unfitted"]


class UnfittedError(EmberError, ValueError, AttributeError):
    """An estimator that was asked for something before `fit`."""


def unfitted(name: str, method: str) -> UnfittedError:
    """The error to raise; where scikit-learn is in use, its `NotFittedError`, too, for those who catch that."""
    exceptions = sys.modules.get("sklearn.exceptions")
    kind = UnfittedError if exceptions is None else _both(exceptions.NotFittedError)
    return kind(
        f"{name}.{method} was called before fit", expected="a fitted estimator", mend=f"{name}(...).fit(...), or load"
    )


@functools.cache
def _both(peer: type[Exception]) -> type[UnfittedError]:
    def reduced(self: UnfittedError) -> tuple[Any, ...]:  # a class made here has no name that pickle finds
        return UnfittedError, self.args

    return type("UnfittedError", (UnfittedError, peer), {"__reduce__": reduced, "__doc__": UnfittedError.__doc__})
