"""Pictures from data: each function returns a `Figure`; what becomes of it is the caller's affair."""

from emberharmony.viz.charts import Line, draw_histogram, draw_interval, draw_lines
from emberharmony.viz.figure import Figure
from emberharmony.viz.signal import draw_signal
from emberharmony.viz.wiring import draw_wiring

__all__ = ["Figure", "Line", "draw_histogram", "draw_interval", "draw_lines", "draw_signal", "draw_wiring"]
