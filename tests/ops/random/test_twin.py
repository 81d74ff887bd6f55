"""The twin computes what the core does: for traced keys, in `vmap` and compilers. All backends draw alike on a CPU."""

import mlx.core as mx
import numpy as np
import pytest
import torch

from emberharmony import ops, use_backend
from emberharmony.backend import registry
from emberharmony.ops import random

N = 1003  # odd: the last pair of 32-bit words is cut
EPS = 2.0**-52
KEY = random.key(123456789012345)
WEIGHTS = [0.1, 1.0, 2.0]


def weights(backend):
    return registry.load(backend).functions["asarray"](WEIGHTS)


EXACT = {  # integers, and numbers of which every bit is defined
    "bits": lambda k, w: random.bits(k, (N,)),
    "bits uint64": lambda k, w: random.bits(k, (N,), "uint64"),
    "bits uint8": lambda k, w: random.bits(k, (N,), "uint8"),
    "bits uint16": lambda k, w: random.bits(k, (N,), "uint16"),
    "uniform float32": lambda k, w: random.uniform(k, (N,), "float32"),
    "uniform float64": lambda k, w: random.uniform(k, (N,), "float64"),
    "uniform float16": lambda k, w: random.uniform(k, (N,), "float16"),
    "uniform scaled": lambda k, w: random.uniform(k, (N,), "float32", -3.0, 7.0),
    "randint": lambda k, w: random.randint(k, (N,), -5, 100),
    "randint wide": lambda k, w: random.randint(k, (N,), -(2**61), 2**62),
    "randint all": lambda k, w: random.randint(k, (N,), 0, 2**64, "uint64"),
    "bernoulli": lambda k, w: random.bernoulli(k, 0.3, (N,)),
    "permutation": lambda k, w: random.permutation(k, N),
    "choice": lambda k, w: random.choice(k, N, (50,), False),
    "folded": lambda k, w: random.bits(random.fold_in(k, 5), (N,)),
    "split": lambda k, w: random.bits(random.split(k)[1], (N,)),
    # the same order of operations
    "normal float64": lambda k, w: random.normal(k, (N,), "float64"),
    "exponential float32": lambda k, w: random.exponential(k, (N,), "float32"),
    "exponential float64": lambda k, w: random.exponential(k, (N,), "float64"),
    "gumbel float32": lambda k, w: random.gumbel(k, (N,), "float32"),
    "gumbel float64": lambda k, w: random.gumbel(k, (N,), "float64"),
}
COUNTED = {  # a comparison may fall the other way where two logarithms differ: less than once in 1e13 elements
    "poisson 3": lambda k, w: random.poisson(k, 3.0, (N,)),
    "poisson 50": lambda k, w: random.poisson(k, 50.0, (N,)),
    "binomial 10": lambda k, w: random.binomial(k, 10, 0.3, (N,)),
    "binomial 1000": lambda k, w: random.binomial(k, 1000, 0.7, (N,)),
    "categorical": lambda k, w: random.categorical(k, w, shape=(N,)),
    "choice weighted": lambda k, w: random.choice(k, 3, (N,), p=w),
    "choice weighted once": lambda k, w: random.choice(k, 3, (2,), False, w),
}
CLOSE = {  # ulps, and an absolute error
    "normal float32": (lambda k, w: random.normal(k, (N,), "float32"), 4, 0.0),
    "gamma 2.5": (lambda k, w: random.gamma(k, 2.5, (N,), "float64"), 4, 0.0),
    "gamma 0.1": (lambda k, w: random.gamma(k, 0.1, (N,), "float64"), 4, 0.0),
    "gamma float32": (lambda k, w: random.gamma(k, 1.0, (N,), "float32"), 4, 0.0),
    # a probability p <= 1/2 from two erfc is known to 8 EPS p, and p / phi(z) <= sqrt(pi / 2) is what z makes of it
    "truncated": (lambda k, w: random.truncated_normal(k, -1.0, 2.0, (N,), "float64"), 4, 8 * 1.26 * EPS),
    "truncated far": (lambda k, w: random.truncated_normal(k, 5.0, np.inf, (N,), "float64"), 4, 8 * 1.26 * EPS),
    "truncated float32": (lambda k, w: random.truncated_normal(k, -1.0, 2.0, (N,), "float32"), 4, 8 * 1.26 * EPS),
    # logarithms of gammas of size up to 64, each known to an ulp or two: 256 EPS of the result, and of float32 nothing
    "beta": (lambda k, w: random.beta(k, 0.5, 2.0, (N,), "float64"), 256, 0.0),
    "beta float32": (lambda k, w: random.beta(k, 0.5, 2.0, (N,), "float32"), 4, 0.0),
    "dirichlet": (lambda k, w: random.dirichlet(k, w, (N,), "float64"), 256, 0.0),
}
ALL = {**EXACT, **COUNTED, **{name: draw for name, (draw, _, _) in CLOSE.items()}}


def host(x):
    return np.asarray(ops.to_numpy(x))


def check(name, got, wanted):
    got, wanted = host(got), host(wanted)
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    if name not in CLOSE:
        np.testing.assert_array_equal(got, wanted)
        return
    _, ulps, atol = CLOSE[name]
    spacing = np.spacing(np.abs(wanted)).astype("float64")
    assert (np.abs(got.astype("float64") - wanted) <= ulps * spacing + atol).all()


def traced():
    """The key with words that are arrays of the current backend."""
    return random.Key(*(ops.asarray(word, dtype="int64") for word in KEY.words))


@pytest.mark.parametrize("name", ALL)
def test_a_key_of_arrays_draws_what_one_of_integers_does(backend, name):
    check(name, ALL[name](traced(), weights(backend)), ALL[name](KEY, weights(backend)))


@pytest.mark.parametrize("name", ALL)
def test_all_backends_draw_the_same_on_a_cpu(name):
    drawn = {}
    for backend in ("numpy", "torch", "mlx"):
        with use_backend(backend):
            w = ops.asarray(WEIGHTS, dtype="float64")
            drawn[backend] = host(ALL[name](KEY, w))
    np.testing.assert_array_equal(drawn["numpy"], drawn["torch"])
    np.testing.assert_array_equal(drawn["numpy"], drawn["mlx"])


@pytest.mark.parametrize("name", ALL)
def test_vmap_over_keys_draws_what_each_key_does(backend, name):
    keys, w = random.split(KEY, 2), weights(backend)
    batch = random.Key(*(ops.asarray([k.words[i] for k in keys], dtype="int64") for i in (0, 1)))
    rows = ops.vmap(lambda key: ALL[name](key, w))(batch)
    for row, key in zip(rows, keys, strict=True):
        check(name, row, ALL[name](key, w))


def test_torch_func_vmap_takes_keys_by_their_words():
    with use_backend("torch"):
        k = traced()
        for name in ("bits", "normal float64", "gamma 2.5"):
            rows = torch.func.vmap(lambda hi, lo, f=ALL[name]: f(random.Key(hi, lo), None))(k.hi[None], k.lo[None])
            check(name, rows[0], ALL[name](KEY, None))


COMPILED = ["bits", "uniform scaled", "randint wide", "normal float64", "gamma 0.1", "poisson 50", "permutation"]


@pytest.mark.parametrize("name", COMPILED)
def test_torch_compile_takes_a_key_into_one_graph(name):
    with use_backend("torch"):
        compiled = torch.compile(lambda key: ALL[name](key, None), fullgraph=True, backend="eager")
        check(name, compiled(traced()), ALL[name](KEY, None))
    torch.compiler.reset()


def test_a_step_may_change_in_a_compiled_function(monkeypatch):
    monkeypatch.setattr(registry, "_default", registry.load("torch"))
    graphs = []

    def count(graph, _):
        graphs.append(graph)
        return graph

    compiled = torch.compile(
        lambda key, step: random.uniform(random.fold_in(key, step), (3,)), fullgraph=True, backend=count
    )
    for step in (0, 1, 2, 3, 10**9, 10**18):
        key = random.key(5)
        assert torch.equal(compiled(key, step), random.uniform(random.fold_in(key, step), (3,)))
    assert len(graphs) <= 3  # of a constant, then of a number that may be anything
    torch.compiler.reset()


@pytest.mark.parametrize("name", ["bits", "uniform scaled", "randint wide", "gamma 2.5", "permutation"])
def test_mx_compile_takes_a_key(name):
    with use_backend("mlx"):
        k = traced()
        compiled = mx.compile(lambda hi, lo: ALL[name](random.Key(hi, lo), None))
        check(name, compiled(k.hi, k.lo), ALL[name](KEY, None))
        # a key of integers is a constant there, and so are the core's numbers
        check(name, mx.compile(lambda: ALL[name](KEY, None))(), ALL[name](KEY, None))


def test_a_device_without_float64_computes_in_float32(backend, monkeypatch):
    monkeypatch.setitem(registry.load(backend).functions, "random.has_float64", lambda device: False)
    for draw, scale in ((random.normal, 1.0), (random.exponential, 1.0)):
        got, wanted = host(draw(traced(), (20000,), "float32")), host(draw(KEY, (20000,), "float32"))
        # p, its logarithm and root, two polynomials of eight terms with a sum of absolute values up to five times their
        # value, and a quotient: 2 + 1 + 1 + 2 * 5 + 1 roundings of an ulp at most
        assert (np.abs(got - wanted.astype("float64")) <= 15 * scale * np.spacing(np.abs(wanted))).all()
    counts = host(random.poisson(traced(), 20.0, (4000,)))
    assert (counts != host(random.poisson(KEY, 20.0, (4000,)))).mean() < 1e-3


def test_another_device_is_drawn_on_by_the_twin():
    with use_backend("torch"):
        y = random.normal(KEY, (3, 4), device="meta")
        assert y.device.type == "meta"
        assert tuple(y.shape) == (3, 4)
        shifted = random.uniform(KEY, (2,), minval=torch.zeros(2, device="meta"))
        assert shifted.device.type == "meta"
