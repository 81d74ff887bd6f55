"""The picture of the wiring, after it was made sure that it is a drawing and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from emberharmony.demo.report.parts import chart, lacking

if TYPE_CHECKING:
    from emberharmony.viz.markup import Markup

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = frozenset({"svg", "g", "defs", "marker", "title", "desc", "path", "circle", "rect", "line", "text", "tspan"})


def section(wiring: Mapping[str, Any]) -> Markup:
    """The figure with its caption."""
    if not wiring.get("svg"):
        return lacking("There is no picture: the model's wiring was not drawn.")
    drawing = plain(str(wiring["svg"]))
    if drawing is None:
        return lacking("There is no picture: what was given for it is not a drawing of shapes and texts alone.")
    return chart(drawing, str(wiring.get("caption") or ""), class_="wiring")


def plain(svg: str) -> str | None:
    """The drawing written anew, if there is nothing in it but shapes and texts: no script, no link, no handler.

    >>> plain('<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>')
    '<svg xmlns="http://www.w3.org/2000/svg"><g /></svg>'
    >>> plain('<svg xmlns="http://www.w3.org/2000/svg" onload="run()"/>') is None
    True
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError:
        return None
    for each in root.iter():
        name = each.tag.removeprefix(SVG)
        if name not in SHAPES or any(_acts(*attribute) for attribute in each.attrib.items()):
            return None
        each.tag = name
    root.set("xmlns", SVG.strip("{}"))
    return ET.tostring(root, encoding="unicode")


def _acts(name: str, value: str) -> bool:
    """What could do something, or fetch something: only references within the drawing are left."""
    reference = value.replace(" ", "").lower()
    return name.startswith(("on", "{")) or "href" in name or ("url(" in reference and "url(#" not in reference)
