"""Special functions against SciPy and mpmath, on every backend.

Bounds are in units in the last place (ulp) of the reference. Ours: each body is a chain of correctly rounded
operations, of which those on the leading terms count: an exponential or a logarithm (1 ulp each), a quotient of two
polynomials whose terms have one sign (2), a handful of products. 8 covers every one of them. SciPy's own results carry
as much again (its erfinv and gammaln are off by up to 8 from the exact value), so 16 is what the two may differ by.
"""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import ops
from emberharmony.errors import DTypeError

special = ops.special
OURS, BOTH = 8, 16
seeds = st.integers(0, 2**32 - 1)

# the name, where to look, and the exact function
EXACT = {
    "erf": (-6.0, 6.0, mpmath.erf),
    "erfc": (-6.0, 26.0, mpmath.erfc),
    "ndtr": (-37.0, 8.0, mpmath.ncdf),
    "gammaln": (1e-3, 300.0, mpmath.loggamma),
    "digamma": (1e-3, 300.0, mpmath.digamma),
    "i0": (-700.0, 700.0, lambda x: mpmath.besseli(0, x)),
    "i1": (-700.0, 700.0, lambda x: mpmath.besseli(1, x)),
    "i0e": (-700.0, 700.0, lambda x: mpmath.besseli(0, x) * mpmath.exp(-abs(x))),
    "erfinv": (-1.0, 1.0, mpmath.erfinv),
    "expit": (-700.0, 36.0, lambda x: 1 / (1 + mpmath.exp(-x))),
    "logit": (0.0, 1.0, lambda x: mpmath.log(x / (1 - x))),
}
EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1e-300, -1e-300, 1e300, -1e300, math.inf, -math.inf, math.nan]
# C's lgamma is inf at -inf, and the Bessel functions have limits: SciPy says -inf and nan
BETTER = {
    "gammaln": {-math.inf: math.inf},
    "i0": {math.inf: math.inf, -math.inf: math.inf},
    "i1": {math.inf: math.inf, -math.inf: -math.inf},
}
ROUND = {"erf", "ndtr", "expit", "digamma", "gammaln", "i0", "i1", "i0e", "logit", "ndtri", "entr", "erfc", "erfinv"}


def on(backend, x, dtype="float64"):
    return ops.asarray(np.asarray(x, dtype=dtype))


def distances(ours, reference):
    """The distance of each element in ulps of the reference's dtype."""
    reference = np.asarray(reference)
    ours = ops.to_numpy(ours).astype(reference.dtype)
    same = (ours == reference) | (np.isnan(ours) & np.isnan(reference))
    with np.errstate(invalid="ignore"):
        return np.where(same, 0.0, np.abs(ours - reference) / np.spacing(np.abs(reference)))


def distance(ours, reference):
    return float(np.max(distances(ours, reference), initial=0.0))


@pytest.mark.parametrize("name", EXACT)
@given(seed=seeds)
def test_float64_is_right_to_a_few_ulps(backend, name, seed):
    low, high, exact = EXACT[name]
    x = np.random.default_rng(seed).uniform(low, high, 20)
    with mpmath.workdps(30):
        wanted = np.asarray([float(exact(mpmath.mpf(float(v)))) for v in x])
    assert distance(getattr(special, name)(on(backend, x)), wanted) <= OURS


@pytest.mark.parametrize("name", ["erf", "erfc", "erfinv", "ndtr", "gammaln", "digamma", "i0", "i0e", "i1", "expit"])
@given(seed=seeds)
def test_float32_is_right_to_a_few_ulps(backend, name, seed):
    low, high, _ = EXACT[name]
    x = np.random.default_rng(seed).uniform(max(low, -9), min(high, 9), 50).astype(np.float32)
    wanted = getattr(scipy.special, name if name != "digamma" else "psi")(x.astype(np.float64)).astype(np.float32)
    result = getattr(special, name)(ops.asarray(x))
    assert ops.dtype_name(result) == "float32"
    # the reference is rounded once more; MLX's float32 exp loses an ulp for each unit of its argument: two are used
    lost = 2 * np.abs(np.log(np.abs(wanted, dtype=float))) if backend == "mlx" else 0
    assert np.all(distances(result, wanted) <= OURS + 1 + lost)


@pytest.mark.parametrize("name", sorted(ROUND))
def test_special_values_are_scipys(backend, name):
    wanted = getattr(scipy.special, name)(np.asarray(EDGES))
    for edge, better in BETTER.get(name, {}).items():
        wanted[EDGES.index(edge)] = better
    assert distance(getattr(special, name)(on(backend, EDGES)), wanted) <= BOTH, name


@given(seed=seeds)
def test_near_the_roots_the_relative_precision_stays(backend, seed):
    near = np.random.default_rng(seed).uniform(-1e-3, 1e-3, 20) ** 3
    for name, root in (("gammaln", 1.0), ("gammaln", 2.0), ("digamma", 1.4616321449683622), ("logit", 0.5)):
        x = root + near
        with mpmath.workdps(40):
            wanted = np.asarray([float(EXACT[name][2](mpmath.mpf(float(v)))) for v in x])
        assert distance(getattr(special, name)(on(backend, x)), wanted) <= OURS


@given(seed=seeds)
def test_below_zero_gamma_is_precise_next_to_its_size(backend, seed):
    # near its roots there gammaln is the difference of two logarithms: absolute to a few ulps of the larger, at most
    # log(pi) + lgamma(8) < 10; digamma likewise next to pi / tan(pi x)
    x = -np.random.default_rng(seed).uniform(0.001, 7.999, 50)
    assert (
        np.max(np.abs(ops.to_numpy(special.gammaln(on(backend, x))) - scipy.special.gammaln(x))) <= OURS * 10 * 2**-52
    )
    scale = np.abs(np.pi / np.tan(np.pi * x)) + 3
    difference = np.abs(ops.to_numpy(special.digamma(on(backend, x))) - scipy.special.psi(x))
    # SciPy takes the tangent of the rounded product pi x, which near an integer loses a bit for each bit of closeness
    lost = np.pi * np.abs(x) / np.sin(np.pi * x) ** 2
    assert np.all(difference <= (OURS * scale + 4 * lost) * 2**-52)


@given(seed=seeds)
def test_the_quantile_inverts_the_distribution(backend, seed):
    rng = np.random.default_rng(seed)
    p = np.concatenate([rng.uniform(0, 1, 20), 10 ** rng.uniform(-300, -1, 20)])
    assert distance(special.ndtri(on(backend, p)), scipy.special.ndtri(p)) <= BOTH


@given(seed=seeds)
def test_betaln_does_not_cancel(backend, seed):
    a, b = 10 ** np.random.default_rng(seed).uniform(-3, 6, (2, 20))
    with mpmath.workdps(40):
        pairs = [(mpmath.mpf(p), mpmath.mpf(q)) for p, q in zip(a.tolist(), b.tolist(), strict=True)]
        terms = [(mpmath.loggamma(p), mpmath.loggamma(q), -mpmath.loggamma(p + q)) for p, q in pairs]
        wanted = np.asarray([float(sum(three)) for three in terms])
        size = np.asarray([float(sum(map(abs, three))) for three in terms])
    got = ops.to_numpy(special.betaln(on(backend, a), on(backend, b)))
    # below 10 the three terms are added, each right to OURS ulps; beyond, where they are larger, nothing cancels
    assert np.all(np.abs(got - wanted) <= 2**-52 * OURS * (np.abs(wanted) + np.minimum(size, 30)))


def test_a_zero_times_any_logarithm_is_zero(backend):
    x = on(backend, [0.0, 0.0, 0.0, 2.0])
    y = on(backend, [0.0, math.inf, math.nan, 3.0])
    assert distance(special.xlogy(x, y), scipy.special.xlogy([0, 0, 0, 2.0], [0, math.inf, math.nan, 3.0])) <= 1
    assert distance(special.xlog1py(x, y), scipy.special.xlog1py([0, 0, 0, 2.0], [0, math.inf, math.nan, 3.0])) <= 1
    assert special.xlogy(2.0, on(backend, [1.0])).tolist() == [0.0]


@pytest.mark.parametrize("name", sorted(ROUND))
def test_shapes_and_integers(backend, name):
    function = getattr(special, name)
    assert tuple(function(on(backend, np.zeros((0, 3)))).shape) == (0, 3)
    assert tuple(function(on(backend, 0.25)).shape) == ()
    assert ops.dtype_name(function(ops.asarray([0, 1]))) == ops.dtype_name(ops.asarray([0.5]))
    with pytest.raises(DTypeError, match="complex"):
        ops.special.gammaln(ops.asarray([1j]))
