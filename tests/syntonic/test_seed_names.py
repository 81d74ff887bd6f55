"""The names that exact tensors had before: each gives a new tensor, and changes none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from emberharmony.syntonic import Golden, ResonantTensor, concat, phi

X = ResonantTensor.from_ints([[1, -2], [0, 3]], [[0, 1], [-1, 0]], 2)
Y = ResonantTensor.from_ints([[1, 1], [2, -1]], [[1, 0], [0, 1]])


def test_the_eleven_operations_are_methods_that_leave_the_tensor_as_it_was():
    before = X.tolist()
    results = {
        "sigmoid": X.sigmoid(bound=100),
        "tanh": X.tanh(bound=100),
        "elementwise_mul": X.elementwise_mul(Y),
        "elementwise_add": X.elementwise_add(Y),
        "layer_norm": X.layer_norm(bound=100),
        "concat": concat([X, Y], -1),
        "scalar_mul": X.scalar_mul(Fraction(1, 3)),
        "scalar_add": X.scalar_add(phi),
        "negate": X.negate(),
        "one_minus": X.one_minus(),
        "softmax": X.softmax(-1, exact_sum=True, den=1000),
    }
    assert X.tolist() == before
    assert all(isinstance(result, ResonantTensor) for result in results.values())
    assert (results["elementwise_mul"] == X * Y).all()
    assert (results["elementwise_add"] == X + Y).all()
    assert (results["scalar_mul"] == X / 3).all()
    assert (results["one_minus"].one_minus() == X).all()
    assert (results["negate"] + X == 0).all()
    assert results["softmax"].sum(-1).tolist() == [Golden(1), Golden(1)]
    assert results["concat"].shape == (2, 4)
    assert (abs(results["tanh"].to_floats()) <= 1).all()


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "sqrt", "erf", "gelu"])
def test_functions_are_methods_with_a_bound(name):
    result = getattr(abs(Y) + 1, name)(bound=1000)
    assert result.bounds()[1] <= 1000
    assert result.shape == Y.shape
