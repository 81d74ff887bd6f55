"""Derivatives of functions of pytrees, with JAX's names: PyTorch and MLX do theirs, NumPy has a tape.

    value_and_grad(loss)(model, x)      the value, and a tree like `model` that holds the gradient

Every floating-point array in the chosen arguments is differentiated; other leaves and buffers of modules are constants
and have None in the result. A complex gradient is `df/dre + i df/dim`, the direction of steepest ascent.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import COMPLEX, INEXACT, REAL, name_of
from emberharmony.errors import ArgumentError, DTypeError, NotAnArrayError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.pytree import tree_flatten, tree_unflatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A

__all__ = ["grad", "hessian", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]


@derived
def stop_gradient(x: A, /) -> A:
    """`x`, through which no gradient flows.

    >>> x = ops.asarray([2.0])
    >>> ops.grad(lambda x: ops.sum(x * ops.stop_gradient(x)))(x).tolist()
    [2.0]
    """
    return x


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """A function that returns `(f(...), gradient)`, of an `f` that returns one real number.

    `argnums` says which arguments are differentiated: the gradient is a tree like that argument, or a tuple of them.
    With `has_aux`, `f` returns `(value, aux)`, and the result is `((value, aux), gradient)`.

    >>> def loss(w, x):
    ...     return ops.sum((x @ w["weight"] + w["bias"]) ** 2)
    >>> w = {"weight": ops.asarray([1.0, 2.0]), "bias": ops.asarray(0.5)}
    >>> value, gradient = ops.value_and_grad(loss)(w, ops.asarray([[1.0, 1.0]]))
    >>> value.tolist(), gradient["weight"].tolist(), gradient["bias"].tolist()
    (12.25, [7.0, 7.0], 7.0)
    """
    name = getattr(f, "__name__", type(f).__name__)

    @functools.wraps(f, assigned=("__module__", "__name__", "__qualname__", "__doc__"))
    def differentiated(*args: Any, **named: Any) -> tuple[Any, Any]:
        chosen = Chosen("value_and_grad", name, args, argnums)
        aux_tree: Any = None

        def flat(*leaves: Any) -> tuple[Any, list[Any]]:
            nonlocal aux_tree
            value: Any = f(*chosen.arguments(leaves), **named)
            aux: list[Any] = []
            if has_aux:
                if value.__class__ is not tuple or len(value) != 2:
                    raise ArgumentError(
                        f"{name} returned {_shown(value)}", expected="(value, aux), as has_aux=True says"
                    )
                value, aux = value
                aux, aux_tree = tree_flatten(aux)
            _check_scalar(name, value)
            return value, aux

        value, aux, gradients = chosen.engine("value_and_grad")(flat, chosen.leaves)
        if has_aux:
            value = value, tree_unflatten(aux_tree, aux)
        return value, chosen.tree(gradients)

    return differentiated


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `f`, and with `has_aux` the pair `(gradient, aux)`.

    >>> ops.grad(ops.grad(lambda x: x**3))(ops.asarray(2.0)).tolist()
    12.0
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(both)
    def differentiated(*args: Any, **named: Any) -> Any:
        value, gradient = both(*args, **named)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """`f(*primals)` and the function that takes a cotangent of it to a tuple of cotangents of the primals.

    >>> y, pull = ops.vjp(lambda x: x * x, ops.asarray([1.0, 3.0]))
    >>> y.tolist(), pull(ops.asarray([1.0, 10.0]))[0].tolist()
    ([1.0, 9.0], [2.0, 60.0])
    """
    name = getattr(f, "__name__", type(f).__name__)
    chosen = Chosen("vjp", name, primals, tuple(range(len(primals))))
    flat, structure = _flattened(f, chosen)
    outs, back = chosen.engine("vjp")(flat, chosen.leaves)
    tree: Any = structure()

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given, found = tree_flatten(cotangent)
        if found != tree:
            raise ArgumentError(
                f"the pull-back of {name} got a tree {found!r}", expected=f"one like the result: {tree!r}"
            )
        for g, y in zip(given, outs, strict=True):
            _check_like("cotangent", g, y)
        return chosen.tree(back(given))

    return tree_unflatten(tree, outs), pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`f(*primals)`, and how it changes when the primals change along the tangents.

    PyTorch and MLX go forward; NumPy differentiates the pull-back, at about the cost of two gradients.

    >>> y, dy = ops.jvp(lambda x: x * x, (ops.asarray([1.0, 3.0]),), (ops.asarray([1.0, 0.5]),))
    >>> y.tolist(), dy.tolist()
    ([1.0, 9.0], [2.0, 3.0])
    """
    name = getattr(f, "__name__", type(f).__name__)
    if len(primals) != len(tangents):
        raise ArgumentError(
            f"jvp of {name} got {len(primals)} primals and {len(tangents)} tangents", expected="as many of both"
        )
    chosen = Chosen("jvp", name, tuple(primals), tuple(range(len(primals))))
    moved = [chosen.like(i, tangent) for i, tangent in enumerate(tangents)]
    flat, structure = _flattened(f, chosen)
    outs, changes = chosen.engine("jvp")(flat, chosen.leaves, [t for part in moved for t in part])
    return tree_unflatten(structure(), outs), tree_unflatten(structure(), changes)


def jacobian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that returns all first derivatives: result shape + argument shape, in trees of both.

    One pull-back for each number of the result, two where it is complex. A complex result is taken to be a holomorphic
    function of complex arguments; of a real result the complex derivative is the gradient.

    >>> ops.jacobian(lambda x: x * x)(ops.asarray([1.0, 3.0])).tolist()
    [[2.0, 0.0], [0.0, 6.0]]
    """
    name = getattr(f, "__name__", type(f).__name__)

    def differentiated(*args: Any, **named: Any) -> Any:
        chosen = Chosen("jacobian", name, args, argnums)
        flat, structure = _flattened(f, chosen, named)
        outs, back = chosen.engine("vjp")(flat, chosen.leaves)
        rows = [_rows(outs, i, back, chosen.leaves) for i in range(len(outs))]
        return tree_unflatten(structure(), [chosen.tree(row) for row in rows])

    return differentiated


def hessian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that returns all second derivatives of `f`, which returns one real number.

    >>> ops.hessian(lambda x: x[0] ** 2 * x[1])(ops.asarray([1.0, 3.0])).tolist()
    [[6.0, 2.0], [2.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def _rows(outs: list[Any], i: int, back: Callable[[Any], list[Any]], leaves: list[Any]) -> list[Any]:
    """The derivatives of result `i` with respect to every leaf."""
    y = outs[i]
    size = math.prod(y.shape)
    eye = ops.made_like(y, "eye", size, dtype=y.dtype)
    others = [ops.zeros_like(x) for x in outs]
    if not size:
        return [ops.made_like(x, "zeros", (*y.shape, *x.shape), dtype=x.dtype) for x in leaves]

    def pulled(k: int, unit: complex) -> list[Any]:
        return back([*others[:i], ops.reshape(eye[k] * unit, y.shape), *others[i + 1 :]])

    is_complex = name_of(y.dtype) in COMPLEX
    rows = [pulled(k, 1) for k in range(size)]
    if is_complex:  # of a real argument: the slope of the real part, and of the imaginary part
        second = [pulled(k, 1j) for k in range(size)]
        rows = [[*map(_holomorphic, *pair)] for pair in zip(rows, second, strict=True)]
    return [
        ops.reshape(ops.stack(column), (*y.shape, *leaf.shape))
        for column, leaf in zip(zip(*rows, strict=True), leaves, strict=True)
    ]


def _holomorphic(first: Any, second: Any) -> Any:
    """One row of a complex result, from what 1 and i pull back."""
    return ops.conj(first) if name_of(first.dtype) in COMPLEX else first + 1j * second


# -- which leaves, which engine --


class Chosen:
    """The arrays in some of the arguments, taken out and put back."""

    __slots__ = ("args", "engine", "leaves", "name", "numbers", "parts", "several")

    def __init__(self, op: str, name: str, args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> None:
        self.name = name
        self.several = isinstance(argnums, tuple | list)
        numbers: Any = argnums if self.several else (argnums,)
        self.numbers = [_number(op, name, operator.index(n), len(args)) for n in numbers]
        if len({*self.numbers}) < len(self.numbers):
            raise ArgumentError(f"ops.{op} of {name} got argnums={argnums!r}", expected="each argument once")
        self.args = args
        self.leaves: list[Any] = []
        self.parts: list[tuple[list[Any], Any, list[int]]] = []  # all leaves of an argument, structure, places
        for n in self.numbers:
            tree = args[n]
            if tree.__class__ in (float, complex):
                tree = ops.asarray(tree)
            leaves, structure = tree_flatten(tree)
            places = [i for i, x in enumerate(leaves) if structure.trainable[i] and is_trainable(x)]
            self.leaves += [leaves[i] for i in places]
            self.parts.append((leaves, structure, places))
        if not self.leaves:
            found = ", ".join(_shown(args[n]) for n in self.numbers)
            raise NotAnArrayError(
                f"ops.{op} of {name} found nothing to differentiate in {found}",
                expected="at least one array of floating-point numbers that is not a buffer",
                mend="argnums= says which arguments to look at; ops.astype(x, ops.float32) makes floats",
            )
        self.engine = engine_of(op, self.leaves)

    def arguments(self, leaves: Sequence[Any]) -> list[Any]:
        """The arguments with other arrays in them."""
        args = [*self.args]
        for n, tree in zip(self.numbers, self._trees(leaves, False), strict=True):
            args[n] = tree
        return args

    def tree(self, values: Sequence[Any]) -> Any:
        """Values of the arrays in trees like the arguments, None for all other leaves."""
        trees = self._trees(values, True)
        return tuple(trees) if self.several else trees[0]

    def _trees(self, values: Sequence[Any], holes: bool) -> list[Any]:
        trees: list[Any] = []
        following = iter(values)
        for leaves, structure, places in self.parts:
            if structure.cls is None:
                trees.append(next(following))
                continue
            full: list[Any] = [None] * len(leaves) if holes else [*leaves]
            for i in places:
                full[i] = next(following)
            trees.append(tree_unflatten(structure, full))
        return trees

    def like(self, number: int, tree: Any) -> list[Any]:
        """The arrays of a tree of tangents, which may have None where the argument has no gradient."""
        leaves, structure, places = self.parts[number]
        if structure.cls is None:
            given = [tree]
        else:
            holes = tree_unflatten(structure, [x if i in places else None for i, x in enumerate(leaves)])
            given, found = tree_flatten(tree)
            if found == structure:
                given = [given[i] for i in places]
            elif found != tree_flatten(holes)[1]:
                raise ArgumentError(f"a tangent is a tree {found!r}", expected=f"one like the primal: {structure!r}")
        for t, i in zip(given, places, strict=True):
            _check_like("tangent", t, leaves[i])
        return given


def is_trainable(x: Any) -> bool:
    """Whether `x` is an array of real or complex floating-point numbers."""
    return registry.is_array(x) and name_of(x.dtype) in INEXACT


def engine_of(op: str, leaves: Sequence[Any]) -> Callable[[str], Callable[..., Any]]:
    """What differentiates functions of these arrays: the backend's own functions by name, or those of the tape."""
    kinds: list[type] = [type(x) for x in leaves]
    first = registry.of_type(kinds[0])
    if first is None or any(kind is not kinds[0] for kind in kinds):
        backends = registry.of_types(op, kinds)
        if len(backends) > 1:
            raise registry.mixed(op, leaves)
        first = backends[0]
    functions = first.functions
    if "autodiff.vjp" in functions:
        return lambda name: functions[f"autodiff.{name}"]
    from emberharmony.ops.tape import engine

    return vars(engine).__getitem__


def _number(op: str, name: str, n: int, count: int) -> int:
    if not -count <= n < count:
        raise ArgumentError(
            f"ops.{op} of {name} got argnums={n} and {count} positional arguments",
            expected=f"a number from 0 to {count - 1}" if count else "a positional argument to differentiate",
            mend="pass the argument by position, not by name",
        )
    return n % count


def _flattened(
    f: Callable[..., Any], chosen: Chosen, named: dict[str, Any] | None = None
) -> tuple[Callable[..., list[Any]], Callable[[], Any]]:
    """`f` on a list of arrays, and the structure of what it returned last."""
    structure: Any = None

    def flat(*leaves: Any) -> list[Any]:
        nonlocal structure
        outs, structure = tree_flatten(f(*chosen.arguments(leaves), **(named or {})))
        for y in outs:
            if not registry.is_array(y):
                raise NotAnArrayError(
                    f"{getattr(f, '__name__', f)} returned {_shown(y)}", expected="arrays, in any tree"
                )
        return outs

    return flat, lambda: structure


def _check_scalar(name: str, value: Any) -> None:
    if not registry.is_array(value):
        raise NotAnArrayError(
            f"{name} returned {_shown(value)}",
            expected="an array of one real number",
            mend="has_aux=True where it returns (value, aux)" if isinstance(value, tuple) else "return an array",
        )
    if value.ndim:
        raise ShapeError(
            f"{name} returned shape {tuple(value.shape)}; only one number has a gradient",
            expected="shape ()",
            mend="ops.sum or ops.mean of it; ops.jacobian for all derivatives",
        )
    dtype = name_of(value.dtype)
    if dtype not in REAL:
        raise DTypeError(
            f"{name} returned {dtype}",
            expected="a real floating-point number",
            mend="ops.real or ops.abs of it" if dtype in COMPLEX else "ops.astype(value, ops.float32)",
        )


def _check_like(what: str, g: Any, y: Any) -> None:
    if not registry.is_array(g):
        raise NotAnArrayError(f"a {what} is {_shown(g)}", expected="an array", mend="ops.asarray")
    if tuple(g.shape) != tuple(y.shape) or name_of(g.dtype) != name_of(y.dtype):
        raise ShapeError(
            f"a {what} has shape {tuple(g.shape)} and dtype {name_of(g.dtype)}",
            expected=f"shape {tuple(y.shape)} and dtype {name_of(y.dtype)}, as its array",
        )


def _shown(x: Any) -> str:
    return f"{type(x).__name__} {x!r:.40}" if not hasattr(x, "shape") else f"an array of shape {tuple(x.shape)}"
