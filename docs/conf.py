"""The documentation site: Markdown pages, and a reference that `scripts/reference.py` makes from the docstrings."""

project = "EmberHarmony"
author = "the EmberHarmony authors"
copyright = "the EmberHarmony authors"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "EmberHarmony"
exclude_patterns = ["_build"]
templates_path = []
nitpicky = True
