"""Work on many items by threads, with no more under way than the consumer keeps up with.

The threads pay where the work lets go of Python's lock: DuckDB, Arrow, the Rust core, files.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from queue import Empty, Full, Queue
from typing import Any, TypeVar

from emberharmony.errors import ArgumentError

__all__ = ["as_done", "chained", "in_order"]

T = TypeVar("T")
R = TypeVar("R")
Halt = Callable[[], None] | None
"""Called when work is given up: it ends what the threads are waiting for, a query for example."""


def in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    workers: int,
    ahead: int = 2,
    stop: threading.Event | None = None,
    halt: Halt = None,
) -> Generator[R]:
    """`work(item)` of every item, computed by `workers` threads, in the order of the items.

    At most `workers + ahead` results are under way or waiting to be taken. The error of an item is raised at its
    place; then, as when the generator is closed, `stop` is set so that long work can look at it, nothing new is begun
    and all threads have ended before the caller goes on. A caller that sets `stop` gets what was begun, and the end.

    >>> list(in_order(lambda x: x * x, range(5), workers=2))
    [0, 1, 4, 9, 16]
    """
    _check(workers, ahead)
    stop = threading.Event() if stop is None else stop
    with _threads(workers, stop, halt) as begin:
        under_way: deque[Future[R]] = deque()
        for item in _until(stop, items):
            under_way.append(begin(work, item))
            if len(under_way) == workers + ahead:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def as_done(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    workers: int,
    ahead: int = 2,
    stop: threading.Event | None = None,
    halt: Halt = None,
) -> Generator[tuple[T, R]]:
    """`(item, work(item))` of every item, in the order in which they are done; else as `in_order`.

    >>> sorted(as_done(lambda x: x * x, range(3), workers=2))
    [(0, 0), (1, 1), (2, 4)]
    """
    _check(workers, ahead)
    stop = threading.Event() if stop is None else stop
    with _threads(workers, stop, halt) as begin:
        under_way: dict[Future[R], T] = {}
        for item in _until(stop, items):
            under_way[begin(work, item)] = item
            if len(under_way) == workers + ahead:
                yield from _finished(under_way)
        while under_way:
            yield from _finished(under_way)


def chained(
    work: Callable[[T], Iterable[R]],
    items: Iterable[T],
    *,
    workers: int,
    ahead: int = 2,
    stop: threading.Event | None = None,
    halt: Halt = None,
) -> Generator[R]:
    """All results of `work(item)` for every item, in order: items are worked on side by side, and each that is not yet
    asked for waits with `ahead` results in hand. Else as `in_order`; after a caller sets `stop`, the item whose results
    are being taken is the last: what it had in hand still comes.

    >>> list(chained(range, [2, 3], workers=2))
    [0, 1, 0, 1, 2]
    """
    _check(workers, ahead)
    stop = threading.Event() if stop is None else stop

    def fill(job: tuple[T, Queue[tuple[bool, Any]]]) -> None:
        item, results = job
        try:
            for result in work(item):
                if not _put(results, (True, result), stop):
                    return
        finally:
            _put(results, (False, None), stop)

    with _threads(workers, stop, halt) as begin:
        under_way: deque[tuple[Future[None], Queue[tuple[bool, Any]]]] = deque()
        waiting = _until(stop, items)
        while True:
            while len(under_way) < workers and (job := next(((item,) for item in waiting), None)) is not None:
                results: Queue[tuple[bool, Any]] = Queue(max(ahead, 1))
                under_way.append((begin(fill, (job[0], results)), results))
            if not under_way:
                return
            future, results = under_way.popleft()
            whole = yield from _taken(results, future)
            future.result()
            if not whole:
                return  # the results of the next item would leave a gap


def _put(results: Queue[Any], what: Any, stop: threading.Event) -> bool:
    """Hand over, unless everything stops meanwhile."""
    while not stop.is_set():
        with contextlib.suppress(Full):
            results.put(what, timeout=0.1)
            return True
    return False


def _taken(results: Queue[tuple[bool, Any]], future: Future[None]) -> Generator[Any, None, bool]:
    """What `future` puts there; whether its end mark came, which it does not when everything stops."""
    while True:
        ended = future.done()  # asked first: what was put before that is there
        try:
            more, result = results.get(timeout=0.1)
        except Empty:
            if ended:
                return False
            continue
        if not more:
            return True
        yield result


@contextlib.contextmanager
def _threads(workers: int, stop: threading.Event, halt: Halt) -> Generator[Callable[[Callable[[T], R], T], Future[R]]]:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="emberharmony")
    # each item in a copy of the caller's context: `use_backend` holds in the threads too
    try:
        yield lambda work, item: pool.submit(copy_context().run, work, item)
    except BaseException:
        stop.set()
        if halt is not None:
            halt()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _until(stop: threading.Event, items: Iterable[T]) -> Iterator[T]:
    for item in items:
        if stop.is_set():
            return
        yield item


def _finished(under_way: dict[Future[R], T]) -> Iterator[tuple[T, R]]:
    """Those that are done, and at least one; an error comes after what succeeded beside it."""
    done = wait(under_way, return_when=FIRST_COMPLETED).done
    for future in sorted(done, key=lambda future: future.exception() is not None):
        yield under_way.pop(future), future.result()


def _check(workers: int, ahead: int) -> None:
    if workers < 1 or ahead < 0:
        raise ArgumentError(f"got workers={workers}, ahead={ahead}", expected="at least one worker, ahead from 0")
