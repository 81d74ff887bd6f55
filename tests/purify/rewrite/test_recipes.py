"""Every recipe gives what NumPy gives: the values, the dtype and the shape, on every backend."""

from __future__ import annotations

import ast
import warnings
from functools import cache

import numpy as np
import pytest
from tests.purify.rewrite.recipes import ALIKE, ANNOTATED, INPUTS, SAID, SAME

from emberharmony import ops
from emberharmony.purify.rewrite import rewrite

SNIPPETS = SAME.split("\n")[1:-1]
LEFT = [
    "",
    "np.sum(v, where=w > 0)",
    "np.max(v, initial=3.0)",
    "np.cross(s, s, axis=0)",
    "np.pad(v, 1, mode='mean')",
    "np.pad(v, 1, constant_values=(1, 2))",
    "np.take(v, c, mode='wrap')",
    "np.linalg.svd(s, compute_uv=False)",
    "np.linalg.qr(s, mode='r')",
    "np.unique(m, axis=0)",
    "np.round(i, -1)",
    "np.linspace(0, 1, n, retstep=True)",
    "np.linspace(v, w, n, axis=1)",
    "np.array(v, ndmin=3, like=w)",
    "np.std(v, mean=0.5)",
    "np.asarray([None, n])",
    "np.array(['a', 'b'])",
    "np.diff(v, prepend=0)",
    "np.percentile(v, 50, weights=p)",
    "np.vectorize(abs)(v)",
    "np.random.rand(n)",
    "np.sum(*[v])",
    "np.sum(v, **{})",
    "np.zeros(n, dtype='U3')",
    "np.zeros(n, dtype=object)",
    "np.clip(v, 0, 1, casting='unsafe', where=w > 0)",
    "np.apply_over_axes(np.cumsum, m, [0])",
    "np.select(b, v)",
    "v.imag",
    "v.strides",
    "m[m[:, 0] > 0, 1]",
    "m[::-1, ::-1]",
    "v[c[::-1], ::-1]",
    "np.r_['0,2', v, w]",
    "np.r_[0:n:0.5]",
    "",
][1:-1]
OUT_OF_SINGLE = (
    2e-6  # MLX computes complex numbers in single precision: 2**-24 of the largest value, and a few roundings
)
DOUBLE = 1e-12  # sums of less than a hundred terms in another order


def names_of(snippet):
    used = {node.id for node in ast.walk(ast.parse(snippet)) if isinstance(node, ast.Name)}
    return sorted(used & set(INPUTS))


def module_of(snippets):
    """Each snippet as a function that says what its arguments are."""
    text = "import numpy as np\n"
    for number, snippet in enumerate(snippets):
        names = names_of(snippet)
        said = "".join(f"    {SAID[name].format(name)}\n" for name in names if name in SAID)
        head = ", ".join(ANNOTATED.get(name, name) for name in names)
        text += f"\n\ndef case_{number}({head}):\n{said}    return {snippet}\n"
    return text


def run(text):
    space = {}
    exec(compile(text, "cases", "exec"), space)
    return space


@cache
def both():
    """The functions as they were written, and their ports; what was left."""
    text = module_of(SNIPPETS)
    found = rewrite(text)
    return run(text), run(found.text), {left.function: left.why for left in found.left}


def calls_of(snippet):
    """The arguments of the calls: their inputs side by side, where their shapes go together."""
    names = names_of(snippet)
    for place in range(max((len(INPUTS[name]) for name in names), default=1)):
        given = {name: INPUTS[name][place % len(INPUTS[name])] for name in names}
        if len({value.shape for name, value in given.items() if name in ALIKE}) <= 1:
            yield given


def on(backend, value):
    if not isinstance(value, np.ndarray):
        return value
    return ops.asarray(value.astype(np.complex64) if backend == "mlx" and value.dtype.kind == "c" else value.copy())


def assert_same(ours, theirs, single):
    if isinstance(theirs, list | tuple):
        assert isinstance(ours, list | tuple)
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other, single)
        return
    a = np.asarray(ours if isinstance(ours, bool | int | float | complex) else ops.to_numpy(ours))
    b = np.asarray(theirs)
    assert a.shape == b.shape
    assert a.dtype.kind == b.dtype.kind if single else a.dtype == b.dtype
    bound = OUT_OF_SINGLE if single or b.dtype == np.float32 else DOUBLE
    assert np.allclose(a, b, rtol=bound, atol=bound, equal_nan=True), f"{a} for {b}"


@pytest.mark.parametrize("number", range(len(SNIPPETS)), ids=SNIPPETS)
def test_a_recipe_gives_what_numpy_gives(backend, number):
    originals, ports, left = both()
    name, snippet = f"case_{number}", SNIPPETS[number]
    assert name not in left, left[name]
    single = backend == "mlx" and ("z" in names_of(snippet) or "fft" in snippet)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of divisions by zero and empty means, on either side
        for given in calls_of(snippet):
            theirs = originals[name](**{key: np.copy(x) if np.ndim(x) else x for key, x in given.items()})
            ours = ports[name](**{key: on(backend, value) for key, value in given.items()})
            assert_same(ours, theirs, single)


@pytest.mark.parametrize("snippet", LEFT)
def test_what_has_no_port_is_left_with_a_reason(snippet):
    text = module_of([snippet])
    found = rewrite(text)
    assert found.text == text
    assert [left.function for left in found.left] == ["case_0"]
    assert len(found.left[0].why) > 10
