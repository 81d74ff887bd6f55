"""What the rewriter raises where it has no port."""

from __future__ import annotations

import ast

from emberharmony.errors import EmberError


class RefusedError(EmberError, ValueError):
    """This use has no recipe; the function stays as it is."""

    def __init__(self, node: ast.AST, why: str) -> None:
        super().__init__(why)
        self.node = node
        self.why = why
