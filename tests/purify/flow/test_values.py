"""What holds on several paths: it does not matter in which order they are joined, or how often."""

from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify.flow.values import (
    BOOL,
    COMPLEX,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    NOTHING,
    NUMERIC,
    OTHER,
    STR,
    UNKNOWN,
    Kind,
    array,
    join,
    joined,
    loosened,
    optional,
    sequence,
    wider,
)

NUMBERS = ("", "bool", "int", "float", "complex")
arrays = st.builds(
    array,
    st.sampled_from(NUMBERS),
    ndim=st.none() | st.integers(0, 3),
    fresh=st.booleans(),
    sure=st.booleans(),
)
plain = st.sampled_from([UNKNOWN, NUMERIC, OTHER, NONE, BOOL, INT, FLOAT, COMPLEX, STR, DTYPE, NOTHING]) | arrays
values = st.recursive(
    plain,
    lambda inner: (
        st.builds(sequence, st.sampled_from(["list", "tuple"]), st.lists(inner, min_size=1, max_size=3))
        | st.builds(optional, inner)
    ),
    max_leaves=6,
)


@given(values)
def test_joining_a_value_with_itself_changes_nothing(a):
    assert join(a, a) == a
    assert join(a, NOTHING) == join(NOTHING, a) == a


@given(values, values)
def test_the_order_of_two_paths_does_not_matter(a, b):
    assert join(a, b) == join(b, a)


@given(plain, plain, plain)
def test_three_paths_may_be_joined_in_any_order(a, b, c):
    assert join(join(a, b), c) == join(a, join(b, c))


@given(values, values)
def test_an_array_on_all_paths_is_an_array_and_on_one_is_not_certain(a, b):
    both = join(a, b)
    if both.array:
        assert all(value.array or value is NOTHING for value in (a, b))
    if both.other:
        assert all(value.other or value is NOTHING for value in (a, b))


@given(st.lists(values, max_size=6))
def test_a_join_of_many_is_known_only_if_all_are_of_that_kind(found):
    whole = joined(found)
    real = [value for value in found if value is not NOTHING]
    if real and all(value.array for value in real):
        assert whole.kind is Kind.ARRAY
        assert whole.sure == all(value.sure for value in real)


@given(values)
def test_an_optional_of_an_optional_is_one(a):
    assert optional(optional(a)) == optional(a)
    assert optional(a).some.name != "optional"


def test_nesting_in_a_loop_does_not_grow():
    value = INT
    for _ in range(10_000):
        value = join(value, sequence("list", [value]))
        value = sequence("list", [value])
    assert len(repr(value)) < 10_000


def test_what_somebody_else_holds_is_not_fresh():
    assert loosened(array(fresh=True)) == array()


def test_kinds_of_number_promote_as_numpy_s():
    assert wider("int", "float") == "float"
    assert wider("bool", "int") == "int"
    assert wider("", "complex") == "complex"
    assert wider("", "int") == ""
