"""Values by name: nothing is lost, nothing is narrowed, and what does not fit is named."""

import logging
from typing import Any

import pytest

from emberharmony import nn, ops
from emberharmony.backend import registry
from emberharmony.errors import DTypeError, NotAnArrayError, ShapeError, WeightsError


@nn.module
class Layer:
    weight: Any
    mask: Any = nn.buffer(default=None)
    name: str = nn.static(default="layer")


def tree(value=0.0):
    return {
        "layers": [Layer(ops.full((2, 3), value, dtype="float32"), ops.full(3, value != 0, dtype="bool"))],
        "steps": int(value),
        "rate": float(value),
        "phase": ops.full((), value, dtype="complex64"),
        "none": None,
    }


def test_state_dict_has_arrays_buffers_and_numbers(backend):
    state = nn.state_dict(tree(1.0))
    assert [*state] == ["layers.0.weight", "layers.0.mask", "phase", "rate", "steps"]
    assert state["rate"] == 1.0
    assert type(state["steps"]) is int


def test_what_is_neither_array_nor_number_is_not_lost_in_silence():
    with pytest.raises(NotAnArrayError, match=r"'a\.activation'(.|\n)*static"):
        nn.state_dict({"a": {"activation": "tanh"}})


def test_loading_a_state_gives_its_values(backend):
    loaded = nn.load_state_dict(tree(), nn.state_dict(tree(2.0)))
    assert ops.tolist(loaded["layers"][0].weight) == [[2.0] * 3] * 2
    assert ops.tolist(loaded["layers"][0].mask) == [True] * 3
    assert (loaded["steps"], loaded["rate"], ops.item(loaded["phase"])) == (2, 2.0, 2.0)
    assert type(loaded["steps"]) is int
    assert loaded["none"] is None


def test_what_is_loaded_is_a_copy(backend):
    mine = ops.ones(3)
    loaded = nn.load_state_dict([ops.zeros(3)], {"0": mine})
    mine[0] = 5.0
    assert ops.tolist(loaded[0]) == [1.0] * 3


@pytest.mark.parametrize("source", ["numpy", "torch", "mlx"])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "uint16", "float16", "complex64"])
def test_arrays_of_another_backend_are_converted(backend, source, dtype):
    registry.load(source)
    state = {"x": ops.convert(ops.asarray([0, 1, 1], dtype=dtype), source)}
    x = nn.load_state_dict({"x": ops.zeros(3, dtype=dtype)}, state)["x"]
    assert registry.backend_of(x).name == backend
    assert ops.dtype_name(x) == dtype
    assert ops.tolist(x) == [0, 1, 1]


def test_missing_and_unexpected_names_are_listed(backend):
    state = nn.state_dict(tree(1.0))
    state["new"] = state.pop("rate")
    with pytest.raises(WeightsError, match=r"missing 'rate'; unexpected 'new'(.|\n)*strict=False"):
        nn.load_state_dict(tree(), state)


def test_without_strict_the_rest_is_loaded_and_the_names_are_logged(backend, caplog):
    with caplog.at_level(logging.WARNING, logger="emberharmony"):
        loaded = nn.load_state_dict({"a": 1.0, "b": 2.0}, {"a": 3.0, "c": 4.0}, strict=False)
    assert loaded == {"a": 3.0, "b": 2.0}
    assert "missing 'b'; unexpected 'c'" in caplog.text
    assert nn.state_dict(loaded).keys() ^ {"a", "c"} == {"b", "c"}


def test_another_shape_is_refused_by_path(backend):
    with pytest.raises(ShapeError, match=r"w\.0 has shape \(2, 3\) and was given \(3, 2\)"):
        nn.load_state_dict({"w": [ops.zeros((2, 3))]}, {"w.0": ops.zeros((3, 2))})
    with pytest.raises(ShapeError, match=r"n has shape \(\) and was given \(1,\)"):
        nn.load_state_dict({"n": 1.0}, {"n": ops.zeros(1)})


@pytest.mark.parametrize(("old", "new"), [("float32", "float16"), ("float16", "bfloat16"), ("bool", "complex64")])
def test_another_dtype_needs_a_cast(backend, old, new):
    if (backend, new) == ("numpy", "bfloat16"):
        new = "float64"
    leaf, value = {"w": ops.zeros(2, dtype=new)}, {"w": ops.asarray([0, 1], dtype=old)}
    with pytest.raises(DTypeError, match=f"w is {new} and was given {old}(.|\n)*cast=True"):
        nn.load_state_dict(leaf, value)
    w = nn.load_state_dict(leaf, value, cast=True)["w"]
    assert (ops.dtype_name(w), ops.tolist(w)) == (new, [0, 1])


@pytest.mark.parametrize(("old", "new"), [("complex64", "float32"), ("float32", "int32"), ("int32", "bool")])
def test_a_cast_never_drops_a_kind(backend, old, new):
    with pytest.raises(DTypeError, match=f"w is {new} and was given {old}"):
        nn.load_state_dict({"w": ops.zeros(1, dtype=new)}, {"w": ops.zeros(1, dtype=old)}, cast=True)


def test_a_number_keeps_its_type(backend):
    assert nn.load_state_dict({"n": 1.0}, {"n": ops.asarray(2.5)}) == {"n": 2.5}
    assert type(nn.load_state_dict({"n": 1.0}, {"n": 2}, cast=True)["n"]) is float
    assert ops.tolist(nn.load_state_dict({"n": ops.zeros(())}, {"n": 2}, cast=True)["n"]) == 2.0
    for leaf, value in ((1, 2.5), (1.0, 2), (True, 1)):
        with pytest.raises(DTypeError, match="n is"):
            nn.load_state_dict({"n": leaf}, {"n": value})


def test_a_state_with_something_else_in_it_is_refused():
    with pytest.raises(NotAnArrayError, match="'w' is str 'x'"):
        nn.load_state_dict({"w": 1.0}, {"w": "x"})


def test_a_key_is_saved_and_restored(backend):
    m = nn.load_state_dict(Layer(1.0, ops.random.key(0)), nn.state_dict(Layer(2.0, ops.random.key(7))))
    assert m.mask == ops.random.key(7)
