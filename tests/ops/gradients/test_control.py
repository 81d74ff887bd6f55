"""`vmap`, `scan`, `cond` and `while_loop`, plain and differentiated."""

import numpy as np
import pytest

from emberharmony import ops
from emberharmony.errors import ArgumentError, EmberError, NotAnArrayError, ShapeError, UnsupportedError

X = np.asarray([[0.5, 1.0], [1.0, 2.0], [3.0, 4.0]])
W = np.asarray([2.0, 3.0])


def arrays():
    return ops.asarray(X, dtype="float64"), ops.asarray(W, dtype="float64")


def same(got, wanted):
    got = np.asarray(ops.to_numpy(got))
    assert got.shape == np.shape(wanted)
    assert np.allclose(got, wanted, rtol=1e-12, atol=1e-12)


def test_vmap_maps_over_any_axis_of_any_tree(backend):
    x, w = arrays()
    same(ops.vmap(lambda row, w: row @ w, (0, None))(x, w), X @ W)
    out = ops.vmap(lambda t: {"a": t["x"] * 2, "b": t["y"] + 1}, ({"x": 1, "y": 0},), {"a": 1, "b": 0})(
        {"x": x, "y": w}
    )
    same(out["a"], X * 2)
    same(out["b"], W + 1)
    same(ops.vmap(ops.vmap(lambda v: v * v))(x), X * X)
    same(ops.vmap(lambda row: row, in_axes=-1, out_axes=-1)(x), X)
    same(ops.vmap(lambda row: 1.0)(x), np.ones(3))


def test_vmap_and_grad_commute(backend):
    x, _ = arrays()
    same(ops.vmap(ops.grad(lambda row: ops.sum(row**3)))(x), 3 * X**2)
    same(ops.grad(lambda x: ops.sum(ops.vmap(lambda row: ops.sum(row**3))(x)))(x), 3 * X**2)


def test_vmap_says_what_does_not_fit(backend):
    x, w = arrays()
    for wrong, kind in (
        (lambda: ops.vmap(lambda a, b: a)(x, w), ShapeError),
        (lambda: ops.vmap(lambda a: a, in_axes=2)(x), ShapeError),
        (lambda: ops.vmap(lambda a: a, in_axes=None)(x), ArgumentError),
        (lambda: ops.vmap(lambda a: a, in_axes=(0, 0))(x), ArgumentError),
        (lambda: ops.vmap(lambda a: a)("text"), NotAnArrayError),
        (lambda: ops.vmap(lambda a: a, in_axes=({"x": 0},))([x]), ArgumentError),
    ):
        with pytest.raises(kind):
            wrong()


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_is_its_loop(backend, reverse):
    x, w = arrays()
    carry, ys = ops.scan(lambda c, row: (c * row, {"sum": c + row}), w, x, reverse=reverse)
    c, wanted = W, {}
    for i in reversed(range(3)) if reverse else range(3):
        c, wanted[i] = c * X[i], c + X[i]
    same(carry, c)
    same(ys["sum"], [wanted[i] for i in range(3)])


def test_a_scan_is_differentiated_through_its_carry(backend):
    x, w = arrays()
    slope = ops.grad(lambda w, x: ops.sum(ops.scan(lambda c, row: (c * row, c), w, x)[0]), argnums=(0, 1))(w, x)
    same(slope[0], np.prod(X, 0))
    same(slope[1], W * np.prod(X, 0) / X)


def test_a_scan_without_rows_and_without_arrays(backend):
    x, w = arrays()
    carry, ys = ops.scan(lambda c, row: (c + row, c * row), w, x[:0])
    same(carry, W)
    same(ys, np.zeros((0, 2)))
    same(ops.scan(lambda c, _: (c * 2, c), ops.asarray(1.0), length=4)[1], [1.0, 2.0, 4.0, 8.0])


def test_a_scan_says_what_changed(backend):
    x, w = arrays()
    for wrong in (
        lambda: ops.scan(lambda c, row: (ops.sum(c), c), w, x),
        lambda: ops.scan(lambda c, row: (ops.astype(c, "float32"), c), w, x),
        lambda: ops.scan(lambda c, row: ({"c": c}, c), w, x),
        lambda: ops.scan(lambda c, row: c, w, x),
        lambda: ops.scan(lambda c, row: (c, c), w, (x, w)),
        lambda: ops.scan(lambda c, row: (c, c), w),
        lambda: ops.scan(lambda c, row: (c, c), w, x, length=2),
    ):
        with pytest.raises(EmberError):
            wrong()


def test_cond_takes_one_branch(backend):
    _, w = arrays()

    def f(w):
        return ops.sum(ops.cond(ops.sum(w) > 1, lambda x: x * x, lambda x: x / 0 if False else -x, w))

    same(ops.grad(f)(w), 2 * W)
    same(ops.grad(f)(-w), [-1.0, -1.0])
    same(ops.cond(True, lambda: w, lambda: None), W)
    with pytest.raises(ShapeError, match="where"):
        ops.cond(w > 0, lambda: w, lambda: w)


def test_cond_under_vmap_takes_either_for_each_row(backend):
    x, _ = arrays()
    same(
        ops.vmap(lambda row: ops.cond(ops.sum(row) > 2, lambda r: r + 1, lambda r: r - 1, row))(x),
        [X[0] - 1, X[1] + 1, X[2] + 1],
    )


def test_while_loop_goes_on_and_is_differentiated(backend):
    _, w = arrays()

    def doubled(w):
        return ops.while_loop(lambda x: ops.sum(x) < 100, lambda x: x * 2, w)

    same(doubled(w), W * 32)
    same(ops.grad(lambda w: ops.sum(doubled(w)))(w), [32.0, 32.0])
    with pytest.raises(ShapeError):
        ops.while_loop(lambda x: True, lambda x: ops.sum(x), w)


def test_a_loop_of_unknown_length_in_a_batch_is_refused_or_run_row_by_row(backend):
    x, _ = arrays()

    def f(row):
        return ops.while_loop(lambda x: ops.sum(x) < 100, lambda x: x * 2, row)

    if backend == "numpy":
        same(ops.vmap(f)(x), [X[0] * 128, X[1] * 64, X[2] * 16])
    else:
        with pytest.raises(UnsupportedError, match="scan"):
            ops.vmap(f)(x)


def test_the_libraries_compile_them():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X)

    def f(x):
        def step(c, row):
            return ops.cond(ops.sum(row) > 2, lambda c: c + 1, lambda c: c * 2, c), c

        return ops.scan(step, x[0], x)[0]

    assert torch.allclose(torch.compile(f, fullgraph=True, backend="aot_eager")(x), f(x))
    mx = pytest.importorskip("mlx.core")
    assert mx.allclose(mx.compile(f)(mx.array(X)), f(mx.array(X)))
