"""Where a draw is made: by the Rust core on the host, or by the twin, where a traced array or a device asks for it."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import KINDS, name_of
from emberharmony.errors import DTypeError, MixedBackendsError, ShapeError
from emberharmony.ops.random import native, rejection, twin
from emberharmony.ops.random.keys import check_one_key, lifted
from emberharmony.ops.random.parameters import undifferentiable
from emberharmony.ops.random.questions import ask, is_array, is_known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.backend.base import Backend
    from emberharmony.types import Shape

# draws that are no differentiable function of their parameters
CONSTANT = frozenset({"beta", "binomial", "dirichlet", "gamma", "poisson", "truncated_normal"})


class Place:
    """The backend and device of a draw, and who makes it.

    `host` says that the core does; `known` that parameters can be read and are checked; `traced` that nothing can be
    read; `real` is the widest float of the device. `beside` is an array whose numbers do not matter. `source` makes
    numbers without parameters, `sampler` those with.
    """

    __slots__ = (
        "backend",
        "device",
        "fixed",
        "host",
        "key",
        "known",
        "name",
        "real",
        "sampler",
        "source",
        "traced",
        "words",
    )

    def __init__(self, name: str, key: Any, device: Any, *parameters: Any, beside: Any = None) -> None:
        check_one_key(name, key)
        self.name = name
        key = self.key = lifted(key)
        self.words: Any = None if key.is_int else key.hi
        read = [x for x in parameters if is_array(x)]
        arrays = [*read, beside] if is_array(beside) else read
        self.backend = registry.current() if self.words is None else _home(registry.backend_of(self.words))
        for x in arrays:
            if _home(registry.backend_of(x)) is not self.backend:
                raise _mixed(name, x, self.backend, self.words is None)
        self.fixed = read if name in CONSTANT else []
        for x in self.fixed:
            undifferentiable(name, x)
        functions = self.backend.functions
        sources = arrays if self.words is None else [self.words]
        if device is None and sources and "device" in functions:
            device = functions["device"](ops.stop_gradient(sources[0]))
        elif device is None:
            device = registry.current_device()
        read = read if self.words is None else [*read, self.words]
        self.traced = ask(self.backend, "is_traced", False) or not all(map(is_known, read))
        if device is None and self.traced:  # a compiler cannot ask for a default, only where an array is
            device = functions["device"](functions["arange"](1))
        self.device = self.backend.device(device)
        on_host = ask(self.backend, "is_host", True, self.device)
        self.real = "float64" if ask(self.backend, "has_float64", True, self.device) else "float32"
        self.known = on_host and not self.traced  # elsewhere a look at the numbers would wait for the device
        self.host = self.known and self.words is None
        self.source: Any = native if self.host else twin
        self.sampler: Any = native if self.host else rejection

    def dtype(self, dtype: Any) -> str:
        """The name of a real floating dtype that the device has; the backend's default for None."""
        if dtype is None:
            dtype = self.backend.functions["default_dtypes"]()["real floating"]
        name = _among(self.name, dtype, KINDS["real floating"])
        self.backend.dtype(name)  # refuses what it lacks
        if name == "float64" and self.real != name:
            raise DTypeError(
                f"{self.backend.name} has no float64 on {self.device}", expected="float32", mend='dtype="float32"'
            )
        return name

    def integer(self, dtype: Any, allowed: Sequence[str] = KINDS["integral"]) -> str:
        """The name of an integer dtype."""
        name = _among(self.name, dtype, allowed)
        self.backend.dtype(name)
        return name

    def arange(self, n: int) -> Any:
        """0 to n - 1 as int64, where the draw is made."""
        if self.words is not None:
            return ops.made_like(self.words, "arange", n, dtype="int64")
        return self.backend.functions["arange"](n, dtype=self.backend.dtype("int64"), device=self.device)

    def array(self, value: Any, dtype: str) -> Any:
        """A number or an array of the host, here."""
        return self.backend.functions["asarray"](value, dtype=self.backend.dtype(dtype), device=self.device)

    def finished(self, y: Any, shape: tuple[int, ...], dtype: str) -> Any:
        """A flat draw, of the core or of the twin, as the array that the user gets."""
        y = self._placed(y, shape, dtype)
        tied = self.backend.functions.get("random.tied")
        return tied(self.name, y, self.fixed) if tied and self.fixed else y

    def _placed(self, y: Any, shape: tuple[int, ...], dtype: str) -> Any:
        if self.host:
            y = ops.astype(y, compute_dtype(dtype), copy=False)
            return self.array(ops.reshape(y, shape), dtype)
        y = ops.reshape(y if name_of(y.dtype) == dtype else ops.astype(y, dtype), shape)
        if "to_device" in self.backend.functions and self.words is not None:
            y = self.backend.functions["to_device"](y, self.device)
        return y


def shape_of(name: str, shape: Shape) -> tuple[int, ...]:
    """A shape as a tuple."""
    try:
        sizes = tuple([operator.index(n) for n in (shape if isinstance(shape, tuple | list) else (shape,))])
    except TypeError:
        raise ShapeError(
            f"random.{name} got shape {shape!r:.60}", expected="an integer or a tuple of integers"
        ) from None
    if any(n < 0 for n in sizes):
        raise ShapeError(f"random.{name} got shape {shape!r}", expected="no negative length")
    if math.prod(sizes) >= 1 << 62:
        raise ShapeError(f"random.{name} got shape {shape!r}", expected="fewer than 2**62 elements")
    return sizes


def _among(name: str, dtype: Any, allowed: Sequence[str]) -> str:
    given = name_of(dtype)
    for known in allowed:
        if known == given:
            return known  # torch.compile can look at this text, not at what a function it did not follow returned
    raise DTypeError(f"random.{name} got dtype {given}", expected=f"one of {', '.join(allowed)}")


def compute_dtype(dtype: str) -> str:
    """The dtype that a draw is computed in: what has 16 bits is rounded from float32."""
    return "float32" if dtype in ("float16", "bfloat16") else dtype


def _home(backend: Backend) -> Backend:
    """The backend whose arrays these are: of those that are being differentiated, the one below the tape."""
    while backend.companion is not None:
        backend = registry.load(backend.companion)
    return backend


def _mixed(name: str, x: Any, backend: Backend, current: bool) -> MixedBackendsError:
    got = registry.backend_of(x).name
    return MixedBackendsError(
        f"random.{name} got a parameter of {got} and would draw on {backend.name}",
        expected=f"parameters of {'the current backend' if current else 'the backend of the key'}, or Python numbers",
        mend=f'with use_backend("{got}"): ...' if current else f'ops.convert(x, "{backend.name}")',
    )
