"""A circuit breaker, for memory and remotes: after too many failures nothing is tried for a while, then one try is.

closed --share of failures reached--> open --cooldown over--> half-open --the probe succeeds--> closed
                                       ^                          |
                                       +------- it fails ---------+
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CircuitOpenError

__all__ = ["CircuitBreaker", "State"]

State = Literal["closed", "open", "half-open"]


class CircuitBreaker:
    """Opens when `failure_threshold` of the last `window` calls failed; after `cooldown` seconds one call may try.

    A failure is an exception out of the `with` block; an interrupt is neither a failure nor a success. With
    `window=1` a single failure opens, which is what a hard mark of memory wants. Calls that began before the circuit
    opened say nothing about how it is now: their ends are not counted. `on_change(old, new)` is told each transition.

    >>> breaker = CircuitBreaker(failure_threshold=1.0, window=1, cooldown=30.0)
    >>> try:
    ...     with breaker.attempt():
    ...         raise ConnectionError("reset")
    ... except ConnectionError:
    ...     breaker.state
    'open'
    """

    def __init__(
        self,
        failure_threshold: float = 0.5,
        window: int = 20,
        cooldown: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[State, State], None] | None = None,
    ) -> None:
        if not (0 < failure_threshold <= 1 and window >= 1 and cooldown >= 0):
            raise ArgumentError(
                f"CircuitBreaker got failure_threshold={failure_threshold}, window={window}, cooldown={cooldown}",
                expected="a share above 0 and up to 1, at least 1 call, seconds that are not negative",
            )
        self.failure_threshold = failure_threshold
        self.window = window
        self.cooldown = cooldown
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.RLock()  # `on_change` may ask for the state
        self._state: State = "closed"
        self._failed: deque[bool] = deque(maxlen=window)
        self._opened = 0.0
        self._era = 0  # counts transitions: a call belongs to the one it began in
        self._probing = False

    @property
    def state(self) -> State:
        """`closed`, `open` or `half-open`, now."""
        with self._lock:
            self._cool()
            return self._state

    @property
    def wait(self) -> float:
        """Seconds until a call may be tried; 0.0 if one may be tried now."""
        with self._lock:
            self._cool()
            return max(0.0, self._opened + self.cooldown - self._clock()) if self._state == "open" else 0.0

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Run the block and count how it ends; `CircuitOpenError` comes before it while nothing may be tried."""
        era = self._admit()
        try:
            yield
        except BaseException as error:
            self._ended(era, failed=True if isinstance(error, Exception) else None)
            raise
        self._ended(era, failed=False)

    def _admit(self) -> int:
        with self._lock:
            self._cool()
            if self._state == "open" or self._probing:
                left = max(0.0, self._opened + self.cooldown - self._clock())
                raise CircuitOpenError(
                    "nothing is tried now: too many calls failed, and "
                    + ("one is being tried" if self._probing else f"the next try is in {left:.1f} s"),
                    expected=f"less than {self.failure_threshold:.0%} failures in {self.window} calls",
                    mend="wait `breaker.wait` seconds, or see what made the calls before fail",
                )
            self._probing = self._state == "half-open"
            return self._era

    def _ended(self, era: int, *, failed: bool | None) -> None:
        with self._lock:
            if era != self._era:
                return
            if self._state == "half-open":
                self._probing = False
                if failed is not None:
                    self._move("open" if failed else "closed")
            elif failed is not None:
                self._failed.append(failed)
                if sum(self._failed) >= self.failure_threshold * self.window:
                    self._move("open")

    def _cool(self) -> None:
        if self._state == "open" and self._clock() >= self._opened + self.cooldown:
            self._move("half-open")

    def _move(self, new: State) -> None:
        old, self._state = self._state, new
        self._era += 1
        self._failed.clear()
        if new == "open":
            self._opened = self._clock()
        if self._on_change is not None:
            self._on_change(old, new)
