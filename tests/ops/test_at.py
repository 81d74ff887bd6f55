"""New arrays with some places changed."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, EmberError, ShapeError

UFUNC = {"add": np.add, "multiply": np.multiply, "min": np.minimum, "max": np.maximum}
shapes = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4)
integers = st.integers(-3, 3)


@st.composite
def places(draw):
    """A shape, and an index of ints, slices, ... and integer arrays."""
    shape = draw(shapes)
    parts = []
    for n in shape[: draw(st.integers(0, len(shape)))]:
        kind = draw(st.sampled_from(["int", "slice", "array"]))
        if kind == "int":
            parts.append(draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            start, stop = draw(st.integers(-n, n)), draw(st.integers(-n, n))
            parts.append(slice(start, stop, draw(st.sampled_from([1, 2, None, -1, -2]))))
        else:
            parts.append(np.asarray(draw(st.lists(st.integers(0, n - 1), min_size=2, max_size=2))))
    arrays = [i for i, part in enumerate(parts) if not isinstance(part, slice)]
    if all(b - a == 1 for a, b in itertools.pairwise(arrays)):  # else numpy moves the axes to the front
        parts.append(...)
    return shape, tuple(parts)


def native(index):
    return tuple(ops.asarray(part) if isinstance(part, np.ndarray) else part for part in index)


@given(case=places(), method=st.sampled_from(["set", *UFUNC]), data=st.data())
def test_every_method_does_what_numpy_does_in_place(backend, case, method, data):
    shape, index = case
    x = data.draw(hnp.arrays(np.int64, shape, elements=integers))
    value = data.draw(hnp.arrays(np.int64, x[index].shape, elements=integers)) if method != "set" else np.asarray(7)
    wanted = x.copy()
    if method == "set":
        wanted[index] = value
    else:
        UFUNC[method].at(wanted, index, value)
    given_x = ops.asarray(x)
    result = getattr(ops.at(given_x)[native(index)], method)(ops.asarray(value))
    assert ops.to_numpy(result).tolist() == wanted.tolist()
    assert ops.to_numpy(given_x).tolist() == x.tolist()  # nothing was written
    assert ops.to_numpy(ops.at(given_x)[native(index)].get()).tolist() == x[index].tolist()


@pytest.mark.parametrize("kept", [slice(0, 3), slice(0, 0), slice(None, None, -1)])
@pytest.mark.parametrize("first", [True, False])
def test_an_int_that_a_slice_keeps_apart_from_an_array_is_an_array(backend, kept, first):
    x, pair = np.arange(24).reshape(2, 3, 4), np.array([0, 1])
    index = (0, kept, pair) if first else (pair, kept, -1)
    wanted = x.copy()
    wanted[index] += 1
    places = ops.at(ops.asarray(x))[native(index)]
    assert ops.to_numpy(places.get()).tolist() == x[index].tolist()
    assert ops.to_numpy(places.add(ops.asarray(np.ones_like(x[index])))).tolist() == wanted.tolist()


@given(x=hnp.arrays(np.float64, (3, 4), elements=st.integers(-3, 3)), rows=st.booleans(), one=st.booleans())
def test_a_mask_takes_one_value_or_one_for_each_place(backend, x, rows, one):
    mask = x[:, 0] > 0 if rows else x > 0
    value = np.asarray(5.0) if one else np.arange(float(x[mask].size)).reshape(x[mask].shape)
    wanted = x.copy()
    wanted[mask] = value
    places = ops.at(ops.asarray(x))[ops.asarray(mask)]
    assert ops.to_numpy(places.set(ops.asarray(value))).tolist() == wanted.tolist()
    assert ops.to_numpy(places.get()).tolist() == x[mask].tolist()
    wanted = np.where(mask[:, None] if rows else mask, np.maximum(x, 1.0), x)
    assert ops.to_numpy(places.max(1.0)).tolist() == wanted.tolist()


def test_a_mask_with_one_value_looks_at_no_data(backend):
    x = ops.asarray([1.0, -1.0])
    with ops.no_transfers():
        y = ops.at(x)[ops.less(x, 0.0)].set(0.0)
    assert y.tolist() == [1.0, 0.0]


def test_a_place_that_is_named_twice_counts_twice(backend):
    twice = ops.asarray([1, 1])
    x = ops.asarray([1.0, 2.0])
    assert ops.at(x)[twice].add(3.0).tolist() == [1.0, 8.0]
    assert ops.at(x)[twice].multiply(3.0).tolist() == [1.0, 18.0]


@pytest.mark.parametrize(
    ("index", "error"),
    [
        ([0], ArgumentError),
        ("0", ArgumentError),
        (1.5, ArgumentError),
        (True, ArgumentError),
        (3, ArgumentError),
        ((..., ...), ArgumentError),
        ((0, 0, 0), ShapeError),
    ],
)
def test_an_index_that_makes_no_sense_is_refused(backend, index, error):
    with pytest.raises(error, match=r"ops\.at"):
        ops.at(ops.zeros((3, 2)))[index]


@pytest.mark.parametrize("value", [0.5, 1j])
def test_nothing_is_narrowed_in_silence(backend, value):
    with pytest.raises(DTypeError, match="int32"):
        ops.at(ops.zeros(3, dtype="int32"))[0].set(value)
    with pytest.raises(DTypeError, match="float64"):
        ops.at(ops.zeros(3, dtype="float32"))[0].set(ops.asarray(1.0, dtype="float64"))
    assert ops.at(ops.zeros(2, dtype="int32"))[0].set(2.0).tolist() == [2, 0]


def test_a_mask_of_the_wrong_kind_is_refused(backend):
    x = ops.zeros((2, 3))
    with pytest.raises(ShapeError, match="mask"):
        ops.at(x)[ops.asarray([True, False, True])]
    with pytest.raises(EmberError, match="mask"):
        ops.mask_select(x, ops.asarray([1, 0]))


@given(x=hnp.arrays(np.int64, (3, 2), elements=integers))
def test_mask_select_keeps_the_order(backend, x):
    assert ops.to_numpy(ops.mask_select(ops.asarray(x), ops.asarray(x > 0))).tolist() == x[x > 0].tolist()


@given(case=places(), data=st.data())
def test_written_in_place_it_is_the_same(backend, case, data):
    shape, index = case
    x = data.draw(hnp.arrays(np.float64, shape, elements=integers))
    value = data.draw(hnp.arrays(np.int64, x[index].shape, elements=integers))
    wanted = x.copy()
    wanted[index] = 7
    assert ops.to_numpy(ops.at(ops.asarray(x, copy=True), copy=False)[native(index)].set(7)).tolist() == wanted.tolist()
    if not any(isinstance(part, np.ndarray) for part in index):  # which of two values is kept is not defined
        wanted[index] = value
        made = ops.at(ops.asarray(x, copy=True), copy=False)[native(index)].set(ops.asarray(value))
        assert ops.to_numpy(made).tolist() == wanted.tolist()


def test_what_is_written_in_place_is_converted(backend):
    x = ops.at(ops.asarray([1, 2, 3]), copy=False)[1:].set(ops.asarray([2.75, -3.25]))
    assert (ops.tolist(x), ops.dtype_name(x)) == ([1, 2, -3], "int64")
    assert ops.tolist(ops.at(x, copy=False)[ops.asarray([True, False, True])].set(9)) == [9, 2, 9]
    assert ops.tolist(ops.at(x, copy=False)[0].add(1))[1:] == [2, -3]


@pytest.mark.parametrize("index", [..., None, (), (..., None), slice(None)])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", ["bool", "int32", "int64", "float32"])
@pytest.mark.parametrize("copy", [True, False])
def test_a_store_into_all_places_keeps_the_dtype(backend, index, shape, dtype, copy):
    if index == slice(None) and not shape:
        return  # an array without axes has no slices
    for value in (True,) if copy else (1, ops.asarray(1.0)):  # a new array takes what its dtype can hold
        x = ops.at(ops.zeros(shape, dtype=dtype), copy=copy)[index].set(value)
        assert (ops.dtype_name(x), ops.tolist(x)) == (dtype, np.ones(shape, dtype=dtype).tolist())


def test_numpys_and_torchs_memory_is_written_and_a_protected_array_is_not():
    mine = np.zeros(3)
    assert ops.at(mine, copy=False)[0].set(1.0) is mine
    mine.flags.writeable = False
    changed = ops.at(mine, copy=False)[1].set(1.0)
    assert (mine.tolist(), changed.tolist()) == ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0])


def test_a_gradient_goes_through_what_is_written_in_place(backend):
    def f(x):
        y = ops.at(ops.zeros_like(x), copy=False)[0].set(x[1] * 3.0)
        return ops.sum(ops.at(y, copy=False)[1:].set(x[:2] ** 2))

    slope = ops.grad(f)(ops.asarray([1.0, 2.0, 3.0], dtype="float64"))
    assert ops.tolist(slope) == [2.0, 7.0, 0.0]
