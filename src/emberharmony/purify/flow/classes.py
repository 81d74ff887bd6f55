"""What the attributes of a project's classes are: what their methods assign to them, or their documentation says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.flow import numpydoc
from emberharmony.purify.flow.annotations import last_name, literal
from emberharmony.purify.flow.signature import assumed
from emberharmony.purify.flow.values import NOTHING, UNKNOWN, Kind, Value, join, loosened

if TYPE_CHECKING:
    from emberharmony.purify.flow.module import Flow

_PROPERTIES = frozenset({"property", "cached_property"})


class Classes:
    """The classes of one module."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._attributes: dict[tuple[ast.AST, str], Value] = {}
        self._asking: set[tuple[ast.AST, str]] = set()
        self._once: set[tuple[ast.AST, str]] = set()
        self._stores: dict[ast.AST, dict[str, list[tuple[ast.AST, ast.expr]]]] = {}

    def attribute(self, node: ast.ClassDef, name: str) -> Value:
        """`instance.name`. What is None at first and something else later counts as what it is later."""
        project = self._flow.project
        key = (node, name)
        if key in self._asking:
            project.unfinished += 1
            return NOTHING  # what rests on itself is what the rest says
        if key not in self._attributes:
            self._asking.add(key)
            before, project.drafting = project.drafting, True  # methods ask for attributes: see Flow.draft
            unfinished = project.unfinished
            try:
                found = self._found(node, name)
            finally:
                project.drafting = before
                self._asking.discard(key)
            documented = numpydoc.parameters(ast.get_docstring(node, clean=False) or "").get(name, UNKNOWN)
            if found.unknown and not documented.unknown:
                found = documented
            value = UNKNOWN if found is NOTHING else loosened(assumed(found.some))
            if project.unfinished != unfinished and project.drafting and value.unknown and key not in self._once:
                self._once.add(key)
                return value  # it may be known when what is being asked for is
            self._attributes[key] = value
        return self._attributes[key]

    def base(self, node: ast.AST) -> Value:
        """An instance of the first base of the class around a node, where the project defines it."""
        around = next((each for each in self._flow.names.around(node) if isinstance(each, ast.ClassDef)), None)
        for base in self.bases(around) if around is not None else ():
            return Value(Kind.OTHER, host="instance", node=base)
        return UNKNOWN

    def bases(self, node: ast.ClassDef) -> list[ast.ClassDef]:
        """The bases of a class that the project defines."""
        found: list[ast.ClassDef] = []
        for base in node.bases:
            dotted = self._flow.resolve(base)
            there = self._flow.defined(dotted) if dotted is not None else None
            if there is not None and isinstance(there[1], ast.ClassDef):
                found.append(there[1])
            elif isinstance(base, ast.Name):
                held = self._flow.names.bindings(base.id, self._flow.names.scope(base))
                found += [each.node for each in held[1] if isinstance(each.node, ast.ClassDef)] if held else []
        return found

    def _found(self, node: ast.ClassDef, name: str) -> Value:
        found = self._own(node, name)
        if found is not NOTHING and not (found.unknown and found.name != "optional"):
            return found
        for base in self.bases(node):
            if base is not node:
                value = self._flow.attribute(base, name)
                if not value.unknown:
                    return join(found, value) if found.name == "optional" else value
        return found

    def _own(self, node: ast.ClassDef, name: str) -> Value:
        """What the class itself says of an attribute."""
        flow = self._flow
        found = NOTHING
        for member in node.body:
            if isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) and member.name == name:
                marks = {last_name(decorator) for decorator in member.decorator_list}
                if marks & _PROPERTIES:
                    found = join(found, flow.analysis(member).returned)
                elif not marks & {"setter", "deleter"}:
                    found = Value(Kind.OTHER, host="function", node=member)
            elif isinstance(member, ast.Assign | ast.AnnAssign) and member.value is not None:
                targets = member.targets if isinstance(member, ast.Assign) else [member.target]
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    value = flow.value(member.value)
                    found = join(found, literal(member.value) if value.unknown else value)
            elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name) and member.target.id == name:
                found = join(found, flow.annotation(member.annotation))
        for method, target in self._stored(node).get(name, ()):
            found = join(found, flow.analysis(method).values.get(target, NOTHING))
        return found

    def _stored(self, node: ast.ClassDef) -> dict[str, list[tuple[ast.AST, ast.expr]]]:
        """Where methods assign to attributes of their first parameter."""
        if node not in self._stores:
            stores = self._stores[node] = dict[str, list[tuple[ast.AST, ast.expr]]]()
            for member in node.body:
                if not isinstance(member, ast.FunctionDef | ast.AsyncFunctionDef) or not member.args.args:
                    continue
                scope = self._flow.names.opened[member]
                for use in self._flow.names.uses_of(member.args.args[0].arg, scope):
                    target = self._flow.parent(use)
                    if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store):
                        stores.setdefault(target.attr, []).append((self._flow.home(use), target))
        return self._stores[node]
