"""Trees come apart and together again, whatever they are made of."""

import copy
import dataclasses
import pickle
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops, pytree
from emberharmony.errors import ArgumentError
from emberharmony.pytree import register, tree_flatten, tree_leaves, tree_map, tree_paths, tree_unflatten


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Box:
    inside: Any
    lid: Any = None


@dataclasses.dataclass(frozen=True, slots=True)
class Slim:
    x: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Marked:
    weight: Any
    mask: Any = dataclasses.field(default=None, metadata={pytree.ROLE: "buffer"})
    size: int = dataclasses.field(default=1, metadata={pytree.ROLE: "static"})


class Ring:
    """Known to nobody until a test registers it."""

    def __init__(self, *items):
        self.items = items


leaves = st.integers() | st.text(max_size=3) | st.floats(allow_nan=False)
keys = st.text(max_size=3) | st.integers() | st.tuples(st.integers(), st.integers())
trees = st.recursive(
    leaves | st.none(),
    lambda t: st.one_of(
        st.lists(t, max_size=3),
        st.lists(t, max_size=3).map(tuple),
        st.dictionaries(keys, t, max_size=3),
        st.dictionaries(keys, t, max_size=3).map(OrderedDict),
        st.builds(Pair, t, t),
        st.builds(Box, t, t),
        st.builds(Slim, t),
    ),
    max_leaves=12,
)


@given(trees)
def test_a_tree_comes_apart_and_together_again(tree):
    flat, structure = tree_flatten(tree)
    again = tree_unflatten(structure, flat)
    assert again == tree
    assert type(again) is type(tree)
    assert tree_flatten(again) == (flat, structure)
    assert len(structure.paths()) == structure.size == len(structure.trainable) == len(flat)


@given(trees, trees)
def test_equal_structures_have_equal_hashes_and_different_ones_are_told_apart(a, b):
    (_, left), (_, right) = tree_flatten(a), tree_flatten(b)
    same = tree_flatten(copy.deepcopy(a))[1]
    assert left == same
    assert hash(left) == hash(same)
    zeros = [tree_unflatten(s, [0] * s.size) for s in (left, right)]
    assert (left == right) == (repr(left) == repr(right) and zeros[0] == zeros[1] and type(zeros[0]) is type(zeros[1]))


@given(trees)
def test_a_structure_survives_pickle(tree):
    structure = tree_flatten(tree)[1]
    assert pickle.loads(pickle.dumps(structure)) == structure


@given(trees)
def test_mapping_the_identity_changes_nothing(tree):
    assert tree_map(lambda x: x, tree) == tree
    assert tree_leaves(tree_map(lambda x, y: (x, y) and x, tree, tree)) == tree_leaves(tree)


@given(st.permutations(["b", "a", "d", "c"]))
def test_the_order_of_a_dict_does_not_matter_and_that_of_an_ordered_dict_does(order):
    assert tree_flatten({k: k for k in order}) == tree_flatten({k: k for k in "abcd"})
    assert tree_leaves(OrderedDict((k, k) for k in order)) == order
    same = tree_flatten(OrderedDict.fromkeys(order, 0))[1] == tree_flatten(OrderedDict.fromkeys("abcd", 0))[1]
    assert same == (order == [*"abcd"])


def test_keys_of_several_types_have_one_order():
    a, b = {1: "i", "x": "s", (0,): "t"}, {(0,): "t", "x": "s", 1: "i"}
    assert tree_leaves(a) == tree_leaves(b) == ["i", "s", "t"]


def test_paths_say_where_a_leaf_is():
    tree = {"net": [Pair(1, Box({"w": 2}, None))], "x": Slim(3), 7: Marked(4, [5], 6)}
    assert dict(zip(tree_paths(tree), tree_leaves(tree), strict=True)) == {
        "7.weight": 4, "7.mask.0": 5, "net.0.left": 1, "net.0.right.inside.w": 2, "x.x": 3,
    }  # fmt: skip
    assert tree_paths(1) == [""]


def test_none_is_a_tree_without_leaves():
    assert tree_leaves([None, {"a": None}]) == []
    assert tree_flatten([None])[1] != tree_flatten([1])[1]


def test_subclasses_of_containers_and_classes_themselves_are_leaves():
    odd = [defaultdict(int, a=1), Box, Pair, dict]
    assert tree_leaves(odd) == odd


def test_a_static_field_is_structure_and_a_buffer_has_no_gradient():
    flat, structure = tree_flatten([Marked(1, {"a": 2, "b": 3}, 5), 4])
    assert flat == [1, 2, 3, 4]
    assert structure.trainable == (True, False, False, True)
    assert structure != tree_flatten([Marked(1, {"a": 2, "b": 3}, 6), 4])[1]
    assert "size=5" in repr(structure)
    assert tree_unflatten(structure, [7, 7, 7, 7])[0].size == 5
    assert [(path, [*node.static()]) for path, node in structure.nodes() if node.cls is Marked] == [
        ("0", [("size", 5)])
    ]


def test_a_registered_class_becomes_a_node():
    assert tree_leaves(Ring(1, 2)) != [1, 2]
    register(Ring, lambda r: (r.items, None), lambda _, items: Ring(*items), frozen=[0])
    assert tree_leaves({"r": Ring(1, (2, 3))}) == [1, 2, 3]
    assert tree_paths(Ring(1, (2, 3))) == ["0", "1.0", "1.1"]
    assert tree_flatten(Ring(1, (2, 3)))[1].trainable == (False, True, True)
    assert tree_map(lambda x: -x, Ring(1, 2)).items == (-1, -2)


def test_what_a_list_is_cannot_be_changed():
    with pytest.raises(ArgumentError, match="list"):
        register(list, lambda x: (x, None), lambda _, x: x)


def test_a_wrong_number_of_leaves_and_another_structure_are_named():
    structure = tree_flatten({"a": 1, "b": [2]})[1]
    with pytest.raises(ArgumentError, match=r"3 leaves\n.*2 for dict\(a=\*, b=list\(0=\*\)\)"):
        tree_unflatten(structure, [1, 2, 3])
    with pytest.raises(ArgumentError, match=r"tree 2 is dict\(a=\*\)"):
        tree_map(lambda x, y: x, {"a": 1, "b": 2}, {"a": 1})


def test_arrays_are_leaves(backend):
    x = ops.ones((2, 3))
    found = tree_leaves({"x": x, "y": (x, None)})
    assert len(found) == 2
    assert all(leaf is x for leaf in found)


def test_a_dataclass_is_rebuilt_without_its_constructor():
    @dataclasses.dataclass
    class Checked:
        n: int

        def __post_init__(self):
            assert isinstance(self.n, int)

    holes = tree_map(str, Checked(3))
    assert holes.n == "3"
