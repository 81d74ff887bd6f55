"""What the names of one module mean, and what its expressions are; functions are followed when somebody asks, and once.

A call is followed with what the function's parameters are for everybody; where that says nothing, again with the
call's own arguments.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.purify.flow import calls, numpydoc
from emberharmony.purify.flow.annotations import annotation, literal
from emberharmony.purify.flow.classes import Classes
from emberharmony.purify.flow.interpreter import Environment, Interpreter
from emberharmony.purify.flow.signature import Signature
from emberharmony.purify.flow.values import (
    ARRAY,
    FLOAT,
    NONE,
    NOTHING,
    OTHER,
    UNKNOWN,
    Kind,
    Value,
    joined,
    loosened,
)
from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library
from emberharmony.purify.names import BUILTINS, FUNCTIONS, Binding, Function, Names, Scope, defaults, parameters

if TYPE_CHECKING:
    from emberharmony.purify.flow.project import Project

DEPTH = 3  # calls that are followed with their own arguments, one in the other
AGAIN = 2  # times that a function is followed for nothing
RUNNING = 40  # functions that are being followed at once


class _Pass:
    """What has been found so far; there are two passes, see `Flow.draft`."""

    def __init__(self) -> None:
        self.done: dict[ast.AST, Interpreter] = {}
        self.running: dict[ast.AST, Interpreter] = {}
        self.values: dict[ast.expr, Value] = {}  # of all that is done
        self.again: dict[ast.AST, int] = {}
        self.given: dict[ast.AST, Environment] = {}
        self.results: dict[object, Value] = {}
        self.constants: dict[tuple[Scope, str], Value] = {}


class Flow:
    """What the names of one module mean, and what its expressions are."""

    def __init__(self, project: Project, names: Names, path: Path | None = None, *, hops: int = 0) -> None:
        self.project = project
        self.names = names
        self.path = path
        self.hops = hops  # modules between this one and the one that somebody asks about
        self._passes = (_Pass(), _Pass())
        self._asking: list[tuple[ast.AST, str]] = []
        self._depth = 0
        self._led: dict[tuple[str, int], tuple[Flow, str] | None] = {}
        self._led_at = -1
        self._unfollowed = Interpreter(self, ast.Pass(), {}, {})
        self._unfollowed.returned = UNKNOWN
        self._signature = Signature(self)
        self._classes = Classes(self)
        project.owners.update(dict.fromkeys(names.opened, self))

    # -- what rules and the rewriter ask --

    def resolve(self, node: ast.AST) -> str | None:
        """The dotted name that an expression stands for: "numpy.linalg.norm"."""
        return self.names.resolve(node)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node around a node."""
        return self.names.parents.get(node)

    def function(self, node: ast.AST) -> str:
        """The qualified name of the function that a node stands in."""
        return self.names.qualified(node)

    def kind(self, node: ast.expr) -> Kind:
        """Whether an expression is an array."""
        return self.value(node).kind

    def value(self, node: ast.expr) -> Value:
        """What is known of an expression."""
        told = self.project.told
        if told is not None and isinstance(node, ast.Name):
            kind = told(self.function(node), self.home(node), node.id)
            if kind is not None and kind is not Kind.UNKNOWN:
                return ARRAY if kind is Kind.ARRAY else OTHER
        found = self._passes[self.project.drafting].values.get(node)
        return found if found is not None else self.analysis(self.home(node)).values.get(node, UNKNOWN)

    def parameters(self, node: Function) -> Environment:
        """What the parameters of a function are."""
        given = self._passes[self.project.drafting].given
        if node not in given:
            given[node] = {}  # a function that asks for itself learns nothing
            given[node] = self._signature.parameters(node)
        return given[node]

    def parameter_of(self, node: ast.AST, name: str) -> Value:
        """What a parameter is where it is not None; NOTHING for a name that is no parameter."""
        if not isinstance(node, FUNCTIONS) or name not in {argument.arg for argument in parameters(node)}:
            return NOTHING
        return self.parameters(node).get(name, UNKNOWN).some

    def calls_of(self, node: ast.AST) -> list[ast.Call]:
        """The calls of a function or method of this module within this module."""
        return self._signature.calls_of(node)

    def defined(self, dotted: str) -> tuple[Flow, ast.AST] | None:
        """The function or class of the project that a dotted name stands for, and the flow of its module."""
        flow, name = self._leads(dotted) or (self, "")
        bindings = flow.names.root.bound.get(name, ())
        if len(bindings) == 1 and isinstance(bindings[0].node, (*FUNCTIONS, ast.ClassDef)):
            return flow, bindings[0].node
        return None

    def forget(self) -> None:
        """Let go of everything: nothing can be asked any more."""
        vars(self).clear()

    # -- what the interpreter asks --

    def annotation(self, node: ast.expr | None) -> Value:
        """What an annotation says."""
        return annotation(node)

    def attribute(self, node: ast.ClassDef, name: str) -> Value:
        """An attribute of an instance of a class of the project."""
        return self.project.owners.get(node, self)._classes.attribute(node, name)

    def base(self, node: ast.AST) -> Value:
        """What `super()` is in a method: an instance of the first base of its class."""
        return self._classes.base(node)

    def analysis(self, node: ast.AST) -> Interpreter:
        """The values inside a function, or of the module's own statements."""
        here = self._passes[self.project.drafting]
        found = here.done.get(node)
        if found is not None:
            return found
        if node in here.running:
            return here.running[node]
        if len(here.running) > RUNNING:
            return self._unfollowed
        given = self.parameters(node) if isinstance(node, FUNCTIONS) else {}
        if node in here.done:
            return here.done[node]
        found = Interpreter(self, node, given, self._closure(node))
        unfinished = self.project.unfinished
        here.running[node] = found
        try:
            found.follow()
        finally:
            del here.running[node]
        if unfinished != self.project.unfinished and self.project.drafting and here.again.get(node, 0) < AGAIN:
            here.again[node] = here.again.get(node, 0) + 1
            return found  # it has seen an attribute that is still being asked for: it is followed again later
        here.done[node] = found
        here.values.update(found.values)
        return found

    def draft(self, node: ast.expr) -> Value:
        """What an expression is if nothing is concluded from calls.

        A parameter may be told by the calls of its function. They stand in functions with parameters of their own: so
        that no question leads back to itself, the callers are followed in a pass where parameters are what they are
        said to be.
        """
        before, self.project.drafting = self.project.drafting, True
        try:
            return self.value(node)
        finally:
            self.project.drafting = before

    def called(self, node: ast.AST, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
        """The result of a call of a function or class that the project defines."""
        owner = self.project.owners.get(node, self)
        if owner is not self:
            return owner.called(node, call, arguments, named)
        if isinstance(node, ast.ClassDef):
            return Value(Kind.OTHER, host="instance", node=node)
        if not isinstance(node, FUNCTIONS):
            return UNKNOWN
        followed = self.analysis(node)
        result = followed.returned if not followed.running else NOTHING
        if not result.unknown:
            return loosened(result)
        said = self._result(node)
        if not said.unknown:
            return said
        given = self._given(node, call, arguments, named)
        if given is None or followed.running:
            return result  # a function that calls itself: what its other paths return
        here = self._passes[self.project.drafting]
        key = (node, tuple(sorted((name, _plain(value)) for name, value in given.items())))
        if key not in here.results:
            here.results[key] = UNKNOWN
            self._depth += 1
            try:
                again = Interpreter(self, node, given, self._closure(node)).follow()
                here.results[key] = UNKNOWN if again.returned is NOTHING else loosened(again.returned)
            finally:
                self._depth -= 1
        return here.results[key]

    def free(self, name: str, node: ast.expr) -> Value:
        """A name that the function itself does not bind."""
        here = self.names.scope(node)
        found = self.names.bindings(name, here)
        if found is None:
            dotted = self.names.meaning(name, here)
            if dotted is not None:
                return self.named(dotted)
            return Value(Kind.OTHER, host="function") if name in BUILTINS else UNKNOWN
        scope, bindings = found
        if isinstance(scope.node, FUNCTIONS):
            return self.analysis(scope.node).everything.get(name, UNKNOWN)
        return self.constant(scope, name, bindings)

    def named(self, dotted: str) -> Value:
        """The value of a dotted name, not called."""
        home, _, short = dotted.partition(".")
        if home == "builtins":
            return Value(Kind.OTHER, host="function", name=dotted)
        if home in ("numpy", "math", "cmath"):
            if short == "newaxis":
                return NONE
            if short in know.CONSTANTS or (home != "numpy" and short == "tau"):
                return FLOAT
            if short in know.DTYPES:
                return Value(Kind.OTHER, host="dtype", dtype=calls.dtype_kind(ast.Name(short)), name=dotted)
            return Value(Kind.OTHER, host="function", name=dotted)
        if home in ARRAY_LIBRARIES or home == "scipy":
            return Value(Kind.OTHER, host="function", name=dotted)
        there = self._leads(dotted)
        if there is not None:
            flow, name = there
            return flow.constant(flow.names.root, name, flow.names.root.bound[name])
        return Value(Kind.UNKNOWN, name=dotted)

    def constant(self, scope: Scope, name: str, bindings: list[Binding]) -> Value:
        """What a name of the module or of a class is."""
        constants = self._passes[self.project.drafting].constants
        key = (scope, name)
        if key not in constants:
            constants[key] = UNKNOWN
            found = joined([self._bound(binding) for binding in bindings])
            constants[key] = UNKNOWN if found is NOTHING else loosened(found)
        return constants[key]

    # -- inside --

    def _leads(self, dotted: str, deep: int = DEPTH) -> tuple[Flow, str] | None:
        """The module that binds what a dotted name stands for, and the name there; modules hand names on."""
        if library(dotted) in ARRAY_LIBRARIES:
            return None
        if self._led_at != self.project.state:
            self._led, self._led_at = {}, self.project.state
        key = (dotted, deep)
        if key not in self._led:
            self._led[key] = self._followed(dotted, deep)
        return self._led[key]

    def _followed(self, dotted: str, deep: int) -> tuple[Flow, str] | None:
        found = self._find(dotted)
        if found is None or not found[1] or "." in found[1]:
            return None
        flow, name = found
        root = flow.names.root
        bindings = root.bound.get(name)
        if bindings is None:
            handed = (self._leads(f"{star}.{name}", deep - 1) for star in root.stars if deep)
            return next((there for there in handed if there is not None), None)
        target = bindings[0].target if len(bindings) == 1 else None
        if target is None or target == dotted or not deep:
            return flow, name
        return self._leads(target, deep - 1) or (flow, name)

    def _find(self, dotted: str) -> tuple[Flow, str] | None:
        own = self.names.module
        if own and dotted.startswith(f"{own}.") and dotted[len(own) + 1 :].partition(".")[0] in self.names.root.bound:
            return self, dotted[len(own) + 1 :]
        return self.project.find(dotted, self.hops)

    def home(self, node: ast.AST) -> ast.AST:
        """The function that evaluates a node, or the module: decorators, defaults and annotations belong outside."""
        scope = self.names.scope(node).function
        return self.names.tree if scope is None else scope.node

    def _closure(self, node: ast.AST) -> Environment:
        found: Environment = {}
        for around in self.names.around(node):
            if isinstance(around, FUNCTIONS):
                found = {**self.analysis(around).everything, **found}
        return found

    def _given(
        self, node: Function, call: ast.Call, arguments: list[Value], named: dict[str, Value]
    ) -> Environment | None:
        """The parameters, with the arguments of a call where they say more; None if they say no more."""
        if self._depth >= DEPTH or any(isinstance(argument, ast.Starred) for argument in call.args):
            return None
        given = dict(self.parameters(node))
        names = [argument.arg for argument in parameters(node)]
        if isinstance(self.parent(node), ast.ClassDef) and names[:1] in (["self"], ["cls"]):
            names = names[1:]
        told = dict(zip(names, arguments, strict=False)) | named
        refined = {
            name: loosened(value)
            for name, value in told.items()
            if name in given and given[name].unknown and not value.unknown
        }
        for name, default in defaults(node).items():  # what the call leaves out
            if name in given and name not in told and given[name].unknown and not literal(default).unknown:
                refined[name] = literal(default)
        return given | refined if refined else None

    def _result(self, node: Function) -> Value:
        """What annotation and documentation say of the result."""
        if isinstance(node, ast.Lambda):
            return UNKNOWN
        said = annotation(node.returns)
        return said if not said.unknown else numpydoc.result(ast.get_docstring(node, clean=False) or "")

    def _bound(self, binding: Binding) -> Value:
        if isinstance(binding.node, (*FUNCTIONS, ast.ClassDef)):
            host = "class" if isinstance(binding.node, ast.ClassDef) else "function"
            return Value(Kind.OTHER, host=host, node=binding.node)
        if binding.target is not None:
            return self.named(binding.target)
        if binding.value is not None:
            value = self.analysis(self.names.tree).values.get(binding.value, UNKNOWN)
            return value if not value.unknown else literal(binding.value)
        if isinstance(binding.node, ast.Name):
            return self.analysis(self.names.tree).values.get(binding.node, UNKNOWN)
        return UNKNOWN


def _plain(value: Value) -> str:
    return f"{value.kind.name} {value.host} {value.dtype} {value.ndim} {value.name} {id(value.node)}"
