"""The plane of thirtyfold symmetry: turns are products by a root of unity, and no two points meet."""

from collections import Counter
from math import cos, hypot, pi, sin

from hypothesis import given
from hypothesis.strategies import builds, integers, lists

from emberharmony.syntonic import Golden, GoldenArray, phi
from emberharmony.syntonic.geometry import (
    icosian_e8_roots,
    icosians,
    multiply,
    petrie,
    petrie_turn,
    petrie_turned,
    petrie_xy,
)

whole = integers(-(10**6), 10**6)
points = lists(builds(Golden, whole, whole), min_size=4, max_size=4).map(GoldenArray.from_numbers)
UNITS = icosians()


def rows(array):
    return {tuple(row) for row in array.tolist()}


def test_the_turn_is_a_symmetry_of_the_units_of_order_thirty():
    turned, orders = UNITS, []
    for k in range(1, 31):
        turned = petrie_turn(turned)
        assert rows(turned) == rows(UNITS)
        orders += [k] * int((turned == UNITS).all(axis=1).sum())
    assert orders == [30] * 120


@given(x=points)
def test_the_turn_keeps_lengths_and_follows_the_equation_of_a_root_of_unity(x):
    powers = [x]
    for _ in range(4):
        powers.append(petrie_turn(powers[-1]))
    assert (powers[1] @ powers[1]).item() == (x @ x).item()
    assert (powers[4] == (powers[3] + powers[2] + powers[1]) * (phi - 1) - x).all()


@given(x=points)
def test_on_the_plane_the_turn_is_a_product(x):
    assert (petrie(petrie_turn(x)) == petrie_turned(petrie(x))).all()


@given(x=points, y=points)
def test_the_projection_is_linear_and_loses_nothing(x, y):
    assert (petrie(x + y) == petrie(x) + petrie(y)).all()
    assert bool((petrie(x) == petrie(y)).all()) == bool((x == y).all())


def test_the_corners_are_four_rings_of_thirty_and_the_roots_eight():
    for figure, rings in ((UNITS, 4), (icosian_e8_roots(), 8)):
        feet = petrie(figure)
        assert len(rows(feet)) == len(figure)
        left, sizes = rows(feet), []
        while left:
            ring, corner = set(), GoldenArray.from_numbers(list(next(iter(left))))
            while tuple(corner.tolist()) not in ring:
                ring.add(tuple(corner.tolist()))
                corner = petrie_turned(corner)
            left -= ring
            sizes.append(len(ring))
        assert sizes == [30] * rings


def test_the_corners_weigh_the_same_in_every_direction_of_the_picture():
    xy = petrie_xy(petrie(UNITS))
    assert len(Counter(round(hypot(x, y), 9) for x, y in xy.tolist())) == 4
    (xx, xy_), (_, yy) = (xy.T @ xy).tolist()
    assert abs(xy_) <= 2**-40 * xx  # sums of 120 products, each right to some units of 2^-53
    assert abs(yy - xx) <= 2**-40 * xx


@given(x=points)
def test_usual_coordinates_turn_by_twelve_degrees(x):
    (a, b), (c, d) = petrie_xy(GoldenArray.from_numbers([x.tolist(), petrie_turned(x).tolist()])).tolist()
    turn = pi / 15
    size = sum(abs(float(part)) for part in x.tolist()) + 1
    assert hypot(a * cos(turn) - b * sin(turn) - c, a * sin(turn) + b * cos(turn) - d) <= 2**-45 * size


def test_both_factors_of_the_turn_are_units():
    one = GoldenArray.from_ints([1, 0, 0, 0])
    assert tuple(petrie_turn(one).tolist()) in rows(UNITS)
    p = GoldenArray.from_numbers([phi - 1, 1, phi, 0]) / 2
    assert tuple(p.tolist()) in rows(UNITS)
    assert (petrie_turn(one) == multiply(p, GoldenArray.from_ints([1, 1, 1, 1], den=2))).all()
