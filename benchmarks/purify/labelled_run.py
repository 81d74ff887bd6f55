# pyright: basic
# Values of any kind of any library pass through here, and strict types would only say so at every line.
"""Run the tests of one package with its modules instrumented, and write what every expression was.

python -m benchmarks.purify.labelled_run ROOT OUT TESTS...
"""

from __future__ import annotations

import ast
import builtins
import collections
import collections.abc
import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest

from benchmarks.purify.labels import ARRAY, NUMBER, REST, SEQUENCE, dotted

SPOT = "__purify_spot__"
CASTS = {"float": float, "int": int, "complex": complex, "bool": bool}
METHODS = {"item", "tolist", "astype"}
CONVERSIONS = {"asarray", "array"}
KINDS = "biufc"


def bits(value: object) -> int:
    """What a value is."""
    if isinstance(value, np.ndarray | np.generic):
        return ARRAY
    if isinstance(value, bool | int | float | complex):
        return NUMBER
    return SEQUENCE if isinstance(value, list | tuple) else REST


def module_of_numpy(value: object) -> bool:
    """Whether a value is NumPy itself or one of its modules."""
    name = getattr(value, "__name__", "") if isinstance(value, ModuleType) else ""
    return (name == "numpy" or name.startswith("numpy.")) and sys.modules.get(name) is value


def owned(value: object) -> bool:
    """Whether a value is a function or a class that NumPy defines."""
    named = isinstance(value, np.ufunc) or str(getattr(value, "__module__", "")).partition(".")[0] == "numpy"
    return named and (isinstance(value, type) or callable(value)) and not isinstance(value, np.ndarray | np.generic)


class Recorder:
    """What was seen at every spot; the instrumented code calls `spot`."""

    def __init__(self) -> None:
        self.files: dict[str, Labels] = {}
        self.spots: list[Spot] = []

    def spot(self, number: int, value: Any) -> Any:
        self.spots[number].see(value)
        return value


class Spot:
    """An expression: `kind` says what is asked of its values."""

    def __init__(self, kind: str, place: tuple[int, int, int], detail: str = "") -> None:
        self.kind, self.place, self.detail = kind, place, detail
        self.value = self.second = self.numpy = self.other = self.narrowed = 0
        self.expected: Any = None
        self.stack: list[Any] = []

    def see(self, value: Any) -> None:
        getattr(self, f"see_{self.kind}")(value)

    def see_name(self, value: Any) -> None:
        self.value |= bits(value)
        imported = self.expected is not None and value is getattr(self.expected[0], self.expected[1], self)
        if module_of_numpy(value) or imported:
            self.numpy = 1
        else:
            self.other |= 2 if owned(value) else 1

    def see_base(self, value: Any) -> None:  # what an attribute is read from
        if module_of_numpy(value):
            self.numpy = 1
        else:
            self.other |= 1

    def see_value(self, value: Any) -> None:
        self.value |= bits(value)

    def see_index(self, value: Any) -> None:
        self.second |= bits(value)

    def see_import(self, value: Any) -> None:
        self.value = 1

    def see_left(self, value: Any) -> None:
        self.stack.append(bits(value))

    def see_right(self, value: Any) -> None:
        if self.stack:
            self.value |= self.stack.pop()
            self.second |= bits(value)

    def see_receiver(self, value: Any) -> None:
        self.value |= bits(value)
        self.stack.append(value.dtype if isinstance(value, np.ndarray | np.generic) else None)

    def see_result(self, value: Any) -> None:
        before = self.stack.pop() if self.stack else None
        if before is not None and isinstance(value, np.ndarray | np.generic):
            after = value.dtype
            self.narrowed |= 1 if not np.can_cast(before, after, "safe") else 2


class Labels:
    """The spots of one file."""

    def __init__(self, text: str, recorder: Recorder) -> None:
        self.lines, self.recorder, self.held = text.split("\n"), recorder, list[Spot]()

    def place(self, node: Any) -> tuple[int, int, int]:
        def column(line: int, offset: int) -> int:
            return len(self.lines[line - 1].encode()[:offset].decode()) + 1

        return node.lineno, column(node.lineno, node.col_offset), column(node.end_lineno, node.end_col_offset)

    def new(self, kind: str, node: ast.AST, detail: str = "") -> tuple[Spot, int]:
        spot = Spot(kind, self.place(node), detail)
        self.held.append(spot)
        self.recorder.spots.append(spot)
        return spot, len(self.recorder.spots) - 1

    def alias(self, kind: str, spot: Spot) -> int:
        """A second view of a spot: the same record, asked in another way."""
        self.recorder.spots.append(_View(kind, spot))  # type: ignore[arg-type]
        return len(self.recorder.spots) - 1


class _View:
    def __init__(self, kind: str, spot: Spot) -> None:
        self.see = getattr(spot, f"see_{kind}")


def report(number: int, value: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(SPOT, ast.Load()), [ast.Constant(number), value], [])
    return ast.copy_location(call, value)


class Instrument(ast.NodeTransformer):
    """Rewrites a module so that it reports; what it computes stays the same."""

    def __init__(self, labels: Labels, tree: ast.Module) -> None:
        self.labels = labels
        self.imported: dict[str, tuple[str, str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "numpy" and not node.level:
                for alias in node.names:
                    if alias.name == "*":
                        module = importlib.import_module(node.module or "")
                        self.imported |= {name: (node.module or "", name) for name in module.__all__}
                    else:
                        self.imported[alias.asname or alias.name] = (node.module or "", alias.name)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load):
            return node
        spot, number = self.labels.new("name", node)
        if node.id in self.imported:
            module, name = self.imported[node.id]
            spot.expected = (importlib.import_module(module), name)
        return report(number, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        chain = dotted(node)
        inner = self.visit(node.value)
        if chain and isinstance(node.ctx, ast.Load):
            inner = report(self.labels.new("base", node)[1], inner)
        node.value = inner
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        func, first = node.func, node.args[0] if node.args else None
        cast = isinstance(func, ast.Name) and func.id in CASTS and len(node.args) == 1 and not node.keywords
        method = isinstance(func, ast.Attribute) and func.attr in METHODS
        name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
        convert = name in CONVERSIONS and first is not None and not method
        plain = first is not None and not isinstance(first, ast.Starred)
        made: tuple[Spot, int] | None = None
        if method:
            made = self.labels.new("receiver", node, name)
        elif (cast or convert) and plain:
            made = self.labels.new("value", node, name)
        self.generic_visit(node)
        if made and method:
            node.func.value = report(made[1], node.func.value)  # type: ignore[attr-defined]
            return report(self.labels.alias("result", made[0]), node)
        if made:
            node.args[0] = report(made[1], node.args[0])
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        spot, number = self.labels.new("left", node)
        self.generic_visit(node)
        node.left = report(number, node.left)
        node.right = report(self.labels.alias("right", spot), node.right)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node  # places inside of f-strings are wrong before Python 3.12

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        node.body = self.statements(node.body)
        return node

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return node
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        relative = isinstance(node, ast.ImportFrom) and node.level
        ours = not relative and any(name.partition(".")[0] == "numpy" for name in names)
        _, number = self.labels.new("import", node, "numpy" if ours else "")
        mark = ast.copy_location(ast.Expr(report(number, ast.copy_location(ast.Constant(0), node))), node)
        return [node, mark]

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        marks: list[ast.stmt] = []
        arguments = node.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            _, number = self.labels.new("value", argument, "parameter")
            load = ast.copy_location(ast.Name(argument.arg, ast.Load()), argument)
            marks.append(ast.copy_location(ast.Expr(report(number, load)), argument))
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        arguments.defaults = [self.visit(d) for d in arguments.defaults]
        arguments.kw_defaults = [None if d is None else self.visit(d) for d in arguments.kw_defaults]
        doc = 1 if ast.get_docstring(node, clean=False) is not None else 0
        node.body = [*node.body[:doc], *marks, *self.statements(node.body[doc:])]
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        marks: list[ast.stmt] = []
        for target in node.targets:
            marks += self.stored(target, "assign")
        self.generic_visit(node)
        return [node, *marks]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.stmt]:
        marks = self.stored(node.target, "augment")
        self.generic_visit(node)
        return [*marks, node]

    def stored(self, target: ast.expr, how: str) -> list[ast.stmt]:
        subscript = isinstance(target, ast.Subscript)
        base = target.value if isinstance(target, ast.Subscript) else target
        if not dotted(base) or (how == "assign" and not subscript):
            return []
        spot, number = self.labels.new("value", target, how)
        asked = [(number, base)]
        if isinstance(target, ast.Subscript) and dotted(target.slice):
            asked.append((self.labels.alias("index", spot), target.slice))
        marks: list[ast.stmt] = []
        for one, expression in asked:
            again = ast.parse(ast.unparse(expression), mode="eval").body
            marks.append(ast.copy_location(ast.Expr(report(one, again)), target))
        return marks

    def statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for statement in body:
            made = self.visit(statement)
            done.extend(made if isinstance(made, list) else [made])
        return done


class Finder(importlib.abc.MetaPathFinder):
    """Loads the modules under `root` instrumented."""

    def __init__(self, root: Path, recorder: Recorder) -> None:
        self.root, self.recorder = root, recorder

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not (spec.origin or "").endswith(".py"):
            return None
        origin = Path(str(spec.origin)).resolve()
        if not origin.is_relative_to(self.root):
            return None
        spec.loader = Loader(fullname, str(origin), self)
        return spec


class Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, finder: Finder) -> None:
        super().__init__(name, path)
        self.finder = finder

    def get_code(self, fullname: str) -> Any:
        text = self.get_data(self.path).decode("utf-8-sig").replace("\r\n", "\n")
        recorder = self.finder.recorder
        name = Path(self.path).relative_to(self.finder.root).as_posix()
        labels = recorder.files[name] = Labels(text, recorder)
        tree = ast.parse(text)
        Instrument(labels, tree).visit(tree)
        return compile(ast.fix_missing_locations(tree), self.path, "exec", dont_inherit=True)


def rows(labels: Labels) -> dict[str, list[list[Any]]]:
    """The labels of one file, as spots.json holds them."""
    chains: dict[tuple[int, int], list[Spot]] = {}
    out: dict[str, list[list[Any]]] = {}
    for spot in labels.held:
        if spot.kind in {"name", "base"}:
            chains.setdefault(spot.place[:2], []).append(spot)
        if spot.value == 0:
            continue
        if spot.kind == "name" or spot.detail == "parameter":
            out.setdefault("names", []).append([*spot.place, spot.value])
        elif spot.kind == "import":
            out.setdefault("imports" if spot.detail else "other_imports", []).append(list(spot.place))
        elif spot.kind == "left":
            out.setdefault("operators", []).append([*spot.place, spot.value, spot.second])
        elif spot.detail in {"assign", "augment"}:
            out.setdefault("stores", []).append([*spot.place, spot.detail, spot.value, spot.second])
        else:
            extra = [spot.narrowed] if spot.detail == "astype" else []
            out.setdefault("calls", []).append([*spot.place, spot.detail, spot.value, *extra])
    for start, spots in chains.items():
        numpy = [spot for spot in spots if spot.numpy]
        seen = [spot for spot in spots if spot.other or spot.numpy]
        if not seen:
            continue
        longest = max(numpy or seen, key=lambda spot: spot.place)
        if numpy or any(spot.other & 2 for spot in spots):
            out.setdefault("numpy" if numpy else "unjudged", []).append([*start, longest.place[2]])
    return {kind: sorted(found) for kind, found in sorted(out.items())}


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Peers that are too large to fetch. A test that asks them for a value fails; the others of its module run."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] in {"nltk", "tensorflow", "librosa"}:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Any:
        return MagicMock()

    def exec_module(self, module: ModuleType) -> None:
        pass


def old_names() -> None:
    """Give back what Python and NumPy have dropped since the releases came out, where they still use it."""
    for name in ("Hashable", "Iterable", "Mapping", "Sequence"):
        setattr(collections, name, getattr(collections.abc, name))
    for name, kind in {"float": float, "int": int, "bool": bool, "object": object}.items():
        if name not in vars(np):
            setattr(np, name, kind)


def main(arguments: Sequence[str]) -> int:
    old_names()
    root, out, tests = Path(arguments[0]).resolve(), Path(arguments[1]), arguments[2:]
    recorder = Recorder()
    setattr(builtins, SPOT, recorder.spot)
    sys.dont_write_bytecode = True
    sys.meta_path.insert(0, Finder(root, recorder))
    sys.meta_path.append(Absent())
    settings = out.parent / "pytest.ini"  # the package's own may ask for plugins
    settings.write_text("[pytest]\npython_files = test*.py tests.py\n")
    options = ["--rootdir", str(root), "-c", str(settings), "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    options += ["--assert=plain", "-q", "--tb=no", "--continue-on-collection-errors", "--timeout=30"]
    status = pytest.main([*tests, *options])
    out.write_text(json.dumps({name: rows(labels) for name, labels in recorder.files.items() if labels.held}))
    return int(status)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
