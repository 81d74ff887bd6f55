"""The liquid time-constant cell (Hasani, Lechner, Amini, Rus, Grosu, AAAI 2021), in its conductance form."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError
from emberharmony.nn.cells.cell import check_span
from emberharmony.nn.cells.synapses import Synapses
from emberharmony.nn.modules import module, replace, static
from emberharmony.ops import random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.nn.wirings import Wiring
    from emberharmony.ops.random.keys import Key
    from emberharmony.types import AnyArray, DType

__all__ = ["LTCCell"]

SOLVERS = ("fused", "exp_euler", "exp_midpoint", "rk4")
LEAST = 1e-6  # a capacity of 0 would have no potential to keep when no time goes by
MAPPINGS = ("affine", "linear", None)


@module
class LTCCell:
    """Neurons with capacity C and leak G to a potential R, driven through synapses that open and close (`Synapses`):

        C dv/dt = G (R - v) + sum_i g_i (E_i - v)

    `inputs` are the synapses from the input features x, which stay open as they are during a step; `neurons` those
    between neurons, with u = v. A step of length dt is cut into `ode_unfolds` pieces h. With ``n = G R + sum g E`` and
    ``d = G + sum g``, the solvers are

    - `fused`: ``v + h (n - d v) / (C + h d)``, first order and stable for every h; the default, and what ncps does
    - `exp_euler`: ``n/d + (v - n/d) exp(-h d / C)``, first order and exact while the synapses do not change
    - `exp_midpoint`: the same with the synapses of the middle of the piece, second order
    - `rk4`: the classical Runge-Kutta method, fourth order, and the only one that can blow up

    C, G and w have to be positive. With `implicit_param_constraints` they are softplus of what is trained; without,
    they are trained as they are, and `projected()` after each step of an optimizer brings them back.

    The output is the first `outputs` neurons, after a linear map for each. The state is v, and zero at the start.
    """

    capacity: AnyArray  # (N,)
    leak: AnyArray  # (N,)
    rest: AnyArray  # (N,)
    inputs: Synapses
    neurons: Synapses
    input_weight: AnyArray | None  # (I,)
    input_bias: AnyArray | None
    output_weight: AnyArray | None  # (O,)
    output_bias: AnyArray | None
    wiring: Wiring = static()
    ode_unfolds: int = static()
    solver: str = static()
    epsilon: float = static()
    implicit_param_constraints: bool = static()

    def __init__(
        self,
        wiring: Wiring,
        *,
        key: Key,
        input_mapping: str | None = "affine",
        output_mapping: str | None = "affine",
        ode_unfolds: int = 6,
        solver: str = "fused",
        epsilon: float = 1e-8,
        implicit_param_constraints: bool = True,
        dtype: DType = "float32",
    ) -> None:
        _check(input_mapping, output_mapping, ode_unfolds, solver, epsilon)
        keys = random.split(key, 5)
        n = wiring.units
        raw = _unsoftplus if implicit_param_constraints else _same  # softplus then gives the numbers of these ranges
        self.capacity = raw(random.uniform(keys[0], (n,), dtype, 0.4, 0.6))
        self.leak = raw(random.uniform(keys[1], (n,), dtype, 0.001, 1.0))
        self.rest = random.uniform(keys[2], (n,), dtype, -0.2, 0.2)
        inputs = Synapses(wiring.sensory, n, key=keys[3], dtype=dtype)
        neurons = Synapses(wiring.synapses, n, key=keys[4], dtype=dtype)
        self.inputs = replace(inputs, w=raw(inputs.w))
        self.neurons = replace(neurons, w=raw(neurons.w))
        self.input_weight = ops.ones(wiring.inputs, dtype=dtype) if input_mapping else None
        self.input_bias = ops.zeros(wiring.inputs, dtype=dtype) if input_mapping == "affine" else None
        self.output_weight = ops.ones(wiring.outputs, dtype=dtype) if output_mapping else None
        self.output_bias = ops.zeros(wiring.outputs, dtype=dtype) if output_mapping == "affine" else None
        self.wiring, self.ode_unfolds, self.solver = wiring, ode_unfolds, solver
        self.epsilon, self.implicit_param_constraints = epsilon, implicit_param_constraints

    @property
    def input_size(self) -> int:
        """How many features it takes."""
        return self.wiring.inputs

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """The widths of the arrays of the state."""
        return (self.wiring.units,)

    @property
    def output_size(self) -> int:
        """How many features it gives."""
        return self.wiring.outputs

    def output(self, state: AnyArray) -> Any:
        """What is given of a state: the potentials of the motor neurons, each after its linear map."""
        return self.readout(state[..., : self.output_size])

    def __call__(self, x: AnyArray, v: AnyArray, dt: AnyArray | float = 1.0) -> tuple[Any, Any]:
        """x (..., I), v (..., N), dt a number or (..., 1)  ->  output (..., O), new v (..., N)."""
        check_span("LTCCell", dt)
        v = self.bare().evolved(self.mapped(x), v, dt)
        return self.output(v), v

    def bare(self) -> LTCCell:
        """The same cell with its positive parameters as they are, so that a loop over steps takes softplus once."""
        if not self.implicit_param_constraints:
            return self
        return replace(
            self,
            capacity=ops.softplus(self.capacity),
            leak=ops.softplus(self.leak),
            inputs=replace(self.inputs, w=ops.softplus(self.inputs.w)),
            neurons=replace(self.neurons, w=ops.softplus(self.neurons.w)),
            implicit_param_constraints=False,
        )

    def projected(self) -> LTCCell:
        """The cell with leak and conductances raised to zero, and the capacity to 1e-6, where they are below.

        With `implicit_param_constraints` nothing can be below, and this is the cell itself.
        """
        if self.implicit_param_constraints:
            return self
        return replace(
            self,
            capacity=ops.maximum(self.capacity, LEAST),
            leak=ops.relu(self.leak),
            inputs=replace(self.inputs, w=ops.relu(self.inputs.w)),
            neurons=replace(self.neurons, w=ops.relu(self.neurons.w)),
        )

    def mapped(self, x: Any) -> Any:
        """What the synapses see of the input features."""
        x = x if self.input_weight is None else x * self.input_weight
        return x if self.input_bias is None else x + self.input_bias

    def readout(self, v: Any) -> Any:
        """The output, from the potentials of the motor neurons alone."""
        v = v if self.output_weight is None else v * self.output_weight
        return v if self.output_bias is None else v + self.output_bias

    def evolved(self, u: Any, v: Any, dt: Any) -> Any:
        """v after a step, of a `bare` cell; u is what `mapped` gave."""
        drive, load = self.inputs(u)
        drive, load = drive + self.leak * self.rest, load + self.leak
        h = dt / self.ode_unfolds

        def opened(v: Any) -> tuple[Any, Any]:
            n, d = self.neurons(v)
            return n + drive, d + load

        def slope(v: Any) -> Any:
            n, d = opened(v)
            return (n - d * v) / self.capacity

        for _ in range(self.ode_unfolds):
            if self.solver == "rk4":
                k1 = slope(v)
                k2 = slope(v + h / 2 * k1)
                k3 = slope(v + h / 2 * k2)
                k4 = slope(v + h * k3)
                v = v + h / 6 * (k1 + 2 * (k2 + k3) + k4)
                continue
            n, d = opened(v)
            if self.solver == "fused":
                # an increment, because that is exact at h = 0; epsilon as in ncps, so that both give the same numbers
                v = v + h * (n - (d + self.epsilon) * v) / (self.capacity + h * (d + self.epsilon))
                continue
            if self.solver == "exp_midpoint":
                n, d = opened(v + self._grown(n, d, v, h / 2))
            v = v + self._grown(n, d, v, h)
        return v

    def _grown(self, n: Any, d: Any, v: Any, h: Any) -> Any:
        # (n/d - v) (1 - exp(-h d / C)); epsilon keeps a neuron without leak and open synapse where it is
        return (n / (d + self.epsilon) - v * (d / (d + self.epsilon))) * -ops.expm1(-h * d / self.capacity)


def _same(y: Any) -> Any:
    return y


def _unsoftplus(y: Any) -> Any:
    return y + ops.log(-ops.expm1(-y))


def _check(input_mapping: Any, output_mapping: Any, ode_unfolds: Any, solver: Any, epsilon: Any) -> None:
    for name, value in (("input_mapping", input_mapping), ("output_mapping", output_mapping)):
        if value not in MAPPINGS:
            raise ArgumentError(f"LTC got {name}={value!r}", expected="'affine', 'linear' or None")
    if solver not in SOLVERS:
        raise ArgumentError(f"LTC got solver={solver!r}", expected=f"one of {', '.join(SOLVERS)}")
    if not isinstance(ode_unfolds, int) or ode_unfolds < 1:
        raise ArgumentError(f"LTC got ode_unfolds={ode_unfolds!r}", expected="an integer of at least 1")
    if not epsilon >= 0:
        raise ArgumentError(f"LTC got epsilon={epsilon!r}", expected="a small number, not negative")
