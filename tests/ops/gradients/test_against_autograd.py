"""The tape against HIPS autograd, another implementation of the same mathematics, on everything that both can do."""

import numpy as np
import pytest

import emberharmony as eh

from .test_every_op import arrays, close

autograd = pytest.importorskip("autograd")
anp = autograd.numpy

SAME_NAME = [
    "abs", "arctan2", "cos", "cosh", "exp", "expm1", "hypot", "log", "log10", "log1p", "log2", "logaddexp", "max",
    "maximum", "mean", "min", "minimum", "negative", "prod", "reciprocal", "sin", "sinh", "sqrt", "square", "std", "sum",
    "tan", "tanh", "var",
]  # fmt: skip
RENAMED = {
    "acos": anp.arccos, "acosh": anp.arccosh, "asin": anp.arcsin, "asinh": anp.arcsinh, "atan": anp.arctan,
    "atanh": anp.arctanh, "cumulative_sum": lambda x: anp.cumsum(x * x), "linalg.inv": anp.linalg.inv,
    "linalg.det": anp.linalg.det, "linalg.solve": anp.linalg.solve, "linalg.pinv": anp.linalg.pinv,
    "linalg.cholesky": lambda a: anp.linalg.cholesky((a + a.T) / 2), "linalg.eigvalsh": lambda a: anp.linalg.eigh((a + a.T) / 2)[0],
    "linalg.slogdet": lambda a: anp.linalg.slogdet(a)[1], "matmul": anp.matmul, "einsum": lambda a, b: anp.einsum("ij,kj->ik", a, b),
    "kron": anp.kron, "linalg.outer": anp.outer,
    "fft.fft": anp.fft.fft, "tensordot": lambda a, b: anp.tensordot(a, b, axes=1), "permute_dims": lambda a: anp.transpose(a * a, (2, 0, 1)),
    "roll": lambda a: anp.roll(a * a, 1), "linalg.svdvals": lambda a: anp.linalg.svd(a, full_matrices=False)[1],
    "divide": lambda a, b: a / b, "pow": lambda a, b: a**b, "triu": lambda a: anp.triu(a * a, 1), "tril": lambda a: anp.tril(a * a, -1),
}  # fmt: skip
OURS = {"arctan2": "atan2"}
# where our case does more than call the function
WRAPPED = {"sum": lambda x: anp.sum(x * x), "mean": lambda x: anp.mean(x * x)}


def pairs():
    from .cases import CASES

    for name in [*SAME_NAME, *RENAMED]:
        theirs = WRAPPED.get(name) or RENAMED.get(name) or getattr(anp, name, None)
        case = OURS.get(name, name)
        case = case if case in CASES else f"{case}-0"
        if theirs is not None:
            yield pytest.param(case, theirs, id=case)


@pytest.mark.parametrize(("case", "theirs"), pairs())
def test_both_find_the_same_gradient(case, theirs):
    from .test_every_op import gradient, weights

    with eh.use_backend("numpy"):
        xs = arrays(case, "numpy")
        got = gradient(case, xs)

    def value(*xs):
        y = theirs(*xs)
        c, d = weights(y.shape, 1), weights(y.shape, 2)
        if anp.iscomplexobj(y):
            return anp.sum(anp.real(y) * c + anp.imag(y) * d)
        return anp.sum(y * c)

    wanted = autograd.grad(value, argnum=tuple(range(len(xs))))(*xs)
    close(got, [np.asarray(w) for w in wanted], 1e-11)  # the same formulas in another order: a few hundred roundings
