"""The Python files below some paths, each once, in the order of their names; nothing is opened."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from emberharmony.purify.source import SourceError

EXCLUDED = (
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    ".eggs",
    "*.egg-info",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    "build",
    "dist",
    "node_modules",
)


class Found(NamedTuple):
    """A file: how reports call it, where it is, and what tells that it has changed."""

    name: str
    path: str
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Discovery:
    """The files, and the places where none could be looked for."""

    files: list[Found] = field(default_factory=list[Found])
    problems: list[tuple[str, SourceError]] = field(default_factory=list[tuple[str, SourceError]])


class Patterns:
    """Glob patterns, read as git reads them.

    One without a slash fits a file or folder of that name anywhere; one with a slash starts at the root, and `**`
    stands for any number of folders. What a folder's pattern fits, fits all that is below it. `build` does not fit
    `build_tools`.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        given = [pattern.strip().removeprefix("./") for pattern in patterns]
        names = [_regex(each.rstrip("/")) for each in given if "/" not in each.rstrip("/")]
        paths = [_regex(each.strip("/")) for each in given if "/" in each.rstrip("/")]
        self._name = re.compile("|".join(names)) if names else None
        self._path = re.compile("|".join(paths)) if paths else None

    def fits(self, path: str) -> bool:
        """Whether a pattern fits the path, which is relative to the root and has slashes, or a folder above it."""
        parts = path.split("/")
        if self._name and any(self._name.fullmatch(part) for part in parts):
            return True
        return self._path is not None and any(
            self._path.fullmatch("/".join(parts[:end])) for end in range(1, len(parts) + 1)
        )

    def fits_last(self, path: str, name: str) -> bool:
        """The same where every folder above was asked before; `name` is the path's last part."""
        if self._name and self._name.fullmatch(name):
            return True
        return self._path is not None and self._path.fullmatch(path) is not None


@lru_cache(maxsize=256)
def patterns(given: tuple[str, ...]) -> Patterns:
    """The patterns, made once."""
    return Patterns(given)


def _regex(pattern: str) -> str:
    written: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            written.append("(?:[^/]+/)*")
            at += 3
        elif pattern.startswith("**", at):
            written.append(".*")
            at += 2
        elif pattern[at] == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            written.append("[" + ("^" + inside[1:] if inside[0] in "!^" else inside) + "]")
            at = end + 1
        else:
            written.append({"*": "[^/]*", "?": "[^/]"}.get(pattern[at]) or re.escape(pattern[at]))
            at += 1
    return f"(?:{''.join(written)})"


def relative(path: str, root: str) -> str:
    """The path from a root, with slashes; the path itself where it is not below it."""
    if path == root:
        return "."
    above = root.rstrip(os.sep) + os.sep
    return path.removeprefix(above).replace(os.sep, "/")


def discover(paths: Sequence[Path | str], *, root: Path, exclude: Iterable[str] = ()) -> Discovery:
    """The .py files at and below `paths`. A script that is named needs no suffix; what `exclude` fits is never taken.

    Folders are entered once, and links after what is there in its own right; a link that leads in a circle ends.
    A path that does not exist is an error, a folder that cannot be read a finding.
    """
    given_exclude = tuple(exclude)
    walk = _Walk(str(root), Patterns((*EXCLUDED, *given_exclude)))
    for given in paths:
        path = os.path.abspath(given)
        try:
            state = os.stat(path)
        except (OSError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or str(problem)
            raise SourceError(
                f"{given}: {why[:1].lower()}{why[1:]}", expected="a file or folder", mend="correct the path"
            ) from None
        if stat.S_ISDIR(state.st_mode):
            walk.below(path, state)
        elif (suffix := os.path.splitext(path)[1].lower()) not in ("", ".py", ".pyw"):
            script = "jupyter nbconvert --to script makes a .py file of a notebook"
            raise SourceError(
                f"{given}: is no Python file",
                expected="a .py file, a script without a suffix, or a folder",
                mend=script if suffix == ".ipynb" else "name the file that is meant",
            )
        elif not Patterns(given_exclude).fits(relative(path, str(root))):  # as a hook names files one by one
            walk.take(path, state)
    walk.found.files.sort(key=lambda file: file.path)
    walk.found.problems.sort(key=lambda problem: problem[0])
    return walk.found


class _Walk:
    def __init__(self, root: str, exclude: Patterns) -> None:
        self.found = Discovery()
        self._root, self._here, self._exclude = root, os.getcwd(), exclude
        self._folders: set[tuple[int, int]] = set()
        self._files: set[tuple[int, int]] = set()
        self._paths: set[str] = set()

    def take(self, path: str, state: os.stat_result) -> None:
        if path not in self._paths:
            self._paths.add(path)
            self._files.add((state.st_dev, state.st_ino))
            self.found.files.append(Found(self._name(path), path, state.st_size, state.st_mtime_ns))

    def below(self, top: str, state: os.stat_result) -> None:
        folders, links = [(top, state)], list[str]()
        while folders or links:
            if folders:
                folder, state = folders.pop()
            else:  # what links lead to comes last, so that a file is known by its own path
                folder = links.pop(0)
                followed = self._link(folder)
                if followed is None:
                    continue
                state = followed
            if (state.st_dev, state.st_ino) in self._folders:
                continue
            self._folders.add((state.st_dev, state.st_ino))
            for entry in self._entries(folder):
                if entry.is_symlink():
                    links.append(entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, entry.stat(follow_symlinks=False)))
                elif entry.name.endswith(".py"):
                    self._regular(entry.path, entry.stat(follow_symlinks=False))

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                inside = list(entries)
        except OSError as problem:
            self._problem(folder, f"cannot be read: {problem.strerror}", "chmod u+rx, or exclude it")
            return
        above = relative(folder, self._root)
        prefix = "" if above == "." else above + "/"
        for entry in sorted(inside, key=lambda entry: entry.name):
            if not self._exclude.fits_last(prefix + entry.name, entry.name):
                yield entry

    def _regular(self, path: str, state: os.stat_result) -> None:
        if stat.S_ISREG(state.st_mode):
            self.take(path, state)
        else:
            self._problem(path, "is not a regular file", "exclude it")

    def _link(self, path: str) -> os.stat_result | None:
        """What a link leads to, if it is a folder; a file is taken here, unless it was seen under its own name."""
        try:
            state = os.stat(path)
        except OSError as problem:
            if path.endswith(".py"):
                self._problem(path, f"is a link to nothing: {problem.strerror}", "take the link away, or exclude it")
            return None
        if stat.S_ISDIR(state.st_mode):
            return state
        if path.endswith(".py") and (state.st_dev, state.st_ino) not in self._files:
            self._regular(path, state)
        return None

    def _problem(self, path: str, what: str, mend: str) -> None:
        name = self._name(path)
        error = SourceError(f"{name}: {what}", expected="folders and Python files that you may read", mend=mend)
        self.found.problems.append((name, error))

    def _name(self, path: str) -> str:
        return relative(path, self._here)
