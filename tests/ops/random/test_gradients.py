"""A gradient through a draw is right, or refused by name: never a silent zero."""

import pytest

from emberharmony import ops
from emberharmony.errors import UnsupportedError
from emberharmony.ops import random

KEY = random.key(3)
REFUSED = {
    "beta": lambda a: ops.sum(random.beta(KEY, a, 1.0)),
    "dirichlet": lambda a: random.dirichlet(KEY, a)[0],
    "gamma": lambda a: ops.sum(random.gamma(KEY, a)),
    "truncated_normal": lambda a: ops.sum(random.truncated_normal(KEY, -1.0, a)),
    "poisson": lambda a: ops.sum(ops.astype(random.poisson(KEY, a), a.dtype) * a),
    "binomial": lambda a: ops.sum(ops.astype(random.binomial(KEY, 9, a / 4), a.dtype) * a),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_draw_that_is_no_differentiable_function_of_its_parameter_refuses(backend, name):
    a = ops.asarray([2.0, 3.0])
    with pytest.raises(UnsupportedError, match=name):
        ops.tolist(ops.grad(REFUSED[name])(a))


@pytest.mark.parametrize("name", REFUSED)
def test_with_stop_gradient_the_rest_is_differentiated(backend, name):
    a = ops.asarray([2.0, 3.0])
    slope = ops.grad(lambda a: REFUSED[name](ops.stop_gradient(a)) + ops.sum(a * a))(a)
    assert ops.tolist(slope) == [4.0, 6.0]


def test_bounds_of_a_uniform_and_choices_are_differentiated(backend):
    a = ops.asarray([2.0, 3.0])
    u = random.uniform(KEY, (2,))
    slope = ops.grad(lambda a: ops.sum(random.uniform(KEY, (2,), minval=0.0, maxval=a)))(a)
    assert ops.tolist(slope) == ops.tolist(u)
    picked = int(ops.item(random.categorical(KEY, a)))
    assert ops.tolist(ops.grad(lambda a: a[picked] * 2)(a)) == [2.0 * (i == picked) for i in range(2)]
    assert ops.tolist(ops.grad(lambda a: ops.sum(ops.take(a, random.choice(KEY, 2, (3,)))))(a)) == ops.tolist(
        ops.astype(ops.bincount(random.choice(KEY, 2, (3,)), minlength=2), a.dtype)
    )
