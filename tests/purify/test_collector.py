"""The garbage collector waits, and is called from time to time."""

import gc
import weakref

from emberharmony.purify.collector import tidied, waiting


class Circle:
    def __init__(self):
        self.own = self


def test_what_many_items_leave_in_circles_is_collected_while_the_collector_waits():
    left: list[weakref.ref[Circle]] = []
    with waiting():
        for _ in tidied(range(100)):
            assert not gc.isenabled()
            left.append(weakref.ref(Circle()))
            assert sum(ref() is not None for ref in left) <= 25
    assert len(left) == 100
