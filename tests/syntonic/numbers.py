"""Numbers that tests draw, and a plain interpreter of the ring in Python's integers."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from emberharmony.syntonic import Golden, GoldenArray

EDGES = [2**k + step for k in (7, 15, 31, 53, 63, 127) for step in (-2, -1, 0, 1, 2)]
edges = st.sampled_from([*EDGES, *(-x for x in EDGES)])
integers = (
    st.integers(-9, 9)
    | st.integers(-(2**31), 2**31)
    | edges
    | st.integers(-(2**200), 2**200)
    | st.integers(-(2**2000), 2**2000)
)
dens = st.integers(1, 30) | st.integers(1, 2**100)
goldens = st.builds(Golden, integers, integers, dens)
wholes = st.builds(Golden, integers, integers)


def pair(x: Golden) -> tuple[Fraction, Fraction]:
    """The two rational coefficients."""
    return Fraction(x.a, x.den), Fraction(x.b, x.den)


def times(x: tuple[Fraction, Fraction], y: tuple[Fraction, Fraction]) -> tuple[Fraction, Fraction]:
    """The product by phi^2 = phi + 1, four multiplications."""
    (a, b), (c, d) = x, y
    return a * c + b * d, a * d + b * c + b * d


_dens = st.integers(1, 12)


@st.composite
def arrays(draw, shape=None, values=integers, den=_dens):
    """An exact array, and its numbers in nested lists."""
    if shape is None:
        shape = tuple(draw(st.lists(st.integers(1, 4), max_size=3)))
    size = 1
    for n in shape:
        size *= n
    a = draw(st.lists(values, min_size=size, max_size=size))
    b = draw(st.lists(values, min_size=size, max_size=size))
    return GoldenArray.from_ints(a, b, draw(den)).reshape(shape)


def flat(x: GoldenArray) -> list[Golden]:
    """The numbers of an array in a row."""
    return x.reshape(-1).tolist()
