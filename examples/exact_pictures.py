"""Three pictures from exact coordinates: a Penrose tiling, the 600-cell, and the roots of E8.

Every point is a handful of numbers of the golden field until it is written. What falls together, or is turned into each
other, is found by comparing these numbers, and no picture needs a tolerance.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

from emberharmony.syntonic.geometry import (
    edges,
    icosian_e8_roots,
    icosian_form,
    icosians,
    penrose,
    petrie,
    petrie_turned,
    petrie_xy,
    to_xy,
)

if TYPE_CHECKING:
    from emberharmony.syntonic import GoldenArray

SIZE, MARGIN = 720, 12  # of a picture, in its own units
THICK, THIN, GAP = "#e0a341", "#2f6f73", "#fff"
LINE, DOT = "#7a5bb5", "#c2572b"


def tiling(steps: int = 6) -> str:
    """Ten triangles around a point, grown and cut a few times, as rhombs."""
    rhombs = [to_xy(part) for part in penrose(steps).rhombs()]
    scale = (SIZE / 2 - MARGIN) / max(abs(part).max() for part in rhombs)
    shapes = []
    for color, part in zip((THICK, THIN), rhombs, strict=True):
        outlines = "".join(f"M{' '.join(map(at, scale * rhomb))}z" for rhomb in part)
        shapes.append(f'<path fill="{color}" d="{outlines}"/>')
    return svg("Penrose tiling", f'<g stroke="{GAP}" stroke-linejoin="round">{"".join(shapes)}</g>')


def cell600() -> str:
    """The 120 corners and 720 edges of the 600-cell, on the plane of thirtyfold symmetry."""
    corners = icosians()
    return network("600-cell", petrie(corners), edges(corners).tolist(), width=0.6)


def e8() -> str:
    """The 240 roots of E8 as icosians, each joined to the 56 at 60 degrees, on the same plane."""
    roots = icosian_e8_roots()
    first, second = (icosian_form(roots, roots) == 1).nonzero()
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return network("Roots of E8", petrie(roots), [pair for pair in pairs if pair[0] < pair[1]], width=0.15)


def network(title: str, points: GoldenArray, pairs: Sequence[Sequence[int]], width: float) -> str:
    """Points and the lines between them. One of each thirty that turns make of each other is written, and turned."""
    place = {tuple(point): i for i, point in enumerate(points.tolist())}
    turned = [place[tuple(point)] for point in petrie_turned(points).tolist()]
    xy = petrie_xy(points)
    xy = (SIZE / 2 - MARGIN) / sqrt((xy * xy).sum(axis=-1).max()) * xy
    lines = "".join(f"M{at(xy[i])}L{at(xy[j])}" for i, j in one_of_each(map(frozenset, pairs), turned))
    dots = "".join(dot(xy[i]) for (i,) in one_of_each(({i} for i in range(len(points))), turned))
    return svg(
        title,
        f'<defs><path id="lines" fill="none" stroke="{LINE}" stroke-width="{width}" d="{lines}"/>'
        f'<g id="dots" fill="{DOT}">{dots}</g></defs>' + thirty("lines") + thirty("dots"),
    )


def one_of_each(sets: Iterable[Iterable[int]], turned: Sequence[int]) -> list[list[int]]:
    """The first of the sets of points that turns make of each other."""
    seen: set[frozenset[int]] = set()
    first: list[list[int]] = []
    for members in map(frozenset, sets):
        if members not in seen:
            first.append(sorted(members))
        while members not in seen:
            seen.add(members)
            members = frozenset(turned[i] for i in members)
    return first


def thirty(name: str) -> str:
    """What has this name, turned by each multiple of 12 degrees."""
    return "".join(f'<use href="#{name}" transform="rotate({12 * k})"/>' for k in range(30))


def dot(point: Sequence[float]) -> str:
    x, y = at(point).split(",")
    return f'<circle cx="{x}" cy="{y}" r="2.4"/>'


def at(point: Sequence[float]) -> str:
    """A point as text, y upwards."""
    return f"{point[0]:.2f},{-point[1]:.2f}"


def svg(title: str, body: str) -> str:
    box = f"{-SIZE // 2} {-SIZE // 2} {SIZE} {SIZE}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img"><title>{title}</title>{body}</svg>\n'


PICTURES = {"penrose.svg": tiling, "cell600.svg": cell600, "e8.svg": e8}


def main() -> None:
    """Draw all three into a folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("pictures"), help="the folder to write to")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / name).write_text(draw(), encoding="utf-8", newline="\n")
        print(folder / name)


if __name__ == "__main__":
    main()
