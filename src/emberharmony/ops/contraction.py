"""Sums of products, by the names of the axes."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from emberharmony import ops
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.ops.dispatch import derived
from emberharmony.ops.like import common

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = ["dot", "einsum", "kron"]
Labels = tuple[str, ...]


@derived
def einsum(subscripts: str, /, *operands: A) -> A:
    """Einstein's summation: a letter for each axis; what stands right of `->` stays, every other letter is summed over.

    A letter that stands twice in one operand is its diagonal; `...` are further axes, which broadcast. Without `->` the
    letters that stand once remain, in alphabetical order. Several operands are contracted two by two, the pair with the
    smallest product first.

    >>> x = ops.asarray([[1, 2], [3, 4]])
    >>> ops.einsum("ij,jk->ik", x, x).tolist(), int(ops.einsum("ii", x))
    ([[7, 10], [15, 22]], 5)
    """
    inputs, output = _parsed(subscripts, tuple([x.ndim for x in operands]))
    arrays: list[Any] = common(*operands)
    sizes = _sizes(subscripts, inputs, arrays)
    terms = [_simple(x, labels, sizes) for x, labels in zip(arrays, inputs, strict=True)]
    while len(terms) > 1:
        i, j = _cheapest(terms, output, sizes)
        second, first = terms.pop(j), terms.pop(i)
        terms.append(_pair(first, second, {*output, *[label for _, labels in terms for label in labels]}, sizes))
    x, labels = _summed(*terms[0], keep=set(output))
    return ops.permute_dims(x, tuple([labels.index(label) for label in output]))


@derived
def dot(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """The sum of products over the last axis of `x1` and the last but one of `x2` (the only one of a vector).

    For two matrices the matrix product, for two vectors the inner one (nothing conjugated), for a number the multiple.

    >>> int(ops.dot(ops.asarray([1, 2]), ops.asarray([3, 4])))
    11
    """
    a, b = common(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return ops.multiply(a, b)
    return ops.tensordot(a, b, axes=((a.ndim - 1,), (max(b.ndim - 2, 0),)))


@derived
def kron(x1: A, x2: A, /) -> A:
    """The Kronecker product: a copy of `x2` for each element of `x1`, multiplied by it, in its place.

    >>> ops.kron(ops.asarray([1, 10]), ops.asarray([1, 2])).tolist()
    [1, 2, 10, 20]
    """
    a, b = common(x1, x2)
    ndim = max(a.ndim, b.ndim)
    outer, inner = ((1,) * (ndim - x.ndim) + tuple(x.shape) for x in (a, b))
    a = ops.reshape(a, tuple([n for size in outer for n in (size, 1)]))
    b = ops.reshape(b, tuple([n for size in inner for n in (1, size)]))
    return ops.reshape(a * b, tuple([m * n for m, n in zip(outer, inner, strict=True)]))


@lru_cache(maxsize=512)
def _parsed(subscripts: str, ndims: tuple[int, ...]) -> tuple[list[Labels], Labels]:
    """The labels of each operand and of the result; the axes of `...` are labelled "0", "1", ... from the right."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ArgumentError(
            f"ops.einsum got {subscripts!r} for {len(ndims)} operands", expected="a term for each operand"
        )
    for term in (*terms, right):
        letters = term.replace("...", "", 1)
        if letters and not (letters.isascii() and letters.isalpha()):
            raise ArgumentError(f"ops.einsum got {subscripts!r}", expected='letters, ",", "->" and one "..." in a term')
    inputs = [_labels(subscripts, term, ndim) for term, ndim in zip(terms, ndims, strict=True)]
    rest = max([len([c for c in labels if not c.isalpha()]) for labels in inputs])
    broad = tuple([str(i) for i in reversed(range(rest))])
    if arrow:
        before, dots, after = right.partition("...")
        output = (*before, *(broad if dots else ()), *after)
        known = {c for labels in inputs for c in labels}
        if len(set(output)) < len(output) or not known.issuperset(output):
            raise ArgumentError(
                f"ops.einsum got {subscripts!r}", expected="each letter of the result once, and on the left"
            )
    else:
        output = (*broad, *sorted([c for c in left if c.isalpha() and left.count(c) == 1]))
    return inputs, output


def _labels(subscripts: str, term: str, ndim: int) -> Labels:
    before, dots, after = term.partition("...")
    rest = ndim - len(before) - len(after)
    if rest < 0 or (rest and not dots):
        raise ShapeError(
            f"ops.einsum got an array of {ndim} axes for {term!r} of {subscripts!r}", expected="an axis a letter"
        )
    return (*before, *[str(i) for i in reversed(range(rest))], *after)


def _sizes(subscripts: str, inputs: list[Labels], arrays: list[Any]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for labels, x in zip(inputs, arrays, strict=True):
        for label, size in zip(labels, x.shape, strict=True):
            known = sizes.get(label, 1)
            if size != known and 1 not in (size, known):
                raise ShapeError(
                    f"ops.einsum got sizes {known} and {size} for {label!r} of {subscripts!r}", expected="equal sizes"
                )
            sizes[label] = max(size, known) if size else 0
    return sizes


def _simple(x: Any, labels: Labels, sizes: dict[str, int]) -> tuple[Any, Labels]:
    """Each label once: the diagonal of those that stand twice, and no axis of size 1 that would broadcast."""
    for label in {label for label in labels if labels.count(label) > 1}:
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            others = [a for a in range(x.ndim) if a not in (i, j)]
            x = ops.linalg.diagonal(ops.permute_dims(x, (*others, i, j)))
            labels = (*(labels[a] for a in others), label)
    narrow = tuple([a for a, label in enumerate(labels) if x.shape[a] == 1 and sizes[label] != 1])
    return (
        (ops.squeeze(x, narrow), tuple([c for a, c in enumerate(labels) if a not in narrow])) if narrow else (x, labels)
    )


def _summed(x: Any, labels: Labels, keep: set[str]) -> tuple[Any, Labels]:
    gone = tuple([a for a, label in enumerate(labels) if label not in keep])
    if not gone:
        return x, labels
    return ops.sum(x, axis=gone, dtype=x.dtype), tuple([label for label in labels if label in keep])


def _pair(
    first: tuple[Any, Labels], second: tuple[Any, Labels], keep: set[str], sizes: dict[str, int]
) -> tuple[Any, Labels]:
    """The product of two operands, summed over what nobody needs any more."""
    a, left = _summed(*first, keep=keep | {*second[1]})
    b, right = _summed(*second, keep=keep | {*left})
    batch = tuple([label for label in left if label in right and label in keep])
    inner = tuple([label for label in left if label in right and label not in keep])
    rows = tuple([label for label in left if label not in right])
    columns = tuple([label for label in right if label not in left])
    a = ops.permute_dims(a, tuple([left.index(label) for label in (*batch, *rows, *inner)]))
    b = ops.permute_dims(b, tuple([right.index(label) for label in (*batch, *inner, *columns)]))
    shape = tuple([sizes[label] for label in (*batch, *rows, *columns)])
    most = [tuple([sizes[label] for label in labels]) for labels in (batch, rows, inner, columns)]
    if inner:
        m, k, n = [math.prod(size) for size in most[1:]]
        product = ops.matmul(ops.reshape(a, (*most[0], m, k)), ops.reshape(b, (*most[0], k, n)))
    else:
        product = ops.reshape(a, (*most[0], *most[1], *(1,) * len(columns))) * ops.reshape(
            b, (*most[0], *(1,) * len(rows), *most[3])
        )
    return ops.reshape(product, shape), (*batch, *rows, *columns)


def _cheapest(terms: list[tuple[Any, Labels]], output: Labels, sizes: dict[str, int]) -> tuple[int, int]:
    """The pair whose contraction takes the fewest products."""
    pairs = [(i, j) for j in range(len(terms)) for i in range(j)]
    return min(pairs, key=lambda ij: math.prod([sizes[label] for label in {*terms[ij[0]][1], *terms[ij[1]][1]}]))
