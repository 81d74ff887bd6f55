"""Reading and writing places of arrays: masks, backward slices, and `x[i] = v` as `x = ops.at(x)[i].set(v)`.

A store into an array that this function made, and that nobody else holds, becomes a new array under the old name;
`copy=False` lets a backend that can write do so. A store into the caller's array stays what it is: all three libraries
write there, and the caller means it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow.calls import ELEMENTWISE
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

GRIDS = ("numpy.r_", "numpy.c_", "numpy.mgrid", "numpy.ogrid", "numpy.s_", "numpy.index_exp")
_VIEWS = frozenset(
    [
        "asarray",
        "asanyarray",
        "array",
        "ascontiguousarray",
        "atleast_1d",
        "atleast_2d",
        "reshape",
        "ravel",
        "transpose",
        "squeeze",
        "swapaxes",
        "view",
        "diagonal",
        "expand_dims",
        "moveaxis",
        "broadcast_to",
        "flip",
        "real",
        "imag",
        "get",
        "pop",
        "check_array",
        "_asarray_validated",
    ]
)
_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.FloorDiv: "//", ast.Mod: "%",
    ast.BitOr: "|", ast.BitAnd: "&", ast.BitXor: "^",
}  # fmt: skip


def read(unit: Unit, node: ast.Subscript) -> None:
    """Plan `x[index]`."""
    dotted = unit.dotted(node.value)
    if dotted in GRIDS:
        _grid(unit, node, dotted)
        return
    base = unit.value(node.value).some
    if not base.array and not (base.unknown and _mask(unit, node.slice) is node.slice):
        return
    mask = _mask(unit, node.slice)
    if mask is not None:
        if mask is not node.slice:
            raise RefusedError(node, "a mask beside other indices: other backends read x[mask] alone")
        x = [node.value] if base.array else unit.array(node.value)
        unit.edit(node, [unit.ns("mask_select"), "(", x, ", ", node.slice, ")"])
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.List) or unit.value(part).host == "list":
            unit.edit_argument(part, _as_index(unit, part))
        elif isinstance(part, ast.Call) and unit.dotted(part.func) == "builtins.range":
            unit.edit(part.func, [unit.ns("arange")])
    if base.array and len(parts) == 1 and _runs_backward(unit, parts[0]):
        unit.edit(node, [unit.ns("at"), "(", node.value, ")[", node.slice, "].get()"])
        return
    backward = [i for i, part in enumerate(parts) if _backward(part)]
    if backward:
        _flipped(unit, node, parts, backward)


def write(unit: Unit, node: ast.Assign | ast.AugAssign | ast.Delete) -> None:
    """Plan stores into arrays."""
    if isinstance(node, ast.Delete):
        return
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        for inner in ast.walk(target):
            if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and unit.value(inner.value).array:
                if (
                    inner.attr == "shape"
                    and target is inner
                    and isinstance(inner.value, ast.Name)
                    and len(targets) == 1
                ):
                    x = inner.value.id
                    unit.edit(node, [x, " = ", unit.ns("reshape"), f"({x}, ", node.value, ")"])
                    return
                raise RefusedError(node, f"assigning {inner.attr} changes the array in place")
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        _augmented_name(unit, node, node.target)
        return
    if len(targets) == 1 and isinstance(targets[0], ast.Subscript) and _is_flat(unit, targets[0].value):
        _flat_store(unit, node, targets[0])
        return
    stores = [t for t in targets if isinstance(t, ast.Subscript) and unit.value(t.value).array]
    nested = [
        inner
        for target in targets
        if isinstance(target, ast.Tuple | ast.List)
        for inner in target.elts
        if isinstance(inner, ast.Subscript) and unit.value(inner.value).array
    ]
    if nested and any(_index_trouble(unit, inner) for inner in nested):
        raise RefusedError(node, "a store into a place of an array among other targets")
    if not stores:
        return
    if len(targets) == 1:
        unit.edit(node, _store(unit, node, stores[0]) or [node])
        return
    if not isinstance(node.value, ast.Constant | ast.Name):
        raise RefusedError(node, "a store into a place of an array, assigned with other targets at once")
    indent = unit.new_line(node)
    parts: list[Pieces] = []
    for target in targets:
        made = _store(unit, node, target) if isinstance(target, ast.Subscript) and target in stores else None
        parts += [indent if parts else "", made if made is not None else [target, " = ", node.value]]
    unit.edit(node, parts)


def _store(unit: Unit, node: ast.Assign | ast.AugAssign, target: ast.Subscript) -> Pieces | None:
    """The statement that stands for one store; None where it may stay."""
    name = target.value
    x, value = unit.value(name), unit.value(node.value)
    mask = _mask(unit, target.slice)
    inner = node.value
    if not (isinstance(name, ast.Name) and (x.fresh or is_own(unit, name))):
        if mask is not None or _index_trouble(unit, target):
            raise RefusedError(
                node,
                f"a store into places of `{unit.text.source(name)}`, which somebody else may hold: assign a copy first",
            )
        if _is_view(unit, name):
            raise RefusedError(
                node,
                f"`{unit.text.source(name)}` may be a view: a store into it reaches the array behind it, but not on MLX",
            )
        return None  # written in place, as the caller of this function sees it
    at: Pieces = [f"{unit.ns('at')}({name.id}, copy=False)"]
    index: Pieces = _index(unit, target.slice)
    operator = type(node.op) if isinstance(node, ast.AugAssign) else None
    if operator is not None and operator not in _SIGNS:
        raise RefusedError(node, "this augmented store")
    if mask is not None and mask is target.slice:
        whole = _without_mask(unit, inner, mask)
        alike = value.number or (value.array and value.ndim == 0)
        if operator is None and not alike and whole:
            return [name.id, " = ", unit.ns("where"), "(", mask, ", ", inner, ", ", name.id, ")"]
        if operator is not None:
            if not (whole or alike):
                raise RefusedError(
                    node, "what is computed under a mask may be as long as the mask is true: say it with where"
                )
            held = unit.hole(inner, [inner])
            return [
                name.id,
                " = ",
                unit.ns("where"),
                "(",
                mask,
                f", {name.id} {_SIGNS[operator]} ",
                held,
                f", {name.id})",
            ]
    if operator is None:
        return [name.id, " = ", at, "[", index, "].set(", inner, ")"]
    current: Pieces = [name.id, "[", index, f"] {_SIGNS[operator]} ", unit.hole(inner, [inner])]
    return [name.id, " = ", at, "[", index, "].set(", current, ")"]


def _is_view(unit: Unit, node: ast.expr) -> bool:
    """Whether an array may be a part of another: all but a parameter itself, and what an object holds."""
    if isinstance(node, ast.Subscript):
        return unit.value(node.value).some.array
    if not isinstance(node, ast.Name):
        return False
    found = unit.flow.names.bindings(node.id, unit.flow.names.scope(node))
    return found is None or not all(_whole(unit, binding.node, binding.value) for binding in found[1])


def is_own(unit: Unit, node: ast.Name) -> bool:
    """Whether a name only ever holds what a call has computed for it."""
    found = unit.flow.names.bindings(node.id, unit.flow.names.scope(node))
    return found is not None and all(
        (isinstance(binding.value, ast.Call) and _computes(unit, binding.value))
        or isinstance(binding.value, ast.BinOp)
        or (isinstance(binding.node, ast.Name) and isinstance(unit.flow.parent(binding.node), ast.AugAssign))
        for binding in found[1]
    )


def _computes(unit: Unit, call: ast.Call) -> bool:
    """Whether a call gives an array of its own, as far as its name tells: no view, and not the argument itself."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name not in _VIEWS


def _whole(unit: Unit, node: ast.AST, value: ast.expr | None) -> bool:
    if isinstance(node, ast.arg):
        return True
    if isinstance(value, ast.Call):
        return _computes(unit, value) or unit.dotted(value.func) in ("numpy.asarray", "numpy.asanyarray", "numpy.array")
    if value is not None:
        return unit.value(value).fresh or isinstance(value, ast.BinOp | ast.Constant | ast.List)
    return isinstance(node, ast.Name) and isinstance(unit.flow.parent(node), ast.AugAssign)


def _is_flat(unit: Unit, node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "flat" and not unit.value(node.value).other


def _flat_store(unit: Unit, node: ast.Assign | ast.AugAssign, target: ast.Subscript) -> None:
    """`x.flat[:: n + 1] += c`: into the array in one row, which gets its shape back."""
    assert isinstance(target.value, ast.Attribute)
    x = target.value.value
    base = x.value if isinstance(x, ast.Subscript) else x
    if not isinstance(base, ast.Name) or not (unit.value(x).array or unit.value(x).unknown):
        raise RefusedError(node, "a store into the flat places of an expression")
    unit.edits.pop(target.value, None)
    unit.edits.pop(x, None)
    row: Pieces = [unit.ns("ravel"), "(", x, ")"]
    mask = _mask(unit, target.slice)
    value: Pieces = [node.value]
    if isinstance(node, ast.AugAssign):
        value = [row, "[", target.slice, f"] {_SIGNS[type(node.op)]} ", unit.hole(node.value, [node.value])]
    if mask is not None or _backward(target.slice):
        raise RefusedError(node, "a store into flat places under a mask")
    made: Pieces = [
        unit.ns("reshape"),
        "(",
        unit.ns("at"),
        "(",
        row,
        ")[",
        target.slice,
        "].set(",
        value,
        "), ",
        x,
        ".shape)",
    ]
    if isinstance(x, ast.Name):
        unit.edit(node, [x.id, " = " if unit.value(x).fresh else "[...] = ", made])
        return
    if isinstance(base, ast.Name) and unit.value(base).fresh:
        assert isinstance(x, ast.Subscript)
        unit.edit(node, [base.id, " = ", f"{unit.ns('at')}({base.id}, copy=False)[", x.slice, "].set(", made, ")"])
        return
    unit.edit(node, [x, " = ", made])


def _as_index(unit: Unit, part: ast.expr) -> Pieces:
    """A list of places as an array: of integers, also where it is empty."""
    item = unit.value(part).item
    whole = "" if item is not None and item.dtype == "bool" else f", dtype={unit.ns('int64')}"
    return [unit.ns("asarray"), "(", part, whole, ")"]


def _index(unit: Unit, index: ast.expr) -> Pieces:
    """An index, its lists as arrays."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        if isinstance(part, ast.List) or unit.value(part).host in ("list", "range"):
            unit.edit_argument(part, _as_index(unit, part))
    return [index]


def _augmented_name(unit: Unit, node: ast.AugAssign, target: ast.Name) -> None:
    """`x += y` means the same on all three, but for what has no array to write into."""
    x, value = unit.value(target), unit.value(node.value)
    if not x.array:
        return
    if value.host in ("list", "tuple"):
        unit.edit_argument(node.value, unit.array(node.value))
    if x.dtype != "float" and isinstance(node.op, ast.Div) and value.number and (x.fresh or is_own(unit, target)):
        # a result without axes is a number in NumPy, and an array of integers elsewhere, where `/=` is an error
        unit.edit(node, [target.id, f" = {target.id} / ", unit.hole(node.value, [node.value])])
    elif x.dtype == "int" and isinstance(node.op, ast.Div):
        whole = f" = {unit.ns('astype')}({target.id}, {unit.ns('float64')}) / "
        unit.edit(node, [target.id, whole, unit.hole(node.value, [node.value])])


def _without_mask(unit: Unit, value: ast.expr, mask: ast.expr) -> bool:
    """`x[m] = y[m] + 1`: whether the value may be computed everywhere; then its reads under the mask are dropped."""
    wanted = ast.dump(mask)
    reads: list[ast.Subscript] = []
    stack: list[ast.expr] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Subscript) and ast.dump(node.slice) == wanted:
            reads.append(node)
        elif isinstance(node, ast.BinOp):
            stack += [node.left, node.right]
        elif isinstance(node, ast.UnaryOp):
            stack.append(node.operand)
        elif (
            isinstance(node, ast.Call)
            and unit.dotted(node.func).rpartition(".")[2] in ELEMENTWISE
            and not node.keywords
        ):
            stack += node.args
        elif not (unit.value(node).number or (unit.value(node).array and unit.value(node).ndim == 0)):
            return False
    for read_ in reads:
        unit.edits[read_] = [read_.value]
    return bool(reads)


def _mask(unit: Unit, index: ast.expr) -> ast.expr | None:
    """The part of an index that is a mask."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        value = unit.value(part).some
        if value.dtype == "bool" and (value.array or value.numeric):
            return part
    return None


def _index_trouble(unit: Unit, target: ast.Subscript) -> bool:
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    return any(isinstance(part, ast.List) or _backward(part) for part in parts) or _mask(unit, target.slice) is not None


def _backward(part: ast.expr) -> bool:
    """Whether a slice runs backwards."""
    return (
        isinstance(part, ast.Slice)
        and part.step is not None
        and _number(part.step) is not None
        and (_number(part.step) or 0) < 0
    )


def _runs_backward(unit: Unit, index: ast.expr) -> bool:
    """Whether an index is a tuple that may hold slices which run backwards: some are made with a step in sight."""
    if unit.value(index).host != "tuple" or isinstance(index, ast.Tuple):
        return False
    return any(
        isinstance(inner, ast.Call)
        and unit.dotted(inner.func) == "builtins.slice"
        and len(inner.args) == 3
        and not (isinstance(inner.args[2], ast.Constant) and (inner.args[2].value is None or inner.args[2].value > 0))
        for inner in ast.walk(unit.node)
    )


def _number(node: ast.expr | None) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    return None


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
    if part.step is not None and (_number(part.step) != -1 or not _written(part)):
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
    return all(bound is None or _number(bound) is not None for bound in (part.lower, part.upper))


def _forward(unit: Unit, node: ast.Subscript, part: ast.Slice) -> str:
    """The slice that takes the same places in their order."""
    lower, upper = _number(part.lower), _number(part.upper)
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
