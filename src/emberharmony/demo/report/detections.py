"""What was found and missed: by kind and size of fault, as a rate of false alarms, and signal by signal."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from emberharmony.demo.report.parts import Column, bar, chart, key, lacking, patch, stroke, table
from emberharmony.viz.charts import MEASURED, OURS, TRUTH, draw_interval
from emberharmony.viz.markup import Markup, element, joined
from emberharmony.viz.signal import draw_signal
from emberharmony.viz.words import UNKNOWN, count, duration, known, moment, quantity, share

ALARMS = (
    Column("Sensor", wide=True),
    Column("From", right=True),
    Column("To", right=True),
    Column("Peak", right=True),
)
SIGNALS = 12  # so many keep the page light
AROUND = 30  # samples on either side at least
CLOSE = 3  # so many faults of each are shown close up


def section(detections: Mapping[str, Any]) -> Markup:
    """Recall by kind and amplitude, the promise about false alarms, and the signals."""
    return joined(
        *_loudest(detections),
        element("h3", "Faults found"),
        _recalls(detections),
        element("h3", "False alarms"),
        _false_alarms(detections.get("false_alarms") or {}),
        element("h3", "Signals", id="signals-heading"),
        _signals(detections.get("signals") or ()),
    )


def _loudest(detections: Mapping[str, Any]) -> list[Markup]:
    """The alarms that rose farthest above their level."""
    loudest: Sequence[Mapping[str, Any]] = detections.get("loudest") or ()
    if not loudest:
        return []
    tops = max(known(each.get("peak")) or 0.0 for each in loudest)
    rows = [
        [
            _name(i, each),
            moment(each.get("begin")),
            moment(each.get("end")),
            bar(each.get("peak"), tops, quantity(each.get("peak")), ours=True),
        ]
        for i, each in enumerate(loudest, 1)
    ]
    total = known(detections.get("of_alarms")) or len(loudest)
    words = (
        f"{count(len(loudest))} of {count(total)}; the peak is the highest score over the level, which is 1. An alarm "
    )
    words += "ends when the window has forgotten what raised it: trust its begin."
    return [
        element("h3", "Loudest alarms"),
        element("p", words, class_="aside"),
        table(ALARMS, rows, name="Loudest alarms"),
    ]


def _recalls(detections: Mapping[str, Any]) -> Markup:
    recalls = {"this detector": detections.get("recall"), **(detections.get("recall_of") or {})}
    tables = [_heat(str(name), recall) for name, recall in recalls.items() if recall]
    if not tables:
        return lacking("What was found was not counted: that takes data whose faults are known.")
    explained = (
        "Share of the faults that were found, with found / all and the median delay from a fault's begin to its alarm."
    )
    return joined(element("p", explained, class_="aside"), element("div", *tables, class_="two"))


def _heat(name: str, recall: Mapping[str, Any]) -> Markup:
    heads = [element("th", f"{quantity(size)}", scope="col") for size in recall["amplitudes"]]
    rows = [
        element("tr", element("th", str(kind), scope="row"), *map(_cell, cells))
        for kind, cells in zip(recall["kinds"], recall["cells"], strict=True)
    ]
    head = element("tr", element("th", "amplitude", scope="col", class_="corner"), *heads)
    table = element("table", element("caption", name), element("thead", head), element("tbody", *rows), class_="heat")
    return element("div", table, class_="scroll")


def _cell(cell: Mapping[str, Any] | None) -> Markup:
    total = known((cell or {}).get("total"))
    if cell is None or not total:
        return element("td", UNKNOWN, class_="none")
    part = (known(cell.get("found")) or 0.0) / total
    delay = known(cell.get("delay"))
    return element(
        "td",
        element("b", share(part)),
        element("small", f"{count(cell.get('found'))} / {count(total)}"),
        element("small", UNKNOWN if delay is None else duration(delay)),
        style=f"--part:{part:.3f}",
    )


def _false_alarms(rates: Mapping[str, Any]) -> Markup:
    stated, measured, low, high = (known(rates.get(name)) for name in ("stated", "measured", "low", "high"))
    if measured is None:
        return lacking("No rate was measured: without known faults an alarm cannot be called false.")
    per = str(rates.get("per") or "sensor and day")
    words = f"Measured: {quantity(measured)} per {per}"
    if low is not None and high is not None:
        words += f", interval {quantity(low)} to {quantity(high)}"
    words += "." if stated is None else f"; promised: at most {quantity(stated)}."
    holds = rates.get("holds")
    badge = None
    if isinstance(holds, bool):
        badge = element(
            "span",
            "The promise holds" if holds else "The promise is broken",
            class_=f"badge {'good' if holds else 'bad'}",
        )
    said = element("p", words, " ", badge)
    if stated is None or low is None or high is None:
        return said
    svg = draw_interval(low, measured, high, promised=stated, title=words, x=f"false alarms per {per}").svg
    return element("div", said, chart(svg), class_="rates")


def _signals(signals: Sequence[Mapping[str, Any]]) -> Markup:
    if not signals:
        return lacking("No signal was kept to be shown.")
    shown = signals[:SIGNALS]
    names = [_name(i, each) for i, each in enumerate(shown, 1)]
    buttons = [
        element("button", name, type="button", aria_pressed="false", aria_controls=f"signal-{i}")
        for i, name in enumerate(names)
    ]
    choice = element("div", *buttons, class_="choice", hidden=True, role="group", aria_labelledby="signals-heading")
    drawn = [_signal(i, name, each) for i, (name, each) in enumerate(zip(names, shown, strict=True))]
    rest = len(signals) - len(shown)
    more = element("p", f"{count(rest)} more signals are not shown here.", class_="aside") if rest else None
    return joined(choice, *drawn, more)


def _name(number: int, signal: Mapping[str, Any]) -> str:
    return " · ".join(str(signal[name]) for name in ("entity", "sensor") if signal.get(name)) or f"signal {number}"


def _signal(number: int, name: str, signal: Mapping[str, Any]) -> Markup:
    faults, alarms = signal.get("faults"), signal.get("alarms")
    if not signal.get("time"):
        body = lacking(f"{name}: no samples were kept.")
        return element("div", body, id=f"signal-{number}", class_="signal")
    svg = draw_signal(
        signal["time"],
        signal["value"],
        title=f"{name}: measured, expected and score over time",
        unit=str(signal.get("unit") or ""),
        expected=signal.get("expected"),
        band=signal.get("band"),
        score=signal.get("score"),
        threshold=known(signal.get("threshold")),
        faults=faults or (),
        alarms=alarms,
    ).svg
    marks = [("measured", stroke(MEASURED))]
    if signal.get("expected"):
        marks.append(("expected", stroke(OURS)))
        if signal.get("band"):
            marks.append(("tolerated band", patch(OURS, 0.25)))
    if faults:
        marks.append((_many(len(faults), "known fault"), patch(TRUTH)))
    if alarms:
        marks.append((_many(len(alarms), "alarm"), patch(OURS)))
    absent = [
        words
        for is_absent, words in (
            (faults is None, "Whether there are faults is not known."),
            (faults is not None and not faults, "There are no known faults."),
            (alarms is not None and not alarms, "No alarm was raised."),
        )
        if is_absent
    ]
    note = element("p", " ".join(absent), class_="aside") if absent else None
    figure = chart(svg, name, legend=key(marks))
    return element("div", figure, note, *_close_ups(name, signal), id=f"signal-{number}", class_="signal")


def _close_ups(name: str, signal: Mapping[str, Any]) -> list[Markup]:
    """The faults of the largest amplitudes, or else the first alarms, each with as much of the time around it."""
    faults, alarms = signal.get("faults") or (), signal.get("alarms") or ()
    largest = sorted(faults, key=lambda fault: -(known(fault.get("amplitude")) or 0.0)) or sorted(
        alarms, key=lambda alarm: -(known(alarm.get("peak")) or 0.0)
    )
    chosen = sorted(largest[:CLOSE], key=lambda stretch: stretch["begin"])
    if not chosen:
        return []
    what = _many(len(largest), "known fault" if faults else "alarm")
    words = f"Close up: {what}" if len(chosen) == len(largest) else f"Close up: {len(chosen)} of {what}"
    return [element("h4", words), element("div", *(_close_up(name, signal, each) for each in chosen), class_="three")]


def _close_up(name: str, signal: Mapping[str, Any], stretch: Mapping[str, Any]) -> Markup:
    time: Sequence[float] = signal["time"]
    begin, end = stretch["begin"], stretch["end"]
    first, last = bisect_left(time, begin - (end - begin)), bisect_right(time, end + (end - begin))
    part = slice(max(0, first - AROUND), last + AROUND)
    ends = time[part][0], time[part][-1]

    def cut(series: str) -> Any:
        return signal[series][part] if signal.get(series) else None

    def within(stretches: str) -> list[Mapping[str, Any]]:
        return [each for each in signal.get(stretches) or () if each["begin"] <= ends[1] and each["end"] >= ends[0]]

    title = str(stretch.get("kind") or "alarm")
    if stretch.get("amplitude") is not None:
        title += f", amplitude {quantity(stretch['amplitude'])}"
    svg = draw_signal(
        time[part],
        signal["value"][part],
        title=f"{name}: {title}, close up",
        unit=str(signal.get("unit") or ""),
        expected=cut("expected"),
        band=cut("band"),
        faults=within("faults"),
        alarms=within("alarms"),
        height=120,
    ).svg
    return chart(svg, f"{title} · {moment(begin)}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
