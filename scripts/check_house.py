"""The rules of the house that no linter knows: floors, file sizes, and the size of the tensor API.

A file of more than 400 lines carries its reason: a comment `# Longer than 400 lines: ...` near its top.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "emberharmony"
FLOORS = (
    ("errors", "types", "log", "pytree", "_core"),
    ("backend",),
    ("ops",),
    ("backend_utils", "nn", "wave", "audio", "syntonic", "features"),
    ("training",),
    ("models",),
    ("viz",),
    ("demo",),
    ("notebooks", "purify"),
    ("cli",),
)
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
MARK = "# Longer than 400 lines: "
# code that has a size to keep; what begins with a longer path counts there
GOALS = {"ops/tape": 900, "ops": 6000, "backend": 6000}
TOGETHER = {"backend": "ops"}


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(tree: ast.Module) -> list[tuple[int, str]]:
    """Line and room of every import of our own package."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "emberharmony":
            names = [f"emberharmony.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        found += [(node.lineno, name.split(".")[1]) for name in names if name.startswith("emberharmony.")]
    return found


def code_lines(text: str) -> int:
    """Lines that are neither blank nor part of a docstring."""
    tree = ast.parse(text)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node, clean=False) is not None
        ):
            first = node.body[0]
            skipped |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return sum(bool(line.strip()) and number not in skipped for number, line in enumerate(text.splitlines(), 1))


def main() -> int:
    problems: list[str] = []
    sizes: dict[str, int] = {}
    for path in sorted([*SOURCE.rglob("*.py"), *(ROOT / "crates").rglob("*.rs")]):
        text = path.read_text()
        name = path.relative_to(ROOT)
        if len(text.splitlines()) > 400:
            reason = next(
                (line for line in text.splitlines()[:30] if MARK in line or MARK.replace("#", "//") in line), None
            )
            if reason is None:
                problems.append(f"{name}: {len(text.splitlines())} lines and no reason; split it or write '{MARK}...'")
            else:
                print(f"{name}: {len(text.splitlines())} lines; {reason.split(': ', 1)[1]}")
        if path.suffix != ".py" or (path.parent == SOURCE and path.name == "__init__.py"):
            continue
        if room(path) not in HEIGHT:
            problems.append(f"{name}: the room {room(path)!r} has no floor in {Path(__file__).name}")
            continue
        for line, target in imports(ast.parse(text)):
            if target in HEIGHT and HEIGHT[target] > HEIGHT[room(path)]:
                problems.append(f"{name}:{line}: {room(path)} imports upwards, from {target}")
        where = next((part for part in GOALS if path.is_relative_to(SOURCE / part)), None)
        if where:
            where = TOGETHER.get(where, where)
            sizes[where] = sizes.get(where, 0) + code_lines(text)
    for where, size in sizes.items():
        names = [where, *(part for part, other in TOGETHER.items() if other == where)]
        print(f"{' and '.join(names)}: {size} lines of code (goal: at most {GOALS[where]})")
    for problem in problems:
        print(problem, file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    raise SystemExit(main())
