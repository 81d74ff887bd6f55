"""Which files a path means: a file, a folder, a glob or a list; in one order, under names that survive a move."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

from emberharmony.features.errors import SourceError

Paths = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Files:
    """Files by their names relative to `root`, with `/` on every system: a folder that moved has the same names.

    `root` is made absolute at once: what is read later does not depend on the folder the process is in then.
    """

    root: Path
    names: tuple[str, ...]
    name: str  # what messages call them

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Path(os.path.abspath(self.root)))

    def path(self, name: str) -> Path:
        """Where the file lies now."""
        return self.root / name

    def mark(self) -> dict[str, str]:
        """Size and time of change of each file: who reads again asks whether it still is the same."""
        marks: dict[str, str] = {}
        for name in self.names:
            status = self.path(name).stat()
            marks[f"file {name}"] = f"{status.st_size} bytes, changed at {status.st_mtime_ns}"
        return marks

    def bytes(self) -> int:
        """How large they are together."""
        return sum(self.path(name).stat().st_size for name in self.names)


def find_files(paths: Paths, suffixes: Sequence[str]) -> Files:
    """The files that `paths` means. Of a folder all files below it with one of `suffixes`, sorted; names that begin
    with `.` or `_` are left out, as other tools do. A list keeps its order; a file that is named may have any suffix.
    """
    if not isinstance(paths, str | Path):
        return _listed([Path(path) for path in paths])
    path = Path(paths)
    if path.is_dir():
        return _below(path, suffixes)
    if path.exists():
        return Files(path.parent, (path.name,), str(paths))
    if has_magic(str(paths)):
        return _globbed(str(paths))
    raise SourceError(
        f"there is no file or folder {str(paths)!r}",
        expected="a file, a folder, a glob such as 'orders/*.parquet', or a list of files",
        mend=f"correct the path; it is looked up from {Path.cwd()}",
    )


def _below(folder: Path, suffixes: Sequence[str]) -> Files:
    names: list[str] = []
    others = 0
    for where, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        for name in files:
            if name.startswith((".", "_")):
                continue
            if name.lower().endswith(tuple(suffixes)):
                names.append((Path(where) / name).relative_to(folder).as_posix())
            else:
                others += 1
    if not names:
        raise SourceError(
            f"the folder {str(folder)!r} has no file of the kind asked for, and {others} others",
            expected=f"files that end in {', '.join(suffixes)}",
            mend="correct the path, or list the files by name",
        )
    return Files(folder, tuple(sorted(names, key=_parts)), str(folder))


def _globbed(pattern: str) -> Files:
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if has_magic(part))
    root = Path(*parts[:fixed])
    found = [Path(path).relative_to(root) for path in glob(pattern, recursive=True) if Path(path).is_file()]
    names = {path.as_posix() for path in found if not any(part.startswith((".", "_")) for part in path.parts)}
    if not names:
        raise SourceError(
            f"no file matches {pattern!r}",
            expected="at least one file; names that begin with '.' or '_' are left out",
            mend=f"correct the pattern; it is looked up from {Path.cwd()}",
        )
    return Files(root, tuple(sorted(names, key=_parts)), pattern)


def _listed(paths: Sequence[Path]) -> Files:
    if not paths:
        raise SourceError("the list of files is empty", expected="at least one file", mend="name the files to read")
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise SourceError(
            f"there is no file {', '.join(map(repr, missing[:3]))}{more}",
            expected="a list of files; a folder or a glob is given alone",
            mend=f"correct the path; it is looked up from {Path.cwd()}",
        )
    full = [Path(os.path.abspath(path)) for path in paths]
    doubled = (
        next((path for i, path in enumerate(full) if path in full[:i]), None) if len({*full}) < len(full) else None
    )
    if doubled is not None:
        raise SourceError(
            f"the file {str(doubled)!r} is in the list twice",
            expected="each file once: its rows would count twice",
            mend="take one of them out",
        )
    root = Path(os.path.commonpath([path.parent for path in full]))
    name = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    return Files(root, tuple(path.relative_to(root).as_posix() for path in full), name)


def _parts(name: str) -> list[str]:
    return name.split("/")
