"""Reading and writing places of arrays: masks, backward slices, and `x[i] = v` as `x = ops.at(x)[i].set(v)`.

A store into an array that this function made, and that nobody else holds, becomes a new array under the old name;
`copy=False` lets a backend that can write do so. A store into the caller's array stays what it is: all three libraries
write there, and the caller means it. Only `x[...] = v` becomes `x[()] = v`, because MLX would take over the dtype of v.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow.calls import ELEMENTWISE
from emberharmony.purify.rewrite.indices import as_index, is_backward, mask_in
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

WHOLE = "[()]"  # all places of an array, in its own dtype

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
    for inner in nested:
        _keep_dtype(unit, inner)
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
    mask = mask_in(unit, target.slice)
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
                f"`{unit.text.source(name)}` may be a view: a store reaches the array behind it, but not on MLX",
            )
        _keep_dtype(unit, target)
        return None  # written in place, as the caller of this function sees it
    if mask is None and unit.one_by_one is None and _stores_items_in_a_loop(unit, node, target.slice):
        unit.one_by_one = node
    at: Pieces = [f"{unit.ns('at')}({name.id}, copy=False)"]
    index: Pieces = _index(unit, target.slice)
    operator = type(node.op) if isinstance(node, ast.AugAssign) else None
    if operator is not None and operator not in _SIGNS:
        raise RefusedError(node, "this augmented store")
    if mask is not None and mask is target.slice:
        whole = _without_mask(unit, inner, mask)
        alike = value.number or (value.array and value.ndim == 0)
        if operator is None and not alike and whole:
            keeps = x.dtype == "float" and (_is_of(unit, name, inner) or _is_widest(unit, name))
            new = [inner] if keeps else _cast(unit, name, [inner])
            return [name.id, " = ", unit.ns("where"), "(", mask, ", ", new, ", ", name.id, ")"]
        if operator is not None:
            if not (whole or alike):
                raise RefusedError(
                    node, "what is computed under a mask may be as long as the mask is true: say it with where"
                )
            new = [f"{name.id} {_SIGNS[operator]} ", unit.hole(inner, [inner])]
            if not (
                _is_of(unit, name, inner) or _is_widest(unit, name)
            ):  # whole numbers with floats are an error of NumPy's here
                new = _cast(unit, name, new)
            return [name.id, " = ", unit.ns("where"), "(", mask, ", ", new, f", {name.id})"]
    if operator is None:
        return [name.id, " = ", at, "[", index, "].set(", inner, ")"]
    current: Pieces = [name.id, "[", index, f"] {_SIGNS[operator]} ", unit.hole(inner, [inner])]
    return [name.id, " = ", at, "[", index, "].set(", current, ")"]


def _keep_dtype(unit: Unit, target: ast.Subscript) -> None:
    """Write into all places of an array so that its dtype stays on MLX, too."""
    if isinstance(target.slice, ast.Constant) and target.slice.value in (..., None):
        unit.edit(target.slice, [WHOLE[1:-1]])


def _stores_items_in_a_loop(unit: Unit, node: ast.stmt, index: ast.expr) -> bool:
    """Whether a store is of single places, again and again: of one item, or of a row, whatever that costs beside it."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return not any(isinstance(part, ast.Slice) or unit.value(part).array for part in parts) and any(
        isinstance(around, ast.For | ast.While) for around in unit.flow.names.around(node)
    )


def _is_of(unit: Unit, name: ast.Name, value: ast.expr) -> bool:
    """Whether a value is computed from one array and numbers alone."""
    names = [inner for inner in ast.walk(value) if isinstance(inner, ast.Name) and not unit.dotted(inner)]
    return all(inner.id == name.id or unit.value(inner).number for inner in names)


def _is_widest(unit: Unit, name: ast.Name) -> bool:
    """Whether a name only ever holds what is made as float64, which no other float widens."""
    found = unit.flow.names.bindings(name.id, unit.flow.names.scope(name))
    return found is not None and all(
        isinstance(binding.value, ast.Call)
        and unit.dotted(binding.value.func) in ("numpy.zeros", "numpy.ones", "numpy.empty", "numpy.eye")
        and len(binding.value.args) == 1
        and not binding.value.keywords
        for binding in found[1]
    )


def _cast(unit: Unit, name: ast.Name, value: Pieces) -> Pieces:
    """A store casts to the dtype of the array; `where` would promote both."""
    return [unit.ns("astype"), "(", value, f", {name.id}.dtype)"]


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
    mask = mask_in(unit, target.slice)
    value: Pieces = [node.value]
    if isinstance(node, ast.AugAssign):
        value = [row, "[", target.slice, f"] {_SIGNS[type(node.op)]} ", unit.hole(node.value, [node.value])]
    if mask is not None or is_backward(target.slice):
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
        unit.edit(node, [x.id, " = " if unit.value(x).fresh else f"{WHOLE} = ", made])
        return
    if unit.value(base).fresh:
        assert isinstance(x, ast.Subscript)
        unit.edit(node, [base.id, " = ", f"{unit.ns('at')}({base.id}, copy=False)[", x.slice, "].set(", made, ")"])
        return
    unit.edit(node, [x, " = ", made])


def _index(unit: Unit, index: ast.expr) -> Pieces:
    """An index, its lists as arrays."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        if isinstance(part, ast.List) or unit.value(part).host in ("list", "range"):
            unit.edit_argument(part, as_index(unit, part))
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


def _index_trouble(unit: Unit, target: ast.Subscript) -> bool:
    parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
    return (
        any(isinstance(part, ast.List) or is_backward(part) for part in parts)
        or mask_in(unit, target.slice) is not None
    )
