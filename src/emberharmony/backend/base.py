"""What a backend is: array types, dtypes, and functions by name. Nothing else, and nothing to inherit from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType

from emberharmony.backend.dtypes import name_of
from emberharmony.errors import DTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Backend:
    """One row of every op's table.

    `functions` maps an op's name ("add", "linalg.qr") to the function that does it on these arrays; an op that is
    missing here runs its own body, written in other ops, or says that this backend cannot do it. `dtypes` maps
    canonical names to native objects. `companion` names a backend whose arrays may stand beside these (masks, indices).
    `scalars` are types of single numbers, which beside arrays of another backend are numbers as Python's are.
    `by_rule` are the ops whose derivative this backend lacks or gets wrong: theirs is the rule of the tape.
    """

    __slots__ = ("_native", "array_types", "by_rule", "companion", "dtypes", "functions", "name", "scalars", "version")

    def __init__(
        self,
        name: str,
        *,
        array_types: Iterable[type],
        functions: Mapping[str, Callable[..., Any]],
        dtypes: Mapping[str, object],
        version: str = "",
        companion: str | None = None,
        by_rule: Iterable[str] = (),
        scalars: tuple[type, ...] = (),
    ) -> None:
        self.name = name
        self.by_rule = frozenset(by_rule)
        self.array_types = tuple(array_types)
        self.functions = dict(functions)
        self.dtypes = dict(dtypes)
        self.version = version
        self.companion = companion
        self.scalars = scalars
        self._native: dict[tuple[type, object], object] = {}

    def __repr__(self) -> str:
        return f"<backend {self.name} {self.version}>".replace(" >", ">")

    def dtype(self, dtype: object) -> Any:
        """The native object of a dtype given by name or as any backend's object."""
        try:
            return self._native[type(dtype), dtype]
        except (KeyError, TypeError):
            name = name_of(dtype)
        if dtype is complex and name not in self.dtypes:
            name = "complex64"  # Python's own type asks for no width: MLX has one complex type
        if name not in self.dtypes:
            raise DTypeError(
                f"{self.name} has no {name}",
                expected=f"one of {', '.join(self.dtypes)}; nothing is narrowed in silence",
                mend=_narrower(name, self.dtypes),
            )
        native = self._native[type(dtype), dtype] = self.dtypes[name]
        return native

    def device(self, device: object) -> Any:
        """The native object of a device given by name ("cpu", "gpu", "cuda:1") or as this backend's own object."""
        return self.functions["native_device"](device)


def _narrower(name: str, dtypes: Mapping[str, object]) -> str:
    near = {"complex128": "complex64", "float64": "float32", "bfloat16": "float32"}.get(name, "")
    return f'pass dtype="{near}" if that precision is enough' if near in dtypes else "choose another backend"


def collect(module: ModuleType, native: object, prefix: str = "") -> dict[str, Callable[..., Any]]:
    """The functions of one backend file: `SAME` from the native namespace, `RENAMED`, then what the file defines."""
    table: dict[str, Callable[..., Any]] = {
        prefix + name: getattr(native, name) for name in getattr(module, "SAME", ())
    }
    table |= {prefix + name: function for name, function in getattr(module, "RENAMED", {}).items()}
    for name, value in vars(module).items():
        public = name.rstrip("_")  # a trailing underscore keeps a builtin's name free: `sum_`
        if not name.startswith("_") and isinstance(value, FunctionType) and value.__module__ == module.__name__:
            table[prefix + public] = value
    return table
