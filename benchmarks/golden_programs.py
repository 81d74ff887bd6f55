"""Claim: 100,000 random programs of 50 operations and 100,000 products of up to 2,000 bits, without a difference.

Programs run on exact arrays and on an interpreter that knows numbers alone; products and quotients are held against
python-flint's polynomials modulo x^2 - x - 1 and against Fractions. Sizes lie about 2^7, 2^15, 2^31, 2^53, 2^63, 2^127.
"""

from __future__ import annotations

import random
import sys
import time
from argparse import ArgumentParser
from fractions import Fraction

import flint
from tests.syntonic.test_programs import SIZE, STEPS, apply, interpret

from benchmarks import harness
from emberharmony.syntonic import Golden, GoldenArray

POWERS = (1, 4, 7, 15, 31, 53, 63, 127)
LARGEST = 2000  # bits, from where on a program leaves an array as it is


def integer(rng: random.Random) -> int:
    """Small, or next to a power of two where widths end."""
    size = 2 ** rng.choice(POWERS) + rng.randrange(-2, 3)
    return rng.choice((0, 1, -1)) * rng.choice((size, rng.randrange(1 + abs(size))))


def program(rng: random.Random, steps: int) -> int:
    """How many operations ran, each compared; an AssertionError names the first that differs."""
    arrays: list[GoldenArray] = []
    numbers: list[list[Golden]] = []
    for _ in range(2):
        a, b, den = [integer(rng) for _ in range(SIZE)], [integer(rng) for _ in range(SIZE)], rng.choice((1, 1, 2, 6))
        arrays.append(GoldenArray.from_ints(a, b, den))
        numbers.append([Golden(p, q, den) for p, q in zip(a, b, strict=True)])
    ran = 0
    for _ in range(steps):
        step, i, j = rng.choice(STEPS), rng.randrange(2), rng.randrange(2)
        if max(max(abs(x.a), abs(x.b), x.den).bit_length() for x in numbers[i] + numbers[j]) > LARGEST:
            arrays[i] = GoldenArray.from_ints([integer(rng) for _ in range(SIZE)])  # products double their digits
            numbers[i] = arrays[i].tolist()
        arrays[i] = apply(step, arrays[i], arrays[j])
        numbers[i] = interpret(step, numbers[i], numbers[j])
        if arrays[i].tolist() != numbers[i]:
            raise AssertionError(f"{step}: {arrays[i].tolist()} is not {numbers[i]}")
        ran += 1
    return ran


def scalar(rng: random.Random) -> None:
    """A product and a quotient against two oracles."""
    a, b, c, d = (rng.randrange(-(2**bits), 2**bits + 1) for bits in (rng.randrange(1, 2001) for _ in range(4)))
    x, y = Golden(a, b), Golden(c, d)
    product = flint.fmpz_poly([a, b]) * flint.fmpz_poly([c, d]) % flint.fmpz_poly([-1, -1, 1])
    z = x * y
    norm = Fraction(c * c + c * d - d * d)
    quotient = (a * (c + d) - b * d, b * (c + d) - a * d - b * d) if norm else None
    good = (z.a, z.b) == (int(product[0]), int(product[1]))
    if quotient is not None:
        q = x / y
        good &= (Fraction(q.a, q.den), Fraction(q.b, q.den)) == (quotient[0] / norm, quotient[1] / norm)
    if not good:
        raise AssertionError(f"{x!r} and {y!r}")


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    sys.stdout.write(f"{(__doc__ or '').strip()}\n\n")
    start, ran = time.perf_counter(), 0
    for k in range(args.programs):
        try:
            ran += program(random.Random(f"{args.seed} {k}"), args.steps)
        except Exception:
            sys.stderr.write(f"program {k} of seed {args.seed}\n")
            raise
        if sys.stderr.isatty() and k % 100 == 0:
            sys.stderr.write(f"\r{k:,} programs")
    rng = random.Random(args.seed)
    for _ in range(args.programs):
        scalar(rng)
    seconds = time.perf_counter() - start
    counts = f"{args.programs:,} programs, {ran:,} operations and {args.programs:,} numbers"
    sys.stdout.write(f"{counts}: no difference; {seconds:.0f} s\n")
    harness.save({"claim": __doc__, "programs": args.programs, "operations": ran, "differences": 0}, __file__)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
