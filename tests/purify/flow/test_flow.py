"""Is it an array? Values of expressions, found without running anything."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emberharmony.purify.flow import Kind, Project
from emberharmony.purify.flow.numpydoc import SECTION, meaning, parameters, result, sections


def flow_of(text, **given):
    tree = ast.parse("import numpy as np\n" + text)
    return Project(**given).flow(tree), tree


def value(text, **given):
    """What is known of the argument of `tell(...)`."""
    flow, tree = flow_of(text, **given)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "tell")
    return flow.value(call.args[0])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("def f(x):\n    y = np.exp(x)\n    tell(y)", Kind.ARRAY),
        ("def f(n: int):\n    tell(n + 1)", Kind.OTHER),
        ("def f(x):\n    tell(x)", Kind.UNKNOWN),
        ("def f(x: np.ndarray):\n    tell(x)", Kind.ARRAY),
        ("def f(x):\n    tell(x)\n    return x.shape", Kind.ARRAY),
        ("def f(x):\n    for row in np.eye(3):\n        tell(row)", Kind.ARRAY),
        ("def f(x):\n    rows = [np.ones(3)]\n    tell(rows[0])", Kind.ARRAY),
        ("def f(x):\n    a, b = np.linalg.eigh(x)\n    tell(b)", Kind.ARRAY),
        ("def f(x):\n    d = {'a': np.ones(3)}\n    tell(d['a'])", Kind.ARRAY),
        ("def g():\n    return np.ones(3), 1\ndef f():\n    a, n = g()\n    tell(a)", Kind.ARRAY),
        ("def g():\n    return np.ones(3), 1\ndef f():\n    a, n = g()\n    tell(n)", Kind.OTHER),
        ("def g(x):\n    return x\ndef f():\n    tell(g(np.ones(3)))", Kind.ARRAY),
        ("def f():\n    tell(len(np.ones(3)))", Kind.OTHER),
        ("def f():\n    tell(np.ones(3).tolist())", Kind.OTHER),
        ("def f(c):\n    x = 1 if c else np.ones(3)\n    tell(x)", Kind.UNKNOWN),
        (
            "def f(c):\n    x = None\n    if c:\n        x = np.ones(3)\n    if x is not None:\n        tell(x)",
            Kind.ARRAY,
        ),
        ("def f(x):\n    if isinstance(x, np.ndarray):\n        tell(x)", Kind.ARRAY),
        (
            "def f(x):\n    total = 0\n    for i in range(3):\n        total = total + np.ones(3)\n    tell(total)",
            Kind.UNKNOWN,
        ),
    ],
)
def test_a_value_is_an_array_only_where_it_must_be(text, kind):
    assert value(text).kind is kind


@pytest.mark.parametrize("call", ["random.rand()", "random.randn()", "random.randint(2)", "random.normal()", "size(x)"])
def test_a_number_of_python_is_no_array(call):
    assert value(f"def f(x):\n    tell(np.{call})").number


@pytest.mark.parametrize("call", ["random.rand(3)", "random.randint(2, size=4)", "random.normal(0, 1, 5)"])
def test_numbers_with_a_size_are_an_array(call):
    assert value(f"def f(x):\n    tell(np.{call})").array


CLASS = """
class Base:
    def __init__(self):
        self.weights = np.ones(3)

class Layer(Base):
    def __init__(self, n):
        super().__init__()
        self.cache = None
        self.n = 3
        self._scale = np.ones(3)

    @property
    def scale(self):
        return self._scale

    @scale.setter
    def scale(self, value):
        tell_set(value)
        self._scale = value

    def step(self):
        self.cache = self.weights * 2
        self.weights = np.dot(self.weights, self.weights)

    def __call__(self, x):
        return np.exp(x)
"""


@pytest.mark.parametrize("name", ["weights", "cache", "scale"])
def test_an_attribute_is_what_the_methods_of_the_class_and_its_bases_store(name):
    assert value(f"{CLASS}\ndef f():\n    layer = Layer(2)\n    tell(layer.{name})").array


def test_an_attribute_that_is_a_number_is_no_array():
    assert value(f"{CLASS}\ndef f():\n    tell(Layer(2).n)").other


def test_an_instance_that_is_called_gives_what_its_call_gives():
    assert value(f"{CLASS}\ndef f():\n    layer = Layer(2)\n    tell(layer(1.5))").array


def test_the_answer_does_not_depend_on_what_was_asked_before():
    text = f"{CLASS}\ndef f():\n    a = Layer(2)\n    b = a.cache + a.scale\n    return b\n"
    tree = ast.parse("import numpy as np\n" + text)
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute | ast.Call)]
    forward, backward = Project().flow(tree), Project().flow(tree)
    ahead = {node: forward.kind(node) for node in nodes}
    behind = {node: backward.kind(node) for node in reversed(nodes)}
    assert ahead == behind


def test_a_parameter_is_told_by_the_calls_of_a_private_function():
    assert value("def _g(a):\n    tell(a)\ndef f():\n    _g(np.ones(3))").array
    assert value("def _g(a):\n    tell(a)\ndef f(x: np.ndarray):\n    _h(x)\ndef _h(b):\n    _g(b)").array


def test_functions_that_call_each_other_end():
    assert value("def g(n, x):\n    return g(n - 1, x) if n else np.exp(x)\ndef f(x):\n    tell(g(3, x))").array
    assert value("def a(x):\n    return b(x)\ndef b(x):\n    return a(x)\ndef f(x):\n    tell(a(x))").unknown


def test_a_parameter_that_is_none_or_an_array_is_an_array_where_it_is_not_none():
    text = "def f(x: np.ndarray | None = None):\n    tell(x)\n"
    assert value(text).unknown
    assert value(text).some.array
    assert value("def f(x: np.ndarray | None = None):\n    if x is None:\n        x = np.ones(3)\n    tell(x)").array


def test_a_fresh_array_is_one_that_nobody_else_holds():
    assert value("def f():\n    x = np.zeros(3)\n    tell(x)").fresh
    assert not value("def f():\n    x = np.zeros(3)\n    y = x\n    tell(x)").fresh


def test_a_documented_array_is_not_sure_and_a_made_one_is():
    doc = '"""It.\n\n    Parameters\n    ----------\n    x : ndarray\n        An array.\n    """'
    assert not value(f"def f(x):\n    {doc}\n    tell(x)").sure
    assert value("def f(x):\n    tell(np.exp(x))").sure


def test_a_port_leaves_arithmetic_of_python_numbers_on_the_host():
    text = "def f(n: int):\n    tell(np.sqrt(2.0))"
    assert value(text).array
    assert value(text, ported=True).number


def test_other_modules_of_the_project_are_followed(tmp_path: Path):
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("from .tools import *\n")
    (package / "tools.py").write_text("import numpy as np\ndef made(n):\n    return np.ones(n)\n")
    (package / "base.py").write_text(
        "import numpy as np\nclass B:\n    def __init__(self):\n        self.x = np.ones(3)\n"
    )
    path = package / "mod.py"
    text = "from pack import made\nfrom .base import B\nclass C(B):\n    def f(self):\n        return made(3), self.x\n"
    path.write_text(text)
    tree = ast.parse(text)
    flow = Project([tmp_path]).flow(tree, path)
    pair = next(node for node in ast.walk(tree) if isinstance(node, ast.Tuple))
    assert [flow.kind(part) for part in pair.elts] == [Kind.ARRAY, Kind.ARRAY]


def test_what_stands_beside_a_package_is_another_project(tmp_path: Path):
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("import numpy as np\ndef made():\n    return np.ones(3)\n")
    path = tmp_path / "ours" / "mod.py"
    path.write_text("import theirs, ours\ntheirs.made(), ours.made()\n")
    tree = ast.parse(path.read_text())
    flow = Project().flow(tree, path)
    pair = next(node for node in ast.walk(tree) if isinstance(node, ast.Tuple))
    assert [flow.kind(part) for part in pair.elts] == [Kind.UNKNOWN, Kind.ARRAY]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ndarray of shape (n,)", Kind.ARRAY),
        (":py:class:`ndarray <numpy.ndarray>` of shape `(n, m)`", Kind.ARRAY),
        ("array_like", Kind.ARRAY),
        ("float or array_like", Kind.UNKNOWN),
        ("int, optional", Kind.OTHER),
        ("callable", Kind.OTHER),
        ("function(ndarray), optional", Kind.OTHER),
        ("list of ndarrays", Kind.OTHER),
        ("{'a', 'b'}", Kind.OTHER),
        ("whatever", Kind.UNKNOWN),
    ],
)
def test_the_type_of_a_field_says_what_a_parameter_is(text, kind):
    assert meaning(text).kind is kind


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("ndarray of int", "int"),
        ("array of floats, shape (n,)", "float"),
        ("array_like of bool", "bool"),
        ("ndarray of shape (n,)", ""),
        ("ndarray of intervals", ""),
    ],
)
def test_the_type_of_a_field_says_of_what_numbers_an_array_is(text, dtype):
    assert meaning(text).dtype == dtype


DOC = """Say it.

    Parameters
    ----------
    x, y : ndarray
        Arrays.
    n : int
        A number.

    Returns
    -------
    z : ndarray
        The result.
    """


def test_the_fields_of_a_docstring_are_read_with_their_margin():
    found = parameters(DOC)
    assert found["x"].array
    assert found["y"].array
    assert found["n"].number
    assert result(DOC).array
    assert result("Nothing.").unknown


def test_a_module_that_another_asked_for_is_parsed_once_while_its_bytes_are_the_same(tmp_path):
    path = tmp_path / "b.py"
    path.write_text("def f():\n    return 1\n")
    project = Project([tmp_path])
    asked, _ = project.find("b.f")
    tree = project.tree(path, path.read_bytes())
    assert tree is asked.names.tree
    assert project.tree(path, b"x = 1\n") is None
    flow = project.flow(tree, path)
    assert flow.names is asked.names
    assert (asked.hops, flow.hops) == (1, 0)  # its own imports are followed now


@given(st.text("ab -\t\n"))
def test_the_sections_of_a_docstring_are_those_that_trying_each_line_finds(doc):
    assert [found.span() for found in sections(doc)] == [found.span() for found in SECTION.finditer(doc)]


@pytest.mark.slow
@pytest.mark.parametrize("package", ["numpy", "scipy", "sklearn"])
def test_no_file_of_a_large_package_stops_the_flow(package):
    root = Path(pytest.importorskip(package).__file__).parent
    project = Project()
    for path in sorted(root.rglob("*.py"))[::4]:
        tree = ast.parse(path.read_bytes())
        flow = project.flow(tree, path)
        for kind in (ast.FunctionDef, ast.Lambda):
            for node in flow.names.kinds.get(kind, ()):
                assert flow.analysis(node).flow is flow
        if len(project.owners) > 50_000:
            project.forget()
