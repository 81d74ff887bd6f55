"""Draw the speed claims of results/liquid_speed.json as SVG files into docs/_static/liquid/: bars of "times faster".

Each picture carries its own style, also for dark pages, and has no background. The line across a bar is the goal.
"""

from __future__ import annotations

import json
import sys
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS, PICTURES = HERE / "results" / "liquid_speed.json", HERE.parent / "docs" / "_static" / "liquid"
WIDTH, LEFT, RIGHT, ROW, TOP = 760, 330, 90, 30, 46
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.note { font-size: 11px; fill: #57606a }
.bar { fill: #d9480f }
.missed { fill: #e8a27c }
.goal { stroke: #24292f; stroke-width: 2 }
.even { stroke: #8c959f; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note { fill: #9198a1 }
  .bar { fill: #f76707 }
  .missed { fill: #8a4b25 }
  .goal { stroke: #e6edf3 }
}
"""
LEGEND = "Solid line: the goal; pale bar: missed. Dashed line: as fast as ncps."
# (file, title, the beginnings of the rows that belong to it)
CHARTS = (
    (
        "training",
        "Forward and backward, how many times faster than ncps (the last two with Adam)",
        ("forward and backward", "training step"),
    ),
    ("forward", "Forward, how many times faster than ncps", (", forward",)),
    ("single_step", "One step at batch 1, how many times faster than ncps", ("one step",)),
)
ELSEWHERE = ("LSTM", "on NumPy", "on MLX", "threads", "first call")  # rows that are not about ncps


def chart(title: str, rows: list[dict[str, Any]], note: str) -> str:
    longest = max(max(row["ratio"], row["bar"]) for row in rows)
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = TOP + ROW * len(rows) + 50
    body = [f'<text class="title" x="12" y="24">{escape(title)}</text>']
    for i, row in enumerate(rows):
        y = TOP + ROW * i
        label = row["what"].split(", forward")[0].split(", training")[0]
        kind = "bar" if row["met"] else "bar missed"
        times = f"ours {row['ours'] * 1e3:.3g} ms, ncps {row['theirs'] * 1e3:.3g} ms, goal {row['bar']:g} x"
        end = LEFT + scale * max(row["ratio"], row["bar"]) + 8
        goal = LEFT + scale * row["bar"]
        body += [
            f"<g><title>{escape(row['what'])}: {times}</title>",
            f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(label)}</text>',
            f'<rect class="{kind}" x="{LEFT}" y="{y + 3}" width="{scale * row["ratio"]:.1f}" height="20" rx="2"/>',
            f'<line class="goal" x1="{goal:.1f}" x2="{goal:.1f}" y1="{y}" y2="{y + 26}"/>',
            f'<text x="{end:.1f}" y="{y + 17}">{row["ratio"]:.3g} x</text>',
            "</g>",
        ]
    bottom = TOP + ROW * len(rows)
    body += [
        f'<line class="even" x1="{LEFT + scale:.1f}" x2="{LEFT + scale:.1f}" y1="{TOP - 6}" y2="{bottom}"/>',
        f'<text class="note" x="12" y="{bottom + 22}">{escape(note)}</text>',
        f'<text class="note" x="12" y="{bottom + 38}">{LEGEND}</text>',
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{escape(title, quote=True)}">\n<style>{STYLE}</style>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def main() -> int:
    if not RESULTS.exists():
        sys.stderr.write(f"{RESULTS} is not there: python -m benchmarks.liquid_speed writes it\n")
        return 1
    record = json.loads(RESULTS.read_text())
    rows = [row for row in record["rows"] if not any(word in row["what"] for word in ELSEWHERE)]
    note = (
        f"Batch 32, 128 steps, 8 inputs, float32, one thread; PyTorch {record['versions']['torch'].split('+')[0]}, "
        f"ncps {record['versions']['ncps']}."
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, title, ends in CHARTS:
        chosen = [
            row
            for row in rows
            if any(end in row["what"] for end in ends) and (name != "forward" or "backward" not in row["what"])
        ]
        (PICTURES / f"{name}.svg").write_text(
            chart(title, chosen, note.replace("Batch 32, 128 steps", "Batch 1") if name == "single_step" else note)
        )
        sys.stdout.write(f"{PICTURES / name}.svg: {len(chosen)} bars\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
