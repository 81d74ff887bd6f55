"""Python's garbage collector waits: it would walk growing trees again and again, and find nothing."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
_TOGETHER = 25  # files


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


def tidied(items: Iterable[T]) -> Iterator[T]:
    """The items; after every few of them, what they left in circles is collected, so that a large project fits."""
    for number, item in enumerate(items, 1):
        yield item
        if number % _TOGETHER == 0:
            gc.collect()
