"""Batches as a `torch.utils.data` dataset, each worker process with a part of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from torch.utils.data import IterableDataset, get_worker_info


class DealtOut(IterableDataset[Any]):
    """What `part(index, count)` gives to worker `index` of `count`; all of it, `part(0, 1)`, where there are none."""

    def __init__(self, part: Callable[[int, int], Iterable[Any]]) -> None:
        super().__init__()
        self._part = part

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        index, count = (0, 1) if worker is None else (worker.id, worker.num_workers)
        return iter(self._part(index, count))
