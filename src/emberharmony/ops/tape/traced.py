"""An array that remembers what was computed from it.

    y = op(x)       y.value = op(x.value), and the tape notes (rules of op, arguments, result)

A tape is one differentiation. Under a second one a value is itself traced, by the outer tape: every function here
unwraps the innermost tape only, computes with ops on what is inside, and so the outer tape records in its turn. The
tape knows slots, not arrays: nothing points back at a traced array, so memory goes when the tape goes.

Complex numbers: cotangents are linear, not conjugated; the engine conjugates where they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any, NamedTuple

from emberharmony import ops
from emberharmony.errors import UnsupportedError
from emberharmony.ops.at import index_get

Rule = Callable[..., Any]  # (cotangent, result, *arguments, **named) -> cotangent of one argument
_ids = count()


class Tape:
    """What was computed, in order. Slot `i` is note `i`: a leaf, a result, or one part of a result with several."""

    __slots__ = ("id", "notes")

    def __init__(self) -> None:
        self.id = next(_ids)
        self.notes: list[Any] = []


class Joint(NamedTuple):
    """The rule of one argument among several whose cotangents come together: number `number` of `back(g)`."""

    back: Callable[[Any], Sequence[Any]]
    number: int


class Traced:
    """A value, and the slot of a tape that it belongs to. It has the operators and attributes of the standard."""

    __slots__ = ("slot", "tape", "value")
    __array_ufunc__ = None  # so that NumPy leaves `array + traced` to us

    def __init__(self, value: Any, tape: Tape, slot: int) -> None:
        self.value = value
        self.tape = tape
        self.slot = slot

    dtype = property(lambda self: self.value.dtype)
    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    device = property(lambda self: self.value.device)
    T = property(lambda self: ops.matrix_transpose(self))
    mT = property(lambda self: ops.matrix_transpose(self))  # noqa: N815 - the standard's name

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """Code that asks its arrays for their namespace is recorded too."""
        return ops

    def __repr__(self) -> str:
        return f"Traced({plain(self)!r})"

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __getitem__(self, index: Any) -> Any:
        this: Any = self
        if isinstance(index, list):
            index = ops.made_like(this, "asarray", index)
        return index_get(this, tuple(map(plain, index)) if isinstance(index, tuple) else plain(index))

    def __iter__(self) -> Any:
        this: Any = self
        return iter(ops.unstack(this))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"an array that is being differentiated has no .{name}: write ops.{name}(x), which works on every backend"
        )

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("an array that is being differentiated cannot be written into: use ops.at(x)[index].set(value)")

    def _host(self, *_: Any, **__: Any) -> Any:
        raise UnsupportedError(
            f"an array of shape {tuple(self.shape)} that is being differentiated was asked for its numbers",
            expected="ops on arrays: a number on the host would cut the gradient",
            mend="ops.stop_gradient(x) first, where that is meant",
        )

    __array__ = __float__ = __int__ = __complex__ = __index__ = __dlpack__ = _host

    __hash__ = object.__hash__

    def __pow__(self, other: Any) -> Any:
        # as the native operator does: `pow` is many times slower
        this: Any = self
        return ops.square(this) if other.__class__ is int and other == 2 else ops.pow(this, other)


def _operators() -> None:
    """`x + y` is `ops.add(x, y)`, and so on."""
    both = {
        "add": "add", "floordiv": "floor_divide", "matmul": "matmul", "mod": "remainder", "mul": "multiply",
        "sub": "subtract", "truediv": "divide",
    }  # fmt: skip
    order = {"eq": "equal", "ge": "greater_equal", "gt": "greater", "le": "less_equal", "lt": "less", "ne": "not_equal"}
    for word, name in (both | order).items():
        setattr(Traced, f"__{word}__", _left(getattr(ops, name)))
    for word, name in (both | {"pow": "pow"}).items():
        setattr(Traced, f"__r{word}__", _right(getattr(ops, name)))
    for word, name in {"abs": "abs", "neg": "negative", "pos": "positive"}.items():
        setattr(Traced, f"__{word}__", _left(getattr(ops, name)))


def _left(f: Any) -> Any:
    return lambda *operands: f(*operands)


def _right(f: Any) -> Any:
    return lambda self, other: f(other, self)


_operators()


def plain(x: Any) -> Any:
    """The array at the bottom, without any tape."""
    while isinstance(x, Traced):
        x = x.value
    return x


def innermost(arguments: Iterable[Any]) -> Tape:
    """The tape of the differentiation that was begun last."""
    return max((a.tape for a in arguments if isinstance(a, Traced)), key=lambda tape: tape.id)


def inside(tape: Tape, x: Any) -> Any:
    """`x` without this tape; what another tape traces, and what none does, stays as it is."""
    return x.value if isinstance(x, Traced) and x.tape is tape else x


# -- how an op becomes one that records --


def record(cls: type[Traced], tape: Tape, y: Any, parents: Sequence[Any], arguments: Any, named: Any) -> Any:
    """Note a result; `parents` are `(slot, rule, value)` of the arguments that carry a gradient."""
    notes = tape.notes
    notes.append((y, parents, arguments, named))
    if y.__class__ is not tuple and not isinstance(y, tuple):
        return cls(y, tape, len(notes) - 1)
    whole = len(notes) - 1
    parts: list[Any] = []
    for number, part in enumerate(y):
        notes.append((whole, number))
        parts.append(cls(part, tape, len(notes) - 1))
    return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)


def unary(cls: type[Traced], call: Rule, rule: Rule) -> Rule:
    """The recording form of `call(x)`."""

    def traced(x: Traced) -> Traced:
        value, tape = x.value, x.tape
        y = call(value)
        notes = tape.notes
        notes.append((y, ((x.slot, rule, value),), (value,), None))
        return cls(y, tape, len(notes) - 1)

    return traced


def binary(cls: type[Traced], call: Rule, left: Rule, right: Rule) -> Rule:
    """The recording form of `call(a, b)`."""

    def traced(a: Any, b: Any) -> Traced:
        tape = a.tape if isinstance(a, Traced) else None
        other = b.tape if isinstance(b, Traced) else None
        if tape is other:
            u, v = a.value, b.value
            parents: Any = ((a.slot, left, u), (b.slot, right, v))
        elif other is None or (tape is not None and tape.id > other.id):
            u, v = a.value, b
            parents = ((a.slot, left, u),)
        else:
            tape, u, v = other, a, b.value
            parents = ((b.slot, right, v),)
        y = call(u, v)
        notes = tape.notes  # pyright: ignore[reportOptionalMemberAccess]
        notes.append((y, parents, (u, v), None))
        return cls(y, tape, len(notes) - 1)  # pyright: ignore[reportArgumentType]

    return traced


def single(cls: type[Traced], call: Rule, rule: Rule) -> Rule:
    """The recording form of `call(x, *constants, **named)`."""

    def traced(x: Traced, *constants: Any, **named: Any) -> Any:
        value, tape = x.value, x.tape
        y = call(value, *constants, **named)
        return record(cls, tape, y, ((x.slot, rule, value),), (value, *constants), named)

    return traced


def general(cls: type[Traced], call: Rule, rules: Sequence[Rule | None]) -> Rule:
    """The recording form of `call(*arguments, **named)`; `rules` go with the first arguments."""

    def traced(*arguments: Any, **named: Any) -> Any:
        tape = innermost(arguments)
        values = [inside(tape, a) for a in arguments]
        y = call(*values, **named)
        parents = [
            (a.slot, rule, value)
            for a, value, rule in zip(arguments, values, rules, strict=False)
            if rule is not None and value is not a
        ]
        return record(cls, tape, y, parents, values, named)

    return traced


def listed(cls: type[Traced], call: Rule, rules: Callable[..., Sequence[Rule]]) -> Rule:
    """The recording form of `call(arrays, **named)` and of `call(*arrays)`; `rules(arrays, **named)` are theirs."""

    def traced(*arguments: Any, **named: Any) -> Any:
        star = not isinstance(arguments[0], list | tuple)
        arrays: Sequence[Any] = arguments if star else arguments[0]
        tape = innermost(arrays)
        values = [inside(tape, a) for a in arrays]
        y = call(*values, **named) if star else call(values, **named)
        found = zip(arrays, values, rules(values, **named), strict=True)
        parents = [(a.slot, rule, v) for a, v, rule in found if v is not a]
        return record(cls, tape, tuple(y) if isinstance(y, list) else y, parents, (values,), named)

    return traced


def constant(call: Rule) -> Rule:
    """`call` where the derivative is zero or has no meaning: it sees the plain arrays, and its result is one."""

    def untraced(*arguments: Any, **named: Any) -> Any:
        return call(*map(plain, arguments), **{name: plain(value) for name, value in named.items()})

    return untraced
