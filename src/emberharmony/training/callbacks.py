"""Those who are told how a run goes: any function of an `Event`. One that returns True asks the run to stop there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TextIO

__all__ = ["Callback", "Event", "ProgressBar"]


@dataclass(frozen=True)
class Event:
    """One moment of a run. Nothing in it can be changed, and nothing that is done with it changes the run.

    - `kind`: "start", "step" (after each batch), "epoch" (after its validation) or "end".
    - `epoch` of `epochs`, counted from 1; at the start and the end the epochs that were finished.
    - `batch` of `batches` in this epoch; None where nobody knows how many there are.
    - `step`: how often the model was changed.
    - `loss` of the step before; nan where the event is no "step".
    - `record`: what the history says of the last finished epoch; empty before there was one.
    - `model`: as it is at this moment.
    """

    kind: Literal["start", "step", "epoch", "end"]
    epoch: int
    epochs: int
    batch: int
    batches: int | None
    step: int
    loss: float
    record: Mapping[str, float]
    model: Any


Callback = Callable[[Event], Any]


class ProgressBar:
    """A line on a terminal that shows epoch, batch and loss, and stays once an epoch; silent where there is none.

    It is drawn at most every `seconds` seconds.

    >>> import sys
    >>> trainer = Trainer(ops.ones(1), lambda w, x: ops.sum(w * w), SGD(0.1), callbacks=[ProgressBar(sys.stderr)])
    >>> history = trainer.fit([1, 2], epochs=1)
    """

    def __init__(self, stream: TextIO, *, seconds: float = 0.1) -> None:
        self._stream = stream
        self._seconds = seconds
        self._shown = stream.isatty()
        self._next = 0.0
        self._width = 0

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if not self._shown or event.kind in ("start", "end"):
            return
        now = time.monotonic()
        if event.kind == "epoch":
            values = (f"{name} {value:.5g}" for name, value in event.record.items() if name not in ("epoch", "step"))
            self._draw(f"epoch {event.epoch}/{event.epochs}  {'  '.join(values)}", "\n")
        elif now >= self._next:
            self._next = now + self._seconds
            total = "" if event.batches is None else f"/{event.batches}"
            self._draw(f"epoch {event.epoch}/{event.epochs}  batch {event.batch}{total}  loss {event.loss:.5g}", "")

    def _draw(self, text: str, end: str) -> None:
        self._stream.write(f"\r{text:<{self._width}}{end}")
        self._stream.flush()
        self._width = 0 if end else len(text)
