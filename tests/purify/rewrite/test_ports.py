"""What a port looks like: each pair is a whole function, before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from emberharmony import ops
from emberharmony.purify.rewrite import rewrite

PAIRS = {
    "a parameter that is asked for twice is made an array once": (
        """\
import numpy as np
def f(x):
    return np.sum(x) / np.max(x)
""",
        """\
from emberharmony import ops
def f(x):
    x = ops.asarray(x)
    return ops.sum(x) / ops.max(x)
""",
    ),
    "one that may be None is not": (
        """\
import numpy as np
def f(x=None):
    if x is None:
        return np.zeros(3)
    return np.sum(x) + np.max(x)
""",
        """\
from emberharmony import ops
def f(x=None):
    if x is None:
        return ops.zeros(3, dtype=ops.float64)
    return ops.sum(ops.asarray(x)) + ops.max(ops.asarray(x))
""",
    ),
    "what runs for sparse matrices alone stays": (
        """\
import numpy as np
from scipy import sparse
def f(X):
    if sparse.issparse(X):
        X = X.tocsr(copy=False)
        return sparse.csr_matrix(X).sum()
    return np.sum(X)
""",
        """\
from emberharmony import ops
from scipy import sparse
def f(X):
    if hasattr(X, "tocsr"):
        X = X.tocsr(copy=False)
        return sparse.csr_matrix(X).sum()
    return ops.sum(ops.asarray(X))
""",
    ),
    "out= is assigned": (
        """\
import numpy as np
def f(x):
    x = np.asarray(x)
    y = np.empty_like(x)
    np.exp(x, out=y)
    return y
""",
        """\
from emberharmony import ops
def f(x):
    x = ops.asarray(x)
    y = ops.empty_like(x)
    y = ops.exp(x)
    return y
""",
    ),
    "where= becomes where": (
        """\
import numpy as np
def f(a, b):
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0)
""",
        """\
from emberharmony import ops
def f(a, b):
    a = ops.asarray(a)
    return ops.where(b != 0, ops.divide(a, ops.where(b != 0, ops.asarray(b), 1)), ops.zeros_like(a))
""",
    ),
    "a store into an own array": (
        """\
import numpy as np
def f(n):
    y = np.zeros(n)
    y[0] = 1.0
    y[1:] += 2.0
    return y
""",
        """\
from emberharmony import ops
def f(n):
    y = ops.zeros(n, dtype=ops.float64)
    y = ops.at(y, copy=False)[0].set(1.0)
    y = ops.at(y, copy=False)[1:].set(y[1:] + 2.0)
    return y
""",
    ),
    "a store into the caller's array stays": (
        """\
import numpy as np
def f(x):
    x = np.asarray(x)
    x[0] = np.sum(x)
    return x
""",
        """\
from emberharmony import ops
def f(x):
    x = ops.asarray(x)
    x[0] = ops.sum(x)
    return x
""",
    ),
    "flat places": (
        """\
import numpy as np
def f(n):
    y = np.zeros((n, n))
    y.flat[:: n + 1] = 1.0
    return y
""",
        """\
from emberharmony import ops
def f(n):
    y = ops.zeros((n, n), dtype=ops.float64)
    y = ops.reshape(ops.at(ops.ravel(y))[:: n + 1].set(1.0), y.shape)
    return y
""",
    ),
    "masks": (
        """\
import numpy as np
def f(x):
    y = np.asarray(x) * 2.0
    y[y < 0] = 0.0
    y[y > 1] *= 2.0
    return y
""",
        """\
from emberharmony import ops
def f(x):
    y = ops.asarray(x) * 2.0
    y = ops.at(y, copy=False)[y < 0].set(0.0)
    y = ops.where(y > 1, y * 2.0, y)
    return y
""",
    ),
    "codes of dtypes": (
        """\
import numpy as np
def f(x):
    x = np.asarray(x, dtype='d')
    return x.astype('f4') if x.dtype.kind == 'f' else x
""",
        """\
from emberharmony import ops
def f(x):
    x = ops.asarray(x, dtype=ops.float64)
    return ops.astype(x, ops.float32) if ops.isdtype(x.dtype, "real floating") else x
""",
    ),
    "defaults are made at import": (
        """\
import numpy as np
def f(x, dtype=np.float64, scale=np.pi, g=np.exp):
    return g(np.asarray(x, dtype=dtype)) * scale
""",
        """\
import math
from emberharmony import ops
def f(x, dtype="float64", scale=math.pi, g=ops.exp):
    return g(ops.asarray(x, dtype=dtype)) * scale
""",
    ),
    "an array made at import becomes a list": (
        """\
import numpy as np
WEIGHTS = np.array([0.5, 0.25])
def f(x):
    return np.sum(x * WEIGHTS)
""",
        """\
from emberharmony import ops
WEIGHTS = [0.5, 0.25]
def f(x):
    return ops.sum(ops.asarray(x * ops.asarray(WEIGHTS, dtype=ops.float64)))
""",
    ),
    "errstate": (
        """\
import numpy as np
def f(x):
    with np.errstate(divide='ignore'):
        return np.log(x)
""",
        """\
from emberharmony import ops
def f(x):
    with ops.errstate(divide='ignore'):
        return ops.log(ops.asarray(x))
""",
    ),
    "the error of a singular matrix": (
        """\
import numpy as np
def f(x):
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        return None
""",
        """\
from emberharmony import ops
def f(x):
    try:
        return ops.linalg.inv(ops.asarray(x))
    except (ValueError, RuntimeError):
        return None
""",
    ),
}
THREADED = """\
from emberharmony import ops
from emberharmony.ops import array_namespace
def _weights(n, k, xp=ops):
    return xp.arange(n) * k
def f(x):
    xp = array_namespace(x)
    return xp.sum(xp.asarray(x)) * _weights(3, 2, xp=xp)
"""


@pytest.mark.parametrize("name", PAIRS)
def test_the_port_is_what_a_person_would_write(name):
    before, after = PAIRS[name]
    assert rewrite(before).text == after


def test_the_namespace_of_the_arrays_is_handed_to_private_helpers():
    before = """\
import numpy as np
def _weights(n, k):
    return np.arange(n) * k
def f(x):
    return np.sum(x) * _weights(3, 2)
"""
    assert rewrite(before, target="xp").text == THREADED


def test_a_store_into_a_view_is_refused():
    text = "import numpy as np\ndef f(x):\n    y = np.zeros((3, 3))\n    row = y[0]\n    row[1] = 2.0\n    return y\n"
    found = rewrite(text)
    assert found.text == text
    assert "view" in found.left[0].why


@pytest.mark.parametrize("use", ["W.sum()", "W[:, None] * x", "W.shape", "-W", "W", "g(W)", "x[W > 0]"])
def test_an_array_made_at_import_stays_one_where_a_list_would_not_do(use):
    text = f"import numpy as np\nW = np.array([0.5, 0.25])\ndef f(x):\n    return np.sum(x), {use}\n"
    assert "W = np.array([0.5, 0.25])" in rewrite(text).text


@pytest.mark.parametrize("use", ["np.dot(x, W)", "x * W", "W / 2", "x @ W", "W[0] * np.sum(x)", "[w for w in W]"])
def test_an_array_made_at_import_becomes_a_list_where_every_use_makes_it_an_array_again(use):
    text = f"import numpy as np\nW = np.array([0.5, 0.25])\ndef f(x):\n    return {use}\n"
    assert "W = [0.5, 0.25]" in rewrite(text).text


def test_operators_become_functions_where_that_is_asked():
    text = "import numpy as np\ndef f(x):\n    x = np.asarray(x)\n    return x * 2 + x\n"
    found = rewrite(text, operators="all").text
    assert "ops.add(ops.multiply(x, 2), x)" in found
    assert "x * 2 + x" in rewrite(text).text


def test_values_stored_under_a_mask_take_the_dtype_of_the_array():
    text = "import numpy as np\ndef f(n, v):\n    x = np.arange(n)\n    v = np.asarray(v)\n    x[x > 1] = v[x > 1]\n"
    assert "x = ops.where(x > 1, ops.astype(v, x.dtype), x)" in rewrite(text).text


def test_the_length_of_a_list_that_may_hold_anything_makes_no_array_of_it():
    assert "return len(zs)" in rewrite("import numpy as np\ndef f(zs):\n    return np.size(zs, 0)\n").text


def test_a_dtype_of_records_is_left():
    text = "import numpy as np\ndef f(x):\n    return np.dtype((x.dtype, x.shape[1:]))\n"
    assert "records" in rewrite(text).left[0].why


def test_a_copy_of_what_is_not_known_is_left():
    text = "import numpy as np\ndef f(filters):\n    return np.copy(filters[0].z)\n"
    assert "not known" in rewrite(text).left[0].why


def test_what_was_imported_for_others_stays():
    text = "import numpy as np\nfrom scipy.linalg import inv, det\ndef f(x):\n    return det(np.abs(x))\n"
    found = rewrite(text).text
    assert "import numpy" not in found
    assert "from scipy.linalg import inv\n" in found


def test_names_of_numpy_hide_those_of_the_builtins():
    text = "from numpy import *\ndef f(x):\n    return sum(x) + exp(x), [any([x]), len(x)]\n"
    found = rewrite(text).text
    assert "ops.sum(" in found
    assert "ops.any(" in found
    assert "len(x)" in found
    assert "return max(x, 2)" in rewrite(text.replace("return sum(x)", "return max(x, 2)")).text


def test_a_constant_that_another_file_names_stays_an_array(tmp_path):
    for name in ("__init__.py", "tables.py"):
        (tmp_path / name).touch()
    text = "import numpy as np\nW = np.array([0.5, 0.25])\ndef f(x):\n    return np.sum(x) * W[0]\n"
    (tmp_path / "tables.py").write_text(text)
    assert "W = [0.5, 0.25]" in rewrite(text, tmp_path / "tables.py").text
    (tmp_path / "use.py").write_text("from .tables import W\nHALF = W / 2\n")
    assert "W = np.array([0.5, 0.25])" in rewrite(text, tmp_path / "tables.py").text


def test_what_is_ported_already_gives_arrays():
    text = "from emberharmony import ops\nimport numpy as np\ndef f(x):\n    y = ops.sum(ops.asarray(x))\n    "
    assert "return ops.mean(y), ops.asarray(x).shape" in rewrite(text + "return y.mean(), np.shape(x)\n").text


STORE = """\
import numpy as np
def f(x, n):
    y = np.zeros(n)
    for i in range(n):
        y[{}] = np.sum(x)
    return y
"""


@pytest.mark.parametrize(("index", "lines"), [("i", [5]), ("i - 1", [5]), (":i", []), ("i:, ", [])])
def test_a_loop_that_stores_its_items_one_by_one_is_said_to_take_longer(index, lines):
    found = rewrite(STORE.format(index))
    assert found.ported == ["f"]
    assert [each.line for each in found.slower] == lines


def test_what_is_only_said_to_be_whole_numbers_is_made_an_array_before_it_is_cast():
    told = '    """Mean.\n\n    Parameters\n    ----------\n    n : array_like of int\n    """\n'
    found = rewrite(f"import numpy as np\ndef f(x, n):\n{told}    return np.sum(x) / (sum(n) / 2)\n").text
    assert "ops.astype(ops.asarray(sum(n)), ops.float64) / 2" in found


def test_a_mask_that_a_ported_helper_fills_is_known_as_one():
    helper = """\
from emberharmony import ops
import numpy as np
def mask(i, n):
    m = ops.zeros(n, dtype=ops.bool)
    m = ops.at(m, copy=False)[i].set(True)
    return m
def f(x, i):
    return np.asarray(x)[mask(i, 3), :]
"""
    assert "a mask beside other indices" in rewrite(helper).left[0].why


@pytest.mark.parametrize(
    "statement",
    [
        "x[...] = 1.0",
        "x[...], y = 1.0, 2",
        "x[...] = x + 1.5",
        "x.fill(1.5)",
        "np.place(x, x < 1, 1.5)",
        "y = np.asarray(x > 0); y[...] = 1; x = y",
        "x = np.zeros(3, dtype=bool); x[...] = 1",
    ],
)
def test_a_store_into_all_places_keeps_the_dtype_of_the_array(backend, statement):
    before = f"import numpy as np\ndef f(x: np.ndarray):\n    {statement}\n    return np.flip(x)\n"
    found = rewrite(before)
    assert found.left == []
    spaces: list[dict[str, Any]] = [{}, {}]
    exec(before, spaces[0])
    exec(found.text, spaces[1])
    wanted, got = spaces[0]["f"](np.array([0, 1, 2])), spaces[1]["f"](ops.asarray(np.array([0, 1, 2])))
    assert (ops.dtype_name(got), ops.tolist(got)) == (wanted.dtype.name, wanted.tolist())
