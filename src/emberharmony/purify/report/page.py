"""The audit as one page of HTML: a bar for each folder, the findings of each file, and what the fix would change.

It needs nothing from anywhere, runs no script, and has a light and a dark face.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from emberharmony.purify.report.figures import by_folder
from emberharmony.viz.markup import Markup, element, joined

if TYPE_CHECKING:
    from emberharmony.purify.audit import Audit, FileReport
    from emberharmony.purify.findings import Entry, Rule

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(
    found: Audit, rules: Mapping[str, Rule], *, title: str = "What ties this code to NumPy", diffs: Mapping[str, str]
) -> str:
    """The page as text; `diffs` are unified diffs by the path of their file."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Markup(files(__package__ or "").joinpath("style.css").read_text("utf-8"))),
    )
    touched = [file for file in found.files if file.counts or file.path in diffs]
    body = element(
        "body",
        element("header", element("h1", title), _verdict(found), _numbers(found)),
        element(
            "main",
            *([element("h2", "Notes"), *(element("p", note) for note in found.notes)] if found.notes else []),
            element("h2", "Folders"),
            _folders(found),
            element("h2", "Rules"),
            _rules(found, rules),
            element("h2", "Files"),
            *(_file(file, diffs.get(file.path, "")) for file in touched),
            *([] if touched else [element("p", "No file has a finding.", class_="quiet")]),
        ),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _verdict(found: Audit) -> Markup:
    if found.open:
        places = sum(1 for file in found.files if file.open)
        text = f"{_many(found.open, 'finding')} in {_many(places, 'file')} ask for action."
        return element("p", text, class_="verdict")
    return element("p", "Nothing asks for action: every finding has a reason.", class_="verdict clean")


def _numbers(found: Audit) -> Markup:
    accepted = sum(found.counts.values()) - found.open
    clean = sum(1 for file in found.files if not file.open)
    shown = {"Files": len(found.files), "without open findings": clean, "Open": found.open, "Accepted": accepted}
    return element("dl", *(element("div", element("dt", k), element("dd", f"{v:,}")) for k, v in shown.items()))


def _folders(found: Audit) -> Markup:
    rows: list[tuple[str, int, int, int]] = []
    for folder, inside in by_folder(found.files).items():
        open_ = sum(file.open for file in inside)
        rows.append((folder, len(inside), open_, sum(sum(file.counts.values()) for file in inside) - open_))
    most = max((open_ + accepted for _, _, open_, accepted in rows), default=0) or 1
    return _table(
        ("Folder", "Files", "Open", "Accepted", ""),
        [
            [element("code", folder), f"{count:,}", f"{open_:,}", f"{accepted:,}", _bar(open_, accepted, most)]
            for folder, count, open_, accepted in rows
        ],
        numbers=(1, 2, 3),
    )


def _bar(open_: int, accepted: int, most: int) -> Markup:
    lengths = (element("i", style=f"width:{100 * part / most:.1f}%") for part in (open_, accepted))
    return element("span", *lengths, class_="bar", aria_hidden="true")


def _rules(found: Audit, rules: Mapping[str, Rule]) -> Markup:
    open_: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for (code, reason), count in found.counts.items():
        (accepted if reason else open_)[code] += count
    return _table(
        ("Rule", "What", "Open", "Accepted"),
        [
            [
                element("code", code),
                element("span", rule.what, title=rule.why),
                f"{open_[code]:,}",
                f"{accepted[code]:,}",
            ]
            for code, rule in rules.items()
            if open_[code] or accepted[code]
        ],
        numbers=(2, 3),
    )


def _file(file: FileReport, diff: str) -> Markup:
    total = sum(file.counts.values())
    words = f"{file.open:,} open" + (f", {total - file.open:,} accepted" if total > file.open else "")
    rows = [_finding(entry) for entry in file.entries]
    heads = element("tr", *(element("th", name, scope="col") for name in ("Place", "Rule", "What", "What to do")))
    table = element("table", element("thead", heads), element("tbody", *rows))
    return element(
        "details",
        element("summary", element("code", file.path), element("span", words, class_="quiet")),
        element("div", table, class_="scroll") if rows else None,
        _diff(diff) if diff else None,
        id=file.path,
    )


def _finding(entry: Entry) -> Markup:
    place = f"{entry.line}:{entry.column}"
    note = entry.note if entry.sure else f"{entry.note} (not sure)"
    mend = f"{entry.reason}: {entry.why}" if entry.reason else entry.mend
    return element(
        "tr",
        element("td", element("code", place)),
        element("td", element("code", entry.code, class_="code")),
        element("td", note, element("br"), element("span", entry.function, class_="quiet")),
        element("td", mend),
        class_=None if entry.open else "accepted",
    )


def _diff(text: str) -> Markup:
    kinds = {"+": "ins", "-": "del"}
    lines = (
        element("span", line, class_="hunk")
        if line.startswith(("@@", "---", "+++"))
        # an empty line would have no height
        else element(kinds.get(line[:1], "span"), line or " ", class_=None if line[:1] in kinds else "hunk")
        for line in text.splitlines()
    )
    return element("pre", joined(*lines), tabindex=0)


def _table(heads: Iterable[str], rows: Iterable[list[str]], numbers: tuple[int, ...]) -> Markup:
    def cells(name: str, row: Iterable[str], **more: str) -> Markup:
        made = (element(name, cell, class_="number" if at in numbers else None, **more) for at, cell in enumerate(row))
        return element("tr", *made)

    body = element(
        "table",
        element("thead", cells("th", heads, scope="col")),
        element("tbody", *(cells("td", row) for row in rows)),
    )
    return element("div", body, class_="scroll")


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
