"""What the Rust core computes, written in ops on int64: for traced keys, compilers and other devices.

The words of 32 bits are int64 arrays (PyTorch has no arithmetic in uint32), those of 64 bits pairs `(low, high)`. Bits
and uniforms are those of the core. Real numbers are computed in float64, where the device has it, and rounded once:
those of float64 in the core's order, bit for bit unless a compiler fuses products and sums, normal numbers of float32
by another formula, within 4 units in the last place.

All draws are flat, from position 0; `place` says where they are made.
"""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.ops.random import logarithm
from emberharmony.ops.random.logarithm import quantile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.ops.random.place import Place

MASK = 0xFFFFFFFF
_PARITY = 0x1BD11BDA
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(hi: Any, lo: Any, c0: Any, c1: Any) -> tuple[Any, Any]:
    """Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011) of words that are ints or int64 arrays."""
    hi, lo = _word(hi), _word(lo)
    keys = (hi, lo, hi ^ lo ^ _PARITY)  # MLX has no int ^ array
    x, y = c0 + hi & MASK, c1 + lo & MASK
    for group in range(5):
        for turn in _ROTATIONS[group % 2]:
            x = x + y & MASK
            y = (y << turn & MASK | y >> 32 - turn) ^ x
        x = x + keys[(group + 1) % 3] & MASK
        y = y + keys[(group + 2) % 3] + (group + 1) & MASK
    return x, y


def _word(x: Any) -> Any:
    return x if isinstance(x, int) else ops.astype(x, "int64") & MASK


def words32(key: Key, place: Place, n: int) -> Any:
    """The 32-bit words at positions 0 to n - 1."""
    count = n + 1 >> 1
    pair = threefry(key.hi, key.lo, *_counters(place.arange(count), count))
    return ops.reshape(ops.stack(pair, axis=-1), (-1,))[:n]


def words64(key: Key, place: Place, n: int, *, step: int = 1, first: int = 0) -> tuple[Any, Any]:
    """The 64-bit words at positions `first`, `first + step`, ... as (low, high)."""
    i = place.arange(n)
    i = i if step == 1 else i * step + first
    return threefry(key.hi, key.lo, *_counters(i, step * n))


def _counters(i: Any, end: int) -> tuple[Any, Any]:
    return (i >> 32, i & MASK) if end > MASK else (0, i)


def bits(key: Key, place: Place, n: int, dtype: str) -> Any:
    """Words of 32 or 64 bits as unsigned integers."""
    if dtype == "uint32":
        return ops.astype(words32(key, place, n), "uint32")
    low, high = words64(key, place, n)
    return ops.astype(high << 32 | low, "uint64")


def uniform(key: Key, place: Place, n: int, dtype: str) -> Any:
    """Multiples of 2**-24 or 2**-53 from 0 to below 1."""
    if dtype == "float32":
        return ops.astype(words32(key, place, n) >> 8, dtype) * 2.0**-24
    return unit(words64(key, place, n), dtype)


def unit(word: tuple[Any, Any], dtype: str) -> Any:
    """A 64-bit word as a uniform number of `dtype`."""
    low, high = word
    if dtype == "float64":
        return ops.astype(high << 21 | low >> 11, dtype) * 2.0**-53
    return ops.astype(high >> 8, dtype) * 2.0**-24


def normal(key: Key, place: Place, n: int, dtype: str) -> Any:
    """Mean 0, deviation 1."""
    if dtype == "float32":
        word = words32(key, place, n)
        odd = (word & 0x7FFFFFFF) << 1 | 1
        p, q = _float(odd, None, place.real), _float((1 << 32) - odd, None, place.real)
        z = quantile(p, q)
        return ops.astype(ops.where(word >> 31 == 1, -z, z), dtype)
    return normal_of(words64(key, place, n), dtype)


def normal_of(word: tuple[Any, Any], dtype: str) -> Any:
    """The normal number of a 64-bit word."""
    low, high = word
    odd = _odd(low, high & 0x7FFFFFFF)
    rest = (1 << 32) - odd[0], MASK - odd[1]  # 2**64 less the odd number, whose low half is never 0
    z = quantile(_float(*odd, dtype), _float(*rest, dtype))
    return ops.where(high >> 31 == 1, -z, z)


def exponential(key: Key, place: Place, n: int, dtype: str) -> Any:
    """Mean 1."""
    return ops.astype(_exponential(key, place, n, dtype), dtype)


def gumbel(key: Key, place: Place, n: int, dtype: str) -> Any:
    """Location 0, scale 1."""
    return ops.astype(-logarithm.ln(_exponential(key, place, n, dtype)), dtype)


def _exponential(key: Key, place: Place, n: int, dtype: str) -> Any:
    """In the precision to compute with."""
    if dtype == "float32":
        word = words32(key, place, n)
        upper = word >> 31 == 1
        x = _float(ops.where(upper, MASK - word, word) << 1 | 1, None, place.real)
    else:
        x, upper = open_unit(words64(key, place, n), dtype)
    return logarithm.exponential(x, upper)


def open_unit(word: tuple[Any, Any], dtype: str) -> tuple[Any, Any]:
    """`v = (w + 1/2) / 2**64`, or where `v > 1/2`, which is the second result, `1 - v`; never 0."""
    low, high = word
    upper = high >> 31 == 1
    return _float(*_odd(ops.where(upper, MASK - low, low), ops.where(upper, MASK - high, high)), dtype), upper


def _odd(low: Any, high: Any) -> tuple[Any, Any]:
    """`2 m + 1` of a 63-bit m."""
    return (low << 1 & MASK) | 1, high << 1 | low >> 31


def _float(low: Any, high: Any, dtype: str) -> Any:
    """`m / 2**33` of 32 bits, `m / 2**65` of 64: rounded once, for both products are exact."""
    if high is None:
        return ops.astype(low, dtype) * 2.0**-33
    return ops.astype(high, dtype) * 2.0**-33 + ops.astype(low, dtype) * 2.0**-65
