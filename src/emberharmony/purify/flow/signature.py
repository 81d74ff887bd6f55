"""What the parameters of functions are.

A parameter is what its annotation says, else its documentation, its default, the calls within the module, the same name
in other functions, or how the body uses it, in this order.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow import numpydoc
from emberharmony.purify.flow.annotations import annotation, known, last_name, literal
from emberharmony.purify.flow.use import used_as
from emberharmony.purify.flow.values import (
    NOTHING,
    NUMERIC,
    UNKNOWN,
    Kind,
    Value,
    array,
    join,
    loosened,
    optional,
    sequence,
)
from emberharmony.purify.names import Function, defaults, parameters

if TYPE_CHECKING:
    from emberharmony.purify.flow.interpreter import Environment
    from emberharmony.purify.flow.module import Flow

CUSTOMARY = frozenset({"X"})  # the observations, in everything that is written like scikit-learn
SITES = 12  # calls that are looked at


class Signature:
    """The parameters of the functions of one module."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._sites: dict[ast.AST, list[ast.Call]] | None = None
        self._methods: dict[str, list[ast.Call]] = {}
        self._peers: dict[str, Value] | None = None
        self._said: dict[ast.AST, Environment] = {}
        self._asking: set[tuple[ast.AST, str]] = set()

    def parameters(self, node: Function) -> Environment:
        """What the parameters of a function are, as far as anything says it."""
        found: Environment = {}
        given = defaults(node)
        owner = self._flow.parent(node)
        said = self.said(node)
        for place, argument in enumerate(parameters(node)):
            name = argument.arg
            if place == 0 and isinstance(owner, ast.ClassDef) and name in ("self", "cls"):
                found[name] = Value(Kind.OTHER, host="instance" if name == "self" else "class", node=owner)
            elif argument is node.args.vararg:
                found[name] = sequence("tuple", item=known(said[name]))
            elif argument is node.args.kwarg:
                found[name] = sequence("dict")
            else:
                found[name] = self.parameter(node, name, place, given.get(name))
        return found

    def parameter(self, node: Function, name: str, place: int, default: ast.expr | None) -> Value:
        """What one parameter is."""
        value = self.said(node)[name]
        by_default = literal(default)
        if value.name == "optional":
            return optional(assumed(value.some))
        if value.array and by_default.number:  # "array, default 1.0": a number as often as not
            return NUMERIC
        if value.unknown and (by_default.host in ("int", "bool", "str", "tuple")):
            value = by_default
        if value.unknown and not self._flow.project.drafting:
            value = self._from_sites(node, name, place)
        if value.unknown and not value.numeric:
            used = used_as(self._flow, node, name)
            value = value if used.unknown and not used.numeric else used
        if value.unknown and not isinstance(node, ast.Lambda):
            value = self._peer(name, value)
        if value.unknown and place == 1 and not isinstance(node, ast.Lambda) and _sets(node):
            owner = self._flow.parent(node)
            value = self._flow.attribute(owner, node.name) if isinstance(owner, ast.ClassDef) else value
        if value.unknown and by_default.host == "float":
            value = NUMERIC
        if value.array and by_default.host == "None":
            return optional(assumed(value))
        return assumed(value)

    def said(self, node: Function) -> Environment:
        """What annotations and documentation say of each parameter."""
        if node not in self._said:
            told = documented(self._flow, node)
            found: Environment = {}
            for argument in parameters(node):
                value = annotation(argument.annotation)
                found[argument.arg] = told.get(argument.arg, UNKNOWN) if value is UNKNOWN else value
            self._said[node] = found
        return self._said[node]

    def calls_of(self, node: ast.AST) -> list[ast.Call]:
        """The calls of a function or method of this module within this module."""
        sites = self._sites if self._sites is not None else self._collected()
        owner = self._flow.parent(node)
        if not isinstance(owner, ast.ClassDef) or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return sites.get(node, [])
        related = self._related(owner)
        return [call for call in self._methods.get(node.name, ()) if self._class_around(call) in related]

    # -- inside --

    def _collected(self) -> dict[ast.AST, list[ast.Call]]:
        names = self._flow.names
        sites = self._sites = dict[ast.AST, list[ast.Call]]()
        calls = [call for call in names.kinds.get(ast.Call, ()) if isinstance(call, ast.Call)]
        for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
            func = call.func
            if isinstance(func, ast.Name):
                found = names.bindings(func.id, names.scope(call))
                if found is not None and len(found[1]) == 1:
                    sites.setdefault(found[1][0].node, []).append(call)
            elif (
                isinstance(func, ast.Attribute)
                and isinstance(func.value, ast.Name)
                and func.value.id in ("self", "cls")
            ):
                self._methods.setdefault(func.attr, []).append(call)
        return sites

    def _class_around(self, node: ast.AST) -> ast.AST | None:
        return next((around for around in self._flow.names.around(node) if isinstance(around, ast.ClassDef)), None)

    def _related(self, node: ast.ClassDef) -> set[ast.AST | None]:
        """A class, and those of the module that derive from it or that it derives from directly."""
        bases = {last_name(base) for base in node.bases}
        related: set[ast.AST | None] = {node}
        for other in self._flow.names.kinds.get(ast.ClassDef, ()):
            if isinstance(other, ast.ClassDef) and (
                other.name in bases or node.name in {last_name(base) for base in other.bases}
            ):
                related.add(other)
        return related

    def _from_sites(self, node: Function, name: str, place: int) -> Value:
        """What the calls within the module give; several that agree, and none that contradicts."""
        if isinstance(node, ast.Lambda) or (node, name) in self._asking:
            return UNKNOWN
        self._asking.add((node, name))
        try:
            found, open_ends = NOTHING, False
            for call in self.calls_of(node)[:SITES]:
                argument = _argument(call, name, place - _bound_method(self._flow, node))
                value = NOTHING if argument is None else self._at_site(call, argument)
                if value is NOTHING:
                    continue
                if value.unknown and not value.numeric:
                    open_ends = True
                else:
                    found = join(found, value)
                if open_ends and found is not NOTHING and not found.array:
                    break  # whatever the others give, nothing is known
        finally:
            self._asking.discard((node, name))
        if found is NOTHING or (open_ends and not found.array):
            return UNKNOWN
        return loosened(found)

    def _at_site(self, call: ast.Call, argument: ast.expr) -> Value:
        """An argument's value; NOTHING where it is a parameter that is being asked for."""
        flow = self._flow
        if isinstance(argument, ast.Name):
            found = flow.names.bindings(argument.id, flow.names.scope(argument))
            if found is not None and len(found[1]) == 1 and isinstance(found[1][0].node, ast.arg):
                home = found[0].node
                if isinstance(home, ast.FunctionDef | ast.AsyncFunctionDef):
                    if (home, argument.id) in self._asking:
                        return NOTHING
                    place = [each.arg for each in parameters(home)].index(argument.id)
                    star = argument.id in {each.arg for each in (home.args.vararg, home.args.kwarg) if each}
                    owned = place == 0 and isinstance(flow.parent(home), ast.ClassDef)
                    if not star and not owned:
                        return self.parameter(home, argument.id, place, defaults(home).get(argument.id)).some
        return flow.draft(argument).some

    def _peer(self, name: str, otherwise: Value) -> Value:
        """What a parameter of the same name is said to be in the other functions of the module, if they agree."""
        if self._peers is None:
            found: dict[str, Value] = {}
            for kind in (ast.FunctionDef, ast.AsyncFunctionDef):
                for node in self._flow.names.kinds.get(kind, ()):
                    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                        for each, value in self.said(node).items():
                            if not value.unknown or value.numeric:
                                found[each] = join(found.get(each, NOTHING), value)
            self._peers = found
        value = self._peers.get(name, UNKNOWN)
        if value.array or (name in CUSTOMARY and value.unknown and not value.numeric):
            return array(sure=False)
        return otherwise


def documented(flow: Flow, node: Function) -> Environment:
    """What the docstring of a function says of its parameters, and that of its class of those of __init__."""
    if isinstance(node, ast.Lambda):
        return {}
    found = numpydoc.parameters(ast.get_docstring(node, clean=False) or "")
    owner = flow.parent(node)
    if isinstance(owner, ast.ClassDef) and node.name == "__init__":
        return {**numpydoc.parameters(ast.get_docstring(owner, clean=False) or ""), **found}
    return found


def assumed(value: Value) -> Value:
    """What is only said of a value: an array may be anything that NumPy would make one of."""
    return array(value.dtype, ndim=value.ndim, sure=False) if value.array else value


def _sets(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method sets a property: it is given what the property gives."""
    return any(isinstance(mark, ast.Attribute) and mark.attr == "setter" for mark in node.decorator_list)


def _argument(call: ast.Call, name: str, place: int) -> ast.expr | None:
    for word in call.keywords:
        if word.arg == name:
            return word.value
    if 0 <= place < len(call.args) and not any(isinstance(argument, ast.Starred) for argument in call.args):
        return call.args[place]
    return None


def _bound_method(flow: Flow, node: Function) -> int:
    """How many parameters come before those that a call writes."""
    if not isinstance(flow.parent(node), ast.ClassDef) or isinstance(node, ast.Lambda):
        return 0
    return 0 if any(last_name(decorator) == "staticmethod" for decorator in node.decorator_list) else 1
