"""Memory pressure thins out the workers, a hard mark stops them, and nobody waits for ever."""

from __future__ import annotations

import threading
import time

import pytest

from emberharmony.features.errors import MemoryBudgetExceeded
from emberharmony.features.flow.gate import Gate
from emberharmony.features.flow.memory import Level, MemoryMonitor


class Meter:
    """A share of memory that the test sets."""

    def __init__(self, share: float) -> None:
        self.share = share

    def gate(self) -> Gate:
        return Gate(0, monitor=MemoryMonitor(1000, meter=lambda: int(self.share * 1000)))


def enter(gate: Gate, inside: list[int], leave: threading.Event) -> threading.Thread:
    def work() -> None:
        with gate.admitted():
            inside.append(1)
            leave.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_in_calm_everybody_enters_at_once():
    gate, inside, leave = Meter(0.5).gate(), [], threading.Event()
    threads = [enter(gate, inside, leave) for _ in range(3)]
    deadline = time.monotonic() + 5
    while len(inside) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(inside) == 3
    leave.set()
    for thread in threads:
        thread.join(5)


@pytest.mark.parametrize("share", [0.86, 0.95])
def test_under_pressure_the_second_waits_until_the_first_has_left(share):
    meter = Meter(0.5)
    gate, inside, leave = meter.gate(), [], threading.Event()
    first = enter(gate, inside, leave)
    while not inside:
        time.sleep(0.01)
    meter.share = share
    second = enter(gate, inside, leave)
    time.sleep(0.3)
    assert len(inside) == 1
    meter.share = 0.5 if share > 0.9 else share  # beyond the hard mark nobody follows before there is room
    leave.set()
    first.join(5)
    second.join(5)
    assert len(inside) == 2


def test_at_the_hard_mark_with_nobody_at_work_the_error_comes_and_room_heals_it():
    meter = Meter(0.95)
    gate = meter.gate()
    with pytest.raises(MemoryBudgetExceeded, match="95%"), gate.admitted():
        raise AssertionError("nobody enters here")
    meter.share = 0.75
    with gate.admitted() as reading:
        assert reading.level is Level.SOFT


def test_the_place_is_given_back_when_the_work_fails():
    gate = Meter(0.86).gate()
    for _ in range(3):
        with pytest.raises(KeyError), gate.admitted():
            raise KeyError
