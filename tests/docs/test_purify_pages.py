"""What the pages on purify show is what the tool does: commands with their output, and code before and after."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import fields
from itertools import groupby
from pathlib import Path

import pytest

from emberharmony.cli.purify_options import ACTIONS
from emberharmony.purify.examine import all_rules
from emberharmony.purify.rewrite import rewrite
from emberharmony.purify.settings import Settings
from emberharmony.purify.verify import verify

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"(?P<before>[^\n]*)\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SESSIONS = ["tutorials/port_a_package.md", "how-to/purify_in_ci.md"]
GUIDE = DOCS / "how-to" / "migrate_from_numpy.md"
PAIR = re.compile(
    r"```python\n(?P<old>[^`]*)```\n\n(?P<how>[^\n#`]*(?:`[^`\n]*`[^\n#`]*)*)\n\n```python\n(?P<new>[^`]*)```"
)
PAIRS = [found.groupdict() for found in PAIR.finditer(GUIDE.read_text())]
PORTED = [pair for pair in PAIRS if pair["how"].startswith("becomes")]
BY_HAND = [pair for pair in PAIRS if pair["how"].startswith("is left")]


# -- commands --


def shown(text):
    """A pattern for what a command prints: `...` is any text, or alone in its line any lines; a verdict's figures may
    be others."""
    pattern = ""
    for line in text.splitlines():
        words = re.escape(line).replace(r"\.\.\.", ".*")
        pattern += (
            r"(?:.*\n)*?" if line == "..." else (re.sub(r"\d+", r"\\d+", words) if "inputs" in line else words) + "\n"
        )
    return re.compile(pattern)


def run(command, folder):
    tools = str(Path(sys.executable).parent)
    path = os.pathsep.join([tools, os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder / ".cache")}
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stderr + done.stdout


def put(place, text):
    """Write a block into its file: in the place of the one function that it defines, if the file is there already."""
    (new,) = ast.parse(text).body if place.exists() else [None]
    if new is None:
        place.write_text(text)
        return
    lines = place.read_text().splitlines(keepends=True)
    old = next(node for node in ast.parse("".join(lines)).body if getattr(node, "name", "") == new.name)
    place.write_text("".join([*lines[: old.lineno - 1], text, *lines[old.end_lineno :]]))


def without_empty_lines(text):
    return [line for line in text.splitlines() if line.strip()]


@pytest.mark.slow  # it verifies on three backends, some seconds each time
@pytest.mark.parametrize("page", SESSIONS)
def test_the_commands_of_a_page_print_what_it_shows(page, tmp_path):
    ran = 0
    for block in BLOCK.finditer((DOCS / page).read_text()):
        before, kind, text = block["before"], block["kind"], block["text"]
        if place := re.search(r"`([\w./-]+)` is now:$", before):
            assert without_empty_lines((tmp_path / place[1]).read_text()) == without_empty_lines(text)
        elif place := re.search(r"(?:as|in) `([\w./-]+)`:$", before):
            (tmp_path / place[1]).parent.mkdir(parents=True, exist_ok=True)
            put(tmp_path / place[1], text) if place[1].endswith(".py") else (tmp_path / place[1]).write_text(text)
        elif kind == "console":
            for command, expected in sessions(text):
                printed = run(command, tmp_path)
                assert shown(expected).fullmatch(printed), f"$ {command}\n{printed}"
                ran += 1
    assert ran > 2


def sessions(text):
    """The commands of a block, each with the lines below it."""
    found = []
    for starts, lines in groupby(text.splitlines(), key=lambda line: line.startswith("$ ")):
        if starts:
            found += [[line.removeprefix("$ "), ""] for line in lines]
        else:
            found[-1][1] = "\n".join(lines)
    return found


# -- the migration guide --


@pytest.mark.parametrize("pair", PORTED, ids=lambda pair: pair["old"].partition("def ")[2].partition("(")[0])
def test_the_tool_writes_what_the_guide_shows(pair):
    found = rewrite(pair["old"], operators="all" if "--operators all" in pair["how"] else "breaking")
    assert without_empty_lines(found.text) == without_empty_lines(pair["new"])
    assert found.left == []


@pytest.mark.parametrize("pair", BY_HAND, ids=lambda pair: pair["old"].partition("def ")[2].partition("(")[0])
def test_what_the_guide_writes_by_hand_is_left_for_the_reason_that_it_gives(pair):
    (left,) = rewrite(pair["old"]).left
    assert f"*{left.why}*" in pair["how"]
    assert rewrite(pair["new"]).left == []


def test_every_pair_of_the_guide_is_one_or_the_other():
    assert len(PORTED) > 12
    assert len(BY_HAND) > 3
    assert len(PORTED) + len(BY_HAND) == len(PAIRS)
    assert len(PAIRS) == GUIDE.read_text().count("```python\n") // 2


@pytest.mark.slow  # a worker with three backends for each
@pytest.mark.parametrize("pair", PORTED, ids=lambda pair: pair["old"].partition("def ")[2].partition("(")[0])
def test_before_and_after_compute_the_same(pair, tmp_path):
    names = [node.name for node in ast.parse(pair["old"]).body if isinstance(node, ast.FunctionDef)]
    place = tmp_path / "pattern.py"
    place.write_text(pair["old"])
    verdicts = verify(pair["old"], pair["new"], place, names)
    assert [verdict.why for verdict in verdicts if verdict.status != "verified"] == []
    assert [verdict.function for verdict in verdicts] == names


# -- the reference --


def test_the_reference_has_every_rule_with_its_example_and_what_to_do(tmp_path):
    (tmp_path / "reference").mkdir()
    script = Path(__file__).resolve().parents[2] / "scripts" / "reference.py"
    subprocess.run([sys.executable, script, tmp_path], check=True)
    page = (tmp_path / "reference" / "purify_rules.md").read_text()
    for code, rule in all_rules().items():
        entry = page.partition(f"## {code} {rule.name}\n")[2].partition("\n## ")[0]
        for part in (rule.what, rule.why, rule.bad.strip(), rule.good.strip(), rule.mend[1:].rstrip(".")):
            assert part in entry
    assert page == (DOCS / "reference" / "purify_rules.md").read_text(), "a rule has changed: run scripts/reference.py"


def test_the_reference_names_every_option_and_every_setting():
    page = (DOCS / "reference" / "purify.md").read_text()
    helps = "".join(run(f"emberharmony purify {action} --help", DOCS) for action in ACTIONS)
    options = set(re.findall(r"--[a-z][a-z-]*", helps)) - {"--help"}
    assert [option for option in sorted(options) if f"`{option}" not in page] == []
    settings = {field.name.replace("_", "-") for field in fields(Settings)} - {"root"}
    assert [name for name in sorted(settings) if f"`{name}`" not in page] == []
