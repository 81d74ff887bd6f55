"""The native core, written in Rust.

The `random_*` functions write the numbers of the key `(hi, lo)` at positions `start`, `start + 1`, ... into `out`: a
writable C-contiguous buffer of any number of axes. They release the GIL, run on `threads` threads (0: one per core) and
answer Ctrl-C within a tenth of a second. Nobody else may touch `out` meanwhile. A parameter is a float64 buffer of one
element, or of as many as `out` has. What the numbers are, says docs/architecture/random_numbers.md.
"""

from typing_extensions import Buffer

VERSION: str

def simd_level() -> str:
    """The widest vector instructions that the kernels use on this machine."""

def simd_levels() -> list[str]:
    """Every level this machine has, narrow to wide."""

def threefry(hi: int, lo: int, c0: int, c1: int) -> tuple[int, int]:
    """Both words of Threefry-2x32 (20 rounds) of the counter `(c0, c1)`."""

def random_bits(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Random words; `out` is uint32 or uint64."""

def random_uniform(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """From 0 to below 1; `out` is float32 or float64."""

def random_normal(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Mean 0 and deviation 1; `out` is float32 or float64."""

def random_exponential(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Mean 1, never 0; `out` is float32 or float64."""

def random_gumbel(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Location 0 and scale 1; `out` is float32 or float64."""

def random_gamma(out: Buffer, hi: int, lo: int, start: int, shape: Buffer, threads: int) -> None:
    """Scale 1; `out` is float64. A `shape` that is not positive and finite gives nan."""

def random_poisson(out: Buffer, hi: int, lo: int, start: int, rate: Buffer, threads: int) -> None:
    """`out` is int64. A `rate` that is negative or not finite gives 0."""

def random_binomial(out: Buffer, hi: int, lo: int, start: int, n: Buffer, p: Buffer, threads: int) -> None:
    """`out` is int64. An `n` outside [0, 2**53] or a `p` outside [0, 1] gives 0."""

def random_truncated_normal(
    out: Buffer, hi: int, lo: int, start: int, lower: Buffer, upper: Buffer, threads: int
) -> None:
    """Standard normal between the bounds; `out` is float64. Bounds out of order give nan."""
