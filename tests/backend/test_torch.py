"""What PyTorch's users expect beyond right numbers: gradients, subclasses, torch.compile, torch.func, devices."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from emberharmony import ops, use_backend  # noqa: E402
from emberharmony.errors import DeviceError, NotAnArrayError  # noqa: E402

ELEMENTWISE = (
    "exp",
    "sin",
    "tanh",
    "sqrt",
    "abs",
    "negative",
    "square",
    "log1p",
    "sigmoid",
    "relu",
    "softplus",
    "gelu",
    "silu",
)
REDUCTIONS = ("sum", "mean", "max", "min", "std", "var", "prod", "logsumexp")


@pytest.fixture(autouse=True)
def _on_torch():
    torch.set_num_threads(1)
    with use_backend("torch"):
        yield


def pipeline(x, y):
    z = ops.add(ops.multiply(x, 2.0), ops.subtract(1, y))
    for name in ELEMENTWISE:
        z = ops.add(z, getattr(ops, name)(ops.abs(x)))
    for name in REDUCTIONS:
        z = ops.add(z, getattr(ops, name)(x, axis=-1, keepdims=True))
    z = ops.where(ops.greater(z, 0.5), z, 0.0)
    return ops.matmul(ops.softmax(z, axis=-1), ops.matrix_transpose(y))


def test_one_graph_holds_elementwise_functions_reductions_and_numbers():
    torch._dynamo.reset()
    x, y = torch.rand(3, 4) + 0.5, torch.rand(3, 4) + 0.5
    compiled = torch.compile(pipeline, fullgraph=True, backend="eager")
    assert torch.equal(compiled(x, y), pipeline(x, y))


def test_the_very_first_call_may_happen_inside_the_compiler():
    """In a fresh interpreter, where no table knows torch yet."""
    import subprocess
    import sys

    code = (
        "import torch\nfrom emberharmony import ops\n"
        "f = torch.compile(lambda x: ops.mean(ops.exp(ops.add(x, 1.0)), axis=0), fullgraph=True, backend='eager')\n"
        "x = torch.ones(2, 3)\nassert torch.equal(f(x), torch.exp(x + 1.0).mean(0))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_vmap_goes_through():
    x, y = torch.rand(5, 3, 4) + 0.5, torch.rand(5, 3, 4) + 0.5
    mapped = torch.func.vmap(pipeline)(x, y)
    one_by_one = torch.stack([pipeline(a, b) for a, b in zip(x, y, strict=True)])
    assert torch.allclose(mapped, one_by_one, rtol=0, atol=64 * torch.finfo(x.dtype).eps * 4)  # sums in another order


def test_gradients_flow_through_and_leaves_are_untouched():
    x = (torch.rand(3, 4, dtype=torch.float64) + 0.5).requires_grad_()
    y = (torch.rand(3, 4, dtype=torch.float64) + 0.5).requires_grad_()
    before = x.detach().clone()
    assert torch.autograd.gradcheck(pipeline, (x, y))
    assert torch.equal(x.detach(), before)
    assert x.grad is None


@pytest.mark.parametrize("name", ["det", "inv", "cholesky", "eigh", "svd", "qr", "slogdet", "pinv", "matrix_norm"])
def test_gradients_of_linear_algebra(name):
    a = torch.rand(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    x = (a @ a.T + 3 * torch.eye(3, dtype=torch.float64)).requires_grad_()
    y = getattr(ops.linalg, name)(x)
    total = sum(torch.sum(torch.abs(part)) for part in (y if isinstance(y, tuple) else (y,)))
    (gradient,) = torch.autograd.grad(total, x)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("method", ["set", "add", "multiply", "min", "max"])
def test_gradients_of_changed_elements(method):
    x = torch.rand(4, 3, dtype=torch.float64).requires_grad_()
    v = (torch.rand(2, 3, dtype=torch.float64) + 0.5).requires_grad_()
    index = torch.tensor([0, 2])
    assert torch.autograd.gradcheck(lambda x, v: getattr(ops.at(x)[index], method)(v), (x, v))


def test_parameters_and_subclasses_work_beside_tensors():
    class Mine(torch.Tensor):
        pass

    weight = torch.nn.Parameter(torch.ones(3, 3))
    out = ops.matmul(weight, torch.ones(3).as_subclass(Mine))
    assert isinstance(out, torch.Tensor)
    ops.sum(ops.add(weight, 1.0)).backward()
    assert torch.equal(weight.grad, torch.ones(3, 3))


def test_a_tensor_without_axes_promotes_as_the_standard_says():
    x, y = torch.ones(3, dtype=torch.float32), torch.ones((), dtype=torch.float64)
    assert ops.add(x, y).dtype is torch.float64
    assert ops.where(torch.ones(3, dtype=torch.bool), x, y).dtype is torch.float64


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64"])
@pytest.mark.parametrize(
    "name", ["add", "subtract", "multiply", "floor_divide", "remainder", "maximum", "less", "bitwise_right_shift"]
)
def test_wide_unsigned_integers_use_every_bit(dtype, name):
    top = np.iinfo(dtype).max
    a = np.asarray([top, top - 1, top // 2 + 1, 7, 0], dtype=dtype)
    b = np.asarray([1, top, 3, 2, 5], dtype=dtype)
    with np.errstate(over="ignore"):
        expected = getattr(np, name)(a, b)
    ours = getattr(ops, name)(ops.asarray(a), ops.asarray(b))
    assert np.array_equal(ops.to_numpy(ours), expected)


def test_asarray_shares_writable_numpy_memory_and_nothing_else():
    x = np.zeros(3)
    ops.asarray(x)[0] = 1.0
    assert x[0] == 1.0
    x.flags.writeable = False
    ops.asarray(x)[0] = 2.0
    assert x[0] == 1.0
    backwards = np.arange(3)[::-1]
    assert ops.asarray(backwards).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    "bad", ["text", b"bytes", None, {"a": 1}, ["a"], object(), np.asarray(["a"]), np.asarray([object()])]
)
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(NotAnArrayError):
        ops.asarray(bad)


def test_devices_by_name():
    assert ops.zeros(2, device="cpu").device == torch.device("cpu")
    assert ops.zeros(2, device=torch.device("cpu")).device.type == "cpu"
    for name in ("tpu", "cuda:99", 3.5):
        with pytest.raises(DeviceError, match="cpu"):
            ops.zeros(2, device=name)
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        with pytest.raises(DeviceError, match="cpu"):
            ops.zeros(2, device="gpu")


def test_every_creation_function_honours_the_device():
    place = torch.device("meta")  # a device that every build has, where nothing is computed
    for call in (
        lambda: ops.zeros(2, device=place),
        lambda: ops.ones(2, device=place),
        lambda: ops.empty(2, device=place),
        lambda: ops.full(2, 1.0, device=place),
        lambda: ops.eye(2, device=place),
        lambda: ops.eye(2, k=1, device=place),
        lambda: ops.arange(3, device=place),
        lambda: ops.linspace(0, 1, 3, device=place),
        lambda: ops.asarray([1.0], device=place),
        lambda: ops.zeros_like(torch.zeros(2), device=place),
        lambda: ops.full_like(torch.zeros(2), 1.0, device=place),
        lambda: ops.astype(torch.zeros(2), "float64", device=place),
        lambda: ops.to_device(torch.zeros(2), place),
        lambda: ops.fft.fftfreq(3, device=place),
    ):
        assert call().device == place


def test_bfloat16_reaches_numpy_as_float32_and_lazy_conjugates_resolve():
    assert ops.to_numpy(torch.ones(2, dtype=torch.bfloat16)).dtype == np.float32
    z = torch.tensor([1 + 2j]).conj()
    assert ops.to_numpy(z).tolist() == [1 - 2j]
    assert ops.to_numpy(torch.ones(2, requires_grad=True)).tolist() == [1.0, 1.0]
