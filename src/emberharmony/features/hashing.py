"""A seeded hash of keys in arithmetic that every engine has: the same bucket on all of them, and in Python.

Whole numbers go through a line and a square, modulo two primes in turn (every sum fits 63 bits); text goes through MD5.
Dates and times are hashed as the microseconds they stand for.
"""

from __future__ import annotations

import hashlib
from typing import Any

from emberharmony.features.engines.constants import bind, md5_bits, microseconds
from emberharmony.features.errors import SchemaError

HALF = 2**32 - 1
PRIME = 2**31 - 1
SPAN = 2**31 - 19  # a prime as well: a square modulo the same one would keep a pattern
TEXT_SPAN = 2**60
NULL_TEXT = "\0null"  # a missing key is an entity of its own
NULL_INTEGER = -(2**63)


def span(kind: Any) -> int:
    """How many values the hash of this Ibis type has: from 0 below it."""
    return TEXT_SPAN if kind.is_string() else SPAN


def hashed(key: Any, seed: int, *, owner: str, name: str) -> Any:
    """The hash of a key column, as an Ibis expression."""
    kind = key.type()
    if kind.is_string():
        return md5_bits(bind(f"{seed}:", "string").concat(key.fill_null(bind(NULL_TEXT, "string"))))
    if kind.is_timestamp() or kind.is_date():
        key = microseconds(key.cast("timestamp") if kind.is_date() else key)
    elif kind.is_integer() or kind.is_boolean():
        key = key.cast("int8").cast("int64") if kind.is_boolean() else key.cast("int64")
    else:
        raise SchemaError(
            f"{owner} got key column {name!r} of type {kind}",
            expected="whole numbers, text, booleans, dates or times: a key that equals itself on every engine",
            mend=f"ef.Derive({name!r}, ef.col({name!r}).cast('string')) before it, or another key",
        )
    key = key.fill_null(bind(NULL_INTEGER, "int64"))
    a, b, c, d, e = (bind(factor, "int64") for factor in _factors(seed))
    low, high = key & HALF, (key >> 32) & HALF
    # one square is enough, and doubles the text of what it squares once: engines do not share it
    h = (low * a + high * b + c) % PRIME
    return (h * (h + d) + e) % SPAN


def hash_of(key: int | str | None, seed: int) -> int:
    """The same hash of one key, in Python.

    >>> hash_of("sensor 7", seed=0) % 10, hash_of(7, seed=0) % 10
    (1, 0)
    """
    if isinstance(key, str):
        return int(hashlib.md5(f"{seed}:{key}".encode(), usedforsecurity=False).hexdigest()[:15], 16)
    key = NULL_INTEGER if key is None else int(key)
    a, b, c, d, e = _factors(seed)
    low, high = key & HALF, (key >> 32) & HALF
    h = (low * a + high * b + c) % PRIME
    return (h * (h + d) + e) % SPAN


def _factors(seed: int) -> list[int]:
    """Five numbers below 2**30, spread by the seed; none is small."""
    digest = hashlib.sha256(f"emberharmony key hash {seed}".encode()).digest()
    words = (int.from_bytes(digest[i : i + 4], "big") for i in range(0, 20, 4))
    return [(word & 0x3FFFFFFF) | 0x20000001 for word in words]
