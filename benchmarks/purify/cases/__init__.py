"""The cases: real functions of released packages, with inputs. The code is fetched; here is only where it stands."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.purify.case import Case


@cache
def every() -> dict[str, Case]:
    """All cases by name, in the order of the files and of the lines in them."""
    found: dict[str, Case] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        for case in importlib.import_module(f"{__name__}.{module.name}").CASES:
            if case.name in found:
                raise ValueError(f"two cases are named {case.name!r}: names tell results apart, change one")
            found[case.name] = case
    return found
