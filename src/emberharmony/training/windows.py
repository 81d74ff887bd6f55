"""Batches of long sequences, cut along time: what a step of truncated back-propagation sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emberharmony.backend import registry
from emberharmony.errors import ShapeError
from emberharmony.pytree import tree_flatten, tree_unflatten

__all__ = ["windows"]


def windows(batch: Any, steps: int | None) -> Iterator[tuple[Any, float]]:
    """The batch in windows of `steps` steps, the last as short as it is; each with its share of the whole.

    Arrays (B, T, ...) are cut along their second axis. What has no time has one axis, (B,), or one of length 1 there,
    and is in every window. None for the whole batch as it is.
    """
    leaves, structure = tree_flatten(batch)
    lengths = [x.shape[1] if registry.is_array(x) and x.ndim > 1 else 1 for x in leaves]
    total = max(lengths, default=1)
    if steps is None or steps >= total:
        yield batch, 1.0
        return
    for length, x, path in zip(lengths, leaves, structure.paths(), strict=True):
        if length not in (1, total):
            raise ShapeError(
                f"a batch that is cut along time has {path!r} of shape {tuple(x.shape)} beside sequences of {total}",
                expected=f"(B, {total}, ...) for a sequence, (B,) or (B, 1, ...) for what has no time",
            )
    for start in range(0, total, steps):
        stop = min(start + steps, total)
        parts = [x if length == 1 else x[:, start:stop] for length, x in zip(lengths, leaves, strict=True)]
        yield tree_unflatten(structure, parts), (stop - start) / total
