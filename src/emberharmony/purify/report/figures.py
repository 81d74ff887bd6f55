"""The figures block: in how many files something shows, in all and by folder.

The first block counts as older tools did, so that figures of different years compare; the second counts the files in
which a finding asks for action.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit, FileReport

NAMES = {
    "numpy": "NumPy",
    "casts": "precision-reducing casts",
    "conversions": "tensor conversions",
    "operators": "Python operators",
}
_SHORT = NAMES | {"casts": "Precision casts", "conversions": "Tensor conversions"}
_RULES = {"numpy": ("IMP", "USE"), "casts": ("CAST",), "conversions": ("CONV",), "operators": ("OP",)}
Shows = Callable[["FileReport", str], bool]


def render(found: Audit, figures: Iterable[str] = NAMES) -> str:
    """The block; `found` must have been made with `figures=True`."""
    asked = tuple(figures)
    lines = [f"Total files analyzed: {len(found.files)}"]
    lines += [f"Files with {NAMES[name]}: {_share(found.files, name, written)}" for name in asked]
    lines += ["", "Summary by directory:", *_folders(found, asked, written)]
    lines += ["", "Needs action:"]
    lines += [f"Files with {NAMES[name]}: {_share(found.files, name, open_)}" for name in asked]
    lines += ["", "Needs action by directory:", *_folders(found, asked, open_)]
    return "\n".join(lines) + "\n"


def written(file: FileReport, name: str) -> bool:
    """Whether a figure of the file is not zero."""
    return file.figures.get(name, 0) > 0


def open_(file: FileReport, name: str) -> bool:
    """Whether a finding of the rules that a figure stands for asks for action."""
    return any(not reason and code.startswith(_RULES[name]) for code, reason in file.counts)


def by_folder(files: Iterable[FileReport]) -> dict[str, list[FileReport]]:
    """The files by the folder that they are in, in the order of its name."""
    found: dict[str, list[FileReport]] = {}
    for file in files:
        found.setdefault(file.path.rpartition("/")[0] or ".", []).append(file)
    return dict(sorted(found.items()))


def _folders(found: Audit, figures: tuple[str, ...], shows: Shows) -> list[str]:
    lines: list[str] = []
    for folder, files in by_folder(found.files).items():
        lines.append(f"{folder}:")
        for name in figures:
            count = sum(shows(file, name) for file in files)
            lines.append(f"  {_SHORT[name]}: {count}/{len(files)} files ({_percent(count, len(files))}%)")
    return lines


def _share(files: tuple[FileReport, ...], name: str, shows: Shows) -> str:
    count = sum(shows(file, name) for file in files)
    return f"{count} ({_percent(count, len(files))}%)"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.2f}"
