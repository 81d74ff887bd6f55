"""Windows of series, drawn anew in each epoch: batches for a trainer that nobody has to keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emberharmony import ops
from emberharmony.backend.registry import use_backend
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random import Key

__all__ = ["Drawn", "Place"]

FEWEST = 16  # batches of an epoch
THROWS = 4  # uniform numbers for each window: the first says where it lies, the others are for whoever makes the batch

Place = tuple[int, int, int]  # the series, and the steps from and to


class Drawn:
    """`batch(places, throws)`, in NumPy, of windows that are equally likely wherever they lie.

    An epoch has `count` batches, by default as many windows as cover the series once and 16 batches at least: a short
    series is looked at more often. `about` says what else the batches follow from, for checkpoints.
    """

    def __init__(
        self,
        lengths: list[int],
        window: int,
        size: int,
        key: Key,
        batch: Callable[[list[Place], list[list[float]]], dict[str, Any]],
        about: str,
        count: int | None,
    ) -> None:
        self._lengths, self._size, self._key, self._batch, self._about = lengths, size, key, batch, about
        self.window = min(window, *lengths)
        self._count = max(FEWEST, sum(lengths) // (self.window * size)) if count is None else count
        self._rooms = [length - self.window + 1 for length in lengths]

    def __len__(self) -> int:
        return self._count

    @property
    def order(self) -> dict[str, Any]:
        """What the batches follow from, as far as it can be told without a look at the numbers."""
        return {"steps": self._lengths, "size": self._size, "window": self.window, "mode": self._about}

    def __call__(self, epoch: int, start: int | None = None) -> Iterator[dict[str, Any]]:
        """The batches of an epoch, from batch `start` on, on the current backend."""
        key = random.fold_in(self._key, epoch)
        for number in range(start or 0, len(self)):
            with use_backend("numpy"):
                throws = random.uniform(random.fold_in(key, number), (self._size, THROWS), "float64").tolist()
                batch = self._batch([self._place(throw[0]) for throw in throws], [throw[1:] for throw in throws])
            yield {name: ops.asarray(x) for name, x in batch.items()}

    def _place(self, throw: float) -> Place:
        place = int(throw * sum(self._rooms))
        for i, room in enumerate(self._rooms):
            if place < room:
                return i, place, place + self.window
            place -= room
        raise AssertionError("a place beyond the series")
