"""How the network learned: losses, the rate of learning, and what the training was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import chart, facts, key, lacking, stroke
from emberharmony.viz.charts import MEASURED, OURS, Line, Mark, draw_lines
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.words import count, duration, known, quantity

WIDE = 20  # losses that differ by more are drawn by ratios


def section(training: Mapping[str, Any]) -> Markup:
    """Facts, the losses, the rate, and remarks."""
    epochs: Sequence[Mapping[str, Any]] = training.get("epochs") or ()
    seconds = [number for each in epochs if (number := known(each.get("seconds"))) is not None]
    best = training.get("best_epoch")
    score = next((each.get("validation") for each in epochs if best is not None and each.get("epoch") == best), None)
    about = [
        ("model", str(training["model"])) if training.get("model") else None,
        ("parameters", count(training["parameters"])) if training.get("parameters") is not None else None,
        ("epochs", count(len(epochs))) if epochs else None,
        ("best epoch", count(best)) if best is not None else None,
        ("validation loss there", quantity(score)) if score is not None else None,
        ("time of all epochs", duration(sum(seconds))) if seconds else None,
        ("steps per second", quantity(training["steps_per_second"])) if training.get("steps_per_second") else None,
    ]
    notes = [element("li", str(note)) for note in training.get("notes") or ()]
    return joined(
        facts(filter(None, about)),
        element("div", *_charts(epochs, best), class_="two uneven") if epochs else lacking("No epoch was recorded."),
        element("ul", *notes, class_="notes") if notes else None,
    )


def _charts(epochs: Sequence[Mapping[str, Any]], best: Any) -> list[Markup]:
    def line(name: str, words: str, colour: str, dash: str | None = None) -> Line | None:
        values = [known(each.get(name)) for each in epochs]
        places = [float(each.get("epoch", i)) for i, each in enumerate(epochs, 1)]
        if not any(value is not None for value in values):
            return None
        return Line(words, places, values, colour, dash, width=1.8)

    made: list[Markup] = []
    # the loss it was trained on, and the one it was judged by: the latter has the accent
    losses = [line("loss", "training", MEASURED, "6 3"), line("validation", "validation", OURS)]
    drawn = [each for each in losses if each]
    if drawn:
        values = [value for each in drawn for value in each.y if value is not None]
        log = bool(values) and 0 < WIDE * min(values) < max(
            values
        )  # a likelihood may well be above 1, its loss below 0
        place = known(best)
        marks = [] if place is None else [Mark(place, f"best: {count(place)}")]
        svg = draw_lines(drawn, title="Losses by epoch", x="epoch", y="loss", log=log, upright=marks, height=260).svg
        legend = key([(each.name, stroke(each.colour, each.dash)) for each in drawn])
        made.append(chart(svg, "Loss", legend=legend))
    rate = line("rate", "learning rate", MEASURED)
    if rate:
        svg = draw_lines([rate], title="Learning rate by epoch", x="epoch", y="rate", height=260).svg
        made.append(chart(svg, "Learning rate", legend=key([("rate", stroke(MEASURED))])))
    return made or [lacking("The epochs have neither a loss nor a rate.")]
