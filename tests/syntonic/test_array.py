from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntonic.numbers import arrays, flat, goldens, integers

from emberharmony.errors import EmberError, WidthError
from emberharmony.syntonic import Golden, GoldenArray, ResonantTensor, concat, phi, stack


@given(data=st.data())
def test_elementwise_operations_are_those_of_the_numbers(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 3), max_size=2)))
    x, y = data.draw(arrays(shape)), data.draw(arrays(shape))
    assert flat(x + y) == [p + q for p, q in zip(flat(x), flat(y), strict=True)]
    assert flat(x - y) == [p - q for p, q in zip(flat(x), flat(y), strict=True)]
    assert flat(x * y) == [p * q for p, q in zip(flat(x), flat(y), strict=True)]
    assert flat(-x) == [-p for p in flat(x)]
    assert flat(abs(x)) == [abs(p) for p in flat(x)]
    assert flat(x.conj()) == [p.conj() for p in flat(x)]
    assert flat(x**3) == [p**3 for p in flat(x)]
    assert flat(x.mul_phi(-5)) == [p * phi**-5 for p in flat(x)]
    assert flat(x.relu()) == [max(p, Golden(0)) for p in flat(x)]
    assert flat(x.maximum(y)) == [max(p, q) for p, q in zip(flat(x), flat(y), strict=True)]
    assert (x < y).reshape(-1).tolist() == [p < q for p, q in zip(flat(x), flat(y), strict=True)]
    assert (x == y).reshape(-1).tolist() == [p == q for p, q in zip(flat(x), flat(y), strict=True)]
    assert x.sign().reshape(-1).tolist() == [p.sign() for p in flat(x)]
    assert x.floor().reshape(-1).tolist() == [p // 1 for p in flat(x)]


@given(x=arrays(), number=goldens.filter(bool))
def test_numbers_stand_on_either_side(x, number):
    assert flat(x + number) == flat(number + x) == [p + number for p in flat(x)]
    assert flat(number - x) == [number - p for p in flat(x)]
    assert flat(x * number) == flat(number * x) == [p * number for p in flat(x)]
    assert flat(x / number) == [p / number for p in flat(x)]
    for other in (3, Fraction(2, 7), 0.375):
        assert flat(other - x) == [other - p for p in flat(x)]


@given(x=arrays((2, 3)), y=arrays((3,)), z=arrays((2, 1)))
def test_shapes_broadcast(x, y, z):
    wanted = [
        [p * q + r for p, q in zip(row, y.tolist(), strict=True)]
        for row, (r,) in zip(x.tolist(), z.tolist(), strict=True)
    ]
    assert (x * y + z).tolist() == wanted


@given(x=arrays((3, 4)))
def test_reductions_are_those_of_the_numbers(x):
    rows = x.tolist()
    columns = [list(c) for c in zip(*rows, strict=True)]
    zero, every = Golden(0), flat(x)
    assert x.sum().item() == sum(every, zero)
    assert x.sum(0).tolist() == [sum(c, zero) for c in columns]
    assert x.sum((0, 1), keepdims=True).tolist() == [[sum(every, zero)]]
    assert x.mean(1).tolist() == [sum(r, zero) / 4 for r in rows]
    mean = sum(every, zero) / 12
    assert x.var().item() == sum(((p - mean) ** 2 for p in every), zero) / 12
    assert x.var(correction=1).item() == sum(((p - mean) ** 2 for p in every), zero) / 11
    product = Golden(1)
    for p in rows[1]:
        product *= p
    assert x.prod(1)[1].item() == product
    assert x.max(1).tolist() == [max(r) for r in rows]
    assert x.min().item() == min(every)
    assert x.argmax(1).tolist() == [r.index(max(r)) for r in rows]
    assert int(x.argmin()) == every.index(min(every))


@given(row=st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1, max_size=30), wide=st.booleans())
def test_sorting_is_stable_in_both_directions(row, wide):
    scale = 10**30 if wide else 1
    x = GoldenArray.from_ints([a * scale for a, _ in row], [b * scale for _, b in row])
    numbers = x.tolist()
    assert x.argsort().tolist() == sorted(range(len(row)), key=numbers.__getitem__)
    assert x.argsort(descending=True).tolist() == sorted(range(len(row)), key=numbers.__getitem__, reverse=True)
    assert x.sort().tolist() == sorted(numbers)


@given(x=arrays((4, 3)))
def test_layout_moves_numbers_and_changes_none(x):
    rows = x.tolist()
    assert x[1].tolist() == rows[1]
    assert x[1, 2].item() == rows[1][2]
    assert x[::-1].tolist() == rows[::-1]
    assert x[[2, 0]].tolist() == [rows[2], rows[0]]
    assert x.T.tolist() == [list(c) for c in zip(*rows, strict=True)]
    assert flat(x[x > 0]) == [p for p in flat(x) if p > 0]
    assert concat([x, x], 1).tolist() == [r + r for r in rows]
    assert stack([x, x], 1).tolist() == [[r, r] for r in rows]
    assert [part.tolist() for part in x.split(2)] == [rows[:2], rows[2:]]
    assert x.take([1, 1], 1).tolist() == [[r[1], r[1]] for r in rows]
    assert x.reshape(3, -1).shape == (3, 4)
    assert x.permute(1, 0).tolist() == x.T.tolist()
    assert x.flip(0).tolist() == rows[::-1]


@given(values=st.lists(integers, min_size=1, max_size=5), den=st.integers(-9, 9).filter(bool))
def test_what_goes_in_comes_out(values, den):
    x = GoldenArray.from_ints(values, values[::-1], den)
    assert x.tolist() == [Golden(a, b, den) for a, b in zip(values, values[::-1], strict=True)]
    assert GoldenArray.from_numbers(x.tolist()).tolist() == x.tolist()
    y = pickle.loads(pickle.dumps(x))
    assert (y.a.tolist(), y.b.tolist(), y.den, y.width) == (x.a.tolist(), x.b.tolist(), x.den, x.width)
    assert x.bounds() == (max(map(abs, values)),) * 2
    assert (x.reduced() == x).all()
    assert (x.compact() == x).all()


@pytest.mark.parametrize("bits", [7, 15, 31, 63])
def test_the_width_is_the_narrowest_at_the_bound_and_the_next_beyond(bits):
    names = {7: "int8", 15: "int16", 31: "int32", 63: "int64"}
    wider = {7: "int16", 15: "int32", 31: "int64", 63: "big"}
    limit = 2**bits - 1
    assert GoldenArray.from_ints([limit], [-limit]).width == names[bits]
    for beyond in (limit + 1, -limit - 1):
        x = GoldenArray.from_ints([beyond])
        assert x.width == wider[bits]
        assert x.item() == beyond
    at, one = GoldenArray.from_ints([limit - 1]), GoldenArray.from_ints([1])
    assert (at + one).width == names[bits]
    assert (at + one + one).width == wider[bits]
    assert (at + one + one).item() == limit + 1
    assert (-at - one - one).item() == -limit - 1
    half = GoldenArray.from_ints([2 ** ((bits + 1) // 2)], [0])
    assert (half * half).item() == 2 ** (bits + 1)


def test_arrays_of_the_least_integer_are_widened():
    for dtype in (np.int8, np.int16, np.int32, np.int64):
        x = GoldenArray.from_ints(np.array([np.iinfo(dtype).min], dtype))
        assert (-x).item() == -int(np.iinfo(dtype).min)
    assert GoldenArray.from_ints(np.array([2**64 - 1], np.uint64)).item() == 2**64 - 1


def test_overflow_raise_names_operation_and_bits_and_is_inherited():
    x = GoldenArray.from_ints([2**62], overflow="raise")
    with pytest.raises(OverflowError, match=r"multiply needs 126 bits"):
        x * x
    with pytest.raises(WidthError, match="add needs 65 bits"):
        x + x + 1 + x
    assert (x + 1).overflow == "raise"
    assert (x * 0 + 1).reshape(1)[0].overflow == "raise"
    with pytest.raises(WidthError, match="from_ints"):
        GoldenArray.from_ints([2**63], overflow="raise")
    with pytest.raises(ValueError, match="promote"):
        GoldenArray.from_ints([1], overflow="wrap")


def test_planes_are_views_that_cannot_be_written_and_cross_to_other_libraries():
    source = np.arange(6, dtype=np.int32)
    x = GoldenArray.from_ints(source, 1)
    source[0] = 99  # written into after it was taken: the numbers are their own
    assert x[0].item() == Golden(0, 1)
    assert x.a is x.a
    assert not x.a.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        x.a[0] = 5
    torch = pytest.importorskip("torch")
    there = torch.from_dlpack(x.a)
    assert there.tolist() == [0, 1, 2, 3, 4, 5]
    assert there.data_ptr() == x.a.ctypes.data
    assert np.from_dlpack(x.b).tolist() == [1] * 6


@pytest.mark.parametrize(
    ("values", "match"),
    [([1.5], "from_floats"), ([True], "integers"), ([[1, 2], [3]], "ragged"), (["1"], "integers"),
     (np.array([1.0]), "from_dyadic"), (np.array([True]), "integers"), ([None], "integers")],
)  # fmt: skip
def test_what_is_no_integer_is_refused_with_the_way_out(values, match):
    with pytest.raises((TypeError, ValueError), match=match):
        GoldenArray.from_ints(values)


def test_mistakes_are_named():
    x = GoldenArray.from_ints([[1, 2, 3]])
    with pytest.raises(ValueError, match="do not fit together"):
        x + GoldenArray.from_ints([1, 2])
    with pytest.raises(ValueError, match="reshape"):
        x.reshape(2, 2)
    with pytest.raises(IndexError, match="axis 2"):
        x.sum(2)
    with pytest.raises(TypeError, match="to_floats"):
        np.asarray(x)
    with pytest.raises(ValueError, match="at least one"):
        GoldenArray.zeros((2, 0)).max(1)
    with pytest.raises(ZeroDivisionError):
        GoldenArray.from_ints([1], den=0)
    with pytest.raises(ZeroDivisionError):
        x / 0
    with pytest.raises(ValueError, match="one number"):
        x / x
    with pytest.raises(TypeError):
        x + "1"
    with pytest.raises(TypeError):
        x + np.array([0.5])
    with pytest.raises(TypeError):
        GoldenArray()
    with pytest.raises(TypeError):
        hash(x)
    with pytest.raises(AttributeError, match="no dtype"):
        _ = x.dtype
    assert not hasattr(x, "dtype")
    assert ResonantTensor is GoldenArray


def test_empty_arrays_have_shapes_sums_and_orders():
    x = GoldenArray.zeros((0, 3))
    assert (x + 1).shape == (0, 3)
    assert x.sum(0).tolist() == [Golden(0)] * 3
    assert x.prod(0).tolist() == [Golden(1)] * 3
    assert x.sort(0).shape == (0, 3)
    assert x.to_floats().shape == (0, 3)
    assert (x * phi).tolist() == []
    assert GoldenArray.from_ints([]).tolist() == []


def test_arrays_are_joined_with_integers_and_single_numbers():
    x = GoldenArray.from_ints([1, 2], [0, 1])
    assert concat([x, np.array([3, 4])]).tolist() == [*x.tolist(), 3, 4]
    assert concat([np.array([[3]]), x], None).tolist() == [3, *x.tolist()]
    assert stack([phi, 1, phi / 2]).tolist() == [phi, 1, phi / 2]
    with pytest.raises(EmberError, match="list"):
        concat([x, [3, 4]])


def test_what_is_no_integer_is_told_where_it_may_go():
    for value in (phi, 0.5, "1"):
        with pytest.raises(EmberError, match="from_numbers"):
            GoldenArray.from_ints([value])
    with pytest.raises(EmberError, match="truth values"):
        GoldenArray.from_ints(np.array([True]))
