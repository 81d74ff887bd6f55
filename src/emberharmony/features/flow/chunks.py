"""How many rows the next chunk should have, so that chunks have about the same bytes whatever the rows hold."""

from __future__ import annotations

import math

from emberharmony.errors import ArgumentError
from emberharmony.features.flow.memory import Level

__all__ = ["AdaptiveChunker"]

SMOOTHING = 0.5  # the share of the newest chunk in the mean of bytes per row


class AdaptiveChunker:
    """`rows` for the next chunk, from what the last ones weighed: `observe(rows, nbytes)` after each.

    `rows <- clip(rows (target / expected)^gamma, rows / 2, 2 rows)`, where `expected` is `rows` times a running mean of
    bytes per row: geometric, because widths jump by factors. Under memory pressure the rows are halved at once and that
    is the most there may be; every calm chunk after that raises this ceiling by a quarter.

    >>> chunker = AdaptiveChunker(1_000_000, lowest=1, rows=1000)
    >>> chunker.observe(1000, 4_000_000)        # four times too heavy: the square root of a quarter
    500
    >>> chunker.observe(500, 2_000_000, Level.SOFT)
    250
    """

    def __init__(
        self, target_bytes: int, gamma: float = 0.5, lowest: int = 1024, highest: int = 1_966_080, rows: int = 122_880
    ) -> None:
        if target_bytes < 1 or not 0 < gamma <= 1 or not 1 <= lowest <= highest:
            raise ArgumentError(
                f"AdaptiveChunker got target_bytes={target_bytes}, gamma={gamma}, lowest={lowest}, highest={highest}",
                expected="bytes of at least 1, 0 < gamma <= 1, 1 <= lowest <= highest",
            )
        self.target_bytes = target_bytes
        self.gamma = gamma
        self.lowest = lowest
        self.highest = highest
        self._rows = float(min(max(rows, lowest), highest))
        self._ceiling = float(highest)
        self._width: float | None = None  # bytes per row

    @property
    def rows(self) -> int:
        """How many rows the next chunk should have."""
        return int(self._rows)

    def observe(self, rows: int, nbytes: int, level: Level = Level.CALM) -> int:
        """Tell what a chunk weighed, be it a short one, and how memory is now; returns the rows of the next."""
        before = self._rows
        if rows > 0:
            width = max(nbytes, 1) / rows
            mean = width if self._width is None else self._width ** (1 - SMOOTHING) * width**SMOOTHING
            self._width = mean
            factor = (self.target_bytes / (self._rows * mean)) ** self.gamma
            self._rows *= min(max(factor, 0.5), 2.0)
        if level is Level.CALM:
            self._ceiling = min(1.25 * self._ceiling, self.highest)
        else:
            self._ceiling = max(before / 2, self.lowest)
        self._rows = math.floor(min(max(self._rows, self.lowest), self._ceiling))
        return self.rows
