"""Functions of exact arrays, rounded to golden integers: each is the nearest one, whatever computes it."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis.strategies import integers, lists, sampled_from, tuples

from emberharmony import _core
from emberharmony.errors import ArgumentError, WidthError
from emberharmony.syntonic import Golden, GoldenArray, nonlinear, phi

ONE_ARGUMENT = ("exp", "log", "sin", "cos", "tanh", "sigmoid", "erf", "gelu", "sqrt")
SMALL = tuples(integers(-40, 40), integers(-40, 40), integers(1, 30))


def apply(name: str, x: GoldenArray, bound: int) -> GoldenArray:
    return getattr(nonlinear, name)(x, bound=bound)


def defined(name: str, x: Golden) -> Golden:
    if name in ("log", "sqrt"):
        x = abs(x)
    return Golden(1, 1, 3) if name == "log" and not x else x


def array(*numbers: Golden | Fraction | int) -> GoldenArray:
    return GoldenArray.from_numbers([*numbers])


def several(n: int) -> GoldenArray:
    """Numbers between -10 and 11, by integers alone: the same everywhere."""
    b = [7919 * i % 1001 - 500 for i in range(n)]
    return GoldenArray.from_ints([104_729 * i % 20 - 10 - b * 1618 // 1000 for i, b in enumerate(b)], b)


def inputs(name: str, n: int) -> GoldenArray:
    return several(n).absolute() + Golden(1, 0, 7) if name in ("log", "sqrt") else several(n)


@pytest.fixture(scope="module")
def mp() -> Any:
    """The oracle, with 400 bits."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workprec(400):
        yield mpmath


def real(mp: Any, x: Golden) -> Any:
    return (x.a + x.b * (1 + mp.sqrt(5)) / 2) / mp.mpf(x.den)


def value(mp: Any, name: str, x: Any) -> Any:
    match name:
        case "sigmoid":
            return 1 / (1 + mp.exp(-x))
        case "gelu":
            return x * (1 + mp.erf(x / mp.sqrt(2))) / 2
        case _:
            return getattr(mp, name)(x)


def nearest(mp: Any, x: Any, bound: int) -> Golden:
    """By looking at every b; the first of two that are equally near."""
    root = (1 + mp.sqrt(5)) / 2
    candidates = [Golden(int(mp.nint(x - b * root)), b) for b in range(-bound, bound + 1)]
    return min(candidates, key=lambda z: abs(real(mp, z) - x))


@given(name=sampled_from(ONE_ARGUMENT), numbers=lists(SMALL, min_size=1, max_size=4), bound=integers(0, 60))
def test_every_result_is_the_nearest_to_the_oracle(mp, name, numbers, bound):
    numbers = [defined(name, Golden(*parts)) for parts in numbers]
    assume(all(numbers))  # at zero the sigmoid is a tie
    found = apply(name, array(*numbers), bound).tolist()
    assert found == [nearest(mp, value(mp, name, real(mp, x)), bound) for x in numbers]


@given(name=sampled_from(("sin", "cos", "tanh", "sigmoid", "erf")), power=integers(1, 200), bound=integers(1, 40))
def test_large_and_tiny_arguments_are_no_worse(mp, name, power, bound):
    x = [Golden(10**power + 1), phi**-power, Golden(1, 0, 10**power)]
    with mp.workprec(1200):
        wanted = [nearest(mp, value(mp, name, real(mp, z)), bound) for z in x]
    assert [apply(name, array(z), bound).item() for z in x] == wanted


@given(a=integers(-20, 20), b=integers(-9, 9), bits=integers(60, 900), up=sampled_from((-1, 1)))
def test_a_value_next_to_a_middle_falls_on_its_own_side(mp, a, b, bits, up):
    middle = _core.golden_nearest(a * 2**20 + b, 20, 9)  # some element, and the one after it
    upper = min(
        (
            Golden(int(mp.ceil(real(mp, Golden(*middle)) - c * real(mp, phi) + mp.mpf(2) ** -90)), c)
            for c in range(-9, 10)
        ),
        key=lambda z: real(mp, z),
    )
    with mp.workprec(bits + 200):
        power = mp.exp(real(mp, Golden(*middle) + upper) / 2)
        x = Fraction(int(mp.nint(power * mp.mpf(2) ** bits)) + up * 2**8, 2**bits)  # off by about 2^(8 - bits)
    assert apply("log", array(x), 9).item() == (upper if up > 0 else Golden(*middle))


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "erf", "sqrt"])
def test_what_grows_grows_in_steps(name):
    x = inputs(name, 400).sort()
    assert (apply(name, x[1:], 300) >= apply(name, x[:-1], 300)).all()


@pytest.mark.parametrize("name", ["sin", "tanh", "erf"])
def test_odd_functions_are_odd_and_cos_is_even(name):
    x = several(300)
    assert (apply(name, -x, 200) == -apply(name, x, 200)).all()
    assert (apply("cos", -x, 200) == apply("cos", x, 200)).all()


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_words_and_big_integers_give_the_same(name):
    x = inputs(name, 300)
    big = GoldenArray.from_ints([k << 90 for k in x.a.tolist()], [k << 90 for k in x.b.tolist()], x.den << 90)
    assert big.width == "big"
    assert (apply(name, big, 1000) == apply(name, x, 1000)).all()
    assert (apply(name, x[:3], 1000) == apply(name, x, 1000)[:3]).all()  # a table, or none


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_threads_do_not_change_a_byte(name, monkeypatch):
    x, seen = inputs(name, 2000 if name not in ("erf", "gelu") else 600), set()
    for threads in "127":
        monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
        y = apply(name, x, 1000)
        seen.add((y.a.tobytes(), y.b.tobytes(), y.width))
    assert len(seen) == 1


def test_threads_do_not_change_a_byte_of_a_softmax(monkeypatch):
    x, seen = several(2000).reshape(200, 10), set()
    for threads in "127":
        monkeypatch.setenv("EMBERHARMONY_THREADS", threads)
        y, z = nonlinear.softmax(x, bound=1000), nonlinear.softmax(x, exact_sum=True, den=997)
        seen.add((y.a.tobytes(), y.b.tobytes(), z.a.tobytes()))
    assert len(seen) == 1


def test_the_bits_are_the_same_on_every_machine():
    digest = hashlib.sha256()
    for name in ONE_ARGUMENT:
        y = apply(name, inputs(name, 200), 1000)
        digest.update(repr((name, y.a.tolist(), y.b.tolist())).encode())
    x = several(60).reshape(6, 10)
    for y in (
        nonlinear.softmax(x, bound=1000),
        nonlinear.softmax(x, exact_sum=True, den=1000),
        nonlinear.layer_norm(x, bound=1000),
    ):
        digest.update(repr((y.a.tolist(), y.b.tolist())).encode())
    assert digest.hexdigest() == "e69e71e12c9cbdc0ae7a4f39dc8229e8d5a745af03f59e84cc52fc8e1cee98c9"


def test_what_is_known_exactly_is_exact():
    zero, one = array(0), array(1)
    for name, wanted in {"exp": 1, "cos": 1, "sin": 0, "tanh": 0, "erf": 0, "gelu": 0, "sqrt": 0}.items():
        assert apply(name, zero, 1000).item() == wanted, name
    assert apply("log", one, 1000).item() == 0
    assert apply("sqrt", array(1, 49, phi**2, phi**-20), 1000).tolist() == [1, 7, phi, phi**-10]


@pytest.mark.parametrize("bound", [0, 1, 5, 100])
def test_a_half_is_a_tie_that_the_smaller_b_wins(bound):
    half = apply("sigmoid", array(0), bound).item()
    assert half == Golden(*_core.golden_nearest(1, 1, bound))
    assert abs(half - Fraction(1, 2)) == abs((1 - half) - Fraction(1, 2))
    assert half.b <= (1 - half).b
    assert apply("sqrt", array(Fraction(1, 4)), bound).item() == half
    assert nonlinear.softmax(array(3, 3), bound=bound).tolist() == [half, half]


def test_a_root_in_the_middle_of_two_is_decided_exactly():
    for middle in (Golden(-7, 5, 2), Golden(3, 1, 2), Golden(-1, 1, 2)):
        found = apply("sqrt", array(middle**2), 3).item()
        far = abs(found - middle)
        others = [Golden(math.floor(middle - Golden(0, b)) + up, b) for b in range(-3, 4) for up in (0, 1)]
        assert min((abs(z - middle), z.b) for z in others) == (far, found.b)


def test_gelu_of_a_half_is_below_it_however_little():
    x = array(Golden(2001, 0, 2), Golden(-2001, 0, 2))
    below, above = apply("gelu", x, 100).tolist()
    assert below < Golden(2001, 0, 2)
    assert above == 0
    assert Golden(*_core.golden_nearest(2001, 1, 100)) in (below, Golden(2001) - below)


# -- rows --


@given(rows=lists(lists(SMALL, min_size=3, max_size=3), min_size=1, max_size=3), den=integers(1, 10**6))
def test_shares_add_up_to_one_and_keep_the_order(rows, den):
    x = GoldenArray.from_numbers([[Golden(*parts) for parts in row] for row in rows])
    y = nonlinear.softmax(x, exact_sum=True, den=den)
    assert y.den == den
    assert (y.sum(-1) == 1).all()
    assert (y >= 0).all()
    order = x.argsort(-1)
    ordered = y.gather(order)
    equal = x.gather(order)[..., 1:] == x.gather(order)[..., :-1]
    assert ((ordered[..., 1:] >= ordered[..., :-1]) | equal).all()


def test_equal_shares_go_to_the_first():
    y = nonlinear.softmax(GoldenArray.from_ints([[5, 5, 5], [1, 0, 1]]), exact_sum=True, den=100)
    assert y.a.tolist()[0] == [34, 33, 33]
    assert y.a.tolist()[1] == [42, 16, 42]


@given(numbers=lists(SMALL, min_size=2, max_size=6), bound=integers(1, 60), den=integers(2, 10**9))
def test_a_softmax_is_the_nearest_to_the_oracle(mp, numbers, bound, den):
    row = [Golden(*parts) for parts in numbers]
    assume(len({*row}) > 1)
    powers = [mp.exp(real(mp, x)) for x in row]
    wanted = [nearest(mp, power / sum(powers), bound) for power in powers]
    assert nonlinear.softmax(array(*row), bound=bound).tolist() == wanted
    big = array(*row) * 2**80 / 2**80
    assert nonlinear.softmax(big, bound=bound).tolist() == wanted
    quotas = [den * power / sum(powers) for power in powers]
    shares = [int(mp.floor(quota)) for quota in quotas]
    for i in sorted(range(len(row)), key=lambda i: (shares[i] - quotas[i], i))[: den - sum(shares)]:
        shares[i] += 1
    assert nonlinear.softmax(array(*row), exact_sum=True, den=den).a.tolist() == shares


def test_a_softmax_runs_along_any_axis():
    x = several(60).reshape(3, 4, 5)
    for axis in (0, 1, -1):
        y = nonlinear.softmax(x, axis, bound=500)
        moved = x.permute(*(i for i in range(3) if i != axis % 3), axis % 3)
        again = nonlinear.softmax(moved, bound=500)
        assert (y.permute(*(i for i in range(3) if i != axis % 3), axis % 3) == again).all()
        assert (nonlinear.softmax(x, axis, exact_sum=True, den=99).sum(axis) == 1).all()


@given(numbers=lists(SMALL, min_size=2, max_size=5), bound=integers(1, 40), golden=sampled_from((False, True)))
def test_a_layer_norm_is_the_nearest_to_the_oracle(mp, numbers, bound, golden):
    row = [Golden(*parts) for parts in numbers]
    gamma, beta = [Golden(i, 1 - i, 3) for i in range(len(row))], [Golden(1, -i, 7) for i in range(len(row))]
    eps = Fraction(1, 1000)
    x = [real(mp, z) for z in row]
    mean = sum(x) / len(x)
    scale = mp.sqrt(sum((z - mean) ** 2 for z in x) / len(x) + mp.mpf(1) / 1000) * (
        mp.sqrt(real(mp, phi)) if golden else 1
    )
    exact = [(z - mean) / scale * real(mp, g) + real(mp, s) for z, g, s in zip(x, gamma, beta, strict=True)]
    y = nonlinear.layer_norm(array(*row), array(*gamma), array(*beta), eps, golden, bound=bound)
    assert y.tolist() == [nearest(mp, z, bound) for z in exact]


def test_a_golden_layer_norm_has_a_variance_near_one_over_phi():
    y = nonlinear.layer_norm(several(400).reshape(4, 100), bound=10_000)
    # each element is off by less than 4e-5, so the mean too, and the variance by less than 2 * 4e-5 * 4
    assert (y.mean(-1).absolute() < Fraction(4, 10**5)).all()
    assert ((y.var(-1) - 1 / phi).absolute() < Fraction(4, 10**4)).all()


# -- the exact ones --


@given(SMALL, SMALL, integers(0, 50))
def test_the_exact_operations_are_exact(x, y, snap):
    p, q = Golden(*x), Golden(*y)
    row, other = array(p, q), array(q, p)
    assert nonlinear.elementwise_add(row, other).tolist() == [p + q, p + q]
    assert nonlinear.elementwise_mul(row, other).tolist() == [p * q, p * q]
    assert nonlinear.scalar_add(row, q).tolist() == [p + q, q + q]
    assert nonlinear.scalar_mul(row, 0.1).tolist() == [p * Fraction(0.1), q * Fraction(0.1)]
    assert nonlinear.negate(row).tolist() == [-p, -q]
    assert nonlinear.one_minus(row).tolist() == [1 - p, 1 - q]
    assert (nonlinear.one_minus(nonlinear.one_minus(row)) == row).all()
    numerator, bits = (0.3).as_integer_ratio()
    near = Golden(*_core.golden_nearest(numerator, bits.bit_length() - 1, snap))
    assert nonlinear.scalar_mul(row, 0.3, snap=snap).tolist() == [p * near, q * near]
    assert nonlinear.scalar_add(row, near, snap=snap).tolist() == [p + near, q + near]  # what is near already stays


def test_nothing_is_done_in_place():
    x = several(50)
    before = x.a.tobytes(), x.b.tobytes()
    for name in ONE_ARGUMENT:
        apply(name, x.absolute() + 1, 50)
    nonlinear.softmax(x, bound=9)
    nonlinear.layer_norm(x, bound=9)
    assert (x.a.tobytes(), x.b.tobytes()) == before


def test_shapes_stay_also_where_nothing_is_in_them():
    for shape in ((), (0,), (3, 0), (2, 3)):
        x = GoldenArray.zeros(shape)
        assert apply("exp", x, 5).shape == shape
        if shape:
            assert nonlinear.softmax(x, bound=5).shape == nonlinear.softmax(x, exact_sum=True, den=5).shape == shape


# -- errors --


def test_errors_name_the_element():
    with pytest.raises(ArgumentError, match=r"log of 0 at \(1, 0\)"):
        apply("log", GoldenArray.from_ints([[1, 2], [0, 4]]), 10)
    with pytest.raises(ArgumentError, match=r"sqrt of .* at \(1,\)"):
        apply("sqrt", array(phi - 1, 1 - phi), 10)
    with pytest.raises(ArgumentError, match=r"exp of 1000000 at \(0,\)"):
        apply("exp", array(10**6), 10)
    with pytest.raises(ArgumentError, match="eps"):
        nonlinear.layer_norm(array(1, 1), eps=0, bound=10)


def test_a_wide_result_promotes_or_is_refused():
    assert apply("exp", array(100), 10).width == "big"
    with pytest.raises(WidthError, match="exp needs"):
        apply("exp", GoldenArray.from_ints([0, 100], overflow="raise"), 10)


@pytest.mark.parametrize("bound", [-1, 2**63, 1.5, True])
def test_a_bound_is_a_natural_number(bound):
    with pytest.raises(ArgumentError, match="bound"):
        apply("exp", array(1), bound)


def test_a_softmax_takes_a_bound_or_a_denominator():
    for wrong in (
        {},
        {"bound": 3, "den": 4},
        {"exact_sum": True},
        {"exact_sum": True, "den": 0},
        {"exact_sum": True, "bound": 3, "den": 4},
    ):
        with pytest.raises(ArgumentError, match="softmax"):
            nonlinear.softmax(array(1, 2), **wrong)
