"""Golden cones: fixed directions, one for each axis of a symmetric figure, that attention may measure along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from emberharmony.errors import ArgumentError
from emberharmony.syntonic.geometry.icosians import dodecahedron, h3_roots, h4_roots, icosahedron
from emberharmony.syntonic.geometry.roots import e6_positive_roots, positive_roots

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray

Cone: TypeAlias = Literal["e6", "h4", "icosahedral"]


def golden_cone(kind: Cone, axes: int | None = None) -> GoldenArray:
    """Directions (N, d), one of each opposite pair: a tight frame, in integers of Z[phi] over 1 or 2.

    "e6" has the 36 positive roots of E6, squared length 2, in R^8, of which they span 6 dimensions; "h4" the 60 axes
    through corners of the 600-cell, length 1, in R^4; "icosahedral" the 6 axes through corners, 10 through faces or 15
    through edges of the icosahedron, in R^3, at squared lengths 2 + phi, 3 and 1; 15 unless `axes` says otherwise.

    >>> [golden_cone(kind).shape for kind in ("e6", "h4", "icosahedral")]
    [(36, 8), (60, 4), (15, 3)]
    """
    figures = {
        ("e6", 36): e6_positive_roots,
        ("h4", 60): lambda: positive_roots(h4_roots()),
        ("icosahedral", 15): lambda: positive_roots(h3_roots()),
        ("icosahedral", 10): lambda: positive_roots(dodecahedron()),
        ("icosahedral", 6): lambda: positive_roots(icosahedron()),
    }
    found = [figure for (name, count), figure in figures.items() if name == kind and axes in (None, count)]
    if not found:
        raise ArgumentError(
            f"golden_cone({kind!r}, axes={axes})", expected="'e6' (36), 'h4' (60) or 'icosahedral' (6, 10 or 15)"
        )
    return found[0]()
