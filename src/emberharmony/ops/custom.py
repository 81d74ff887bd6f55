"""A function with a gradient of its own, and functions that are computed again instead of remembered."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import calls, registry
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import ArgumentError, NotAnArrayError
from emberharmony.ops.gradients import Chosen, engine_of, is_trainable
from emberharmony.pytree import tree_flatten, tree_leaves, tree_unflatten

__all__ = ["checkpoint", "custom_vjp"]


class custom_vjp:  # noqa: N801 - a decorator, named as in JAX
    """A function whose gradient is given: `f.defvjp(forward, backward)`.

    `forward(*args)` returns `(result, residuals)`, and `backward(residuals, cotangent)` a tuple with the cotangent of
    each argument, or None. Two kinds:

    - written in ops: the given gradient is *the* gradient, also where it is differentiated again.
    - `native=True`: forward and backward read memory (a kernel in C or Rust). The function itself is their plain twin,
      and serves wherever a kernel cannot: forward mode, second derivatives, `vmap`, compilation, other devices.

    >>> @ops.custom_vjp
    ... def clipped(x):
    ...     return x * 1.0
    >>> clipped = clipped.defvjp(lambda x: (x * 1.0, None), lambda _, g: (ops.clip(g, -1.0, 1.0),))
    >>> ops.grad(lambda x: ops.sum(clipped(x) * 10.0))(ops.asarray([1.0, 2.0])).tolist()
    [1.0, 1.0]
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.number = calls.register(self)
        self.function = function
        self.rules: tuple[Callable[..., Any], Callable[..., Any]] | None = None
        self.native = False
        self.value: Callable[..., Any] | None = None
        self.__name__: str = getattr(function, "__name__", type(function).__name__)
        functools.update_wrapper(self, function)

    def defvjp(
        self,
        forward: Callable[..., Any],
        backward: Callable[..., Any],
        *,
        native: bool = False,
        value: Callable[..., Any] | None = None,
    ) -> custom_vjp:
        """Give the gradient; returns the function itself.

        `value(*args)` is the result alone, for calls of which it is known that no gradient will be asked for: a kernel
        can leave out there what only its backward pass reads.
        """
        self.rules, self.native, self.value = (forward, backward), native, value
        return self

    def captured(self) -> list[Any]:
        """The arrays that the function and its passes close over."""
        return [x for f in (self.function, *(self.rules or ())) for x in closed_over(f)]

    def rebound(self, static: tuple[Any, ...]) -> Callable[[Sequence[Any]], Call]:
        """What makes a call again from its arrays, and from what `Call.static` gave."""

        def call(leaves: Sequence[Any]) -> Call:
            following = iter(leaves)
            return Call(self, tuple([next(following) if x is None else x[0] for x in static]))

        return call

    def __call__(self, *args: Any) -> Any:
        """The result; where a gradient flows, of the forward pass."""
        if self.rules is None:
            raise ArgumentError(
                f"{self.__name__} has no gradient yet", expected="defvjp(forward, backward) before the first call"
            )
        call = Call(self, args)
        if not call.leaves:
            return self.rules[0](*args)[0]
        engine = engine_of("custom_vjp", call.leaves)
        if self.value is not None and not engine("wanted")(call.leaves):
            return self.value(*args)
        if any(engine("carries")(x) for x in self.captured()):
            raise ArgumentError(
                f"{self.__name__} uses an array that is being differentiated and is not one of its arguments",
                expected="all of them as arguments: what comes in by another way would get no gradient",
            )
        outs = engine("custom")(call, call.leaves)
        return tree_unflatten(call.result, outs)


class Call:
    """One call of a function with its own gradient, as functions of the arrays in its arguments."""

    __slots__ = ("args", "given", "leaves", "native", "places", "result", "saved", "structure")

    def __init__(self, given: custom_vjp, args: tuple[Any, ...]) -> None:
        self.given = given
        self.native = given.native
        self.args, self.structure = tree_flatten(args)
        self.places = [i for i, x in enumerate(self.args) if is_trainable(x)]
        self.leaves = [self.args[i] for i in self.places]
        self.result: Any = None
        self.saved: Any = None

    @property
    def is_flat(self) -> bool:
        """Whether each argument is an array or something else, and none a tree of them."""
        return all(child.cls is None for child in self.structure.children)

    @property
    def static(self) -> list[Any]:
        """The arguments that are no arrays, each in a tuple of its own; None where an array stands."""
        return [None if i in self.places else (x,) for i, x in enumerate(self.args)]

    def _arguments(self, leaves: Sequence[Any]) -> Any:
        full = [*self.args]
        for i, x in zip(self.places, leaves, strict=True):
            full[i] = x
        return tree_unflatten(self.structure, full)

    def _outs(self, result: Any) -> list[Any]:
        outs, self.result = tree_flatten(result)
        for y in outs:
            if not registry.is_array(y):
                raise NotAnArrayError(
                    f"{self.given.__name__} returned {type(y).__name__}", expected="arrays, in any tree"
                )
        return outs

    def plain(self, *leaves: Any) -> list[Any]:
        """The function itself."""
        return self._outs(self.given.function(*self._arguments(leaves)))

    def forward(self, *leaves: Any) -> tuple[list[Any], Any]:
        """Results, and what the backward pass wants to know."""
        assert self.given.rules
        answer: Any = self.given.rules[0](*self._arguments(leaves))
        if answer.__class__ is not tuple or len(answer) != 2:
            raise ArgumentError(
                f"the forward pass of {self.given.__name__} returned {type(answer).__name__}",
                expected="a pair (result, residuals)",
            )
        return self._outs(answer[0]), answer[1]

    def keep(self, residuals: Any, known: Sequence[Any]) -> list[Any]:
        """The arrays among the residuals that are not `known`; remembers how `kept` finds them all again."""
        leaves, structure = tree_flatten(residuals)
        numbers = {id(x): i for i, x in enumerate(known)}
        more: list[Any] = []
        places: list[Any] = []  # the number of an array, or anything else in a tuple
        for x in leaves:
            if id(x) in numbers:
                places.append(numbers[id(x)])
            elif not registry.is_array(x):
                places.append((x,))
            else:
                places.append(len(known) + len(more))
                more.append(x)
        self.saved = structure, places
        return more

    def kept(self, arrays: Sequence[Any]) -> Any:
        """The residuals, from what was known and what `keep` returned."""
        structure, places = self.saved
        return tree_unflatten(structure, [p[0] if isinstance(p, tuple) else arrays[p] for p in places])

    def backward(self, residuals: Any, cotangents: Sequence[Any], leaves: Sequence[Any]) -> list[Any]:
        """Cotangents of the leaves."""
        assert self.given.rules
        name = self.given.__name__
        answer: Any = self.given.rules[1](residuals, tree_unflatten(self.result, [*cotangents]))
        count = len(self.structure.children)
        if answer.__class__ is not tuple or len(answer) != count:
            raise ArgumentError(
                f"the backward pass of {name} returned {type(answer).__name__}",
                expected=f"a tuple of {count}, one cotangent (or None) for each argument",
            )
        found: list[Any] = []
        for argument, given in zip(self.structure.children, answer, strict=True):
            parts, structure = tree_flatten(given)
            if structure == argument:
                found += parts
            elif given is None:
                found += [None] * argument.size
            else:
                found += _holed(name, argument, structure, parts)
        result: list[Any] = []
        for i, x in zip(self.places, leaves, strict=True):
            g = found[i]
            if g is not None and tuple(g.shape) != tuple(x.shape):
                raise ArgumentError(
                    f"the backward pass of {name} returned a cotangent of shape {tuple(g.shape)}",
                    expected=f"shape {tuple(x.shape)}, as its argument",
                )
            result.append(ops.zeros_like(x) if g is None else fitted(g, x))
        return result


def fitted(g: Any, x: Any) -> Any:
    """A cotangent in the dtype of `x`, and real where `x` is."""
    given, wanted = name_of(g.dtype), name_of(x.dtype)
    if given == wanted:
        return g
    return ops.astype(ops.real(g) if given in COMPLEX and wanted not in COMPLEX else g, wanted)


def _holed(name: str, argument: Any, structure: Any, parts: list[Any]) -> list[Any]:
    """The leaves of a cotangent that has None where its argument has other things than arrays."""
    if structure.cls is type(None):
        return [None] * argument.size
    if argument.cls is None or structure.cls is not argument.cls or structure.aux != argument.aux:
        raise ArgumentError(
            f"the backward pass of {name} returned a cotangent {structure!r}", expected=f"a tree like {argument!r}"
        )
    found: list[Any] = []
    for a, s in zip(argument.children, structure.children, strict=True):
        found += [parts.pop(0)] if s.cls is None and a.cls is None else _holed(name, a, s, parts)
    return found


def closed_over(f: Any, depth: int = 4) -> list[Any]:
    """The arrays in the closure, the defaults and the object of a function, and of functions in there."""
    inner = getattr(f, "__wrapped__", f)
    if isinstance(inner, functools.partial):
        held: list[Any] = [inner.func, inner.args, inner.keywords]
    else:
        held = [getattr(inner, "__self__", None), getattr(inner, "__defaults__", None)]
        held.append(getattr(inner, "__kwdefaults__", None))
        for cell in getattr(inner, "__closure__", None) or ():
            try:
                held.append(cell.cell_contents)
            except ValueError:  # not set yet
                continue
    found: list[Any] = []
    for leaf in tree_leaves(held):
        if registry.is_array(leaf):
            found.append(leaf)
        elif depth and callable(leaf) and not isinstance(leaf, type):
            found += closed_over(leaf, depth - 1)
    return found


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, of which only the arguments are remembered: its inside is computed again when a gradient needs it.

    Pass what `f` needs as arguments. PyTorch also recomputes with arrays that `f` closes over; NumPy and MLX would lose
    their gradient, and so remember the inside as usual there.

    >>> f = ops.checkpoint(lambda x: ops.sum(ops.sin(x)))
    >>> ops.grad(f)(ops.asarray([0.0])).tolist()
    [1.0]
    """

    @functools.wraps(f)
    def recomputed(*args: Any) -> Any:
        leaves, structure = tree_flatten(args)
        if not any(yes and is_trainable(x) for yes, x in zip(structure.trainable, leaves, strict=True)):
            return f(*args)
        chosen = Chosen("checkpoint", getattr(f, "__name__", type(f).__name__), (args,), 0)
        if any(map(chosen.engine("loses"), closed_over(f))):
            return f(*args)
        result: Any = None

        def flat(*values: Any) -> list[Any]:
            nonlocal result
            outs, result = tree_flatten(f(*chosen.arguments(values)[0]))
            return outs

        outs = chosen.engine("checkpoint")(flat, chosen.leaves)
        return tree_unflatten(result, outs)

    return recomputed
