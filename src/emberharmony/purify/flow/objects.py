"""What a project gives its own functions that arrays of NumPy alone can hold: lists with None among the numbers,
Decimals and Fractions, records, long doubles. The callers say it, the tests among them; a signature seldom does.

Functions are known by their last names, as a test's `obj.update(z)` does not say whose it is; a class that is written
out says it. What a function is given, it may hand on: that is followed until nothing is new.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.purify.collector import waiting
from emberharmony.purify.flow.annotations import last_name
from emberharmony.purify.trees import children, statements

if TYPE_CHECKING:
    from emberharmony.purify.names import Function

_HINT = re.compile(
    r"\b(?:Decimal|Fraction)\(|\blongdouble\b|\blongcomplex\b|dtype\s*=\s*(?:object|\[\s*\(|['\"]O|\w+\.object_?)"
    r"|\[\s*None\s*[,*\]]|\[[^\[\](){}]*,\s*None\s*[,\]]"
)
_DEFINED = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)[ \t]*(\([^)]*)?", re.MULTILINE)
_EXACT = {"Decimal": "Decimals", "Fraction": "Fractions"}
_WIDE = frozenset({"longdouble", "longcomplex", "clongdouble", "float128", "object_"})
_KEEPING = frozenset(
    [
        *("array", "asarray", "asanyarray", "atleast_1d", "atleast_2d", "list", "tuple", "sorted", "copy", "full"),
        *("ravel", "reshape", "repeat", "tile", "transpose"),
    ]
)
_TESTS = ("tests", "test")
_LAYOUT = ("src", "lib")
HOLES, RECORDS = "a list with None", "a dtype that only NumPy has"
_DTYPES = frozenset({"float", "int", "bool", "complex", "str", "object"})
_MOST = 12  # rounds of handing on
_FEW = 3  # functions of one name, of which a call of an unknown object's method may be one


_Given = dict[str | int, str]  # parameters by name or place, and what they are given


@dataclass
class Objects:
    """Who is given such values: functions by name and parameters, and attributes that hold them."""

    functions: dict[str, dict[str, _Given]] = field(default_factory=dict[str, "dict[str, _Given]"])  # by name and class
    keywords: dict[str, str] = field(default_factory=dict[str, str])  # given to what is not known by name
    attributes: dict[str, dict[str, str]] = field(default_factory=dict[str, "dict[str, str]"])  # by name and class
    bases: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])  # of each class all that it derives from
    texts: dict[str, str] = field(default_factory=dict[str, str])  # of the files that were read
    defined: Counter[str] = field(default_factory=Counter[str])  # how many functions and classes have a name

    def named_elsewhere(self, name: str, path: Path) -> bool:
        """Whether another file names what this module defines."""
        own = os.fspath(path.absolute())
        stem = path.parent.name if path.stem == "__init__" else path.stem
        words = [re.compile(rf"\b{re.escape(word)}\b") for word in (name, stem)]
        return any(all(word.search(text) for word in words) for other, text in self.texts.items() if other != own)

    def held(self, attribute: str, owner: str = "") -> str:
        """What an attribute of a class, or of one that is not known, holds of this kind."""
        for home, why in self.attributes.get(attribute, {}).items():
            if not (owner and home) or owner == home or self._are_kin(owner, home):
                return why
        return ""

    def _are_kin(self, one: str, other: str) -> bool:
        return other in self.bases.get(one, ()) or one in self.bases.get(other, ())

    def given(self, node: Function, owner: str = "") -> dict[str, str]:
        """The parameters of a function that are given such values, with what and where."""
        if isinstance(node, ast.Lambda):
            return {}
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        every = {*names, *(argument.arg for argument in node.args.kwonlyargs)}
        found = {name: why for name, why in self.keywords.items() if name in every}
        static = any(last_name(mark) == "staticmethod" for mark in node.decorator_list)
        places = names[1:] if owner and not static else names
        called = owner if node.name == "__init__" else node.name
        for whose, told in self.functions.get(called, {}).items():
            if whose and whose != owner and owner not in self.bases.get(whose, ()):
                continue
            for place, why in told.items():
                if isinstance(place, str) and place in every:
                    found.setdefault(place, why)
                elif isinstance(place, int):
                    rest = [node.args.vararg.arg] if node.args.vararg else []
                    for name in [*places[place : place + 1], *rest][:1]:
                        found.setdefault(name, why)
        return found


def objects_around(package: Path | None, module: Path) -> Objects:
    """What the code of a package and its tests say; of a module alone, what it and the tests beside it say."""
    files = list(_files(package, module))
    texts: dict[str, str] = {}
    for path in files:
        try:
            texts[path] = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # the audit of that file says so
    own = os.fspath(package or module)
    top = package.name if package is not None else module.stem
    named = re.compile(rf"\b{re.escape(top)}\b")
    texts = {p: text for p, text in texts.items() if p.startswith(own) or named.search(text)}
    found = Objects(bases=_bases(texts.values()), texts=texts)
    names: dict[str, set[str]] = {}
    parameters: dict[str, str] = {}
    for path, text in texts.items():
        here = _DEFINED.findall(text)
        found.defined.update(name for name, _ in here)
        names[path], parameters[path] = {name for name, _ in here}, "".join(listed for _, listed in here)
    trees: dict[str, _Module] = {}
    asked: dict[ast.AST, set[str]] = {}

    def module_of(path: str) -> _Module:
        if path not in trees:
            trees[path] = _Module(_parsed(texts[path]), os.path.basename(path), top)
        return trees[path]

    for path, text in texts.items():
        if _HINT.search(text):
            module_of(path).tell(found)
    for _ in range(_MOST):
        before = _size(found)
        for path in texts:
            words = (rf"\b{word}\b" for word in found.keywords)
            if path.startswith(own) and (
                not names[path].isdisjoint(found.functions) or any(re.search(w, parameters[path]) for w in words)
            ):
                home = module_of(path)
                for node, owner in home.functions:
                    given = found.given(node, owner)
                    if asked.get(node, set[str]()) != given.keys():
                        asked[node] = {*given}
                        home.tell_of(found, node, owner, given)
        if _size(found) == before:
            break
    return found


def _size(found: Objects) -> int:
    given = [told for each in found.functions.values() for told in each.values()]
    return sum(map(len, (*given, *found.attributes.values(), found.keywords)))


def _files(package: Path | None, module: Path) -> Iterator[str]:
    """The files of the package and of the tests beside it; of a module alone, itself and the tests beside it."""
    root = package.parent if package is not None else module.parent
    homes = [root, root.parent] if package is not None and root.name in _LAYOUT else [root]
    tests = [home / name for home in homes for name in _TESTS]
    for folder in [*([package] if package is not None else []), *tests]:
        for at, _, names in os.walk(folder):
            yield from (os.path.join(at, name) for name in names if name.endswith(".py"))
    if package is None:
        yield os.fspath(module)
        with os.scandir(root) as entries:
            yield from (e.path for e in entries if re.fullmatch(r"test_?\w*\.py|\w+_test\.py", e.name))


def _parsed(text: str) -> ast.Module:
    try:
        with waiting(), warnings.catch_warnings():  # of the parser on the user's strings: not ours to tell
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])  # the audit of that file says so


def _bases(texts: Iterable[str]) -> dict[str, set[str]]:
    """Of each class the names of all classes that it derives from."""
    found: dict[str, set[str]] = {}
    for text in texts:
        for name, listed in re.findall(r"^[ \t]*class[ \t]+(\w+)[ \t]*\(([^)]*)\)", text, re.MULTILINE):
            found.setdefault(name, set()).update(part.strip().rpartition(".")[2] for part in listed.split(","))
    for _ in range(_MOST):
        for above in found.values():
            above.update(*(found.get(base, ()) for base in [*above]))
    return found


class _Module:
    """One file, asked for what it gives to whom."""

    def __init__(self, tree: ast.Module, name: str, top: str) -> None:
        self._tree = tree
        self._name = name
        self.functions: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]] = []
        self._foreign: set[str] = set()  # names of other libraries
        for node in statements(tree):
            if isinstance(node, ast.Import):
                self._foreign |= {
                    a.asname or a.name.partition(".")[0] for a in node.names if a.name.partition(".")[0] != top
                }
            elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] != top:
                self._foreign |= {a.asname or a.name for a in node.names}
            for inner in getattr(node, "body", ()) if isinstance(node, ast.Module | ast.ClassDef | ast.If) else ():
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                    self.functions.append((inner, node.name if isinstance(node, ast.ClassDef) else ""))

    def tell(self, found: Objects) -> None:
        """What the whole file gives."""
        _Scope(self._tree.body, {}, found, self._foreign, self._name, "").tell()
        for node, owner in self.functions:
            self.tell_of(found, node, owner, {})

    def tell_of(
        self, found: Objects, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str, given: dict[str, str]
    ) -> None:
        """What one function gives, where it is given this itself."""
        _Scope(node.body, given, found, self._foreign, self._name, owner).tell()


class _Scope:
    """The statements of one function, read twice in their order: what holds such values, and who is given them."""

    def __init__(
        self,
        body: list[ast.stmt],
        held: dict[str, str],
        found: Objects,
        foreign: set[str],
        file: str,
        owner: str,
    ) -> None:
        self._body, self._found, self._foreign, self._file, self._owner = body, found, foreign, file, owner
        self._held = dict(held)
        self._made: dict[str, str] = {"self": owner, "cls": owner}  # names and the classes they are made of

    def tell(self) -> None:
        nodes = [node for statement in self._body for node in _own_nodes(statement)]
        for _ in range(2):
            for node in nodes:
                if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                    self._assigned(node)
                elif isinstance(node, ast.For) and (why := self._why(node.iter)) and HOLES not in why:
                    self._hold(node.target, why)
        for node in nodes:
            if isinstance(node, ast.Call):
                self._called(node)

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Call) and (name := last_name(value.func)):
                self._made[target.id] = name
            pairs = (
                zip(target.elts, value.elts, strict=False)
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
                else [(target, value)]
            )
            for each, given in pairs:
                if given is not None and (why := self._why(given)):
                    self._hold(each, why)

    def _hold(self, target: ast.expr, why: str) -> None:
        match target:
            case ast.Name(id=name):
                self._held.setdefault(name, why)
            case ast.Attribute(attr=name, value=holder):
                self._found.attributes.setdefault(name, {}).setdefault(self._class_of(holder), why)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                for each in elts:
                    self._hold(each, why)
            case ast.Starred(value=value) | ast.Subscript(value=value):
                self._hold(value, why)
            case _:
                pass

    def _called(self, node: ast.Call) -> None:
        given: dict[str | int, str] = {i: why for i, a in enumerate(node.args) if (why := self._why(a))}
        given |= {word.arg: why for word in node.keywords if word.arg and (why := self._why(word.value))}
        root = node.func
        while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
            root = root.func if isinstance(root, ast.Call) else root.value
        name = last_name(node.func)
        known = isinstance(node.func, ast.Name) and hasattr(builtins, name)
        if not given or not name or name in _EXACT or known or self._is_foreign(root):
            return
        whose = ""
        if isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            whose = self._class_of(receiver)
            if not whose and self._found.defined[name] > _FEW:
                return
        told = self._found.functions.setdefault(name, {}).setdefault(whose, {})
        for place, why in given.items():
            told.setdefault(place, why)
            if isinstance(place, str) and RECORDS in why and not self._found.defined[name]:  # a fixture, an alias
                self._found.keywords.setdefault(place, why)

    def _class_of(self, node: ast.expr) -> str:
        """The class that an object is of, judged by what it was made with; nothing where it is not known."""
        made = last_name(node) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Name):
            made = self._made.get(node.id, "")
        return made if made.lstrip("_")[:1].isupper() else ""

    def _is_foreign(self, root: ast.expr) -> bool:
        return isinstance(root, ast.Name) and root.id in self._foreign

    def _why(self, node: ast.expr) -> str:
        """What of this kind an expression is, and where it stands; nothing where it is none."""
        match node:
            case ast.Name(id=name):
                return self._held.get(name, "") or (self._at(node, RECORDS) if name == "object" else "")
            case ast.Attribute(attr=name):
                if name in _WIDE:
                    return self._at(node, RECORDS)
                return self._why(node.value) if name == "T" else self._own(node)
            case ast.List(elts=elts) | ast.Tuple(elts=elts):
                return self._displayed(node, elts)
            case ast.BinOp(left=left, right=right):
                return self._why(left) or self._why(right)
            case ast.UnaryOp(operand=inner) | ast.Starred(value=inner):
                return self._why(inner)
            case ast.IfExp(body=left, orelse=right):
                return self._why(left) or self._why(right)
            case ast.Subscript(value=value, slice=index):
                why = self._why(value)
                return why if HOLES not in why or isinstance(index, ast.Slice) else ""
            case ast.ListComp(elt=inner) | ast.GeneratorExp(elt=inner):
                return self._why(inner)
            case ast.Call():
                return self._result(node)
            case _:
                return ""

    def _own(self, node: ast.Attribute) -> str:
        """An attribute of the object itself that is told to hold such values."""
        owner = self._class_of(node.value)
        return self._found.held(node.attr, owner) if owner else ""

    def _displayed(self, node: ast.expr, elts: list[ast.expr]) -> str:
        none = [isinstance(each, ast.Constant) and each.value is None for each in elts]
        numbers = all(
            alone or (isinstance(each, ast.Constant) and isinstance(each.value, int | float))
            for alone, each in zip(none, elts, strict=True)
        )
        if any(none) and numbers and isinstance(node, ast.List):
            return self._at(node, HOLES)
        if isinstance(node, ast.List) and elts and all(_field(each) for each in elts):
            return self._at(node, RECORDS)
        return next((why for each in elts if (why := self._why(each)) and RECORDS not in why), "")

    def _result(self, node: ast.Call) -> str:
        name = last_name(node.func)
        if name in _EXACT:
            return self._at(node, _EXACT[name])
        kept = next((w.value for w in node.keywords if w.arg == "dtype"), None)
        if kept is not None or name == "astype":
            dtype = kept if kept is not None else node.args[0] if node.args else None
            is_code = isinstance(dtype, ast.Constant) and dtype.value in ("O", "object")
            if dtype is not None and (is_code or RECORDS in self._why(dtype)):
                return self._at(node, "an array of objects or records")
        if name in _KEEPING:
            first = [node.func.value] if isinstance(node.func, ast.Attribute) and not node.args else node.args
            return next((why for each in first if (why := self._why(each))), "")
        return ""

    def _at(self, node: ast.expr, what: str) -> str:
        return f"{what} ({self._file}:{node.lineno})"


def _field(node: ast.expr) -> bool:
    """`("name", float)`, a field of a record."""
    return (
        isinstance(node, ast.Tuple)
        and len(node.elts) in (2, 3)
        and isinstance(node.elts[0], ast.Constant)
        and isinstance(node.elts[0].value, str)
        and (isinstance(node.elts[1], ast.Attribute) or last_name(node.elts[1]) in _DTYPES)
        and not isinstance(node.elts[1], ast.Call)
    )


def _own_nodes(statement: ast.stmt) -> list[ast.AST]:
    """The nodes of a statement in their order; functions and classes in it have their own say."""
    found: list[ast.AST] = []
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node)
            stack += children(node)[::-1]
    return found
