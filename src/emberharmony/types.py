"""The names used in annotations. `A` is any backend's array: `add(np.ndarray) -> np.ndarray`."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias, TypeVar

__all__ = ["A", "AnyArray", "Array", "Axis", "DType", "Device", "Nested", "Scalar", "Shape"]


class Array(Protocol):
    """What every backend's array has. Everything else is a function of `emberharmony.ops`."""

    @property
    def shape(self) -> Any:
        """The lengths of the axes."""
        ...

    @property
    def dtype(self) -> Any:
        """The backend's own dtype object."""
        ...

    @property
    def ndim(self) -> int:
        """How many axes."""
        ...

    def __getitem__(self, key: Any, /) -> Any: ...


A = TypeVar("A", bound=Array)
AnyArray: TypeAlias = Any  # an array with the operators that its library gives it: what no protocol says of all three
Scalar: TypeAlias = complex  # by the numeric tower of type checkers: bool, int, float and complex
Axis: TypeAlias = int | tuple[int, ...] | None
Shape: TypeAlias = int | tuple[int, ...]
DType: TypeAlias = Any  # a backend's dtype object or a name such as "float32"
Device: TypeAlias = Any  # a backend's device object or a name such as "cpu" or "cuda:1"
Nested: TypeAlias = "Scalar | Sequence[Nested] | Array"
