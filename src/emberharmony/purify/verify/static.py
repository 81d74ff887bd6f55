"""Which names of NumPy and SciPy a function still uses, itself or through what it reaches in its own file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from emberharmony.purify.names import Names

HOSTS = ("numpy", "scipy")
_HERE = "<this file>"
_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def host_names(text: str, function: str) -> list[str]:
    """`numpy.sin (line 3)` for every use that a call of the function can reach; annotations are never called."""
    tree = ast.parse(text)
    names = Names(tree, module=_HERE)
    uses = ((names.resolve(part), part) for part in reached(tree, names, function))
    found = [f"{name} (line {part.lineno})" for name, part in uses if name and name.partition(".")[0] in HOSTS]
    return list(dict.fromkeys(found))


def factorises(text: str, function: str) -> bool:
    """Whether a call of the function can reach a namespace's `linalg`, where nan is nobody's promise."""
    tree = ast.parse(text)
    parts = reached(tree, Names(tree, module=_HERE), function)
    return any(isinstance(part, ast.Attribute) and ".linalg." in f"{ast.unparse(part)}." for part in parts)


def speaks_of_complex(text: str, function: str) -> bool:
    """Whether a function, or what it reaches, names the parts or the types of complex numbers: then they are meant."""
    tree = ast.parse(text)
    nodes = [node for body in bodies(tree, Names(tree, module=_HERE), function) for node in ast.walk(body)]
    return any(
        (
            isinstance(node, ast.Attribute | ast.Name)
            and (node.attr if isinstance(node, ast.Attribute) else node.id) in _COMPLEX
        )
        or (isinstance(node, ast.Constant) and isinstance(node.value, complex))
        for node in nodes
    )


_COMPLEX = frozenset(
    {"real", "imag", "conj", "conjugate", "angle", "complex", "cdouble", "csingle", "complex64", "complex128",
     "complexfloating", "iscomplex", "iscomplexobj", "isreal", "isrealobj", "real_if_close"}
)  # fmt: skip


def literals(text: str, function: str) -> list[float]:
    """The numbers that a function and what it reaches are written with: where they decide is where ports go wrong."""
    tree = ast.parse(text)
    names = Names(tree, module=_HERE)
    nodes = [node for body in bodies(tree, names, function) for node in ast.walk(body)]
    found = [node.value for node in nodes if isinstance(node, ast.Constant)]
    numbers = [float(x) for x in found if isinstance(x, int | float) and not isinstance(x, bool)]
    return list(dict.fromkeys(x for x in numbers if 0 < abs(x) < 1e6))


def callers(text: str, function: str) -> list[str]:
    """The functions and methods of the file that use a function of its top level, public ones first."""
    tree = ast.parse(text)
    found: list[str] = []
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for part in inner:
            if not isinstance(part, ast.FunctionDef) or part.name == function:
                continue
            if any(isinstance(name, ast.Name) and name.id == function for name in ast.walk(part)):
                found.append(f"{node.name}.{part.name}" if isinstance(node, ast.ClassDef) else part.name)
    return sorted(found, key=lambda name: name.rpartition(".")[2].startswith("_"))


def reached(tree: ast.Module, names: Names, function: str) -> Iterator[ast.Name | ast.Attribute]:
    """The names in a function and in what it reaches in its own file."""
    for body in bodies(tree, names, function):
        yield from _parts(body)


def bodies(tree: ast.Module, names: Names, function: str) -> Iterator[ast.AST]:
    """A function, and the definitions and assignments of its file that a call of it can reach."""
    seen: set[ast.AST] = set()
    waiting = _start(tree, function)
    methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = {node: around for node in methods if isinstance(around := next(names.around(node), None), ast.ClassDef)}
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        yield node
        for part in _parts(node):
            name = names.resolve(part)
            if name is not None and name.startswith(f"{_HERE}."):
                waiting += _defined(tree, name.removeprefix(f"{_HERE}.").partition(".")[0])
            elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                home = names.bindings(part.id, names.scope(part))
                waiting += [b.node for b in home[1]] if home is not None and home[0] is names.root else []
            if isinstance(part, ast.Attribute):  # a method of any class that has been reached
                waiting += [m for m, c in classes.items() if m.name == part.attr and c in seen]
        if isinstance(node, ast.ClassDef):
            waiting += [m for m, c in classes.items() if c is node and m.name in ("__init__", "__post_init__")]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node in classes:
            seen.add(classes[node])


def _start(tree: ast.Module, function: str) -> list[ast.AST]:
    here: list[ast.stmt] = tree.body
    found: ast.AST | None = None
    for part in function.split("."):
        found = next((node for node in here if isinstance(node, _Named) and node.name == part), None)
        if found is None:
            return []
        here = found.body
    return [found] if found is not None else []


def _defined(tree: ast.Module, name: str) -> list[ast.AST]:
    return [node for node in ast.walk(tree) if isinstance(node, _Named) and node.name == name]


def _parts(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    """The outermost names in a node, without annotations, and without the bodies of a class."""
    waiting: list[ast.AST] = [node]
    while waiting:
        here = waiting.pop()
        if isinstance(here, ast.Attribute):
            yield here
            if not _dotted(here):
                waiting.append(here.value)
            else:
                waiting += [root] if (root := _root(here)) is not None else []
            continue
        if isinstance(here, ast.Name):
            yield here
            continue
        if isinstance(here, ast.Import | ast.ImportFrom):
            continue
        if isinstance(here, ast.arg):
            continue
        if isinstance(here, ast.AnnAssign):
            waiting += [here.value] if here.value is not None else []
            continue
        if isinstance(here, ast.ClassDef):
            waiting += [*here.bases, *here.decorator_list]
            waiting += [child for child in here.body if not isinstance(child, _Named)]
            continue
        if isinstance(here, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += [*here.decorator_list, *here.args.defaults, *[d for d in here.args.kw_defaults if d], *here.body]
            continue
        waiting += ast.iter_child_nodes(here)


def _dotted(node: ast.Attribute) -> bool:
    return _root(node) is not None


def _root(node: ast.Attribute) -> ast.Name | None:
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        value = value.value
    return value if isinstance(value, ast.Name) else None
