"""The site builds without a warning, and its reference names every op."""

import shutil
import subprocess
import sys
from pathlib import Path

from emberharmony import ops

ROOT = Path(__file__).resolve().parents[2]


def test_the_site_builds_without_a_warning_and_names_every_op(tmp_path):
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("ops"))
    subprocess.run([sys.executable, ROOT / "scripts" / "reference.py", docs], check=True)
    build = [Path(sys.executable).parent / "sphinx-build", "--quiet", "--fail-on-warning", docs, tmp_path / "site"]
    done = subprocess.run([*map(str, build)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = "".join(page.read_text() for page in (docs / "reference" / "ops").glob("*.md"))
    functions = {name: getattr(ops, name) for name in dir(ops) if not name.startswith("_")}
    ours = {name: f for name, f in functions.items() if getattr(f, "__module__", "").startswith("emberharmony.ops")}
    prefixes = ("ops.", "ops.linalg.", "ops.special.")
    assert [name for name in ours if not any(f"{prefix}{name}(" in pages for prefix in prefixes)] == []
    assert len(ours) > 200
