"""What a recorded run tells of the variables of one file."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.purify.flow import Kind
    from emberharmony.purify.trace.kept import Trace


def told(trace: Trace, path: Path) -> Callable[[str, ast.AST, str], Kind | None]:
    """The kind of a variable of a function of this file, where the run has seen it."""
    from emberharmony.purify.flow import Kind

    kinds = {"array": Kind.ARRAY, "other": Kind.OTHER}

    def kind(function: str, home: ast.AST, variable: str) -> Kind | None:
        lines = [decorator.lineno for decorator in getattr(home, "decorator_list", [])]
        first = min([getattr(home, "lineno", 1), *lines])
        return kinds.get(trace.kind(path, function, first, variable) or "")

    return kind
