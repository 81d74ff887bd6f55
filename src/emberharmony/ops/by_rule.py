"""A backend's own op with the derivative of the tape, where the backend has none or a wrong one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, INEXACT, name_of
from emberharmony.backend.registry import SCALARS
from emberharmony.ops.tape.elementwise import conjugated
from emberharmony.ops.tape.pull import fitted
from emberharmony.ops.tape.table import RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emberharmony.backend.base import Backend

# a backend's own derivative of these is right where the numbers are real
_COMPLEX_ONLY = ("abs", "linalg.det", "sign")


def differentiable(name: str, function: Callable[..., Any], backend: Backend) -> Callable[..., Any]:
    """`function`, which is `backend`'s way to do the op `name`, and can be differentiated."""
    rules = RULES[name] if name != "sign" else (_sign,)
    engine = backend.functions["autodiff.by_rule"]

    def call(*arguments: Any, **named: Any) -> Any:
        places = [
            i
            for i, (x, rule) in enumerate(zip(arguments, rules, strict=False))
            if rule is not None and type(x) not in SCALARS and name_of(x.dtype) in INEXACT
        ]
        dtypes = [name_of(arguments[i].dtype) for i in places]
        if not places or (name in _COMPLEX_ONLY and not any(dtype in COMPLEX for dtype in dtypes)):
            return function(*arguments, **named)
        kind: Any = None

        def filled(xs: Sequence[Any]) -> list[Any]:
            full = [*arguments]
            for i, x in zip(places, xs, strict=True):
                full[i] = x
            return full

        def flat(*xs: Any) -> list[Any]:
            nonlocal kind
            y: Any = function(*filled(xs), **named)
            kind = y.__class__ if hasattr(y, "_fields") else None  # a named tuple, or one array
            return [*y] if kind else [y]

        def pull(cotangents: list[Any], results: list[Any], xs: list[Any]) -> list[Any]:
            g = [*map(conjugated, cotangents)]
            parts = (tuple(g), kind(*results)) if kind else (g[0], results[0])
            full = filled(xs)
            return [conjugated(fitted(rules[i](*parts, *full, **named), full[i])) for i in places]

        ys = engine(flat, pull, [arguments[i] for i in places])
        return kind(*ys) if kind else ys[0]

    return call


def _sign(g: Any, y: Any, z: Any) -> Any:
    """Of `z / abs(z)`; cotangents are linear, and the change of direction is across it."""
    size = ops.abs(z)
    size = ops.where(ops.equal(size, 0), ops.ones_like(size), size)
    return 1j * ops.imag(g * y) * ops.conj(y) / size
