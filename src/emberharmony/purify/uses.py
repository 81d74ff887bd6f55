"""Through which names a module reaches the array libraries, however they came to it.

`flow.resolve` answers what a name surely is. An audit must also see what it may be: after `try: import cupy as np`,
`except ImportError: import numpy as np` the name is one of two libraries, and both are findings.
"""

from __future__ import annotations

import ast
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library

if TYPE_CHECKING:
    from emberharmony.purify.flow import Flow
    from emberharmony.purify.names import Binding, Scope

TRACKED = ARRAY_LIBRARIES | {"scipy", "pandas"}
DEEP = 6  # modules that hand a name on to each other


def origin(flow: Flow, name: ast.Name) -> str | None:
    """The dotted name in an array library that a name may stand for."""
    if name.id not in candidates(flow):
        return None
    known, key = _origins(flow), (name.id, flow.names.scope(name))
    if key not in known:
        known[key] = _meaning(flow, *key, DEEP)
    return known[key]


def chain(flow: Flow, name: ast.Name) -> tuple[ast.expr, str]:
    """The longest attribute chain that begins with a name, and the attributes: `np.linalg.norm`, ".linalg.norm"."""
    whole: ast.expr = name
    attributes = ""
    parent = flow.parent(whole)
    while isinstance(parent, ast.Attribute):
        whole, attributes = parent, f"{attributes}.{parent.attr}"
        parent = flow.parent(whole)
    return whole, attributes


def read(flow: Flow, name: ast.Name) -> tuple[ast.expr, str] | None:
    """The longest chain that begins with a name that is read, and what it may be in an array library."""
    dotted = origin(flow, name) if isinstance(name.ctx, ast.Load) else None
    if dotted is None:
        return None
    whole, attributes = chain(flow, name)
    return whole, dotted + attributes


@lru_cache(maxsize=1)
def _origins(flow: Flow) -> dict[tuple[str, Scope], str | None]:
    """What has been asked for already."""
    return {}


@lru_cache(maxsize=1)  # of the module that is being examined; more would keep trees alive
def candidates(flow: Flow) -> frozenset[str]:
    """The identifiers of the module that are worth a closer look: few, of all that it has."""
    names = flow.names
    found: set[str] = set()
    aliases: list[tuple[str, str]] = []
    for scope in names.opened.values():
        for name, bindings in scope.bound.items():
            for binding in bindings:
                if binding.target is not None and _leads(flow, binding.target):
                    found.add(name)
                elif binding.value is not None and (root := _root(binding.value)) is not None:
                    aliases.append((name, root))
    stars = {star for scope in names.opened.values() for star in scope.stars}
    if any(library(star) in TRACKED or _text(tuple(flow.project.roots), star) is not None for star in stars):
        # a star may bring any name that nothing else binds
        found |= names.uses.keys()
    grown = True
    while grown:
        new = {name for name, root in aliases if root in found} - found
        found |= new
        grown = bool(new)
    return frozenset(found)


def _root(value: ast.expr) -> str | None:
    """The name that a chain of attributes begins with; a lazy import counts as its library."""
    while isinstance(value, ast.Attribute):
        value = value.value
    if isinstance(value, ast.Name):
        return value.id
    return None


def _leads(flow: Flow, dotted: str) -> bool:
    """Whether a dotted name is one of an array library, or may be one that a module of the project hands on.

    To follow every import of the project would read and parse most of it; what a module plainly defines itself is not
    handed on, and its text says so.
    """
    if library(dotted) in TRACKED:
        return True
    module, _, name = dotted.rpartition(".")
    text = _text(tuple(flow.project.roots), module) if module else None
    return text is not None and f"def {name}(" not in text and f"class {name}" not in text and name in text


@lru_cache(maxsize=512)
def _text(roots: tuple[Path, ...], module: str) -> str | None:
    """The text of a module of the project; None for what is not one."""
    path = _file(roots, module)
    return None if path is None else Path(path).read_text("utf-8", "replace")


@lru_cache(maxsize=8192)
def _file(roots: tuple[Path, ...], module: str) -> str | None:
    """The file of a module of the project."""
    for root in roots:
        stem = os.path.join(root, *module.split("."))
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if os.path.isfile(path):
                return path
    return None


def _meaning(flow: Flow, name: str, scope: Scope, deep: int) -> str | None:
    found = flow.names.bindings(name, scope)
    if found is not None:
        return next(filter(None, (_bound(flow, each, found[0], deep) for each in found[1])), None)
    for star in flow.names.stars(scope):
        if library(star) in TRACKED:
            resolved = flow.names.meaning(name, scope)
            if resolved is not None and library(resolved) in TRACKED:
                return resolved
        elif (dotted := _handed_on(flow, f"{star}.{name}", deep)) is not None:
            return dotted
    return None


def _bound(flow: Flow, binding: Binding, scope: Scope, deep: int) -> str | None:
    if binding.target is not None:
        if library(binding.target) in TRACKED:
            return binding.target
        return _handed_on(flow, binding.target, deep)
    if binding.value is None or deep == 0:
        return None
    value, attributes = binding.value, ""
    while isinstance(value, ast.Attribute):
        value, attributes = value.value, f".{value.attr}{attributes}"
    if isinstance(value, ast.Name):
        base = _meaning(flow, value.id, scope, deep - 1)
        return None if base is None else base + attributes
    resolved = flow.resolve(value)  # a lazy import
    return resolved + attributes if resolved is not None and library(resolved) in TRACKED else None


def _handed_on(flow: Flow, dotted: str, deep: int) -> str | None:
    """What a module of the project means by a name that it imports itself."""
    found = flow.project.find(dotted) if deep else None
    if found is None or not found[1] or found[0] is flow:
        return None
    other, rest = found
    first, _, attributes = rest.partition(".")
    base = _meaning(other, first, other.names.root, deep - 1)
    return base + ("." + attributes if attributes else "") if base is not None else None
