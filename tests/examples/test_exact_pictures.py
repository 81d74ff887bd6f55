"""The pictures in the documentation are what the example draws, byte for byte, and say what they show."""

import importlib.util
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOWN = ROOT / "docs" / "_static" / "pictures"


@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("exact_pictures", ROOT / "examples" / "exact_pictures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_those_of_the_documentation(example, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["exact_pictures", "--out", str(tmp_path / "new folder")])
    example.main()
    drawn = {path.name: path.read_bytes() for path in (tmp_path / "new folder").iterdir()}
    assert {*drawn} == {*example.PICTURES}
    assert [name for name, text in drawn.items() if (SHOWN / name).read_bytes() != text] == []


@pytest.mark.parametrize(("name", "lines", "dots"), [("cell600.svg", 24, 4), ("e8.svg", 224, 8)])
def test_a_thirtieth_is_written_and_turned_thirty_times(example, name, lines, dots):
    root = ET.fromstring(example.PICTURES[name]())
    space = "{http://www.w3.org/2000/svg}"
    (path,) = root.iter(f"{space}path")
    assert path.get("d").count("M") == lines
    assert len([*root.iter(f"{space}circle")]) == dots
    assert [use.get("href") for use in root.iter(f"{space}use")] == ["#lines"] * 30 + ["#dots"] * 30
