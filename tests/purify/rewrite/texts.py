"""Texts that are hard to edit: ends of lines, indentation, statements on one line, names that are taken."""

from __future__ import annotations

TEXTS: dict[str, str] = {
    "lines end with CR LF": (
        "import numpy as np\r\n"
        "\r\n"
        "def f(x, y):\r\n"
        "    a = np.sum(x)  # c\r\n"
        "    b = c = np.zeros(3)\r\n"
        "    np.add(x, y, out=x)\r\n"
        "    return np.exp(x, out=x)\r\n"
    ),
    "indented with tabs": (
        "import numpy as np\ndef f(x):\n\ty = np.zeros(3)\n\tif x.any():\n\t\ty[0] = np.sum(x)\n\treturn y\n"
    ),
    "form feeds": ("import numpy as np\n\x0c\ndef f(x):\n    return np.sum(x)\n\x0cdef g(x):\n    return np.mean(x)\n"),
    "wide characters": """\
import numpy as np
def f(x):
    s = '日本語é😀'; y = np.sum(x, axis=0); t = 'ü'; return y, s, np.mean(x)  # 日本
""",
    "a suite on the line of its colon": """\
import numpy as np
def f(x, y):
    y = np.zeros(3)
    if x: y[0] = 1; z = np.sum(y)
    return z
def g(x): return np.sum(x)
def h(x): x = np.asarray(x); return np.exp(x, out=x)
""",
    "two targets on the line of a loop": """\
import numpy as np
def f(n):
    a = np.zeros(n)
    b = np.zeros(n)
    for i in range(n): a[i] = b[i] = 1.0
    return a, b
""",
    "decorators, nested functions, lambdas": """\
import numpy as np
import functools
@functools.lru_cache(maxsize=None)
def f(x: np.ndarray, y: 'np.ndarray' = None) -> 'np.ndarray':
    def g(z):
        return np.sum(z)
    return g(x) + (lambda q: np.exp(q))(x)
""",
    "async": """\
import numpy as np
async def f(x):
    async with x as y:
        return np.sum(await y)
""",
    "match and walrus": """\
import numpy as np
def f(x, k):
    match k:
        case 'a' if (n := np.sum(x)) > 0:
            return n
        case [a, *b]:
            return np.exp(a)
""",
    "f-strings": """\
import numpy as np
def f(x):
    return f'np.sum(x) = {np.sum(x)} {np.mean(x):.3f}'
def g(x):
    return f'{np.sum(x)=}'
def h(x):
    return f'''a
  {np.sum(x)!r} {{np.sum(x)}} { np.exp(x) }'''
def k(x):
    return f"{'a' if np.any(x) else f'{np.sum(x)}'}"
def m(x):
    return 'a' f'{np.sum(x)}' 'b'
""",
    "global np": """\
import numpy as np
def f(x):
    global np
    return np.sum(x)
""",
    "del np": """\
import numpy as np
def f(x):
    return np.sum(x)
del np
""",
    "star import": """\
from numpy import *
def f(x):
    return sum(x) + exp(x)
""",
    "two modules in one import": """\
import numpy as np, os
def f(x):
    return np.sum(x)
""",
    "an import before a semicolon": """\
import numpy as np; import os
def f(x):
    return np.sum(x)
""",
    "an import after a semicolon": """\
import os; import numpy as np
def f(x):
    return np.sum(x)
""",
    "a guarded import": """\
try:
    import numpy as np
except ImportError:
    np = None
def f(x):
    return np.sum(x)
""",
    "np is exported": """\
import numpy as np
__all__ = ['np', 'f']
def f(x):
    return np.sum(x)
""",
    "ops and Array are taken": """\
import numpy as np
def ops(): pass
def f(x, xp=None):
    return np.sum(x)
class Array: pass
def g(x: np.ndarray):
    return np.sum(x)
""",
    "math is taken": """\
import numpy as np
def f(x, math):
    return np.sum(x) * np.sqrt(2.0) * math
""",
    "annotations that are text": """\
import numpy as np
def f(x: 'np.ndarray | None') -> 'np.ndarray':
    return np.sum(x)
""",
    "a shebang and a licence": """\
#!/usr/bin/env python
# -*- coding: utf-8 -*-
# (c) me

@np_free
def k(): pass
import numpy
def f(x):
    return numpy.sum(x) + numpy.random.rand()
def g(x):
    return numpy.sum(x)
""",
    "comments inside expressions": """\
import numpy as np
def f(x):
    return np.sum(  # all
        x,  # of x
        axis=0,  # rows
    )
def g(x):
    return (x
        # first
        .astype(float)
        .sum(axis=0)  # last
    )
def h(x):
    return np.fft.fftfreq(x  # n,
    )
def k(x):
    return np.where(x > 0, # a
        x, 0.0)
""",
    "comments inside an import": """\
from numpy import (  # noqa
    sum,  # a
    exp,
)
def f(x):
    return exp(x)
""",
    "no last end of line": ("import numpy as np\ndef f(x):\n    return np.sum(x)"),
    "a docstring and one line": ("'''d'''\ndef f(x): return x.sum(axis=0)"),
    "values that are needed twice": """\
import numpy as np
class A:
    v = np.fmod(g(), 2)
    w = [np.cbrt(i + 1) for i in range(3)]
def f(x, _a):
    return np.fmod(x + 1, np.fmod(x * 2, _a + 1)), [np.sinc(i + x) for i in np.fmod(x, x+1)]
""",
    "lambdas": """\
import numpy as np
f = lambda x: np.sum(x)
g = lambda x, y=np.pi: np.exp(x) * y
""",
    "parentheses everywhere": """\
import numpy as np
def f(x):
    return (np.sum)((x), (0)), (x).sum((0),), np.sum(*x), np.sum(x, **{})
def g(x):
    return (np.sum)((x), (0)), (x).sum((0),), (np.array([1., 2])), np . sum ( x )
""",
    "lines that go on": """\
import numpy as np
def f(x):
    y = np.sum(x) + \\
        np.mean(x)
    return np \\
        .exp(y)
""",
    "lines end with CR": ("import numpy as np\rdef f(x):\r    return np.sum(x)\r"),
    "classes in classes": """\
import numpy as np
class A:
    'doc'
    class B:
        def f(self, x):
            'only doc'
        def g(self, x):
            '''doc'''
            return np.sum(x) + np.max(x)
""",
    "a decorator in the first line": """\
import numpy as np
def f(x):
    'd'
    @g
    def h(): return 1
    return np.sum(x) + np.max(x) + np.exp(x)
""",
    "an import for type checkers": """\
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import numpy as np
def f(x: np.ndarray) -> np.ndarray:
    return x.sum(axis=0)
""",
}
