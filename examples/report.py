"""The page of `train_anywhere.py`: one HTML file with drawings in SVG, nothing loaded from anywhere."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLORS = {"numpy": "#4d77cf", "torch": "#ee6c4d", "mlx": "#3fa34d"}
NAMES = {"numpy": "NumPy", "torch": "PyTorch", "mlx": "MLX"}
DASHES = {"numpy": "", "torch": "9 7", "mlx": "2 6"}  # equal curves lie on each other: all three must show
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 64, 16, 14, 40

STYLE = """
:root { --ink: #1c2430; --soft: #667085; --line: #d5dae3; --back: #fbfbfd; --card: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf1; --soft: #98a2b3; --line: #344054; --back: #11151c; --card: #19202b; } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 0; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0 0 6px; } h2 { font-size: 18px; margin: 0 0 8px; }
p { color: var(--soft); margin: 0 0 14px; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; }
section { overflow-x: auto; margin-bottom: 20px; } .grid section { margin-bottom: 0; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 8px; vertical-align: -1px; }
"""


def ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Lines of a logarithmic axis and their labels: powers of ten, and 2 and 5 between them where they are few."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    every = max(1, math.ceil((high - low) / 8))
    found = [(float(n), f'10<tspan dy="-5" font-size="9">{n}</tspan>') for n in powers if n % every == 0]
    if high - low < 2:
        values = [digit * 10.0**n for n in powers for digit in (1, 2, 5)]
        found = [(math.log10(v), f"{v:g}") for v in values]
    return [(log, label) for log, label in found if low <= log <= high]


def curves(series: dict[str, Sequence[float]], label: str) -> str:
    """Lines over the steps, on a logarithmic scale; a value of 0 stands at the bottom."""
    positive = [v for values in series.values() for v in values if v > 0] or [1e-17]
    low, high = math.log10(min(positive)), math.log10(max(positive))
    low, high = (low - 0.5, high + 0.5) if high - low < 0.2 else (low - 0.05 * (high - low), high + 0.05 * (high - low))
    steps = max((len(values) for values in series.values()), default=1)

    def x(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / steps

    def y(log: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - min(max(log, low), high)) / (high - low)

    parts: list[str] = []
    for tick, mark in ticks(low, high):
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="var(--line)"/>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{mark}</text>')
    for part in range(5):
        step = steps * part / 4
        parts.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:.0f}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">step</text>')
    for name, values in series.items():
        points = " ".join(f"{x(i):.1f},{y(math.log10(v) if v > 0 else low):.1f}" for i, v in enumerate(values))
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{COLORS.get(name, "var(--ink)")}" stroke-width="2.4" '
            f'stroke-dasharray="{DASHES.get(name, "")}" stroke-linecap="round"/>'
        )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(label)}">{"".join(parts)}</svg>'


def bars(seconds: dict[str, float]) -> str:
    """Times as bars from zero."""
    top, row = max(seconds.values()), 46
    parts: list[str] = []
    for i, (name, value) in enumerate(seconds.items()):
        width = (WIDTH - 200) * value / top
        parts.append(f'<text x="0" y="{i * row + 27}">{NAMES.get(name, name)}</text>')
        parts.append(
            f'<rect x="80" y="{i * row + 8}" width="{width:.1f}" height="28" rx="4" fill="{COLORS.get(name)}"/>'
        )
        parts.append(f'<text x="{88 + width:.1f}" y="{i * row + 27}">{value:.2f} s</text>')
    return f'<svg viewBox="0 0 {WIDTH} {len(seconds) * row}" role="img" aria-label="seconds">{"".join(parts)}</svg>'


def plane(grid: list[list[float]], points: list[list[float]], arms: list[float]) -> str:
    """What the network says everywhere, and the points it learned from."""
    side, size = len(grid), 440
    cell = size / side
    parts: list[str] = []
    for i, row in enumerate(grid):
        for j, p in enumerate(row):
            color = "77,119,207" if p < 0.5 else "238,108,77"
            corner = f'x="{j * cell:.2f}" y="{size - (i + 1) * cell:.2f}"'
            extent = f'width="{cell:.2f}" height="{cell:.2f}"'
            parts.append(f'<rect {corner} {extent} fill="rgba({color},{abs(p - 0.5) * 0.7:.2f})"/>')
    for (a, b), arm in zip(points, arms, strict=True):
        u, v = (a + 2.2) / 4.4 * size, size - (b + 2.2) / 4.4 * size
        color = COLORS["torch"] if arm > 0.5 else COLORS["numpy"]
        smooth = 'shape-rendering="geometricPrecision" stroke="var(--card)" stroke-width="0.8"'
        parts.append(f'<circle cx="{u:.1f}" cy="{v:.1f}" r="3" fill="{color}" {smooth}/>')
    head = f'<svg viewBox="0 0 {size} {size}" role="img" aria-label="decision plane" shape-rendering="crispEdges">'
    return f"{head}{''.join(parts)}</svg>"


def table(runs: Sequence[Any], differences: dict[str, list[float]]) -> str:
    """The numbers behind the drawings."""
    rows = [["backend", "last loss", "accuracy", "largest relative difference", "us a step"]]
    for run in runs:
        color = COLORS.get(run.backend, "var(--ink)")
        name = f'<span class="key" style="background:{color}"></span>{NAMES.get(run.backend, run.backend)}'
        worst = f"{max(differences[run.backend]):.1e}" if run.backend in differences else "the first"
        each = run.seconds / len(run.losses) * 1e6
        rows.append([name, f"{run.losses[-1]:.12f}", f"{run.accuracy:.1%}", worst, f"{each:.0f}"])
    tags = ["th", *["td"] * len(runs)]
    lines = ["".join(f"<{tag}>{cell}</{tag}>" for cell in row) for row, tag in zip(rows, tags, strict=True)]
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def write(
    path: Path,
    *,
    runs: Sequence[Any],
    differences: dict[str, list[float]],
    points: list[list[float]],
    arms: list[float],
    grid: list[list[float]],
    seed: int,
) -> None:
    """Write the page, and its folder where there is none."""
    steps = len(runs[0].losses)
    apart = (
        curves(differences, "relative difference")
        if differences
        else "<p>Only one backend is installed here: there is nothing to compare.</p>"
    )
    first = NAMES.get(runs[0].backend, runs[0].backend)
    cards = (
        ("The loss", "One line for each backend, dashed so that all can be seen where they lie on each other.",
         curves({run.backend: run.losses for run in runs}, "loss")),
        ("The difference", f"Relative, from {first}'s loss. What is left is the order of rounding.", apart),
        ("The time", "Training alone, without imports, one process after the other.",
         bars({run.backend: run.seconds for run in runs})),
        ("What was learned", "The side of the network's decision, and the points of both spirals.",
         plane(grid, points, arms)),
    )  # fmt: skip
    body = "".join(f"<section><h2>{title}</h2><p>{text}</p>{drawing}</section>" for title, text, drawing in cards)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>EmberHarmony: trained anywhere</title><style>{STYLE}</style><main>"
        "<h1>One network, one seed, every backend</h1>"
        f"<p>A network of 3 layers learns two spirals: {steps} steps of gradient descent with momentum, float64 on "
        f"the CPU, seed {seed}. Model, data, loss and step are written once, in "
        "<code>examples/train_anywhere.py</code>.</p>"
        f'<section>{table(runs, differences)}</section><div class="grid">{body}</div></main></html>\n'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)
