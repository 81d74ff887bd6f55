"""Penrose tilings: counts by the matrix, sides of one length, no gap and no overlap; all without a tolerance."""

from collections import Counter
from math import hypot

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, GoldenArray, fib, phi, phi_power
from emberharmony.syntonic.geometry import (
    cross,
    decagon,
    inflation_matrix,
    penrose,
    rotated,
    squared_length,
    tile_counts,
    to_xy,
)

STEPS = [0, 1, 2, 3, 4, 5]


def sides(triangles):
    """The three sides of each triangle (N, 3, 2): two legs and the base."""
    return [triangles[:, (i + 1) % 3] - triangles[:, i] for i in (0, 2, 1)]


def points(array):
    return [*map(tuple, array.reshape(-1, 2).tolist())]


@given(thick=integers(0, 10**30), thin=integers(0, 10**30), steps=integers(0, 60))
def test_counts_are_powers_of_the_matrix(thick, thin, steps):
    tiles = GoldenArray.from_ints([thick, thin])
    for _ in range(steps):
        tiles = inflation_matrix() @ tiles
    assert tile_counts(thick, thin, steps) == tuple(tiles.tolist())
    assert tile_counts(*tile_counts(thick, thin, steps), -steps) == (thick, thin)


def test_the_matrix_grows_by_the_square_of_phi():
    vector = GoldenArray.from_ints([0, 1], [1, 0])  # phi thick ones for each thin one
    assert (inflation_matrix() @ vector == phi**2 * vector).all()


@pytest.mark.parametrize("steps", STEPS)
def test_as_many_triangles_come_as_the_matrix_says(steps):
    tiling = penrose(steps)
    assert (len(tiling.obtuse), len(tiling.acute)) == tile_counts(0, 10, steps)
    assert len(tiling.acute) == 10 * fib(2 * steps - 1)


@pytest.mark.parametrize("steps", STEPS)
def test_legs_have_length_one_and_bases_are_golden(steps):
    tiling = penrose(steps)
    for triangles, base in ((tiling.acute, 2 - phi), (tiling.obtuse, phi + 1)):
        first, second, third = map(squared_length, sides(triangles))
        assert (first == 1).all()
        assert (second == 1).all()
        assert (third == base).all()


@pytest.mark.parametrize("steps", STEPS)
def test_the_triangles_meet_side_to_side_and_fill_a_disk(steps):
    tiling = penrose(steps)
    corners = [points(t) for triangles in (tiling.acute, tiling.obtuse) for t in triangles]
    edges = Counter(frozenset(pair) for a, b, c in corners for pair in ((a, b), (b, c), (c, a)))
    assert set(edges.values()) <= {1, 2}
    assert len(points(tiling.vertices())) - len(edges) + len(corners) == 1  # Euler
    area = sum((abs(cross(*sides(t)[:2])).sum() for t in (tiling.acute, tiling.obtuse)), GoldenArray.from_ints(0))
    assert area.item() == 10 * (phi - 1) * phi_power(2 * steps)  # that of the decagon, grown


@pytest.mark.parametrize("steps", STEPS)
def test_rhombs_are_rhombs_and_only_triangles_at_the_border_are_left(steps):
    tiling = penrose(steps)
    triangles = tiling.obtuse, tiling.acute
    for rhombs, halves, area in zip(tiling.rhombs(), triangles, (Golden(1), phi - 1), strict=True):
        a, b, c, d = (rhombs[:, i] for i in range(4))
        assert (a + c == b + d).all()
        assert all((squared_length(side) == 1).all() for side in (b - a, c - b, d - c, a - d))
        assert (abs(cross(b - a, d - a)) == area).all()
        assert 2 * len(rhombs) <= len(halves) <= 2 * len(rhombs) + 10 * fib(steps + 2)


@pytest.mark.parametrize("steps", STEPS)
def test_the_tiling_is_fivefold_and_its_own_mirror_image(steps):
    tiling = penrose(steps)
    for triangles in (tiling.acute, tiling.obtuse):
        found = {frozenset(points(t)) for t in triangles}
        assert {frozenset(points(rotated(t))) for t in triangles} == found
        flipped = triangles @ GoldenArray.from_numbers([[1, 0], [phi - 1, -1]])  # z becomes its conjugate
        assert {frozenset(points(t)) for t in flipped} == found


def test_every_corner_comes_once():
    corners = points(penrose(4).vertices())
    assert len(set(corners)) == len(corners)


def test_a_tiling_has_no_negative_steps():
    with pytest.raises(EmberError):
        penrose(-1)


# -- the plane --


def test_the_corners_of_the_decagon_are_units_in_order():
    corners = decagon()
    assert (squared_length(corners) == 1).all()
    assert (cross(corners, corners[[*range(1, 10), 0]]) == phi - 1).all()
    assert (rotated(corners) == corners[[*range(2, 10), 0, 1]]).all()


@given(
    a=integers(-(10**6), 10**6), b=integers(-(10**6), 10**6), c=integers(-(10**6), 10**6), d=integers(-(10**6), 10**6)
)
def test_usual_coordinates_have_the_exact_length(a, b, c, d):
    point = GoldenArray.from_ints([a, c], [b, d])
    x, y = to_xy(point)
    exact = float(squared_length(point).item()) ** 0.5
    assert abs(hypot(x, y) - exact) <= 2**-50 * exact  # x by 1/2 ulp, y by 3/2, hypot and the root by 1 each
