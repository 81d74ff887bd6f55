"""A function with its own gradient is right in every mode of every backend, or refuses by name: never a zero."""

import math

import numpy as np
import pytest

from emberharmony import ops
from emberharmony.errors import ArgumentError, EmberError, UnsupportedError

X, W = np.asarray([0.5, 1.0]), np.asarray([2.0, 3.0])
SIN, COS = np.sin(X), np.cos(X)
calls: list[str] = []


def host(x):
    return np.array(ops.to_numpy(ops.stop_gradient(x)))


@ops.custom_vjp
def kernel(x, w):
    """sin(x) w; the kernel reads memory."""
    return ops.sin(x) * w


def forward(x, w):
    calls.append("forward")
    a, b = host(x), host(w)
    return ops.convert(np.sin(a) * b, like=x), (x, w, ops.convert(np.cos(a), like=x), "static")


def backward(residuals, g):
    calls.append("backward")
    x, w, cosine = map(host, residuals[:3])
    return ops.convert(host(g) * cosine * w, like=g), ops.convert(host(g) * np.sin(x), like=g)


kernel.defvjp(forward, backward, native=True)


@ops.custom_vjp
def straight(x):
    """round(x), whose gradient is given as 3 x^2, so that its second derivative must be 6 x."""
    return ops.round(x)


straight.defvjp(lambda x: (ops.round(x), x * x), lambda square, g: (g * 3.0 * square,))


@pytest.fixture(autouse=True)
def _count():
    calls.clear()


def arrays():
    return ops.asarray(X, dtype="float64"), ops.asarray(W, dtype="float64")


def same(got, wanted):
    assert np.allclose(np.asarray(ops.to_numpy(got)), wanted, rtol=1e-12, atol=1e-12)


def total(x, w):
    return ops.sum(kernel(x, w))


def test_the_kernel_runs_forward_and_backward(backend):
    x, w = arrays()
    same(kernel(x, w), SIN * W)
    assert calls == ["forward"]
    calls.clear()
    gx, gw = ops.grad(total, argnums=(0, 1))(x, w)
    same(gx, COS * W)
    same(gw, SIN)
    assert calls == ["forward", "backward"]


def test_second_and_third_derivatives(backend):
    x, w = arrays()
    first = ops.grad(total)
    second = ops.grad(lambda x, w: ops.sum(first(x, w)))
    third = ops.grad(lambda x, w: ops.sum(second(x, w)))
    same(second(x, w), -SIN * W)
    same(third(x, w), -COS * W)
    same(ops.grad(lambda w: ops.sum(first(x, w)))(w), COS)  # the mixed one
    same(ops.hessian(lambda x: total(x, w))(x), np.diag(-SIN * W))


def test_forward_mode_and_both_mixtures(backend):
    x, w = arrays()
    v = ops.asarray([1.0, -2.0], dtype="float64")
    same(ops.jvp(kernel, (x, w), (v, w * 0))[1], COS * W * [1, -2])
    same(ops.jvp(lambda x: ops.grad(total)(x, w), (x,), (v,))[1], -SIN * W * [1, -2])
    same(ops.grad(lambda x: ops.sum(ops.jvp(lambda y: kernel(y, w), (x,), (v,))[1]))(x), -SIN * W * [1, -2])


def test_vmap_in_and_out(backend):
    x, w = arrays()
    rows = ops.stack([x, x * 2])
    same(ops.vmap(lambda x: kernel(x, w))(rows), np.sin([X, 2 * X]) * W)
    same(ops.vmap(lambda x: ops.grad(total)(x, w))(rows), np.cos([X, 2 * X]) * W)
    same(ops.grad(lambda rows: ops.sum(ops.vmap(lambda x: kernel(x, w))(rows)))(rows), np.cos([X, 2 * X]) * W)


def test_a_checkpoint_around_it(backend):
    x, w = arrays()
    same(ops.grad(lambda x: ops.sum(ops.checkpoint(lambda x, w: kernel(x, w) * 2)(x, w)))(x), 2 * COS * W)


def test_a_gradient_written_in_ops_is_the_one_that_is_differentiated(backend):
    x, _ = arrays()
    same(straight(x), np.round(X))
    same(ops.grad(lambda x: ops.sum(straight(x)))(x), 3 * X**2)
    same(ops.grad(lambda x: ops.sum(ops.grad(lambda x: ops.sum(straight(x)))(x)))(x), 6 * X)
    same(ops.vmap(ops.grad(lambda x: straight(x)))(x), 3 * X**2)


def test_forward_mode_of_it_is_right_or_refused(backend):
    x, _ = arrays()
    if backend == "numpy":  # whose forward mode is the gradient's
        same(ops.jvp(straight, (x,), (x,))[1], 3 * X**3)
    else:
        with pytest.raises(UnsupportedError, match="straight"):
            ops.jvp(straight, (x,), (x,))


def test_trees_holes_and_static_arguments(backend):
    @ops.custom_vjp
    def scaled(p, x, power):
        return {"y": p["w"] * x**power}

    def fwd(p, x, power):
        return scaled.function(p, x, power), (p["w"], x, power)

    def bwd(kept, g):
        _, x, power = kept
        return {"w": g["y"] * x**power, "n": None}, None, None

    scaled.defvjp(fwd, bwd)
    x, w = arrays()
    gp, gx = ops.grad(lambda p, x: ops.sum(scaled(p, x, 2)["y"]), argnums=(0, 1))({"w": w, "n": 3}, x)
    same(gp["w"], X**2)
    same(gx, X * 0)  # None says: no gradient


def test_mistakes_in_the_rules_have_names(backend):
    x, _ = arrays()
    with pytest.raises(ArgumentError, match="no gradient yet"):
        ops.custom_vjp(lambda x: x)(x)
    for fwd, bwd, words in (
        (lambda x: x * 2, lambda r, g: (g,), "pair"),
        (lambda x: (x * 2, None), lambda r, g: g, "tuple of 1"),
        (lambda x: (x * 2, None), lambda r, g: (g, g), "tuple of 1"),
        (lambda x: (x * 2, None), lambda r, g: (ops.sum(g),), "shape"),
        (lambda x: (x * 2, None), lambda r, g: ({"a": g},), "tree"),
    ):
        f = ops.custom_vjp(lambda x: x * 2).defvjp(fwd, bwd)
        with pytest.raises(EmberError, match=words):
            ops.tolist(ops.grad(lambda x, f=f: ops.sum(f(x)))(x))


def test_what_a_checkpoint_closes_over_keeps_its_gradient(backend):
    x, w = arrays()
    same(ops.grad(lambda w: ops.sum(ops.checkpoint(lambda h: ops.tanh(h * w))(x)))(w), X * (1 - np.tanh(X * W) ** 2))
    same(ops.grad(lambda x: ops.sum(ops.checkpoint(lambda y: y * x)(x)))(x), 2 * X)
    inner = ops.grad(lambda w: ops.sum(w * ops.grad(lambda b: ops.sum(ops.checkpoint(lambda u: u * b)(w)))(w)))
    same(inner(w), 2 * W)


def scaled_by(c):
    return ops.custom_vjp(lambda x: x * c).defvjp(lambda x: (x * c, None), lambda _, g: (g * c,))


def test_what_a_function_with_its_own_gradient_closes_over_is_refused_or_right(backend):
    x, w = arrays()
    same(ops.grad(lambda x: ops.sum(scaled_by(w)(x)))(x), W)
    if backend == "mlx":  # which tells nobody whether an array is being differentiated
        return
    with pytest.raises(ArgumentError, match="arguments"):
        ops.grad(lambda w: ops.sum(scaled_by(w)(w)))(w)


def test_results_may_come_twice_and_be_arguments(backend):
    def fwd(x):
        y = x * 2
        return (y, y, x), None

    f = ops.custom_vjp(lambda x: (x * 2, x * 2, x)).defvjp(fwd, lambda _, g: (g[0] * 10 + g[1] + g[2],))
    x, _ = arrays()
    same(ops.grad(lambda x: (lambda y: ops.sum(y[0] + 3 * y[1] + 7 * y[2]))(f(x)))(x), [20.0, 20.0])


def test_a_cotangent_takes_the_dtype_of_its_argument(backend):
    f = ops.custom_vjp(lambda x: x * 1.0).defvjp(lambda x: (x * 1.0, None), lambda _, g: (ops.astype(g, "float16"),))
    assert ops.dtype_name(ops.grad(lambda x: ops.sum(f(x)))(ops.ones(2, dtype="float32"))) == "float32"


def test_a_function_with_its_own_gradient_can_be_forgotten():
    import gc
    import weakref

    f = scaled_by(2.0)
    seen = weakref.ref(f)
    del f
    gc.collect()
    assert seen() is None


def test_a_checkpoint_computes_again_and_remembers_less(backend):
    runs = []

    def f(x):
        runs.append(1)
        return ops.sum(ops.exp(ops.sin(x)))

    x, _ = arrays()
    same(ops.grad(ops.checkpoint(f))(x), np.exp(SIN) * COS)
    assert len(runs) >= 2
    same(ops.checkpoint(f)(x), np.sum(np.exp(SIN)))
    same(ops.hessian(ops.checkpoint(f))(x), np.diag(np.exp(SIN) * (COS**2 - SIN)))


TORCH_MODES = {
    "compile": lambda t, x, w: t.compile(lambda x: kernel(x, w), fullgraph=True, backend="aot_eager")(x),
    "vmap": lambda t, x, w: t.func.vmap(lambda x: kernel(x, w[0]))(x) * w / w[0],
    "functional_call": lambda t, x, w: t.func.vjp(lambda x: kernel(x, w), x)[0],
}


@pytest.mark.parametrize("mode", TORCH_MODES)
def test_the_modes_of_torch(mode):
    torch = pytest.importorskip("torch")
    x, w = torch.tensor(X), torch.tensor(W)
    same(TORCH_MODES[mode](torch, x, w), SIN * W)


def test_torch_by_its_own_means():
    torch = pytest.importorskip("torch")
    w = torch.tensor(W)
    x = torch.tensor(X, requires_grad=True)
    kernel(x, w).sum().backward()
    same(x.grad, COS * W)
    assert calls == ["forward", "backward"]
    (g,) = torch.autograd.grad(kernel(x, w).sum(), x, create_graph=True)
    same(torch.autograd.grad(g.sum(), x)[0], -SIN * W)
    compiled = torch.compile(lambda x: kernel(x, w).sum(), fullgraph=True, backend="aot_eager")
    calls.clear()
    same(torch.autograd.grad(compiled(x), x)[0], COS * W)
    assert calls == ["forward", "forward", "backward"]  # the operator keeps no residuals
    inner = torch.compile(
        lambda x: torch.func.grad(lambda x: kernel(x, w).sum())(x), fullgraph=True, backend="aot_eager"
    )
    same(inner(x.detach()), COS * W)
    moved = torch.compile(
        lambda x: torch.func.jvp(lambda x: kernel(x, w), (x,), (x,))[1], fullgraph=True, backend="aot_eager"
    )
    same(moved(x.detach()), COS * W * X)
    same(torch.func.grad(lambda x: torch.func.grad(lambda x: kernel(x, w).sum())(x).sum())(x.detach()), -SIN * W)
    same(torch.func.jvp(lambda x: kernel(x, w), (x.detach(),), (torch.ones(2, dtype=torch.float64),))[1], COS * W)
    assert torch.autograd.gradcheck(kernel, (x, w.clone().requires_grad_()))
    assert torch.autograd.gradgradcheck(kernel, (x, w.clone().requires_grad_()))
    rounded = torch.compile(lambda x: straight(x).sum(), fullgraph=True, backend="aot_eager")
    same(torch.autograd.grad(rounded(x), x)[0], 3 * X**2)


def test_mlx_by_its_own_means():
    mx = pytest.importorskip("mlx.core")
    x, w = mx.array(X, dtype=mx.float64), mx.array(W, dtype=mx.float64)
    rows = mx.stack([x, x * 2])

    def f(x):
        return kernel(x, w).sum()

    same(mx.grad(f)(x), COS * W)
    same(mx.grad(lambda x: mx.grad(f)(x).sum())(x), -SIN * W)
    same(mx.jvp(f, [x], [mx.ones_like(x)])[1][0], np.sum(COS * W))
    same(mx.jvp(mx.grad(f), [x], [mx.ones_like(x)])[1][0], -SIN * W)
    same(mx.grad(lambda x: mx.jvp(f, [x], [mx.ones_like(x)])[1][0])(x), -SIN * W)
    same(mx.compile(lambda x: kernel(x, w))(x), SIN * W)
    same(mx.compile(mx.grad(f))(x), COS * W)
    same(mx.compile(mx.grad(lambda x: mx.grad(f)(x).sum()))(x), -SIN * W)
    same(mx.vmap(lambda x: kernel(x, w))(rows), np.sin([X, 2 * X]) * W)
    same(mx.vmap(mx.grad(f))(rows), np.cos([X, 2 * X]) * W)
    same(mx.grad(lambda rows: mx.vmap(lambda x: kernel(x, w))(rows).sum())(rows), np.cos([X, 2 * X]) * W)
    same(mx.grad(lambda x: mx.checkpoint(lambda x: kernel(x, w))(x).sum())(x), COS * W)
    same(mx.compile(mx.grad(lambda x: straight(x).sum()))(x), 3 * X**2)


def test_all_of_it_under_an_outer_derivative_of_a_parameter(backend):
    x, w = arrays()

    def inner(w):
        y = ops.grad(lambda x: ops.sum(kernel(x, w)))(x)
        return ops.sum(y * y)

    same(ops.grad(inner)(w), 2 * COS**2 * W)
    assert math.isclose(ops.item(inner(w)), float(np.sum((COS * W) ** 2)), rel_tol=1e-12)
