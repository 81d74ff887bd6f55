"""Cut a function out of a release, with all it needs, into one file that runs by itself.

Followed: the module's own functions, classes and constants, and private modules of the package. Kept as imports:
everything else. Decorators are left out, since they belong to the package's machinery of documentation and tests.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.purify import corpus
from emberharmony.errors import EmberError

if TYPE_CHECKING:
    from benchmarks.purify.case import Case


class ExtractError(EmberError, ValueError):
    """A function that cannot stand alone."""


@dataclass
class Module:
    """The top level of one file: what binds which name."""

    path: str
    text: str
    bound: dict[str, list[ast.stmt]] = field(default_factory=dict[str, list[ast.stmt]])


@cache
def module(package: corpus.Package, path: str) -> Module:
    text = corpus.source(package, path)
    found = Module(path, text)
    for statement in _top(ast.parse(text).body):
        for name in _binds(statement):
            found.bound.setdefault(name, []).append(statement)
    return found


def before(case: Case) -> str:
    """The standalone file of a case."""
    cut = _Cut(case)
    if "annotations" in module(case.package, case.path).bound:
        cut.imports.append("from __future__ import annotations")
    cut.take(module(case.package, case.path), case.function)
    imports = sorted(set(cut.imports), key=lambda line: ("__future__" not in line, line.startswith("from"), line))
    return "\n".join(imports) + "\n\n\n" + "\n\n\n".join(cut.pieces) + "\n"


class _Cut:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.imports: list[str] = []
        self.pieces: list[str] = []
        self.taken: dict[str, str] = {}

    def take(self, home: Module, name: str) -> None:
        """Add what binds `name`, after all that it needs."""
        if name in self.taken or (name in vars(builtins) and name not in home.bound):
            return
        self.taken[name] = home.path
        if name in self.case.instead:
            source = self.case.instead[name]
            self.needs(home, ast.parse(source))
            self.pieces.append(source.strip("\n"))
            return
        if name not in home.bound:
            raise ExtractError(f"{self.case.name}: {home.path} binds no {name!r}", mend="leave the case out")
        for statement in home.bound[name]:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.take_import(home, statement, name)
            else:
                self.needs(home, statement)
                self.pieces.append(_source(home, statement))

    def needs(self, home: Module, tree: ast.AST) -> None:
        for used in _free(tree):
            self.take(home, used)

    def take_import(self, home: Module, statement: ast.Import | ast.ImportFrom, name: str) -> None:
        for alias in statement.names:
            if (alias.asname or alias.name.partition(".")[0]) != name:
                continue
            renamed = f" as {alias.asname}" if alias.asname else ""
            if isinstance(statement, ast.Import):
                self.imports.append(f"import {alias.name}{renamed}")
                return
            target = _absolute(home.path, statement)
            inside = self.file(target)
            if inside is None:
                self.imports.append(f"from {target} import {alias.name}{renamed}")
            else:
                self.taken.pop(name)
                self.take(module(self.case.package, inside), alias.name)
                if name != alias.name:
                    self.taken[name] = home.path
                    self.pieces.append(f"{name} = {alias.name}")

    def file(self, target: str) -> str | None:
        """The file of a module whose code is cut out too; None where the import is kept."""
        top = Path(self.case.path).parts[0]
        parts = target.split(".")
        public = top == "scipy" and not any(part.startswith("_") for part in parts[1:])
        if parts[0] != top or public:
            return None
        root = corpus.folder(self.case.package)
        for candidate in ("/".join(parts) + ".py", "/".join(parts) + "/__init__.py"):
            if (root / candidate).exists():
                return candidate
        raise ExtractError(f"{self.case.name} needs {target}, which is compiled", mend="leave the case out")


def _top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Try | ast.If):  # a first choice among imports; imports for type checkers
            yield from _top(statement.body)
        else:
            yield statement


def _binds(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
        case ast.Assign(targets=targets):
            return [node.id for t in targets for node in ast.walk(t) if isinstance(node, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _absolute(path: str, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    home = Path(path).parts[: -statement.level]
    return ".".join([*home, *([statement.module] if statement.module else [])])


def _free(tree: ast.AST) -> list[str]:
    """Names that the code reads and, as far as its scopes tell, does not bind; in the order of reading."""
    import symtable

    source = ast.unparse(_bare(tree))
    table = symtable.symtable(source, "<cut>", "exec")
    names: set[str] = set()

    def walk(scope: symtable.SymbolTable) -> None:
        top = scope.get_type() == "module"
        for symbol in scope.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or (top and not symbol.is_assigned())):
                names.add(symbol.get_name())
        for child in scope.get_children():
            walk(child)

    walk(table)
    order = {node.id: n for n, node in enumerate(ast.walk(tree)) if isinstance(node, ast.Name)}
    own = {tree.name} if isinstance(tree, ast.FunctionDef | ast.ClassDef) else set[str]()
    return sorted(names - own, key=lambda name: (order.get(name, 0), name))


def _bare(tree: ast.AST) -> ast.AST:
    """The same without decorators of its top level."""
    copy = ast.parse(ast.unparse(tree))
    for statement in copy.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            statement.decorator_list = []
    return copy


def _source(home: Module, statement: ast.stmt) -> str:
    """The statement's own text, without decorators: the lines as their authors wrote them."""
    lines = home.text.split("\n")
    return "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
