"""Batches of what lies in memory, in an order that can be continued anywhere; and how a run reads any data."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, NotAnArrayError, ShapeError
from emberharmony.ops import random
from emberharmony.ops.like import listed
from emberharmony.pytree import tree_leaves
from emberharmony.training.errors import RunError

__all__ = ["Batches", "Data", "opened", "rows_of", "takes"]

Data = Iterable[Any] | Callable[..., Iterable[Any]]
_END = object()


class Batches:
    """Batches of `size` items of arrays and sequences by name: a dict of arrays each, the last one as short as it is.

    `data` has for each name an array (N, ...), of which a batch has B rows, or a list of N sequences (T_i, ...). These
    are padded with zeros to the longest of the batch, (B, T, ...), and `"mask"` (B, T) is added, true where a step is;
    lists of one item have one length, hence time spans are a list like any other. With a `key` each epoch has an order
    of its own, which follows from the key and the number of the epoch alone, the same on every backend.

    >>> batches = Batches({"x": [ops.asarray([1.0, 2.0]), ops.asarray([3.0])], "y": ops.asarray([0, 1])}, 2)
    >>> for batch in batches:
    ...     print(batch["x"].tolist(), batch["mask"].tolist(), batch["y"].tolist())
    [[1.0, 2.0], [3.0, 0.0]] [[True, True], [True, False]] [0, 1]
    """

    def __init__(
        self, data: Mapping[str, Any], size: int, *, key: random.Key | None = None, drop_last: bool = False
    ) -> None:
        if size < 1:
            raise ArgumentError(f"Batches got size={size}", expected="at least 1")
        if not data:
            raise ArgumentError("Batches got no data", expected='a dict such as {"x": array, "y": array}')
        self._data = dict(data)
        self._size = size
        self._key = key
        self._drop_last = drop_last
        self._items = _count(self._data)
        sequences = [name for name, x in data.items() if listed(x)]
        self._lengths = _lengths({name: data[name] for name in sequences}) if sequences else None
        if sequences and "mask" in data:
            raise ArgumentError(
                'Batches got sequences and an entry "mask"',
                expected="no such name: the mask that says where steps are gets it",
                mend='another name, such as "seen"',
            )

    @property
    def order(self) -> dict[str, Any]:
        """What the batches and their order follow from, as far as it can be told without a look at the numbers."""
        key = None if self._key is None else [*self._key.words]
        return {"items": self._items, "size": self._size, "drop_last": self._drop_last, "key": key}

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return self._items // self._size if self._drop_last else -(-self._items // self._size)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The batches of epoch 0."""
        return self(0)

    def __call__(self, epoch: int, start: int | None = None) -> Iterator[dict[str, Any]]:
        """The batches of an epoch, from batch `start` on.

        >>> batches = Batches({"x": ops.arange(5)}, 2, key=ops.random.key(0))
        >>> [*batches(7)][1]["x"].tolist() == next(batches(7, 1))["x"].tolist()
        True
        """
        order = self._order(epoch)
        for number in range(start or 0, len(self)):
            yield self._batch(order[number * self._size : (number + 1) * self._size])

    def _order(self, epoch: int) -> list[int]:
        if self._key is None:
            return [*range(self._items)]
        with registry.use_backend("numpy"):
            order: list[int] = ops.tolist(random.permutation(random.fold_in(self._key, epoch), self._items))
        return order

    def _batch(self, chosen: list[int]) -> dict[str, Any]:
        longest = 0 if self._lengths is None else max(self._lengths[i] for i in chosen)
        batch: dict[str, Any] = {}
        for name, x in self._data.items():
            if not listed(x):
                batch[name] = ops.take(x, ops.made_like(x, "asarray", chosen, dtype="int64"), axis=0)
                continue
            batch[name] = ops.stack([_padded(x[i], longest) for i in chosen])
            if self._lengths is not None and "mask" not in batch:
                there = [[t < self._lengths[i] for t in range(longest)] for i in chosen]
                batch["mask"] = ops.made_like(x[0], "asarray", there, dtype="bool")
        return batch


def _count(data: dict[str, Any]) -> int:
    counts: dict[str, int] = {}
    for name, x in data.items():
        if not listed(x) and not (registry.is_array(x) and x.ndim):
            raise NotAnArrayError(
                f"Batches got {name!r} of type {type(x).__name__}", expected="an array (N, ...) or a list of N of them"
            )
        counts[name] = len(x) if listed(x) else x.shape[0]
    if len({*counts.values()}) > 1 or 0 in counts.values():
        raise ShapeError(
            "Batches got " + ", ".join(f"{count} items of {name!r}" for name, count in counts.items()),
            expected="the same number of each, and at least one",
        )
    return next(iter(counts.values()))


def _lengths(sequences: dict[str, list[Any]]) -> list[int]:
    """How many steps each item has."""
    found: list[int] = []
    for i, row in enumerate(zip(*sequences.values(), strict=True)):
        for name, x in zip(sequences, row, strict=True):
            if not registry.is_array(x) or not x.ndim:
                raise NotAnArrayError(
                    f"Batches got {type(x).__name__} for item {i} of {name!r}", expected="an array of shape (T, ...)"
                )
        lengths = {name: x.shape[0] for name, x in zip(sequences, row, strict=True)}
        if len({*lengths.values()}) > 1:
            said = ", ".join(f"{length} of {name!r}" for name, length in lengths.items())
            raise ShapeError(f"item {i} of Batches has steps: {said}", expected="the same number of each")
        found.append(next(iter(lengths.values())))
    return found


def _padded(x: Any, length: int) -> Any:
    missing = length - x.shape[0]
    if not missing:
        return x
    return ops.concat([x, ops.made_like(x, "zeros", (missing, *x.shape[1:]), dtype=x.dtype)])


# -- any data --


def opened(data: Data, epoch: int, batch: int, position: Any) -> tuple[Iterator[Any], Callable[[], Any]]:
    """The batches of an epoch after its first `batch`, and a function that tells where the data are, if they know.

    A function of the epoch that has a parameter `start`, too, is given where to go on: what `position()` of its last
    iterable said, else the number of batches. From everything else these are read, and left.
    """
    given: Any = data
    skipped = batch
    if not callable(given):
        source: Any = given
    elif takes(given, "start"):
        source, skipped = given(epoch, start=(batch if position is None else position) if batch else None), 0
    else:
        source = given(epoch)
    batches: Iterator[Any] = iter(source)
    for number in range(skipped):
        if next(batches, _END) is _END:
            raise RunError(
                f"the data gave {number} batches in epoch {epoch + 1}; the run had seen {batch} of them",
                expected="the data that the run began with",
            )
    return batches, getattr(source, "position", lambda: None)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter of this name."""
    return name in inspect.signature(function).parameters


def rows_of(batch: Any) -> int:
    """How many items a batch has: the length of its first array."""
    shapes = [x.shape for x in tree_leaves(batch) if registry.is_array(x)]
    return shapes[0][0] if shapes and len(shapes[0]) else 1
