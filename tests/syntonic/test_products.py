from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.syntonic.numbers import arrays, integers

from emberharmony.errors import WidthError
from emberharmony.syntonic import Golden, GoldenArray, explain, linalg, matmul, phi
from emberharmony.syntonic.products import Plan, Proof

flint = pytest.importorskip("flint")
MATRICES = [((3, 5), (5, 4)), ((2, 1, 4, 7), (3, 7, 5)), ((13, 33), (33, 35))]
EDGES = [((5,), (5,)), ((5,), (5, 3)), ((2, 5), (5,)), ((0, 3), (3, 2)), ((2, 0), (0, 2))]


def random_array(rng, shape, size):
    draw = [int(rng.integers(0, 2**62)) ** 5 % (2 * size + 1) - size for _ in range(2 * int(np.prod(shape)))]
    a, b = np.array(draw[::2], object).reshape(shape), np.array(draw[1::2], object).reshape(shape)
    return GoldenArray.from_ints(a, b)


def same_bits(x, y):
    return (x.shape, x.den, x.a.tolist(), x.b.tolist()) == (y.shape, y.den, y.a.tolist(), y.b.tolist())


@pytest.mark.parametrize("bits", [1, 7, 13, 14, 15, 23, 25, 31, 62, 63, 64, 200])
def test_every_plan_that_holds_the_sums_gives_the_same_integers(bits):
    rng = np.random.default_rng(bits)
    for left, right in [*MATRICES, *EDGES]:
        x, y = random_array(rng, left, 2**bits), random_array(rng, right, 2**bits)
        wanted = matmul(x, y, plan="integers")
        held = 0
        for plan in get_args(Plan):
            if plan not in ("auto", "integers") and not Proof.of(x, y, left[-1]).allows(plan):
                with pytest.raises(ValueError, match="a plan that holds them"):
                    matmul(x, y, plan=plan)
                continue
            held += 1
            assert same_bits(matmul(x, y, plan=plan), wanted), (plan, left, right)
        assert held >= 3


@given(x=arrays((3, 4)), y=arrays((4, 2)))
def test_a_product_is_the_sum_of_products(x, y):
    rows, columns = x.tolist(), y.T.tolist()
    wanted = [[sum((p * q for p, q in zip(row, column, strict=True)), Golden(0)) for column in columns] for row in rows]
    assert (x @ y).tolist() == wanted


@pytest.mark.parametrize("plan", ["int16", "float32", "float64"])
def test_a_plan_holds_at_its_bound_and_refuses_one_beyond(plan):
    depth = 4

    def array(size, shape):
        return GoldenArray.from_ints([size] * 4).reshape(shape)

    limit = {"int16": 2**15 - 1, "float32": int((2**24 - 1) ** 0.5 / 2), "float64": int((2**53 - 1) ** 0.5 / 2)}[plan]
    while True:  # the largest size that the plan takes
        try:
            matmul(array(limit + 1, (1, depth)), array(limit + 1, (depth, 1)), plan=plan)
        except ValueError:
            break
        limit += 1
    x, y = array(limit, (1, depth)), array(-limit, (depth, 1))
    assert matmul(x, y, plan=plan).item() == -depth * limit**2
    assert limit >= {"int16": 2**14, "float32": 2**11 - 1, "float64": 2**25}[plan]
    assert (array(limit + 1, (1, depth)) @ array(limit + 1, (depth, 1))).item() == depth * (limit + 1) ** 2


def test_explain_says_bits_width_plan_and_reason():
    x = GoldenArray.from_ints(np.full((8, 8), 100), np.full((8, 8), -100))
    found = explain(x, x)
    assert (found.plan, found.bits, found.width) == ("int16", 19, "int32")
    assert found.bound == 8 * 3 * 100**2
    assert "16 bits" in str(found)
    wide = explain(x * 10**20, x)
    assert wide.plan == "integers"
    assert wide.width == "big"
    assert explain(GoldenArray.zeros((64, 64)) + 2**40, GoldenArray.zeros((64, 64)) + 2**40).plan == "residues"


def test_products_past_64_bits_raise_where_that_is_asked():
    x = GoldenArray.from_ints(np.full((2, 2), 2**40), overflow="raise")
    with pytest.raises(WidthError, match="matmul needs 83 bits"):
        x @ x
    with pytest.raises(ValueError, match="as many columns as rows"):
        x @ GoldenArray.zeros((3, 2))
    with pytest.raises(ValueError, match="plan='fast'"):
        matmul(x, x, plan="fast")


@given(data=st.data(), n=st.integers(1, 4))
def test_determinants_solutions_and_polynomials_are_exact(data, n):
    values = st.integers(-4, 4) | integers
    x, y = data.draw(arrays((n, n), values)), data.draw(arrays((n, 2), values))
    d = linalg.det(x).item()
    assert linalg.det(x @ x).item() == d * d
    assert linalg.det(x.T).item() == d
    if d:
        assert ((x @ linalg.inv(x)) == GoldenArray.eye(n)).all()
        assert (x @ linalg.solve(x, y) == y).all()
        assert linalg.rank(x) == n
        assert (linalg.matrix_power(x, -2) @ x @ x == GoldenArray.eye(n)).all()
    else:
        assert linalg.rank(x) < n
        with pytest.raises(ZeroDivisionError, match="singular"):
            linalg.solve(x, y)
    polynomial = linalg.charpoly(x)
    value = GoldenArray.zeros((n, n))
    for c in polynomial:
        value = value @ x + GoldenArray.eye(n) * c
    assert (value == 0).all()  # Cayley and Hamilton
    assert polynomial[n].item() == d * (-1) ** n


def test_determinants_of_integers_are_flints():
    rng = np.random.default_rng(3)
    for n in (1, 5, 20):
        a = rng.integers(-1000, 1000, (n, n))
        assert linalg.det(GoldenArray.from_ints(a)).item() == int(flint.fmpz_mat(n, n, [int(v) for v in a.flat]).det())


def test_coxeter_matrices_have_their_determinants():
    def coxeter(*labels):
        n = len(labels) + 1
        x = [[Golden(2 * (i == j)) for j in range(n)] for i in range(n)]
        for i, label in enumerate(labels):
            x[i][i + 1] = x[i + 1][i] = -phi if label == 5 else Golden(-1)
        return GoldenArray.from_numbers(x)

    assert linalg.det(coxeter(5)).item() == 3 - phi
    assert linalg.det(coxeter(5, 3)).item() == 4 - 2 * phi
    assert linalg.det(coxeter(5, 3, 3)).item() == 5 - 3 * phi


def test_powers_of_the_fibonacci_matrix_are_fibonacci_numbers():
    q = linalg.matrix_power(GoldenArray.from_ints([[1, 1], [1, 0]]), 300)
    assert q[0, 1].item() == int(flint.fmpz.fib_ui(300))
    assert (linalg.matrix_power(GoldenArray.from_ints([[1, 1], [1, 0]]), 0) == GoldenArray.eye(2)).all()


@given(x=arrays((4, 2), st.integers(-9, 9)), y=arrays((2, 5), st.integers(-9, 9)))
def test_the_rank_of_a_product_through_two_is_at_most_two(x, y):
    assert linalg.rank(x @ y) <= min(linalg.rank(x), linalg.rank(y)) <= 2


def test_determinants_that_primes_divide_are_put_together_from_others():
    from emberharmony.syntonic import residues

    p = residues.enough(1)[0]  # the first prime that is taken
    x = GoldenArray.from_ints([[p, 1], [0, p]])
    y = GoldenArray.from_ints([1, 1])
    assert linalg.det(x).item() == p**2
    assert (x @ linalg.solve(x, y) == y).all()
