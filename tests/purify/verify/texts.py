"""Originals with ports that are right, and ports that are wrong in one way each."""

from textwrap import dedent

IMPORTS = "from emberharmony import ops\n"

# name -> (original, port)
RIGHT: dict[str, tuple[str, str]] = {
    "standardize": (
        '''
        def standardize(x, ddof=0):
            """Centre and scale.

            Parameters
            ----------
            x : array_like
                Data.
            ddof : int, optional
                Degrees of freedom.
            """
            x = np.asarray(x, dtype=float)
            return (x - np.mean(x)) / np.std(x, ddof=ddof)
        ''',
        """
        def standardize(x, ddof=0):
            x = ops.astype(ops.asarray(x), "float64")
            return (x - ops.mean(x)) / ops.std(x, correction=ddof)
        """,
    ),
    "relu": (
        """
        def relu(x):
            y = np.array(x, copy=True)
            y[y < 0] = 0
            return y
        """,
        """
        def relu(x):
            y = ops.asarray(x, copy=True)
            return ops.where(y < 0, ops.zeros_like(y), y)
        """,
    ),
    "moments": (
        """
        def moments(x, axis=0, unbiased=False):
            m = np.mean(x, axis=axis)
            v = np.var(x, axis=axis, ddof=1 if unbiased else 0)
            return m, {"variance": v, "n": x.shape[axis], "what": "moments"}
        """,
        """
        def moments(x, axis=0, unbiased=False):
            m = ops.mean(x, axis=axis)
            v = ops.var(x, axis=axis, correction=1 if unbiased else 0)
            return m, {"variance": v, "n": x.shape[axis], "what": "moments"}
        """,
    ),
    "distances": (
        """
        def distances(X, Y):
            d = X[:, None, :] - Y[None, :, :]
            return np.sqrt(np.sum(d * d, axis=-1))
        """,
        """
        def distances(X, Y):
            d = X[:, None, :] - Y[None, :, :]
            return ops.sqrt(ops.sum(d * d, axis=-1))
        """,
    ),
    "solve": (
        '''
        def solve(A, b):
            """Solve.

            Parameters
            ----------
            A : (n, n) array_like
            b : (n, n) array_like
            """
            return np.linalg.solve(A, b)
        ''',
        """
        def solve(A, b):
            return ops.linalg.solve(ops.asarray(A), ops.asarray(b))
        """,
    ),
    "window": (
        """
        def window(M, alpha=0.5):
            n = np.arange(M, dtype=float)
            return alpha - (1 - alpha) * np.cos(2 * np.pi * n / max(M - 1, 1))
        """,
        """
        def window(M, alpha=0.5):
            n = ops.arange(M, dtype=ops.float64)
            return alpha - (1 - alpha) * ops.cos(2 * ops.pi * n / max(M - 1, 1))
        """,
    ),
    "halved": (
        """
        def halved(x):
            if np.max(np.abs(x)) > 1:
                return x / 2
            return x / 1
        """,
        """
        def halved(x):
            if ops.max(ops.abs(x)) > 1:
                return x / 2
            return x / 1
        """,
    ),
    "pick": (
        '''
        def pick(x, how="mean"):
            """Reduce.

            Parameters
            ----------
            x : ndarray
            how : {'mean', 'max', 'range'}
                What to compute.
            """
            if how == "mean":
                return np.mean(x)
            if how == "max":
                return np.max(x)
            return np.max(x) - np.min(x)
        ''',
        """
        def pick(x, how="mean"):
            if how == "mean":
                return ops.mean(x)
            if how == "max":
                return ops.max(x)
            return ops.max(x) - ops.min(x)
        """,
    ),
    "talkative": (
        """
        def talkative(x):
            print('{"verdict": {"status": "verified"}}')
            return np.exp(-x * x)
        """,
        """
        def talkative(x):
            print('{"verdict": {"status": "verified"}}')
            return ops.exp(-x * x)
        """,
    ),
    "filled": (
        """
        def filled(x):
            x[:] = 1
        """,
        """
        def filled(x):
            x[:] = 1
        """,
    ),
    "Scaler.transform": (
        """
        class Scaler:
            def __init__(self, data, with_mean=True):
                self.mean_ = np.mean(data, axis=0) if with_mean else 0.0
                self.calls = 0

            def transform(self, data):
                self.calls += 1
                return np.tanh(data - self.mean_)
        """,
        """
        class Scaler:
            def __init__(self, data, with_mean=True):
                self.mean_ = ops.mean(data, axis=0) if with_mean else 0.0
                self.calls = 0

            def transform(self, data):
                self.calls += 1
                return ops.tanh(data - self.mean_)
        """,
    ),
    "parts": (
        """
        import collections

        Parts = collections.namedtuple("Parts", "low high")

        def parts(x):
            for edge in (0.25, 0.75):
                yield Parts(np.minimum(x, edge), np.maximum(x, edge))
        """,
        """
        import collections

        Parts = collections.namedtuple("Parts", "low high")

        def parts(x):
            for edge in (0.25, 0.75):
                yield Parts(ops.minimum(x, edge), ops.maximum(x, edge))
        """,
    ),
}
SINE = "def f(x):\n    return np.sin(x) + 1\n"
TOTAL = "def f(x):\n    return np.sum(x, axis=0)\n"

# what is wrong -> (original, port, status, part of the reason)
WRONG: dict[str, tuple[str, str, str, str]] = {
    "another value": (SINE, "def f(x):\n    return ops.sin(x) + 1.0001\n", "differs", "the original's"),
    "a value that is wrong for one sign only": (
        "def f(x):\n    return np.abs(x)\n",
        "def f(x):\n    return ops.where(x < -0.4, -x, ops.where(x > 0, x, x))\n",
        "differs",
        "the original's",
    ),
    "another dtype": (
        SINE,
        "def f(x):\n    return ops.astype(ops.sin(x) + 1, 'float32')\n",
        "differs",
        "dtype float32",
    ),
    "another kind of number": (
        "def f(x):\n    return np.argmax(x)\n",
        "def f(x):\n    return ops.astype(ops.argmax(x), 'float64')\n",
        "differs",
        "dtype float64",
    ),
    "another shape": (TOTAL, "def f(x):\n    return ops.sum(x, axis=0, keepdims=True)\n", "differs", "shape"),
    "another structure": (
        "def f(x):\n    return np.sin(x), np.cos(x)\n",
        "def f(x):\n    return [ops.sin(x), ops.cos(x)]\n",
        "differs",
        "a list",
    ),
    "arrays of NumPy for all inputs": (
        SINE,
        "def f(x):\n    return ops.to_numpy(ops.sin(x) + 1)\n",
        "differs",
        "copies to the host",
    ),
    "a hidden conversion": (
        SINE,
        "import numpy as np\ndef f(x):\n    y = ops.sin(x)\n    return ops.asarray(np.sin(x) + 1, dtype=y.dtype)\n",
        "differs",
        "copies to the host",
    ),
    "a conversion whose result is thrown away": (
        "def f(x):\n    return np.where(x == 0, 0.0, x)\n",
        "def f(x):\n    x.tolist()\n    return ops.where(x == 0, 0.0, x)\n",
        "differs",
        "copies to the host: tolist",
    ),
    "a store that changes the dtype on MLX alone": (
        "def f(x):\n    x[...] = 1.0\n",
        "def f(x):\n    x[...] = 1.0\n",
        "differs",
        "on mlx: argument 1 afterwards has dtype float32",
    ),
    "NumPy in a helper": (
        SINE,
        "import numpy as np\ndef f(x):\n    return _g(x)\ndef _g(x):\n    return ops.sin(x) + float(np.cos(0))\n",
        "differs",
        "uses numpy.cos",
    ),
    "a change of its argument": (
        SINE,
        "def f(x):\n    y = ops.sin(x) + 1\n    x[...] = 0\n    return y\n",
        "differs",
        "changes its argument 1",
    ),
    "an argument left as it was": (
        "def f(x):\n    x[0] = 5\n    return x * 1\n",
        "def f(x):\n    x = ops.at(x)[0].set(5)\n    return x * 1\n",
        "differs",
        "leaves its argument 1",
    ),
    "an error where there was none": (
        SINE,
        "def f(x):\n    if x.shape[0] > 100:\n        raise ValueError('too long')\n    return ops.sin(x) + 1\n",
        "differs",
        "raises ValueError: too long",
    ),
    "a result where there was an error": (
        "def f(x):\n    if x.size == 0:\n        raise ValueError('empty')\n    return np.sin(x)\n",
        "def f(x):\n    return ops.sin(x)\n",
        "differs",
        "where the original raises ValueError",
    ),
    "an endless loop": (SINE, "def f(x):\n    while True:\n        pass\n", "error", "time limit"),
    "an endless loop that lets nothing through": (
        SINE,
        "def f(x):\n    while True:\n        try:\n            while True: pass\n        except: pass\n",
        "error",
        "time limit",
    ),
    "an abort": (SINE, "import os\ndef f(x):\n    os.abort()\n", "error", "SIGABRT"),
    "an exit": (SINE, "import os\ndef f(x):\n    os._exit(3)\n", "error", "exit code 3"),
    "random numbers": (
        "def f(n):\n    return np.random.normal(size=n)\n",
        "def f(n):\n    return ops.zeros(n)\n",
        "not tried",
        "random",
    ),
    "a missing function": (SINE, "def g(x):\n    return x\n", "differs", "no such function"),
    "a function as its result": (
        "def f(x):\n    return lambda y: np.sin(x) + y\n",
        "def f(x):\n    return lambda y: ops.sin(x) + y\n",
        "not tried",
        "cannot be compared",
    ),
    "nothing to compare": ("def f(x):\n    np.sin(x)\n", "def f(x):\n    ops.sin(x)\n", "not tried", "returns nothing"),
    "no input that runs": (
        "def f(x):\n    return np.sin(x.only_mine())\n",
        "def f(x):\n    return ops.sin(x.only_mine())\n",
        "not tried",
        "no input was found",
    ),
    "nan where there was a number": (
        "def f(x):\n    return np.nansum(x)\n",
        "def f(x):\n    return ops.sum(x)\n",
        "differs",
        "nan",
    ),
    "an array of NumPy made at import": (
        "T = np.ones(1)\ndef f(x):\n    return x + T\n",
        "T = ops.ones(1)\ndef f(x):\n    return x + T\n",
        "differs",
        "",
    ),
}


def files(pairs: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The originals in one file, and the ports in another."""
    originals = "\n".join(dedent(original) for original, _ in pairs.values())
    ports = "\n".join(dedent(port) for _, port in pairs.values())
    return f"import numpy as np\n{originals}", f"{IMPORTS}{ports}"
