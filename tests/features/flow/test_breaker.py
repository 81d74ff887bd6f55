"""The breaker against its own definition, with a clock that the test moves."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from emberharmony.errors import ArgumentError
from emberharmony.features.errors import CircuitOpenError
from emberharmony.features.flow.breaker import CircuitBreaker

ALLOWED = {("closed", "open"), ("open", "half-open"), ("half-open", "open"), ("half-open", "closed")}
WINDOW, COOLDOWN = 4, 10.0


class Failed(Exception):  # noqa: N818 - a fact, not a fault
    pass


def call(breaker, ok: bool) -> None:
    try:
        with breaker.attempt():
            if not ok:
                raise Failed
    except Failed:
        pass


class Machine(RuleBasedStateMachine):
    """Calls that begin and end at any time; beside the breaker, a model that is written from the definition."""

    def __init__(self):
        super().__init__()
        self.now, self.changes, self.under_way = 0.0, [], []
        self.breaker = CircuitBreaker(
            0.5, WINDOW, COOLDOWN, clock=lambda: self.now, on_change=lambda *change: self.changes.append(change)
        )
        self.state, self.last, self.opened, self.probe = "closed", [], 0.0, None

    def cool(self):
        if self.state == "open" and self.now >= self.opened + COOLDOWN:
            self.state, self.probe = "half-open", None

    @rule(seconds=st.sampled_from([0.1, 5.0, 9.99, 10.0, 30.0]))
    def time_passes(self, seconds):
        self.now += seconds

    @rule()
    def begin(self):
        self.cool()
        block = self.breaker.attempt()
        if self.state == "open" or (self.state == "half-open" and self.probe is not None):
            with pytest.raises(CircuitOpenError):
                block.__enter__()
            return
        block.__enter__()
        self.under_way.append((block, len(self.changes)))
        if self.state == "half-open":
            self.probe = block

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), end=st.sampled_from([None, Failed, KeyboardInterrupt]))
    def end(self, data, end):
        block, era = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        error = None if end is None else end()
        current = era == len(self.changes)
        if error is None:
            block.__exit__(None, None, None)
        else:
            assert not block.__exit__(end, error, None)
        if block is self.probe:
            self.probe = None
            if end is not KeyboardInterrupt:
                self.state, self.opened, self.last = "open" if end else "closed", self.now, []
        elif current and self.state == "closed" and end is not KeyboardInterrupt:
            self.last = [*self.last, end is Failed][-WINDOW:]
            if sum(self.last) >= 2:
                self.state, self.opened, self.last = "open", self.now, []

    @invariant()
    def agrees_and_skips_nothing(self):
        self.cool()
        assert self.breaker.state == self.state
        assert {*self.changes} <= ALLOWED
        assert all(new == old for (_, new), (old, _) in zip(self.changes, self.changes[1:], strict=False))
        assert (self.breaker.wait > 0) == (self.state == "open")


TestTheBreakerIsItsDefinition = Machine.TestCase


@given(window=st.integers(1, 10), threshold=st.floats(0.01, 1.0), calls=st.lists(st.booleans(), max_size=40))
def test_it_opens_at_the_share_of_failures_in_the_window_and_not_before(window, threshold, calls):
    breaker = CircuitBreaker(threshold, window, 1.0, clock=lambda: 0.0)
    for i, ok in enumerate(calls):
        call(breaker, ok)
        failed = sum(not ok for ok in calls[max(0, i + 1 - window) : i + 1])
        assert breaker.state == ("open" if failed >= threshold * window else "closed")
        if failed >= threshold * window:
            return


def test_of_many_threads_one_is_the_probe():
    now = [0.0]
    breaker = CircuitBreaker(1.0, 1, 5.0, clock=lambda: now[0])
    call(breaker, False)
    now[0] = 5.0
    admitted, refused, gate = [], [], threading.Barrier(8)

    def probe():
        gate.wait()
        try:
            with breaker.attempt():
                admitted.append(1)
                finished.wait()
        except CircuitOpenError:
            refused.append(1)
            if len(refused) == 7:
                finished.set()

    finished = threading.Event()
    threads = [threading.Thread(target=probe) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(admitted), len(refused), breaker.state) == (1, 7, "closed")


def test_the_error_of_the_call_goes_on_and_the_refusal_says_when():
    breaker = CircuitBreaker(1.0, 1, 30.0, clock=lambda: 0.0)
    with pytest.raises(Failed), breaker.attempt():
        raise Failed
    with pytest.raises(CircuitOpenError, match=r"the next try is in 30\.0 s"), breaker.attempt():
        pytest.fail("the block ran")
    assert breaker.wait == 30.0


def test_settings_that_make_no_sense_are_refused():
    for bad in ({"failure_threshold": 0.0}, {"failure_threshold": 1.5}, {"window": 0}, {"cooldown": -1.0}):
        with pytest.raises(ArgumentError):
            CircuitBreaker(**bad)
