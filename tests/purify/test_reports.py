"""Each report says what the audit found, in the form that its readers expect."""

import json
import re
from html.parser import HTMLParser

import pytest

from emberharmony.purify.audit import audit
from emberharmony.purify.examine import all_rules
from emberharmony.purify.report import as_json, figures, page, sarif, status, text
from emberharmony.purify.settings import Settings

IMPURE = """import numpy as np


def f(x: np.ndarray):
    return int(n * 0.5) + float(np.sum(x))  # a | b


def g(x):
    return np.array(x)  # purify: ignore[USE01] the file's own format
"""


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pkg" / "deep").mkdir(parents=True)
    (tmp_path / "pkg" / "impure.py").write_text(IMPURE)
    (tmp_path / "pkg" / "plain.py").write_text("x = 'numpy' + str(1)\n")
    (tmp_path / "pkg" / "deep" / "clean.py").write_text("x = 1\n")
    (tmp_path / "pkg" / "deep" / "we<ird>&.py").write_text("import torch\n")
    return audit(["pkg"], Settings(root=tmp_path), cached=False, figures=True)


def test_text_has_a_line_for_each_open_finding_and_a_summary(found):
    written = text.render(found)
    assert "pkg/impure.py:1:1 IMP01 numpy\n" in written
    assert len(re.findall(r"^\S+:\d+:\d+ [A-Z]+\d\d ", written, flags=re.MULTILINE)) == found.open
    assert "       1  accepted: documented\n" in written
    assert written.endswith(f"{found.open} open, 1 accepted, in 4 files\n")
    assert "[documented: the file's own format]" in text.render(found, accepted=True)


def test_json_holds_every_finding_and_counts_that_fit(found):
    data = json.loads(as_json.render(found))
    assert data["version"] == 1
    entries = [entry for file in data["files"] for entry in file["findings"]]
    assert len(entries) == len(list(found.entries()))
    assert data["summary"]["open"] == sum(entry["reason"] is None for entry in entries) == found.open
    assert sum(sum(each.values()) for each in data["summary"]["rules"].values()) == len(entries)
    assert {file["path"] for file in data["files"]} == {file.path for file in found.files}


def test_sarif_has_the_parts_that_its_schema_demands(found):
    log = json.loads(sarif.render(found, all_rules(), "1.2.3"))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(all_rules())
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region["startColumn"] >= 1
        assert (region["endLine"], region["endColumn"]) > (region["startLine"], region["startColumn"])
        assert result["level"] in ("error", "warning", "note")
    places = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert places == {"pkg/impure.py", "pkg/deep/we%3Cird%3E%26.py"}
    assert [r["suppressions"][0]["kind"] for r in run["results"] if "suppressions" in r] == ["inSource"]
    prints = [r["partialFingerprints"]["purify/v1"] for r in run["results"] if "impure" in str(r["locations"])]
    assert len(set(prints)) == len(prints)


def test_the_figures_block_has_its_form_to_the_letter(found):
    lines = figures.render(found).splitlines()
    assert lines[:12] == [
        "Total files analyzed: 4",
        "Files with NumPy: 1 (25.00%)",
        "Files with precision-reducing casts: 1 (25.00%)",
        "Files with tensor conversions: 1 (25.00%)",
        "Files with Python operators: 2 (50.00%)",
        "",
        "Summary by directory:",
        "pkg:",
        "  NumPy: 1/2 files (50.00%)",
        "  Precision casts: 1/2 files (50.00%)",
        "  Tensor conversions: 1/2 files (50.00%)",
        "  Python operators: 2/2 files (100.00%)",
    ]
    assert "Needs action:" in lines
    # torch's import asks for action, too
    assert lines[lines.index("Needs action:") + 1] == "Files with NumPy: 2 (50.00%)"


def test_no_files_are_no_percent(tmp_path):
    block = figures.render(audit([tmp_path], Settings(root=tmp_path), cached=False, figures=True))
    assert block.startswith("Total files analyzed: 0\nFiles with NumPy: 0 (0.00%)\n")


def test_the_table_has_the_three_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "done.py").write_text("import numpy  # purify: ignore-file[IMP01] its own file format\n")
    (tmp_path / "half.py").write_text("import numpy as np\nx = np.e\n")
    (tmp_path / "not.py").write_text("import numpy as np\n" + "x = np.e\n" * 20)
    (tmp_path / "never.py").write_text("x = 1\n")
    rows = status.table(audit(["."], Settings(root=tmp_path), cached=False)).splitlines()
    assert rows == [
        "| File | Status | Notes |",
        "|------|--------|-------|",
        "| done.py | ✅ Purified | accepted: 1 documented |",
        "| half.py | ⚠️ Partial | 1 IMP01, 1 USE01 |",
        "| not.py | ❌ Not Purified | 20 USE01, 1 IMP01 |",
    ]


def test_a_page_keeps_what_is_around_the_table(found):
    first = status.page(found)
    assert first.startswith("# Backend Purification Status\n")
    around = "# Mine\n\nbefore\n" + status.BEGIN + "\nold\n" + status.END + "\nafter\n"
    second = status.page(found, around)
    assert second.startswith("# Mine\n\nbefore\n")
    assert second.endswith("\nafter\n")
    assert "old" not in second
    assert status.page(found, second) == second
    assert status.page(found, first) == first


def test_a_file_that_became_pure_stays_in_the_table_and_one_that_is_gone_does_not(tmp_path):
    for name in ("a|b.py", "gone.py", "never.py"):
        (tmp_path / name).write_text("import numpy as np\n" if name != "never.py" else "x = 1\n")

    def page(old: str = "") -> str:
        return status.page(audit([tmp_path], Settings(root=tmp_path), cached=False), old)

    first = page()
    (tmp_path / "a|b.py").write_text("from emberharmony import ops\n")
    (tmp_path / "gone.py").unlink()
    second = page(first)
    rows = [line.rpartition("/")[2] for line in second.splitlines() if line.startswith("| ")][1:]
    assert rows == ["a\\|b.py | ✅ Purified | no finding is left |"]
    assert "1 ✅ Purified, 0 ⚠️ Partial, 0 ❌ Not Purified; 2 files in all." in second
    assert page(second) == second


@pytest.mark.parametrize("old", ["# Mine\n", status.BEGIN, status.END + status.BEGIN, (status.BEGIN + status.END) * 2])
def test_a_page_without_one_place_for_the_table_is_an_error(found, old):
    with pytest.raises(status.StatusError, match="Mend:"):
        status.page(found, old)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.seen, self.loads = [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href") and not value.startswith("data:")]
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_loads_nothing_and_escapes_what_it_shows(found):
    diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a < b\n+<script>alert(1)</script>\n"
    written = page.render(found, all_rules(), diffs={"pkg/impure.py": diff})
    tags = Tags()
    tags.feed(written)
    assert tags.open == []
    assert tags.loads == []
    assert "script" not in tags.seen
    assert tags.seen.count("details") == 2
    assert "we&lt;ird&gt;&amp;.py" in written
    assert "prefers-color-scheme: dark" in written
    assert f">{found.open}<" in written
    for entry in found.entries():
        assert f">{entry.line}:{entry.column}<" in written
