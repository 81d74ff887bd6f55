"""A line of the table applied to a call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.dtype_names import dtype_name
from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.recipes.table import Parameter, Recipe
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Pieces, flat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emberharmony.purify.rewrite.unit import Unit

_OPTIONS = frozenset({"rtol", "atol", "equal_nan", "k"})
_IGNORED = frozenset(
    [
        "order",
        "kind",
        "kth",
        "overwrite_input",
        "overwrite_a",
        "overwrite_b",
        "check_finite",
        "assume_unique",
        "assume_a",
        "hermitian",
        "subok",
        "casting",
        "optimize",
        "copy",
    ]
)
_RENAMED = {
    ("clip", "a_min"): "low", ("clip", "a_max"): "high", ("clip", "min"): "low", ("clip", "max"): "high",
    ("percentile", "interpolation"): "method", ("quantile", "interpolation"): "method",
    ("reshape", "newshape"): "shape",
}  # fmt: skip


def apply(unit: Unit, node: ast.Call, recipe: Recipe, receiver: ast.expr | None) -> None:
    """Turn one call into what its recipe says."""
    given = _given(unit, node, recipe, receiver)
    if recipe.template:
        _fill(unit, node, recipe, given, receiver)
        return
    dropped = [name for name in given if not recipe.takes(name)]
    narrowing = given.get("dtype") if "dtype" in dropped else None
    for name in dropped:
        if given[name] is not narrowing or recipe.parameters[0].mark not in ("!", "^"):
            _check_dropped(unit, node, recipe, name, given[name])
    for name in ("out",):
        if name in dropped:
            raise RefusedError(node, f"out= writes into an array: assign the result of numpy.{recipe.name}")
    order = [
        parameter.name for parameter in recipe.parameters if parameter.name in given and parameter.name not in dropped
    ]
    wanted = [source for _, source in recipe.arguments if source in given]
    positional = [source for name, source in recipe.arguments if not name and source in given]
    names = {source: name for name, source in recipe.arguments}
    unnamed = [source for name, source in recipe.arguments if not name]
    if positional != unnamed[: len(positional)]:
        raise RefusedError(node, f"numpy.{recipe.name} is called without one of its first arguments")
    spelled = [p for p in recipe.parameters if p.default is not None and p.name not in given and recipe.takes(p.name)]
    constants = [(name, source) for name, source in recipe.arguments if source in ("FLOAT", "INNER")]
    pieces = {name: _argument(unit, recipe, name, value, node) for name, value in given.items() if name not in dropped}
    _binary(unit, node, recipe, given, pieces)
    if isinstance(narrowing, ast.expr) and not is_none(narrowing):
        first = recipe.parameters[0].name
        pieces[first] = [unit.ns("astype"), "(", pieces[first], ", ", unit.dtype(narrowing), ")"]
    tail = [f", {names[p.name]}={p.default}" if names[p.name] else f", {p.default}" for p in spelled]
    tail += [f", {name}={unit.ns('float64') if source == 'FLOAT' else '((-1,), (-1,))'}" for name, source in constants]
    function = unit.ns(recipe.function)
    if order != wanted or dropped or (receiver is not None and order[:1] != [recipe.parameters[0].name]):
        parts: list[Pieces] = []
        for source in wanted:
            label = names[source]
            star = "*" if any(p.many for p in recipe.parameters if p.name == source) else ""
            parts += [", " if parts else "", f"{label}=" if label else star, pieces[source]]
        unit.edit(node, [function, "(", *parts, *tail, ")"])
        return
    # the arguments stay where they are: only their names and themselves change
    for name in wanted:
        for argument, holder in _places(unit, node, recipe, name, given, receiver):
            label = names[name]
            if isinstance(holder, ast.keyword):
                unit.edit(holder, [f"{label}=" if label else "", pieces[name]])
            elif not (receiver is not None and argument is receiver) and not isinstance(argument, list):
                new: Pieces = [f"{label}=", pieces[name]] if label else pieces[name]
                if list(new) != [argument]:
                    unit.edit_argument(argument, new)
    _check_order(unit, node, positional, names, given)
    if receiver is None:
        unit.edit(node.func, [function])
        if tail:
            unit.edit(node, [node.func, unit.inside(node, opened=True), *tail, unit.closing(node)])
    else:
        inner = unit.inside(node)
        rest: Pieces = [", ", inner] if node.args or node.keywords else []
        unit.edit(node, [function, "(", pieces[recipe.parameters[0].name], rest, *tail, unit.closing(node)])


def _check_order(
    unit: Unit, node: ast.Call, positional: list[str], names: dict[str, str], given: Mapping[str, object]
) -> None:
    """A keyword before a positional argument would be a syntax error."""
    labels = [names.get(name, "") for name in given if name in names]
    seen = False
    for label in labels:
        seen = seen or bool(label)
        if seen and not label:
            raise RefusedError(node, "the arguments would change their order")


def _given(
    unit: Unit, node: ast.Call, recipe: Recipe, receiver: ast.expr | None
) -> dict[str, ast.expr | list[ast.expr]]:
    """The arguments by the names of NumPy's parameters, in their order."""
    places = list(recipe.parameters)
    arguments = list(node.args)
    if receiver is not None:
        arguments.insert(0, receiver)
    found: dict[str, ast.expr | list[ast.expr]] = {}
    if places and places[0].many:
        found[places[0].name] = arguments
        arguments = []
    if len(arguments) > len(places):
        raise RefusedError(node, f"numpy.{recipe.name} is called with {len(arguments)} arguments")
    for parameter, argument in zip(places, arguments, strict=False):
        found[parameter.name] = argument
    known = {parameter.name for parameter in places}
    for word in node.keywords:
        name = _RENAMED.get((recipe.name, word.arg or ""), word.arg or "")
        if not name:
            raise RefusedError(node, f"numpy.{recipe.name} is called with **options")
        if name not in known:
            name = _first_name(name, places, found)
        if name not in known:
            if word.arg in _IGNORED or is_none(word.value):
                found[word.arg or ""] = word.value
                continue
            raise RefusedError(
                node, f"numpy.{recipe.name} is called with {word.arg}=, which ops.{recipe.function} has not"
            )
        found[name] = word.value
    return {p.name: found[p.name] for p in places if p.name in found} | {
        k: v for k, v in found.items() if k not in known
    }


def _check_dropped(unit: Unit, node: ast.Call, recipe: Recipe, name: str, value: ast.expr | list[ast.expr]) -> None:
    if name in _IGNORED or (isinstance(value, ast.expr) and is_none(value)):
        return
    if name == "dtype" and isinstance(value, ast.expr) and dtype_name(value, unit.dotted(value)) == "float64":
        unit.settle(*ast.walk(value))
        return
    if isinstance(value, ast.Constant) and value.value is False:
        return
    raise RefusedError(node, f"numpy.{recipe.name} is called with {name}=, which ops.{recipe.function} has not")


def _argument(unit: Unit, recipe: Recipe, name: str, value: ast.expr | list[ast.expr], node: ast.Call) -> Pieces:
    parameter = next((p for p in recipe.parameters if p.name == name), Parameter(name))
    if isinstance(value, list):
        parts: list[Pieces] = []
        for one in value:
            pieces = [one] if isinstance(one, ast.Starred) or not parameter.mark else unit.array(one)
            if list(pieces) != [one]:
                unit.edit_argument(one, pieces)
            parts += [", " if parts else "", pieces]
        return parts
    if is_none(value):
        return [value]
    match parameter.mark:
        case "!":
            return _owned(unit, value, node, unit.array(value))
        case "^":
            return _owned(unit, value, node, unit.array(value, floats=True))
        case "&":
            asked = unit.array(value)
            plain = unit.value(value).some.dtype == "bool"
            return asked if plain else [unit.ns("astype"), "(", asked, ", ", unit.ns("bool"), ")"]
        case "?":
            known = unit.value(value)
            return unit.array(value) if known.array or known.host in ("list", "tuple") else [value]
        case "%":
            known = unit.value(value)
            if known.number:
                raise RefusedError(value, "a number beside an array: give it the axes of the array first")
            return unit.array(value) if known.array or known.host in ("list", "tuple") else [value]
        case "#":
            return unit.shape(value)
        case "*":
            return unit.arrays(value)
        case ":":
            return unit.dtype(value)
        case _:
            return [value]


def _owned(unit: Unit, value: ast.expr, node: ast.Call, pieces: Pieces) -> Pieces:
    """The receiver of a method is an array already: it has the method."""
    if isinstance(node.func, ast.Attribute) and node.func.value is value and not unit.dotted(node.func):
        parts = flat(pieces)
        if parts and parts[0] == unit.ns("asarray") + "(":
            for asked in unit.asked.values():
                asked[:] = [one for one in asked if one is not pieces]
            return [value]
    return pieces


def _binary(
    unit: Unit, node: ast.Call, recipe: Recipe, given: dict[str, ast.expr | list[ast.expr]], pieces: dict[str, Pieces]
) -> None:
    """Of two operands one has to be an array; Python numbers may stay what they are."""
    marked = [p for p in recipe.parameters if p.mark == "~" and p.name in given]
    operands = {p.name: operand for p in marked if isinstance(operand := given[p.name], ast.expr)}
    arrays = [p for p in recipe.parameters if p.mark in ("!", "^") and p.name in given]
    values = {name: unit.value(operand) for name, operand in operands.items()}
    sure = bool(arrays) or any(value.array and value.sure for value in values.values())
    kinds = {value.dtype for value in values.values()}
    kinds |= {unit.value(x).dtype for x in (given[p.name] for p in arrays) if isinstance(x, ast.expr)}
    for name, argument in operands.items():
        value = values[name]
        if is_none(argument) or (value.number and sure):
            continue
        mixed = value.array and value.dtype == "int" and "float" in kinds
        if value.number or not (value.array and value.sure) or mixed:
            pieces[name] = unit.array(argument, floats=mixed)
            sure = True


def _places(
    unit: Unit,
    node: ast.Call,
    recipe: Recipe,
    name: str,
    given: dict[str, ast.expr | list[ast.expr]],
    receiver: ast.expr | None,
) -> list[tuple[ast.expr | list[ast.expr], ast.AST | None]]:
    argument = given[name]
    if isinstance(argument, list):
        return [(argument, None)]
    holder = next((word for word in node.keywords if word.value is argument), None)
    return [(argument, holder if holder is not None else receiver if argument is receiver else None)]


def _fill(
    unit: Unit, node: ast.Call, recipe: Recipe, given: dict[str, ast.expr | list[ast.expr]], receiver: ast.expr | None
) -> None:
    for name, value in given.items():
        if not recipe.takes(name):
            _check_dropped(unit, node, recipe, name, value)
    pieces = {name: _argument(unit, recipe, name, value, node) for name, value in given.items() if recipe.takes(name)}
    _binary(unit, node, recipe, given, pieces)
    unit.edit(node, unit.tight(node, _template(unit, recipe.template, pieces, given)))


def _template(
    unit: Unit, template: str, pieces: dict[str, Pieces], given: dict[str, ast.expr | list[ast.expr]]
) -> Pieces:
    """Text with holes; what is needed twice is computed once."""
    parts: list[Pieces] = []
    seen: dict[str, str] = {}
    loose = not template.startswith("@") or any(sign in template for sign in (" * ", " / ", " ** ", " + ", " - "))
    for i, part in enumerate(template.replace("@", unit.ns("")).replace("{", "\0").replace("}", "\0").split("\0")):
        if i % 2 == 0:
            parts.append(part)
            continue
        if part not in pieces:
            continue  # an option that was not given
        argument = given[part]
        new: Pieces = pieces[part]
        if template.count(f"{{{part}}}") > 1 and not isinstance(argument, ast.Name):
            if part in seen:
                new = [seen[part]]
            else:
                seen[part] = unit.spare(part)
                new = ["(", seen[part], " := ", new, ")"]
        elif isinstance(argument, ast.AST) and loose:
            new = unit.hole(argument, new)
        if part in _OPTIONS:
            new = [f", {part}=", new] if part not in ("k",) else [", ", new]
        parts.append(new)
    return parts


def _first_name(name: str, places: list[Parameter], found: dict[str, ast.expr | list[ast.expr]]) -> str:
    """`np.sum(a=x)`, `np.exp(x=y)`: the array under the name that NumPy's documentation gives it."""
    if (
        name in ("a", "x", "m", "v", "arr", "ary", "array", "tup", "arrays", "x1", "p")
        and places
        and places[0].name not in found
    ):
        return places[0].name
    if name in ("b", "x2", "y") and len(places) > 1 and places[1].name not in found:
        return places[1].name
    return name
