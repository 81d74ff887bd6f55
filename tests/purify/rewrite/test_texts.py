"""Whatever the text looks like, its port parses, is its own port, and keeps comments, docstrings and the rest."""

from __future__ import annotations

import ast

import pytest
from benchmarks.purify_rewrite import comments, docstrings, touched
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.purify.rewrite.texts import TEXTS

from emberharmony.purify.rewrite import rewrite

BLOCKS = [
    "def a{n}(x):\n    y = np.zeros(3)\n    y[0] = np.sum(x)  # a store\n    return y\n",
    "def b{n}(x, y):\n    '''Two.'''\n    if x is None: return y\n    return np.where(x, # why\n        x, y)\n",
    "class C{n}:\n    W = np.array([1.0])  # own\n\n    def m(self, x):\n        return self.W.sum() * np.mean(x)\n",
    "V{n} = np.array([0.5, 0.25])\n\n\ndef d{n}(x):\n    return np.dot(x, V{n})\n",
    "E{n} = np.array([0.5, 0.25])\n\n\ndef e{n}(x):\n    return E{n}.sum() + x\n",
    "def g{n}(x):\n    return f'np.sum(x) is {{np.sum(x)}} of {{x!r}}'\n",
    "def h{n}(x, out=None):\n    x = np.asarray(x); z = np.exp(x, out=x); return z\n",
    "def i{n}(x: 'np.ndarray', k=np.pi) -> np.ndarray:\n    # nothing\n    return np.fmod(x, k).T @ np.linalg.inv(x)\n",
    "@wrapped(np.sum)\ndef j{n}(x):\n    return np.random.rand(3) + x\n",
    "def _k{n}(n, k):\n    return np.arange(n) * k\n\n\ndef l{n}(x):\n    return np.sum(x) * _k{n}(3, 2)\n",
]
HEADS = [
    "import numpy as np\n",
    '"""Doc."""\nimport os, numpy as np\n',
    "# (c)\n\nfrom scipy import special\nimport numpy as np; import re\n",
]


def assert_kept(text, target):
    found = rewrite(text, target=target)
    ast.parse(found.text)
    assert comments(found.text) == comments(text)
    assert docstrings(found.text) == docstrings(text)
    assert not touched(text, found)
    again = rewrite(found.text, target=target)
    assert again.text == found.text
    assert not again.ported
    return found


@pytest.mark.parametrize("target", ["ops", "xp"])
@pytest.mark.parametrize("name", TEXTS)
def test_a_rewrite_keeps_what_it_does_not_port(name, target):
    text = TEXTS[name]
    found = assert_kept(text, target)
    if "\r\n" in text:
        assert "\n" not in found.text.replace("\r\n", "")


@pytest.mark.parametrize("target", ["ops", "xp"])
@given(
    head=st.sampled_from(HEADS), blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6), crlf=st.booleans()
)
@settings(max_examples=40)
def test_any_file_of_functions_keeps_what_is_not_ported(target, head, blocks, crlf):
    text = "\n\n".join([head, *(block.format(n=number) for number, block in enumerate(blocks))])
    assert_kept(text.replace("\n", "\r\n") if crlf else text, target)


def test_a_function_whose_port_is_no_python_is_left_and_costs_no_other():
    bad = "def f(x):\n    return np.sum((x), (0))\n"
    found = rewrite(f"import numpy as np\n{bad}def g(x):\n    return np.sum(x)\n")
    assert bad in found.text
    assert found.ported == ["g"]
    assert found.left[0].function == "f"


def test_an_edit_that_takes_two_lines_is_refused_on_the_line_of_another():
    text = "import numpy as np\ndef f(x, y):\n    y = np.zeros(3); z = x = y\n    if x: return np.exp(y, out=y)\n"
    assert rewrite(text).text == text


def test_what_an_f_string_shows_of_its_source_stays():
    text = "import numpy as np\ndef f(x):\n    return f'{np.sum(x)=}'\n"
    found = rewrite(text)
    assert found.text == text
    assert "f-string" in found.left[0].why


def test_text_that_looks_like_code_in_an_f_string_stays():
    text = "import numpy as np\ndef f(x):\n    return f'np.sum(x) = {np.sum(x)} {{np.sum(x)}}'\n"
    assert "f'np.sum(x) = {ops.sum(ops.asarray(x))} {{np.sum(x)}}'" in rewrite(text).text


def test_an_expression_deeper_than_pythons_stack_costs_its_function_alone():
    deep = " + ".join(["x"] * 700)
    text = f"import numpy as np\ndef f(x):\n    return np.sum({deep})\ndef g(x):\n    return np.sum(x)\n"
    assert "g" in rewrite(text).ported


def test_only_the_named_functions_change():
    text = "import numpy as np\ndef _k(n):\n    return np.arange(n)\ndef f(x):\n    return np.sum(x) * _k(3)\n"
    found = rewrite(text, target="xp", only=frozenset({"f"}))
    assert found.ported == ["f"]
    assert "_k(3)" in found.text  # the helper is not ported, so it takes no namespace


def test_what_runs_at_import_does_not_ask_for_the_namespace_of_the_body():
    text = (
        "import numpy as np\n\n\n@np.errstate(all='ignore')\n"
        "def f(x: np.ndarray, k=np.ones(3), g=lambda z: np.sin(z), *, h=np.zeros(3)):\n"
        "    return np.cos(x) + k + g(h)\n"
    )
    found = rewrite(text, target="xp")
    assert found.ported == ["f"]
    space: dict[str, object] = {}
    exec(found.text, space)  # a name that is not there yet would raise
    assert "xp" not in space
    assert "    return xp.cos(" in found.text


@pytest.mark.parametrize("head", ["def f(x: np.ndarray, w=np.zeros(3)):", "@wrap(np.zeros(3))\ndef f(x: np.ndarray):"])
def test_a_namespace_that_only_defaults_and_decorators_would_need_is_not_made(head):
    text = rewrite(f"import numpy as np\n{head}\n    return x + 1\n", target="xp").text
    assert "ops.zeros(3" in text
    assert "xp" not in text


def test_a_default_beside_the_namespace_that_is_handed_on_is_ported():
    head = "import numpy as np\ndef _w(n, g=np.exp):\n    return g(np.arange(n))\n"
    found = rewrite(f"{head}def f(x):\n    return np.sum(x) * _w(3)\n", target="xp")
    assert "def _w(n, g=ops.exp, xp=ops):" in found.text
    assert (found.left, "np" in found.text) == ([], False)


@pytest.mark.parametrize("target", ["ops", "xp"])
def test_a_new_line_ends_as_the_lines_around_it(target):
    text = "import numpy as np\r\rdef f(x: np.ndarray):\r    y = np.exp(x)\r    return np.exp(x, out=y)\r"
    found = rewrite(text, target=target)
    assert found.ported == ["f"]
    body = found.text[found.text.index("def f") :]
    assert "\n" not in body


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import numpy as np\nexcept ImportError:\n    np = None\n\ndef f(x):\n    return np.sin(x)\n",
        "from numpy import *\n\ndef f(x):\n    return sin(x)\n",
        "import numpy as np\n\ndef f(x):\n    return np.sin(x)\n\ndel np\n",
        "import numpy as np\n__all__ = ['np', 'f']\n\ndef f(x):\n    return np.sin(x)\n",
    ],
)
def test_a_file_that_stays_tied_is_never_passed_over_in_silence(text):
    (left,) = rewrite(text).left
    assert text.split("\n")[left.line - 1].strip().startswith(("import numpy", "from numpy"))
