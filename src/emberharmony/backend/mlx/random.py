"""Where random numbers can be made, on MLX. Rows "random.*" of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mlx.core as mx

from emberharmony.backend import refusals


def is_traced() -> bool:
    # inside mx.compile a key of two Python numbers is a constant, and what is drawn from it is one too
    return False


def is_host(device: str) -> bool:
    return device == "cpu"


def has_float64(device: str) -> bool:
    return device == "cpu"


def tied(name: str, y: mx.array, parameters: Sequence[mx.array]) -> mx.array:
    # MLX does not say whether an array is being differentiated: tie the draw to its parameters, so that a derivative
    # that comes to it finds an error instead of a zero
    @mx.custom_function
    def draw(y: mx.array, *parameters: mx.array) -> mx.array:
        return y

    @draw.vjp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _vjp(primals: Any, cotangents: Any, outputs: Any) -> Any:
        raise refusals.draw(name, [tuple(x.shape) for x in parameters])

    @draw.jvp  # pyright: ignore[reportUntypedFunctionDecorator]
    def _jvp(primals: Any, tangents: Any) -> Any:
        raise refusals.draw(name, [tuple(x.shape) for x in parameters])

    result: Any = draw(y, *parameters)
    return result
