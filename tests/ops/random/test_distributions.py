"""The laws of the distributions, against SciPy's; on NumPy alone, for test_twin shows that all backends draw the same.

Seeds are fixed. A right sampler fails a test for one seed in 1e6, so that one of the 60 here fails for one in 16000.
"""

import numpy as np
import pytest
from scipy import stats

from emberharmony import ops, use_backend
from emberharmony.errors import ArgumentError, EmberError, NotAnArrayError, ShapeError, UnsupportedError
from emberharmony.ops import random

ALPHA = 1e-6
N = 20000
KEY = random.key(20260101)
INF = np.inf


def host(x):
    return np.asarray(ops.to_numpy(x))


def draw(f):
    with use_backend("numpy"):
        return f(KEY)


CONTINUOUS = {
    "uniform": (lambda k: random.uniform(k, N), stats.uniform()),
    "uniform bounds": (lambda k: random.uniform(k, N, None, -3.0, 5.0), stats.uniform(-3, 8)),
    "normal": (lambda k: random.normal(k, N), stats.norm()),
    "normal float32": (lambda k: random.normal(k, N, "float32"), stats.norm()),
    "exponential": (lambda k: random.exponential(k, N), stats.expon()),
    "exponential float32": (lambda k: random.exponential(k, N, "float32"), stats.expon()),
    "gumbel": (lambda k: random.gumbel(k, N), stats.gumbel_r()),
    "gumbel float32": (lambda k: random.gumbel(k, N, "float32"), stats.gumbel_r()),
    **{
        f"gamma {a:g}": (lambda k, a=a: random.gamma(k, a, N), stats.gamma(a))
        for a in (0.05, 0.3, 0.999, 1.0, 1.5, 12.0, 1e6)
    },
    **{
        f"beta {a:g} {b:g}": (lambda k, a=a, b=b: random.beta(k, a, b, N), stats.beta(a, b))
        for a, b in ((0.3, 0.3), (1.0, 1.0), (0.5, 3.0), (2.0, 5.0), (300.0, 4000.0))
    },
    **{
        f"truncated {a:g} {b:g}": (lambda k, a=a, b=b: random.truncated_normal(k, a, b, N), stats.truncnorm(a, b))
        for a, b in ((-1.0, 1.0), (-INF, INF), (0.0, INF), (3.0, INF), (-INF, -6.0), (-9.0, 0.1), (10.0, 10.5))
    },
}
RATES = (0.0, 1e-3, 0.7, 9.999, 10.0, 42.0, 1e4, 1e9)
TRIALS = ((0, 0.5), (1, 0.3), (20, 0.5), (1000, 0.004), (30, 0.34), (100, 0.9), (10**6, 0.5), (10**12, 1e-11), (7, 1.0))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_continuous_draw_follows_its_law(name):
    f, law = CONTINUOUS[name]
    assert stats.kstest(draw(f), law.cdf).pvalue > ALPHA


def agrees(counts, law):
    """A chi-square test of counts, in classes of equal probability as far as the law has them."""
    edges = np.unique(law.ppf(np.linspace(0, 1, 41)[1:-1]))
    bounds = np.concatenate([[-INF], edges, [INF]])
    expected = N * np.diff(law.cdf(bounds))
    observed = np.diff(np.searchsorted(np.sort(counts), bounds, side="right"))
    keep = expected > 5  # the others are one class, if that is large enough
    rest = expected[~keep].sum()
    got, wanted = list(observed[keep]), list(expected[keep])
    if rest > 5:
        got, wanted = [*got, observed[~keep].sum()], [*wanted, rest]
    else:
        assert observed[~keep].sum() <= 40  # of at most 5 expected: once in 1e20
    wanted = np.asarray(wanted) * sum(got) / sum(wanted)
    return len(got) == 1 or stats.chisquare(got, wanted).pvalue > ALPHA


@pytest.mark.parametrize("rate", RATES)
def test_poisson_follows_its_law(rate):
    counts = draw(lambda k: random.poisson(k, rate, N))
    assert counts.dtype == np.int64
    if rate == 0:
        assert (counts == 0).all()
        return
    # the sum of N draws is one of N times the rate; where SciPy's quantile ends, six deviations of a normal number
    total, mean = int(counts.sum()), rate * N
    if mean < 1e9:
        assert stats.poisson.ppf(ALPHA / 2, mean) <= total <= stats.poisson.isf(ALPHA / 2, mean)
    assert abs(total - mean) < 6 * np.sqrt(mean) + 6
    assert agrees(counts, stats.poisson(rate))


@pytest.mark.parametrize(("n", "p"), TRIALS)
def test_binomial_follows_its_law(n, p):
    counts = draw(lambda k: random.binomial(k, n, p, N))
    assert ((counts >= 0) & (counts <= n)).all()
    if n * p * (1 - p) == 0:
        assert (counts == n * p).all()
        return
    total = stats.binom(n * N, p)  # the sum of N draws is one draw of all trials
    assert total.ppf(ALPHA / 2) <= counts.sum() <= total.isf(ALPHA / 2)
    assert agrees(counts, stats.binom(n, p))


def test_bernoulli_and_categorical_have_their_probabilities():
    for p in (0.0, 1e-3, 0.3, 1.0):
        hits = int(draw(lambda k, p=p: random.bernoulli(k, p, N)).sum())
        assert stats.binomtest(hits, N, p).pvalue > ALPHA
    weights = np.asarray([0.1, 0.0, 0.5, 0.4])
    with np.errstate(divide="ignore"):
        logits = np.log(weights)
    got = np.bincount(draw(lambda k: random.categorical(k, logits, shape=(N,))), minlength=4)
    assert got[1] == 0
    assert stats.chisquare(got[[0, 2, 3]], N * weights[[0, 2, 3]]).pvalue > ALPHA


@pytest.mark.parametrize("alpha", [(1.0, 2.0, 3.0), (0.02, 0.03, 0.05), (500.0, 1.0)])
def test_dirichlet_has_beta_margins_and_sums_to_one(alpha):
    x = draw(lambda k: random.dirichlet(k, np.asarray(alpha), (N,)))
    assert np.abs(x.sum(-1) - 1).max() <= 4 * 2.0**-52
    for i, a in enumerate(alpha):
        margin = stats.beta(a, sum(alpha) - a)
        # a third of the first law's mass rounds to 1: the lower part, and how many are in it
        half = margin.median() if margin.median() < 0.999 else 0.5
        low, share = x[x[:, i] < half, i], margin.cdf(half)
        assert stats.binomtest(len(low), N, share).pvalue > ALPHA
        assert stats.kstest(low, lambda v, margin=margin, share=share: margin.cdf(v) / share).pvalue > ALPHA


def test_small_parameters_do_not_give_nan():
    assert np.isfinite(draw(lambda k: random.beta(k, 1e-4, 1e-4, N))).all()
    x = draw(lambda k: random.dirichlet(k, np.full(5, 1e-4), (2000,)))
    assert np.isfinite(x).all()
    assert (np.abs(x.sum(-1) - 1) < 1e-12).all()


def test_different_keys_are_independent():
    with use_backend("numpy"):
        streams = np.stack([random.normal(k, (5000,)) for k in (KEY, *random.split(KEY, 5), random.fold_in(KEY, 1))])
    correlation = np.corrcoef(streams) - np.eye(7)
    # 21 pairs, each of deviation 1/sqrt(5000): six of them
    assert np.abs(correlation).max() < 6 / np.sqrt(5000)


# -- parameters --


def test_parameters_broadcast_to_the_shape(backend):
    a = ops.asarray([[0.5], [50.0]])
    y = host(random.gamma(KEY, a, (100, 2, 3)))
    assert y[:, 0].mean() < 5 < y[:, 1].mean()
    assert tuple(random.gamma(KEY, a).shape) == (2, 1)
    assert tuple(random.beta(KEY, a, ops.asarray([1.0, 2.0, 3.0])).shape) == (2, 3)
    assert tuple(random.binomial(KEY, ops.asarray([5, 6]), 0.5).shape) == (2,)
    one = host(random.gamma(KEY, 2.0, (4,)))
    for same in (2, ops.asarray(2.0), ops.asarray([2.0]), ops.asarray([2, 2, 2, 2])):
        np.testing.assert_array_equal(host(random.gamma(KEY, same, (4,))), one)
    turned = ops.matrix_transpose(ops.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))  # not contiguous
    np.testing.assert_array_equal(
        host(random.gamma(KEY, turned)), host(random.gamma(KEY, ops.asarray([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])))
    )
    for wrong in ((3,), (), (2, 3, 1)):
        with pytest.raises(ShapeError):
            random.gamma(KEY, ops.asarray([1.0, 2.0]), wrong)
    with pytest.raises(ShapeError):
        random.beta(KEY, ops.asarray([1.0, 2.0]), ops.asarray([1.0, 2.0, 3.0]))


def test_parameters_of_no_elements_draw_nothing(backend):
    assert tuple(random.gamma(KEY, ops.zeros((0, 3))).shape) == (0, 3)
    assert tuple(random.poisson(KEY, ops.zeros((0,))).shape) == (0,)


NAN = float("nan")
REFUSED = {
    "gamma a": (random.gamma, (0.0, -1.0, INF, NAN), ()),
    "poisson rate": (random.poisson, (-0.5, INF, NAN, 2.0**63), ()),
    "binomial n": (random.binomial, (-1.0, 2.5, 2.0**54, NAN), (0.5,)),
    "bernoulli p": (random.bernoulli, (-0.1, 1.1, NAN), ()),
    "beta a": (random.beta, (0.0, NAN), (1.0,)),
    "truncated_normal lower": (random.truncated_normal, (NAN, INF), (1.0,)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_without_a_meaning_are_refused_by_name_and_place(backend, name):
    f, values, others = REFUSED[name]
    argument = name.split()[1]
    for value in values:
        with pytest.raises(ArgumentError, match=rf"random\.{name.split()[0]} got {argument}="):
            f(KEY, value, *others)
        with pytest.raises(ArgumentError, match=rf"got {argument}=.* at position \(1, 0\)"):
            f(KEY, ops.asarray([[2.0 if argument == "n" else 0.5], [value]], dtype="float64"), *others)


def test_other_mistakes_are_refused(backend):
    with pytest.raises(ArgumentError, match=r"got p=1\.5"):
        random.binomial(KEY, 3, 1.5)
    for lower, upper in ((1.0, 1.0), (2.0, 1.0), (ops.asarray([0.0, 2.0]), 1.0)):
        with pytest.raises(ArgumentError, match="lower below upper"):
            random.truncated_normal(KEY, lower, upper)
    for logits in ([NAN, 0.0], [INF, 0.0], [-INF, -INF]):
        with pytest.raises(ArgumentError, match="logits"):
            random.categorical(KEY, ops.asarray(logits))
    with pytest.raises(ShapeError):
        random.categorical(KEY, ops.zeros((2, 0)))
    with pytest.raises(ShapeError):
        random.categorical(KEY, ops.zeros((2, 3)), shape=(3,))
    with pytest.raises(NotAnArrayError):
        random.gamma(KEY, [1.0, 2.0])
    with pytest.raises(EmberError):
        random.gamma(KEY, ops.asarray([1j]))
    with pytest.raises(EmberError):
        random.poisson(KEY, 1.0, (2,), "uint8")
    with pytest.raises(ShapeError):
        random.dirichlet(KEY, ops.zeros((2, 0)))


def test_categorical_goes_along_any_axis(backend):
    logits = ops.asarray([[0.0, 50.0], [50.0, 0.0], [0.0, 0.0]])
    assert host(random.categorical(KEY, logits)).tolist()[:2] == [1, 0]
    assert host(random.categorical(KEY, logits, axis=0, shape=(4, 2))).tolist() == [[1, 0]] * 4


def test_int32_counts_end_at_the_largest(backend):
    y = random.poisson(KEY, 1e12, (3,), "int32")
    assert y.dtype == ops.int32
    assert host(y).tolist() == [2**31 - 1] * 3


@pytest.mark.parametrize(
    ("name", "others"),
    [("gamma", ()), ("beta", (1.0,)), ("poisson", ()), ("binomial", (0.5,)), ("truncated_normal", (9.0,))],
)
def test_a_gradient_is_never_lost_in_silence(name, others):
    torch = pytest.importorskip("torch")
    with use_backend("torch"):
        x = torch.tensor([2.0, 3.0], requires_grad=True)
        f = getattr(random, name)
        with pytest.raises(UnsupportedError, match=rf"random\.{name}.*is being differentiated"):
            f(KEY, x, *others)
        with pytest.raises(UnsupportedError, match="is being differentiated"):
            ops.grad(lambda x: ops.sum(ops.astype(f(KEY, x, *others), "float32")))(x.detach())
        np.testing.assert_array_equal(host(f(KEY, ops.stop_gradient(x), *others)), host(f(KEY, x.detach(), *others)))


def test_comparisons_take_what_carries_a_gradient(backend):
    def loss(p):
        return ops.sum(p * ops.astype(random.bernoulli(KEY, p), p.dtype)) + random.categorical(KEY, p) * ops.sum(p)

    p = ops.asarray([0.25, 0.75, 1.0, 0.0])
    wanted = host(random.bernoulli(KEY, p)) + host(random.categorical(KEY, p))
    assert host(ops.grad(loss)(p)).tolist() == wanted.tolist()
