"""How many threads a run may use and how much memory: they change how long it takes, never what comes out."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from emberharmony.errors import ArgumentError

ENGINE_SHARE = 0.5  # of the memory that a run may use; the rest is for batches on their way and the interpreter


@dataclass(frozen=True)
class Resources:
    """Workers, the bytes that a run may use in all, and the folder for what does not fit."""

    workers: int
    memory: int
    spill: Path

    @staticmethod
    def of(workers: int | None = None, memory: str | int | None = None, spill: Path | None = None) -> Resources:
        """As given; by default every processor this process may use, and 70 % of the memory it may have."""
        from emberharmony.features.flow.memory import memory_limit, parse_bytes

        if workers is not None and workers < 1:
            raise ArgumentError(f"got workers={workers}", expected="at least 1, or None for every processor")
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        limit = memory_limit()
        place = spill or Path(tempfile.gettempdir()) / f"emberharmony-spill-{os.getpid()}"
        return Resources(workers or cores, parse_bytes("70%" if memory is None else memory, total=limit), place)

    @property
    def engine_memory(self) -> int:
        """The bytes that one worker's engine may hold."""
        return int(self.memory * ENGINE_SHARE / self.workers)

    def workers_for(self, tasks: int) -> int:
        """No more workers than there is work."""
        return max(min(self.workers, tasks), 1)
