"""What the rewriter raises where it has no port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emberharmony.errors import EmberError

if TYPE_CHECKING:
    import ast


class RefusedError(EmberError, ValueError):
    """This use has no recipe; the function stays as it is."""

    def __init__(self, node: ast.AST, why: str) -> None:
        super().__init__(why)
        self.node = node
        self.why = why
