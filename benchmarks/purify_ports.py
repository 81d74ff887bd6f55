"""Claim: of real functions of released packages, at least 70 % are ported to NumPy, PyTorch and MLX by the tool alone.

python -m benchmarks.purify_ports [--porter rewrite|identity|alias] [--only NAME ...] [--show NAME] [--tier core|hard]
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import harness
from benchmarks.purify import cases, extract, oracle

BAR, STRETCH = 0.70, 0.85


def rewritten(text: str, path: Path) -> str:
    """What `emberharmony purify fix --stdout` prints."""
    from emberharmony.purify.rewrite import rewrite

    return rewrite(text, path).text


def identity(text: str, path: Path) -> str:
    """No port at all: what the backends swallow by themselves."""
    return text


def alias(text: str, path: Path) -> str:
    """The port of five seconds: the namespace under the old name."""
    return re.sub(r"^import numpy as np$", "from emberharmony import ops as np", text, flags=re.MULTILINE)


PORTERS = {"rewrite": rewritten, "identity": identity, "alias": alias}


def totals(verdicts: list[dict[str, Any]]) -> dict[str, Any]:
    """The figures: passes on all three, by backend, and by tier."""
    number = len(verdicts)
    figures: dict[str, Any] = {"cases": number, "all three, clean": sum(v["passes"] for v in verdicts)}
    for label in ("numpy", "torch", "mlx", "mlx32"):
        figures[label] = sum(v.get(label, "absent") == "" and not v.get(f"{label}_hops") for v in verdicts)
    figures["no host library left"] = sum(not v.get("tied", "?") for v in verdicts)
    figures["and no SciPy either"] = sum(v["passes"] and not v.get("scipy") for v in verdicts)
    for tier in ("core", "hard"):
        passes = [verdict["passes"] for verdict in verdicts if verdict.get("tier") == tier]
        figures[tier] = f"{sum(passes)} of {len(passes)}"
    return figures


def line(verdict: dict[str, Any]) -> str:
    """One case: PASS, or what went wrong where."""
    if verdict["passes"]:
        return f"PASS {verdict['name']}"
    keys = ("refused", "crashed", "tied", "numpy", "torch", "torch_hops", "mlx", "mlx_hops")
    told = [f"{key}: {verdict[key]}" for key in keys if verdict.get(key)]
    return f"FAIL {verdict['name']}\n" + "\n".join(f"       {text[:220]}" for text in told)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--porter", choices=sorted(PORTERS), default="rewrite")
    parser.add_argument("--only", nargs="*", default=[], help="names of cases")
    parser.add_argument("--tier", choices=("core", "hard"))
    parser.add_argument("--show", help="print the port of this case and stop; with --before, the original")
    parser.add_argument("--before", action="store_true")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--failures", action="store_true", help="print no line for a case that passes")
    given = parser.parse_args()
    port = PORTERS[given.porter]
    if given.show:
        text = extract.before(cases.every()[given.show])
        sys.stdout.write(text if given.before else port(text, Path(f"{given.show}.py")))
        return 0
    chosen = [case for case in cases.every().values() if not given.only or case.name in given.only]
    chosen = [case for case in chosen if given.tier in (None, case.tier)]
    verdicts = oracle.judge(chosen, port, given.processes)
    for verdict in verdicts:
        if not (given.failures and verdict["passes"]):
            sys.stdout.write(line(verdict) + "\n")
    figures = totals(verdicts)
    share = figures["all three, clean"] / max(1, len(verdicts))
    sys.stdout.write("\n" + "\n".join(f"{name:<22}{value}" for name, value in figures.items()) + "\n")
    sys.stdout.write(f"{'share':<22}{share:.1%}   bar {BAR:.0%}, stretch {STRETCH:.0%}; NumPy: bar 100 %\n")
    why = Counter(v["tied"] for v in verdicts if v.get("tied"))
    sys.stdout.write(f"{'still tied to':<22}{dict(why.most_common(6))}\n")
    if not given.only:
        name = f"purify_ports_{given.porter}" if given.porter != "rewrite" else "purify_ports"
        harness.save({"figures": figures, "share": share, "bar": BAR, "stretch": STRETCH, "verdicts": verdicts}, name)
    return int(share < BAR)


if __name__ == "__main__":
    raise SystemExit(main())
