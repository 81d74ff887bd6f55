"""Every form of import of a project's own module is seen."""

import pytest

from emberharmony.purify.neighbours import neighbours

FILES = ("top.py", "pkg/__init__.py", "pkg/a.py", "pkg/b.py", "pkg/deep/__init__.py", "pkg/deep/c.py", "pkg/deep/d.py")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("import top\n", ["top.py"]),
        ("import os, pkg.a as x\n", ["pkg/__init__.py", "pkg/a.py"]),
        ("def f():\n    import pkg.b; x = 1\n", ["pkg/__init__.py", "pkg/b.py"]),
        ("from . import d\n", ["pkg/deep/__init__.py", "pkg/deep/d.py"]),
        ("from .d import x\n", ["pkg/deep/d.py"]),
        ("from .. import a, b\n", ["pkg/__init__.py", "pkg/a.py", "pkg/b.py"]),
        ("from ..a import (\n    x,\n)\n", ["pkg/a.py"]),
        ("from pkg import (  # both\n    a,\n    b,\n)\n", ["pkg/__init__.py", "pkg/a.py", "pkg/b.py"]),
        ("from pkg.deep.d import *\n", ["pkg/__init__.py", "pkg/deep/__init__.py", "pkg/deep/d.py"]),
        ("from elsewhere import pkg\nimport json\n", []),
    ],
)
def test_the_files_of_an_import_are_found(tmp_path, text, seen):
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = neighbours(str(tmp_path / "pkg" / "deep" / "c.py"), text, ())
    assert set(found) == {str(tmp_path / name) for name in seen}
