"""The Rust core's numbers in flat NumPy arrays: the same functions as in `twin` and `rejection`, for the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emberharmony import _core
from emberharmony.backend.host import empty
from emberharmony.backend.threads import threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.ops.random.keys import Key
    from emberharmony.ops.random.place import Place


def _fill(core: Callable[..., None]) -> Callable[..., Any]:
    def draw(key: Key, place: Place, n: int, dtype: str) -> Any:
        out = empty((n,), dtype)
        core(out, key.hi, key.lo, 0, threads())
        return out

    return draw


def _sample(core: Callable[..., None], dtype: str) -> Callable[..., Any]:
    def draw(key: Key, place: Place, n: int, *parameters: Any) -> Any:
        out = empty((n,), dtype)
        core(out, key.hi, key.lo, 0, *parameters, threads())
        return out

    return draw


bits = _fill(_core.random_bits)
uniform = _fill(_core.random_uniform)
normal = _fill(_core.random_normal)
exponential = _fill(_core.random_exponential)
gumbel = _fill(_core.random_gumbel)
gamma = _sample(_core.random_gamma, "float64")
poisson = _sample(_core.random_poisson, "int64")
binomial = _sample(_core.random_binomial, "int64")
truncated_normal = _sample(_core.random_truncated_normal, "float64")


def words32(key: Key, place: Place, n: int) -> Any:
    """The 32-bit words at positions 0 to n - 1."""
    return bits(key, place, n, "uint32")


def words64(key: Key, place: Place, n: int, *, step: int = 1, first: int = 0) -> tuple[Any, Any]:
    """The 64-bit words at positions `first`, `first + step`, ... as (low, high), int64 both."""
    halves = bits(key, place, 2 * step * n, "uint32")
    return halves[2 * first :: 2 * step].astype("int64"), halves[2 * first + 1 :: 2 * step].astype("int64")
