"""Claim: a rewrite is idempotent, keeps every comment and docstring, and changes no line without array code.

python -m benchmarks.purify_rewrite [--step N] [--libraries numpy ...] [--target ops|xp] [--show]
"""

from __future__ import annotations

import argparse
import ast
import difflib
import io
import re
import statistics
import sys
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from benchmarks import harness
from benchmarks.purify import cases, extract
from benchmarks.purify_speed import LIBRARIES, SLOWER_BAR, SLOWER_STRETCH, files, slower, spent
from emberharmony.purify.flow import Project
from emberharmony.purify.rewrite import Rewritten, rewrite

IDLE_BAR, IDLE_STRETCH = 0.02, 0.005
SPEED_BAR, SPEED_STRETCH = 60.0, 95.0
# what a changed line must hold to be a line of array code: a name of a namespace, what an array is asked or given, or
# an import that the port brings
_ARRAY_CODE = re.compile(
    r"\b(ops_?|xp_?|Array_?|array_namespace|emberharmony|numpy|scipy|np|float64|dtype)\b"
    r"|\.[a-z_]+\(|\.(T|size|shape|real|imag|flat|flags)\b|\[[^\]]*\]\s*[-+*/%&|^@]?=[^=]|[-+*/%&|^@]=|\w\[\w+\]"
    r"|^ *import (math|numbers|operator|functools|builtins)$"
)


def comments(text: str) -> Counter[str]:
    """The comments of a text, with how often each stands there."""
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


def docstrings(text: str) -> list[str | None]:
    """The docstrings of a module, its classes and functions, in their order."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [ast.get_docstring(node, clean=False) for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def functions(text: str) -> dict[str, list[str]]:
    """What every function says, by its qualified name."""
    found: dict[str, list[str]] = {}
    stack: list[tuple[ast.AST, str]] = [(ast.parse(text), "")]
    while stack:
        node, home = stack.pop()
        for child in ast.iter_child_nodes(node):
            name = (
                f"{home}{child.name}"
                if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                else ""
            )
            if name and not isinstance(child, ast.ClassDef):
                found.setdefault(name, []).append(ast.dump(child))
            stack.append((child, f"{name}." if name else home))
    return found


def touched(old: str, found: Rewritten) -> list[str]:
    """Functions that are said to be left and are not what they were; there must be none."""
    before, after = functions(old), functions(found.text)
    changed = set(found.ported)
    return [
        name
        for name, sources in before.items()
        if sorted(sources) != sorted(after.get(name, []))
        and not any(name == port or name.startswith(f"{port}.") or port.startswith(f"{name}.") for port in changed)
    ]


def names_of_numpy(text: str) -> set[str]:
    """What a file calls NumPy and SciPy, and what it takes from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            home = getattr(node, "module", None) or ""
            for alias in node.names:
                if (home or alias.name).partition(".")[0] in ("numpy", "scipy"):
                    found.add(alias.asname or alias.name.partition(".")[0])
    return found


def changed_lines(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The lines that differ, old beside new where they stand for each other."""
    before, after = old.splitlines(), new.splitlines()
    for kind, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if j - i == m - k:
            yield from zip(before[i:j], after[k:m], strict=True)
        else:
            yield from ((line, "") for line in before[i:j])
            yield from (("", line) for line in after[k:m])


def idle_lines(old: str, new: str) -> tuple[int, list[str]]:
    """How many lines changed, and those of them that hold no array code, before or after."""
    own = names_of_numpy(old)
    number, idle = 0, list[str]()
    for line, other in changed_lines(old, new):
        number += 1
        both = f"{line} {other}" if line and other else line or other
        if not (_ARRAY_CODE.search(both) or own & set(re.findall(r"\w+", both))):
            idle.append(f"{line} -> {other}" if line and other else f"- {line}" if line else f"+ {other}")
    return number, idle


def texts(chosen: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files that this Python can read, with their own ends of lines."""
    for path in chosen:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                text = file.read()
            ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        yield path, text


def judge(path: Path, text: str, target: Literal["ops", "xp"], project: Project) -> dict[str, Any]:
    """What holds for the rewrite of one file, in a project that knows of no other but what callers give."""
    project.forget()
    try:
        found = rewrite(text, path, target=target, project=project)
    except Exception as error:  # whatever it is, it is what this script looks for
        return {"crashed": f"{type(error).__name__}: {str(error)[:100]}"}
    if found.text == text:
        return {"same": True}
    project.forget()
    again = rewrite(found.text, path, target=target, project=project)
    number, idle = idle_lines(text, found.text)
    return {
        "idempotent": again.text == found.text,
        "comments": comments(found.text) == comments(text),
        "docstrings": docstrings(found.text) == docstrings(text),
        "left alone": not touched(text, found),
        "lines": number,
        "idle": idle,
        "ported": len(found.ported),
    }


def worst(ratios: dict[str, float]) -> str:
    """The slowest ports, in one line."""
    return ", ".join(f"{name} {ratio:.2f}" for name, ratio in sorted(ratios.items(), key=lambda item: -item[1])[:5])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--libraries", nargs="*", default=list(LIBRARIES))
    parser.add_argument("--target", choices=("ops", "xp"), default="ops")
    parser.add_argument("--show", action="store_true", help="print what is not as it should be")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    chosen = list(texts(files(given.libraries, given.step)))
    chosen += [(Path(f"{name}.py"), extract.before(case)) for name, case in cases.every().items()]
    alone = Project(ported=True)
    verdicts = {str(path): judge(path, text, given.target, alone) for path, text in chosen}
    shared = Project(ported=True)

    def port() -> None:
        for path, text in chosen:
            if "crashed" not in verdicts[str(path)]:
                rewrite(text, path, target=given.target, project=shared)

    speed = len(chosen) / spent(port)
    ratios = slower()
    changed = [verdict for verdict in verdicts.values() if "lines" in verdict]
    crashed = {path: verdict["crashed"] for path, verdict in verdicts.items() if "crashed" in verdict}
    idle = sum(len(verdict["idle"]) for verdict in changed) / sum(verdict["lines"] for verdict in changed)
    median = statistics.median(ratios.values())
    rows: list[tuple[str, float, str, bool]] = [
        ("files without a crash", 1 - len(crashed) / len(chosen), "100 %", not crashed)
    ]
    for name in ("idempotent", "comments", "docstrings", "left alone"):
        share = sum(verdict[name] for verdict in changed) / len(changed)
        rows.append((name, share, "100 %", share == 1))
    rows.append(("idle lines", idle, f"{IDLE_BAR:.1%}, stretch {IDLE_STRETCH:.1%}", idle <= IDLE_BAR))
    functions_ported = sum(verdict["ported"] for verdict in changed)
    sys.stdout.write(f"{len(chosen)} files, {len(changed)} of them changed, {functions_ported} functions ported\n")
    for name, share, bar, met in rows:
        sys.stdout.write(f"  {name:<24}{share:>9.2%}   bar {bar}  {'met' if met else 'MISSED'}\n")
    for name, value, unit, bar, stretch, met in (
        ("rewrite", speed, "files/s", SPEED_BAR, SPEED_STRETCH, speed >= SPEED_BAR),
        ("median slowdown", median, "x", SLOWER_BAR, SLOWER_STRETCH, median <= SLOWER_BAR),
    ):
        said = f"bar {bar}, stretch {stretch}  {'met' if met else 'MISSED'}"
        sys.stdout.write(f"  {name:<24}{value:>9.2f} {unit}   {said}\n")
    sys.stdout.write(f"  slowest ports: {worst(ratios)}\n")
    if given.show:
        for path, verdict in verdicts.items():
            wrong = [key for key in ("idempotent", "comments", "docstrings", "left alone") if verdict.get(key) is False]
            wrong += verdict.get("idle", []) + ([verdict["crashed"]] if "crashed" in verdict else [])
            sys.stdout.write("".join(f"    {path}: {what}\n" for what in wrong))
    figures = {name: share for name, share, _, _ in rows} | {"files per second": speed, "median slowdown": median}
    harness.save({"claim": __doc__, "figures": figures, "crashed": crashed, "slower": ratios}, __file__)
    return int(not all(met for *_, met in rows) or speed < SPEED_BAR or median > SLOWER_BAR)


if __name__ == "__main__":
    raise SystemExit(main())
