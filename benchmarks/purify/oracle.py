"""Start judges, several cases a process, and survive them: a crash or an endless loop costs one case, not the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.purify import extract

if TYPE_CHECKING:
    from benchmarks.purify.case import Case

ROOT = Path(__file__).resolve().parents[2]
Port = Callable[[str, Path], str]
LIMIT = 120  # seconds for one process: a judge stops a slow call by itself, unless it hangs outside of Python


def judge(cases: Iterable[Case], port: Port, processes: int = 1) -> list[dict[str, Any]]:
    """Port every case and judge it; the verdicts in the order of the cases."""
    chosen = list(cases)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        refused: dict[str, str] = {}
        for case in chosen:
            home = folder / case.name
            home.mkdir()
            before = extract.before(case)
            (home / "before.py").write_text(before, encoding="utf-8")
            try:
                text = port(before, home / "before.py")
            except Exception as error:  # a porter that fails is a verdict, not the end
                refused[case.name] = f"the port step raised {type(error).__name__}: {str(error)[:200]}"
                text = before
            (home / "port.py").write_text(text, encoding="utf-8")
        names = [case.name for case in chosen]

        def share(number: int) -> list[dict[str, Any]]:
            return list(_judged(folder, names[number::processes]))

        with ThreadPoolExecutor(processes) as pool:
            found = {verdict["name"]: verdict for part in pool.map(share, range(processes)) for verdict in part}
    for name, why in refused.items():
        found[name] |= {"passes": False, "refused": why}
    return [found[name] for name in names]


def _judged(folder: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    left = list(names)
    while left:
        started, verdicts, how = _process(folder, left)
        yield from verdicts
        left = left[len(verdicts) :]
        if left:  # the process died at the case that it had started, or before the first
            name = started or left[0]
            yield {"name": name, "passes": False, "crashed": how} | dict.fromkeys(("numpy", "torch", "mlx"), how)
            left.remove(name)


def _process(folder: Path, names: list[str]) -> tuple[str, list[dict[str, Any]], str]:
    settings = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "benchmarks.purify.judge", str(folder), *names]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        running = subprocess.Popen(command, stdout=out, stderr=errors, env=settings, cwd=folder)
        try:
            how = f"the process ended with {running.wait(LIMIT)}"
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            how = f"the process took more than {LIMIT} s"
        out.seek(0)
        errors.seek(0)
        tail = errors.read()[-300:]
        records = [json.loads(line) for line in out.read().splitlines() if line.startswith("{")]
    started = [record["started"] for record in records if "started" in record]
    verdicts = [record for record in records if "passes" in record]
    return (started[-1] if len(started) > len(verdicts) else ""), verdicts, f"{how}: {tail}"
