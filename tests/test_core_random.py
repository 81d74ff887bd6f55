"""The random numbers of the native core: what docs/architecture/random_numbers.md says, from any thread and process."""

import array
import ctypes
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from emberharmony import _core

KEY = (0x13198A2E, 0x03707344)
FILLS = [
    (_core.random_bits, np.uint32),
    (_core.random_bits, np.uint64),
    *[
        (fill, dtype)
        for fill in (_core.random_uniform, _core.random_normal, _core.random_exponential, _core.random_gumbel)
        for dtype in (np.float32, np.float64)
    ],
]
SAMPLERS = [
    (_core.random_gamma, np.float64, (0.7,)),
    (_core.random_poisson, np.int64, (12.5,)),
    (_core.random_binomial, np.int64, (100.0, 0.3)),
    (_core.random_truncated_normal, np.float64, (-1.0, 2.0)),
]
DRAWS = [(fill, dtype, ()) for fill, dtype in FILLS] + SAMPLERS
each_draw = pytest.mark.parametrize(
    ("draw", "dtype", "parameters"), DRAWS, ids=[f"{d.__name__}-{np.dtype(t)}" for d, t, _ in DRAWS]
)


def numbers(draw, dtype, parameters, size, start=0, threads=1, key=KEY):
    out = np.empty(size, dtype)
    draw(out, *key, start, *[np.asarray(p, np.float64).reshape(-1) for p in parameters], threads)
    return out


def uniform(key, size):
    return numbers(_core.random_uniform, np.float64, (), size, key=key)


def fold_in(key, data):
    return _core.threefry(*key, 0xC0000000 | data >> 32, data & 0xFFFFFFFF)


# -- the definition --


def test_threefry_gives_the_known_answers_of_random123():
    ones = 0xFFFFFFFF
    assert _core.threefry(0, 0, 0, 0) == (0x6B200159, 0x99BA4EFE)
    assert _core.threefry(ones, ones, ones, ones) == (0x1CB996FC, 0xBB002BE7)
    assert _core.threefry(*KEY, 0x243F6A88, 0x85A308D3) == (0xC4923A9C, 0x483DF7A0)


@given(hi=st.integers(0, 2**32 - 1), lo=st.integers(0, 2**32 - 1), start=st.integers(0, 2**63 - 8) | st.just(2**33 - 3))
def test_words_are_those_of_the_table(hi, lo, start):
    at = range(start, start + 8)
    word64 = [(w[0] | w[1] << 32) for w in (_core.threefry(hi, lo, i >> 32, i & 0xFFFFFFFF) for i in at)]
    word32 = [_core.threefry(hi, lo, i >> 33, (i >> 1) & 0xFFFFFFFF)[i & 1] for i in at]
    assert numbers(_core.random_bits, np.uint64, (), 8, start, key=(hi, lo)).tolist() == word64
    assert numbers(_core.random_bits, np.uint32, (), 8, start, key=(hi, lo)).tolist() == word32


@pytest.mark.parametrize(("bits", "drop", "word", "real"), [(32, 8, np.uint32, np.float32), (64, 11, np.uint64, float)])
def test_every_real_number_is_its_function_of_the_word(bits, drop, word, real):
    w = numbers(_core.random_bits, word, (), 4000)
    top = 2 ** (bits - 1)
    assert np.array_equal(
        numbers(_core.random_uniform, real, (), 4000), np.ldexp((w >> drop).astype(real), drop - bits)
    )
    # scipy's functions are good to some 1e-15, ours to 2 ulp in float32 and 4 ulp in float64
    rtol = 3e-7 if bits == 32 else 1e-14
    p = ((w % top).astype(float) + 0.5) / 2.0**bits
    z = np.where(w >= top, -1, 1) * -scipy.special.ndtri(p)
    far = p < 0.45  # nearer to 1/2, p in float64 has lost the digits of z
    np.testing.assert_allclose(numbers(_core.random_normal, real, (), 4000)[far], z[far], rtol)
    v = (w.astype(float) + 0.5) / 2.0**bits
    e = np.where(v <= 0.5, -np.log(v), -np.log1p(-((~w).astype(float) + 0.5) / 2.0**bits))
    np.testing.assert_allclose(numbers(_core.random_exponential, real, (), 4000), e, rtol)
    np.testing.assert_allclose(numbers(_core.random_gumbel, real, (), 4000), -np.log(e), rtol, atol=rtol)


@pytest.mark.parametrize("shape", [0.2, 1.0, 30.0])
def test_gamma_takes_its_attempts_from_folded_keys(shape):
    size, d = 2000, (shape + 1 if shape < 1 else shape) - 1 / 3
    expected, todo = np.zeros(size), np.ones(size, bool)
    for attempt in range(20):
        x = numbers(_core.random_normal, np.float64, (), size, key=fold_in(KEY, 2 * attempt + 1))
        u = uniform(fold_in(KEY, 2 * attempt + 2), size)
        v = (1 + x / np.sqrt(9 * d)) ** 3
        with np.errstate(invalid="ignore"):
            accepted = todo & (v > 0) & (np.log(u) < x * x / 2 + d * (1 - v + np.log(v)))
        expected[accepted] = d * v[accepted]
        todo &= ~accepted
    assert not todo.any()
    if shape < 1:
        expected *= uniform(fold_in(KEY, 0), size) ** (1 / shape)
    np.testing.assert_allclose(numbers(_core.random_gamma, np.float64, (shape,), size), expected, rtol=1e-12)


def test_small_counts_invert_the_uniform_at_their_position():
    u, size = uniform(KEY, 5000), 5000
    # ppf is the least k with u <= P(X <= k), the search has <: they differ where u hits a sum to its last bit
    assert np.array_equal(numbers(_core.random_poisson, np.int64, (3.3,), size), scipy.stats.poisson.ppf(u, 3.3))
    assert np.array_equal(numbers(_core.random_binomial, np.int64, (30, 0.2), size), scipy.stats.binom.ppf(u, 30, 0.2))
    mirrored = 30 - scipy.stats.binom.ppf(u, 30, 0.25)
    assert np.array_equal(numbers(_core.random_binomial, np.int64, (30, 0.75), size), mirrored)


# -- the distributions; the key is fixed, so that a level of 1e-6 passes or fails for ever --

LEVEL = 1e-6


@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (-1, 2), (8, 9), (-9, -8), (30, np.inf), (0.1, 0.2)])
def test_truncated_normals_follow_their_distribution_in_any_tail(bounds):
    x = numbers(_core.random_truncated_normal, np.float64, bounds, 50_000)
    assert np.all((bounds[0] < x) & (x < bounds[1]))
    assert scipy.stats.kstest(x, scipy.stats.truncnorm(*bounds).cdf).pvalue > LEVEL


@pytest.mark.parametrize("shape", [0.1, 0.9, 1.0, 4.0, 1e6])
def test_gamma_follows_its_distribution(shape):
    x = numbers(_core.random_gamma, np.float64, (shape,), 50_000)
    assert scipy.stats.kstest(x, scipy.stats.gamma(shape).cdf).pvalue > LEVEL


COUNTS = [(_core.random_poisson, (r,), scipy.stats.poisson(r)) for r in (0.5, 9.9, 10.0, 12.0, 40.0, 1e4)]
COUNTS += [
    (_core.random_binomial, (n, p), scipy.stats.binom(n, p))
    for n, p in ((7, 0.4), (20, 0.5), (40, 0.7), (1000, 0.013), (10**6, 0.25))
]


@pytest.mark.parametrize(("draw", "parameters", "exact"), COUNTS)
def test_counts_follow_their_distribution(draw, parameters, exact):
    x = numbers(draw, np.int64, parameters, 100_000)
    ends = np.unique(exact.ppf(np.linspace(0.001, 0.999, 60)))  # the last values of the cells
    probability = np.diff(exact.cdf(ends), prepend=0, append=1)
    count = np.bincount(np.searchsorted(ends, x), minlength=len(probability))
    possible = probability > 1e-12  # the last cell may be empty
    assert count[~possible].sum() == 0
    share = probability[possible] / probability[possible].sum()
    assert scipy.stats.chisquare(count[possible], share * len(x)).pvalue > LEVEL


# -- positions, threads, processes --


@each_draw
def test_any_cut_and_any_number_of_threads_give_the_same_bytes(draw, dtype, parameters):
    whole = numbers(draw, dtype, parameters, 200_003, start=5)
    for threads in (0, 2, 7):
        assert numbers(draw, dtype, parameters, 200_003, start=5, threads=threads).tobytes() == whole.tobytes()
    cuts = (0, 1, 2, 70_000, 131_073, 200_003)
    parts = [numbers(draw, dtype, parameters, b - a, start=5 + a) for a, b in itertools.pairwise(cuts)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_axes_are_filled_in_c_order():
    flat = numbers(_core.random_normal, np.float32, (), 24)
    assert np.array_equal(numbers(_core.random_normal, np.float32, (), (2, 3, 4)), flat.reshape(2, 3, 4))
    assert numbers(_core.random_normal, np.float32, (), (3, 0)).shape == (3, 0)


def test_any_exporter_of_the_format_will_do():
    flat = numbers(_core.random_normal, np.float64, (), 6)
    doubles = (ctypes.c_double * 6)()  # their format is '<d'
    numbers_of_python = array.array("d", bytes(48))
    for memory, out in ((doubles, memoryview(doubles)), (numbers_of_python, numbers_of_python)):
        _core.random_normal(out, *KEY, 0, 1)
        assert list(memory) == flat.tolist()


def test_each_element_has_its_own_parameter():
    shape = np.linspace(0.1, 20, 50_000)
    each = numbers(_core.random_gamma, np.float64, (shape,), 50_000, threads=2)
    assert each[777] == numbers(_core.random_gamma, np.float64, (shape[777],), 1, start=777)[0]
    assert each[-1] == numbers(_core.random_gamma, np.float64, (shape[-1],), 1, start=49_999)[0]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_draws_the_same_bytes_with_threads():
    mine = numbers(_core.random_normal, np.float32, (), 300_000, threads=2)
    child = os.fork()
    if child == 0:  # nothing of pytest may run here
        same = numbers(_core.random_normal, np.float32, (), 300_000, threads=2).tobytes() == mine.tobytes()
        os._exit(0 if same else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Draws:
    """A data set whose items are drawn where they are asked for."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return numbers(_core.random_normal, np.float32, (), 200_000, start=200_000 * index, threads=2)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_workers_of_a_data_loader_draw_the_same_bytes():
    data = pytest.importorskip("torch.utils.data")
    whole = numbers(_core.random_normal, np.float32, (), 800_000, threads=2)
    loader = data.DataLoader(Draws(), batch_size=None, num_workers=2, multiprocessing_context="fork")
    assert np.concatenate([np.asarray(item) for item in loader]).tobytes() == whole.tobytes()


def test_other_threads_of_python_run_during_a_draw():
    ticks, done = [], threading.Event()

    def tick():
        while not done.wait(0.001):
            ticks.append(time.perf_counter())

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    numbers(_core.random_gamma, np.float64, (0.5,), 2_000_000)  # some 300 ms, and no other call in between
    end = time.perf_counter()
    done.set()
    thread.join()
    assert sum(start < t < end for t in ticks) > 5


LONG = """
import numpy as np, signal, sys, time
from emberharmony import _core
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
out, half = np.zeros(30_000_000), np.array([0.5])
print("ready", flush=True)
try:
    _core.random_gamma(out, 1, 2, 0, half, int(sys.argv[1]))  # several seconds of work
except KeyboardInterrupt:
    print(time.monotonic(), out[0] > 0 and out[-1] == 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_long_draw(threads):
    child = subprocess.Popen([sys.executable, "-c", LONG, str(threads)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.2)
    sent = time.monotonic()
    child.send_signal(signal.SIGINT)
    caught, untouched = child.communicate(timeout=60)[0].split()
    print(f"{threads} threads: answered after {1000 * (float(caught) - sent):.0f} ms")
    assert float(caught) - sent < 2  # 0.06 s on a quiet machine: polls are 50 ms apart
    assert untouched == "True"


# -- mistakes --


@pytest.mark.parametrize(
    ("out", "error", "says"),
    [
        ([1.0], TypeError, "out of type <class 'list'>; expected a buffer of float32 or float64"),
        (np.zeros(()), ValueError, "of type <class 'numpy.ndarray'>; expected a buffer with a shape and strides"),
        (np.zeros(3, np.int32), TypeError, "out of format 'i'; expected float32 or float64"),
        (np.zeros(3, ">f8"), TypeError, "out of format '>d'; expected float32 or float64"),
        (np.zeros((3, 3)).T, ValueError, r"shape \[3, 3\] and strides \[8, 24\]; expected C-contiguous"),
        (np.zeros(8)[::2], ValueError, "expected C-contiguous"),
        (np.broadcast_to(np.zeros(1), 4), ValueError, "expected C-contiguous"),
        (np.frombuffer(bytes(8)), ValueError, "read-only; expected writable"),
        (np.frombuffer(bytearray(17), offset=1, dtype=float), TypeError, "native and aligned"),
    ],
)
def test_a_wrong_buffer_is_refused_by_name(out, error, says):
    with pytest.raises(error, match=says):
        _core.random_normal(out, *KEY, 0, 1)


def test_wrong_parameters_are_refused_by_name():
    out, counts, one = np.zeros(3), np.zeros(3, np.int64), np.ones(1)
    with pytest.raises(ValueError, match="random_gamma got shape of 2 elements; expected 1 or 3, as out has"):
        _core.random_gamma(out, *KEY, 0, np.ones(2), 1)
    with pytest.raises(TypeError, match="random_poisson got rate of format 'f'; expected float64"):
        _core.random_poisson(counts, *KEY, 0, np.ones(1, np.float32), 1)
    with pytest.raises(TypeError, match="random_binomial got p of type <class 'float'>; expected a buffer of float64"):
        _core.random_binomial(counts, *KEY, 0, one, 0.5, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="random_poisson got out of format 'd'; expected int64"):
        _core.random_poisson(out, *KEY, 0, one, 1)
    with pytest.raises(
        ValueError, match=r"start 9223372036854775806 for 3 elements; expected an end of at most 2\*\*63"
    ):
        _core.random_normal(out, *KEY, 2**63 - 2, 1)
    with pytest.raises(OverflowError):
        _core.random_normal(out, 2**32, 0, 0, 1)
