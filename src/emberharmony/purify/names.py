"""What a name means: `la.norm` is "numpy.linalg.norm" after `import numpy.linalg as la`, in every form of import.

Scopes are Python's: a name that a function binds hides the module's, a class body is not seen from its methods, a
comprehension has a scope of its own. A name that is bound twice to different things means neither.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from emberharmony.purify.trees import grammar

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_PRIVATE = ("numpy.core.", "numpy._core.", "numpy.lib.")
_HOMES = tuple(
    f"numpy.{core}.{part}."
    for core, parts in {
        "core": "umath multiarray numeric fromnumeric shape_base numerictypes function_base einsumfunc",
        "_core": "umath multiarray numeric fromnumeric shape_base numerictypes function_base einsumfunc",
        "lib": "function_base index_tricks twodim_base shape_base arraysetops type_check scimath nanfunctions",
    }.items()
    for part in parts.split()
)
BUILTINS = frozenset(dir(builtins))
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


Fields = tuple[tuple[str, ...], tuple[str, ...]]


def _fields(kind: type[ast.AST], outside: Collection[str] | None = None) -> Fields:
    """The fields that hold one node, and those that hold several; only those in `outside`, if it is given."""
    single: list[str] = []
    several: list[str] = []
    for name, how in grammar(kind):
        if outside is None or name in outside:
            (several if how == "*" else single).append(name)
    return tuple(single), tuple(several)


_KINDS = [kind for kind in vars(ast).values() if isinstance(kind, type) and issubclass(kind, ast.AST)]
_CHILDREN: dict[type[ast.AST], Fields] = {kind: _fields(kind) for kind in _KINDS}
# what opens a scope: the fields inside of it; decorators, defaults, annotations and bases belong outside
_INSIDE: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("body",), ast.AsyncFunctionDef: ("body",), ast.ClassDef: ("body",), ast.Lambda: ("body",),
    ast.ListComp: ("elt", "generators"), ast.SetComp: ("elt", "generators"), ast.GeneratorExp: ("elt", "generators"),
    ast.DictComp: ("key", "value", "generators"),
}  # fmt: skip
_OUTSIDE = {kind: _fields(kind, set(kind._fields) - set(inside)) for kind, inside in _INSIDE.items()}
_BINDING = frozenset(_INSIDE) | {
    ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.ExceptHandler, ast.MatchAs, ast.MatchStar,
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Binding:
    """One place that gives a name its meaning: an import's dotted name, or the expression that is assigned."""

    node: ast.AST
    target: str | None = None
    value: ast.expr | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A module, a function, a class or a comprehension, and the names it binds."""

    node: ast.AST
    parent: Scope | None
    bound: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    elsewhere: set[str] = field(default_factory=set[str])  # declared global or nonlocal
    stars: list[str] = field(default_factory=list[str])  # modules of `from m import *`

    def bind(self, name: str, node: ast.AST, target: str | None = None, value: ast.expr | None = None) -> None:
        """Note one more place that binds a name."""
        self.bound.setdefault(name, []).append(Binding(node, target, value))

    @property
    def function(self) -> Scope | None:
        """The nearest function around, itself included."""
        scope: Scope | None = self
        while scope is not None and not isinstance(scope.node, FUNCTIONS):
            scope = scope.parent
        return scope


class Names:
    """The scopes of one module, and what its names resolve to.

    `parents` has every node but the module and the marks of Load and Store; `uses` has the names by identifier, `kinds`
    all but names and constants by class.
    """

    def __init__(self, tree: ast.Module, module: str = "", is_package: bool = False) -> None:
        self.tree = tree
        self.module = module
        self._package = module if is_package else module.rpartition(".")[0]
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}  # of every name, and of what stands at the border of a scope
        self.opened: dict[ast.AST, Scope] = {}
        self.kinds: dict[type[ast.AST], list[ast.AST]] = {}
        self.uses: dict[str, list[ast.Name]] = {}
        self._held: dict[str, dict[Scope | None, list[ast.Name]]] = {}
        self._resolved: dict[Binding, str | None] = {}
        self._meanings: dict[tuple[Scope, str], str | None] = {}
        self._dotted: dict[ast.AST, str | None] = {}
        self._qualified: dict[ast.AST, str] = {}
        self.root = Scope(tree, None)
        self.opened[tree] = self.root
        self._fill()

    # -- questions --

    def scope(self, node: ast.AST) -> Scope:
        """The scope that a node is evaluated in."""
        found: ast.AST | None = node
        while found is not None:
            scope = self.scopes.get(found)
            if scope is not None:
                return scope
            found = self.parents.get(found)
        return self.root

    def bindings(self, name: str, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        """The scope that gives a name its meaning here, and the places where it does."""
        here: Scope | None = scope
        while here is not None:
            if name in here.bound and name not in here.elsewhere and (here is scope or not _is_class(here)):
                return here, here.bound[name]
            here = here.parent
        return None

    def uses_of(self, name: str, scope: Scope) -> list[ast.Name]:
        """The places where a name of a scope is used, in it and in the scopes inside that do not bind it anew."""
        if name not in self._held:
            held = self._held[name] = dict[Scope | None, list[ast.Name]]()
            for use in self.uses.get(name, ()):
                found = self.bindings(name, self.scopes[use])
                held.setdefault(found[0] if found else None, []).append(use)
        return self._held[name].get(scope, [])

    def resolve(self, node: ast.AST) -> str | None:
        """The dotted name that an expression stands for, or None: "numpy.sum", "builtins.float"."""
        if isinstance(node, ast.Name):
            return self.meaning(node.id, self.scopes.get(node) or self.scope(node))
        if isinstance(node, ast.Attribute):
            if node not in self._dotted:
                base = self.resolve(node.value)
                plain = base is None or base.startswith("builtins.")
                self._dotted[node] = None if plain else canonical(f"{base}.{node.attr}")
            return self._dotted[node]
        if isinstance(node, ast.Call):  # importlib.import_module("numpy")
            return self._lazy(node)
        return None

    def meaning(self, name: str, scope: Scope) -> str | None:
        """The dotted name of a bare name in a scope."""
        key = (scope, name)
        if key not in self._meanings:
            self._meanings[key] = self._meaning(name, scope)
        return self._meanings[key]

    def _meaning(self, name: str, scope: Scope) -> str | None:
        found = self.bindings(name, scope)
        if found is None:
            stars = self.stars(scope)
            if "numpy" in stars and name in _HIDDEN:
                return f"numpy.{name}"
            if "numpy" in stars and name in _HIDDEN_SINCE_2:
                return None
            if name in BUILTINS:
                return f"builtins.{name}"
            return f"{stars[0]}.{name}" if len(stars) == 1 else None
        targets = {self._target(binding, found[0]) for binding in found[1]}
        libraries = {target for target in targets if target is not None}
        # try: import cupy as np / except ImportError: import numpy as np
        return libraries.pop() if len(libraries) == len(targets) == 1 else None

    def stars(self, scope: Scope) -> list[str]:
        """The modules that this scope takes all names from."""
        found: list[str] = []
        here: Scope | None = scope
        while here is not None:
            found += here.stars
            here = here.parent
        return found

    def qualified(self, node: ast.AST) -> str:
        """`Class.method`, `function.<locals>.inner`'s short form `function.inner`, or "<module>"."""
        found: ast.AST | None = node
        while found is not None and found.__class__ not in _DEFINITIONS:
            found = self.parents.get(found)
        if not isinstance(found, _DEFINITIONS):
            return "<module>"
        if found not in self._qualified:
            around = self.parents.get(found)
            outer = self.qualified(around) if around is not None else "<module>"
            self._qualified[found] = found.name if outer == "<module>" else f"{outer}.{found.name}"
        return self._qualified[found]

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        found = self.parents.get(node)
        while found is not None:
            yield found
            found = self.parents.get(found)

    def absolute(self, module: str | None, level: int) -> str:
        """The absolute name of the module of a `from` import."""
        if not level:
            return module or ""
        parts = self._package.split(".") if self._package else []
        base = parts[: len(parts) - level + 1]
        return ".".join([*base, *([module] if module else [])])

    # -- filling --

    def _target(self, binding: Binding, scope: Scope) -> str | None:
        if binding.target is not None or binding.value is None:
            return binding.target
        if binding not in self._resolved:
            self._resolved[binding] = None  # a name defined by itself means nothing
            value = binding.value
            if isinstance(value, ast.Name | ast.Attribute) or _imports_lazily(value):
                self._resolved[binding] = self.resolve(value)
        return self._resolved[binding]

    def _lazy(self, call: ast.Call) -> str | None:
        if not _imports_lazily(call) or not call.args:
            return None
        name = call.args[0]
        how = self.resolve(call.func)
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            if how == "importlib.import_module":
                return name.value
            if how == "builtins.__import__":
                return name.value.partition(".")[0]
        return None

    def _fill(self) -> None:
        """One walk, scope by scope. It is most of what an audit costs beside the parser: few calls, no generators."""
        parents, scopes, kinds = self.parents, self.scopes, self.kinds
        uses, name, constant, load = self.uses, ast.Name, ast.Constant, ast.Load
        waiting: list[tuple[list[ast.AST], Scope]] = [(self._border(self.tree, self.tree.body, self.root), self.root)]
        while waiting:
            stack, scope = waiting.pop()
            while stack:
                node = stack.pop()
                if isinstance(node, name):
                    scopes[node] = scope
                    known = uses.get(node.id)
                    if known is None:
                        uses[node.id] = [node]
                    else:
                        known.append(node)
                    if node.ctx.__class__ is not load:
                        self._stored(node, scope)
                    continue
                kind = node.__class__
                if kind is constant:  # a statement of its own: the others are not put on the stack
                    continue
                same = kinds.get(kind)
                if same is None:
                    kinds[kind] = [node]
                else:
                    same.append(node)
                single, several = _CHILDREN[kind]
                if kind in _BINDING:
                    inner = self._bind(node, scope)
                    if inner is not scope:
                        single, several = _OUTSIDE[kind]
                        body: list[ast.AST] = []
                        for field_name in _INSIDE[kind]:
                            part = getattr(node, field_name)
                            body += part if part.__class__ is list else (part,)
                        waiting.append((self._border(node, body, inner), inner))
                for field_name in single:
                    child = getattr(node, field_name)
                    if child is not None:
                        parents[child] = node
                        if child.__class__ is not constant:
                            stack.append(child)
                for field_name in several:
                    for child in getattr(node, field_name):
                        if child is not None:  # {**more}, and a keyword without a default
                            parents[child] = node
                            if child.__class__ is not constant:
                                stack.append(child)

    def _border(self, around: ast.AST, nodes: Sequence[ast.AST], scope: Scope) -> list[ast.AST]:
        """The nodes that stand directly in a scope, with their parent and the scope noted."""
        for node in nodes:
            self.parents[node] = around
            self.scopes[node] = scope
        return list(nodes)

    def _bind(self, node: ast.AST, scope: Scope) -> Scope:
        """Record what a node binds; the scope of what is inside of it."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.bind(node.name, node, target=self._own(node.name, scope))
                return self._open(node, scope)
            case ast.Lambda():
                return self._open(node, scope)
            case ast.ClassDef():
                scope.bind(node.name, node, target=self._own(node.name, scope))
                inner = self.opened[node] = Scope(node, scope)
                return inner
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = self.opened[node] = Scope(node, scope)
                return inner
            case ast.Import():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    scope.bind(name, node, target=alias.name if alias.asname else name)
            case ast.ImportFrom():
                module = self.absolute(node.module, node.level)
                for alias in node.names:
                    if alias.name == "*":
                        scope.stars.append(module)
                    else:
                        scope.bind(alias.asname or alias.name, node, target=canonical(f"{module}.{alias.name}"))
            case ast.Global() | ast.Nonlocal():
                scope.elsewhere.update(node.names)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name:
                scope.bind(node.name, node)
            case _:
                pass
        return scope

    def _stored(self, node: ast.Name, scope: Scope) -> None:
        """A name that is bound or deleted: to a value of its own where the statement has one for it."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.NamedExpr):
            while isinstance(scope.node, COMPREHENSIONS) and scope.parent is not None:
                scope = scope.parent
        if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr):
            scope.bind(node.id, parent, value=parent.value)
        else:
            scope.bind(node.id, node)

    def _open(self, node: Function, scope: Scope) -> Scope:
        inner = self.opened[node] = Scope(node, scope)
        for argument in parameters(node):
            inner.bind(argument.arg, argument)
        return inner

    def _own(self, name: str, scope: Scope) -> str | None:
        """The dotted name of what this module itself defines at its top level."""
        return f"{self.module}.{name}" if scope.parent is None and self.module else None


_HIDDEN = frozenset({"all", "any", "sum"})  # by `from numpy import *`
_HIDDEN_SINCE_2 = frozenset(
    {"abs", "divmod", "max", "min", "pow", "round"}
)  # by that of NumPy 2: which it is, who knows


def canonical(dotted: str) -> str:
    """The public name of what NumPy also has under private ones: numpy.core.umath.sqrt is numpy.sqrt."""
    if not dotted.startswith(_PRIVATE):
        return dotted
    for home in _HOMES:
        if dotted.startswith(home) and len(dotted) > len(home):
            return f"numpy.{dotted[len(home) :]}"
    return dotted


def parameters(node: Function) -> list[ast.arg]:
    """All parameters of a function, in order."""
    given = node.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return found + [extra for extra in (given.vararg, given.kwarg) if extra is not None]


def defaults(node: Function) -> dict[str, ast.expr]:
    """The default of each parameter that has one."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    found = {a.arg: d for a, d in zip(positional[len(positional) - len(given.defaults) :], given.defaults, strict=True)}
    found |= {a.arg: d for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None}
    return found


def _is_class(scope: Scope) -> bool:
    return isinstance(scope.node, ast.ClassDef)


def _imports_lazily(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id in ("__import__", "import_module"))
        or (isinstance(node.func, ast.Attribute) and node.func.attr == "import_module")
    )
