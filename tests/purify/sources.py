"""Sources that are in no file."""

from pathlib import Path

from emberharmony.purify.source import Source


def source_of(text: str, path: str = "text.py") -> Source:
    return Source(Path(path), path, text.encode(), text)
