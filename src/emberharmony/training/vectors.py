"""What an optimizer remembers of each number, as one vector for each dtype: few long arrays instead of many short.

A step of Adam over fifteen small arrays takes half the time this way, for most of it would go into calls. Parameters
stay arrays of their own: what BLAS makes of a view into a vector may depend on where in memory it begins, and a run
that is resumed has to get the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.backend.dtypes import COMPLEX, name_of
from emberharmony.errors import ArgumentError, DTypeError, ShapeError
from emberharmony.nn.modules import trainable
from emberharmony.pytree import Structure, tree_flatten, tree_leaves, tree_unflatten

__all__ = ["Vectors", "changed", "norm_of", "zeros"]

Vectors = dict[str, Any]  # by the name of the dtype
HALF = ("float16", "bfloat16")


def zeros(model: Any) -> Vectors:
    """A zero for each trainable number of the model."""
    leaves, structure = tree_flatten(model)
    groups = _groups(leaves, structure, trainable(model))
    return {dtype: ops.zeros_like(_joined([leaves[i] for i in places])) for dtype, places in groups.items()}


def changed(model: Any, gradients: Any, update: Callable[[str, Any], Any], kept: float = 1.0) -> Any:
    """The model with `kept * p - update(dtype, g)` for its trainable numbers p with the gradient g.

    A leaf without a gradient stays as it is; for `update`, its gradient is zero.
    """
    leaves, structure = tree_flatten(model)
    flags = trainable(model)
    given = _beside(structure, gradients)
    for i, (leaf, g) in enumerate(zip(leaves, given, strict=True)):
        if g is not None and (not flags[i] or tuple(g.shape) != tuple(leaf.shape)):
            what = f"{name_of(leaf.dtype)} of shape {tuple(leaf.shape)}" if flags[i] else "no trainable array"
            raise ShapeError(
                f"a gradient of shape {tuple(g.shape)} came for {structure.paths()[i] or 'the model'}, which is {what}",
                expected="the gradient of ops.value_and_grad(loss)(model, ...), for this model",
            )
    for dtype, places in _groups(leaves, structure, flags).items():
        change = update(dtype, _joined([ops.zeros_like(leaves[i]) if given[i] is None else given[i] for i in places]))
        start = 0
        for i in places:
            leaf = ops.stop_gradient(leaves[i])  # a tensor that asks for its gradient would keep every step of a run
            stop = start + math.prod(leaf.shape)
            if given[i] is not None:
                part = ops.reshape(change[start:stop], tuple(leaf.shape))
                leaves[i] = (leaf if kept == 1.0 else kept * leaf) - part
            start = stop
    return tree_unflatten(structure, leaves)


def norm_of(tree: Any) -> Any:
    """The Euclidean norm of all numbers of a tree of arrays, which has one backend: an array of shape ()."""
    groups: dict[str, list[Any]] = {}
    for leaf in tree_leaves(tree):
        groups.setdefault(name_of(leaf.dtype), []).append(leaf)
    if not groups:
        raise ArgumentError("a tree without arrays has no norm", expected="a gradient with at least one array")
    total: Any = 0.0
    for dtype, arrays in groups.items():
        vector = _joined(arrays)
        if dtype in COMPLEX:
            vector = ops.abs(vector)
        elif dtype in HALF:  # a square of 300 is beyond the numbers of float16
            vector = ops.astype(vector, "float32")
        total = ops.sum(vector * vector) + total
    return ops.sqrt(total)


def _joined(arrays: list[Any]) -> Any:
    return ops.concat([ops.reshape(x, (-1,)) for x in arrays])


def _groups(leaves: list[Any], structure: Structure, flags: list[bool]) -> dict[str, list[int]]:
    """The places of the trainable leaves, by dtype."""
    groups: dict[str, list[int]] = {}
    for i, yes in enumerate(flags):
        if yes:
            groups.setdefault(name_of(leaves[i].dtype), []).append(i)
    for dtype in {*COMPLEX} & {*groups}:
        raise DTypeError(
            f"{structure.paths()[groups[dtype][0]] or 'the model'} is {dtype}",
            expected="real parameters: squares and roots of a moment mean nothing else",
            mend="keep the real and the imaginary part as two arrays, and make re + 1j * im where they are used",
        )
    return groups


def _beside(structure: Structure, gradients: Any) -> list[Any]:
    """The gradient of each leaf; None where the tree of gradients has a hole, which may stand for a whole branch."""
    leaves, found = tree_flatten(gradients)
    following = iter(leaves)

    def walk(node: Structure, other: Structure) -> list[Any]:
        if other.cls is type(None):
            return [None] * node.size
        if node.cls is not other.cls or node.aux != other.aux or len(node.children) != len(other.children):
            raise ArgumentError(
                f"the gradient is a tree {found!r:.200}", expected=f"one like the model: {structure!r:.200}"
            )
        if node.cls is None:
            return [next(following)]
        return [g for pair in zip(node.children, other.children, strict=True) for g in walk(*pair)]

    return walk(structure, found)
