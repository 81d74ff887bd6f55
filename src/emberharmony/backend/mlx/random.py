"""Where random numbers can be made, on MLX. Rows "random.*" of the table."""

from __future__ import annotations


def is_traced() -> bool:
    # inside mx.compile a key of two Python numbers is a constant, and what is drawn from it is one too
    return False


def is_host(device: str) -> bool:
    return device == "cpu"


def has_float64(device: str) -> bool:
    return device == "cpu"
