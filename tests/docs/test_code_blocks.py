"""Every Python block of the README and of the documentation runs; the blocks of a page share their names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
GENERATED = ROOT / "docs" / "reference" / "ops"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> str:
    return "\n".join(BLOCK.findall(page.read_text()))


CASES = [page for page in PAGES if GENERATED not in page.parents and blocks(page)]


@pytest.mark.parametrize("page", CASES, ids=[str(page.relative_to(ROOT)) for page in CASES])
def test_the_blocks_of_a_page_run(page, tmp_path):
    script = tmp_path / "page.py"
    script.write_text(blocks(page))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in PAGES:
        if GENERATED in page.parents:
            continue
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if not target.startswith("http") and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []
