"""Labels by execution: a package's tests run with its modules instrumented, and every expression says what it was.

Nothing is resolved here: an expression is NumPy's because its value, or what it was read from, is a module of NumPy by
identity; a name holds an array because it did. What never ran has no label.

    python -m benchmarks.purify.labels            # writes tests/purify/data/spots.json
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.purify import corpus

SPOTS = Path(__file__).resolve().parents[2] / "tests" / "purify" / "data" / "spots.json"
SUITES = {
    corpus.FILTERPY: ("filterpy",),
    corpus.HMMLEARN: ("hmmlearn/tests",),
    corpus.NUMPY_ML: ("numpy_ml/tests", "numpy_ml/factorization/tests.py"),
}
NEEDED = (
    *("matplotlib", "contourpy", "cycler", "fonttools", "kiwisolver", "pyparsing", "pillow", "packaging"),
    *("python-dateutil", "six", "huffman", "hmmlearn==0.3.3"),
)
ARRAY, NUMBER, SEQUENCE, REST = 1, 2, 4, 8
MADE = (
    "The packages' own tests were run with every Name, Attribute, cast, conversion, store and operator instrumented. "
    "A place is [line, column, end column], counted from 1, columns in characters. numpy: the longest chain read from "
    "a module of NumPy, listed where it starts. unjudged: a NumPy function that came through a variable. names: every "
    "name and parameter that ran; one that starts no chain of the other two is not NumPy's. Values are bits: 1 a NumPy "
    "array or scalar, 2 a Python number, 4 a list or tuple, 8 anything else; several bits: several kinds came. names: "
    "place, value. calls: place, what was called, value of its subject (an argument or a receiver), and for astype "
    "whether it narrowed (1) or not (2). stores: "
    "place of the target, augmented or assigned, value of what is stored into, value of the index (0: not looked at). "
    "operators: place, left, right."
)
Row = list[Any]


def collect() -> dict[str, Any]:
    """Run every suite in a process of its own; the labels of all."""
    packages: list[dict[str, Any]] = []
    for package, tests in SUITES.items():
        root = corpus.folder(package)
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "labels.json"
            paths = [str(root), str(Path(__file__).resolve().parents[2]), str(corpus.site(*NEEDED))]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.purify.labelled_run", str(root), str(out), *tests],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"},
                cwd=root,
                check=False,
            )
            if not out.exists():
                raise corpus.CorpusError(
                    f"the tests of {package.label} left no labels (exit {done.returncode})",
                    expected="a run of the suite, with failures or without",
                    mend="look at what the run printed",
                )
            files = json.loads(out.read_text())
        packages.append({"name": package.name, "version": package.version, "files": files})
    return {"made": MADE, "packages": packages}


def count(data: dict[str, Any]) -> dict[str, int]:
    """How many labels of each kind there are."""
    totals: dict[str, int] = {}
    for package in data["packages"]:
        for labels in package["files"].values():
            for kind, rows in labels.items():
                totals[kind] = totals.get(kind, 0) + len(rows)
    return totals


def main(arguments: Sequence[str]) -> None:
    data = collect()
    target = Path(arguments[0]) if arguments else SPOTS
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = ['{"made": ' + json.dumps(data["made"]) + ',\n"packages": [']
    for n, package in enumerate(data["packages"]):
        lines.append(f'{{"name": "{package["name"]}", "version": "{package["version"]}", "files": {{')
        held = [f"{json.dumps(p)}: {json.dumps(f, separators=(',', ':'))}" for p, f in sorted(package["files"].items())]
        lines.append(",\n".join(held) + ("}}," if n + 1 < len(data["packages"]) else "}}"))
    target.write_text("\n".join(lines) + "\n]}\n", encoding="utf-8")
    sys.stdout.write(f"{target}: {count(data)}\n")


def dotted(node: ast.expr) -> bool:
    """Whether the expression is a name with attributes, which may be read twice."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


if __name__ == "__main__":
    main(sys.argv[1:])
