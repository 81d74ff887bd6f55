"""Text of SVG and HTML that is escaped by construction: what is not made here is data, and data is never markup."""

from __future__ import annotations

from html import escape

# written without an end: the void elements of HTML, and the shapes of SVG that hold nothing
EMPTY = frozenset({"meta", "link", "br", "path", "line"})


class Markup(str):
    """Text that is markup already; every other string is escaped where it is put into an element."""

    __slots__ = ()


Child = str | None
Attribute = str | float | bool | None


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element with its children. `class_` is the attribute class, `data_x` data-x; None and False are left out.

    >>> element("p", "a < b", element("b", "c"), class_="note")
    '<p class="note">a &lt; b<b>c</b></p>'
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in EMPTY and not children:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Children after each other, without an element around them."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child))


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f' {name}=""'
    text = f"{value:.7g}" if isinstance(value, float) else escape(str(value))
    return f' {name}="{text}"'
