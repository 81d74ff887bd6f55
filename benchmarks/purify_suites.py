"""Claim: after `fix`, the tests of small NumPy packages that passed before still pass on NumPy.

python -m benchmarks.purify_suites [--only NAME ...] [--keep FOLDER]      # the rewritten copies stay in FOLDER
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.purify import corpus
from benchmarks.purify.corpus import Package
from benchmarks.purify.labels import NEEDED

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 60  # for one test; those that take longer count as not passed, before and after


@dataclass(frozen=True)
class Suite:
    """A release, the folder of its code, its tests, and where the code is imported from."""

    package: Package
    code: str
    tests: tuple[str, ...]
    source: str = "."


SUITES = (
    Suite(corpus.HMMLEARN, "hmmlearn", ("hmmlearn/tests",)),
    Suite(corpus.FILTERPY, "filterpy", ("filterpy",)),
    Suite(Package("transforms3d", "0.4.2", binary=True), "transforms3d", ("transforms3d/tests",)),
    Suite(Package("numpy-financial", "1.0.0", binary=True), "numpy_financial", ("numpy_financial/tests",)),
    Suite(Package("properscoring", "0.1", sdist=True), "properscoring", ("properscoring/tests",)),
    Suite(Package("similaritymeasures", "1.5.0", sdist=True), "similaritymeasures", ("tests/tests.py",), "src"),
    Suite(Package("uncertainties", "3.2.3", sdist=True), "uncertainties", ("tests",)),
    Suite(Package("emcee", "3.1.6", sdist=True), "src/emcee", ("src/emcee/tests/unit",), "src"),
    Suite(Package("allantools", "2024.6", sdist=True), "allantools", ("tests",)),
)


def passed(folder: Path, suite: Suite) -> tuple[set[str], set[str], str]:
    """The tests that pass, all tests, and the end of what the run printed."""
    with tempfile.TemporaryDirectory() as scratch:
        report, settings = Path(scratch) / "report.xml", Path(scratch) / "pytest.ini"
        settings.write_text("[pytest]\npython_files = test*.py tests.py *_test.py\n")
        paths = [folder, folder / suite.source, ROOT / "src", ROOT, corpus.site(*NEEDED)]
        run = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", *suite.tests, "--rootdir", str(folder), "-c", str(settings)),
                *("-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "benchmarks.purify.seeded"),
                *(f"--junitxml={report}", f"--timeout={SECONDS}", "--continue-on-collection-errors", "-W", "ignore"),
            ],
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(map(str, paths)),
                "EMBERHARMONY_BACKEND": "numpy",
                "OMP_NUM_THREADS": "1",
                "MPLBACKEND": "agg",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        good: set[str] = set()
        every: set[str] = set()
        if report.exists():
            for case in ET.parse(report).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                every.add(name)
                if not {child.tag for child in case} & {"failure", "error", "skipped"}:
                    good.add(name)
    return good, every, "\n".join((run.stdout + run.stderr).splitlines()[-400:])


def fix(folder: Path) -> dict[str, int]:
    """Rewrite every file of a package's code as `fix --write` does; what changed and what was left."""
    from emberharmony.purify.flow import Project
    from emberharmony.purify.rewrite import rewrite

    counts = {"files": 0, "changed": 0, "ported": 0, "left": 0, "unread": 0}
    project = Project([folder.parent], ported=True)
    for path in sorted(folder.rglob("*.py")):
        if "test" in path.relative_to(folder).as_posix():
            continue
        counts["files"] += 1
        text = path.read_bytes().decode("utf-8")
        try:
            ast.parse(text)
        except SyntaxError:
            counts["unread"] += 1
            continue
        done = rewrite(text, path, project=project)
        counts["ported"] += len(done.ported)
        counts["left"] += len(done.left)
        if done.text != text:
            counts["changed"] += 1
            path.write_bytes(done.text.encode("utf-8"))
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    record: dict[str, Any] = {}
    lost_in_all = 0
    for suite in SUITES:
        name = suite.package.name
        if given.only and name not in given.only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            copy = (given.keep or Path(scratch)) / suite.package.label
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(corpus.folder(suite.package), copy)
            start = time.perf_counter()
            before, every, _ = passed(copy, suite)
            took = time.perf_counter() - start
            counts = fix(copy / suite.code)
            after, _, told = passed(copy, suite)
        lost = sorted(before - after)
        lost_in_all += len(lost)
        record[name] = {"before": len(before), "tests": len(every), "after": len(after), "lost": lost} | counts
        verdict, kept = "met" if before and not lost else "MISSED", len(before & after)
        sys.stdout.write(
            f"{name:<20}{len(before):>5} of {len(every):<5} pass before ({took:.0f} s), {kept:>4} of them after; "
            f"{counts['ported']} functions ported, {counts['left']} left  {verdict}\n"
        )
        for test in lost[:8]:
            sys.stdout.write(f"    lost {test}\n")
        if lost:
            sys.stdout.write("".join(f"    {line[:170]}\n" for line in told.splitlines() if "Error" in line)[:2500])
        sys.stdout.flush()
    harness.save({"claim": __doc__, "suites": record}, __file__)
    return int(lost_in_all > 0)


if __name__ == "__main__":
    raise SystemExit(main())
