"""Claim: `import emberharmony.ops` costs at most 25 ms over a bare interpreter and imports no array library.

Whole processes, in turn. The limit is the interpreter itself. The functions load at the first name, which
is counted too.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks import harness
from benchmarks.harness import Goal

STATEMENTS = {
    "bare interpreter": "pass",
    "emberharmony.ops": "import emberharmony.ops",
    "its first name": "from emberharmony.ops import add",
    "numpy": "import numpy",
    "array_api_compat": "import array_api_compat",
    "autoray": "import autoray",
}


def process(statement: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    times = harness.measure({name: process(code) for name, code in STATEMENTS.items()}, rounds=15)
    goal = Goal("emberharmony.ops", minus="bare interpreter", at_most=25e6)
    command = harness.measure({"--help": process("from emberharmony.cli import main; main([])")}, rounds=9)
    return harness.show(__doc__ or "", {"import": (times, [goal]), "command line": (command, [])}, __file__)


if __name__ == "__main__":
    raise SystemExit(main())
