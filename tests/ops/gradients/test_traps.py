"""Places where derivatives go wrong without a word; each was wrong once, here or in a library underneath."""

import concurrent.futures

import numpy as np
import pytest

import emberharmony as eh
from emberharmony import nn, ops, use_backend
from emberharmony.errors import ArgumentError, ShapeError, UnsupportedError


def array(values, dtype="float32"):
    return ops.asarray(values, dtype=dtype)


def values(x):
    return np.asarray(ops.to_numpy(x))


def test_a_scatter_into_a_transposed_array_arrives():
    x = np.arange(6.0).reshape(3, 2).T
    with eh.use_backend("numpy"):
        assert ops.at(x)[:, np.asarray([0, 2])].add(1.0).tolist() == [[1.0, 2.0, 5.0], [2.0, 3.0, 6.0]]
        assert ops.grad(lambda x: ops.sum(ops.take(x, np.asarray([0, 2]), axis=1)))(x).tolist() == [[1, 0, 1]] * 2


def test_a_result_that_comes_twice_has_both_cotangents(backend):
    x = array([3.0])
    first, second = ops.jacobian(lambda x: (x, x))(x)
    assert first.tolist() == second.tolist() == [[1.0]]
    _, pull = ops.vjp(lambda x: (lambda y: (y, ops.reshape(y, y.shape)))(x * 2), x)
    assert pull((array([5.0]), array([6.0])))[0].tolist() == [22.0]


def test_a_complex_jacobian_keeps_both_parts(backend):
    assert values(ops.jacobian(lambda x: x * 1j)(array([1.0, 2.0]))).tolist() == [[1j, 0], [0, 1j]]
    z = array([1 + 2j], "complex64")
    assert np.allclose(values(ops.jacobian(lambda z: z * z)(z)), [[2 + 4j]])
    transform = values(ops.jacobian(ops.fft.fft)(array([1.0, 2.0, 3.0])))
    assert np.allclose(transform, np.fft.fft(np.eye(3)), atol=1e-6)


def test_an_inner_derivative_in_another_thread_belongs_to_the_outer_one():
    for name in ("numpy", "torch"):  # MLX keeps its arrays to the thread that made them
        if name not in eh.available_backends():
            continue
        with eh.use_backend(name), concurrent.futures.ThreadPoolExecutor(1) as pool:

            def f(x, pool=pool):
                inner = pool.submit(lambda: ops.grad(lambda y: ops.sum(y**3))(x)).result()
                return ops.sum(x) + ops.sum(inner)

            assert ops.grad(f)(array([1.0, 2.0])).tolist() == [7.0, 13.0]


def test_gradients_are_arrays_of_their_own():
    for name in ("numpy", "torch"):  # whose arrays can be written into
        if name not in eh.available_backends():
            continue
        with eh.use_backend(name):
            x, y = array([1.0, 2.0]), array([1.0, 1.0])
            gx, gy = ops.grad(lambda x, y: ops.sum((x + y) ** 2), argnums=(0, 1))(x, y)
            gx *= 0.5
            assert gy.tolist() == [4.0, 6.0]
            whole = ops.grad(ops.sum)(x)
            whole *= 2
            assert whole.tolist() == [2.0, 2.0]
            given = array([1.0, 1.0])
            (back,) = ops.vjp(lambda x: x, x)[1](given)
            back *= 3
            assert given.tolist() == [1.0, 1.0]


def test_a_pull_back_serves_several_threads_at_once():
    with eh.use_backend("numpy"):
        x = array([0.5, 1.0], "float64")
        _, pull = ops.vjp(ops.checkpoint(lambda x, y: ops.sin(x) * y), x, x)
        one = np.ones(2)
        wanted = [g.tolist() for g in pull(one)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            found = [*pool.map(lambda _: [g.tolist() for g in pull(one)], range(400))]
        assert all(g == wanted for g in found)


def test_equal_eigenvalues_and_flat_places_have_a_slope(backend):
    eye = array(np.eye(2).tolist())
    assert np.allclose(values(ops.grad(lambda a: ops.sum(ops.linalg.eigh(a)[0]))(eye)), np.eye(2))
    assert np.allclose(values(ops.grad(lambda a: ops.sum(ops.linalg.svdvals(a)))(eye)), np.eye(2), atol=1e-6)
    assert values(ops.grad(ops.std)(array([2.0, 2.0]))).tolist() == [0.0, 0.0]
    assert values(ops.grad(ops.linalg.vector_norm)(array([0.0, 0.0]))).tolist() == [0.0, 0.0]
    assert values(ops.grad(lambda x: ops.sum(ops.pow(x, 0)))(array([0.0, 2.0]))).tolist() == [0.0, 0.0]


def test_shapes_at_the_edge(backend):
    assert values(ops.grad(lambda x: (lambda y: y[()] * 2 + y * 3)(x * 1.0))(array(2.0))) == 5.0
    w = array([[1.0], [2.0]])
    slope = ops.grad(lambda w: ops.sum(ops.zeros((2, 0, 2), dtype="float32") @ w))(w)
    assert values(slope).tolist() == [[0.0], [0.0]]
    assert np.isnan(values(ops.grad(lambda x: ops.var(x, correction=1))(array([2.0])))).all()


def test_a_checkpoint_may_return_whole_numbers(backend):
    f = ops.checkpoint(lambda x: (x * 2, ops.argmax(x)))
    slope = ops.grad(lambda x: (lambda y: ops.sum(y[0]) + ops.astype(y[1], "float32"))(f(x)))(array([1.0, 3.0]))
    assert slope.tolist() == [2.0, 2.0]


def test_numbers_of_arguments_may_be_of_any_kind_and_come_once(backend):
    x = array([1.0, 2.0])
    assert ops.grad(lambda x, y: ops.sum(x * y), argnums=np.int64(1))(x, x * 3).tolist() == [1.0, 2.0]
    assert len(ops.grad(lambda x, y: ops.sum(x * y), argnums=[0, 1])(x, x)) == 2
    with pytest.raises(ArgumentError, match="once"):
        ops.grad(lambda x, y: ops.sum(x * y), argnums=(1, -1))(x, x)


def test_what_changes_its_structure_is_refused(backend):
    x = array([1.0, 2.0])
    with pytest.raises(ArgumentError, match="out_axes"):
        ops.vmap(lambda x: x, out_axes=None)(x)
    seen = []

    def step(c, row):
        seen.append(1)
        return c, {f"y{len(seen)}": row}

    with pytest.raises(ShapeError, match="structure"):
        ops.scan(step, x, x)


def test_a_number_that_makes_an_array_keeps_its_gradient_or_is_refused(backend):
    v = array(2.0)
    for lost in (lambda v: ops.linspace(0.0, v, 3), lambda v: ops.arange(0.0, v, 1.0)):
        with pytest.raises(eh.EmberError):
            ops.grad(lambda v, lost=lost: ops.sum(lost(v)))(v)
    if backend == "mlx":  # the others want a number there, and say so
        assert values(ops.grad(lambda v: ops.sum(ops.full((3,), v)))(v)) == 3.0


def test_numpy_refuses_to_leave_for_another_backend_while_it_differentiates():
    pytest.importorskip("torch")
    with use_backend("numpy"), pytest.raises(UnsupportedError, match="being differentiated, to torch"):
        ops.grad(lambda x: ops.sum(ops.convert(ops.convert(x, "torch"), "numpy")))(ops.asarray([1.0]))


def test_what_reads_buffers_alone_has_nothing_to_remember(backend):
    @nn.module
    class Fixed:
        scale: object = nn.buffer()

    fixed = Fixed(ops.asarray([1.0, 2.0]))
    assert ops.tolist(ops.checkpoint(lambda m: m.scale * 2.0)(fixed)) == [2.0, 4.0]
