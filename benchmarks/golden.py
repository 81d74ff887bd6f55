"""Claim: exact products, sums and solutions in Q(phi) at the speed of inexact ones, and many times that of exact peers.

One thread. Peers: float64 BLAS (inexact), python-flint's integer matrices with three products, sympy. The limit of sums
is the memory: the time of NumPy's own add of as many bytes.
"""

from __future__ import annotations

import os
import sys
import timeit
from collections.abc import Callable, Iterator

import flint
import numpy as np
import sympy

from benchmarks import harness
from benchmarks.harness import Row
from emberharmony.syntonic import Golden, GoldenArray, explain, linalg, snap

PHI = (1 + 5**0.5) / 2


def integers(shape: tuple[int, ...], size: int, seed: int, dtype: str = "int64") -> GoldenArray:
    """Two planes of integers of at most this size."""
    rng = np.random.default_rng(seed)
    if size < 2**62:
        a, b = (rng.integers(-size, size + 1, shape).astype(dtype) for _ in range(2))
    else:
        words = size.bit_length() // 32 + 1
        a, b = (
            np.array(
                [int.from_bytes(rng.bytes(4 * words)) % (2 * size + 1) - size for _ in range(int(np.prod(shape)))],
                object,
            ).reshape(shape)
            for _ in range(2)
        )
    return GoldenArray.from_ints(a, b)


def flint_matrices(x: GoldenArray) -> list[flint.fmpz_mat]:
    return [flint.fmpz_mat(*x.shape, [int(v) for v in plane.flat]) for plane in (x.a, x.b)]


def flint_product(x: list[flint.fmpz_mat], y: list[flint.fmpz_mat]) -> list[flint.fmpz_mat]:
    (a, b), (c, d) = x, y
    p, q, r = a * c, b * d, (a + b) * (c + d)
    return [p + q, r - p]


def timed(calls: dict[str, Callable[[], object]], rounds: int) -> tuple[float, float, float]:
    """Ours, theirs, and the spread of ours; the order of the contenders."""
    times = harness.measure(calls, rounds=rounds, target=1e-3)
    ours, theirs = times.values()
    return ours.seconds, theirs.seconds, ours.spread


def against_blas(n: int) -> Iterator[Row]:
    x, y = integers((n, n), 100, 1, "int8"), integers((n, n), 100, 2, "int8")
    p, q = x.to_floats(), y.to_floats()
    assert np.allclose((x @ y).to_floats(), p @ q, rtol=1e-9, atol=1e-6 * n)
    ours, theirs, spread = timed({"ours": lambda: x @ y, "BLAS": lambda: p @ q}, 9 if n > 500 else 41)
    yield Row(f"matmul {n}, entries within 100, against float64 BLAS", ours, theirs, 0.5, 1.0, spread=spread)


def against_flint(n: int, size: int, bar: float, stretch: float | None = None) -> Iterator[Row]:
    x, y = integers((n, n), size, 3), integers((n, n), size, 4)
    p, q = flint_matrices(x), flint_matrices(y)
    (a, b), z = flint_product(p, q), x @ y
    assert (int(a[1, 2]), int(b[n - 1, 0])) == (int(z.a[1, 2]), int(z.b[n - 1, 0]))
    ours, theirs, spread = timed({"ours": lambda: x @ y, "flint": lambda: flint_product(p, q)}, 9)
    what = "within 100" if size == 100 else f"of {size.bit_length()} bits"
    yield Row(
        f"matmul {n}, entries {what}, against flint ({explain(x, y).plan})", ours, theirs, bar, stretch, spread=spread
    )


def elementwise(count: int) -> Iterator[Row]:
    # products of up to 2 * 2^14 * 2^14 + ... stay within 32 bits
    x, y = integers((count,), 2**14, 5, "int32"), integers((count,), 2**14, 6, "int32")
    assert x.width == (x * y).width == "int32" or x.width == "int16"
    x, y = (z + 2**20 - 2**20 for z in (x, y))  # the same numbers, 32 bits wide
    assert x.width == (x + y).width == (x * y).width == "int32"
    a, b = (np.ascontiguousarray(z) for z in (x.a, y.a))

    def memory() -> object:
        return np.add(a, b), np.add(a, b)  # as many bytes in and out as a sum of two planes

    for name, call in (("add", lambda: x + y), ("multiply", lambda: x * y)):
        ours, theirs, spread = timed({"ours": call, "memory": memory}, 9)
        yield Row(
            f"{name}, {count:,} elements, int32 planes, against the memory", ours, theirs, 0.8, 1.0, spread=spread
        )


def snapping(count: int) -> Iterator[Row]:
    values = np.random.default_rng(7).uniform(-2, 2, count)
    ours, _, spread = timed({"ours": lambda: snap(values, 1000), "copy": values.copy}, 5)
    yield Row(
        f"snap, bound 1000, an element of {count:,} (theirs: 30 ns)", ours / count, 30e-9, 1.0, 3.0, spread=spread
    )


def scalars() -> Iterator[Row]:
    names = {"x": Golden(12345, -678), "y": Golden(-99, 1234)}
    number = 200_000
    best = min(timeit.repeat("x * y", globals=names, number=number, repeat=9)) / number
    yield Row("Golden * Golden from Python (theirs: 0.2 us)", best, 0.2e-6, 1.0)


def solving(n: int) -> Iterator[Row]:
    x, y = integers((n, n), 100, 8), integers((n,), 100, 9)
    ours, theirs, spread = timed({"ours": lambda: linalg.det(x), "solve": lambda: linalg.solve(x, y)}, 9)
    # sympy's own field of algebraic numbers, which is its fastest way; one run, it takes long
    field = sympy.QQ.algebraic_field(sympy.sqrt(5))
    root = field.from_sympy(sympy.sqrt(5))
    phi = (root + field.one) / field(2)
    numbers = [[field(v.a) + field(v.b) * phi for v in row] for row in x.tolist()]
    matrix = sympy.polys.matrices.DomainMatrix(numbers, (n, n), field)
    start = timeit.default_timer()
    determinant = field.to_sympy(matrix.charpoly()[-1]) if n < 3 else field.to_sympy(matrix.det())
    sympys = timeit.default_timer() - start
    found = linalg.det(x).item()
    assert (
        sympy.simplify(
            determinant - (sympy.Integer(found.a) + sympy.Integer(found.b) * sympy.GoldenRatio.rewrite(sympy.sqrt))
        )
        == 0
    )
    yield Row(f"det {n} x {n} over Q(phi), against sympy", ours, sympys, 10, spread=spread)
    right = sympy.polys.matrices.DomainMatrix([[field(v.a) + field(v.b) * phi] for v in y.tolist()], (n, 1), field)
    start = timeit.default_timer()
    matrix.lu_solve(right)
    yield Row(f"solve {n} x {n} over Q(phi), against sympy", theirs, timeit.default_timer() - start, 10)
    one = flint_matrices(x)[0]
    ours, theirs, spread = timed({"ours": lambda: linalg.det(x), "flint": lambda: one.det()}, 9)
    yield Row(f"det {n} x {n}, ours over Q(phi), flint's of the integers alone", ours, theirs, 0.0, spread=spread)


def main() -> int:
    if os.environ.get("EMBERHARMONY_THREADS") != "1":  # NumPy reads its number of threads when it is imported
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "EMBERHARMONY_THREADS")
        one = dict.fromkeys(names, "1")
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.golden", *sys.argv[1:]], {**os.environ, **one})
    quick = "--quick" in sys.argv
    rows: list[Row] = []
    sys.stdout.write(f"{(__doc__ or '').strip()}\n\n{harness.HEADER}\n")
    parts: list[Iterator[Row]] = [
        scalars(),
        against_blas(256),
        against_blas(1024),
        against_flint(64, 100, 10),
        against_flint(256, 100, 8),
        against_flint(128, 2**200, 1, 2),
        elementwise(10**6 if quick else 10**7),
        snapping(10**6 if quick else 10**7),
        solving(10 if quick else 50),
    ]
    for part in parts:
        for row in part:
            rows.append(row)
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()
    harness.save(
        {"claim": __doc__, "rows": [vars(row) | {"ratio": row.ratio, "met": row.met} for row in rows]}, __file__
    )
    return int(not all(row.met for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
