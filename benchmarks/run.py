"""Run every benchmark in a process of its own and say which goals were met."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"harness", "liquid_pictures", "run", "__init__"}


def main() -> int:
    failed = []
    for script in sorted(HERE.glob("*.py")):
        if script.stem not in NOT_BENCHMARKS:
            print(f"== {script.stem}", flush=True)
            if subprocess.run(
                [sys.executable, "-m", f"benchmarks.{script.stem}"], cwd=HERE.parent, check=False
            ).returncode:
                failed.append(script.stem)
    print(f"missed a goal: {', '.join(failed)}" if failed else "every goal is met")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
