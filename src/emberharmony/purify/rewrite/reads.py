"""Reading places of arrays: masks, backward slices, `np.r_`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.indices import as_index, is_backward, mask_in, number
from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

GRIDS = ("numpy.r_", "numpy.c_", "numpy.mgrid", "numpy.ogrid", "numpy.s_", "numpy.index_exp")


def read(unit: Unit, node: ast.Subscript) -> None:
    """Plan `x[index]`."""
    dotted = unit.dotted(node.value)
    if dotted in GRIDS:
        _grid(unit, node, dotted)
        return
    base = unit.value(node.value).some
    if not base.array and not (base.unknown and mask_in(unit, node.slice) is node.slice):
        return
    found = mask_in(unit, node.slice)
    if found is not None:
        if found is not node.slice:
            raise RefusedError(node, "a mask beside other indices: other backends read x[mask] alone")
        x = [node.value] if base.array else unit.array(node.value)
        unit.edit(node, [unit.ns("mask_select"), "(", x, ", ", node.slice, ")"])
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.List) or unit.value(part).host == "list":
            unit.edit_argument(part, as_index(unit, part))
        elif isinstance(part, ast.Call) and unit.dotted(part.func) == "builtins.range":
            unit.edit(part.func, [unit.ns("arange")])
    if base.array and len(parts) == 1 and _runs_backward(unit, parts[0]):
        unit.edit(node, [unit.ns("at"), "(", node.value, ")[", node.slice, "].get()"])
        return
    backward = [i for i, part in enumerate(parts) if is_backward(part)]
    if backward:
        _flipped(unit, node, parts, backward)


def _runs_backward(unit: Unit, index: ast.expr) -> bool:
    """Whether an index is a tuple that may hold slices which run backwards: some are made with a step in sight."""
    if unit.value(index).host != "tuple" or isinstance(index, ast.Tuple):
        return False
    return any(
        isinstance(inner, ast.Call)
        and unit.dotted(inner.func) == "builtins.slice"
        and len(inner.args) == 3
        and not (is_none(inner.args[2]) or (number(inner.args[2]) or 0) > 0)
        for inner in ast.walk(unit.node)
    )


def _flipped(unit: Unit, node: ast.Subscript, parts: list[ast.expr], backward: list[int]) -> None:
    """`x[:, ::-1]` as `ops.flip(x, axis=1)`; a backward slice with bounds is the forward one, turned around."""
    if len(backward) > 1:
        raise RefusedError(node, "several slices that run backwards: flip the axes one after the other")
    place = backward[0]
    part = parts[place]
    assert isinstance(part, ast.Slice)
    ellipsis = next((i for i, p in enumerate(parts) if isinstance(p, ast.Constant) and p.value is Ellipsis), None)
    before = parts[:place]
    lost = sum(
        not isinstance(p, ast.Slice) and not (isinstance(p, ast.Constant) and p.value in (None, Ellipsis))
        for p in before
    )
    if any(unit.value(p).array for p in parts if not isinstance(p, ast.Slice)):
        raise RefusedError(node, "a slice that runs backwards beside an array of indices")
    axis = place - lost if ellipsis is None or ellipsis > place else place - len(parts)
    if part.step is not None and (number(part.step) != -1 or not _written(part)):
        others = [p for p in parts if p is not part]
        if (
            not isinstance(node.value, ast.Name)
            or ellipsis is not None
            or not all(isinstance(p, ast.Slice) and p.lower is p.upper is p.step is None for p in others)
        ):
            raise RefusedError(node, "a slice that runs backwards between places that are not written out")
        places: Pieces = [
            unit.ns("asarray"),
            f"(list(range({node.value.id}.shape[{place}])[",
            part,
            f"]), dtype={unit.ns('int64')})",
        ]
        unit.edit(node, [unit.ns("take"), "(", node.value, ", ", places, f", axis={place})"])
        return
    forward = _forward(unit, node, part)
    plain = forward == ":" and all(
        isinstance(p, ast.Slice) and p.lower is p.upper is None and (p is part or p.step is None) for p in parts
    )
    plain = plain or (forward == ":" and len(parts) == 2 and ellipsis == 0)
    if plain:
        unit.edit(node, [unit.ns("flip"), "(", unit.array(node.value), f", axis={axis})"])
        return
    index: list[Pieces] = []
    for i, p in enumerate(parts):
        index += [", " if i else "", [forward] if p is part else [p]]
    unit.edit(node, [unit.ns("flip"), "(", node.value, "[", *index, f"], axis={axis})"])


def _written(part: ast.Slice) -> bool:
    """Whether the bounds of a slice are numbers in the text."""
    return all(bound is None or number(bound) is not None for bound in (part.lower, part.upper))


def _forward(unit: Unit, node: ast.Subscript, part: ast.Slice) -> str:
    """The slice that takes the same places in their order."""
    lower, upper = number(part.lower), number(part.upper)
    if (part.lower is not None and lower is None) or (part.upper is not None and upper is None):
        raise RefusedError(node, "a slice that runs backwards between places that are not written out")
    start = "" if upper is None else str(upper + 1) if upper != -1 else None
    stop = "" if lower is None or lower == -1 else str(lower + 1)
    if start is None:
        raise RefusedError(node, "a slice that runs backwards to its last place")
    return f"{start}:{stop}"


def _grid(unit: Unit, node: ast.Subscript, dotted: str) -> None:
    """`np.r_[a, b]`."""
    unit.settle(*ast.walk(node.value))
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if dotted != "numpy.r_" or any(isinstance(p, ast.Constant) and not unit.value(p).number for p in parts):
        raise RefusedError(node, f"{dotted} of slices or text")
    pieces: list[Pieces] = []
    for i, part in enumerate(parts):
        value = unit.value(part)
        if isinstance(part, ast.Slice):
            if part.upper is None or part.step is not None:
                raise RefusedError(node, "numpy.r_ of a slice with a step")
            start: Pieces = [part.lower, ", "] if part.lower is not None else []
            pieces += [", " if i else "", [unit.ns("arange"), "(", start, part.upper, ")"]]
            continue
        piece = unit.array(part)
        if value.number:
            piece = [unit.ns("asarray"), "([", part, "], ", unit.float64(), ")"]
        elif not (value.array and value.ndim == 1):
            piece = [unit.ns("atleast_1d"), "(", piece, ")"]
        pieces += [", " if i else "", piece]
    if len(parts) == 1 and isinstance(parts[0], ast.Slice):
        unit.edit(node, pieces[1])
        return
    unit.edit(node, [unit.ns("concatenate"), "([", *pieces, "])"])
