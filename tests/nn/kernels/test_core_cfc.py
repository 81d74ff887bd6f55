"""The CfC kernels of the native core against ncps: values, gradients, and what they refuse."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from emberharmony import _core

torch = pytest.importorskip("torch")
peer = pytest.importorskip("ncps.torch")

INPUTS, UNITS = 3, 10
HEADS = ("ff1", "ff2", "time_a", "time_b")
NETWORKS = {
    "default": {},
    "no_gate": {"mode": "no_gate", "backbone_activation": "silu"},
    "pure": {"mode": "pure", "backbone_activation": "gelu"},
    "bare": {"backbone_layers": 0},
    "deep": {"backbone_layers": 3, "backbone_units": 17, "backbone_activation": "relu"},
    "memory": {"mixed_memory": True, "backbone_activation": "tanh"},
}
SPANS = ("one", "per step", "per row")


class Case:
    """A network of ncps, its parameters in the order of the kernel, and a batch."""

    def __init__(self, network, dtype=torch.float32, batch=19, steps=50, dt="per row", masked=True, seed=3):
        torch.manual_seed(seed)
        settings = {"backbone_units": 33, "backbone_activation": "lecun_tanh"} | NETWORKS[network]
        self.memory = settings.pop("mixed_memory", False)
        self.activation = settings["backbone_activation"]
        self.cell = peer.CfCCell(INPUTS, UNITS, **settings).to(dtype)
        self.lstm = peer.lstm.LSTMCell(INPUTS, UNITS).to(dtype) if self.memory else None
        rng, self.dtype = np.random.default_rng(seed), np.float32 if dtype is torch.float32 else np.float64
        if self.cell.mode == "pure":  # no time constant is 0 after the first step of a training
            self.cell.w_tau.data = torch.tensor(rng.uniform(-1, 1, (1, UNITS)), dtype=dtype)
        self.x = rng.normal(size=(batch, steps, INPUTS)).astype(self.dtype)
        self.state = [rng.uniform(-1, 1, (batch, UNITS)).astype(self.dtype) for _ in range(1 + self.memory)]
        shape = {"one": (1,), "per step": (steps,), "per row": (batch, steps)}[dt]
        self.dt = rng.uniform(0.1, 2, shape).astype(self.dtype)
        self.mask = rng.uniform(size=(batch, steps)) < 0.8 if masked else None
        self.dy = rng.normal(size=(batch, steps, UNITS)).astype(self.dtype)
        self.dlast = [rng.normal(size=s.shape).astype(self.dtype) for s in self.state]

    def tensors(self):
        """Those of ncps as (name, tensor)."""
        layers = [layer for layer in self.cell.backbone or [] if isinstance(layer, torch.nn.Linear)]
        heads = [getattr(self.cell, name) for name in HEADS if hasattr(self.cell, name)]
        named = [(f"{i}{kind}", getattr(m, kind)) for i, m in enumerate(layers + heads) for kind in ("weight", "bias")]
        if self.cell.mode == "pure":
            named += [("w_tau", self.cell.w_tau), ("A", self.cell.A)]
        if self.lstm:
            maps = self.lstm.input_map, self.lstm.recurrent_map
            named += [("Wi", maps[0].weight), ("Wh", maps[1].weight), ("b", maps[0].bias)]
        return named

    def arrays(self, of=lambda tensor: tensor):
        """The same as the kernel has them: matrices are (in, out)."""
        turned = [(name, of(tensor).detach().numpy()) for name, tensor in self.tensors()]
        flat = ("w_tau", "A")
        return {name: np.ascontiguousarray(a.reshape(-1) if name in flat else a.T) for name, a in turned}

    def built(self, arrays):
        """A cell, or its gradients, of arrays in the order of `tensors`."""
        arrays = list(arrays)
        heads = 1 if self.cell.mode == "pure" else 4
        tail = 2 * (heads == 1) + 3 * self.memory
        pairs = arrays[: len(arrays) - tail]
        pairs = tuple(zip(pairs[::2], pairs[1::2], strict=True))
        vectors, lstm = arrays[len(arrays) - tail :][: 2 * (heads == 1)], arrays[len(arrays) - 3 * self.memory :]
        lstm = lstm if self.memory else []
        return (self.cell.mode, self.activation, pairs[:-heads], pairs[-heads:], tuple(vectors), tuple(lstm))

    def network(self):
        return self.built(self.arrays().values())

    def given(self, **changes):
        given = {"x": self.x, "state": self.state, "dt": self.dt, "mask": self.mask, "cell": self.network()} | changes
        given["state"] = one_or_pair(given["state"])
        return given

    def forward(self, keep=False, threads=1, **changes):
        given = self.given(**changes)
        y = np.full((*given["x"].shape[:2], UNITS), np.nan, self.dtype)
        last = [np.full((len(given["x"]), UNITS), np.nan, self.dtype) for _ in self.state]
        trail = _core.cfc_forward(*given.values(), y, one_or_pair(last), keep, threads)
        return y, last, trail

    def backward(self, trail, threads=1, **changes):
        """The gradients by name; that of dt has (B, T) numbers, whatever dt has."""
        arrays = {"x": self.x, "dt": self.dy[..., 0]} | {f"state{i}": s for i, s in enumerate(self.state)}
        out = {name: np.full(a.shape, np.nan, self.dtype) for name, a in (arrays | self.arrays()).items()}
        x, dt, *rest = out.values()
        state, cell = rest[: len(self.state)], rest[len(self.state) :]
        grads = self.dy, one_or_pair(self.dlast), x, one_or_pair(state), dt, self.built(cell)
        _core.cfc_backward(trail, *self.given(**changes).values(), *grads, threads)
        return out

    def expected(self):
        """Outputs, the last state and every gradient of ncps, one step after the other."""
        dt = np.broadcast_to(self.dt, self.x.shape[:2]).copy()
        x, dt, *state = (torch.tensor(array, requires_grad=True) for array in (self.x, dt, *self.state))
        now, ys = list(state), []
        for t in range(x.shape[1]):
            new = list(self.lstm(x[:, t], now)) if self.lstm else list(now)
            new[0] = self.cell(x[:, t], new[0], dt[:, t, None])[0]
            if self.mask is not None:
                new = [torch.where(torch.tensor(self.mask[:, t, None]), n, o) for n, o in zip(new, now, strict=True)]
            now = new
            ys.append(now[0])
        y = torch.stack(ys, 1)
        ends = zip([y, *now], [self.dy, *self.dlast], strict=True)
        sum((a * torch.tensor(d)).sum() for a, d in ends).backward()
        out = {"x": x.grad, "dt": dt.grad} | {f"state{i}": s.grad for i, s in enumerate(state)}
        out = {name: g.numpy() for name, g in out.items()} | self.arrays(lambda tensor: tensor.grad)
        return y.detach().numpy(), [s.detach().numpy() for s in now], out


def one_or_pair(arrays):
    return tuple(arrays) if len(arrays) > 1 else arrays[0]


# ncps and the kernel round differently: each of the 50 steps adds a few units of the last place to what it keeps of the
# others. In float32 a gradient is a sum of some 1e4 such terms, of either sign.
@pytest.mark.parametrize(
    ("dtype", "values", "slopes"), [(torch.float64, 1e-12, 1e-11), (torch.float32, 5e-6, 5e-5)], ids=["f64", "f32"]
)
@pytest.mark.parametrize(
    ("network", "dt"), [(n, SPANS[i % 3]) for i, n in enumerate(NETWORKS)] + [("default", "per row")]
)
def test_values_and_gradients_are_those_of_ncps(network, dt, dtype, values, slopes):
    case = Case(network, dtype, dt=dt)
    y, last, expected = case.expected()
    found_y, found_last, trail = case.forward(keep=True)
    np.testing.assert_allclose(found_y, y, rtol=0, atol=values)
    for found, end in zip(found_last, last, strict=True):
        np.testing.assert_allclose(found, end, rtol=0, atol=10 * values)  # the memory is not bounded by 1
    for name, gradient in case.backward(trail).items():
        scale = max(np.abs(expected[name]).max(), 1)
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=slopes * scale, err_msg=name)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_are_the_sequence(network, dtype):
    case = Case(network, dtype, batch=3, steps=6, dt="per step", masked=False)
    expected = case.forward()[1]
    stepper = _core.CfcStepper(case.network())
    states, single = [s.copy() for s in case.state], [s[1].copy() for s in case.state]
    for t in range(6):
        out = [np.empty_like(s) for s in states]
        stepper.step(np.ascontiguousarray(case.x[:, t]), one_or_pair(states), float(case.dt[t]), one_or_pair(out))
        states = out
        stepper.step(case.x[1, t], one_or_pair(single), float(case.dt[t]), one_or_pair(single))  # in place
    for all_rows, row, end in zip(states, single, expected, strict=True):
        np.testing.assert_array_equal(all_rows, end)
        np.testing.assert_array_equal(row, end[1])


@pytest.mark.parametrize("network", ["default", "memory", "bare"])
def test_the_number_of_threads_changes_no_bit(network):
    case = Case(network, batch=70, steps=9)
    y, last, trail = case.forward(keep=True)
    gradients = case.backward(trail)
    for threads in (0, 2, 5):
        again, again_last, trail = case.forward(keep=True, threads=threads)
        np.testing.assert_array_equal(again, y)
        np.testing.assert_array_equal(again_last, last)
        for name, gradient in case.backward(trail, threads=threads).items():
            np.testing.assert_array_equal(gradient, gradients[name], err_msg=name)


@pytest.mark.parametrize("network", ["default", "memory", "bare"])
@pytest.mark.parametrize("dt", SPANS)
@pytest.mark.parametrize("batch", [1, 5, 20])
def test_cuts_in_time_and_rows_alone_change_no_bit(network, dt, batch):
    case = Case(network, batch=batch, steps=9, dt=dt)
    y, last, _ = case.forward(keep=True)
    state, pieces = case.state, []
    for cut in (slice(0, 1), slice(1, 6), slice(6, 9)):
        spans = case.dt if dt == "one" else np.atleast_2d(case.dt)[:, cut]
        part = {"x": case.x[:, cut], "dt": spans, "mask": case.mask[:, cut]}
        piece, state, _ = case.forward(state=state, **{name: np.ascontiguousarray(a) for name, a in part.items()})
        pieces.append(piece)
    np.testing.assert_array_equal(np.concatenate(pieces, 1), y)
    np.testing.assert_array_equal(state, last)
    row = {"x": case.x[:1], "mask": case.mask[:1], "state": [s[:1] for s in case.state]}
    alone = case.forward(**row, dt=case.dt[:1] if dt == "per row" else case.dt)[0]
    np.testing.assert_array_equal(alone, y[:1])


def test_a_trail_serves_several_backward_passes_and_says_its_size():
    case = Case("memory", batch=5, steps=4)
    trail = case.forward(keep=True)[2]
    first, second = case.backward(trail), case.backward(trail)
    for name, gradient in first.items():
        np.testing.assert_array_equal(gradient, second[name])
    kept = 4 * 5 * (2 * (INPUTS + UNITS) + 33 + 9 * UNITS) * 4  # steps, rows; both inputs, backbone, gates and the rest
    assert trail.nbytes >= kept
    assert case.forward()[2] is None


def test_absent_gradients_and_outputs_are_zero_and_unwritten():
    case = Case("default", batch=4, steps=3)
    trail = case.forward(keep=True)[2]
    case.dy, case.dlast = np.zeros_like(case.dy), [np.zeros_like(case.state[0])]
    grads = case.backward(trail)
    dx, ds = np.full_like(case.x, np.nan), np.full_like(case.state[0], np.nan)
    cell = case.built([np.full_like(a, np.nan) for a in case.arrays().values()])
    _core.cfc_backward(trail, *case.given().values(), None, None, dx, ds, None, cell, 1)
    np.testing.assert_array_equal(dx, grads["x"])
    np.testing.assert_array_equal(dx, np.zeros_like(dx))
    np.testing.assert_array_equal(ds, np.zeros_like(ds))
    assert _core.cfc_forward(*case.given().values(), None, None, False, 1) is None


@pytest.mark.parametrize("network", ["default", "pure", "memory"])
@pytest.mark.parametrize(("batch", "steps"), [(0, 3), (3, 0), (0, 0)])
def test_nothing_to_do_keeps_the_state_and_gives_no_slope(network, batch, steps):
    case = Case(network, batch=batch, steps=steps)
    case.dt = np.ones(1, case.dtype)
    _, last, trail = case.forward(keep=True)
    np.testing.assert_array_equal(last, case.state)
    gradients = case.backward(trail)
    for i, end in enumerate(case.dlast):
        np.testing.assert_array_equal(gradients.pop(f"state{i}"), end)
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, np.zeros_like(gradient), err_msg=name)


def cell_of(case, **changes):
    names = ("mode", "activation", "backbone", "heads", "vectors", "lstm")
    return tuple((dict(zip(names, case.network(), strict=True)) | changes).values())


REFUSED = {
    "cell of another mode": ({"mode": "fast"}, "mode 'fast'; expected one of default, no_gate, pure, solution"),
    "cell of another activation": ({"activation": "sine"}, "activation 'sine'; expected one of lecun_tanh"),
    "cell without heads": ({"heads": ()}, "0 units; expected at least one"),
    "cell with vectors": ({"vectors": (np.zeros(UNITS),)}, "got 1 vectors; expected"),
    "cell with half a memory": ({"lstm": (np.zeros(3, np.float32),)}, "expected the pair"),
    "backbone of another width": (
        {"backbone": ((np.zeros((5, 33), np.float32), np.zeros(33, np.float32)),)},
        r"backbone\[0\]\[0\] of shape \[5, 33\]; expected \[13, 33\]",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_cell_is_an_error_that_says_what_came(what):
    case = Case("default", batch=2, steps=3)
    changes, message = REFUSED[what]
    with pytest.raises((TypeError, ValueError), match=message):
        case.forward(cell=cell_of(case, **changes))
    case.forward()


def test_wrong_arrays_are_errors_that_say_what_came():
    case = Case("default", batch=2, steps=3)
    y = np.empty((2, 3, UNITS), np.float32)
    for error, message, changes in [
        (ValueError, r"x of shape \[2, 3\]; expected \(B, T, I\)", {"x": np.zeros((2, 3), np.float32)}),
        (ValueError, r"state of shape \[3, 10\]; expected \[2, 10\]", {"state": [np.zeros((3, UNITS), np.float32)]}),
        (TypeError, "state of format 'd'; expected float32", {"state": [np.zeros((2, UNITS))]}),
        (ValueError, r"dt of 5 elements; expected 1, 3 \(T\) or 6 \(B T\)", {"dt": np.zeros(5, np.float32)}),
        (ValueError, r"mask of shape \[3\]; expected \[2, 3\]", {"mask": np.ones(3, bool)}),
        (TypeError, "mask of format 'f'; expected bool or uint8", {"mask": np.ones((2, 3), np.float32)}),
    ]:
        with pytest.raises(error, match=message):
            _core.cfc_forward(*case.given(**changes).values(), y, None, False, 1)
    y.flags.writeable = False
    with pytest.raises(ValueError, match="y that is read-only"):
        _core.cfc_forward(*case.given().values(), y, None, False, 1)
    trail, other = case.forward(keep=True)[2], Case("deep", batch=2, steps=3)
    with pytest.raises(ValueError, match="a trail of another cell, shape or data type"):
        other.backward(trail)
    stepper = _core.CfcStepper(case.network())
    with pytest.raises(ValueError, match=r"x of shape \[4\]; expected \(3,\) or \(B, 3\)"):
        stepper.step(np.zeros(4, np.float32), case.state[0][0], 1.0, case.state[0][0])


def test_what_the_mask_leaves_out_is_not_looked_at():
    case = Case("memory", batch=4, steps=7)
    y, _, trail = case.forward(keep=True)
    gradients = case.backward(trail)
    case.x[~case.mask], case.dt[~case.mask] = np.nan, np.inf
    again, _, trail = case.forward(keep=True)
    np.testing.assert_array_equal(again, y)
    for name, gradient in case.backward(trail).items():
        np.testing.assert_array_equal(gradient, gradients[name], err_msg=name)


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind are not raised there")
def test_a_signal_ends_a_long_call():
    case = Case("default", batch=16, steps=1)
    x = np.zeros((16, 400_000, INPUTS), np.float32)
    given = {"x": x, "dt": np.ones(1, np.float32), "mask": None}

    def interrupt():
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    start = time.perf_counter()
    sender.start()
    with pytest.raises(KeyboardInterrupt):
        _core.cfc_forward(*case.given(**given).values(), None, None, False, 2)
    sender.join()
    assert time.perf_counter() - start < 2  # all of it takes several times as long
