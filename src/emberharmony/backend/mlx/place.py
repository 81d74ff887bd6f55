"""Where MLX computes and when: devices by name, the stream of a new array, and evaluation with readable errors."""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np

from emberharmony.errors import ArgumentError, DTypeError

_GPUS = range(mx.device_count(mx.gpu) if mx.is_available(mx.gpu) else 0)
STREAMS = {"cpu": mx.Device(mx.cpu, 0)} | {f"gpu:{i}" if i else "gpu": mx.Device(mx.gpu, i) for i in _GPUS}
HAS_GPU = len(STREAMS) > 1


def name_of_device(device: mx.Device) -> str:
    kind = "cpu" if device.type == mx.cpu else "gpu"
    index = int(str(device).rpartition(",")[2].strip(" )"))
    return f"{kind}:{index}" if index else kind


def stream(device: str | None, dtype: Any = None) -> mx.Device | None:
    """Where to compute a new array: MLX's device object, or None for its default."""
    double = HAS_GPU and dtype is not None and dtype == mx.float64
    if double and (device or name_of_device(mx.default_device())) != "cpu":
        raise DTypeError(
            "mlx has no float64 on a GPU",
            expected="float32, or the CPU",
            mend='device="cpu" for this array, and mx.set_default_device(mx.cpu) for what is made of it',
        )
    return None if device is None else STREAMS[device]


def evaluate(x: mx.array) -> None:
    """Wait for `x`. LAPACK's complaints appear here, long after the call that caused them."""
    try:
        mx.eval(x)
    except RuntimeError as problem:
        if "[Inverse::eval" not in str(problem):
            raise
        raise ArgumentError(
            f"a singular matrix was inverted: {problem}", expected="a matrix of full rank", mend="ops.linalg.pinv"
        ) from problem


def host_view(x: mx.array) -> np.ndarray[Any, Any]:
    """The numbers on the host, evaluated, in the same memory and read-only. NumPy has no bfloat16: those are copied."""
    x = x.astype(mx.float32) if x.dtype == mx.bfloat16 else x
    evaluate(x)
    foreign: Any = x
    return np.from_dlpack(foreign)
