"""The modules of a project, each with its flow; a module is read when another asks for what it defines."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

from emberharmony.purify.flow.module import Flow
from emberharmony.purify.flow.objects import Objects, objects_around
from emberharmony.purify.flow.values import Kind
from emberharmony.purify.names import Names

__all__ = ["Flow", "Project", "Told"]

HOPS = 1  # modules that are followed one into the other
Told = Callable[[str, ast.AST, str], Kind | None]


class Project:
    """Flows by module name; a module is read when something asks for what it defines."""

    def __init__(self, roots: Iterable[Path] = (), *, told: Told | None = None, ported: bool = False) -> None:
        self.ported = ported  # values as the port will have them: arithmetic of Python numbers stays on the host
        self.roots = [Path(root) for root in roots]
        self.told = told
        self.drafting = False  # see Flow.draft
        self.unfinished = 0  # how often an attribute was asked for that was being asked for
        self._flows: dict[str, Flow | None] = {}
        self._trees: dict[str, tuple[bytes, ast.Module]] = {}  # by path: the bytes of the file, and their tree
        self.state = 0  # grows when what names lead to has to be looked for anew
        self._found: dict[str, tuple[Flow, str] | None] = {}
        self.owners: dict[ast.AST, Flow] = {}  # the flow of each function and class
        self._homes: dict[str, list[str]] = {}
        self._objects: dict[Path, Objects] = {}  # by package: kept when the modules are forgotten
        self._packages: dict[str, set[str]] = {}  # of a root that files brought in: what of it is the project

    def flow(self, tree: ast.Module, path: Path | None = None) -> Flow:
        """The flow of a module that has been parsed."""
        module, package = self._module(path) if path is not None else ("", False)
        known = self._flows.get(module) if module else None
        same = known is not None and known.path == path and known.names.tree is tree
        if known is not None and same and not known.hops:
            return known
        flow = Flow(self, known.names if known is not None and same else Names(tree, module, package), path)
        if module:
            self._flows[module] = flow
            self._anew()
        return flow

    def tree(self, path: Path, data: bytes) -> ast.Module | None:
        """The tree of a file that was read when another asked for it, if its bytes are still these."""
        read, tree = self._trees.get(str(path), (b"", None))
        return tree if read == data else None

    def put(self, flow: Flow) -> None:
        """Let a module be seen as it is in this flow."""
        if flow.names.module:
            self._flows[flow.names.module] = flow
            self._anew()

    def find(self, dotted: str, hops: int = 0) -> tuple[Flow, str] | None:
        """The module of the project that a dotted name leads into, and what is left of the name.

        It is not followed for ever: what is `hops` modules away from the one that somebody asks about leads no further.
        """
        if hops >= HOPS:
            return None
        if dotted not in self._found:
            self._found[dotted] = self._find(dotted, hops)
        return self._found[dotted]

    def _anew(self) -> None:
        """Names may lead elsewhere from now on."""
        self._found.clear()
        self.state += 1

    def objects(self, path: Path | None) -> Objects:
        """What the project around a file gives its functions that arrays of NumPy alone can hold."""
        if path is None or not path.is_file():
            return Objects()
        module = path.absolute()
        package: Path | None = None
        folder = module.parent
        while (folder / "__init__.py").is_file() and folder != folder.parent:
            package, folder = folder, folder.parent
        key = module if package is None else package
        if key not in self._objects:
            self._objects[key] = objects_around(package, module)
        return self._objects[key]

    def forget(self) -> None:
        """Let go of all modules: they hold each other, and Python would look for them for a long time."""
        for flow in {*self._flows.values(), *self.owners.values()}:
            if flow is not None:
                flow.forget()
        self._flows.clear()
        self._trees.clear()
        self._found.clear()
        self.owners.clear()

    def _find(self, dotted: str, hops: int) -> tuple[Flow, str] | None:
        parts = dotted.split(".")
        if parts[0] not in self._flows and not self._roots_of(parts[0]):
            return None
        for end in range(len(parts), 0, -1):
            flow = self._load(".".join(parts[:end]), hops)
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

    def _load(self, module: str, hops: int) -> Flow | None:
        if module not in self._flows:
            self._flows[module] = None
            parts = module.split(".")
            for root in self._roots_of(parts[0]):
                stem = os.path.join(root, *parts)
                for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
                    if os.path.isfile(path):
                        self._flows[module] = self._read(Path(path), module, hops + 1)
                        return self._flows[module]
        return self._flows[module]

    def _read(self, path: Path, module: str, hops: int) -> Flow | None:
        try:
            with warnings.catch_warnings():  # of the parser on the user's strings: not ours to tell
                warnings.simplefilter("ignore")
                data = path.read_bytes()
                tree = ast.parse(data)
        except (SyntaxError, ValueError, OSError, RecursionError, MemoryError):
            return None  # the audit of that file says so
        self._trees[str(path)] = data, tree
        return Flow(self, Names(tree, module, path.name == "__init__.py"), path, hops=hops)

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
            self._anew()
        return ".".join(parts[:-1] if package else parts), package
