"""Derivatives on MLX: its own transforms. Functions take arrays one by one and return a list of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mlx.core as mx

from emberharmony.backend import refusals

# MLX 0.32 has no derivative of these, or one of single precision (log2, log10), or a wrong one (complex powers and
# signs, scattered extremes)
BY_RULE = (
    "abs", "index_add", "index_max", "index_min", "index_multiply", "linalg.det", "linalg.eig", "linalg.eigh",
    "linalg.eigvals", "linalg.eigvalsh", "linalg.pinv", "linalg.qr", "linalg.svd",
    "linalg.svdvals", "log10", "log2", "pow", "sign", "std",
)  # fmt: skip
Flat = Callable[..., Sequence[Any]]


def value_and_grad(f: Callable[..., tuple[Any, Any]], primals: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
    (value, rest), grads = mx.value_and_grad(lambda leaves: f(*leaves))([*primals])
    return value, rest, grads


def vjp(f: Flat, primals: Sequence[Any]) -> tuple[list[Any], Callable[[Sequence[Any]], list[Any]]]:
    # MLX keeps no tape: the pull-back runs the function again, and only what is asked for is computed
    return [*f(*primals)], lambda cotangents: [*mx.vjp(_distinct(f), [*primals], [*cotangents])[1]]


def _distinct(f: Flat) -> Flat:
    """MLX drops the cotangent of a result that comes twice, under whatever name: make each an array of its own."""

    def distinct(*xs: Any) -> list[Any]:
        outs = [*f(*xs)]
        return [*outs[:1], *map(mx.contiguous, outs[1:])]

    return distinct


def jvp(f: Flat, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    outs, changes = mx.jvp(_distinct(f), [*primals], [*tangents])
    return [*outs], [*changes]


def vmap(f: Flat, primals: Sequence[Any], in_axes: Sequence[int], out_axis: int) -> list[Any]:
    return [*mx.vmap(lambda *rows: [*f(*rows)], tuple(in_axes), out_axis)(*primals)]


def wanted(primals: Sequence[Any]) -> bool:
    return True  # a transform of MLX cannot be seen from inside


def carries(x: Any) -> bool:
    return False  # MLX tells nobody


def loses(x: Any) -> bool:
    return True  # and its checkpoint differentiates arguments alone


def is_known(x: Any) -> bool:
    return _readable([x])


def checkpoint(f: Flat, primals: Sequence[Any]) -> list[Any]:
    return [*mx.checkpoint(_distinct(f))(*primals)]


def by_rule(f: Flat, pull: Callable[..., list[Any]], primals: Sequence[Any]) -> list[Any]:
    """`f(*primals)`, where `pull(cotangents, results, primals)` is its pull-back."""

    @mx.custom_function
    def function(*xs: Any) -> list[Any]:
        return [*f(*xs)]

    @function.vjp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vjp(primals: Any, cotangents: Any, outputs: Any) -> list[Any]:
        return pull(_list(cotangents), _list(outputs), _list(primals))

    @function.jvp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _jvp(primals: Any, tangents: Any) -> list[Any]:
        xs = _list(primals)
        ys = [*f(*xs)]  # the pull-back is linear, and its own pull-back goes forward
        zeros = [mx.zeros_like(y) for y in ys]
        return [*mx.vjp(lambda *g: pull([*g], ys, xs), zeros, _filled(xs, tangents))[1]]

    return _list(function(*primals))


# -- a function with a gradient of its own --


def custom(call: Any, primals: Sequence[Any]) -> list[Any]:
    function = _native(call) if call.native else _in_ops(call)
    return _list(function(*primals))[: call.result.size]


def _list(x: Any) -> list[Any]:
    """MLX hands over one array where there is one, and a list where there are several."""
    return [*x] if isinstance(x, list | tuple) else [x]


def _in_ops(call: Any) -> Any:
    @mx.custom_function
    def function(*xs: Any) -> list[Any]:
        return call.forward(*xs)[0]

    @function.vjp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vjp(primals: Any, cotangents: Any, outputs: Any) -> list[Any]:
        xs = _list(primals)
        # residuals as further results would get cotangents of their own under a second derivative: compute them again
        return call.backward(call.forward(*xs)[1], _list(cotangents), xs)

    @function.jvp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _jvp(primals: Any, tangents: Any) -> Any:
        raise refusals.forward_mode(call.given.__name__)

    return function


def _native(call: Any) -> Any:
    """The kernel reads memory, which no transform of MLX can see: each way of differentiating it is given here."""
    twin = False

    @mx.custom_function
    def function(*xs: Any) -> list[Any]:
        nonlocal twin
        if not _readable(xs):  # inside mx.compile or mx.vmap
            twin = True
            return call.plain(*xs)
        outs, residuals = call.forward(*xs)
        return [*outs, *call.keep(residuals, [*xs, *outs])]

    @function.vjp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vjp(primals: Any, cotangents: Any, outputs: Any) -> list[Any]:
        xs, ys = _list(primals), _list(outputs)
        g = _list(cotangents)[: call.result.size]
        return [*mx.vjp(call.plain, xs, g)[1]] if twin else _back(call, xs, ys, g)

    @function.jvp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _jvp(primals: Any, tangents: Any) -> list[Any]:
        xs = _list(primals)
        return [*mx.jvp(call.plain, xs, _filled(xs, tangents))[1]]

    @function.vmap  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vmap(inputs: Any, axes: Any) -> tuple[list[Any], list[int]]:
        outs = _list(mx.vmap(call.plain, tuple(axes))(*_list(inputs)))
        return outs, [0] * len(outs)

    return function


def _back(call: Any, xs: list[Any], ys: list[Any], g: list[Any]) -> list[Any]:
    """The native backward pass, itself a function whose derivatives are those of the twin's pull-back."""
    n, m = len(xs), len(ys)

    def pull(*arguments: Any) -> list[Any]:
        return [*mx.vjp(call.plain, [*arguments[:n]], [*arguments[n:]])[1]]

    @mx.custom_function
    def function(*arguments: Any) -> list[Any]:
        known, cotangents = arguments[: n + m], arguments[n + m :]
        if not _readable(arguments):
            return pull(*arguments[:n], *cotangents)
        return call.backward(call.kept(known), cotangents, arguments[:n])

    @function.vjp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vjp(primals: Any, cotangents: Any, outputs: Any) -> list[Any]:
        arguments = _list(primals)
        found = mx.vjp(pull, [*arguments[:n], *arguments[n + m :]], _list(cotangents))[1]
        return [*found[:n], *map(mx.zeros_like, arguments[n : n + m]), *found[n:]]

    @function.jvp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _jvp(primals: Any, tangents: Any) -> list[Any]:
        arguments = _list(primals)
        moved = _filled(arguments, tangents)
        return [*mx.jvp(pull, [*arguments[:n], *arguments[n + m :]], [*moved[:n], *moved[n + m :]])[1]]

    @function.vmap  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vmap(inputs: Any, axes: Any) -> tuple[list[Any], list[int]]:
        arguments, places = _list(inputs), tuple(axes)
        outs = _list(mx.vmap(pull, (*places[:n], *places[n + m :]))(*arguments[:n], *arguments[n + m :]))
        return outs, [0] * len(outs)

    return _list(function(*xs, *ys, *g))


def _filled(xs: Sequence[Any], tangents: Any) -> list[Any]:
    """Zeros for the arguments that do not change."""
    return [mx.zeros_like(x) if t is None else t for x, t in zip(xs, _list(tangents), strict=True)]


def _readable(xs: Sequence[Any]) -> bool:
    """Whether the arrays have numbers: inside `mx.compile` and `mx.vmap` there are none yet."""
    try:
        mx.eval(*xs)
    except (RuntimeError, ValueError) as problem:
        if "transformation" not in str(problem) and "tracing" not in str(problem):
            raise
        return False
    return True
