"""A real browser draws the page on a wide and on a narrow screen: nothing fails, is fetched, is empty or sticks out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import warnings
from html import unescape

import pytest

from emberharmony.demo.report import render

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--enable-logging=stderr", "--virtual-time-budget=20000", "--dump-dom"),
)
WIDTHS = (1440, 1181, 901, 390)  # and the narrowest of each way to lay it out
PROBE = """
const refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.blockedURI));
addEventListener("load", () => {
  const seen = (each) => { const box = each.getBoundingClientRect(); return box.width > 0 && box.height > 0; };
  const found = { width: innerWidth, empty: [], out: [], silent: [], hidden: [], fetched: [], overflow: 0, figures: 0 };
  document.querySelectorAll("details").forEach((each) => (each.open = true));
  const measure = (root) => {
    for (const svg of root.querySelectorAll("svg[role=img]")) {
      found.figures += 1;
      if (!seen(svg)) found.empty.push(svg.querySelector("title").textContent);
      for (const path of svg.querySelectorAll("path[data-name]")) if (!seen(path)) found.empty.push(path.dataset.name);
      for (const text of svg.querySelectorAll("svg > text")) {
        const box = text.getBoundingClientRect(), scrolls = svg.clientWidth > svg.parentElement.clientWidth;
        if (!scrolls && box.width && (box.left < 0 || box.right > innerWidth)) found.out.push(text.textContent);
      }
    }
    for (const plot of root.querySelectorAll(".plot")) {
      const curve = plot.querySelector("[data-name]");
      if (!curve) continue;
      plot.focus();
      plot.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
      const box = document.getElementById("values");
      if (box.hidden || !box.textContent.includes(curve.dataset.name)) found.silent.push(curve.dataset.name);
      plot.blur();
      if (!box.hidden) found.silent.push("stays");
    }
    found.overflow = Math.max(found.overflow, document.documentElement.scrollWidth - innerWidth);
  };
  const signals = [...document.querySelectorAll(".signal")];
  signals.forEach((each) => each.remove());
  measure(document);
  signals.forEach((each) => document.querySelector("#detections").append(each));
  for (const button of document.querySelectorAll(".choice button")) {
    button.click();
    const shown = signals.filter(seen);
    const names = shown.map((each) => each.id).join();
    if (names !== button.getAttribute("aria-controls")) found.hidden.push(button.textContent + names);
    shown.forEach(measure);
  }
  found.fetched = [...performance.getEntriesByType("resource").map((each) => each.name), ...refused];
  parent.postMessage(found, "*");
});
"""
FRAMES = """<!doctype html><pre id="found"></pre><script>
const all = [];
addEventListener("message", (event) => {
  all.push(event.data);
  if (all.length === %d) document.getElementById("found").textContent = JSON.stringify(all);
});
</script>%s"""


def probed(page: str) -> str:
    """The page with one more script, which its policy is told of."""
    digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
    page, times = re.subn("(script-src )", rf"\1'sha256-{digest}' ", page)
    assert times == 1
    return page.replace("</body>", f"<script>{PROBE}</script></body>")


@pytest.fixture(scope="module")
def seen(tmp_path_factory, full):
    """What the probe found at each width, and what the browser wrote to its console."""
    if BROWSER is None:
        lacks = "NOT TESTED in a browser: the report; apt-get install chromium"
        warnings.warn(lacks, stacklevel=1)  # told at the end of the run; a skip alone would be silent
        pytest.skip(lacks)
    folder = tmp_path_factory.mktemp("browser")
    (folder / "report.html").write_text(probed(render(full)))
    frames = "".join(f'<iframe src="report.html" style="width:{width}px;height:900px"></iframe>' for width in WIDTHS)
    (folder / "frames.html").write_text(FRAMES % (len(WIDTHS), frames))
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", (folder / "frames.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    by_width = {each["width"]: each for each in json.loads(unescape(found))}
    assert {*by_width} == {*WIDTHS}
    return by_width, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_nothing_is_written_to_the_console(seen):
    assert seen[1] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_drawn_and_has_room(seen, full, width):
    found = seen[0][width]
    histograms = sum("histogram" in column for column in full["profile"]["columns"])
    # losses, rate, wiring, false alarms, two curves of the baselines; each signal and three of its faults close up
    assert found["figures"] == histograms + 6 + 4 * len(full["detections"]["signals"])
    assert found["empty"] == []
    assert found["out"] == []
    assert found["overflow"] <= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_fetched(seen, width):
    assert seen[0][width]["fetched"] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_each_button_shows_its_signal_and_each_curve_is_read_by_keyboard(seen, width):
    assert seen[0][width]["hidden"] == []
    assert seen[0][width]["silent"] == []
