"""A picture: SVG text that a notebook shows and a file keeps. Nothing here shows or saves."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """An SVG document in `svg`, self-contained and without a background, which notebooks show by themselves.

    >>> Figure("<svg xmlns='http://www.w3.org/2000/svg'/>")._repr_svg_()
    "<svg xmlns='http://www.w3.org/2000/svg'/>"
    """

    svg: str = field(repr=False)

    def _repr_svg_(self) -> str:
        return self.svg
