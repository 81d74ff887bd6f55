"""Random programs against an interpreter that knows numbers alone."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.syntonic.numbers import EDGES, flat

from emberharmony.syntonic import Golden, GoldenArray, concat, phi

FULL = os.environ.get("EMBERHARMONY_TESTS") == "full"
SIZE = 3
values = st.integers(-9, 9) | st.sampled_from([*EDGES, *(-x for x in EDGES)])
STEPS = [
    "add",
    "sub",
    "mul",
    "neg",
    "conj",
    "phi",
    "relu",
    "max",
    "sort",
    "sum",
    "matmul",
    "concat",
    "where",
    "reverse",
]


def apply(step, x, y):
    match step:
        case "add":
            return x + y
        case "sub":
            return x - y
        case "mul":
            return x * y
        case "neg":
            return -x
        case "conj":
            return x.conj()
        case "phi":
            return x.mul_phi(-2)
        case "relu":
            return x.relu()
        case "max":
            return x.maximum(y)
        case "sort":
            return x.sort()
        case "sum":
            return y + x.sum()
        case "matmul":
            return x.reshape(SIZE, 1) @ y.reshape(1, SIZE) @ x
        case "concat":
            return concat([x, y])[1 : SIZE + 1]
        case "where":
            return x.where(x < y, y * 2)
        case _:
            return x[::-1]


def interpret(step, x, y):
    pairs = list(zip(x, y, strict=True))
    match step:
        case "add":
            return [p + q for p, q in pairs]
        case "sub":
            return [p - q for p, q in pairs]
        case "mul":
            return [p * q for p, q in pairs]
        case "neg":
            return [-p for p in x]
        case "conj":
            return [p.conj() for p in x]
        case "phi":
            return [p / phi / phi for p in x]
        case "relu":
            return [max(p, Golden(0)) for p in x]
        case "max":
            return [max(p, q) for p, q in pairs]
        case "sort":
            return sorted(x)
        case "sum":
            return [q + sum(x, Golden(0)) for q in y]
        case "matmul":
            dot = sum((q * p for p, q in pairs), Golden(0))
            return [p * dot for p in x]
        case "concat":
            return [*x, *y][1 : SIZE + 1]
        case "where":
            return [p if p < q else 2 * q for p, q in pairs]
        case _:
            return x[::-1]


row = st.lists(values, min_size=SIZE, max_size=SIZE)


@settings(max_examples=2000 if FULL else 40)
@given(
    start=st.lists(st.tuples(row, row, st.integers(1, 6)), min_size=2, max_size=3),
    program=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=50),
)
def test_a_program_of_up_to_fifty_operations_gives_the_numbers_of_the_interpreter(start, program):
    arrays = [GoldenArray.from_ints(a, b, den) for a, b, den in start]
    numbers = [[Golden(p, q, den) for p, q in zip(a, b, strict=True)] for a, b, den in start]
    for step, i, j in program:
        i, j = i % len(arrays), j % len(arrays)
        if max(max(abs(x.a), abs(x.b)).bit_length() for x in numbers[i] + numbers[j]) > 3000:
            continue  # products of products double their digits: far enough
        arrays[i] = apply(step, arrays[i], arrays[j])
        numbers[i] = interpret(step, numbers[i], numbers[j])
        assert flat(arrays[i]) == numbers[i], step
