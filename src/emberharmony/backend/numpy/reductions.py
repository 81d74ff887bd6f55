"""Reductions, running sums and differences on NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np

_add: Any = np.add.reduce
SAME = ("all", "any", "cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "std", "var")


def sum_(x: Any, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Any:
    # what np.sum calls in the end, at half the time for a small array
    return _add(x, axis, dtype, None, keepdims)


def _all_of_it(x: Any) -> Any:
    return _add(x, None)


setattr(sum_, "plain", _all_of_it)  # noqa: B010 - where every keyword stands at its default


def diff(x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    # numpy takes None for an array
    ends = {name: end for name, end in (("prepend", prepend), ("append", append)) if end is not None}
    return np.diff(x, n=n, axis=axis, **ends)
