"""What the callers of a project give that arrays of NumPy alone can hold."""

import ast

import pytest

from emberharmony.purify.flow import Project
from emberharmony.purify.rewrite import rewrite

KEPT = "import numpy as np\ndef total(x):\n    return np.sum(np.asarray(x))\n"
GIVEN = [
    "total([Decimal('1.5'), Decimal(2)])",
    "total(x=[13.0, None, 1.0])",
    "total([None] * 3)",
    "zs = [None, 1.0]\n    zs = zs * 10\n    total(zs)",
    "total(np.array([None]).T)",
    "total(np.array([1, 2], dtype=object))",
    "total(np.zeros(3, dtype=[('a', float), ('b', np.int32)]))",
    "total(x.astype(np.longdouble))",
    "for part in [[Fraction(1, 3)]]:\n        total(part)",
    "a, b = 1, [Decimal(1)]\n    total(b)",
    "table.total([Decimal(1)])",
]
HARMLESS = [
    "total([1.0, 2.0])",
    "total(None)",
    "total(float(Decimal('1.5')))",
    "total([names[None], 1.0])",
    "total(np.array([1, 2], dtype=float))",
    "np.total([Decimal(1)])",
    "other([Decimal(1)])",
    "for part in [None, 1.0]:\n        total(part)",
]


def ported(folder, text, test, name="thing"):
    """The names of what is ported of a module beside a test, and why the rest is left."""
    module = folder / f"{name}.py"
    module.write_text(text)
    (folder / f"test_{name}.py").write_text(f"import numpy as np\nfrom {name} import *\ndef test_it():\n    {test}\n")
    found = rewrite(text, module, project=Project(ported=True))
    return found.ported, {left.function: left.why for left in found.left}


@pytest.mark.parametrize("test", GIVEN)
def test_a_function_that_a_test_gives_objects_is_left_and_says_where(tmp_path, test):
    done, left = ported(tmp_path, KEPT, test)
    assert done == []
    assert "`x` is given" in left["total"]
    assert "test_thing.py:" in left["total"]


@pytest.mark.parametrize("test", HARMLESS)
def test_what_is_no_array_of_objects_keeps_nothing_from_being_ported(tmp_path, test):
    assert ported(tmp_path, KEPT, test)[0] == ["total"]


def test_what_a_function_is_given_it_hands_on(tmp_path):
    text = KEPT + "def mean(x, n):\n    y = x\n    return total(y) / n\n"
    _, left = ported(tmp_path, text, "mean([Decimal(1)], 2)")
    assert "test_thing.py:4" in left["total"]


def test_a_test_of_another_project_says_nothing(tmp_path):
    (tmp_path / "test_other.py").write_text("from elsewhere import total\ntotal([Decimal(1)])\n")
    assert ported(tmp_path, KEPT, "total([1.0])")[0] == ["total"]


CLASSES = """\
import numpy as np
class Filter:
    def __init__(self, n):
        self.z = np.array([[None] * n]).T
        self.x = np.zeros(n)
    def update(self, z):
        return self.x + np.sum(np.asarray(z))
class Bank:
    def __init__(self, filters):
        self.x = np.asarray(filters[0].z)
    def update(self, z):
        return np.sum(np.asarray(z))
"""


def test_an_attribute_that_holds_objects_is_no_array_elsewhere(tmp_path):
    _, left = ported(tmp_path, CLASSES, "Bank([Filter(2)])")
    assert "`filters[0].z` holds a list with None (thing.py:4)" in left["Bank.__init__"]


def test_a_method_is_told_from_another_of_its_name_by_the_class_that_is_written(tmp_path):
    done, left = ported(tmp_path, CLASSES, "f = Filter(2)\n    f.update([None, 1.0])")
    assert "Filter.update" in left
    assert "Bank.update" in done


def test_what_a_class_is_given_is_kept_in_its_attributes(tmp_path):
    text = """\
import numpy as np
class Store:
    def __init__(self, dtype=None):
        self.dtype = dtype
    def made(self, n):
        return np.zeros(n, dtype=self.dtype)
"""
    assert "holds a dtype that only NumPy has" in ported(tmp_path, text, "Store(dtype=np.longdouble)")[1]["Store.made"]
    assert "holds a dtype that only NumPy has" in ported(tmp_path, text, "make(dtype=object)")[1]["Store.made"]
    assert "Store.made" in ported(tmp_path, text, "Store(dtype=np.float32)")[0]


def test_the_tests_of_a_package_lie_in_it_or_beside_it(tmp_path):
    package = tmp_path / "src" / "pack"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "sums.py").write_text(KEPT)
    for tests in (package / "tests", tmp_path / "src" / "tests", tmp_path / "tests"):
        tests.mkdir()
        (tests / "test_sums.py").write_text("import pack\npack.sums.total([Decimal(1)])\n")
        assert Project(ported=True).objects(package / "sums.py").given(ast.parse(KEPT).body[1])
        (tests / "test_sums.py").unlink()
    assert not Project(ported=True).objects(package / "sums.py").given(ast.parse(KEPT).body[1])


def test_what_may_be_none_is_made_no_array_before_it_is_asked():
    told = '    """Made.\n\n    Parameters\n    ----------\n    t : array_like\n    """\n'
    text = f"import numpy as np\ndef f(x, t=None):\n{told}"
    assert rewrite(text + "    return np.array(t)\n").ported == []
    assert rewrite(text + "    return x if t is None else np.array(t)\n").ported == ["f"]
