"""Type checkers see the array type that goes in come out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

USER = """
import numpy as np
import numpy.typing as npt
from emberharmony import ops

x: npt.NDArray[np.float64] = np.ones(3)
y: npt.NDArray[np.float64] = ops.add(x, 1.0)
z: npt.NDArray[np.float64] = ops.mean(ops.subtract(2, x), axis=0, keepdims=True)
w: npt.NDArray[np.float64] = ops.concat([x, y], axis=0)
u = ops.linalg.svd(np.ones((2, 2)))
s: npt.NDArray[np.float64] = u.S
v: npt.NDArray[np.float64] = ops.softmax(ops.where(x > 0, x, 0.0), axis=-1)
n: str = ops.dtype_name(x)
"""
WRONG = """
import numpy as np
from emberharmony import ops

ops.add("text", np.ones(3))
ops.mean(np.ones(3), axes=0)
bad: str = ops.exp(np.ones(3))
"""


@pytest.fixture
def check(tmp_path):
    def run(tool: str, text: str) -> int:
        """How many errors the tool finds."""
        file = tmp_path / "user.py"
        file.write_text(text)
        scripts = Path(sys.executable).parent
        if tool == "mypy":
            command = [
                scripts / "mypy",
                "--strict",
                "--cache-dir",
                ROOT / ".mypy_cache",
                "--output",
                "json",
                "--no-error-summary",
                file,
            ]
            done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=tmp_path, check=False)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            assert done.returncode in (0, 1), done.stderr
            return sum(line["severity"] == "error" for line in lines)
        (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
        command = [scripts / "pyright", "--outputjson", "--pythonpath", sys.executable, file]
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, cwd=tmp_path, check=False)
        return int(json.loads(done.stdout)["summary"]["errorCount"])

    return run


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_arrays_keep_their_type_and_mistakes_are_found(check, tool):
    assert check(tool, USER) == 0
    assert check(tool, WRONG) == 3
