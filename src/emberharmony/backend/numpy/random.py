"""Where random numbers can be made, on NumPy: on the host, always. Rows "random.*" of the table."""

from __future__ import annotations

from typing import Any


def is_traced() -> bool:
    return False


def is_host(device: Any) -> bool:
    return True


def has_float64(device: Any) -> bool:
    return True
