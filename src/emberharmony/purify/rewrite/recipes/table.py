"""The lines of the tables, read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from emberharmony.purify.rewrite.recipes.functions import FUNCTIONS, METHODS
from emberharmony.purify.rewrite.recipes.scipy import SCIPY

MARKS = "!^~*:?%&#"
_LINE = re.compile(r"^([\w.]+)\((.*?)\)\s*->\s*(.+)$")
_CALL = re.compile(r"^([\w.]+)\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a NumPy function: its mark, and the default that the port must spell out."""

    name: str
    mark: str = ""
    default: str | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one function is called, and what that is in `ops`."""

    name: str
    parameters: tuple[Parameter, ...]
    function: str
    arguments: tuple[tuple[str, str], ...]  # (name or "", parameter or constant)
    template: str = ""

    def takes(self, name: str) -> bool:
        """Whether the port keeps this parameter."""
        if self.template:
            return f"{{{name}}}" in self.template
        return any(source == name for _, source in self.arguments)


@cache
def functions() -> dict[str, Recipe]:
    """Recipes of `numpy.<name>`."""
    return _parsed(FUNCTIONS)


@cache
def scipy() -> dict[str, Recipe]:
    """Recipes of `scipy.<name>`."""
    return _parsed(SCIPY)


@cache
def methods() -> dict[str, Recipe]:
    """Recipes of the methods of arrays; the array itself comes first."""
    return {**functions(), **_parsed(METHODS)}


def _parsed(text: str) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for line in re.sub(r"\n\s+", " ", text).splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        assert match is not None, line
        name, left, right = match.groups()
        parameters = tuple(_parameter(part.strip()) for part in _split(left) if part.strip())
        if right.startswith("="):
            found[name] = Recipe(name, parameters, "", (), right[1:])
        else:
            call = _CALL.match(right)
            assert call is not None, line
            arguments = [part.strip() for part in _split(call[2]) if part.strip()]
            pairs = tuple((p.split("=")[0], p.split("=")[1]) if "=" in p else ("", p.lstrip("*")) for p in arguments)
            found[name] = Recipe(name, parameters, call[1], pairs)
    return found


def _parameter(text: str) -> Parameter:
    many = text.startswith("*")
    name, equals, default = text.lstrip("*").partition("=")
    mark = name[-1] if name[-1] in MARKS else ""
    return Parameter(name.rstrip(MARKS), mark, default if equals else None, many)


def _split(text: str) -> list[str]:
    """Split at commas outside of parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
