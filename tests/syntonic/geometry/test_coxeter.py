"""Coxeter groups: determinants, orders and sizes as the tables have them, exactly."""

from itertools import permutations
from math import prod

import pytest

from emberharmony.errors import EmberError
from emberharmony.syntonic import Golden, GoldenArray, fib, phi
from emberharmony.syntonic.geometry import (
    closure,
    coxeter_element,
    coxeter_matrix,
    generated_group,
    h3_roots,
    h4_roots,
    order,
    positive_roots,
    simple_reflections,
)

NUMBERS = {"A1": 2, "A4": 5, "D4": 6, "D6": 10, "E6": 12, "E7": 18, "E8": 30, "H2": 5, "H3": 10, "H4": 30}
SIZES = {"A1": 2, "A4": 120, "D4": 192, "H2": 10, "H3": 120, "H4": 14_400}


def leibniz(matrix):
    rows = matrix.tolist()
    total = Golden(0)
    for places in permutations(range(len(rows))):
        sign = prod(-1 for i, p in enumerate(places) for q in places[:i] if q > p)
        total = total + prod((rows[i][p] for i, p in enumerate(places)), start=Golden(sign))
    return total


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("I2(5)", 3 - phi), ("H3", 4 - 2 * phi), ("H4", 5 - 3 * phi), ("A4", 5), ("D4", 4), ("D5", 4), ("E6", 3)],
)
def test_determinants_are_those_of_the_tables(kind, expected):
    assert leibniz(coxeter_matrix(kind)) == expected


@pytest.mark.parametrize(("kind", "expected"), NUMBERS.items())
def test_the_coxeter_element_has_the_coxeter_number_as_its_order(kind, expected):
    assert order(coxeter_element(coxeter_matrix(kind))) == expected


@pytest.mark.parametrize(("kind", "expected"), SIZES.items())
def test_the_mirrors_make_groups_of_the_known_sizes(kind, expected):
    group = generated_group(simple_reflections(coxeter_matrix(kind)))
    assert len(group) == expected
    assert len({(a.tobytes(), b.tobytes()) for a, b in zip(group.a, group.b, strict=True)}) == expected


def test_the_mirrors_keep_the_form():
    for kind in NUMBERS:
        form = coxeter_matrix(kind)
        for mirror in simple_reflections(form):
            assert (mirror.T @ form @ mirror == form).all()


@pytest.mark.parametrize(("kind", "roots"), [("H3", h3_roots()), ("H4", h4_roots())])
def test_roots_at_the_angles_of_the_diagram_make_the_whole_system(kind, roots):
    form = coxeter_matrix(kind)
    inner = 2 * (roots @ roots.T)
    chosen = corners(inner, form.tolist())
    assert (inner[chosen][:, chosen] == form).all()
    found = closure(roots[chosen])
    assert {tuple(row) for row in found.tolist()} == {tuple(row) for row in roots.tolist()}
    assert len(positive_roots(roots)) == len(roots) // 2 == NUMBERS[kind] * len(form) // 2


def corners(inner, form):
    """Places of roots whose products are those of the form: the first that a search finds."""
    inner, chosen = inner.tolist(), []

    def extend():
        depth = len(chosen)
        if depth == len(form):
            return True
        for i in range(len(inner)):
            if all(inner[i][j] == form[depth][k] for k, j in enumerate(chosen)):
                chosen.append(i)
                if extend():
                    return True
                chosen.pop()
        return False

    assert extend()
    return chosen


def test_powers_of_the_fibonacci_matrix_are_fibonacci_numbers():
    matrix, power = GoldenArray.from_ints([[1, 1], [1, 0]]), GoldenArray.eye(2)
    for n in range(200):
        assert power.tolist() == [[fib(n + 1), fib(n)], [fib(n), fib(n - 1)]]
        power = power @ matrix


@pytest.mark.parametrize("kind", ["", "H5", "A0", "D3", "E9", "B3", "I2(7)", "A"])
def test_other_kinds_are_errors(kind):
    with pytest.raises(EmberError):
        coxeter_matrix(kind)


def test_what_has_no_end_is_an_error():
    shear = GoldenArray.from_ints([[1, 1], [0, 1]])
    with pytest.raises(EmberError, match="finite order"):
        order(shear, limit=40)
    with pytest.raises(EmberError, match="finite group"):
        generated_group(shear.reshape(1, 2, 2), limit=40)
    with pytest.raises(EmberError, match="over Z"):
        generated_group((shear / 2).reshape(1, 2, 2))
