"""`value_and_grad` and its relatives mean the same on every backend: trees, nesting, errors."""

import math
from typing import NamedTuple

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import ops
from emberharmony.errors import ArgumentError, DTypeError, MixedBackendsError, NotAnArrayError, ShapeError

X = [0.5, 1.0, 2.0]


def array(values, dtype="float64"):
    return ops.asarray(values, dtype=dtype)


def near(got, wanted, tolerance=1e-12):
    return np.allclose(np.asarray(ops.to_numpy(got)), np.asarray(wanted), rtol=tolerance, atol=tolerance)


class Pair(NamedTuple):
    first: object
    second: object


def test_the_value_and_the_gradient_of_a_closed_form(backend):
    value, slope = ops.value_and_grad(lambda x: ops.sum(ops.tanh(x) * ops.exp(-x) + x @ x))(array(X))
    x = np.asarray(X)
    assert near(value, np.sum(np.tanh(x) * np.exp(-x) + x @ x))
    assert near(slope, (1 - np.tanh(x) ** 2 - np.tanh(x)) * np.exp(-x) + 2 * len(X) * x)


def test_the_value_is_the_one_without_a_gradient_to_the_last_bit(backend):
    def f(x):
        return ops.sum(ops.softmax(ops.sin(x) @ ops.ones((3, 3), dtype="float64")) * ops.std(x))

    x = array(X)
    assert ops.item(ops.value_and_grad(f)(x)[0]) == ops.item(f(x))


def test_trees_keep_their_shape_and_other_leaves_have_none(backend):
    w = {"a": array(X), "b": [Pair(array(2.0), 3), None, "name", ops.asarray([1, 2])]}
    slope = ops.grad(lambda w: ops.sum(w["a"]) * w["b"][0].first * w["b"][0].second)(w)
    assert near(slope["a"], [6.0] * 3)
    assert near(slope["b"][0].first, 3 * sum(X))
    assert slope["b"][0].second is None
    assert slope["b"][1:] == [None, None, None]


def test_arguments_are_chosen_by_number(backend):
    def f(x, y, *, scale):
        return ops.sum(x * y * y) * scale

    x, y = array(X), array([1.0, 2.0, 3.0])
    first, second = ops.grad(f, argnums=(0, -1))(x, y, scale=2.0)
    assert near(first, [2.0, 8.0, 18.0])
    assert near(second, 4 * np.asarray(X) * [1, 2, 3])
    assert near(ops.grad(f, argnums=1)(x, y, scale=2.0), second.tolist())


def test_aux_comes_out_as_plain_arrays(backend):
    (value, aux), slope = ops.value_and_grad(lambda x: (ops.sum(x), {"twice": x * 2, "n": 3}), has_aux=True)(array(X))
    assert near(value, 3.5)
    assert near(aux["twice"], np.asarray(X) * 2)
    assert aux["n"] == 3
    assert near(slope, [1.0] * 3)
    assert type(aux["twice"]) is type(array(X))
    assert ops.grad(lambda x: (ops.sum(x), 7), has_aux=True)(array(X))[1] == 7


def test_a_number_may_be_differentiated(backend):
    assert math.isclose(ops.item(ops.grad(lambda x: x**3)(2.0)), 12.0, rel_tol=1e-6)  # float32 by default on two


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_nest(backend, order):
    f = ops.sin
    for _ in range(order):
        f = ops.grad(f)
    assert near(f(array(0.7)), [math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)][order - 1])


def test_an_inner_derivative_does_not_see_the_outer_variable(backend):
    one = array(1.0)
    assert near(ops.grad(lambda x: x * ops.grad(lambda y: x + y)(one))(one), 1.0)
    assert near(ops.grad(lambda x: x * ops.grad(lambda y: x * y * y)(x))(array(3.0)), 54.0)
    assert near(ops.grad(lambda x: ops.grad(lambda y: x * x * y)(x) * x)(array(2.0)), 12.0)


def test_forward_over_reverse_over_forward(backend):
    x, v = array(X), array([1.0, -2.0, 0.5])
    wanted = 6 * np.asarray(X) * [1.0, -2.0, 0.5]
    assert near(ops.jvp(ops.grad(lambda y: ops.sum(y**3)), (x,), (v,))[1], wanted)
    assert near(ops.grad(lambda x: ops.sum(ops.jvp(lambda y: y**3, (x,), (v,))[1]))(x), wanted)
    assert near(ops.jvp(lambda x: ops.jvp(lambda y: y**3, (x,), (v,))[1], (x,), (v,))[1], wanted * [1.0, -2.0, 0.5])


def test_vjp_and_jvp_of_trees_are_transposes(backend):
    def f(p, x):
        return {"y": p["w"] @ x, "z": ops.sum(p["w"] * p["w"])}

    p, x = {"w": array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])}, array(X)
    dp, dx = {"w": array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]])}, array([1.0, 1.0, -1.0])
    g = {"y": array([2.0, 3.0]), "z": array(0.5)}
    out, pull = ops.vjp(f, p, x)
    same, moved = ops.jvp(f, (p, x), (dp, dx))
    gp, gx = pull(g)
    forwards = ops.item(ops.sum(g["y"] * moved["y"]) + g["z"] * moved["z"])
    backwards = ops.item(ops.sum(gp["w"] * dp["w"]) + ops.sum(gx * dx))
    assert math.isclose(forwards, backwards, rel_tol=1e-12)
    assert near(out["y"], same["y"].tolist())
    assert near(pull(g)[1], gx.tolist())  # a pull-back can be used again


def test_a_jacobian_has_the_shape_of_the_result_and_of_the_argument(backend):
    w = array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    jacobian = ops.jacobian(lambda x: w @ (x * x))(array(X))
    assert near(jacobian, np.asarray(w.tolist()) * 2 * np.asarray(X))
    both = ops.jacobian(lambda x, y: {"s": x[:, None] * y}, argnums=(0, 1))(array(X), array([1.0, 2.0]))
    assert tuple(both["s"][0].shape) == (3, 2, 3)
    assert tuple(both["s"][1].shape) == (3, 2, 2)


def test_a_hessian_is_symmetric_and_right(backend):
    hessian = ops.hessian(lambda x: x[0] ** 2 * x[1] + ops.sin(x[2]))(array(X))
    assert near(hessian, [[2.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -math.sin(2.0)]])


def test_nothing_flows_through_stop_gradient(backend):
    assert near(ops.grad(lambda x: ops.sum(x * ops.stop_gradient(x)))(array(X)), X)
    assert near(ops.grad(lambda x: ops.sum(ops.stop_gradient(x * x)))(array(X)), [0.0] * 3)


def test_what_does_not_depend_has_the_gradient_zero(backend):
    assert near(ops.grad(lambda x: ops.sum(ops.floor(x)))(array(X)), [0.0] * 3)
    assert near(ops.grad(lambda x: array(1.0) * 2)(array(X)), [0.0] * 3)


def test_complex_numbers_climb_the_steepest_way(backend):
    z = array([1 + 2j, 3 - 1j], "complex64")
    assert near(ops.grad(lambda z: ops.sum(ops.real(z * ops.conj(z))))(z), [2 + 4j, 6 - 2j], 1e-6)
    assert near(ops.grad(lambda z: ops.sum(ops.real(z * z * 1j)))(z), [-4 - 2j, 2 - 6j], 1e-6)
    assert near(ops.vjp(lambda z: z * 1j, z)[1](z)[0], [2 - 1j, -1 - 3j], 1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "bfloat16", "float64"])
def test_a_gradient_has_the_dtype_of_its_array(backend, dtype):
    if dtype not in eh.backend.registry.load(backend).dtypes:
        with pytest.raises(DTypeError):
            array(X, dtype)
        return
    slope = ops.grad(lambda x: ops.sum(ops.astype(x, "float32") * 2.0))(array(X, dtype))
    assert ops.dtype_name(slope) == dtype
    assert slope.tolist() == [2.0] * 3


def test_an_empty_array_has_an_empty_gradient(backend):
    assert tuple(ops.grad(lambda x: ops.sum(x * x))(ops.zeros((0, 3), dtype="float64")).shape) == (0, 3)


def test_asarray_of_what_is_being_differentiated_is_itself(backend):
    assert near(ops.grad(lambda x: ops.sum(ops.asarray(x) ** 2))(array(X)), 2 * np.asarray(X))


def test_control_flow_may_look_at_numbers(backend):
    def f(x):
        return ops.sum(x * x) if x[0] > 0 else ops.sum(x)

    assert near(ops.grad(f)(array(X)), 2 * np.asarray(X))
    assert near(ops.grad(f)(array([-1.0, 2.0])), [1.0, 1.0])


def test_the_current_backend_does_not_matter(backend):
    x = array(X)
    with eh.use_backend("numpy" if backend != "numpy" else "torch"):
        assert type(ops.grad(lambda x: ops.logsumexp(ops.softplus(x)))(x)) is type(x)


def test_errors_say_what_came(backend):
    x = array(X)
    for wrong, kind, words in (
        (lambda: ops.grad(ops.sum)(ops.asarray([1, 2])), NotAnArrayError, "nothing to differentiate"),
        (lambda: ops.grad(lambda x: x)(x), ShapeError, "shape \\(3,\\)"),
        (lambda: ops.grad(lambda x: (ops.sum(x), 1))(x), NotAnArrayError, "has_aux"),
        (lambda: ops.grad(lambda x: ops.sum(x), has_aux=True)(x), ArgumentError, "aux"),
        (lambda: ops.grad(lambda x: ops.sum(ops.astype(x, "int32")))(x), DTypeError, "int64"),
        (lambda: ops.grad(ops.sum, argnums=2)(x), ArgumentError, "argnums=2"),
        (lambda: ops.grad(lambda x: 1.0)(x), NotAnArrayError, "float"),
        (lambda: ops.vjp(lambda x: x, x)[1](array([1.0])), ShapeError, "cotangent"),
        (lambda: ops.vjp(lambda x: x, x)[1]((x, x)), ArgumentError, "tree"),
        (lambda: ops.jvp(lambda x: x, (x,), (x, x)), ArgumentError, "tangents"),
        (lambda: ops.jvp(lambda x: x, (x,), (array([1.0]),)), ShapeError, "tangent"),
    ):
        with pytest.raises(kind, match=words):
            wrong()


def test_two_backends_in_one_gradient_are_an_error():
    names = eh.available_backends()
    if len(names) < 2:
        pytest.fail("one backend alone: nothing to mix")
    a, b = (ops.convert(np.ones(2), name) for name in names[:2])
    with pytest.raises(MixedBackendsError):
        ops.grad(lambda p: ops.sum(p[0]))((a, b))


def test_on_numpy_a_number_that_would_cut_the_gradient_is_an_error():
    with eh.use_backend("numpy"):
        for cut in (float, np.asarray, lambda x: x.tolist(), lambda x: x.sum(), ops.to_numpy, ops.item):
            with pytest.raises((eh.EmberError, AttributeError), match=r"stop_gradient|ops\.(tolist|sum)"):
                ops.grad(lambda x, cut=cut: x[0] * cut(x[0]))(array(X))


def test_numpy_functions_refuse_what_is_being_differentiated():
    with eh.use_backend("numpy"), pytest.raises(TypeError):
        ops.grad(lambda x: np.exp(x))(array(1.0))


def test_numpy_operands_on_the_left_are_recorded():
    with eh.use_backend("numpy"):
        for left in (np.float64(2.0), np.asarray(2.0), np.asarray([2.0, 2.0, 2.0])):
            assert near(
                ops.grad(lambda x, left=left: ops.sum(left * x + left - left / x))(array(X)), 2 + 2 / np.asarray(X) ** 2
            )


def test_the_tape_holds_nothing_back():
    import gc
    import weakref

    with eh.use_backend("numpy"):
        gc.collect()
        gc.disable()
        try:
            seen = []

            def f(x):
                y = ops.exp(x)
                seen.append(weakref.ref(y.value))
                return ops.sum(y * y)

            ops.value_and_grad(f)(array(X))
            assert seen[0]() is None  # without the garbage collector: there is no cycle
        finally:
            gc.enable()


def test_a_loop_over_rows_is_right_and_its_parts_add_up():
    with eh.use_backend("numpy"):
        x = np.arange(12.0).reshape(4, 3)

        def f(x):
            total = ops.sum(x[1:] * 3) + x[0, 0]
            for i in range(4):
                total = total + ops.sum(x[i] ** 2) * (i + 1) + x[-1][1]
            return total

        wanted = 2 * x * np.asarray([[1], [2], [3], [4]]) + [[0], [3], [3], [3]]
        wanted[0, 0] += 1
        wanted[-1, 1] += 4
        assert near(ops.grad(f)(x), wanted)
        assert near(
            ops.grad(lambda x: ops.sum(ops.grad(f)(x) * x))(x), 2 * (wanted - ops.grad(f)(0 * x)) + ops.grad(f)(0 * x)
        )


def test_code_that_asks_an_array_for_its_namespace_is_recorded():
    def standard(x):
        xp = x.__array_namespace__()
        return xp.sum(xp.exp(x) * xp.take(x, xp.asarray([0, 0, 1])))

    with eh.use_backend("numpy"):
        x = np.asarray(X)
        assert near(ops.grad(standard)(x), np.exp(x) * x[[0, 0, 1]] + [np.exp(x[0]) + np.exp(x[1]), np.exp(x[2]), 0.0])


def test_neither_no_grad_nor_inference_mode_of_torch_makes_it_zero():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            y = torch.tensor(X)
            for z in (x, y):
                assert ops.grad(lambda x: ops.sum(x * x))(z).tolist() == (2 * x).tolist()
                assert ops.vjp(lambda x: x * x, z)[1](z)[0].tolist() == (2 * x * x).tolist()


def test_threads_do_not_see_each_other(backend):
    import threading

    found = set()

    def work():
        with eh.use_backend(backend):
            for _ in range(30):
                found.add(round(ops.item(ops.grad(ops.grad(lambda x: x**3))(array(2.0))), 9))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {12.0}


def test_a_parameter_of_torch_needs_no_graph_kept():
    torch = pytest.importorskip("torch")
    w = torch.nn.Parameter(torch.ones(3))
    value, slope = ops.value_and_grad(lambda w: ops.sum(w * w))(w)
    assert not value.requires_grad
    assert not slope.requires_grad
    assert w.grad is None


def test_a_tensor_within_an_outer_graph_of_torch_stays_in_it():
    torch = pytest.importorskip("torch")
    a = torch.tensor(3.0, requires_grad=True)
    slope = ops.grad(lambda x: x**3)(a * 1.0)
    assert torch.autograd.grad(slope, a)[0].item() == 18.0


def test_our_gradients_can_be_compiled_and_mapped_by_the_libraries():
    torch = pytest.importorskip("torch")
    x = torch.tensor(X)
    f = ops.grad(lambda x: ops.sum(ops.tanh(x) * x))
    assert torch.allclose(torch.compile(f, fullgraph=True, backend="aot_eager")(x), f(x))
    assert torch.allclose(torch.func.vmap(f)(torch.stack([x, x]))[1], f(x))
    mx = pytest.importorskip("mlx.core")
    y = mx.array(X)
    assert mx.allclose(mx.compile(f)(y), f(y))
    assert mx.allclose(mx.vmap(f)(mx.stack([y, y]))[1], f(y))
