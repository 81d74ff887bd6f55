"""The 120 units are a group, the corners of the 600-cell, and half of E8."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, lists

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, GoldenArray, phi
from emberharmony.syntonic.geometry import (
    conjugate,
    dodecahedron,
    edges,
    frame_constant,
    golden_cone,
    h3_roots,
    icosahedron,
    icosian_e8_roots,
    icosian_form,
    icosians,
    multiply,
)

UNITS = icosians()
goldens = builds(Golden, integers(-(2**40), 2**40), integers(-(2**40), 2**40))
quaternions = lists(goldens, min_size=4, max_size=4).map(GoldenArray.from_numbers)


def rows(array):
    return {tuple(row) for row in array.reshape(-1, array.shape[-1]).tolist()}


def test_the_units_are_one_hundred_and_twenty_of_three_kinds():
    assert len(rows(UNITS)) == len(UNITS) == 120
    assert ((UNITS * UNITS).sum(axis=-1) == 1).all()
    assert Counter(int((row != 0).sum()) for row in UNITS) == {1: 8, 4: 16, 3: 96}


def test_the_units_are_closed_under_products_and_inverses():
    products = multiply(UNITS.reshape(120, 1, 4), UNITS.reshape(1, 120, 4))
    assert rows(products) == rows(UNITS)
    assert (multiply(UNITS, conjugate(UNITS)) == GoldenArray.from_ints([1, 0, 0, 0])).all()


def test_the_units_have_the_orders_of_the_binary_icosahedral_group():
    one, power = GoldenArray.from_ints([1, 0, 0, 0]), UNITS
    orders = {}
    for k in range(1, 11):
        for i, same in enumerate((power == one).all(axis=1)):
            if same:
                orders.setdefault(i, k)
        power = multiply(power, UNITS)
    assert Counter(orders.values()) == {1: 1, 2: 1, 3: 20, 4: 30, 5: 24, 6: 20, 10: 24}


@given(x=quaternions, y=quaternions, z=quaternions)
def test_products_of_quaternions_are_associative_and_keep_norms(x, y, z):
    assert (multiply(multiply(x, y), z) == multiply(x, multiply(y, z))).all()
    xy = multiply(x, y)
    assert (xy @ xy).item() == (x @ x).item() * (y @ y).item()
    assert (conjugate(xy) == multiply(conjugate(y), conjugate(x))).all()


def test_quaternions_have_four_parts():
    with pytest.raises(EmberError):
        multiply(GoldenArray.eye(3), UNITS[0])


def test_the_six_hundred_cell_has_its_edges_and_cells():
    pairs = edges(UNITS)
    assert pairs.shape == (720, 2)
    assert Counter(pairs.ravel().tolist()) == dict.fromkeys(range(120), 12)
    distances = UNITS[pairs[:, 0]] - UNITS[pairs[:, 1]]
    assert ((distances * distances).sum(axis=-1) == 2 - phi).all()  # edges of length 1 / phi
    near = {i: set() for i in range(120)}
    for i, j in pairs.tolist():
        near[i].add(j)
        near[j].add(i)
    triangles = {frozenset((i, j, k)) for i, j in pairs.tolist() for k in near[i] & near[j]}
    cells = {triangle | {k} for triangle in triangles for k in set.intersection(*(near[i] for i in triangle))}
    assert (len(triangles), len(cells)) == (1200, 600)


def test_the_units_see_each_other_at_nine_angles():
    inner = UNITS @ UNITS.T
    expected = {2: 1, phi: 12, 1: 20, phi - 1: 12, 0: 30, 1 - phi: 12, -1: 20, -phi: 12, -2: 1}
    assert all(Counter((2 * row).tolist()) == expected for row in inner)


def test_the_icosahedron_and_the_dodecahedron_have_their_corners_and_edges():
    for points, count, each, length in ((icosahedron(), 12, 5, 4), (dodecahedron(), 20, 3, 4 * phi**-2)):
        pairs = edges(points)
        assert len(rows(points)) == count
        assert Counter(pairs.ravel().tolist()) == dict.fromkeys(range(count), each)
        sides = points[pairs[:, 0]] - points[pairs[:, 1]]
        assert ((sides * sides).sum(axis=-1) == length).all()


def test_the_roots_of_h3_point_to_the_middles_of_edges():
    pairs = edges(icosahedron())
    middles = icosahedron()[pairs[:, 0]] + icosahedron()[pairs[:, 1]]
    assert rows(middles / (2 * phi)) == rows(h3_roots())


def test_the_icosians_with_their_rational_form_are_the_roots_of_e8():
    roots = icosian_e8_roots()
    form = icosian_form(roots, roots)
    assert len(rows(roots)) == 240
    assert not form.b.any()
    assert all(Counter(row.tolist()) == {2: 1, 1: 56, 0: 126, -1: 56, -2: 1} for row in form)
    # x - <x, r> r stays among them: they are closed under the mirrors of this form
    assert all(rows(roots - form[:, [i]] * roots[[i]]) == rows(roots) for i in range(0, 240, 17))


@pytest.mark.parametrize(
    ("kind", "axes", "shape", "constant"),
    [
        ("e6", None, (36, 8), 12),
        ("h4", None, (60, 4), 15),
        ("h4", 60, (60, 4), 15),
        ("icosahedral", None, (15, 3), 5),
        ("icosahedral", 15, (15, 3), 5),
        ("icosahedral", 10, (10, 3), 10),
        ("icosahedral", 6, (6, 3), 4 + 2 * phi),
    ],
)
def test_each_golden_cone_is_a_tight_frame_without_opposites(kind, axes, shape, constant):
    cone = golden_cone(kind, axes)
    assert cone.shape == shape
    assert not rows(cone) & rows(-cone)
    assert frame_constant(cone) == constant


@pytest.mark.parametrize(("kind", "axes"), [("e7", None), ("e6", 60), ("icosahedral", 7)])
def test_other_cones_are_errors(kind, axes):
    with pytest.raises(EmberError):
        golden_cone(kind, axes)
