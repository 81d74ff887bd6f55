"""Functions of functions that repeat or choose: `vmap`, `scan`, `cond`, `while_loop`, with JAX's names.

All of them can be differentiated. A loop is a Python loop: a compiler unrolls it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, NotAnArrayError, ShapeError, UnsupportedError
from emberharmony.ops.gradients import engine_of
from emberharmony.ops.like import listed
from emberharmony.pytree import Structure, tree_flatten, tree_map, tree_unflatten

__all__ = ["cond", "scan", "vmap", "while_loop"]


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """`f` for each row of its arguments at once: a batch of what `f` does to one.

    `in_axes` is an axis for all arguments, or a tuple with one for each: a number, None for an argument that all rows
    share, or a tree of these. `out_axes` says where the rows go in the results. PyTorch and MLX run all rows in one
    go; **NumPy has nothing of the kind: there it is a loop over the rows**.

    >>> ops.vmap(lambda row, w: row @ w, in_axes=(0, None))(ops.ones((3, 2)), ops.asarray([1.0, 2.0])).tolist()
    [3.0, 3.0, 3.0]
    """
    name = getattr(f, "__name__", type(f).__name__)

    def mapped(*args: Any) -> Any:
        axes: list[Any] = [*in_axes] if listed(in_axes) else [in_axes] * len(args)
        if len(axes) != len(args):
            raise ArgumentError(f"vmap of {name} got {len(args)} arguments and in_axes={in_axes}", expected="as many")
        leaves, structure = tree_flatten(args)
        places: list[int | None] = [
            axis for tree, arg in zip(axes, structure.children, strict=True) for axis in spread("in_axes", tree, arg)
        ]
        rows = _rows(name, leaves, places, structure.paths())
        chosen = [i for i, axis in enumerate(places) if axis is not None]
        result: Any = None

        def flat(*values: Any) -> list[Any]:
            nonlocal result
            full = [*leaves]
            for i, x in zip(chosen, values, strict=True):
                full[i] = x
            outs, result = tree_flatten(f(*tree_unflatten(structure, full)))
            return [y if registry.is_array(y) else _like(rows[0], y) for y in outs]

        numbers = [places[i] for i in chosen]
        outs = engine_of("vmap", rows)("vmap")(flat, rows, numbers, 0)
        ends = spread("out_axes", out_axes, result)
        if None in ends:
            raise ArgumentError(f"vmap of {name} got out_axes={out_axes}", expected="an axis for every result")
        moved = [y if axis in (0, None) else ops.moveaxis(y, 0, axis) for y, axis in zip(outs, ends, strict=True)]
        return tree_unflatten(result, moved)

    return mapped


def _like(row: Any, y: Any) -> Any:
    return ops.made_like(row, "asarray", y)


def spread(what: str, axes: Any, structure: Structure) -> list[Any]:
    """An axis for every leaf, from one that speaks for a whole branch."""
    if axes is None or isinstance(axes, int):
        return [axes] * structure.size
    leaves, found = tree_flatten(axes)
    if found == structure:
        return leaves
    if found.cls is structure.cls and found.aux == structure.aux and len(found.children) == len(structure.children):
        branches = tree_children(axes)
        return [a for tree, child in zip(branches, structure.children, strict=True) for a in spread(what, tree, child)]
    raise ArgumentError(f"{what} is a tree {found!r}", expected=f"a number, or a tree that begins like {structure!r}")


def tree_children(tree: Any) -> Sequence[Any]:
    """The children of one node."""
    from emberharmony.pytree import KINDS

    return KINDS[type(tree)].flatten(tree)[0]


def _rows(name: str, leaves: list[Any], places: list[int | None], paths: list[str]) -> list[Any]:
    """The arrays that are mapped, after a look at their sizes."""
    sizes: dict[str, int] = {}
    rows: list[Any] = []
    for x, axis, path in zip(leaves, places, paths, strict=True):
        if axis is None:
            continue
        if not registry.is_array(x):
            raise NotAnArrayError(
                f"vmap of {name} got {type(x).__name__} for argument {path}", expected="an array, or None in in_axes"
            )
        if not -x.ndim <= axis < x.ndim:
            raise ShapeError(
                f"vmap of {name} got shape {tuple(x.shape)} for argument {path}", expected=f"an axis {axis} to map over"
            )
        sizes[path] = x.shape[axis]
        rows.append(x)
    if not rows:
        raise ArgumentError(f"vmap of {name} has nothing to map over", expected="at least one axis in in_axes")
    if len({*sizes.values()}) > 1:
        raise ShapeError(f"vmap of {name} got {sizes} rows for its arguments", expected="the same number for all")
    return rows


def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """`carry, y = f(carry, x)` for each row `x` of `xs`, from `init`; returns the last carry and all `y`, stacked.

    `xs` is a tree of arrays that share their first axis, or None with `length=`. The carry keeps its structure, shapes
    and dtypes. `reverse=True` goes from the last row to the first; `y` stays beside its row.

    >>> carry, total = ops.scan(lambda c, x: (c + x, c + x), ops.asarray(0.0), ops.asarray([1.0, 2.0, 3.0]))
    >>> carry.tolist(), total.tolist()
    (6.0, [1.0, 3.0, 6.0])
    """
    leaves, structure = tree_flatten(xs)
    sizes: list[int] = [x.shape[0] if x.ndim else -1 for x in leaves] + ([] if length is None else [length])
    if not sizes or min(sizes) < 0 or min(sizes) < max(sizes):
        raise ShapeError(
            f"ops.scan got xs of shapes {[tuple(x.shape) for x in leaves]} and length={length}",
            expected="arrays that share their first axis, or length= without xs",
        )
    size = sizes[0]
    if size == 0:
        return init, _nothing(f, init, leaves, structure)
    columns = [ops.unstack(x) for x in leaves]
    carry: Any = init
    ys: list[list[Any]] = []
    result: Any = None
    shape = _carried(init)
    for i in reversed(range(size)) if reverse else range(size):
        answer: Any = f(carry, tree_unflatten(structure, [column[i] for column in columns]))
        if answer.__class__ is not tuple or len(answer) != 2:
            raise ArgumentError(f"the body of ops.scan returned {type(answer).__name__}", expected="(carry, y)")
        carry, y = answer
        if _carried(carry) != shape:
            raise ShapeError(
                f"the carry of ops.scan went from {shape} to {_carried(carry)}", expected="what it was at the start"
            )
        row, found = tree_flatten(y)
        if result is not None and found != result:
            raise ShapeError(f"the results of ops.scan went from {result!r} to {found!r}", expected="one structure")
        result = found
        ys.append(row)
    if reverse:
        ys.reverse()
    return carry, tree_unflatten(result, [ops.stack(column) for column in zip(*ys, strict=True)])


def _carried(carry: Any) -> Any:
    """What must not change from step to step."""
    leaves, structure = tree_flatten(carry)
    return structure, [(tuple(x.shape), ops.dtype_name(x)) if hasattr(x, "shape") else type(x).__name__ for x in leaves]


def _nothing(f: Callable[..., Any], init: Any, leaves: list[Any], structure: Structure) -> Any:
    """What the results look like where there are none: of a row of zeros, without its numbers."""
    rows = [ops.made_like(x, "zeros", tuple(x.shape[1:]), dtype=x.dtype) for x in leaves]
    y = f(init, tree_unflatten(structure, rows))[1]
    return tree_map(_none_of, y)


def _none_of(y: Any) -> Any:
    return ops.made_like(y, "zeros", (0, *y.shape), dtype=y.dtype)


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any) -> Any:
    """`true_fun(*operands)` where the one number `pred` is true, else `false_fun(*operands)`.

    Inside a compiler or `vmap`, where nobody knows the number yet, both are computed and one is taken with `where`:
    keep both finite there, or the gradient of the other one is nan.

    >>> ops.cond(ops.asarray(2.0) > 1, lambda x: x + 1, lambda x: x - 1, ops.asarray(5.0)).tolist()
    6.0
    """
    if registry.is_array(pred) and tuple(pred.shape) != ():
        raise ShapeError(
            f"ops.cond got a predicate of shape {tuple(pred.shape)}",
            expected="one number",
            mend="ops.where(condition, a, b) chooses for each element",
        )
    if _known(pred):
        return true_fun(*operands) if bool(pred) else false_fun(*operands)

    def chosen(yes: Any, no: Any) -> Any:
        return ops.where(pred, yes, no)

    return tree_map(chosen, true_fun(*operands), false_fun(*operands))


def while_loop(cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], init_val: Any) -> Any:
    """`value = body_fun(value)` from `init_val` for as long as `cond_fun(value)` is true.

    >>> ops.while_loop(lambda x: x < 100, lambda x: x * 2, ops.asarray(3.0)).tolist()
    192.0
    """
    value, shape = init_val, _carried(init_val)
    while True:
        going = cond_fun(value)
        if not _known(going):
            raise UnsupportedError(
                "ops.while_loop inside a compiler or vmap, where the number of steps is not known",
                expected="a number of steps that does not depend on the data",
                mend="ops.scan over the most steps there can be, with ops.where for those that are over",
            )
        if not bool(going):
            return value
        value = body_fun(value)
        if _carried(value) != shape:
            raise ShapeError(
                f"the value of ops.while_loop went from {shape} to {_carried(value)}",
                expected="what it was at the start",
            )


def _known(x: Any) -> bool:
    """Whether the number can be read now."""
    return not registry.is_array(x) or engine_of("cond", [x])("is_known")(x)
