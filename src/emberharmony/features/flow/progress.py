"""How far a run is: an event now and then, for whoever wants to know, and a line on a terminal that shows it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TextIO

__all__ = ["Event", "Progress", "ProgressBar"]


@dataclass(frozen=True)
class Event:
    """The state of a run at one moment; what cannot be known is None.

    `rows_before` are those of an interrupted run that this one goes on from: they count as done, but not for the speed.
    """

    stage: str
    rows: int
    rows_total: int | None
    nbytes: int
    seconds: float
    peak_memory: int | None
    done: bool
    rows_before: int = 0

    @property
    def rows_per_second(self) -> float:
        """Rows in a second, on average."""
        return (self.rows - self.rows_before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def gigabytes_per_second(self) -> float:
        """1e9 bytes in a second, on average."""
        return self.nbytes / self.seconds / 1e9 if self.seconds > 0 else 0.0

    @property
    def share(self) -> float | None:
        """From 0.0 to 1.0; an estimated total may be passed, the share stays at 1.0."""
        return None if not self.rows_total else min(1.0, self.rows / self.rows_total)

    @property
    def seconds_left(self) -> float | None:
        """If it goes on as until now."""
        if self.done:
            return 0.0
        if self.rows_total is None or self.rows_per_second == 0:
            return None
        return max(0, self.rows_total - self.rows) / self.rows_per_second


class Progress:
    """Counts rows and bytes, and calls `callback(event)` at most every `every` seconds, and at the end.

    Threads may `add` at once; the callback runs in the thread that adds, one call at a time. Used as a context: a block
    that ends in an error sends no last event. `peak_memory` is asked for at each event, `monitor.peak` for example.

    >>> seen = []
    >>> with Progress(100, seen.append, stage="fit") as progress:
    ...     progress.add(rows=100, nbytes=800)
    >>> seen[-1].rows, seen[-1].share, seen[-1].done
    (100, 1.0, True)
    """

    def __init__(
        self,
        rows_total: int | None,
        callback: Callable[[Event], None] | None,
        every: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        *,
        stage: str = "",
        rows_before: int = 0,
        peak_memory: Callable[[], int] | None = None,
    ) -> None:
        self.rows_total = rows_total
        self._callback = callback
        self._every = every
        self._clock = clock
        self._stage = stage
        self._peak_memory = peak_memory
        self._rows = self._before = rows_before
        self._nbytes = 0
        self._start = self._told = clock()
        self._lock = threading.Lock()

    def add(self, rows: int, nbytes: int = 0) -> None:
        """Tell that so many rows more are done."""
        with self._lock:
            self._rows += rows
            self._nbytes += nbytes
            now = self._clock()
            if now - self._told >= self._every:
                self._tell(now, done=False)

    def finish(self) -> None:
        """Send the last event, whatever the time."""
        with self._lock:
            self._tell(self._clock(), done=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.finish()

    def _tell(self, now: float, *, done: bool) -> None:
        self._told = now
        if self._callback is None:
            return
        peak = None if self._peak_memory is None else self._peak_memory()
        seconds = now - self._start
        self._callback(Event(self._stage, self._rows, self.rows_total, self._nbytes, seconds, peak, done, self._before))


class ProgressBar:
    """A callback that shows events on one line of a terminal, redrawn; on anything else each is a line of its own.

    >>> import io
    >>> stream = io.StringIO()
    >>> ProgressBar(stream)(Event("fit", 500_000, 1_000_000, 80_000_000, 0.5, None, False))
    >>> stream.getvalue()
    'fit 50%  500,000 of 1,000,000 rows  1.00 M/s  0.16 GB/s  0:00 left\\n'
    """

    def __init__(self, stream: TextIO, *, width: int | None = None) -> None:
        self._stream = stream
        self._width = width

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if not self._stream.isatty():
            self._stream.write(_text(event) + "\n")
            self._stream.flush()
            return
        width = (self._width or _columns(self._stream)) - 1  # a full line would wrap
        text = _text(event)
        room = width - len(text) - 3
        if event.share is not None and room >= 8:
            filled = int(room * event.share)
            text = f"[{'#' * filled}{'.' * (room - filled)}] {text}"
        self._stream.write("\r" + text[:width].ljust(width) + ("\n" if event.done else ""))
        self._stream.flush()


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:  # a terminal that does not know its own width
        return 80


def _text(event: Event) -> str:
    share = "" if event.share is None else f"{event.share:.0%}"
    rows = f"{event.rows:,}" + ("" if event.rows_total is None else f" of {event.rows_total:,}") + " rows"
    parts = [" ".join(filter(None, (event.stage, share))), rows, f"{event.rows_per_second / 1e6:.2f} M/s"]
    if event.nbytes:
        parts.append(f"{event.gigabytes_per_second:.2f} GB/s")
    if event.peak_memory is not None:
        parts.append(f"peak {event.peak_memory / 1e6:.0f} MB")
    if event.done:
        parts.append(f"{_clock_time(event.seconds)} in all")
    elif event.seconds_left is not None:
        parts.append(f"{_clock_time(event.seconds_left)} left")
    return "  ".join(filter(None, parts))


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
