"""E8, E6 and what makes them root systems: counts, products and frames, in integers."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, GoldenArray, sqrt5
from emberharmony.syntonic.geometry import (
    closure,
    coxeter_matrix,
    e6_positive_roots,
    e8_roots,
    frame,
    frame_constant,
    golden_form,
    golden_projection,
    icosahedron,
    positive_roots,
    reflect,
    reflection,
    simple_roots,
)

E8, E6 = e8_roots(), e6_positive_roots()
BOTH_E6 = {tuple(row) for roots in (E6, -E6) for row in roots.tolist()}


def rows(roots):
    return {tuple(row) for row in roots.tolist()}


def products(x, y):
    return (x @ y.T).reduced()


def test_the_roots_of_e8_are_two_hundred_and_forty_integers_over_two():
    assert E8.den == 2
    assert not E8.b.any()
    assert len(rows(E8)) == len(E8) == 240
    assert rows(-E8) == rows(E8)
    assert abs(E8.a[:112]).sum(axis=1).tolist() == [4] * 112
    assert (abs(E8.a[112:]) == 1).all()


def test_each_root_of_e8_sees_the_others_at_the_same_angles():
    inner = products(E8, E8)
    assert inner.den == 1
    assert {tuple(sorted(Counter(row).items())) for row in inner.a.tolist()} == {
        ((-2, 1), (-1, 56), (0, 126), (1, 56), (2, 1))
    }


@pytest.mark.parametrize(("roots", "kind"), [(positive_roots(E8), "E8"), (E6, "E6")])
def test_the_simple_roots_are_joined_as_the_coxeter_diagram_says(roots, kind):
    simple = simple_roots(roots)
    found, expected = products(simple, simple).a, coxeter_matrix(kind).a
    assert sorted(Counter(row.tolist())[-1] for row in found) == sorted(Counter(row.tolist())[-1] for row in expected)
    assert set(found.ravel().tolist()) == {2, -1, 0}
    assert rows(closure(simple)) == rows(roots) | rows(-roots)


def test_e6_has_thirty_six_positive_roots_of_which_six_are_simple():
    assert E6.shape == (36, 8)
    assert Counter((abs(E6.a) == 1).all(axis=1).tolist()) == {False: 20, True: 16}
    assert simple_roots(E6).shape == (6, 8)
    assert rows(E6) <= rows(E8)
    assert len(BOTH_E6) == 72


def test_the_seventy_two_are_closed_under_their_mirrors():
    assert all(rows(reflect(E6, root)) <= BOTH_E6 for root in E6)


def test_the_seventy_two_are_the_roots_of_e8_at_right_angles_to_two_at_a_hundred_and_twenty_degrees():
    first, second = GoldenArray.from_ints([[0] * 5 + [1, -1, 0], [0] * 5 + [0, 1, 1]])
    assert (first @ second).item() == -1
    assert {*map(tuple, (first.reshape(1, 8)).tolist()), *map(tuple, second.reshape(1, 8).tolist())} <= rows(E8)
    apart = (E8 @ first == 0) & (E8 @ second == 0)
    assert rows(E8[apart]) == BOTH_E6


def test_half_the_sum_of_the_positive_roots_has_squared_length_seventy_eight():
    rho = E6.sum(axis=0) / 2
    assert (rho @ rho).item() == 78
    assert (simple_roots(E6) @ rho == 1).all()


def test_the_frames_are_tight():
    assert (frame(E8) == 60 * GoldenArray.eye(8)).all()
    assert frame_constant(E8) == 60
    assert frame_constant(E6) == 12
    assert frame_constant(GoldenArray.from_numbers([list(row) for row in BOTH_E6])) == 24
    onto = frame(E6) / 12
    assert (onto @ onto == onto).all()  # the projection onto six dimensions
    assert sum(onto[i, i].item() for i in range(8)) == 6


def test_vectors_that_are_no_tight_frame_have_no_constant():
    with pytest.raises(EmberError, match="no tight frame"):
        frame_constant(GoldenArray.from_ints([[1, 0], [1, 1]]))
    with pytest.raises(EmberError):
        frame_constant(GoldenArray.zeros((3, 2)))


@given(x=lists(integers(-(2**70), 2**70), min_size=3, max_size=3), i=integers(0, 11))
def test_a_mirror_is_its_own_inverse_and_keeps_lengths(x, i):
    root, x = icosahedron()[i], GoldenArray.from_ints(x)
    image = reflect(x, root)
    assert (reflect(image, root) == x).all()
    assert (image @ image).item() == (x @ x).item()
    assert (image @ root).item() == -(x @ root).item()
    assert (reflection(root) @ x == image).all()


def test_the_zero_vector_is_no_mirror_and_an_endless_group_is_stopped():
    with pytest.raises(EmberError):
        reflection(GoldenArray.zeros(3))
    with pytest.raises(EmberError, match="more than 50"):
        closure(GoldenArray.from_ints([[1, 0], [1, 2]]), limit=50)


def test_the_golden_form_takes_five_values_on_the_roots():
    small, large = 2 / sqrt5, 4 / sqrt5
    assert Counter(golden_form(E8).tolist()) == {Golden(0): 144, small: 24, -small: 24, large: 24, -large: 24}
    assert (golden_form(E8) >= 0).sum() == 192


@given(x=lists(integers(-(2**70), 2**70), min_size=8, max_size=8))
def test_the_golden_projection_keeps_lengths_but_for_one_factor(x):
    x = GoldenArray.from_ints(x)
    par, perp = golden_projection(x)
    assert ((par @ par) + (perp @ perp)).item() == Golden(2, 1) * (x @ x).item()
