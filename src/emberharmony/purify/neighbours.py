"""The files of a project that a module imports from, read off its text: what they say may change what is found in it.

Parsing would be exact and cost more than all the rest of an unchanged file; an import too many does no harm here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)[ \t]*(?P<module>[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^\n]*)"
    r"|import[ \t]+(?P<modules>[^\n;]*))",
    re.MULTILINE,
)
_NAME = re.compile(r"\w+")


def neighbours(path: str, text: str, roots: tuple[str, ...]) -> list[str]:
    """The files, in the order of their paths; `roots` are the folders that absolute imports start at."""
    folder = os.path.dirname(path)
    found: set[str] = set()
    for match in _IMPORT.finditer(text):
        for starts, module in _modules(match, folder, roots):
            found.update(_files(starts, module))
    return sorted(found - {path})


def _modules(match: re.Match[str], folder: str, roots: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where to look, and the module to look for there; a name that is imported may be a module itself."""
    if match["modules"] is not None:
        for part in match["modules"].split(","):
            if part.split():
                yield (*roots, _top(folder)), part.split()[0]
        return
    module = match["module"]
    if match["dots"]:
        for _ in match["dots"][1:]:
            folder = os.path.dirname(folder)
        starts: tuple[str, ...] = (folder,)
    else:
        starts = (*roots, _top(folder))
    yield starts, module  # of `from . import x`, too: the package is imported
    for name in _NAME.findall(match["names"]):
        yield starts, f"{module}.{name}" if module else name


@lru_cache(maxsize=1024)
def _top(folder: str) -> str:
    """The nearest folder above that is no package."""
    while os.path.isfile(os.path.join(folder, "__init__.py")) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


@lru_cache(maxsize=65536)
def _files(starts: tuple[str, ...], module: str) -> tuple[str, ...]:
    """The file of a module, and those of the packages around it, which are imported before it."""
    parts = module.split(".")
    for start in starts:
        stem = os.path.join(start, *parts)
        for path in (f"{stem}.py", os.path.join(stem, "__init__.py")):
            if os.path.isfile(path):
                around = (os.path.join(start, *parts[:end], "__init__.py") for end in range(1, len(parts)))
                return (*filter(os.path.isfile, around), path)
    return ()
