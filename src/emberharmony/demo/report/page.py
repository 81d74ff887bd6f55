"""The page: its head, verdict and sections, put together and put in its place."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from emberharmony.demo.report import (
    baselines,
    detections,
    profile,
    provenance,
    resources,
    training,
    wiring,
)
from emberharmony.demo.report.parts import lacking
from emberharmony.features.flow.checkpoint import write_atomically
from emberharmony.viz.markup import Markup, element, joined

Section = Callable[[Any], Markup]
# id, heading, what is asked there, how it is answered, what stands there without data
SECTIONS: tuple[tuple[str, str, str, Section, str], ...] = (
    ("profile", "Profile", "What is in the data?", profile.section, "the data were not profiled in this run"),
    ("provenance", "Provenance", "What was each feature made from?", provenance.section, "no features were recorded"),
    ("training", "Training", "How did the network learn?", training.section, "no model was trained in this run"),
    ("wiring", "Wiring", "What does the network look like?", wiring.section, "the model has no wiring to draw"),
    ("detections", "Detections", "What was found, and what was missed?", detections.section, "nothing was scored"),
    ("baselines", "Baselines", "How do simpler methods compare?", baselines.section, "nothing was compared"),
    ("resources", "Resources", "What did it cost, and how is it repeated?", resources.section, "nothing was measured"),
)


def render(data: Mapping[str, Any]) -> str:
    """The page as text.

    >>> page = render({"title": "Press line"})
    >>> "<h1>Press line</h1>" in page, 'id="baselines"' in page
    (True, True)
    """
    title = str(data.get("title") or "Report")
    script = _beside("behaviour.js")
    # of scripts this one alone, and nothing from anywhere: a slip in escaping would still do no harm
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{policy}"/>'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Markup(_beside("style.css"))),
    )
    links = [element("a", heading, href=f"#{name}") for name, heading, *_ in SECTIONS]
    body = element(
        "body",
        element("a", "Skip to the report", href="#profile", class_="skip"),
        element("header", *_opening(data, title)),
        element("nav", element("div", *links), aria_label="Sections"),
        element("main", *(_section(data, *each) for each in SECTIONS)),
        element("output", id="values", hidden=True, aria_live="polite"),
        element("script", Markup(script)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def write(data: Mapping[str, Any], path: str | Path) -> None:
    """Render the page into the file at `path`, which is whole or not there.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "report.html"
    >>> write({"title": "Press line"}, path)
    >>> path.read_text()[:15]
    '<!doctype html>'
    """
    write_atomically(path, render(data).encode())


def _opening(data: Mapping[str, Any], title: str) -> list[Markup]:
    verdict: Mapping[str, Any] = data.get("verdict") or {}
    parts = [element("h1", title)]
    if data.get("subtitle"):
        parts.append(element("p", str(data["subtitle"]), class_="subtitle"))
    parts.append(
        element("p", str(verdict["text"]), class_="verdict")
        if verdict.get("text")
        else lacking("There is no verdict: this run was not judged.")
    )
    figures = [
        element(
            "div",
            element("dt", str(each.get("label", ""))),
            element("dd", str(each.get("value", "")), class_="value"),
            element("dd", str(each.get("note") or ""), class_="note"),
        )
        for each in verdict.get("figures") or ()
    ]
    if figures:
        parts.append(element("dl", *figures, class_="figures"))
    return parts


def _section(data: Mapping[str, Any], name: str, heading: str, question: str, make: Section, why: str) -> Markup:
    given = data.get(name)
    body = make(given) if given else lacking(f"This section is empty: {why}.")
    title = element("h2", heading, id=f"{name}-heading")
    opening = element("div", title, element("p", question), class_="heading")
    return element("section", opening, joined(body), id=name, aria_labelledby=f"{name}-heading")


def _beside(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")
