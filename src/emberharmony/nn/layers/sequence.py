"""The arguments of a layer: input, state, time spans and mask, checked and brought to one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import INEXACT, name_of
from emberharmony.errors import ArgumentError, DTypeError, MixedBackendsError, NotAnArrayError, ShapeError
from emberharmony.nn.kernels.place import home_of, is_readable
from emberharmony.ops.like import listed
from emberharmony.pytree import tree_leaves

__all__ = ["Sequence", "sequence"]


@dataclass(frozen=True)
class Sequence:
    """A batch: x (B, T, I), dt a number, () or (T,) or (B, T), mask (B, T) or None, and the state's arrays (B, N).

    `batched` says whether the user's arrays had the axis B; `single` whether the state was one array and no tuple.
    """

    x: Any
    dt: Any
    mask: Any
    state: tuple[Any, ...]
    batched: bool
    single: bool

    def given(self, y: Any, state: tuple[Any, ...]) -> tuple[Any, Any]:
        """An output and a state in the form in which the user gave the input."""
        if not self.batched:
            y, state = y[0], tuple(s[0] for s in state)
        return y, state[0] if self.single else state


def sequence(cell: Any, x: Any, state: Any, timespans: Any, mask: Any) -> Sequence:
    """The arguments of a call, checked."""
    name = type(cell).__name__.removesuffix("Cell")
    if not registry.is_array(x):
        raise NotAnArrayError(
            f"{name} got x of type {type(x).__name__}", expected="an array (B, T, I) or (T, I)", mend="ops.asarray(x)"
        )
    if x.ndim not in (2, 3) or x.shape[-1] != cell.input_size:
        raise ShapeError(
            f"{name} got x of shape {tuple(x.shape)}",
            expected=f"(batch, time, {cell.input_size}) or (time, {cell.input_size})",
        )
    batched = x.ndim == 3
    x = x if batched else x[None]
    given = [("x", x), ("timespans", timespans), ("mask", mask)]
    _one_backend(name, cell, [*given, *(("a state", s) for s in tree_leaves(state))])
    states = _states(name, cell, x, state, batched)
    for s in states:
        if name_of(s.dtype) != name_of(x.dtype):
            raise DTypeError(
                f"{name} got x of {name_of(x.dtype)} and a state of {name_of(s.dtype)}",
                expected="the same type for both",
                mend=f'ops.astype(x, "{name_of(s.dtype)}")',
            )
    if mask is not None:
        mask = _mask(name, x, mask, batched)
        x = ops.where(mask[..., None], x, 0.0)  # so that what stands in the padding, a nan say, can reach no gradient
    dt = _spans(name, x, timespans, batched, mask)
    return Sequence(x, dt, mask, states, batched, len(cell.state_sizes) == 1)


def _one_backend(name: str, cell: Any, arrays: list[tuple[str, Any]]) -> None:
    home = home_of(tree_leaves(cell)[0])
    for what, a in arrays:
        if registry.is_array(a) and home_of(a) is not home:
            got = home_of(a).name
            raise MixedBackendsError(
                f"{name} has weights of {home.name} and got {what} of {got}",
                expected="arrays of one backend",
                mend=f'ops.convert({what}, "{home.name}"), or tree_map(lambda a: ops.convert(a, "{got}"), layer)',
            )


def _states(name: str, cell: Any, x: Any, state: Any, batched: bool) -> tuple[Any, ...]:
    sizes: tuple[int, ...] = cell.state_sizes
    rows = x.shape[0]
    if state is None:
        dtype = tree_leaves(cell)[0].dtype
        if name_of(x.dtype) != name_of(dtype):
            wider = f', or {name}(..., dtype="{name_of(x.dtype)}")' if name_of(x.dtype) in INEXACT else ""
            raise DTypeError(
                f"{name} got x of {name_of(x.dtype)} and has weights of {name_of(dtype)}",
                expected="the same type for both",
                mend=f'ops.astype(x, "{name_of(dtype)}"){wider}',
            )
        return tuple(ops.made_like(x, "zeros", (rows, n), dtype=x.dtype) for n in sizes)
    single = len(sizes) == 1
    parts: Any = state
    given: tuple[Any, ...] = (parts,) if single else tuple(parts) if listed(parts) else ()
    expected = [(rows, n) if batched else (n,) for n in sizes]
    shapes = [tuple(s.shape) if registry.is_array(s) else type(s).__name__ for s in given]
    if shapes != expected:
        form = f"{expected[0]}" if single else f"a tuple of {' and '.join(map(str, expected))}"
        raise ShapeError(
            f"{name} got a state of {' and '.join(map(str, shapes)) or type(state).__name__}",
            expected=f"{form}, for x of shape {tuple(x.shape) if batched else tuple(x.shape[1:])}",
        )
    return given if batched else tuple(s[None] for s in given)


def _spans(name: str, x: Any, given: Any, batched: bool, mask: Any) -> Any:
    timespans: Any = given
    rows, steps = x.shape[0], x.shape[1]
    if timespans is None:
        return 1.0
    if isinstance(given, int | float) and not isinstance(given, bool):
        if not 0 <= given < float("inf"):
            raise _negative(name, given)
        return float(given)
    if not registry.is_array(timespans):
        raise NotAnArrayError(
            f"{name} got timespans of type {type(timespans).__name__}", expected="a number or an array"
        )
    shape = tuple(timespans.shape)
    whole = (rows, steps) if batched else (steps,)
    if shape not in ((), (steps,), whole, (*whole, 1)):
        forms = [(), (steps,), whole, (*whole, 1)]
        raise ShapeError(
            f"{name} got timespans of shape {shape}",
            expected="one of " + ", ".join(map(str, dict.fromkeys(forms))) + f" for x of shape {tuple(x.shape)}",
        )
    dt = timespans if name_of(timespans.dtype) == name_of(x.dtype) else ops.astype(timespans, x.dtype)
    if shape == (*whole, 1):
        dt = dt[..., 0]
    if mask is not None and dt.ndim:
        dt = ops.where(mask, dt, 1.0)  # what stands in the padding is no time
    if is_readable(dt):
        seen = ops.stop_gradient(dt)
        if not bool(ops.all((seen >= 0) & (seen < float("inf")))):
            raise _negative(name, next(t for t in _numbers(seen) if not 0 <= t < float("inf")))
    return dt


def _numbers(x: Any) -> list[float]:
    return ops.tolist(ops.reshape(x, (-1,)))


def _negative(name: str, value: float) -> ArgumentError:
    return ArgumentError(
        f"{name} got timespans with {value}",
        expected="the time since the step before: zero or more, and finite",
        mend="ops.diff(times, axis=1, prepend=times[:, :1]) of ascending times; a mask for steps that are not there",
    )


def _mask(name: str, x: Any, mask: Any, batched: bool) -> Any:
    rows, steps = x.shape[0], x.shape[1]
    if not registry.is_array(mask) or name_of(mask.dtype) != "bool":
        got = name_of(mask.dtype) if registry.is_array(mask) else type(mask).__name__
        raise DTypeError(
            f"{name} got a mask of {got}", expected="an array of bool, true where a step is there", mend="mask != 0"
        )
    whole = (rows, steps) if batched else (steps,)
    if tuple(mask.shape) not in (whole, (*whole, 1)):
        raise ShapeError(
            f"{name} got a mask of shape {tuple(mask.shape)}", expected=f"{whole} for x of shape {tuple(x.shape)}"
        )
    return ops.reshape(mask, (rows, steps))
