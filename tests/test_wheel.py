"""The wheel works where there is neither Rust nor the source tree."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORT = ("style.css", "behaviour.js")

TEN_OPS = """
import sys
from emberharmony import ops
assert "site-packages" in ops.__file__, ops.__file__
x = ops.reshape(ops.arange(6, dtype="float64"), (2, 3))
y = ops.matmul(x, ops.matrix_transpose(x))
assert ops.dtype_name(y) == "float64"
z = ops.softmax(ops.log1p(ops.abs(ops.linalg.inv(ops.add(y, ops.eye(2))))), axis=-1)
assert abs(float(ops.sum(z)) - 2) < 1e-12
assert ops.at(x)[0, 0].set(9.0)[0, 0] == 9
print(",".join(sorted({m.split(".")[0] for m in sys.modules} & {"numpy", "torch", "mlx"})))
"""


def run(*command: str | Path, cwd: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["PATH"] = "/usr/bin:/bin"  # no cargo here
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_alone_runs_info_and_ten_ops(tmp_path):
    scripts = Path(sys.executable).parent
    build = [scripts / "maturin", "build", "--release", "--quiet", "--out", tmp_path / "dist"]
    subprocess.run([*map(str, build)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert "abi3" in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    assert {
        "emberharmony/py.typed",
        "emberharmony/_core.pyi",
        *(f"emberharmony/demo/report/{f}" for f in REPORT),
    } <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "crates/"))]

    venv = tmp_path / "venv"
    run(scripts / "uv", "venv", "--quiet", "--python", sys.executable, venv, cwd=tmp_path)
    python = venv / "bin" / "python"
    run(scripts / "uv", "pip", "install", "--quiet", "--python", python, wheel, cwd=tmp_path)
    assert "chosen       numpy" in run(venv / "bin" / "emberharmony", "info", cwd=tmp_path)
    assert run(python, "-c", TEN_OPS, cwd=tmp_path).strip() == "numpy"
