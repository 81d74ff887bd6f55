"""The same arguments on another backend, and results back on the host."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from emberharmony.errors import EmberError
from emberharmony.purify.verify.libraries import is_array, is_numpy_scalar, library, numpy
from emberharmony.purify.verify.structure import copied, mapped

# MLX has no complex128: such inputs go there as complex64, and are compared as single precision
NARROWED = {("mlx", "complex128"): "complex64"}


class NotPlacedError(EmberError, TypeError):
    """An argument that a backend has no array for, such as an array of strings."""


@contextmanager
def on(backend: str) -> Generator[None]:
    """Make `backend` the current one, on the CPU: MLX's float64 exists nowhere else."""
    from emberharmony import use_backend

    if backend == "mlx":
        mx = library("mlx")
        mx.set_default_device(mx.cpu)
    with use_backend(backend, device="cpu"):
        yield


def placed(x: Any, backend: str) -> Any:
    """A copy of `x` with its arrays on the backend. NumPy's scalars stay there, and are Python's numbers elsewhere."""
    if backend == "numpy":
        return copied(x)
    from emberharmony import ops

    def place(array: Any) -> Any:
        if is_numpy_scalar(array):
            return array.item()
        kind = str(array.dtype)
        if array.dtype.kind not in "biufc" or type(array) is not numpy().ndarray:
            raise NotPlacedError(
                f"{backend} has no {type(array).__name__} of {kind}", expected="an array of numbers", mend="none"
            )
        array = numpy().array(array.astype(NARROWED.get((backend, kind), kind)), order="C", copy=True)
        return ops.convert(array, backend, copy=True)

    return mapped(copied(x), place)


def on_host(x: Any) -> Any:
    """An array of any backend as NumPy's; anything else as it is."""
    if not is_array(x) or isinstance(x, numpy().ndarray):
        return x
    from emberharmony import ops

    return ops.to_numpy(x, copy=True)


def dtype_name(x: Any) -> str:
    """The dtype of an array of any backend, by its common name."""
    return str(x.dtype).rpartition(".")[2]


def device_of(x: Any) -> str:
    """The device of an array, as words."""
    return str(getattr(x, "device", "cpu"))  # an MLX array lives in unified memory


def default_dtypes(backend: str) -> frozenset[str]:
    """The dtypes that the backend gives a Python number."""
    from emberharmony import ops

    with on(backend):
        return frozenset(dtype_name(ops.asarray(number)) for number in (True, 1, 1.0, 1j))
