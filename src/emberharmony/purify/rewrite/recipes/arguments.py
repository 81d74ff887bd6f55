"""The arguments of a call by the names of NumPy's parameters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.nodes import is_none
from emberharmony.purify.rewrite.refused import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emberharmony.purify.rewrite.splice import Pieces
    from emberharmony.purify.rewrite.unit import Unit

    Handler = Callable[[Unit, ast.Call, dict[str, ast.expr]], Pieces | None]


def arguments(unit: Unit, node: ast.Call, name: str, order: str) -> dict[str, ast.expr]:
    """The arguments that are given, by the names in `order`; a `*` in it takes any."""
    names = order.split()
    if (
        any(isinstance(argument, ast.Starred) for argument in node.args)
        or (len(node.args) > len(names) and "*" not in names)
    ) and "*" not in names:
        raise RefusedError(node, f"numpy.{name} is called with {len(node.args)} arguments")
    given = dict(zip([n for n in names if n != "*"], node.args, strict=False))
    for word in node.keywords:
        if word.arg is None:
            raise RefusedError(node, f"numpy.{name} is called with **options")
        if word.arg not in names and "*" not in names:
            if is_none(word.value) or word.arg in ("order", "subok"):
                continue
            raise RefusedError(node, f"numpy.{name} is called with {word.arg}=, which ops has not")
        given[word.arg] = word.value
    first = next((n for n in names if n != "*"), "")
    if first and first not in given and "*" not in names:
        raise RefusedError(node, f"numpy.{name} is called without {first}")
    return given
