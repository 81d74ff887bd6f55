"""Run the public array-api-tests suite on our backends and hold the counts against the goals.

    python tests/conformance/run.py SUITE [--backend numpy ...] [--max-examples 100] [-- PYTEST ARGUMENTS]

SUITE is a checkout of the suite with the specification in its `array-api` folder. Expected failures, each with its
cause, stand in `<backend>-xfails.txt` beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOALS = {"numpy": 1367, "torch": 1330, "mlx": 1310}
# the suite checks results with native operators, which PyTorch does not have for these
SKIPPED_DTYPES = {"torch": "uint16,uint32,uint64"}


def run(suite: Path, backend: str, examples: int, extra: list[str]) -> dict[str, int]:
    """One pass over the suite; the counts by outcome, an expected failure counted as `xfailed`."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        script = f'import emberharmony.ops as xp; from emberharmony import set_backend; set_backend("{backend}")'
        environment = os.environ | {
            "ARRAY_API_TESTS_MODULE": f"exec('{script}')",
            "ARRAY_API_TESTS_VERSION": "2025.12",
            "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]),
            "EMBERHARMONY_BACKEND": backend,
            "ARRAY_API_TESTS_SKIP_DTYPES": os.environ.get(
                "ARRAY_API_TESTS_SKIP_DTYPES", SKIPPED_DTYPES.get(backend, "")
            ),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "pytest", "array_api_tests", "-q", "-p", "suite_plugin", "--disable-deadline"]
        command += ["--derandomize", f"--max-examples={examples}", "-p", "no:cacheprovider", "-n", "2", "--no-header"]
        command += [f"--xfails-file={HERE / backend}-xfails.txt", "--json-report", f"--json-report-file={report}"]
        command += ["--json-report-omit", "keywords", "collectors", "log", "streams", "warnings", *extra]
        subprocess.run(command, cwd=suite, env=environment, check=False)
        if not report.exists():
            raise SystemExit(f"the suite did not run on {backend}: see its output above")
        return json.loads(report.read_text())["summary"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", type=Path, help="a checkout of array-api-tests")
    parser.add_argument("--backend", action="append", choices=sorted(GOALS), help="default: all three")
    parser.add_argument("--max-examples", type=int, default=20)
    options, extra = parser.parse_known_args()
    if not (options.suite / "array_api_tests").is_dir():
        parser.error(f"{options.suite} holds no array_api_tests folder: check the suite out there")
    failed = False
    for backend in options.backend or list(GOALS):
        counts = run(options.suite, backend, options.max_examples, [a for a in extra if a != "--"])
        bad = {k: counts.get(k, 0) for k in ("failed", "error")}
        failed |= any(bad.values()) or counts.get("passed", 0) < GOALS[backend]
        print(f"{backend}: {json.dumps(counts)}; goal {GOALS[backend]} passes, no errors, every failure listed")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
