"""Wirings and recipes as plain data, and back: a kind, a version, and the arguments of the constructor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from emberharmony.errors import ArgumentError

T = TypeVar("T")
VERSION = 1  # raised when the meaning of an argument changes


def write(kind: str, **arguments: Any) -> dict[str, Any]:
    """`{"kind": ..., "version": ..., arguments}`."""
    return {"kind": kind, "version": VERSION, **arguments}


def of_recipe(recipe: Any) -> dict[str, Any]:
    """The fields of a recipe, tuples as lists, for JSON knows no tuples."""
    fields = dataclasses.asdict(recipe, dict_factory=_lists)
    return write(type(recipe).__name__, **fields)


def _lists(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: [*value] if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in fields
    }


def read(make: Callable[..., T], kind: str, data: Mapping[str, Any]) -> T:
    """What `write` described; unknown kinds, versions and arguments are errors."""
    given = {"kind": data.get("kind"), "version": data.get("version")}
    if given != {"kind": kind, "version": VERSION}:
        raise ArgumentError(
            f"{kind}.from_config got kind={given['kind']!r}, version={given['version']!r}",
            expected=f"kind={kind!r}, version={VERSION}, as {kind}.get_config() writes them",
        )
    arguments = {name: value for name, value in data.items() if name not in given}
    try:
        return make(**arguments)
    except TypeError as error:
        raise ArgumentError(
            f"{kind}.from_config got {', '.join(arguments) or 'no argument'}",
            expected=f"the arguments of {kind}: {error}",
        ) from error
