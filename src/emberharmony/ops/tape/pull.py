"""Walk a tape back: from cotangents of results to cotangents of leaves."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.ops.tape.elementwise import is_complex
from emberharmony.ops.tape.shapes import getitem, is_basic
from emberharmony.ops.tape.traced import Joint, Traced


def pull(notes: list[Any], leaves: int, seeds: list[tuple[int, Any]]) -> list[Any]:
    """The cotangents of the first `leaves` slots, None where nothing flows. The tape can be walked again."""
    flow: list[Any] = [None] * len(notes)
    for slot, g in seeds:
        flow[slot] = g if flow[slot] is None else flow[slot] + g
    own: set[int] = set()  # slots whose cotangent was made here, so that it may be written into
    for slot in range(len(notes) - 1, leaves - 1, -1):
        g = flow[slot]
        if g is None:
            continue
        flow[slot] = None
        note = notes[slot]
        if len(note) == 2:  # one part of a result that has several
            whole, number = note
            parts = flow[whole]
            if parts is None:
                parts = flow[whole] = [None] * len(notes[whole][0])
            parts[number] = g
            continue
        y, parents, arguments, named = note
        if g.__class__ is list:
            g = tuple([ops.zeros_like(part) if h is None else h for h, part in zip(g, y, strict=True)])
        answers: Any = None
        for parent, rule, value in parents:
            if rule is None:
                continue
            if (
                rule is getitem
                and value.ndim
                and is_basic(arguments[1])
                and not any(isinstance(t, Traced) for t in (g, flow[parent]))
            ):
                # the parts of one array gather in one place: a loop over its rows takes linear time
                if parent not in own:
                    zeros = ops.zeros_like(value)
                    flow[parent] = zeros if flow[parent] is None else zeros + flow[parent]
                    own.add(parent)
                flow[parent][arguments[1]] += g
                continue
            if rule.__class__ is Joint:
                answers = rule.back(g) if answers is None else answers
                c = answers[rule.number]
            else:
                c = rule(g, y, *arguments, **named) if named else rule(g, y, *arguments)
            if c.shape != value.shape or (c.dtype is not value.dtype and c.dtype != value.dtype):
                c = fitted(c, value)
            before = flow[parent]
            flow[parent] = c if before is None else before + c
            own.discard(parent)
    return flow[:leaves]


def fitted(c: Any, x: Any) -> Any:
    """A cotangent in the shape and dtype of `x`: summed where `x` was broadcast, real where `x` is."""
    if x.ndim == 0 != c.ndim:
        c = ops.sum(c)
    elif c.ndim > x.ndim:
        c = ops.sum(c, axis=tuple(range(c.ndim - x.ndim)))
    if c.shape != x.shape:
        wide = tuple(i for i, (n, m) in enumerate(zip(c.shape, x.shape, strict=True)) if m == 1 != n)
        if wide:
            c = ops.sum(c, axis=wide, keepdims=True)
        if c.shape != x.shape:
            c = ops.broadcast_to(c, x.shape)
    if c.dtype != x.dtype:
        if is_complex(c) and not is_complex(x):
            c = ops.real(c)
        c = ops.astype(c, x.dtype)
    return c
