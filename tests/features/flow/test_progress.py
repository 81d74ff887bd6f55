"""Progress: what is counted is what was added, and a line fits its terminal."""

import io
import itertools
import re

from hypothesis import given
from hypothesis import strategies as st

from emberharmony.features.flow.progress import Event, Progress, ProgressBar

steps = st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(0, 10**6), st.integers(0, 10**9)), max_size=20)


class Terminal(io.StringIO):
    def isatty(self):
        return True

    def fileno(self):
        raise OSError("not a real one")


@given(steps=steps, total=st.none() | st.integers(0, 10**7))
def test_the_last_event_counts_everything_and_none_comes_too_soon(steps, total):
    now, seen = [100.0], []
    with Progress(total, lambda event: seen.append((now[0], event)), every=0.5, clock=lambda: now[0]) as progress:
        for seconds, rows, nbytes in steps:
            now[0] += seconds
            progress.add(rows, nbytes)
    last = seen[-1][1]
    assert last.done
    assert not any(event.done for _, event in seen[:-1])
    assert last.rows == sum(rows for _, rows, _ in steps)
    assert last.nbytes == sum(nbytes for _, _, nbytes in steps)
    assert last.seconds == now[0] - 100.0
    times = [100.0, *(time for time, _ in seen[:-1])]
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(times))
    assert all(event.share is None or 0 <= event.share <= 1 for _, event in seen)


def test_rates_and_what_is_left_follow_from_the_counts():
    event = Event("fit", 300, 900, 6_000_000_000, 2.0, None, False)
    assert (event.rows_per_second, event.gigabytes_per_second, event.share) == (150.0, 3.0, 1 / 3)
    assert event.seconds_left == 4.0
    resumed = Event("fit", 800, 900, 0, 2.0, None, False, rows_before=600)
    assert (resumed.rows_per_second, resumed.seconds_left) == (100.0, 1.0)
    assert Event("fit", 5, None, 0, 2.0, None, False).seconds_left is None
    assert Event("fit", 0, 9, 0, 0.0, None, False).seconds_left is None
    assert Event("fit", 950, 900, 0, 2.0, None, False).seconds_left == 0.0


def test_a_block_that_fails_has_no_last_event():
    seen = []
    try:
        with Progress(10, seen.append) as progress:
            progress.add(1)
            raise KeyError
    except KeyError:
        pass
    assert seen == []


def test_peak_memory_is_asked_for_at_each_event():
    peaks, seen = iter([10, 30]), []
    progress = Progress(2, seen.append, every=0.0, peak_memory=lambda: next(peaks), stage="write")
    progress.add(1)
    progress.finish()
    assert [(event.peak_memory, event.stage) for event in seen] == [(10, "write"), (30, "write")]


@given(width=st.integers(8, 200), rows=st.integers(0, 10**12), total=st.none() | st.integers(1, 10**12))
def test_a_terminal_is_redrawn_on_one_line_that_fits(width, rows, total):
    stream = Terminal()
    bar = ProgressBar(stream, width=width)
    bar(Event("fit", rows, total, 10**9, 3.0, 10**8, False))
    bar(Event("fit", rows, total, 10**9, 3.0, 10**8, True))
    drawn = stream.getvalue()
    assert drawn.count("\n") == 1
    assert drawn.endswith("\n")
    assert drawn.startswith("\r")
    lines = drawn.rstrip("\n").split("\r")[1:]
    assert [len(line) for line in lines] == [width - 1] * 2


def test_the_bar_is_filled_by_the_share():
    stream = Terminal()  # does not know its width: 80
    ProgressBar(stream)(Event("fit", 50, 100, 0, 1.0, None, False))
    bar = re.search(r"\[(#*)(\.*)\]", stream.getvalue())
    assert bar is not None
    assert abs(len(bar[1]) - len(bar[2])) <= 1
    assert len(bar[0]) > 8


def test_what_is_no_terminal_gets_plain_lines():
    stream = io.StringIO()
    bar = ProgressBar(stream)
    bar(Event("write", 5_000_000, None, 0, 2.0, 123_000_000, False))
    bar(Event("write", 9_000_000, None, 0, 3725.0, None, True))
    assert stream.getvalue().splitlines() == [
        "write  5,000,000 rows  2.50 M/s  peak 123 MB",
        "write  9,000,000 rows  0.00 M/s  1:02:05 in all",
    ]
