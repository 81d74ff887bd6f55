"""What it cost and how it is repeated: stages, versions, seeds, the machine and the command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import Column, bar, brief, facts, lacking, table
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import UNKNOWN, count, duration, known, size

HEADS = (
    Column("Stage", wide=True),
    Column("Time", right=True),
    Column("CPU time", right=True),
    Column("Peak memory", right=True),
    Column("Rows", right=True),
    Column("Rows per second", right=True),
)


def section(resources: Mapping[str, Any]) -> Markup:
    """The stages, and everything that another run needs to be the same."""
    stages: Sequence[Mapping[str, Any]] = resources.get("stages") or ()
    around = [(name, str(resources[name])) for name in ("machine",) if resources.get(name)]
    command = resources.get("command")
    return joined(
        _stages(stages) if stages else lacking("No stage was measured."),
        element("h3", "To repeat it"),
        element("pre", element("code", str(command)), tabindex=0) if command else lacking("No command was recorded."),
        facts(around) if around else None,
        element("div", *(_named(resources, name) for name in ("versions", "seeds")), class_="two"),
    )


def _stages(stages: Sequence[Mapping[str, Any]]) -> Markup:
    def most(name: str) -> float:
        return max((known(each.get(name)) or 0.0 for each in stages), default=0.0)

    tops = {name: most(name) for name in ("seconds", "cpu_seconds", "peak_memory")}
    rows: list[list[str]] = []
    for each in stages:
        seconds, many = known(each.get("seconds")), known(each.get("rows"))
        rows.append(
            [
                str(each.get("name", UNKNOWN)),
                bar(seconds, tops["seconds"], duration(seconds), ours=True),
                bar(each.get("cpu_seconds"), tops["cpu_seconds"], duration(each.get("cpu_seconds"))),
                bar(each.get("peak_memory"), tops["peak_memory"], size(each.get("peak_memory"))),
                count(many),
                count(many / seconds) if seconds and many is not None else UNKNOWN,
            ]
        )
    total = [number for each in stages if (number := known(each.get("seconds"))) is not None]
    peak = [number for each in stages if (number := known(each.get("peak_memory"))) is not None]
    about = [("all stages", duration(sum(total)))] if total else []
    about += [("highest memory", size(max(peak)))] if peak else []
    return joined(facts(about), table(HEADS, rows, name="Stages"))


def _named(resources: Mapping[str, Any], name: str) -> Markup:
    values: Mapping[str, Any] = resources.get(name) or {}
    heading = element("h4", name.capitalize())
    if not values:
        return element("div", heading, lacking(f"No {name} were recorded."))
    written = [(str(each), str(value) if name == "seeds" else brief(value)) for each, value in values.items()]
    return element("div", heading, facts(written))
