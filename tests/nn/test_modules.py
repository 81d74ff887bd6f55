"""A module is a frozen dataclass and a tree: what may be in it, what it refuses, how it is cut and put together."""

import abc
import copy
import dataclasses
import gc
import inspect
import pickle
import subprocess
import sys
import weakref
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import EmberError, nn, ops
from emberharmony.errors import ArgumentError, FrozenError
from emberharmony.pytree import tree_flatten, tree_leaves, tree_map, tree_paths

T = TypeVar("T")


@nn.module
class Linear:
    weight: Any
    bias: Any = None
    mask: Any = nn.buffer(default=None)
    activation: Any = nn.static(default=ops.tanh)

    @classmethod
    def make(cls, inputs, outputs):
        return cls(ops.ones((inputs, outputs), dtype="float32"), ops.zeros(outputs, dtype="float32"))

    @property
    def width(self):
        return self.weight.shape[1]

    def __call__(self, x):
        y = x @ self.weight if self.bias is None else x @ self.weight + self.bias
        return self.activation(y if self.mask is None else y * self.mask)


@nn.module
class Chain:
    layers: list
    keep: Any = None

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@nn.module
class Gated(Linear):
    gate: Any = None
    rate: float = nn.static(default=0.5)


@nn.module
class Own:
    """Writes its own constructor."""

    weight: Any
    size: int = nn.static()

    def __init__(self, size):
        self.size = size
        self.weight = ops.ones(size)


@nn.module
class OwnMore(Own):
    more: Any

    def __init__(self, size):
        super().__init__(size)
        self.more = ops.zeros(size)


@nn.module
class Checked:
    rate: Any

    def __post_init__(self):
        if self.rate > 1:
            raise ArgumentError(f"rate {self.rate}")


@nn.module
class Wrap(Generic[T]):
    inside: T


def net():
    return Chain([Linear.make(2, 3), nn.replace(Linear.make(3, 3), mask=ops.ones(3, dtype="float32"))], keep={"n": 2})


def same(a, b):
    """Equal structures and equal leaves of one type."""
    (left, one), (right, other) = tree_flatten(a), tree_flatten(b)
    assert one == other
    for x, y in zip(left, right, strict=True):
        assert type(x) is type(y)
        assert ops.tolist(x) == ops.tolist(y) if hasattr(x, "dtype") else x == y
        assert not hasattr(x, "dtype") or x.dtype == y.dtype
    return True


# -- making --


def test_a_module_is_called_mapped_and_measured(backend):
    m = Linear.make(2, 3)
    assert m.width == 3
    assert m(ops.zeros((1, 2), dtype="float32")).shape == (1, 3)
    doubled = tree_map(lambda x: x * 2, m)
    assert isinstance(doubled, Linear)
    assert ops.tolist(doubled.weight) == [[2.0] * 3] * 2
    assert [*inspect.signature(Linear).parameters] == ["weight", "bias", "mask", "activation"]


def test_paths_of_a_module_say_where_its_arrays_are(backend):
    assert tree_paths(net()) == [
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "layers.1.mask", "keep.n",
    ]  # fmt: skip


def test_fields_are_inherited(backend):
    m = Gated(ops.ones((2, 2)), gate=ops.zeros(2), rate=0.25)
    assert tree_paths(m) == ["weight", "gate"]
    assert m(ops.zeros((1, 2))).shape == (1, 2)
    assert tree_flatten(m)[1] != tree_flatten(nn.replace(m, rate=0.5))[1]


def test_a_subclass_without_fields_of_its_own_needs_no_decorator(backend):
    class Named(Linear):
        def twice(self, x):
            return 2 * self(x)

    m = tree_map(lambda x: x, Named.make(2, 2))
    assert isinstance(m, Named)
    assert m.twice(ops.zeros(2, dtype="float32")).shape == (2,)


def test_a_constructor_written_by_hand_assigns_each_field_once(backend):
    m = OwnMore(3)
    assert tree_paths(m) == ["weight", "more"]
    assert (m.size, m.more.shape) == (3, (3,))

    @nn.module
    class Forgets:
        weight: Any
        bias: Any

        def __init__(self):
            self.weight = 1.0

    @nn.module
    class Twice:
        weight: Any

        def __init__(self):
            self.weight = 1.0
            self.weight = 2.0

    with pytest.raises(ArgumentError, match="Forgets has no bias"):
        Forgets()
    with pytest.raises(FrozenError, match=r"Twice\.weight"):
        Twice()


def test_checks_run_at_construction_and_at_replacement_but_not_on_trees():
    with pytest.raises(ArgumentError, match="rate 2"):
        Checked(2)
    with pytest.raises(ArgumentError, match="rate 3"):
        nn.replace(Checked(1), rate=3)
    assert tree_map(lambda _: None, Checked(1)).rate is None


def test_a_generic_and_an_abstract_class_can_be_modules():
    assert Wrap[int](3).inside == 3

    @nn.module
    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

    @nn.module
    class Square(Shape):
        side: float

        def area(self):
            return self.side**2

    assert Square(3.0).area() == 9.0
    with pytest.raises(TypeError, match="abstract"):
        Shape()


def test_a_factory_makes_a_new_default_each_time():
    @nn.module
    class Memory:
        cells: Any = nn.buffer(default_factory=lambda: [0.0])

    assert Memory().cells == [0.0]
    assert Memory().cells is not Memory().cells


# -- refusing --


def test_an_array_in_a_static_field_is_refused(backend):
    for value in (ops.ones(2), (1, ops.ones(2)), {"a": ops.ones(2)}, Linear.make(1, 1)):
        with pytest.raises(ArgumentError, match=r"Linear\.activation is static and got(.|\n)*buffer"):
            Linear(ops.ones(2), activation=value)
    with pytest.raises(ArgumentError, match="static"):
        nn.replace(Linear.make(1, 1), activation=ops.ones(2))


@pytest.mark.parametrize(("value", "mend"), [([1], "tuple"), ({"a": 1}, "items"), ({1}, "frozenset")])
def test_an_unhashable_static_value_is_refused(value, mend):
    with pytest.raises(ArgumentError, match=f"not hashable(.|\n)*{mend}"):
        Linear(1.0, activation=value)


def test_nothing_can_be_assigned_or_deleted(backend):
    m = Linear.make(2, 2)
    with pytest.raises(FrozenError, match=r"replace\(m, weight=\.\.\.\)"):
        m.weight = None
    with pytest.raises(FrozenError, match="no field 'wieght'"):
        m.wieght = None
    with pytest.raises(EmberError, match="deleted"):
        del m.weight
    with pytest.raises(AttributeError):
        OwnMore(2).more = 1


def test_replace_names_the_nearest_field():
    with pytest.raises(ArgumentError, match=r"no field 'wieght'(.|\n)*did you mean weight"):
        nn.replace(Linear(1.0), wieght=2.0)
    with pytest.raises(ArgumentError, match="replace got int"):
        nn.replace(3, x=1)
    m = Linear(1.0, bias=2.0)
    assert nn.replace(m, weight=3.0).bias is m.bias
    assert nn.replace(m) is not m


# -- identity, copies --


def test_modules_are_equal_only_to_themselves(backend):
    a, b = net(), net()
    assert a == a
    assert a != b
    assert len({a, b, a}) == 2
    assert tree_flatten(a)[1] == tree_flatten(b)[1]
    assert dataclasses.is_dataclass(a)


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_the_values_and_is_frozen(backend, how):
    for m in (net(), Gated(ops.ones((2, 2), dtype="float16"), gate=ops.asarray(True)), OwnMore(2)):
        again = how(m)
        assert again is not m
        assert same(m, again)
        with pytest.raises(FrozenError):
            again.weight = 1
    keyed = how(Linear.make(1, 1).__class__(ops.ones(2), mask=ops.random.key(7)))
    assert keyed.mask == ops.random.key(7)


@pytest.mark.gap("mlx", raises=AssertionError, why="MLX pickles float64 as float32")
def test_pickle_keeps_float64(backend):
    m = Linear(ops.ones(2, dtype="float64"))
    assert pickle.loads(pickle.dumps(m)).weight.dtype == m.weight.dtype


def test_a_deep_copy_has_its_own_arrays_and_keeps_what_is_shared(backend):
    w = ops.ones(2)
    again = copy.deepcopy(Chain([Linear(w), Linear(w)]))
    assert again.layers[0].weight is again.layers[1].weight
    assert again.layers[0].weight is not w


def test_a_module_is_forgotten_when_nobody_holds_it():
    m = Linear(1.0)
    seen = weakref.ref(m)
    del m
    gc.collect()
    assert seen() is None


# -- what it looks like --


def test_repr_shows_dtypes_and_shapes(backend):
    assert repr(Linear.make(64, 32)) == "Linear(weight=float32[64, 32], bias=float32[32], mask=None, activation=tanh)"
    assert repr(Linear(ops.asarray(1, dtype="int8"), [ops.ones(0, dtype="float16")], activation="relu")) == (
        "Linear(weight=int8[], bias=[float16[0]], mask=None, activation='relu')"
    )
    assert repr(Wrap({"a": (1,)})) == "Wrap(inside={'a': (1,)})"


def test_a_long_repr_has_a_line_for_each_field(backend):
    assert repr(net()) == (
        "Chain(\n"
        "    layers=[\n"
        "        Linear(weight=float32[2, 3], bias=float32[3], mask=None, activation=tanh),\n"
        "        Linear(weight=float32[3, 3], bias=float32[3], mask=float32[3], activation=tanh),\n"
        "    ],\n"
        "    keep={'n': 2},\n"
        ")"
    )


def test_a_repr_of_its_own_is_kept():
    @nn.module
    class Quiet:
        x: Any

        def __repr__(self):
            return "quiet"

    @nn.module
    class Quieter(Quiet):
        y: Any

    assert [repr(Quiet(1)), repr(Quieter(1, 2))] == ["quiet", "quiet"]


# -- cutting and joining --


def test_partition_takes_what_is_trained_and_combine_undoes_it(backend):
    m = Chain([Linear(ops.ones(2), ops.asarray(1), ops.ones(2)), (ops.asarray(True), 1.5, "text")])
    trained, rest = nn.partition(m)
    assert [tree_paths(trained), tree_paths(rest)] == [
        ["layers.0.weight"], ["layers.0.bias", "layers.0.mask", "layers.1.0", "layers.1.1", "layers.1.2"],
    ]  # fmt: skip
    assert isinstance(trained, Chain)
    assert same(nn.combine(trained, rest), m)
    assert same(nn.combine(rest, trained), m)
    assert [*nn.parameters(m)] == ["layers.0.weight"]
    assert nn.parameters(m)["layers.0.weight"] is m.layers[0].weight


def test_complex_arrays_are_trained(backend):
    assert [*nn.parameters({"z": ops.ones(2, dtype="complex64"), "n": ops.ones(2, dtype="int32")})] == ["z"]


holey = st.recursive(
    st.none() | st.integers(),
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=2), t, max_size=3) | st.builds(Wrap, t),
    max_leaves=10,
)


@given(holey, st.integers(1, 7))
def test_any_partition_combines_to_the_tree(tree, modulus):
    parts = nn.partition(tree, lambda leaf: leaf % modulus == 0)
    assert all(leaf % modulus == 0 for leaf in tree_leaves(parts[0]))
    assert tree_flatten(nn.combine(*parts)) == tree_flatten(tree) == tree_flatten(nn.combine(parts[1], parts[0], tree))


def test_combine_takes_the_first_and_fills_whole_branches():
    assert nn.combine({"a": None, "b": 1}, {"a": [1, None], "b": 2}, {"a": [3, 4], "b": None}) == {"a": [1, 4], "b": 1}
    assert nn.combine() is nn.combine(None, None) is None


@pytest.mark.parametrize("other", [{"a": {"b": 1}}, {"a": {"c": [1]}}, {"a": {"b": [1, 2]}}, {"a": {"b": (1,)}}])
def test_combine_refuses_trees_of_other_structure(other):
    with pytest.raises(ArgumentError, match="combine got"):
        nn.combine({"a": {"b": [1]}}, other)


def test_two_leaves_of_one_path_are_an_error():
    with pytest.raises(ArgumentError, match="'1'"):
        nn.state_dict({1: 1.0, "1": 2.0})


def test_importing_modules_imports_no_array_library(tmp_path):
    code = (
        "import sys, emberharmony.nn; print([m for m in ('numpy', 'torch', 'mlx', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"
