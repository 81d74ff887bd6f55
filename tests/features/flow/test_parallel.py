"""Threads that answer in order, stop when told, and never stay behind."""

import gc
import itertools
import os
import signal
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emberharmony
from emberharmony.errors import ArgumentError
from emberharmony.features.flow.parallel import as_done, chained, in_order


@pytest.fixture(autouse=True)
def _no_thread_left():
    before = {*threading.enumerate()}
    yield
    gc.collect()
    left = {*threading.enumerate()} - before
    assert not left


counts = st.integers(0, 30)
crews = {"workers": st.integers(1, 4), "ahead": st.integers(0, 4)}


@given(n=counts, pauses=st.lists(st.floats(0, 0.002), min_size=30, max_size=30), **crews)
def test_results_come_in_the_order_of_items(n, pauses, workers, ahead):
    def work(i):
        time.sleep(pauses[i])
        return i * i

    assert list(in_order(work, range(n), workers=workers, ahead=ahead)) == [i * i for i in range(n)]


@given(n=counts, **crews)
def test_unordered_results_are_the_same_ones(n, workers, ahead):
    found = list(as_done(lambda i: i * i, range(n), workers=workers, ahead=ahead))
    assert sorted(found) == [(i, i * i) for i in range(n)]


@given(n=counts, taken=counts, **crews)
@pytest.mark.parametrize("run", [in_order, as_done])
def test_no_more_is_begun_than_the_consumer_keeps_up_with(run, n, taken, workers, ahead):
    begun = itertools.count()
    results = run(lambda i: next(begun), range(n), workers=workers, ahead=ahead)
    got = list(itertools.islice(results, taken))
    assert len(got) == min(n, taken)
    # as_done hands on one of those that are done at a time: what was begun is what was taken, and what is under way
    assert next(begun) <= len(got) + workers + ahead
    results.close()


@given(at=st.integers(0, 12), **crews)
def test_an_error_is_raised_at_its_place_and_stops_the_rest(at, workers, ahead):
    stop, begun = threading.Event(), []

    def work(i):
        begun.append(i)
        if i == at:
            raise OSError(f"item {i}")
        return i

    results, got = in_order(work, range(1000), workers=workers, ahead=ahead, stop=stop), []
    with pytest.raises(OSError, match=f"item {at}"):
        got.extend(results)  # takes what comes before the error
    assert got == [*range(at)]
    assert stop.is_set()
    assert len(begun) <= at + workers + ahead


def test_an_error_comes_after_what_was_done_beside_it():
    gate = threading.Barrier(3)

    def work(i):
        gate.wait()
        if i == 0:
            raise OSError("item 0")
        return i

    got = []
    with pytest.raises(OSError, match="item 0"):
        got.extend(as_done(work, range(3), workers=3, ahead=0))
    assert {*got} <= {(1, 1), (2, 2)}


@pytest.mark.parametrize("run", [in_order, as_done])
def test_closing_stops_work_that_looks_at_stop(run):
    stop, ended = threading.Event(), []

    def work(i):
        if i:
            assert stop.wait(10)
            ended.append(i)
        return i

    results = run(work, range(100), workers=2, ahead=2, stop=stop)
    first = next(results)
    start = time.monotonic()
    results.close()
    assert first in (0, (0, 0))
    assert time.monotonic() - start < 5  # far below the ten seconds of a worker that is not told
    assert len(ended) <= 2  # those that were under way; the others were never begun


def test_an_interrupt_stops_the_threads():
    stop = threading.Event()

    def work(i):
        if i == 1:
            os.kill(os.getpid(), signal.SIGINT)  # while the consumer waits for this item
            assert stop.wait(10)
        return i

    with pytest.raises(KeyboardInterrupt):
        list(in_order(work, range(100), workers=1, ahead=0, stop=stop))
    assert stop.is_set()


def test_a_caller_that_stops_gets_what_was_begun():
    stop = threading.Event()
    got = []
    for result in in_order(lambda i: i, range(1000), workers=2, ahead=1, stop=stop):
        got.append(result)
        if result == 10:
            stop.set()
    assert got == [*range(len(got))]
    assert 11 <= len(got) <= 11 + 3
    assert not list(in_order(lambda i: i, range(9), workers=1, stop=stop))


def test_a_run_that_ends_well_sets_nothing():
    stop = threading.Event()
    assert list(in_order(lambda i: i, range(3), workers=2, stop=stop)) == [0, 1, 2]
    assert not stop.is_set()


def test_the_backend_of_the_caller_holds_in_the_threads(backend):
    assert {*in_order(lambda _: emberharmony.get_backend(), range(8), workers=3)} == {backend}


def test_no_worker_is_refused():
    for bad in ({"workers": 0}, {"workers": 1, "ahead": -1}):
        with pytest.raises(ArgumentError):
            next(in_order(int, [1], **bad))


@given(taken=st.integers(1, 12), **crews)
def test_a_caller_that_stops_a_chain_gets_no_gap_and_the_end(taken, workers, ahead):
    stop, got = threading.Event(), []
    for result in chained(lambda i: range(7 * i, 7 * i + 7), range(1000), workers=workers, ahead=ahead, stop=stop):
        got.append(result)
        if len(got) == taken:
            stop.set()
    assert got == [*range(len(got))]
    # of an item: what lies in its queue, and what its thread was putting there; of the next one, if it was whole
    assert taken <= len(got) <= taken + 2 * (max(ahead, 1) + 1)
    assert not list(chained(range, [3], workers=workers, ahead=ahead, stop=stop))


def test_an_error_after_a_stop_is_raised_and_not_waited_for():
    stop = threading.Event()

    def work(i):
        yield i
        assert stop.wait(10)
        raise OSError("after the stop")

    results = chained(work, range(3), workers=2, stop=stop)
    assert next(results) == 0
    stop.set()
    with pytest.raises(OSError, match="after the stop"):
        next(results)
