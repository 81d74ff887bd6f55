"""Claim: what the audit says of NumPy use, casts and conversions is right and complete, against labels made by running.

python -m benchmarks.purify_findings [--wrong N]      # N examples of every kind of mistake
"""

from __future__ import annotations

import argparse
import ast
import builtins
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from benchmarks import harness
from benchmarks.purify import cases, corpus, extract
from benchmarks.purify.labelled_run import SPOT, Instrument, Labels, Recorder, rows
from benchmarks.purify.labels import ARRAY, SPOTS, SUITES

if TYPE_CHECKING:
    from benchmarks.purify.case import Case

Place = tuple[str, int, int]
Found = dict[str, set[tuple[Place, str, bool]]]
NARROWED = 1
CASTS = dict.fromkeys(("float", "int", "complex", "bool"), "CAST01") | {
    "item": "CAST02",
    "tolist": "CAST02",
    "astype": "CAST03",
}
CONVERSIONS = {"asarray": "CONV02", "array": "CONV02"}


@dataclass
class Score:
    """Right, wrong and missed spots of one kind."""

    what: str
    precision_bar: float
    recall_bar: float
    right: list[Place] = field(default_factory=list[Place])
    wrong: list[Place] = field(default_factory=list[Place])
    missed: list[Place] = field(default_factory=list[Place])

    def add(self, truth: Iterable[Place], judged: set[Place], found: set[Place]) -> None:
        """`judged` are the places that ran; a finding at another one is not judged."""
        true = set(truth)
        self.right += sorted(true & found)
        self.missed += sorted(true - found)
        self.wrong += sorted((found & judged) - true)

    @property
    def precision(self) -> float:
        return len(self.right) / max(1, len(self.right) + len(self.wrong))

    @property
    def recall(self) -> float:
        return len(self.right) / max(1, len(self.right) + len(self.missed))

    @property
    def met(self) -> bool:
        return self.precision >= self.precision_bar and self.recall >= self.recall_bar

    def __str__(self) -> str:
        return (
            f"{self.what:<34}{self.precision:>9.2%} (bar {self.precision_bar:.1%}){self.recall:>9.2%} "
            f"(bar {self.recall_bar:.1%})   {len(self.right)} right, {len(self.wrong)} wrong, "
            f"{len(self.missed)} missed  {'met' if self.met else 'MISSED'}"
        )


def findings(root: Path, paths: Iterable[str]) -> Found:
    """The audit's findings by code: where, the note, and whether the audit is sure."""
    from emberharmony.purify.audit import audit
    from emberharmony.purify.settings import Settings

    found: Found = {}
    names = {str((root / path).resolve()): path for path in paths}
    for entry in audit([root / path for path in names.values()], Settings(root), cached=False).entries():
        path = names.get(str(Path(entry.path).resolve()), names.get(str((root / entry.path).resolve()), entry.path))
        found.setdefault(entry.code, set()).add(((path, entry.line, entry.column), entry.note, entry.sure))
    return found


def arrays(text: str, path: Path, project: Any) -> dict[tuple[int, int], str]:
    """What the flow says of every name and parameter of a file: array, other or unknown."""
    text = text.replace("\r\n", "\n")
    lines, tree = text.split("\n"), ast.parse(text)
    flow = project.flow(tree, path)
    said: dict[tuple[int, int], str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            kind = flow.kind(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                kind = flow.parameter_of(node, argument.arg).kind
                said[argument.lineno, _column(lines, argument)] = kind.value
            continue
        else:
            continue
        said[node.lineno, _column(lines, node)] = kind.value
    return said


def _column(lines: list[str], node: ast.expr | ast.arg) -> int:
    return len(lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1


def score() -> list[Score]:
    """All scores."""
    uses = Score("NumPy use, with line and column", 0.995, 0.995)
    imports = Score("NumPy imports", 0.995, 0.995)
    casts, conversions = Score("casts of arrays", 0.85, 0.90), Score("conversions of arrays", 0.92, 0.92)
    sure_casts = Score("  the same, where it is sure", 0.85, 0.0)
    sure_conversions = Score("  the same, where it is sure", 0.92, 0.0)
    kinds = Score("arrays by name in the cases", 0.96, 0.85)
    library = Score("arrays by name in the packages", 0.96, 0.85)
    for case in cases.every().values():
        _infer(case, kinds)
    stores = Score("augmented stores to arrays (no bar)", 0.0, 0.0)
    from emberharmony.purify.flow import Project

    data = json.loads(SPOTS.read_text(encoding="utf-8"))
    roots = {package.name: corpus.folder(package) for package in SUITES}
    for package in data["packages"]:
        root, files = roots[package["name"]], package["files"]
        found = findings(root, files)
        project = Project([root])

        def at(code: str, about: str = "", sure: bool = False, found: Found = found) -> set[Place]:
            return {p for p, note, certain in found.get(code, ()) if note.startswith(about) and (certain or not sure)}

        use, brought = at("USE01", "numpy"), at("IMP01", "numpy")
        for path, labels in files.items():

            def here(places: set[Place], path: str = path) -> set[Place]:
                return {place for place in places if place[0] == path}

            numpy = set(_places(path, labels.get("numpy", ())))
            judged = set(_places(path, labels.get("names", ()))) - set(_places(path, labels.get("unjudged", ())))
            uses.add(numpy, judged | numpy, here(use))
            lines = {(path, row[0], 0) for row in labels.get("imports", ())}
            others = {(path, row[0], 0) for row in labels.get("other_imports", ())}
            imports.add(lines, lines | others, {(path, p[1], 0) for p in here(brought)})
            for table, kind, sure in (
                (CASTS, casts, False),
                (CASTS, sure_casts, True),
                (CONVERSIONS, conversions, False),
                (CONVERSIONS, sure_conversions, True),
            ):
                for code in set(table.values()):
                    chosen = [row for row in labels.get("calls", ()) if table.get(row[3]) == code]
                    true = {(path, row[0], row[1]) for row in chosen if _holds(row)}
                    kind.add(true, set(_places(path, chosen)), here(at(code, sure=sure)))
            chosen = [row for row in labels.get("stores", ()) if row[3] == "augment"]
            true = {(path, row[0], row[1]) for row in chosen if row[4] & ARRAY}
            stores.add(true, set(_places(path, chosen)), here(at("STORE02") | at("STORE01") | at("STORE03")))
            if "test" in path:  # they compare with torch, whose tensors the labels do not count
                continue
            said = arrays((root / path).read_text(encoding="utf-8-sig"), root / path, project)
            _add(library, path, labels.get("names", ()), said)
    return [uses, imports, casts, sure_casts, conversions, sure_conversions, kinds, library, stores]


def _add(score: Score, path: str, rows: Iterable[list[Any]], said: dict[tuple[int, int], str]) -> None:
    ran = {(path, row[0], row[1]): row[3] & ARRAY for row in rows if (row[0], row[1]) in said}
    told = {(path, *place) for place, kind in said.items() if kind == "array"}
    score.add((place for place, held in ran.items() if held), set(ran), told)


def _infer(case: Case, score: Score) -> None:
    """Run a case instrumented, and compare its names with what the flow says of the text alone."""
    from emberharmony.purify.flow import Project

    text = extract.before(case)
    recorder = Recorder()
    labels, tree = Labels(text, recorder), ast.parse(text)
    Instrument(labels, tree).visit(tree)
    setattr(builtins, SPOT, recorder.spot)
    module = ModuleType(f"case_{case.name}")
    sys.modules[module.__name__] = module
    exec(compile(ast.fix_missing_locations(tree), case.name, "exec", dont_inherit=True), vars(module))
    for one in case.calls():
        getattr(module, case.function)(*one.args, **one.kwargs)
    _add(score, case.name, rows(labels).get("names", ()), arrays(text, Path(f"{case.name}.py"), Project()))


def _holds(row: list[Any]) -> bool:
    return bool(row[5] & NARROWED) if row[3] == "astype" else bool(row[4] & ARRAY)


def _places(path: str, rows: Iterable[list[Any]]) -> Iterator[Place]:
    return ((path, row[0], row[1]) for row in rows)


def _text(path: str) -> str:
    if path in cases.every():
        return extract.before(cases.every()[path])
    home = next(root for root in map(corpus.folder, SUITES) if (root / path).exists())
    return (home / path).read_text(encoding="utf-8-sig")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", type=int, default=0, help="show so many mistakes of each kind")
    given = parser.parse_args()
    scores = score()
    for one in scores:
        sys.stdout.write(f"{one}\n")
        for word, places in (("wrong", one.wrong), ("missed", one.missed)):
            step = max(1, len(places) // max(1, given.wrong))
            for path, line, column in places[::step][: given.wrong]:
                text = _text(path).replace("\r\n", "\n").split("\n")[line - 1]
                sys.stdout.write(f"    {word} {path}:{line}:{column}  {text.strip()[:110]}\n")
    record = {
        one.what.strip(): {
            "precision": one.precision,
            "recall": one.recall,
            "right": len(one.right),
            "wrong": len(one.wrong),
            "missed": len(one.missed),
            "bars": [one.precision_bar, one.recall_bar],
            "met": one.met,
        }
        for one in scores
    }
    harness.save({"claim": __doc__, "scores": record}, __file__)
    return int(not all(one.met for one in scores))


if __name__ == "__main__":
    raise SystemExit(main())
