"""A name means what Python would make it mean, in every form of import and in every scope."""

import ast

import pytest

from emberharmony.purify.names import Names


def meaning(text, module="", is_package=False):
    """What the last expression of a text stands for."""
    tree = ast.parse(text)
    names = Names(tree, module, is_package)
    found = [node for node in names.kinds[ast.Expr] if isinstance(node, ast.Expr)]
    return names.resolve(max(found, key=lambda node: node.lineno).value)


@pytest.mark.parametrize(
    ("text", "dotted"),
    [
        ("import numpy as np\nnp.sin", "numpy.sin"),
        ("import numpy\nnumpy.linalg.norm", "numpy.linalg.norm"),
        ("import numpy.linalg\nnumpy.sin", "numpy.sin"),
        ("import numpy.linalg as la\nla.inv", "numpy.linalg.inv"),
        ("from numpy import sin\nsin", "numpy.sin"),
        ("from numpy import sin as s\ns", "numpy.sin"),
        ("from numpy.linalg import inv\ninv", "numpy.linalg.inv"),
        ("from numpy import linalg\nlinalg.inv", "numpy.linalg.inv"),
        ("from numpy import *\nsin", "numpy.sin"),
        ("import numpy as np\nla = np.linalg\nla.inv", "numpy.linalg.inv"),
        ("import importlib\nnp = importlib.import_module('numpy')\nnp.sin", "numpy.sin"),
        ("np = __import__('numpy.linalg')\nnp.sin", "numpy.sin"),
        ("from numpy.core.umath import sqrt\nsqrt", "numpy.sqrt"),
        ("try:\n    import numpy as np\nexcept ImportError:\n    import numpy as np\nnp.sin", "numpy.sin"),
        ("try:\n    import cupy as np\nexcept ImportError:\n    import numpy as np\nnp.sin", None),
        ("import numpy as np\nnp = 3\nnp.sin", None),
        ("float", "builtins.float"),
        ("nobody", None),
    ],
)
def test_a_name_leads_to_what_was_imported(text, dotted):
    assert meaning(text) == dotted


def test_a_relative_import_starts_at_its_package():
    assert meaning("from .tools import f\nf", "pack.mod") == "pack.tools.f"
    assert meaning("from .tools import f\nf", "pack", is_package=True) == "pack.tools.f"
    assert meaning("from ..tools import f\nf", "pack.sub.mod") == "pack.tools.f"


@pytest.mark.parametrize(
    ("text", "dotted"),
    [
        ("import numpy as np\ndef f(np):\n    np.sin", None),
        ("import numpy as np\ndef f():\n    np = 1\n    np.sin", None),
        ("import numpy as np\ndef f():\n    np.sin", "numpy.sin"),
        ("def f():\n    import numpy as np\n    np.sin", "numpy.sin"),
        ("def f():\n    import numpy as np\nnp.sin", None),
        ("import numpy as np\nclass A:\n    np = 1\n    def f(self):\n        np.sin", "numpy.sin"),
        ("import numpy as np\nclass A:\n    np = 1\n    np.sin", None),
        ("import numpy as np\nx = [np for np in y]\nnp.sin", "numpy.sin"),
        ("import numpy as np\ndef f():\n    global np\n    np = 2\n    np.sin", "numpy.sin"),
        ("import numpy as np\ndef f():\n    [np := 1 for _ in x]\n    np.sin", None),
        ("import numpy as np\ndef f(x=lambda np: np):\n    np.sin", "numpy.sin"),
    ],
)
def test_the_nearest_scope_that_binds_a_name_decides(text, dotted):
    assert meaning(text) == dotted


def test_a_default_is_evaluated_outside_of_its_function():
    tree = ast.parse("import numpy as np\ndef f(np=np.pi):\n    pass\ng = lambda np=np.pi: np\n")
    names = Names(tree)
    found = [names.resolve(node) for node in names.kinds[ast.Attribute]]
    assert found == ["numpy.pi", "numpy.pi"]


def test_every_node_has_its_parent():
    tree = ast.parse("@d\nasync def f(a, *b, c=1, **k) -> int:\n    return {**k, a: [x async for x in b if x]}\n")
    names = Names(tree)
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.expr_context):
                assert names.parents[child] is node


def test_uses_of_a_parameter_are_not_those_of_an_inner_function_s_own():
    tree = ast.parse("def f(x):\n    def g(x):\n        return x\n    def h():\n        return x\n    return x\n")
    names = Names(tree)
    found = names.uses_of("x", names.opened[tree.body[0]])
    assert sorted(use.lineno for use in found) == [5, 6]


def test_qualified_names_say_where_a_node_stands():
    tree = ast.parse("class A:\n    def f(self):\n        def g():\n            1\n2\n")
    names = Names(tree)
    constants = [node.value for node in names.kinds[ast.Expr] if isinstance(node, ast.Expr)]
    assert {names.qualified(node) for node in constants} == {"A.f.g", "<module>"}
