"""Every item comes once an epoch, padded with nothing that counts, in an order that follows from the key alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emberharmony
from emberharmony import ops, random
from emberharmony.errors import ArgumentError, NotAnArrayError, ShapeError
from emberharmony.training import Batches


@given(items=st.integers(1, 30), size=st.integers(1, 9), epoch=st.integers(0, 5), drop=st.booleans())
def test_every_item_comes_once_an_epoch(backend, items, size, epoch, drop):
    x = ops.arange(items)
    batches = Batches({"x": x, "y": x * 10}, size, key=random.key(1), drop_last=drop)
    found = [*batches(epoch)]
    seen = [i for batch in found for i in ops.tolist(batch["x"])]
    assert [i for batch in found for i in ops.tolist(batch["y"])] == [10 * i for i in seen]
    assert len(found) == len(batches)
    if drop:
        assert len(seen) == len({*seen}) == items - items % size
    else:
        assert sorted(seen) == [*range(items)]
        assert [batch["x"].shape[0] for batch in found[:-1]] == [size] * (len(found) - 1)


@given(size=st.integers(1, 9), start=st.integers(0, 12), epoch=st.integers(0, 3))
def test_an_epoch_can_be_entered_anywhere(backend, size, start, epoch):
    batches = Batches({"x": ops.arange(23)}, size, key=random.key(0))
    whole = [ops.tolist(batch["x"]) for batch in batches(epoch)]
    assert [ops.tolist(batch["x"]) for batch in batches(epoch, start)] == whole[start:]


def test_each_epoch_has_an_order_of_its_own_the_same_on_every_backend():
    orders = {}
    for name in emberharmony.available_backends():
        with emberharmony.use_backend(name):
            batches = Batches({"x": ops.arange(50)}, 50, key=random.key(5))
            orders[name] = [ops.tolist(next(batches(epoch))["x"]) for epoch in range(3)]
    first = orders["numpy"]
    assert all(order == first for order in orders.values())
    assert first[0] != first[1] != first[2]
    plain = Batches({"x": ops.arange(5)}, 5)
    assert ops.tolist(next(plain(3))["x"]) == [0, 1, 2, 3, 4]


@given(lengths=st.lists(st.integers(0, 6), min_size=1, max_size=9), size=st.integers(1, 4))
def test_sequences_are_what_the_mask_keeps_and_zeros_elsewhere(backend, lengths, size):
    x = [ops.reshape(ops.arange(2 * n), (n, 2)) + 1 for n in lengths]
    dt = [ops.ones(n) * (i + 1) for i, n in enumerate(lengths)]
    found = [*Batches({"x": x, "timespans": dt, "label": ops.arange(len(lengths))}, size)]
    for batch in found:
        for row, label in enumerate(ops.tolist(batch["label"])):
            n, longest = lengths[label], max(lengths[i] for i in ops.tolist(batch["label"]))
            assert ops.tolist(batch["mask"][row]) == [True] * n + [False] * (longest - n)
            assert ops.tolist(batch["x"][row][:n]) == ops.tolist(x[label])
            assert ops.tolist(batch["x"][row][n:]) == [[0, 0]] * (longest - n)
            assert ops.tolist(batch["timespans"][row]) == [label + 1.0] * n + [0.0] * (longest - n)
            assert batch["x"].dtype == x[label].dtype


def test_mistakes_are_named(backend):
    x = ops.ones((3, 2))
    with pytest.raises(ShapeError, match="3 items of 'x', 2 items of 'y'"):
        Batches({"x": x, "y": x[:2]}, 1)
    with pytest.raises(ShapeError, match="item 1 of Batches has steps: 3 of 'x', 2 of 'dt'"):
        Batches({"x": [x, x], "dt": [x, x[:2]]}, 1)
    with pytest.raises(NotAnArrayError, match="'x' of type int"):
        Batches({"x": 3}, 1)
    with pytest.raises(NotAnArrayError, match="float for item 0 of 'x'"):
        Batches({"x": [1.0]}, 1)
    with pytest.raises(ArgumentError, match='an entry "mask"'):
        Batches({"x": [x], "mask": [x]}, 1)
    with pytest.raises(ArgumentError, match="size=0"):
        Batches({"x": x}, 0)
    with pytest.raises(ArgumentError, match="no data"):
        Batches({}, 1)
