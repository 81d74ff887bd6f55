"""The page is whole for any part of the data, harmless for any text, and drawn without a fault by a real browser."""

from __future__ import annotations

import copy
import doctest
import json
import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis.strategies import data as drawn
from hypothesis.strategies import sampled_from, sets

from emberharmony.demo.report import page as whole
from emberharmony.demo.report import render, wiring, write
from emberharmony.demo.report.wiring import plain

SECTIONS = ["profile", "provenance", "training", "wiring", "detections", "baselines", "resources"]
VOID = {"meta", "link", "br", "path", "line"}
BAD = "<script>alert('1')</script><img src=x onerror=alert(2)>&\""


@pytest.fixture(scope="module")
def page(full):
    return render(full)


class Reader(HTMLParser):
    """Elements that are closed in order, ids, texts outside of style and script, and what is fetched."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.tags, self.words, self.fetched, self.handlers = [], [], [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.fetched += [value for name, value in attrs if name in {"src", "href", "xlink:href", "srcset", "data"}]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if not {"style", "script"} & {*self.open}:
            self.words.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def check(page):
    """What holds for every page."""
    reader = Reader(page)
    assert not reader.open
    assert [name for name in reader.ids if name in SECTIONS] == SECTIONS
    assert len({*reader.ids}) == len(reader.ids)
    assert reader.tags.count("script") == reader.tags.count("style") == 1
    assert all(where.startswith(("#", "data:,")) for where in reader.fetched)
    assert not reader.handlers
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", page)
    # nothing but the style and the script would keep it from being XML, and so each of its drawings is well-formed
    ET.fromstring(re.sub(r"(<(style|script)>).*?(</)", r"\1\3", page.removeprefix("<!doctype html>"), flags=re.DOTALL))
    return reader


def lean(data):
    """The same with few samples, where the drawing of long signals is not the point."""
    data = copy.copy(data)
    if data.get("detections", {}).get("signals"):
        signals = [
            {
                name: each[name][:200] if name in {"time", "value", "expected", "band", "score"} else each[name]
                for name in each
            }
            for each in data["detections"]["signals"][:2]
        ]
        data["detections"] = {**data["detections"], "signals": signals}
    return data


def test_a_full_page_is_well_formed_whole_and_below_five_megabytes(full, page):
    reader = check(page)
    assert len(page.encode()) < 5e6
    assert "This section is empty" not in reader.text
    assert full["verdict"]["text"] in reader.text
    for figure in full["verdict"]["figures"]:
        assert figure["label"] in reader.text
        assert figure["note"] in reader.text
    for column in full["profile"]["columns"]:
        assert column["reason"] in reader.text
    for method in full["baselines"]:
        assert method["name"] in reader.text


def test_what_is_drawn_is_plain_data(full):
    data = lean(full)
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_without_a_script_nothing_of_the_report_is_hidden(page):
    hidden = re.findall(r'<(\w+)[^>]* hidden=""', page)
    assert hidden == ["div", "output"]  # the buttons that choose a signal, and the values under the pointer
    assert "off" not in re.findall(r'class="([^"]*)"', page)


def test_an_empty_page_says_in_each_section_what_is_missing():
    reader = check(render({}))
    assert reader.text.count("This section is empty: ") == len(SECTIONS)
    assert "There is no verdict" in reader.text
    assert not {"svg", "table", "figure", "dl"} & {*reader.tags}


@given(kept=sets(sampled_from(["title", "subtitle", "verdict", *SECTIONS])))
def test_a_page_with_any_of_its_sections_is_whole(full, kept):
    check(render({name: each for name, each in lean(full).items() if name in kept}))


@given(choice=drawn(), section=sampled_from([*SECTIONS, "verdict"]))
def test_a_section_with_any_of_its_parts_is_whole(full, choice, section):
    """Each name of each mapping, at any depth, may be absent or None, save what makes a thing that thing."""
    needed = {"time", "value", "begin", "end", "kinds", "amplitudes", "cells", "epoch"}

    def thin(part):
        if isinstance(part, dict):
            optional = sorted({*part} - needed)
            gone = choice.draw(sets(sampled_from(optional), max_size=3)) if optional else set()
            empty = choice.draw(sampled_from([True, False]))
            left = {name: thin(each) for name, each in part.items() if name not in gone}
            return left | dict.fromkeys(gone) if empty else left
        if isinstance(part, list) and part and isinstance(part[0], dict):
            return [thin(each) for each in part[:3]]
        return part

    check(render({section: thin(lean(full)[section])}))


def test_without_truth_the_page_says_so(full):
    data = lean(full)
    signals = [{**each, "faults": None, "alarms": []} for each in data["detections"]["signals"]]
    reader = check(render({"detections": {"signals": signals}}))
    assert "that takes data whose faults are known" in reader.text
    assert "without known faults an alarm cannot be called false" in reader.text
    assert "Whether there are faults is not known. No alarm was raised." in reader.text
    assert "table" not in reader.tags


def test_numbers_that_are_not_numbers_are_dashes(full):
    def spoil(part):
        if isinstance(part, dict):
            return {name: spoil(each) for name, each in part.items() if name not in {"time", "faults", "alarms"}}
        if isinstance(part, list):
            return [spoil(each) for each in part]
        return math.nan if isinstance(part, float) else part

    data = lean(full)
    data["detections"] = {
        **spoil(data["detections"]),
        "signals": [{**spoil(each), "time": each["time"]} for each in data["detections"]["signals"]],
    }
    reader = check(
        render(
            spoil({name: each for name, each in data.items() if name != "detections"})
            | {"detections": data["detections"]}
        )
    )
    assert not re.search(r"\b(nan|inf|None)\b", reader.text)


def test_text_from_data_is_never_markup(full):
    def poison(part, name=""):
        if isinstance(part, dict):
            return {key: poison(each, key) for key, each in part.items()}
        if isinstance(part, list):
            return [poison(each) for each in part]
        return BAD if isinstance(part, str) and name != "svg" else part

    page = render(poison_keys(poison(lean(full))))
    reader = check(page)
    assert "img" not in reader.tags
    assert reader.text.count("<script>alert('1')</script>") > 50


def poison_keys(data):
    data["resources"]["versions"] = {BAD: BAD}
    data["detections"]["recall_of"] = {BAD: data["detections"]["recall"]}
    data["provenance"][0]["constants"] = [{BAD: {BAD: [BAD]}}]
    return data


@pytest.mark.parametrize(
    "svg",
    [
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><g onclick='alert(1)'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><a href='javascript:alert(1)'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:x='http://www.w3.org/1999/xlink'><g x:href='y'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><rect style='fill:url(http://example.com/x)'/></svg>",
        "<svg xmlns='http://www.w3.org/2000/svg'><foreignObject/></svg>",
        "<script>alert(1)</script>",
        "<svg",
        "words",
    ],
)
def test_a_drawing_that_could_do_something_is_left_out_and_the_page_says_so(svg):
    assert plain(svg) is None
    reader = check(render({"wiring": {"svg": svg}}))
    assert "There is no picture" in reader.text


def test_the_wiring_is_drawn_as_it_was_given(full, page):
    def parts(root):
        return [
            (each.tag.split("}")[-1], {**each.attrib, "xmlns": ""}, (each.text or "").strip()) for each in root.iter()
        ]

    given = full["wiring"]["svg"]
    assert parts(ET.fromstring(plain(given))) == parts(ET.fromstring(given))
    assert plain(given) in page


def test_many_rows_are_folded_and_none_is_lost(full):
    rows = [{**full["provenance"][0], "feature": f"feature_{i}"} for i in range(80)]
    reader = check(render({"provenance": rows}))
    assert "68 more" in reader.text
    assert {f"feature_{i}" for i in range(80)} <= {*reader.text.split()}


def test_a_signal_without_a_name_has_a_number(full):
    signal = {name: each for name, each in full["detections"]["signals"][0].items() if name not in {"entity", "sensor"}}
    assert ">signal 1</button>" in render({"detections": {"signals": [signal]}})


def test_signals_that_are_not_shown_are_counted(full):
    (signal, *_) = lean(full)["detections"]["signals"]
    reader = check(render({"detections": {"signals": [signal] * 20}}))
    assert "8 more signals are not shown here." in reader.text
    assert {f"signal-{i}" for i in range(12)} <= {*reader.ids}


def test_faults_are_shown_close_up_at_their_own_time(full):
    signal = full["detections"]["signals"][0]
    page = render({"detections": {"signals": [signal]}})
    reader = check(page)
    largest = sorted(signal["faults"], key=lambda fault: -fault["amplitude"])[:3]
    assert f"Close up: 3 of {len(signal['faults'])} known faults" in reader.text
    for fault in largest:
        (ends,) = re.findall(rf"{fault['kind']}, amplitude \S+ close up.*?data-x=\"(\S+) (\S+) time", page, re.DOTALL)
        begin, end = map(float, ends)
        length = fault["end"] - fault["begin"]
        # as much again on either side, and thirty samples of a minute
        assert fault["begin"] - begin == pytest.approx(length + 1800, abs=60)
        assert end - fault["end"] == pytest.approx(length + 1800, abs=60)


def test_without_known_faults_alarms_are_shown_close_up(full):
    signal = {**full["detections"]["signals"][0], "faults": None}
    reader = check(render({"detections": {"signals": [signal]}}))
    assert f"Close up: {len(signal['alarms'])} alarm" in reader.text
    assert "Close up" not in check(render({"detections": {"signals": [{**signal, "alarms": []}]}})).text


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("which", ["light", "dark", "print"])
def test_every_colour_of_a_text_can_be_read_on_its_background(page, which):
    """WCAG 2.2 asks 4.5:1 of texts."""
    blocks = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6});", blocks[["light", "dark", "print"].index(which)]))
    full = {
        name: "#" + "".join(2 * digit for digit in value[1:]) if len(value) == 4 else value
        for name, value in colours.items()
    }
    for background in ("paper", "raised"):
        for text in ("ink", "text", "ours", "measured", "truth", "good", "bad"):
            dark, light = sorted([luminance(full[text]), luminance(full[background])])
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, background)


def test_the_same_data_make_the_same_page(full):
    assert render(lean(full)) == render(copy.deepcopy(lean(full)))


def test_the_file_is_replaced_whole(full, tmp_path):
    path = tmp_path / "report.html"
    write({"title": "before"}, path)
    write(lean(full), path)
    assert path.read_text() == render(lean(full))
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("module", [whole, wiring], ids=["page", "wiring"])
def test_the_examples_run(module):
    report = []
    runner = doctest.DocTestRunner()
    for case in doctest.DocTestFinder().find(module):
        runner.run(case, out=report.append)
    assert not runner.failures, "".join(report)
    assert runner.tries
