"""One step after the other at batch 1: for control loops, where a call may cost little more than its arithmetic."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from emberharmony import _core
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, NotAnArrayError, ShapeError
from emberharmony.nn.cells.cfc import CfCCell
from emberharmony.nn.cells.ltc import LTCCell
from emberharmony.nn.cells.mixed_memory import MixedMemoryCell
from emberharmony.nn.cells.wired_cfc import WiredCfCCell
from emberharmony.nn.kernels import cfc, ltc
from emberharmony.nn.kernels.place import host, is_on_host, native
from emberharmony.ops.like import listed
from emberharmony.pytree import tree_leaves, tree_map

__all__ = ["Stepper", "stepper"]

Advance = Callable[[Any, Any, float], Any]  # input, state, dt -> state, all in NumPy
Empty = Callable[[Any], Any]  # shape -> memory
Output = Callable[[Any], Any] | None  # state -> output; None where it is the state itself


class Stepper:
    """`y, state = step(x, state, dt)` for x (I,) or (B, I), with arrays of any backend on the CPU; no gradient.

    The numbers of a layer, frozen when this was made. Arrays come in the layer's own type; a state is what the last
    step gave, or None at the start.
    """

    __slots__ = ("_advance", "_array", "_doors", "_dtype", "_output", "_sizes", "input_size")

    def __init__(self, input_size: int, sizes: tuple[int, ...], dtype: Any, advance: Advance, output: Output) -> None:
        self.input_size = input_size
        self._sizes, self._dtype, self._advance, self._output = sizes, dtype, advance, output
        self._doors: dict[type, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {}
        self._array: Any = type(registry.load("numpy").functions["empty"]((0,)))

    def __call__(self, x: Any, state: Any = None, dt: float = 1.0) -> tuple[Any, Any]:
        """x (I,) or (B, I), dt a number -> y (O,) or (B, O), and the next state."""
        if type(x) is not self._array:
            return self._elsewhere(x, state, dt)
        if not dt >= 0:
            raise ArgumentError(f"a step got dt={dt!r}", expected="the time since the step before: zero or more")
        if state is None:
            state = self._start(x)
        try:
            state = self._advance(x, state, dt)
        except (AttributeError, TypeError, ValueError) as problem:
            state = self._mended(x, state, dt, problem)
        return (state if self._output is None else self._output(state)).copy(), state  # each its own memory

    def _mended(self, x: Any, state: Any, dt: float, problem: Exception) -> Any:
        """The step with copies of what does not lie in one piece, which the kernel refuses; else an error."""
        if x.shape[-1:] != (self.input_size,) or x.ndim > 2:
            raise ShapeError(
                f"a step got x of shape {tuple(x.shape)}",
                expected=f"({self.input_size},) or (batch, {self.input_size})",
            ) from problem
        parts: list[Any] = [x, *(state if listed(state) else [state])]
        if any(type(a) is not self._array for a in parts) or all(a.flags.c_contiguous for a in parts):
            raise self._refused(x, state) from problem
        x, *whole = [a.copy() for a in parts]
        return self(x, tuple(whole) if listed(state) else whole[0], dt)[1]

    def _refused(self, x: Any, state: Any) -> ArgumentError:
        given = [state] if len(self._sizes) == 1 else [*state] if listed(state) else [state]
        forms = " and ".join(f"{getattr(s, 'dtype', type(s).__name__)} {getattr(s, 'shape', '')}" for s in given)
        rows = tuple(x.shape[:-1])
        return ArgumentError(
            f"a step got x of {x.dtype} {tuple(x.shape)} and a state of {forms}",
            expected=f"{self._dtype} for all, and a state of {' and '.join(str((*rows, n)) for n in self._sizes)}",
            mend=f'x.astype("{self._dtype}")'
            if x.dtype != self._dtype
            else "the state that the step before gave, or None at the start",
        )

    def _elsewhere(self, x: Any, state: Any, dt: float) -> tuple[Any, Any]:
        read, given = self._doors.get(x.__class__) or self._door(x)
        single = len(self._sizes) == 1
        try:
            before = None if state is None else read(state) if single else tuple([read(s) for s in state])
            y, after = self(read(x), before, dt)
        except TypeError:  # what a library says of an array on a device
            if is_on_host(x):
                raise
            raise ArgumentError("a step got x that is not on the CPU", expected="an array on the CPU") from None
        made = given(after) if single else tuple([given(a) for a in after])
        return given(y), made

    def _door(self, x: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        """How arrays like `x` become NumPy's, and how results become arrays like `x`."""
        if not registry.is_array(x):
            raise NotAnArrayError(f"a step got x of type {type(x).__name__}", expected="an array")
        functions = registry.backend_of(x).functions
        if "to_host" not in functions:
            return host, lambda a: native(a, x)
        door = self._doors[type(x)] = functions["to_host"], functions["from_host"]
        return door

    def _start(self, x: Any) -> Any:
        zeros = [self._array((*x.shape[:-1], n), self._dtype) for n in self._sizes]
        for a in zeros:
            a.fill(0.0)
        return zeros[0] if len(zeros) == 1 else tuple(zeros)


def stepper(cell: Any, projection: Any) -> Stepper:
    """A cell, and what is done with its output, for single steps."""
    if any(registry.is_array(leaf) and not is_on_host(leaf) for leaf in tree_leaves(cell)):
        raise ArgumentError("stepper() of a layer that is not on the CPU", expected="a layer whose arrays are there")
    bare: Any = tree_map(host, cell.bare())
    array = tree_leaves(bare)[0]
    advance, output = _parts(bare, functools.partial(type(array), dtype=array.dtype))
    if projection is not None:
        output = _projected(output, host(projection.weight), host(projection.bias))
    return Stepper(cell.input_size, cell.state_sizes, array.dtype, advance, output)


def _projected(output: Output, weight: Any, bias: Any) -> Output:
    def projected(state: Any) -> Any:
        return (state if output is None else output(state)) @ weight + bias

    return projected


def _parts(bare: Any, empty: Empty) -> tuple[Advance, Output]:
    """How a bare cell of NumPy arrays goes on, and what it gives of a state; None for the state itself."""
    if isinstance(bare, LTCCell) and bare.solver == "fused":
        return _ltc(bare, empty)
    if isinstance(bare, CfCCell):
        return _cfc(bare, empty), None
    if isinstance(bare, MixedMemoryCell) and isinstance(bare.cell, CfCCell):
        return _memory(bare, empty), bare.output
    if isinstance(bare, WiredCfCCell):
        return _wired(bare, empty), bare.output

    def plain(x: Any, state: Any, dt: float) -> Any:
        return bare(x, state, dt)[1]

    return plain, bare.output


def _ltc(bare: LTCCell, empty: Empty) -> tuple[Advance, Output]:
    step = _core.LtcStepper(*ltc.parts(bare)).step
    mapped, inputs, outputs = bare.mapped, bare.input_size, bare.output_size
    plain = _is_neutral(bare.input_weight, bare.input_bias)

    def advance(x: Any, state: Any, dt: float) -> Any:
        if x.shape[-1] != inputs:  # the kernel knows only how many the synapses read
            raise ValueError(x.shape)
        out = empty(state.shape)
        step(x if plain else mapped(x), state, dt, out)
        return out

    def motors(state: Any) -> Any:
        return state[..., :outputs]

    if not _is_neutral(bare.output_weight, bare.output_bias):
        return advance, bare.output
    return advance, motors


def _is_neutral(weight: Any, bias: Any) -> bool:
    """Whether a linear map changes nothing, as at the start of a training: then it need not be computed."""
    return (weight is None or bool((weight == 1).all())) and (bias is None or bool((bias == 0).all()))


def _cfc(bare: CfCCell, empty: Empty) -> Advance:
    step = _core.CfcStepper(cfc.parts(bare)).step

    def advance(x: Any, state: Any, dt: float) -> Any:
        out = empty(state.shape)
        step(x, state, dt, out)
        return out

    return advance


def _memory(bare: MixedMemoryCell, empty: Empty) -> Advance:
    step = _core.CfcStepper(cfc.parts(bare)).step

    def advance(x: Any, state: Any, dt: float) -> Any:
        out = empty(state[0].shape), empty(state[1].shape)
        step(x, state, dt, out)
        return out

    return advance


def _wired(bare: WiredCfCCell, empty: Empty) -> Advance:
    layers = [_cfc(layer, empty) for layer in bare.layers]

    def advance(x: Any, state: Any, dt: float) -> Any:
        whole = empty(state.shape)
        signal = x
        for layer, h, out in zip(layers, bare.parts(state), bare.parts(whole), strict=True):
            signal = layer(signal, h if h.flags.c_contiguous else h.copy(), dt)
            out[...] = signal
        return whole

    return advance
