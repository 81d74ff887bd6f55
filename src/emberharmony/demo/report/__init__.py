"""One page about a run of the main job: what the data are, what was made of them, and how well anomalies were found.

The page is a single file that needs nothing from anywhere. Any part of the data may be missing: its section says so.
"""

from __future__ import annotations

from emberharmony.demo.report.page import render, write

__all__ = ["render", "write"]
