"""Who may begin the next piece of work, given how much memory is used: all workers, one at a time, or nobody."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pyarrow as pa

from emberharmony.features.errors import CircuitOpenError, MemoryBudgetExceeded
from emberharmony.features.flow.breaker import CircuitBreaker
from emberharmony.features.flow.memory import Level, MemoryMonitor, Reading, memory_limit

PAUSE = 0.1  # seconds between two looks at the memory, while nothing may begin


class Gate:
    """Lets workers in one by one: `with gate.admitted() as reading:` around each piece of work.

    Below the high mark everybody enters. Above it a worker waits until the others are done, so one is left at work. At
    the hard mark the breaker opens and nobody enters until a probe finds memory again; if nobody is at work either,
    waiting would not help, and `MemoryBudgetExceeded` says what is used.

    `memory` is what a run may take on top of what the process held when the gate was made.

    >>> gate = Gate(1_000_000_000)
    >>> with gate.admitted() as reading:
    ...     reading.level.name
    'CALM'
    """

    def __init__(self, memory: int, *, monitor: MemoryMonitor | None = None) -> None:
        if monitor is None:
            held = MemoryMonitor(memory).sample().used
            monitor = MemoryMonitor(min(held + memory, memory_limit()))
        self.monitor = monitor
        self._breaker = CircuitBreaker(failure_threshold=1.0, window=1, cooldown=PAUSE)
        self._changed = threading.Condition()
        self._inside = 0

    @contextmanager
    def admitted(self) -> Generator[Reading]:
        """Wait for a place, and give it back at the end."""
        with self._changed:
            while (reading := self._look()) is None:
                self._changed.wait(PAUSE)
            self._inside += 1
        try:
            yield reading
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def _look(self) -> Reading | None:
        """What the memory is like, if one more may enter."""
        try:
            with self._breaker.attempt():
                reading = self.monitor.check()
        except CircuitOpenError:
            return None
        except MemoryBudgetExceeded:
            if self._inside:
                return None
            pa.default_memory_pool().release_unused()
            reading = self.monitor.check()
        return None if reading.level >= Level.HIGH and self._inside else reading
