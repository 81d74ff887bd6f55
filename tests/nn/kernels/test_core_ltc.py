"""The LTC kernels of the native core against ncps: values, gradients, and what they refuse."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from emberharmony import _core

torch = pytest.importorskip("torch")
peer = pytest.importorskip("ncps.torch")
wirings = pytest.importorskip("ncps.wirings")

INPUTS = 5
UNFOLDS = 6
EPSILON = 1e-8
NAMES = ("cm", "gleak", "vleak")
SYNAPSES = ("w", "sigma", "mu", "erev")
WIRINGS = {
    "auto": lambda: wirings.AutoNCP(24, 4),
    "full": lambda: wirings.FullyConnected(7, 3),
    "random": lambda: wirings.Random(9, 2, sparsity_level=0.6),
}


class Case:
    """A cell of ncps, its parameters in the order of the kernel, and a batch."""

    def __init__(self, wiring, dtype, batch, steps, seed=3):
        torch.manual_seed(seed)
        self.cell = peer.LTCCell(WIRINGS[wiring](), INPUTS, None, None, UNFOLDS, EPSILON).to(dtype)
        rng, self.dtype = np.random.default_rng(seed), np.float32 if dtype is torch.float32 else np.float64
        # a wiring has polarities of 1 alone; any number is a reversal potential
        for erev in (self.cell._params["erev"], self.cell._params["sensory_erev"]):
            erev.data = torch.tensor(rng.uniform(-1, 1, erev.shape), dtype=dtype)
        self.x = rng.normal(size=(batch, steps, INPUTS)).astype(self.dtype)
        self.v0 = rng.uniform(-1, 1, (batch, self.cell.state_size)).astype(self.dtype)
        self.dt = rng.uniform(0.1, 2, (batch, steps)).astype(self.dtype)
        self.mask = rng.uniform(size=(batch, steps)) < 0.8
        self.dy = rng.normal(size=(batch, steps, self.cell.motor_size)).astype(self.dtype)
        self.dlast = rng.normal(size=self.v0.shape).astype(self.dtype)

    def value(self, name):
        return self.cell._params[name].detach().numpy()

    def wires(self, prefix):
        """(targets, sources), by target."""
        return np.nonzero(self.value(f"{prefix}sparsity_mask").T)

    def synapses(self, prefix):
        targets, sources = self.wires(prefix)
        offsets = np.searchsorted(targets, np.arange(self.cell.state_size + 1)).astype(np.int32)
        numbers = [np.ascontiguousarray(self.value(prefix + name)[sources, targets]) for name in SYNAPSES]
        return offsets, sources.astype(np.int32), *numbers

    def network(self):
        neurons = tuple(self.value(name).copy() for name in NAMES)
        return neurons, self.synapses("sensory_"), self.synapses(""), UNFOLDS, EPSILON

    def forward(self, keep=False, threads=1, **changes):
        given = {"x": self.x, "v0": self.v0, "dt": self.dt, "mask": self.mask} | changes
        y = np.full((*given["x"].shape[:2], self.cell.motor_size), np.nan, self.dtype)
        last = np.full_like(given["v0"], np.nan)
        trail = _core.ltc_forward(*given.values(), *self.network(), y, last, keep, threads)
        return y, last, trail

    def backward(self, trail, threads=1):
        neurons, sensory, recurrent, *_ = self.network()
        gradients = {"x": self.x, "v0": self.v0, "dt": self.dt} | dict(zip(NAMES, neurons, strict=True))
        for prefix, synapses in (("sensory_", sensory), ("", recurrent)):
            gradients |= {prefix + name: array for name, array in zip(SYNAPSES, synapses[2:], strict=True)}
        out = {name: np.full_like(array, np.nan) for name, array in gradients.items()}
        x, v0, dt, *rest = out.values()
        outs = (x, v0, dt, tuple(rest[:3]), tuple(rest[3:7]), tuple(rest[7:]))
        given = (self.x, self.v0, self.dt, self.mask, *self.network())
        _core.ltc_backward(trail, *given, self.dy, self.dlast, *outs, threads)
        return out

    def expected(self):
        """Outputs, the last state and every gradient of ncps, one step after the other."""
        x, v0, dt = (torch.tensor(array, requires_grad=True) for array in (self.x, self.v0, self.dt))
        v, ys = v0, []
        for t in range(x.shape[1]):
            new = self.cell(x[:, t], v, dt[:, t, None])[1]
            v = torch.where(torch.tensor(self.mask[:, t, None]), new, v)
            ys.append(v[:, : self.cell.motor_size])
        y = torch.stack(ys, 1)
        ((y * torch.tensor(self.dy)).sum() + (v * torch.tensor(self.dlast)).sum()).backward()
        out = {"x": x.grad, "v0": v0.grad, "dt": dt.grad}
        out |= {name: self.cell._params[name].grad for name in NAMES}
        for prefix in ("sensory_", ""):
            targets, sources = self.wires(prefix)
            out |= {prefix + name: self.cell._params[prefix + name].grad[sources, targets] for name in SYNAPSES}
        return y.detach().numpy(), v.detach().numpy(), {name: g.numpy() for name, g in out.items()}


# ncps and the kernel round differently: each of the 300 unfolds adds a few units of the last place, and contracts
# what came before. In float32 a gradient is a sum of some 1e4 such terms, of either sign.
@pytest.mark.parametrize(
    ("dtype", "values", "slopes"), [(torch.float64, 1e-12, 1e-10), (torch.float32, 5e-6, 5e-5)], ids=["f64", "f32"]
)
@pytest.mark.parametrize("wiring", WIRINGS)
def test_values_and_gradients_are_those_of_ncps(wiring, dtype, values, slopes):
    case = Case(wiring, dtype, batch=19, steps=50)
    y, last, expected = case.expected()
    found_y, found_last, trail = case.forward(keep=True)
    np.testing.assert_allclose(found_y, y, rtol=0, atol=values)
    np.testing.assert_allclose(found_last, last, rtol=0, atol=values)
    for name, gradient in case.backward(trail).items():
        scale = np.abs(expected[name]).max()
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=slopes * scale, err_msg=name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_are_the_sequence(dtype):
    case = Case("auto", dtype, batch=3, steps=6)
    mask = np.ones_like(case.mask)
    dt = np.asarray([0.75], case.dtype)
    expected = case.forward(dt=dt, mask=mask)[1]
    stepper = _core.LtcStepper(*case.network())
    v, single = case.v0.copy(), case.v0[1].copy()
    for t in range(6):
        out = np.empty_like(v)
        stepper.step(np.ascontiguousarray(case.x[:, t]), v, 0.75, out)
        v, row = out, np.empty_like(single)
        stepper.step(np.ascontiguousarray(case.x[1, t]), single, 0.75, row)
        stepper.step(np.ascontiguousarray(case.x[1, t]), single, 0.75, single)  # in place
        np.testing.assert_array_equal(single, row)
    np.testing.assert_array_equal(v, expected)
    np.testing.assert_array_equal(single, expected[1])


def test_no_time_is_exact_where_ncps_divides_by_zero():
    case = Case("auto", torch.float64, batch=4, steps=3)
    np.testing.assert_array_equal(case.forward(dt=np.zeros(1))[1], case.v0)


def test_threads_and_interruptions_in_time_change_no_bit():
    case = Case("auto", torch.float32, batch=70, steps=9)
    y, last, trail = case.forward(keep=True)
    again_y, again_last, again = case.forward(keep=True, threads=3)
    np.testing.assert_array_equal(again_y, y)
    np.testing.assert_array_equal(again_last, last)
    one, three = case.backward(trail), case.backward(again, threads=3)
    for name in one:
        np.testing.assert_array_equal(one[name], three[name], err_msg=name)
    v = case.v0
    for part in (slice(0, 4), slice(4, 4), slice(4, 9)):
        pieces = {name: np.ascontiguousarray(getattr(case, name)[:, part]) for name in ("x", "dt", "mask")}
        v = case.forward(**pieces, v0=v)[1]
    np.testing.assert_array_equal(v, last)


def test_the_trail_holds_one_state_for_each_step_and_row():
    case = Case("auto", torch.float32, batch=32, steps=10)
    assert case.forward(keep=False)[2] is None
    trail = case.forward(keep=True)[2]
    assert trail.nbytes == 32 * 10 * 24 * 4  # 32 rows fill the lanes of any machine


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"v0": np.zeros((3, 24), np.float32)}, "v0 of 3 rows; expected 4, as x has"),
        ({"v0": np.zeros((4, 5), np.float32)}, "v0 of 5 neurons; expected 24, as capacity has"),
        ({"dt": np.zeros(7, np.float32)}, "dt of 7 elements; expected 1, 6 or 24"),
        ({"mask": np.ones((4, 5), bool)}, "mask of 20 elements; expected 24"),
        ({"x": np.zeros((4, 6, 2), np.float32)}, "of a sensory synapse; expected 0 to 1"),
        ({"v0": np.zeros(4, np.float32)}, r"expected \(B, T, I\) and \(B, N\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(changes, message):
    case = Case("auto", torch.float32, batch=4, steps=6)
    with pytest.raises(ValueError, match=message):
        case.forward(**changes)


def test_types_that_do_not_fit_are_named():
    case = Case("auto", torch.float32, batch=4, steps=6)
    with pytest.raises(TypeError, match="v0 of format 'd'; expected float32"):
        case.forward(v0=case.v0.astype(np.float64))
    with pytest.raises(TypeError, match="x of format 'l'; expected float32 or float64"):
        case.forward(x=case.x.astype(np.int64))
    with pytest.raises(TypeError, match="mask of format 'f'; expected bool or uint8"):
        case.forward(mask=case.dt)


def test_a_trail_of_other_sequences_is_refused():
    case, other = (Case("auto", torch.float32, batch=4, steps=steps) for steps in (6, 5))
    with pytest.raises(ValueError, match="a trail of other sequences"):
        case.backward(other.forward(keep=True)[2])
    with pytest.raises(ValueError, match="a trail of other sequences"):
        case.backward(Case("auto", torch.float64, batch=4, steps=6).forward(keep=True)[2])


def test_a_step_of_other_shapes_is_refused():
    case = Case("auto", torch.float32, batch=4, steps=6)
    stepper = _core.LtcStepper(*case.network())
    with pytest.raises(ValueError, match=r"v \[23\].*expected \(I,\), \(24,\)"):
        stepper.step(case.x[0, 0], np.zeros(23, np.float32), 1.0, np.zeros(23, np.float32))
    with pytest.raises(ValueError, match=r"with I at least 5"):
        stepper.step(np.zeros(4, np.float32), case.v0[0], 1.0, np.zeros(24, np.float32))


LONG = """
import numpy as np, signal, time
from emberharmony import _core
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background inherits that it is ignored
none, n = np.zeros(0), 64
neurons = (np.ones(n),) * 3
sensory = (np.zeros(n + 1, np.int32), np.zeros(0, np.int32), none, none, none, none)
sources = np.tile(np.arange(n, dtype=np.int32), n)
recurrent = (np.arange(0, n * n + 1, n, dtype=np.int32), sources, *(np.ones(n * n),) * 4)
steps = 100_000  # a minute of work for one row
x, dt, v, last = np.zeros((1, steps, 0)), np.ones(1), np.zeros((1, n)), np.zeros((1, n))
print("ready", flush=True)
try:
    _core.ltc_forward(x, v, dt, None, neurons, sensory, recurrent, 6, 0.0, None, last, False, 1)
except KeyboardInterrupt:
    print(time.monotonic())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_ctrl_c_ends_a_long_sequence():
    child = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.2)
    sent = time.monotonic()
    child.send_signal(signal.SIGINT)
    assert float(child.communicate(timeout=60)[0]) - sent < 2  # 0.06 s on a quiet machine: polls are 50 ms apart
