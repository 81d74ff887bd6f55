"""The modules of a project, each with its flow; functions are followed when somebody asks, and once.

A parameter is what its annotation says, else its documentation, its default, the calls within the module, or how the
body uses it, in this order. A function whose result depends on its arguments is followed again for a call's own values.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from emberharmony.purify.flow import calls, numpydoc
from emberharmony.purify.flow.interpreter import Environment, Interpreter
from emberharmony.purify.flow.use import used_as
from emberharmony.purify.flow.values import (
    ARRAY,
    BOOL,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    NOTHING,
    NUMERIC,
    OTHER,
    STR,
    UNKNOWN,
    Kind,
    Value,
    array,
    join,
    loosened,
    sequence,
)
from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library
from emberharmony.purify.names import BUILTINS, FUNCTIONS, Binding, Function, Names, Scope, defaults, parameters

Told = Callable[[str, ast.AST, str], Kind | None]
DEPTH = 4
_SCALARS = {"int": INT, "float": FLOAT, "bool": BOOL, "str": STR, "None": NONE, "complex": FLOAT, "bytes": OTHER}
_ARRAYS = frozenset({"ndarray", "NDArray", "ArrayLike", "Array", "Tensor", "array", "FloatArray", "IntArray"})


class Project:
    """Flows by module name; a module is read when something asks for what it defines."""

    def __init__(self, roots: Iterable[Path] = (), *, told: Told | None = None, ported: bool = False) -> None:
        self.ported = ported  # values as the port will have them: arithmetic of Python numbers stays on the host
        self.roots = [Path(root) for root in roots]
        self.told = told
        self._flows: dict[str, Flow | None] = {}
        self._found: dict[str, tuple[Flow, str] | None] = {}
        self.owners: dict[ast.AST, Flow] = {}  # the flow of each function and class
        self._homes: dict[str, list[str]] = {}
        self._packages: dict[str, set[str]] = {}  # of a root that files brought in: what of it is the project

    def flow(self, tree: ast.Module, path: Path | None = None) -> Flow:
        """The flow of a module that has been parsed."""
        module, package = self._module(path) if path is not None else ("", False)
        known = self._flows.get(module) if module else None
        if known is not None and known.path == path and known.names.tree is tree:
            return known
        flow = Flow(self, Names(tree, module, package), path)
        if module:
            self._flows[module] = flow
            self._found.clear()
        return flow

    def find(self, dotted: str) -> tuple[Flow, str] | None:
        """The module of the project that a dotted name leads into, and what is left of the name."""
        if dotted not in self._found:
            self._found[dotted] = self._find(dotted)
        return self._found[dotted]

    def forget(self) -> None:
        """Let go of all modules: they hold each other, and Python would look for them for a long time."""
        for flow in self._flows.values():
            if flow is not None:
                flow.forget()
        self._flows.clear()
        self._found.clear()
        self.owners.clear()

    def _find(self, dotted: str) -> tuple[Flow, str] | None:
        parts = dotted.split(".")
        if parts[0] not in self._flows and not self._roots_of(parts[0]):
            return None
        for end in range(len(parts), 0, -1):
            flow = self._load(".".join(parts[:end]))
            if flow is not None:
                return flow, ".".join(parts[end:])
        return None

    def _roots_of(self, top: str) -> list[str]:
        """The roots that have a module or package of that name."""
        if top not in self._homes:
            self._homes[top] = [
                root
                for root in map(str, self.roots)
                if top in self._packages.get(root, (top,))
                and (os.path.isfile(os.path.join(root, f"{top}.py")) or os.path.isdir(os.path.join(root, top)))
            ]
        return self._homes[top]

    def _load(self, module: str) -> Flow | None:
        if module not in self._flows:
            self._flows[module] = None
            parts = module.split(".")
            for root in self._roots_of(parts[0]):
                stem = os.path.join(root, *parts)
                for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                    if os.path.isfile(path):
                        self._flows[module] = self._read(Path(path), module)
                        return self._flows[module]
        return self._flows[module]

    def _read(self, path: Path, module: str) -> Flow | None:
        try:
            with warnings.catch_warnings():  # of the parser on the user's strings: not ours to tell
                warnings.simplefilter("ignore")
                tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
            return None  # the audit of that file says so
        return Flow(self, Names(tree, module, path.name == "__init__.py"), path)

    def _module(self, path: Path) -> tuple[str, bool]:
        """The dotted name of a file: from the nearest folder around it that is no package."""
        path = path.absolute()
        folder, parts = path.parent, [path.stem]
        while (folder / "__init__.py").is_file() and folder != folder.parent:
            parts.insert(0, folder.name)
            folder = folder.parent
        package = parts[-1] == "__init__"
        if folder not in self.roots:
            self.roots.append(folder)
            self._packages[str(folder)] = set()
            self._homes.clear()
        if str(folder) in self._packages and parts[0] not in self._packages[str(folder)]:
            # what stands beside a package in site-packages is another project; beside a script, it is the script's
            self._packages[str(folder)].add(parts[0])
            if len(parts) == 1:
                del self._packages[str(folder)]
            self._homes.clear()
            self._found.clear()
        return ".".join(parts[:-1] if package else parts), package


class Flow:
    """What the names of one module mean, and what its expressions are."""

    def __init__(self, project: Project, names: Names, path: Path | None = None) -> None:
        self.project = project
        self.names = names
        project.owners.update(dict.fromkeys(names.opened, self))
        self.path = path
        self._done: dict[ast.AST, Interpreter] = {}
        self._values: dict[ast.expr, Value] = {}  # of all that is done
        self._running: set[ast.AST] = set()
        self._special: dict[object, Value] = {}
        self._given: dict[ast.AST, Environment] = {}
        self._attributes: dict[tuple[ast.AST, str], Value] = {}
        self._constants: dict[tuple[Scope, str], Value] = {}
        self._sites: dict[ast.AST, list[ast.Call]] | None = None
        self._asking: list[ast.AST] = []
        self._unfollowed = Interpreter(self, ast.Pass(), {}, {})
        self._unfollowed.returned = UNKNOWN
        self._taints = 0
        self._depth = 0

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
            kind = told(self.function(node), self._home(node), node.id)
            if kind is not None and kind is not Kind.UNKNOWN:
                return ARRAY if kind is Kind.ARRAY else OTHER
        known = self._values.get(node)
        return known if known is not None else self.analysis(self._home(node)).values.get(node, UNKNOWN)

    def forget(self) -> None:
        """Let go of everything: nothing can be asked any more."""
        vars(self).clear()

    # -- following --

    def analysis(self, node: ast.AST) -> Interpreter:
        """The values inside a function, or of the module's own statements."""
        if node not in self._done:
            if node in self._running or len(self._running) > 40:
                return self._unfollowed
            self._running.add(node)
            try:
                given = self.parameters(node) if isinstance(node, FUNCTIONS) else {}
                tainted = self._taints
                found = Interpreter(self, node, given, self._closure(node))
                if tainted != self._taints and self._asking:
                    return found  # it has seen a parameter that is still being asked for: it is followed again later
                self._done[node] = found
                self._values.update(found.values)
            finally:
                self._running.discard(node)
        return self._done[node]

    def parameters(self, node: Function) -> Environment:
        """What the parameters of a function are."""
        if node not in self._given:
            if node in self._asking:
                self._taints += 1
                return {}
            self._asking.append(node)
            tainted = self._taints
            try:
                found = self._parameters(node)
            finally:
                self._asking.pop()
            if tainted != self._taints and self._asking:
                return found
            self._given[node] = found
        return self._given[node]

    def parameter_of(self, node: ast.AST, name: str) -> Value:
        """What a parameter is where it is not None; NOTHING for a name that is no parameter."""
        if not isinstance(node, FUNCTIONS) or name not in {argument.arg for argument in parameters(node)}:
            return NOTHING
        argument = next(argument for argument in parameters(node) if argument.arg == name)
        said = self._said(node, argument, self._documented(node))
        return said if not said.unknown else used_as(self, node, name)

    def called(self, node: ast.AST, call: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
        """The result of a call of a function or class that the project defines."""
        owner = self.project.owners.get(node, self)
        if owner is not self:
            return owner.called(node, call, arguments, named)
        if isinstance(node, ast.ClassDef):
            return Value(OTHER.kind, host="instance", node=node)
        if not isinstance(node, FUNCTIONS):
            return UNKNOWN
        result = self.analysis(node).returned
        if not result.unknown and result is not NOTHING:
            return loosened(result)
        if self._depth >= DEPTH or any(isinstance(argument, ast.Starred) for argument in call.args):
            return UNKNOWN if result is NOTHING else result
        given = dict(self.parameters(node))
        names = [argument.arg for argument in parameters(node)]
        if names[:1] == ["self"]:
            names = names[1:]
        refined = False
        for name, value in [*zip(names, arguments, strict=False), *named.items()]:
            if not value.unknown and name in given and given[name].unknown:
                given[name] = loosened(value)
                refined = True
        if not refined:
            return UNKNOWN if result is NOTHING else result
        key = (node, tuple(sorted((name, value) for name, value in _plain(given))))
        if key not in self._special:
            self._special[key] = UNKNOWN
            self._depth += 1
            try:
                found = Interpreter(self, node, given, self._closure(node)).returned
                self._special[key] = UNKNOWN if found is NOTHING else loosened(found)
            finally:
                self._depth -= 1
        return self._special[key]

    def defined(self, dotted: str) -> tuple[Flow, ast.AST] | None:
        """The function or class of the project that a dotted name stands for, and the flow of its module."""
        if library(dotted) in ARRAY_LIBRARIES:
            return None
        found = self.project.find(dotted)
        if found is None or not found[1] or "." in found[1]:
            return None
        flow, name = found
        bindings = flow.names.root.bound.get(name, [])
        if len(bindings) == 1:
            node = bindings[0].node
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                return flow, node
            if bindings[0].target and bindings[0].target != dotted:  # handed on from another module
                return flow.defined(bindings[0].target)
        return None

    def free(self, name: str, node: ast.expr) -> Value:
        """A name that the function itself does not bind."""
        found = self.names.bindings(name, self.names.scope(node))
        if found is None:
            dotted = self.names.meaning(name, self.names.scope(node))
            if dotted is not None:
                return self.named(dotted)
            return Value(OTHER.kind, host="function") if name in BUILTINS else UNKNOWN
        scope, bindings = found
        if isinstance(scope.node, FUNCTIONS):
            return UNKNOWN if scope.node in self._running else self.analysis(scope.node).everything.get(name, UNKNOWN)
        return self._constant(scope, name, bindings)

    def named(self, dotted: str) -> Value:
        """The value of a dotted name, not called."""
        home, _, short = dotted.partition(".")
        if home == "builtins":
            return Value(OTHER.kind, host="function", name=dotted)
        if home in ("numpy", "math", "cmath"):
            if short in know.CONSTANTS or (home != "numpy" and short in ("tau",)):
                return NONE if short == "newaxis" else FLOAT
            if short == "newaxis":
                return NONE
            if short in know.DTYPES:
                return Value(OTHER.kind, host="dtype", dtype=calls.dtype_kind(ast.Name(short)), name=dotted)
            return Value(OTHER.kind, host="function", name=dotted)
        if home in ARRAY_LIBRARIES or home == "scipy":
            return Value(OTHER.kind, host="function", name=dotted)
        found = self.project.find(dotted)
        if found is not None and found[1] and "." not in found[1]:
            flow, name = found
            if flow is not self and name in flow.names.root.bound:
                return flow._constant(flow.names.root, name, flow.names.root.bound[name])
            if flow is self and name in self.names.root.bound:
                return self._constant(self.names.root, name, self.names.root.bound[name])
        return Value(UNKNOWN.kind, name=dotted)

    def attribute(self, node: ast.ClassDef, name: str) -> Value:
        """`self.name`: what the class's methods assign to it, or what its documentation says."""
        owner = self.project.owners.get(node, self)
        if owner is not self:
            return owner.attribute(node, name)
        key = (node, name)
        if key in self._attributes:
            return self._attributes[key]
        self._attributes[key] = UNKNOWN
        found = NOTHING
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and member.name == name:
                names = {_short(decorator) for decorator in member.decorator_list}
                if names & {"property", "cached_property"}:
                    found = join(found, self.analysis(member).returned)
                else:
                    found = Value(OTHER.kind, host="function", node=member)
            elif isinstance(member, ast.Assign | ast.AnnAssign) and member.value is not None:
                targets = member.targets if isinstance(member, ast.Assign) else [member.target]
                if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                    found = join(found, self.analysis(self.names.tree).values.get(member.value, _literal(member.value)))
        for method, target in self._stores(node).get(name, []):
            if method in self._running:
                found = join(found, UNKNOWN)
                continue
            found = join(found, self.analysis(method).values.get(target, UNKNOWN))
        documented = numpydoc.parameters(ast.get_docstring(node) or "").get(name, UNKNOWN)
        if found is NOTHING or found.unknown:
            found = documented if not documented.unknown else (UNKNOWN if found is NOTHING else found)
        value = self._attributes[key] = loosened(_assumed(found))
        return value

    def annotation(self, node: ast.expr | None) -> Value:
        """What an annotation says: `np.ndarray`, `float | None`, `list[int]`."""
        if node is None:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            if node.value is None:
                return NONE
            if isinstance(node.value, str):
                try:
                    return self.annotation(ast.parse(node.value, mode="eval").body)
                except SyntaxError:
                    return UNKNOWN
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return self._either([node.left, node.right])
        if isinstance(node, ast.Subscript):
            short = _short(node.value)
            if short in ("Optional", "Union"):
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                return self._either(parts)
            if short in ("list", "List", "Sequence", "Iterable"):
                return sequence("list", item=_known(self.annotation(node.slice)))
            if short in ("tuple", "Tuple"):
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                if isinstance(parts[-1], ast.Constant) and parts[-1].value is Ellipsis:
                    return sequence("tuple", item=_known(self.annotation(parts[0])))
                return sequence("tuple", [self.annotation(part) for part in parts])
            if short in ("dict", "Dict", "Mapping"):
                return Value(OTHER.kind, host="dict")
            return self.annotation(node.value)
        short = _short(node)
        if short in _SCALARS:
            return _SCALARS[short]
        if short in _ARRAYS:
            return array(sure=short in ("ndarray", "NDArray", "Tensor"))
        if short in ("list", "tuple", "dict", "List", "Tuple", "Dict"):
            return Value(OTHER.kind, host=short.lower())
        if short in ("dtype", "DTypeLike"):
            return DTYPE
        return OTHER if short in ("Callable", "Path", "object", "type", "slice") and short != "object" else UNKNOWN

    def calls_of(self, node: ast.AST) -> list[ast.Call]:
        """The calls of a function of this module within this module."""
        if self._sites is None:
            self._sites = {}
            for call in self.names.kinds.get(ast.Call, ()):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                    found = self.names.bindings(call.func.id, self.names.scope(call))
                    if found is not None and len(found[1]) == 1:
                        self._sites.setdefault(found[1][0].node, []).append(call)
        return self._sites.get(node, [])

    # -- inside --

    def _home(self, node: ast.AST) -> ast.AST:
        """The function that evaluates a node, or the module: decorators, defaults and annotations belong outside."""
        scope = self.names.scope(node).function
        return self.names.tree if scope is None else scope.node

    def _closure(self, node: ast.AST) -> Environment:
        found: Environment = {}
        for around in self.names.around(node):
            if isinstance(around, FUNCTIONS) and around not in self._running:
                found = {**self.analysis(around).everything, **found}
        return found

    def _parameters(self, node: Function) -> Environment:
        documented = self._documented(node)
        found: Environment = {}
        given = defaults(node)
        arguments = parameters(node)
        owner = self.parent(node)
        for place, argument in enumerate(arguments):
            if place == 0 and isinstance(owner, ast.ClassDef) and argument.arg in ("self", "cls"):
                found[argument.arg] = Value(OTHER.kind, host="instance", node=owner)
                continue
            if argument is node.args.vararg:
                found[argument.arg] = sequence("tuple", item=_known(self._said(node, argument, documented)))
                continue
            if argument is node.args.kwarg:
                found[argument.arg] = Value(OTHER.kind, host="dict")
                continue
            value = self._said(node, argument, documented)
            default = given.get(argument.arg)
            if value.unknown and default is not None:
                by_default = _literal(default)
                if by_default.host in ("int", "bool", "str") or (by_default.host == "tuple"):
                    value = by_default
            if value.unknown:
                value = self._from_sites(node, argument.arg, place) if self._private(node) else value
            if value.unknown:
                value = used_as(self, node, argument.arg)
            if value.unknown and default is not None and _literal(default).host == "float":
                value = NUMERIC
            if value.array and default is not None and isinstance(default, ast.Constant) and default.value is None:
                value = Value(UNKNOWN.kind, name="optional", item=_assumed(value))
            found[argument.arg] = _assumed(value)
        return found

    def _said(self, node: Function, argument: ast.arg, documented: Environment) -> Value:
        value = self.annotation(argument.annotation)
        return value if not value.unknown else documented.get(argument.arg, UNKNOWN)

    def _documented(self, node: Function) -> Environment:
        if isinstance(node, ast.Lambda):
            return {}
        doc = ast.get_docstring(node) or ""
        found = numpydoc.parameters(doc) if doc else {}
        owner = self.parent(node)
        if isinstance(owner, ast.ClassDef) and node.name == "__init__":
            found = {**numpydoc.parameters(ast.get_docstring(owner) or ""), **found}
        return found

    def _private(self, node: Function) -> bool:
        return not isinstance(node, ast.Lambda) and bool(self.calls_of(node))

    def _from_sites(self, node: Function, name: str, place: int) -> Value:
        found = NOTHING
        if len(self._asking) > 2:
            self._taints += 1
            return UNKNOWN
        for call in self.calls_of(node):
            argument = next((word.value for word in call.keywords if word.arg == name), None)
            if argument is None and place < len(call.args) and not any(isinstance(a, ast.Starred) for a in call.args):
                argument = call.args[place]
            if argument is None:
                continue
            value = self._at_site(call, argument)
            if value is NOTHING:
                continue
            if value.unknown:
                return UNKNOWN
            found = join(found, value)
        return UNKNOWN if found is NOTHING else loosened(found)

    def _at_site(self, call: ast.Call, argument: ast.expr) -> Value:
        """An argument's value; NOTHING where the caller is being followed right now, and it is not its parameter."""
        home = next((around for around in self.names.around(call) if isinstance(around, FUNCTIONS)), None)
        if home is None or home not in self._running:
            return self.value(argument)
        given = self._given.get(home, {})
        return given.get(argument.id, NOTHING) if isinstance(argument, ast.Name) else NOTHING

    def _stores(self, node: ast.ClassDef) -> dict[str, list[tuple[ast.AST, ast.expr]]]:
        key = (node, "")
        if key not in self._special:
            stores: dict[str, list[tuple[ast.AST, ast.expr]]] = {}
            for member in node.body:
                if not isinstance(member, ast.FunctionDef) or not member.args.args:
                    continue
                own = member.args.args[0].arg
                for inner in ast.walk(member):
                    if (
                        isinstance(inner, ast.Attribute)
                        and isinstance(inner.ctx, ast.Store)
                        and isinstance(inner.value, ast.Name)
                        and inner.value.id == own
                    ):
                        stores.setdefault(inner.attr, []).append((member, inner))
            self._special[key] = stores  # type: ignore[assignment]
        return self._special[key]  # type: ignore[return-value]

    def _constant(self, scope: Scope, name: str, bindings: list[Binding]) -> Value:
        key = (scope, name)
        if key not in self._constants:
            self._constants[key] = UNKNOWN
            found = NOTHING
            for binding in bindings:
                found = join(found, self._bound(binding))
            self._constants[key] = UNKNOWN if found is NOTHING else loosened(found)
        return self._constants[key]

    def _bound(self, binding: Binding) -> Value:
        if isinstance(binding.node, (*FUNCTIONS, ast.ClassDef)):
            host = "class" if isinstance(binding.node, ast.ClassDef) else "function"
            return Value(OTHER.kind, host=host, node=binding.node)
        if binding.target is not None:
            return self.named(binding.target)
        if binding.value is not None:
            value = self.analysis(self.names.tree).values.get(binding.value, UNKNOWN)
            return value if not value.unknown else _literal(binding.value)
        return UNKNOWN

    def _either(self, parts: list[ast.expr]) -> Value:
        values = [self.annotation(part) for part in parts]
        real = [value for value in values if value.host != "None"]
        if len(real) < len(values):
            return (
                Value(UNKNOWN.kind, name="optional", item=join(*real) if len(real) == 2 else real[0]) if real else NONE
            )
        found = NOTHING
        for value in values:
            found = join(found, value)
        return found


def _plain(given: Environment) -> list[tuple[str, str]]:
    return [
        (name, f"{value.kind.name}{value.host}{value.dtype}{value.ndim}{value.name}") for name, value in given.items()
    ]


def _assumed(value: Value) -> Value:
    """What is only said of a value: an array may be anything that NumPy would make one of."""
    return array(value.dtype, ndim=value.ndim, sure=False) if value.array else value


def _known(value: Value) -> Value | None:
    return None if value.unknown else value


def _literal(node: ast.expr) -> Value:
    if isinstance(node, ast.Constant):
        if node.value is None:
            return NONE
        kinds = {bool: BOOL, int: INT, float: FLOAT, str: STR}
        return kinds.get(type(node.value), UNKNOWN)
    if isinstance(node, ast.Tuple):
        return sequence("tuple", [_literal(part) for part in node.elts])
    if isinstance(node, ast.UnaryOp):
        return _literal(node.operand)
    return UNKNOWN


def _short(node: ast.expr) -> str:
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
