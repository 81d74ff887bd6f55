"""Python's garbage collector waits: it would walk growing trees again and again, and find nothing."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def waiting() -> Generator[None]:
    """No collection inside this block; what it was before, afterwards."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
